/**
 * The uploads of a submission: a few files at a time, each under a key made of its bytes, each remembered once the gateway keeps it. The first
 * failure stops the rest; what was kept stays kept.
 */
import { bytesOf, type FeedFile, isCompressed } from './feed.ts'
import type { Progress } from './progress.ts'
import type { Session } from './session.ts'
import { isLoopback } from './transport.ts'

export interface Uploads {
  readonly submission: string
  readonly files: readonly FeedFile[]
  /** keys of files the gateway keeps already */
  readonly kept: readonly string[]
  readonly parallel: number
  /** called after each file with the keys of all that is kept */
  readonly remember: (kept: readonly string[]) => void
  readonly progress: Progress
}

async function uploadFile(session: Session, submission: string, file: FeedFile, passed: (bytes: number) => void): Promise<void> {
  const compress = isCompressed(file) || isLoopback(new URL(session.server)) ? 'none' : 'gzip'
  const headers = {
    'content-type': 'application/fhir+ndjson',
    'idempotency-key': file.key,
    ...(compress === 'gzip' || isCompressed(file) ? { 'content-encoding': 'gzip' } : {})
  }
  let counted = 0
  const body = (): ReturnType<typeof bytesOf> => {
    passed(-counted) // a new try starts at the file's beginning
    counted = 0
    return bytesOf(file, compress, (bytes) => {
      counted += bytes
      passed(bytes)
    })
  }
  const answer = await session.call({
    method: 'PUT',
    url: `${session.server}/submissions/${encodeURIComponent(submission)}/files/${encodeURIComponent(file.name)}`,
    headers,
    body
  })
  await answer.text()
}

/** Uploads what is not kept yet, the largest first. Throws the first failure. */
export async function uploadAll(session: Session, uploads: Uploads): Promise<void> {
  const { files, progress } = uploads
  const kept = new Set(uploads.kept)
  const waiting = files.filter((file) => !kept.has(file.key)).sort((a, b) => b.bytes - a.bytes)
  const total = files.reduce((sum, file) => sum + file.bytes, 0)
  let done = total - waiting.reduce((sum, file) => sum + file.bytes, 0)
  const passed = (bytes: number): void => {
    done += bytes
    progress.show(Math.min(done, total), total, `${kept.size} of ${files.length} files`)
  }
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      await uploadFile(session, uploads.submission, file, passed)
      kept.add(file.key)
      uploads.remember([...kept])
    }
  }
  const lanes = Array.from({ length: uploads.parallel }, () => work().finally(() => waiting.splice(0)))
  const outcomes = await Promise.allSettled(lanes)
  progress.stop()
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
