/** The options that `send` and `receive` share, and the session they describe. */
import type { Command } from 'commander'
import { createSession, type Session, type SessionOptions } from './session.ts'

export interface ClientOptions {
  readonly server: string
  readonly party: string
  readonly key: string
  readonly ca?: string
  readonly cert?: string
  readonly certKey?: string
  readonly json?: true
}

export function withClientOptions(command: Command): Command {
  return command
    .requiredOption('--server <url>', 'the gateway, such as https://gateway.example.org')
    .requiredOption('--party <id>', 'who you are to the gateway')
    .requiredOption('--key <file>', 'your private signing key (JWK): sallyport keys generate --party')
    .option('--ca <file>', "PEM of the authority that signed the gateway's certificate; default: the system's")
    .option('--cert <file>', 'PEM of your own client certificate, where the gateway asks for one')
    .option('--cert-key <file>', 'PEM of its private key')
    .option('--json', 'print one JSON object instead of sentences')
}

export function sessionOf(options: ClientOptions, scope: SessionOptions['scope']): Session {
  return createSession({
    server: options.server,
    party: options.party,
    keyFile: options.key,
    ca: options.ca ?? null,
    cert: options.cert ?? null,
    certKey: options.certKey ?? null,
    scope
  })
}
