#!/usr/bin/env node
// Starts the sallyport command under the Node 24 that the package `node` brings, whatever Node ran this file:
// the gateway is TypeScript, which only that Node runs as it is.
import { spawn } from 'node:child_process'
import { CLI, FLAGS, NODE, SETTINGS } from './launch.js'

const child = spawn(NODE, [...FLAGS, CLI, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...SETTINGS, ...process.env } })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
