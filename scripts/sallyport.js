#!/usr/bin/env node
// Starts the sallyport command under the Node 24 that the package `node` brings, whatever Node ran this file:
// the gateway is TypeScript, which only that Node runs as it is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ours = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
const node = existsSync(ours) ? ours : process.execPath
const main = fileURLToPath(new URL('../gateway/cli.ts', import.meta.url))
const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
