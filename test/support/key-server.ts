/** A partner's key server: https on loopback, under an authority of the test, that answers as each test has it, and counts. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Certified, createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

export interface KeyServer {
  readonly port: number
  readonly host: string
  /** https://localhost:port/jwks */
  readonly url: string
  readonly authority: string
  /** requests that were read */
  readonly asked: () => number
  /** connections that were taken, whatever came of them */
  readonly connected: () => number
  answer: Answer
  stop(): Promise<void>
}

export function saying(body: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body))
  }
}

/** `address`: of the loopback network; `hosts`: what its certificate names. */
export async function startKeyServer(
  options: { readonly address?: string; readonly hosts?: readonly string[]; readonly authority?: Certified; readonly port?: number } = {}
): Promise<KeyServer> {
  const { address = '127.0.0.1', hosts = ['localhost', '127.0.0.1'], authority = createAuthority('Key Server Test', new Date()) } = options
  const certified = issueCertificate(authority, { use: 'server', commonName: hosts[0] ?? 'localhost', hosts }, new Date())
  const counts = { asked: 0, connected: 0 }
  const server = createServer({ cert: certified.certificate, key: certified.privateKey }, (request, response) => {
    counts.asked += 1
    started.answer(response, request)
  })
  server.on('connection', () => {
    counts.connected += 1
  })
  server.on('tlsClientError', () => undefined)
  server.listen(options.port ?? 0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const started: KeyServer = {
    port,
    host: `localhost:${port}`,
    url: `https://localhost:${port}/jwks`,
    authority: authority.certificate,
    asked: () => counts.asked,
    connected: () => counts.connected,
    answer: saying({ keys: [] }),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
  return started
}
