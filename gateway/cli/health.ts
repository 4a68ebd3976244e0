/**
 * `sallyport health`: asks the gateway on this machine whether it lives (or, with --ready, whether it can work); for the health check of the
 * image. Ends with 0 or 75. The certificate is not looked at: nothing is sent, and the answer is only yes or no.
 */
import { get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'
import { Command } from 'commander'
import { type Config, readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { EXIT } from './failures.ts'

/** The HTTP status, or null when nothing answers within three seconds. */
function statusOf(config: Config, path: string): Promise<number | null> {
  const host = config.listenHost === '0.0.0.0' || config.listenHost === '::' ? 'localhost' : config.listenHost
  const where = { host, port: config.port, path, timeout: 3_000 }
  return new Promise((resolve) => {
    const answered = (response: { statusCode?: number | undefined; resume(): unknown }): void => {
      response.resume()
      resolve(response.statusCode ?? null)
    }
    const request = config.tls === null ? httpGet(where, answered) : httpsGet({ ...where, rejectUnauthorized: false }, answered)
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(null))
  })
}

export function command(): Command {
  return new Command('health')
    .description('ask the gateway on this machine whether it lives')
    .option('--ready', 'ask whether it can work, too: the database, and its place among the gateways')
    .action(async (options: { ready?: true }) => {
      const { config } = readConfig(readEnvironment())
      const status = await statusOf(config, options.ready === true ? '/readyz' : '/livez')
      if (status === 200) return
      console.error(`sallyport: the gateway ${status === null ? 'does not answer' : `answers ${status}`}`)
      process.exitCode = EXIT.temporary
    })
}
