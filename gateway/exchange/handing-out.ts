/**
 * A file on its way out. Decides, while its bytes go, whether it may go on: what stopped a file before its first byte stops it within a second or two after.
 * A file whose last byte was handed out is remembered as that.
 */
import { Readable } from 'node:stream'

/** How often is asked again. */
const ASK_MS = 1000

export interface Handing {
  /** throws when the file may not go on */
  readonly mayGoOn: () => Promise<void>
  /** after the last byte */
  readonly done: () => Promise<unknown>
}

/** The same bytes, until they may not go on: then the stream breaks off. */
export function handOut(source: Readable, { mayGoOn, done }: Handing): Readable {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let asked = performance.now()
    for await (const chunk of source) {
      if (performance.now() - asked >= ASK_MS) {
        await mayGoOn()
        asked = performance.now()
      }
      yield chunk as Uint8Array // a file's stream gives bytes
    }
    await done()
  }
  return Readable.from(bytes(), { objectMode: false, highWaterMark: 256 * 1024 })
}
