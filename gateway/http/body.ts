/**
 * Bodies: small ones read whole under a bound, and where they are JSON, in one way only; large ones streamed through a meter that counts, watches progress and refuses what is too
 * large, too slow or cut short. node:http's own requestTimeout would cut a healthy upload of an hour, so it is off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Transform, type TransformCallback } from 'node:stream'
import { RequestError } from '../core/errors.ts'
import { countKeys, screen } from '../core/fhir/screen.ts'
import type { HttpLimits } from './deps.ts'

type BodyLimits = Pick<HttpLimits, 'uploadBytes' | 'stallSeconds' | 'bytesPerSecond'>

/** Tells a client that waits (Expect: 100-continue) to go on: only once it is known that its body is wanted. */
function invite(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect !== undefined && !res.headersSent) res.writeContinue()
}

function announcedLength(req: IncomingMessage): number {
  return Number(req.headers['content-length'] ?? 0)
}

/** Does the request carry a body at all? */
export function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || announcedLength(req) > 0
}

/**
 * A request body on its way to the exchange. Fails with RequestError too-large, too-slow (less than bytesPerSecond over stallSeconds while
 * the reader was waiting) or truncated (the connection ended before the body did); `fault` keeps which.
 */
export class MeteredBody extends Transform {
  fault: RequestError | null = null
  readonly #limits: BodyLimits
  readonly #source: IncomingMessage
  readonly #watch: NodeJS.Timeout
  #total = 0
  #moved = 0
  #readerSlow = false
  #head = Buffer.alloc(0)
  #headKnown: () => void = () => undefined
  readonly #headArrived: Promise<void>

  constructor(req: IncomingMessage, res: ServerResponse, limits: BodyLimits) {
    super({ highWaterMark: 256 * 1024 })
    this.#limits = limits
    this.#source = req
    this.#headArrived = new Promise((resolve) => {
      this.#headKnown = resolve
    })
    this.on('error', () => undefined)
    this.#watch = setInterval(() => this.#look(), limits.stallSeconds * 1000)
    req.on('close', () => {
      if (!req.complete) this.give('truncated')
    })
    req.on('error', () => this.give('truncated'))
    if (announcedLength(req) > limits.uploadBytes) this.give('too-large')
    else {
      invite(req, res)
      req.pipe(this)
    }
  }

  /** Gives the body up: its reader sees this error, whatever the socket said. */
  give(code: 'too-large' | 'too-slow' | 'truncated'): void {
    if (this.fault !== null || this.writableEnded) return
    this.fault = new RequestError(code)
    this.#source.unpipe(this)
    this.destroy(this.fault)
  }

  /** Is it gzip by its first two bytes (RFC 1952 §2.3.1)? They stay in the stream. Throws the fault. */
  async startsAsGzip(): Promise<boolean> {
    await this.#headArrived
    if (this.fault !== null) throw this.fault
    return this.#head[0] === 0x1f && this.#head[1] === 0x8b
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#total += chunk.length
    this.#moved += chunk.length
    if (this.#total > this.#limits.uploadBytes) {
      this.give('too-large')
      done()
      return
    }
    if (this.#head.length < 2) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, 2)])
      if (this.#head.length >= 2) this.#headKnown()
    }
    if (!this.push(chunk)) this.#readerSlow = true
    done()
  }

  override _flush(done: TransformCallback): void {
    clearInterval(this.#watch)
    this.#headKnown()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#watch)
    this.#headKnown()
    done(error)
  }

  #look(): void {
    const waiting = !this.#readerSlow && this.readableLength === 0
    if (waiting && this.#moved < this.#limits.bytesPerSecond * this.#limits.stallSeconds) this.give('too-slow')
    this.#moved = 0
    this.#readerSlow = this.readableLength > 0
  }
}

/** A small body whole, as text. RequestError too-large, too-slow, truncated, not-utf8. */
export async function readSmall(req: IncomingMessage, res: ServerResponse, bytes: number, stallSeconds: number): Promise<string> {
  if (req.headers['content-encoding'] !== undefined)
    throw new RequestError('unsupported-media-type', 'Send this body without Content-Encoding.')
  if (!hasBody(req)) return ''
  const body = new MeteredBody(req, res, { uploadBytes: bytes, stallSeconds, bytesPerSecond: 16 })
  const chunks: Buffer[] = []
  try {
    for await (const chunk of body) chunks.push(chunk as Buffer) // a Transform without encoding yields Buffers
  } catch (error) {
    throw body.fault ?? error
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new RequestError('not-utf8')
  }
}

/** Levels of objects and lists in a small body, where a route does not say more. */
const DEPTH = 4

/** A small JSON body whole: an object that reads in one way only. RequestError also unsupported-media-type, empty-body, not-json, too-deep, duplicate-key, bad-request. */
export async function readObject(
  req: IncomingMessage,
  res: ServerResponse,
  bytes: number,
  stallSeconds: number,
  depth = DEPTH
): Promise<{ readonly [member: string]: unknown }> {
  if (mediaType(req) !== 'application/json') throw new RequestError('unsupported-media-type', 'Set Content-Type: application/json.')
  const text = await readSmall(req, res, bytes, stallSeconds)
  if (text.trim() === '') throw new RequestError('empty-body', 'Send a JSON object.')
  return objectIn(text, depth)
}

/** The text of an object that reads in one way only. RequestError not-json, too-deep, duplicate-key, bad-request. */
export function objectIn(text: string, depth = DEPTH): { readonly [member: string]: unknown } {
  const encoded = Buffer.from(text, 'utf8')
  const screened = screen(encoded, 0, encoded.length, depth)
  if (screened.tooDeep) throw new RequestError('too-deep')
  const body = jsonIn(text)
  if (countKeys(body) !== screened.keys) throw new RequestError('duplicate-key')
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new RequestError('bad-request', 'Send a JSON object.')
  return body as { readonly [member: string]: unknown } // an object that is no array
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RequestError('not-json')
  }
}

/** The media type without parameters, lower case; '' when there is none. */
export function mediaType(req: IncomingMessage): string {
  return (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** After an answer that did not wait for the body: drains for a moment, so that the caller reads the answer instead of a reset. */
export function lingerThenClose(req: IncomingMessage, milliseconds: number): void {
  if (req.complete || req.destroyed) return
  req.unpipe()
  req.resume()
  setTimeout(() => {
    if (!req.complete) req.socket.destroy()
  }, milliseconds).unref()
}
