/**
 * Connections: how many one address may hold, and how long a caller may leave an answer unread. Refuses by closing: of who asks nothing is known yet, and no words are owed. The bound on
 * all connections together is node:http's own.
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Gauge } from './buckets.ts'

/** Of an IPv6 address the network: 64 bits are what one caller is given (RFC 6177 §2), and it may take a new address of them each time. IPv4 in IPv6 is IPv4. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  const network = [...before, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

/** One address takes `perAddress` connections at most, handshakes and idle ones counted; one more is closed unanswered. */
export function boundConnections(server: Server, perAddress: number): void {
  const held = new Gauge()
  server.on('connection', (socket: Socket) => {
    const caller = networkOf(socket.remoteAddress ?? '')
    if (!held.enter(caller, perAddress)) {
      socket.destroy()
      return
    }
    socket.once('close', () => held.leave(caller))
  })
}

/** Where bytes of an answer wait and for `stallSeconds` none of them was taken, the connection is closed. Our own thinking has no limit here. */
export function boundReading(answer: RequestListener, stallSeconds: number): RequestListener {
  return (req, res) => {
    res.setTimeout(stallSeconds * 1000, () => {
      if (req.socket.writableLength > 0) req.socket.destroy()
    })
    answer(req, res)
  }
}

/** The answers under way on each connection, so that the parser's own words never stand in the middle of one, or as a second answer to a request. */
export class Answers {
  readonly #underWay = new WeakMap<Duplex, readonly { readonly req: IncomingMessage; readonly res: ServerResponse }[]>()

  note(req: IncomingMessage, res: ServerResponse): void {
    const standing = (this.#underWay.get(req.socket) ?? []).filter((one) => !(one.req.complete && one.res.writableFinished))
    this.#underWay.set(req.socket, [...standing, { req, res }])
  }

  /** Something on this connection cannot be read: may that be said? Only where the answer belongs to nobody, or to the one request whose body it is. */
  mayRefuse(socket: Duplex): boolean {
    const standing = (this.#underWay.get(socket) ?? []).filter((one) => !(one.req.complete && one.res.writableFinished))
    const [first, ...more] = standing
    return first === undefined || (more.length === 0 && !first.req.complete && !first.res.headersSent)
  }
}
