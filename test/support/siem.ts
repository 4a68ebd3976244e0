/** A SIEM on loopback: a TLS receiver of octet-counted syslog (RFC 5425) that keeps what it read, and can be slow, cut connections, go away and come back. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Certified } from '../../gateway/seal/ca.ts'

export interface Siem {
  readonly port: number
  /** whole messages, in the order they came, over all connections */
  readonly messages: string[]
  readonly connections: () => number
  /** Cuts the next connection in the middle of a frame, once so many bytes of it were read. */
  cutAfter(bytes: number): void
  /** Reads nothing from connections that come now … */
  hold(): void
  /** … until this. */
  release(): void
  stop(): Promise<void>
}

interface SiemOptions {
  readonly server: Certified
  /** asks for a client certificate of this authority */
  readonly clientCa?: string
  readonly port?: number
  /** ends connections as some receivers do: without close_notify */
  readonly wordless?: boolean
}

/** Takes whole frames off the front. Throws on what is no frame: a sender that begins again in the middle of one would be caught. */
function framesIn(buffer: Buffer): { readonly messages: string[]; readonly rest: Buffer } {
  const messages: string[] = []
  let rest = buffer
  for (;;) {
    const space = rest.indexOf(0x20)
    if (space < 0) return { messages, rest }
    const count = rest.toString('ascii', 0, space)
    if (!/^[1-9]\d{0,6}$/.test(count)) throw new Error(`not a frame: ${rest.toString('utf8', 0, 40)}`)
    const end = space + 1 + Number(count)
    if (rest.length < end) return { messages, rest }
    messages.push(rest.toString('utf8', space + 1, end))
    rest = rest.subarray(end)
  }
}

export async function startSiem({ server: certified, clientCa, port = 0, wordless = false }: SiemOptions): Promise<Siem> {
  const messages: string[] = []
  const state: { cut: number | null; held: boolean; count: number } = { cut: null, held: false, count: 0 }
  const sockets = new Set<TLSSocket>()
  const receive = (socket: TLSSocket): void => {
    state.count += 1
    sockets.add(socket)
    let rest: Buffer = Buffer.alloc(0)
    let read = 0
    const limit = state.cut
    state.cut = null
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      const taken = limit === null ? chunk : chunk.subarray(0, Math.max(0, limit - read))
      read += taken.length
      const found = framesIn(Buffer.concat([rest, taken]))
      messages.push(...found.messages)
      rest = found.rest
      if (limit !== null && read >= limit) socket.destroy()
    })
    if (wordless) socket.on('end', () => socket.destroy())
    if (state.held) socket.pause()
  }
  const tls = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const listener: Server = createServer(
    { allowHalfOpen: wordless, cert: certified.certificate, key: certified.privateKey, ...tls },
    receive
  )
  listener.on('tlsClientError', () => undefined)
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    messages,
    connections: () => state.count,
    cutAfter: (bytes) => {
      state.cut = bytes
    },
    hold: () => {
      state.held = true
    },
    release: () => {
      state.held = false
      for (const socket of sockets) socket.resume()
    },
    stop: async () => {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}
