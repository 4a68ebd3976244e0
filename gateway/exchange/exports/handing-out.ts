/**
 * A file on its way out. Decides, while its bytes go, whether it may go on: what stopped a file before its first byte stops it within seconds after, however
 * slowly it is read, and so does a question that nobody answers. A file whose last byte was handed out is remembered as that.
 */
import { Readable } from 'node:stream'
import { UpstreamError } from '../../core/errors.ts'

/** How often is asked again, and how long an answer may take: suspended, a download stops within 5 s. */
const ASK_MS = 1000
const ANSWER_MS = 3000

export interface Handing {
  /** throws when the file may not go on */
  readonly mayGoOn: () => Promise<void>
  /** after the last byte */
  readonly done: () => Promise<unknown>
}

/** The same bytes, until they may not go on: then the stream breaks off, and the caller's connection with it. */
export function handOut(source: Readable, { mayGoOn, done }: Handing): Readable {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) yield chunk as Uint8Array // a file's stream gives bytes
    await done()
  }
  const stream = Readable.from(bytes(), { objectMode: false, highWaterMark: 256 * 1024 })
  const asked: { since: number | null } = { since: null }
  const timer = setInterval(() => {
    if (asked.since !== null) {
      if (performance.now() - asked.since > ANSWER_MS) stream.destroy(new UpstreamError('database-unavailable'))
      return
    }
    asked.since = performance.now()
    mayGoOn()
      .catch((error: unknown) => stream.destroy(error instanceof Error ? error : new UpstreamError('internal')))
      .finally(() => {
        asked.since = null
      })
  }, ASK_MS)
  // whoever reads it is told; where nobody does yet, nothing else must end by it
  stream.on('error', () => undefined)
  stream.once('close', () => {
    clearInterval(timer)
    source.destroy()
  })
  return stream
}
