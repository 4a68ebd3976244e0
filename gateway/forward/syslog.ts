/**
 * Syslog over TLS (RFC 5425) to a SIEM, at least once and in order. Syslog has no acknowledgement, so a connection is one delivery: messages go out as they
 * come, and now and then the sender closes its side (close_notify) and waits for the receiver to answer with its own, which it reads to only behind the last
 * byte. What came before is confirmed then; a connection that ends in any other way is sent again from the last confirmation. Memory is one page. Refuses a
 * receiver whose certificate does not verify: nothing is ever sent in clear.
 */
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'

/** PEM texts; `ca` null: the authorities that Node trusts. Certificate and key where the receiver asks for them. */
export interface SyslogTarget {
  readonly host: string
  readonly port: number
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
}

/** What is sent, as exchange/log/event-feed.ts has it. */
export interface FrameSource {
  claim(): Promise<number | null>
  read(next: number, limit: number): Promise<{ readonly frames: readonly Buffer[]; readonly next: number }>
  confirm(next: number): Promise<void>
}

export interface SyslogObserver {
  feedConfirmed(event: { readonly entries: number }): void
  feedFailed(event: { readonly attempts: number; readonly error: unknown }): void
}

/** Milliseconds, and entries. */
export interface FeedPace {
  /** how long to wait for something to send, or for another replica's claim */
  readonly idle: number
  /** a connection is confirmed after so long … */
  readonly confirmAfter: number
  /** … or so many entries */
  readonly confirmEntries: number
  /** the sender is silent so long before it closes its side: more than a message needs to arrive, so that a close that crosses ours is seen as one */
  readonly quiet: number
  /** a receiver that takes or answers nothing for so long is left */
  readonly stall: number
  /** waits after failures, the last of them for every further one */
  readonly backOff: readonly number[]
}

export const FEED_PACE: FeedPace = {
  idle: 1000,
  confirmAfter: 10_000,
  confirmEntries: 10_000,
  quiet: 500,
  stall: 60_000,
  backOff: [1000, 2000, 5000, 15_000, 60_000]
}

const PAGE = 100
const STOP_MS = 3000

class ReceiverError extends Error {
  override readonly name = 'ReceiverError'
}

interface Connection {
  readonly socket: TLSSocket
  /** what lies below: it counts the bytes that come in, those of TLS itself, too */
  readonly raw: Socket
}

/** A verified connection. Rejects when there is none, or the certificate is not that of the host. */
async function open(target: SyslogTarget, signal: AbortSignal, stall: number): Promise<Connection> {
  const { host, port, ca, cert, key } = target
  const raw = connectTcp({ host, port })
  const socket = connect({
    socket: raw,
    host,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(ca === null ? {} : { ca }),
    ...(cert === null || key === null ? {} : { cert, key })
  })
  raw.on('error', (error) => socket.destroy(error))
  socket.on('error', () => undefined) // whoever waits is told; one that comes later has nobody waiting
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.any([signal, AbortSignal.timeout(stall)]) })
    if (!socket.authorized) throw new ReceiverError('the certificate does not verify')
  } catch (error) {
    socket.destroy()
    throw error
  }
  socket.resume() // a receiver says nothing; were it to, it is not kept
  return { socket, raw }
}

function requireOpen(socket: TLSSocket): void {
  if (socket.readableEnded || socket.destroyed) throw new ReceiverError('the receiver closed the connection')
}

/** Resolves at the event; rejects when the connection ends first, or the patience. */
async function awaited(socket: TLSSocket, event: 'drain' | 'end', patience: AbortSignal): Promise<void> {
  if (socket.destroyed) throw new ReceiverError('the connection was cut')
  const over = new AbortController()
  const cut = (): void => over.abort(new ReceiverError('the connection was cut'))
  socket.once('close', cut)
  try {
    await once(socket, event, { signal: AbortSignal.any([over.signal, patience]) })
  } finally {
    socket.off('close', cut)
  }
}

