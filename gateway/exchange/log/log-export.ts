/**
 * One file that holds all an investigation needs (schemas/log/export.json): leaves, what they say where the holder of the file may read it, checkpoints and
 * the public key. Decides whose bodies go in. Proves nothing: whoever holds the key does, with `sallyport verify`. Streamed, however long the log is.
 */
import { IntegrityError, RequestError } from '../../core/errors.ts'
import { entryFault, entryIn, expiryBefore, type StoredEntry, saltIn, statementIn } from '../../core/log/fsck.ts'
import { everyKey, type KeyRing, type LogVerifyingKey } from '../../seal/keyring.ts'
import { logVerifiers } from '../../seal/receipt.ts'
import { VERIFY } from '../../seal/verify/export.ts'
import { checkCheckpoint } from '../../seal/verify/proof.ts'
import { type CheckpointRow, checkpointOfSize, latestCheckpoint } from '../../store/log.ts'
import { readCheckpoints, readEntries } from '../../store/log-rows.ts'
import type { Rooms } from '../house.ts'
import { storedRange } from './log-proofs.ts'

/** Whose bodies are in the file; `party`: those that one party may read. */
export type Bodies = 'all' | 'none' | { readonly party: string }

export interface ExportRequest {
  readonly first: bigint
  /** of a signed checkpoint; null for the newest */
  readonly size: bigint | null
  readonly bodies: Bodies
  readonly at: Date
}

const CHUNK = 1024n

/** The checkpoint an export ends with. RequestError not-found | bad-request. */
export async function exportEnd({ pool }: Rooms, { first, size }: ExportRequest): Promise<CheckpointRow> {
  const end = size === null ? await latestCheckpoint(pool) : await checkpointOfSize(pool, size)
  if (end === null) throw new RequestError('not-found', 'No checkpoint of that size was signed.')
  if (first > end.size) throw new RequestError('bad-request', 'The export begins behind its end.')
  return end
}

function wordOf(bodies: Bodies): string {
  return typeof bodies === 'string' ? bodies : `party:${bodies.party}`
}

function bodyOf({ body }: StoredEntry, bodies: Bodies): string | { statement: string; salt: string } {
  if (body === null) return 'expired'
  const mayRead = bodies === 'all' || (typeof bodies === 'object' && (JSON.parse(body.parties) as string[]).includes(bodies.party)) // to_json of text[]
  return mayRead ? { statement: statementIn(body), salt: saltIn(body).toString('base64') } : 'withheld'
}

/** What a party may read is what the log commits to; an auditor's export has what is there, and `sallyport verify` finds what is not. */
function requireSound(row: StoredEntry, { bodies, at }: ExportRequest): void {
  const fault = typeof bodies === 'object' ? entryFault(row, row.index, expiryBefore(at)) : null
  if (fault !== null) throw new IntegrityError('log-altered', { entry: fault.index, fault: fault.fault, read: 'sallyport log fsck' })
}

/** The lines of an export, several at a time, each with its newline. IntegrityError log-altered where a row is not there. */
export async function* exportLines(rooms: Rooms, request: ExportRequest, end: CheckpointRow): AsyncGenerator<string> {
  const { pool, ring } = rooms
  const { first, bodies, at } = request
  const before = (await storedRange(pool, first)).hashes.map((hash) => hash.toString('base64'))
  const { origin, vkey } = keyOf(ring, end)
  const head = { export: 'sallyport-log-export@v1', origin, key: vkey, first: String(first), size: String(end.size), before }
  yield `${JSON.stringify({ ...head, bodies: wordOf(bodies), at: at.toISOString(), verify: VERIFY })}\n`
  for (let from = first; from < end.size; from += CHUNK) {
    const to = from + CHUNK < end.size ? from + CHUNK : end.size
    yield await chunkText(rooms, request, origin, from, to)
  }
}

/** The key that signed a checkpoint: a log that was given another origin has an older part, of the older key. */
function keyOf({ log }: KeyRing, { note }: CheckpointRow): LogVerifyingKey {
  return everyKey(log).find(({ vkey }) => checkCheckpoint(note, logVerifiers([vkey])).ok) ?? log.current
}

/** `origin`: that of its end; notes of another one are of no use to whoever holds its key. */
async function chunkText({ pool }: Rooms, request: ExportRequest, origin: string, from: bigint, to: bigint): Promise<string> {
  const own = (await readCheckpoints(pool, from, to)).filter(({ note }) => note.startsWith(`${origin}\n`))
  const notes = new Map(own.map((row) => [row.size, row.note]))
  const lines: string[] = []
  const read = { to: from }
  await readEntries(pool, from, to, (row) => {
    if (row.index !== read.to) throw new IntegrityError('log-altered', { entry: String(read.to), read: 'sallyport log fsck' })
    requireSound(row, request)
    lines.push(JSON.stringify({ index: String(row.index), entry: entryIn(row).toString('base64'), body: bodyOf(row, request.bodies) }))
    read.to += 1n
    const note = notes.get(read.to)
    if (note !== undefined) lines.push(JSON.stringify({ checkpoint: note }))
  })
  if (read.to !== to) throw new IntegrityError('log-altered', { entry: String(read.to), read: 'sallyport log fsck' })
  return lines.map((line) => `${line}\n`).join('')
}
