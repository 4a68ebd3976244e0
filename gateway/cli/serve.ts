/**
 * `sallyport serve`: runs the gateway until it is told to stop, by a signal or, where asked so, by the end of standard input. A second signal
 * stops it at once. Refuses to start on any fault.
 */
import { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'

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

async function serve(options: Options): Promise<void> {
  const { config, secrets } = readConfig(readEnvironment())
  const { promise: told, resolve: tell } = Promise.withResolvers<void>()
  if (options.untilStdinEnds === true) watchStdin(tell)
  const { startGateway } = await import('../main.ts')
  const gateway = await startGateway(config, secrets)
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