class Feed {
  readonly #target: SyslogTarget
  readonly #source: FrameSource
  readonly #observe: SyslogObserver
  readonly #pace: FeedPace
  /** Told to stop: what is under way is confirmed … */
  readonly #leaving = new AbortController()
  /** … unless that takes too long. */
  readonly #over = new AbortController()
  /** Connections in a row that the receiver ended without a word of TLS. */
  #wordless = 0
  readonly #main: Promise<void>

  constructor(target: SyslogTarget, source: FrameSource, observe: SyslogObserver, pace: FeedPace) {
    this.#target = target
    this.#source = source
    this.#observe = observe
    this.#pace = pace
    this.#main = this.#run()
  }

  async stop(): Promise<void> {
    this.#leaving.abort()
    const timer = setTimeout(() => this.#over.abort(), STOP_MS)
    await this.#main
    clearTimeout(timer)
  }

  #patience(): AbortSignal {
    return AbortSignal.any([this.#over.signal, AbortSignal.timeout(this.#pace.stall)])
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#leaving.signal.aborted) {
      try {
        const sent = await this.#deliver()
        if (sent === 0) await this.#sleep(this.#pace.idle)
        else this.#observe.feedConfirmed({ entries: sent })
        failures = 0
      } catch (error) {
        if (this.#leaving.signal.aborted) return
        failures += 1
        this.#observe.feedFailed({ attempts: failures, error })
        await this.#sleep(this.#pace.backOff[Math.min(failures, this.#pace.backOff.length) - 1] ?? 0)
      }
    }
  }

  /** One connection from its first message to its confirmation: how many entries; 0 when there was nothing, or another replica sends. */
  async #deliver(): Promise<number> {
    const first = await this.#source.claim()
    if (first === null) return 0
    const page = await this.#source.read(first, PAGE)
    if (page.frames.length === 0) return 0
    const { socket, raw } = await open(this.#target, this.#leaving.signal, this.#pace.stall)
    try {
      const next = await this.#send(socket, first, page)
      await pause(this.#pace.quiet)
      requireOpen(socket)
      const heard = raw.bytesRead
      socket.end()
      await awaited(socket, 'end', this.#patience())
      this.#requireGoodbye(raw.bytesRead - heard)
      await this.#source.confirm(next)
      return next - first
    } finally {
      socket.destroy()
    }
  }

  /**
   * RFC 5425 §4.4: the receiver answers close_notify with its own. One that died ends without a word, and what it had not read is lost. Some never say it:
   * whoever ends so twice in a row, having been sent the same again, is taken to be one of those.
   */
  #requireGoodbye(bytes: number): void {
    this.#wordless = bytes > 0 ? 0 : this.#wordless + 1
    if (this.#wordless === 1) throw new ReceiverError('the receiver ended the connection without close_notify')
  }

  /** Sends what there is and what comes, until it is time to confirm; the place behind the last. */
  async #send(socket: TLSSocket, first: number, start: Awaited<ReturnType<FrameSource['read']>>): Promise<number> {
    const until = performance.now() + this.#pace.confirmAfter
    let page = start
    for (;;) {
      for (const frame of page.frames) await this.#write(socket, frame)
      const spent = performance.now() >= until || page.next - first >= this.#pace.confirmEntries
      if (spent || this.#leaving.signal.aborted) return page.next
      if (page.frames.length === 0) await this.#sleep(Math.min(this.#pace.idle, until - performance.now()))
      requireOpen(socket)
      page = await this.#source.read(page.next, PAGE)
    }
  }

  async #write(socket: TLSSocket, frame: Buffer): Promise<void> {
    requireOpen(socket)
    if (!socket.write(frame)) await awaited(socket, 'drain', this.#patience())
  }

  async #sleep(milliseconds: number): Promise<void> {
    await pause(milliseconds, undefined, { signal: this.#leaving.signal }).catch(() => undefined)
  }
}

/** Starts the feed; it goes on until it is stopped, whatever fails meanwhile. */
export function startSyslog(
  target: SyslogTarget,
  source: FrameSource,
  observe: SyslogObserver,
  pace: FeedPace = FEED_PACE
): { readonly stop: () => Promise<void> } {
  const feed = new Feed(target, source, observe, pace)
  return { stop: () => feed.stop() }
}
