/**
 * The listener: http or https with the limits node:http leaves open, optional client certificates, and a stop that lets requests under way
 * finish. Refuses malformed and oversized requests with an OperationOutcome of its own, since no route ever sees them.
 */
import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Code } from '../core/errors.ts'
import { FHIR_JSON } from './asked.ts'
import { Answers, boundConnections, boundReading } from './connections.ts'
import type { HttpLimits } from './deps.ts'
import { setHeaders, strictHeaders } from './headers.ts'
import { ANSWERS, outcome } from './outcomes.ts'
import { renewCertificate, renewTicketKeys, type TlsMaterial, tlsOptions } from './tls.ts'

export interface ServerSettings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** null: made from host and port. */
  readonly publicUrl: string | null
  readonly tls: TlsMaterial | null
  readonly limits: Pick<
    HttpLimits,
    | 'headerBytes'
    | 'headersSeconds'
    | 'connections'
    | 'connectionsPerAddress'
    | 'stallSeconds'
    | 'keepAliveSeconds'
    | 'handshakeSeconds'
    | 'ticketSeconds'
  >
}

export interface RunningServer {
  readonly publicUrl: string
  readonly port: number
  /** Another certificate for new connections. Throws where it cannot be used, or where there is none to change; the present one stays. */
  renewCertificate(material: TlsMaterial): void
  /** No new requests; those under way get `graceSeconds`, then their connections are closed. */
  stop(graceSeconds: number): Promise<void>
}

function httpOptions(settings: ServerSettings): ServerOptions {
  return {
    maxHeaderSize: settings.limits.headerBytes,
    headersTimeout: settings.limits.headersSeconds * 1000,
    requestTimeout: 0, // an upload may take an hour: body.ts watches its progress instead
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: settings.limits.keepAliveSeconds * 1000,
    insecureHTTPParser: false,
    requireHostHeader: false, // head.ts looks at it, and refuses in our words
    rejectNonStandardBodyWrites: true,
    noDelay: true
  }
}

function createListener(settings: ServerSettings): Server | TlsServer {
  const { tls, limits } = settings
  if (tls === null) return createServer(httpOptions(settings))
  return createTlsServer({ ...httpOptions(settings), ...tlsOptions(tls, limits.handshakeSeconds) })
}

/** What the parser refused, by Node's error code; anything else is 400. */
const PARSER_CODES: ReadonlyMap<string, Code> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'too-slow']
])

function refuseRaw(headers: ReadonlyMap<string, string>, answers: Answers, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || !answers.mayRefuse(socket)) {
    socket.destroy()
    return
  }
  const code = PARSER_CODES.get(error.code ?? '') ?? 'bad-request'
  const body = JSON.stringify(outcome({ code }))
  const head = [
    `HTTP/1.1 ${ANSWERS[code][0]} Refused`,
    `Content-Type: ${FHIR_JSON}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
    'Connection: close'
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function refuseStopping(headers: ReadonlyMap<string, string>, res: ServerResponse): void {
  setHeaders(res, headers)
  res.writeHead(503, { 'Content-Type': FHIR_JSON, 'Retry-After': '5', 'Connection': 'close' })
  res.end(res.req.method === 'HEAD' ? undefined : JSON.stringify(outcome({ code: 'shutting-down' })))
}

function originOf(settings: ServerSettings, port: number): string {
  if (settings.publicUrl !== null) return settings.publicUrl.replace(/\/+$/, '')
  const open = settings.host === '0.0.0.0' || settings.host === '::'
  const host = open ? 'localhost' : settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return `${settings.tls === null ? 'http' : 'https'}://${host}:${port}`
}

function listening(server: Server, settings: ServerSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port) // a TCP listener's address is never a path
    })
  })
}

async function stopServer(server: Server, graceSeconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  // a connection kept alive turns idle when its last answer is out: looked for until none is left
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const timer = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
  await closed
  clearInterval(idle)
  clearTimeout(timer)
}

/** What holds of every connection, before anything is known of who asks. */
function guard(server: Server | TlsServer, limits: ServerSettings['limits']): void {
  server.maxConnections = limits.connections
  server.maxHeadersCount = 100
  boundConnections(server, limits.connectionsPerAddress)
  server.on('connect', (_req, socket: Duplex) => socket.destroy())
  server.on('connection', (socket: Socket) => socket.on('error', () => socket.destroy()))
  if (server instanceof TlsServer) {
    const renewing = renewTicketKeys(server, limits.ticketSeconds)
    server.once('close', () => clearInterval(renewing))
  }
}

/** Listens, then builds the app: it needs the public URL, which may hold a port known only now. */
export async function startServer(settings: ServerSettings, build: (publicUrl: string) => RequestListener): Promise<RunningServer> {
  const server = createListener(settings)
  guard(server, settings.limits)
  const port = await listening(server, settings)
  const publicUrl = originOf(settings, port)
  const headers = strictHeaders(publicUrl)
  const app = boundReading(build(publicUrl), settings.limits.stallSeconds)
  const answers = new Answers()
  let stopping = false
  const listener: RequestListener = (req, res) => {
    answers.note(req, res)
    if (stopping) refuseStopping(headers, res)
    else app(req, res)
  }
  server.on('clientError', (error, socket) => refuseRaw(headers, answers, error, socket))
  // where no handshake was finished, words would wait for one, and hold the connection for ever
  server.on('tlsClientError', (_error: Error, socket: Duplex) => socket.destroy())
  server.on('request', listener)
  server.on('checkContinue', listener) // bodies are invited only once they are wanted: body.ts
  server.on('checkExpectation', listener) // head.ts refuses it, in our words
  return {
    publicUrl,
    port,
    renewCertificate: (material) => {
      if (!(server instanceof TlsServer)) throw new TypeError('there is no certificate where there is no TLS')
      renewCertificate(server, material)
    },
    stop: (graceSeconds) => {
      stopping = true
      return stopServer(server, graceSeconds)
    }
  }
}
