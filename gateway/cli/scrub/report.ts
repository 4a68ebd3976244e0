/**
 * The side report of `sallyport scrub`: NDJSON, a row for each line. Only its owner may read it; it is written beside its place and moved there when it is
 * whole, so that a report that stands there is one of a run that ended.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, renameSync, rmSync } from 'node:fs'
import { finished } from 'node:stream/promises'

export interface Report {
  row(this: void, row: object): Promise<void>
  /** Moves it to its place. */
  end(this: void): Promise<void>
}

const OWNER_ONLY = 0o600

export async function openReport(path: string): Promise<Report> {
  const part = `${path}.${randomBytes(4).toString('hex')}.part`
  const stream = createWriteStream(part, { flags: 'wx', mode: OWNER_ONLY })
  const sweep = (): void => rmSync(part, { force: true })
  await once(stream, 'open')
  process.once('exit', sweep)
  return {
    row: (row) => written(stream, `${JSON.stringify(row)}\n`),
    end: async () => {
      stream.end()
      await finished(stream)
      renameSync(part, path)
      process.removeListener('exit', sweep)
    }
  }
}

/** Waits where the reader is slower. */
export async function written(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}
