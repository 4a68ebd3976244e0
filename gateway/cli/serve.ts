/** `sallyport serve`: runs the gateway until it is told to stop. A second signal stops it at once. Refuses to start on any fault. */
import { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'

const EXAMPLES = `
Configured by the environment only; 'sallyport config' prints what is in force.

Examples:
  npx sallyport serve
  SALLYPORT_PORT=8443 SALLYPORT_TLS_CERT=cert.pem SALLYPORT_TLS_KEY=key.pem npx sallyport serve
  DATABASE_URL=postgres://user:password@db/sallyport npx sallyport serve`

async function serve(): Promise<void> {
  const { config, secrets } = readConfig(readEnvironment())
  const { startGateway } = await import('../main.ts')
  const gateway = await startGateway(config, secrets)
  process.stdout.write(`sallyport listens on ${gateway.url}\n`)
  const { promise: told, resolve: tell } = Promise.withResolvers<void>()
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
}

export function command(): Command {
  return new Command('serve').description('run the gateway').addHelpText('after', EXAMPLES).action(serve)
}
