#!/usr/bin/env node
// Starts the sallyport command under the Node 24 that the package `node` brings, whatever Node ran this file:
// the gateway is TypeScript, which only that Node runs as it is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ours = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
const node = existsSync(ours) ? ours : process.execPath
const main = fileURLToPath(new URL('../gateway/cli.ts', import.meta.url))
const env = {
  // Types stripped and code compiled once, not in every thread of every start: 35 MiB less of a gateway's memory.
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/sallyport', import.meta.url)),
  // glibc gives each thread an arena of its own otherwise: 12 MiB more at rest, much more under load.
  MALLOC_ARENA_MAX: '2',
  ...process.env
}
const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], { stdio: 'inherit', env })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
