/**
 * `sallyport serve`: runs the gateway until it is told to stop, by a signal or, where asked so, by the end of standard input. A second signal
 * stops it at once; a fault nobody caught stops it, too. Refuses to start on any fault.
 */
import { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import type { Gateway } from '../main.ts'

const EXAMPLES = `
Configured by the environment only; 'sallyport config' prints what is in force.

Examples:
  npx sallyport serve
  SALLYPORT_PORT=8443 SALLYPORT_TLS_CERT=cert.pem SALLYPORT_TLS_KEY=key.pem npx sallyport serve
  DATABASE_URL=postgres://user:password@db/sallyport npx sallyport serve`

interface Options {
  readonly untilStdinEnds?: true
}

/** Calls `tell` once nothing holds the other end of standard input any more: the program that started this one is gone, however it ended. */
function watchStdin(tell: () => void): void {
  process.stdin.once('end', tell).once('error', tell).resume()
}

/**
 * A fault nobody caught: the gateway cannot go on, but stops in order and says so in the log; at a second one it ends at once. Told by class only: their words may
 * hold anything, and Node would print them.
 */
export function stopAtFault(gateway: Pick<Gateway, 'stop'>): void {
  const faults = { seen: 0 }
  process.on('uncaughtException', (error: unknown) => {
    faults.seen += 1
    process.stderr.write(`sallyport: stops: a fault nobody caught (${error instanceof Error ? error.constructor.name : typeof error})\n`)
    if (faults.seen > 1) process.exit(1)
    gateway.stop('fault').then(
      () => process.exit(1),
      () => process.exit(1)
    )
  })
}

async function serve(options: Options): Promise<void> {
  const { config, secrets } = readConfig(readEnvironment())
  const { promise: told, resolve: tell } = Promise.withResolvers<void>()
  if (options.untilStdinEnds === true) watchStdin(tell)
  const { startGateway } = await import('../main.ts')
  const gateway = await startGateway(config, secrets)
  stopAtFault(gateway)
  process.stdout.write(`sallyport listens on ${gateway.url}\n`)
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals += 1
      if (signals > 1) process.exit(1)
      tell()
    })
  }
  await told
  await gateway.stop()
  if (options.untilStdinEnds === true) process.stdin.destroy()
}

export function command(): Command {
  return new Command('serve')
    .description('run the gateway')
    .option('--until-stdin-ends', 'stop when standard input ends: for a program that starts a gateway and must not leave it behind')
    .addHelpText('after', EXAMPLES)
    .action(serve)
}
