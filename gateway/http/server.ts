/**
 * The listener: http or https with the limits node:http leaves open, optional client certificates, and a stop that lets requests under way
 * finish. Refuses malformed and oversized requests with an OperationOutcome of its own, since no route ever sees them.
 */
import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Code } from '../core/errors.ts'
import { FHIR_JSON } from './asked.ts'
import type { HttpLimits } from './deps.ts'
import { ANSWERS, outcome } from './outcomes.ts'

/** PEM texts. With `clientCa`, a client certificate is asked for, never required: the token says whether one is needed (RFC 8705). */
export interface TlsMaterial {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly clientCa: string | Buffer | null
}

export interface ServerSettings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** null: made from host and port. */
  readonly publicUrl: string | null
  readonly tls: TlsMaterial | null
  readonly limits: Pick<HttpLimits, 'headerBytes' | 'headersSeconds' | 'connections'>
}

export interface RunningServer {
  readonly publicUrl: string
  readonly port: number
  /** No new requests; those under way get `graceSeconds`, then their connections are closed. */
  stop(graceSeconds: number): Promise<void>
}

const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256'
].join(':')

function httpOptions(settings: ServerSettings): ServerOptions {
  return {
    maxHeaderSize: settings.limits.headerBytes,
    headersTimeout: settings.limits.headersSeconds * 1000,
    requestTimeout: 0, // an upload may take an hour: body.ts watches its progress instead
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 20_000,
    insecureHTTPParser: false,
    requireHostHeader: true,
    rejectNonStandardBodyWrites: true,
    noDelay: true
  }
}

function createListener(settings: ServerSettings): Server {
  const { tls } = settings
  if (tls === null) return createServer(httpOptions(settings))
  return createTlsServer({
    ...httpOptions(settings),
    cert: tls.cert,
    key: tls.key,
    ...(tls.clientCa === null ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    handshakeTimeout: 10_000,
    ALPNProtocols: ['http/1.1']
  })
}

/** What the parser refused, by Node's error code; anything else is 400. */
const PARSER_CODES: ReadonlyMap<string, Code> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'too-slow']
])

function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = PARSER_CODES.get(error.code ?? '') ?? 'bad-request'
  const body = JSON.stringify(outcome({ code }))
  const head = [
    `HTTP/1.1 ${ANSWERS[code][0]} Refused`,
    `Content-Type: ${FHIR_JSON}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close'
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function refuseStopping(res: ServerResponse): void {
  res.writeHead(503, { 'Content-Type': FHIR_JSON, 'Cache-Control': 'no-store', 'Retry-After': '5', 'Connection': 'close' })
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

/** Listens, then builds the app: it needs the public URL, which may hold a port known only now. */
export async function startServer(settings: ServerSettings, build: (publicUrl: string) => RequestListener): Promise<RunningServer> {
  const server = createListener(settings)
  server.maxConnections = settings.limits.connections
  server.maxHeadersCount = 100
  server.on('clientError', refuseRaw)
  server.on('connect', (_req, socket: Duplex) => socket.destroy())
  server.on('connection', (socket: Socket) => socket.on('error', () => socket.destroy()))
  const port = await listening(server, settings)
  const publicUrl = originOf(settings, port)
  const app = build(publicUrl)
  let stopping = false
  const listener: RequestListener = (req, res) => {
    if (stopping) refuseStopping(res)
    else app(req, res)
  }
  server.on('request', listener)
  server.on('checkContinue', listener) // bodies are invited only once they are wanted: body.ts
  return {
    publicUrl,
    port,
    stop: (graceSeconds) => {
      stopping = true
      return stopServer(server, graceSeconds)
    }
  }
}
