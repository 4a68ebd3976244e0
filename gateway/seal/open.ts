/**
 * Opening a dataset on the recipient's side: manifest, key, shards, in that order, with no network. Decides whether everything agrees
 * with what the log holds; only then do the files appear, all of them, as <Type>.ndjson, the data dictionary beside them when it is given. Refuses
 * with nothing decrypted left on disk: work goes on in a hidden folder of the target, removed on failure and swept at the next start when the program was killed.
 */
import type { JsonWebKey } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { sha256 } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import type { DatasetStatement, ShardRow } from '../core/log/statement.ts'
import { cmsOpener } from './cms.ts'
import { type Pins, type VerifiedManifest, verifyManifest } from './manifest.ts'
import { openedBytes, passing, type Stage, shardOpener } from './shard.ts'
import { unwrapDataKey } from './wrap.ts'

export interface OpenRequest {
  /** text of the manifest */
  readonly manifest: string
  /** folder that holds the shards under their names in the statement */
  readonly shards: string
  /** folder in which <Type>.ndjson appear; made when it is not there */
  readonly out: string
  readonly pins: Pins
  /** the recipient's private key; null where the sealed form is transport-only */
  readonly key: JsonWebKey | null
  /** text of the data dictionary: verified, and written beside the files; absent: it is not at hand */
  readonly dictionary?: string
  /** stops, and leaves nothing */
  readonly signal?: AbortSignal
  /** sealed bytes done, of how many */
  readonly progress?: (done: number, total: number) => void
}

export interface Opened {
  readonly statement: DatasetStatement
  readonly index: bigint
  /** the checkpoint as the log signed it is in the receipt; this is its size */
  readonly logSize: bigint
  readonly receipt: string
  readonly files: readonly { readonly name: string; readonly type: string; readonly records: number }[]
  readonly verified: readonly Verified[]
}

/** What was found to agree with the log. */
export type Verified = 'signature' | 'receipt' | 'hashes' | 'dictionary'

const DICTIONARY = 'dictionary.json'

const WORK = '.sallyport-opening-'
const GZIP_CHUNK = 1 << 18

/** Verifies and opens. IntegrityError signature-invalid | proof-invalid | wrong-recipient | seal-broken | hash-mismatch. */
export async function openDataset(request: OpenRequest): Promise<Opened> {
  const verified = await verifyManifest(request.manifest, request.pins)
  verifyDictionary(request.dictionary, verified.statement)
  const openerOf = await openers(verified, request.key)
  await mkdir(request.out, { recursive: true })
  await sweep(request.out)
  const work = join(request.out, `${WORK}${process.pid}`)
  await mkdir(work, { mode: 0o700 })
  try {
    const types = await openShards(request, verified.statement, openerOf, work)
    const files = [...types].map(([type, records]) => ({ name: `${type}.ndjson`, type, records }))
    const names = files.map(({ name }) => name)
    if (request.dictionary !== undefined) {
      await writeFile(join(work, DICTIONARY), request.dictionary, { mode: 0o600, flush: true })
      names.push(DICTIONARY)
    }
    for (const name of names) await rename(join(work, name), join(request.out, name))
    await syncFolder(request.out)
    return openedOf(request, verified, files)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** A dictionary is the one this dataset was released with: the statement, and so the log, names its hash. */
function verifyDictionary(text: string | undefined, statement: DatasetStatement): void {
  if (text === undefined || `sha256:${sha256(text).toString('hex')}` === statement.dictionary) return
  throw new IntegrityError('hash-mismatch', { file: DICTIONARY })
}

function openedOf(request: OpenRequest, { statement, index, checkpoint, receipt }: VerifiedManifest, files: Opened['files']): Opened {
  const verified: Verified[] = ['signature', 'receipt', 'hashes']
  if (request.dictionary !== undefined) verified.push('dictionary')
  return { statement, index, logSize: checkpoint.size, receipt, files, verified }
}

/** Removes what a killed run left: work folders whose program is gone. */
export async function sweep(out: string): Promise<void> {
  for (const name of await readdir(out)) {
    if (name.startsWith(WORK) && !alive(Number(name.slice(WORK.length)))) await rm(join(out, name), { recursive: true, force: true })
  }
}

function alive(pid: number): boolean {
  // Our own id in a name: an earlier program had it, since one program opens one dataset at a time into a folder.
  if (pid === process.pid || !Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

type OpenerOf = (shard: ShardRow) => Stage

async function openers(verified: VerifiedManifest, key: JsonWebKey | null): Promise<OpenerOf> {
  const { dataset, sealedForm } = verified.statement
  if (sealedForm === 'transport-only') return passing
  if (key === null) throw new IntegrityError('wrong-recipient')
  if (sealedForm === 'cms') return () => cmsOpener(key)
  const dataKey = await unwrapDataKey(verified.keys, key, dataset)
  return (shard) => shardOpener(dataKey, dataset, shard)
}

/** Records by type, each type's shards joined in the statement's order in the work folder. */
async function openShards(
  request: OpenRequest,
  statement: DatasetStatement,
  openerOf: OpenerOf,
  work: string
): Promise<Map<string, number>> {
  const total = statement.shards.reduce((sum, shard) => sum + shard.bytes, 0)
  const types = new Map<string, number>()
  let done = 0
  for (const shard of statement.shards) {
    const file = await open(join(work, `${shard.type}.ndjson`), 'a', 0o600)
    try {
      await openShard(request, shard, openerOf(shard), file)
      await file.sync()
    } finally {
      await file.close()
    }
    types.set(shard.type, (types.get(shard.type) ?? 0) + shard.records)
    done += shard.bytes
    request.progress?.(done, total)
  }
  return types
}

async function openShard(request: OpenRequest, shard: ShardRow, opener: Stage, file: FileHandle): Promise<void> {
  const path = join(request.shards, shard.name)
  const found = await stat(path).catch(() => null)
  if (found === null || !found.isFile()) throw new IntegrityError('hash-mismatch', { shard: shard.name, found: 'no file' })
  let records = 0
  try {
    const source = openedBytes(createReadStream(path, { highWaterMark: 1 << 20 }), opener, shard)
    // A shard of no records is no bytes, which is not gzip.
    const unpack = shard.plainBytes === 0 ? new PassThrough() : createGunzip({ chunkSize: GZIP_CHUNK })
    await pipeline(Readable.from(source, { objectMode: false }), unpack, async (lines: AsyncIterable<Buffer>) => {
      for await (const bytes of lines) {
        request.signal?.throwIfAborted()
        records += newlinesIn(bytes)
        await file.writeFile(bytes)
      }
    })
  } catch (cause) {
    request.signal?.throwIfAborted()
    if (isDiskFull(cause)) throw cause
    throw new IntegrityError('seal-broken', { shard: shard.name })
  }
  if (records !== shard.records) throw new IntegrityError('hash-mismatch', { shard: shard.name, records: String(records) })
}

function newlinesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC'
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
