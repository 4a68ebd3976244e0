/** The files a hospital means to send: found in files and folders, hashed so that the same bytes are never kept twice. Refuses an empty list. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline as pipe, type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { OperatorHint } from '../../core/errors.ts'

export interface FeedFile {
  readonly path: string
  /** unique within the submission */
  readonly name: string
  readonly bytes: number
  /** `sha256-<hex>` of the bytes on disk: also the Idempotency-Key */
  readonly key: string
}

const LOOKS_LIKE_FHIR = /\.(ndjson|jsonl|json)(\.gz)?$/i
/** Written beside a feed, and not FHIR. */
const NOT_PART = /^(optouts|log)\.ndjson(\.gz)?$/i

async function below(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && LOOKS_LIKE_FHIR.test(entry.name) && !NOT_PART.test(entry.name))
  return files.map((entry) => join(entry.parentPath, entry.name)).sort()
}

async function keyOf(path: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), digest)
  return `sha256-${digest.digest('hex')}`
}

/** Two folders may hold the same name: the second becomes `2-Patient.ndjson`. */
function distinct(path: string, taken: Set<string>): string {
  const name = basename(path)
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${count}-${name}`
    if (taken.has(candidate)) continue
    taken.add(candidate)
    return candidate
  }
}

/** All files of the paths; a file named outright is taken whatever its name. Throws OperatorHint when there is none. */
export async function findFeed(paths: readonly string[]): Promise<FeedFile[]> {
  const found = (await Promise.all(paths.map(below))).flat()
  if (found.length === 0) throw new OperatorHint('there is nothing to send: no .ndjson or .json file, plain or .gz, in what was named')
  const taken = new Set<string>()
  const files: FeedFile[] = []
  for (const path of found) {
    files.push({ path, name: distinct(path, taken), bytes: (await stat(path)).size, key: await keyOf(path) })
  }
  return files
}

/** The bytes of a file from its start, counted as they leave; compressed on the way where that saves a network some work. */
export function bytesOf(file: FeedFile, compress: 'gzip' | 'none', passed: (bytes: number) => void): Readable {
  const raw = createReadStream(file.path, { highWaterMark: 1 << 18 })
  // a 'data' listener would set the stream flowing before the request takes its bytes
  const counted = new Transform({
    highWaterMark: 1 << 18,
    transform: (chunk: Buffer, _encoding, done) => {
      passed(chunk.length)
      done(null, chunk)
    }
  })
  const steps = compress === 'none' ? [raw, counted] : [raw, counted, createGzip({ level: 1 })]
  // an error destroys every step, so whoever reads the last one learns of it
  return pipe(steps, () => undefined) as Readable & NodeJS.WritableStream // the last step is a Transform
}

export function isCompressed(file: FeedFile): boolean {
  return file.path.toLowerCase().endsWith('.gz')
}
