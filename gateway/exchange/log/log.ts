/**
 * The log as the exchange uses it. `append` adds an entry to the outbox inside the caller's transaction: no record, no
 * release. `sequence` gives what waits its place and signs a checkpoint over it; any replica may run it, the row lock on the head is the fence.
 * Refuses to sign a log that is shorter than its last checkpoint, or is not its continuation, in the database or in the folder (a restored backup).
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { canonicalJson, type Json } from '../../core/digest.ts'
import { IntegrityError } from '../../core/errors.ts'
import { LOG_FAULTS, ON_MISFIT } from '../../core/log/fsck.ts'
import { datasetOf, type EntryKind, openKind, partiesOf } from '../../core/log/kinds.ts'
import { commitmentOfText, leafBytes, SALT_BYTES, saltOf } from '../../core/log/leaf.ts'
import { appendLeaves, type CompactRange, HASH_BYTES, hashesIn, rangeFrom } from '../../core/log/merkle.ts'
import { receiptText } from '../../core/log/receipt.ts'
import { openCheckpoint, ownVerifiers, signCheckpoint } from '../../seal/receipt.ts'
import { guardFault } from '../../store/guards.ts'
import { keepCheckpoint, newestKept, toldCheckpoint } from '../../store/kept-checkpoints.ts'
import * as logStore from '../../store/log.ts'
import * as outbox from '../../store/outbox.ts'
import { type Db, transaction } from '../../store/pool.ts'
import type { Rooms } from '../house.ts'
import { provedRoot, proveInclusions, requireContinuation, requireEntries } from './log-proofs.ts'

/** What an entry says: its kind, its moment, and members that name policies, parties and counts; never a person. */
export type Statement = { readonly v: 1; readonly kind: EntryKind; readonly at: string } & { readonly [member: string]: Json }

const BATCH = 1000

/** The row that says so; whoever writes it MUST do so in the transaction of what it tells. */
export function entryRow(key: string, statement: Statement): outbox.OutboxRow {
  const seed = randomBytes(SALT_BYTES)
  const salt = saltOf(seed, key)
  const text = canonicalJson(statement as Json)
  const { kind, at } = statement
  const entry = leafBytes({ at, kind: openKind(kind), commitment: commitmentOfText(salt, text) })
  return { key, disclosure: datasetOf(statement), kind, statement: text, seed, salt, entry, parties: partiesOf(statement), at }
}

/**
 * Adds the entry in the caller's transaction; MUST commit with it. On the pool it is a transaction of its own, durable when it resolves: for what is
 * only told (a denial, a read). `key` makes a retry of the same effect the same entry. Answers the salt of its commitment.
 */
export async function append(client: Db, key: string, statement: Statement): Promise<Buffer> {
  const row = entryRow(key, statement)
  const { kind, disclosure, parties } = row
  if ((await outbox.insertOutbox(client, row)) === 'taken') await requireSame(client, key, { kind, about: { disclosure, parties } })
  return row.salt
}

/** The same of what happens each time anew (a read, a delivery), or is made once by other rows of its transaction: a second time it is another entry. */
export async function appendAnew(client: Db, statement: Statement): Promise<void> {
  const added = await outbox.insertOutboxAnew(client, entryRow(`${statement.kind}:${randomUUID()}`, statement))
  if (added !== 1) throw new IntegrityError('not-recorded', { kind: statement.kind })
}

/** What was not added is there already, and about the same; else it was kept away, or its key was taken for something else. */
async function requireSame(client: Db, key: string, told: outbox.StandingRow): Promise<void> {
  const standing = await outbox.standingUnder(client, key)
  const same = ({ kind, about }: outbox.StandingRow): boolean =>
    kind === told.kind &&
    (about === null || JSON.stringify([about.disclosure, about.parties]) === JSON.stringify(Object.values(told.about ?? {})))
  if (standing.length === 0 || !standing.every(same)) throw new IntegrityError('not-recorded', { kind: told.kind })
}

/** IntegrityError log-altered where the head's hashes are not as many as its size has. */
function rangeOf(head: logStore.HeadRow): CompactRange {
  try {
    return rangeFrom(head.size, hashesIn(head.range))
  } catch {
    throw new IntegrityError('log-altered', { head: String(head.size), range: `${head.range.length} bytes`, ...ON_MISFIT })
  }
}

/** Gives up to 1,000 waiting entries their place. How many it took; null where another replica is at it. */
async function drain(pool: Pool, lock: (client: PoolClient) => Promise<logStore.HeadRow | null>): Promise<number | null> {
  return transaction(pool, async (client) => {
    const head = await lock(client)
    if (head === null) return null
    const { taken, placed, bodies, leafHashes, unfit } = await outbox.placeWaiting(client, head.size, BATCH)
    if (unfit !== null) throw new IntegrityError('log-altered', { outbox: unfit, row: 'not a leaf that opens', ...ON_MISFIT })
    if (bodies !== placed || leafHashes.length !== placed * HASH_BYTES)
      throw new IntegrityError('not-recorded', { entries: String(placed) })
    if (placed === 0) return taken
    const grown = appendLeaves(rangeOf(head), hashesIn(leafHashes))
    const nodes = grown.nodes.filter((node) => node.level > 0)
    if ((await logStore.insertNodes(client, nodes)) !== nodes.length)
      throw new IntegrityError('not-recorded', { nodes: String(nodes.length) })
    await logStore.setHead(client, { size: grown.range.size, range: Buffer.concat(grown.range.hashes) })
    return taken
  })
}

interface Checked {
  readonly head: logStore.HeadRow
  readonly root: Buffer
  readonly last: logStore.CheckpointRow | null
  /** size of the checkpoint that the folder keeps; -1 for none */
  readonly kept: bigint
}

/** The log as it stands, proved to go on from the last checkpoint of the database and from that of the folder. */
async function checkedLog(client: PoolClient, { ring, folder }: Pick<Rooms, 'ring' | 'folder'>): Promise<Checked> {
  const head = await logStore.lockHead(client)
  const verifiers = ownVerifiers(ring)
  const tree = { size: head.size, root: await provedRoot(client, rangeOf(head)) }
  const last = await logStore.latestCheckpoint(client)
  if (last !== null) {
    await requireContinuation(client, openCheckpoint(last.note, verifiers), tree, 'checkpoint')
  }
  const newest = await newestKept(folder, ring.log.current.origin)
  const kept = newest === null ? null : openCheckpoint(newest.note, verifiers)
  if (kept !== null) await requireContinuation(client, kept, tree, 'checkpoint kept in the data folder')
  if (kept !== null && newest?.told === 'yes' && (await logStore.checkpointOfSize(client, kept.size)) === null)
    throw new IntegrityError('log-altered', { 'checkpoint kept in the data folder': String(kept.size), 'row': 'not there', ...ON_MISFIT })
  return { head, root: tree.root, last, kept: kept?.size ?? -1n }
}

/** Signs a checkpoint when the log has grown since the last one, and the entries it adds are there. The size it covers. */
async function sign(rooms: Rooms): Promise<bigint> {
  const { current: key, retired } = rooms.ring.log
  const signed = await transaction(rooms.pool, async (client) => {
    const { head, root, last, kept } = await checkedLog(client, rooms)
    const { size } = head
    const grown = last === null || last.size < size
    if (size === 0n) return size
    if (grown) await requireEntries(client, last?.size ?? 0n, rangeOf(head))
    const note = grown ? signCheckpoint(key, size, root, retired) : last.note
    if (kept < size) await keepCheckpoint(rooms.folder, key.origin, size, note)
    if (grown) await logStore.insertCheckpoint(client, { size, root, note })
    return size
  })
  await toldCheckpoint(rooms.folder, key.origin, signed)
  return signed
}

/** Drains the outbox and signs; the size the newest checkpoint covers. Safe to run on every replica at once. */
export async function sequence(rooms: Rooms): Promise<bigint> {
  while ((await drain(rooms.pool, logStore.lockHead)) === BATCH) {
    // a full batch: there may be more
  }
  return sign(rooms)
}

/** Batches between two checkpoints: however much waits, what has its place is soon covered. */
const BATCHES = 5

/** One turn of a sequencer: nothing where another replica is at it. The size the newest checkpoint covers (null: not known), and whether more waits. */
export async function sequenceTurn(rooms: Rooms): Promise<{ readonly covered: bigint | null; readonly more: 'yes' | 'no' }> {
  let taken: number | null = BATCH
  for (let batch = 0; batch < BATCHES && taken === BATCH; batch++) taken = await drain(rooms.pool, logStore.lockFreeHead)
  if (taken === null) return { covered: null, more: 'no' }
  return { covered: await sign(rooms), more: taken === BATCH ? 'yes' : 'no' }
}

/** Of the newest entries so many are hashed again at a start. */
const NEWEST = 1024n

/**
 * Before anything is signed: IntegrityError log-shorter, log-altered or proof-invalid when the log does not go on from its last checkpoints, when it has not as
 * many entries as it says or the newest are not those of its nodes, log-unguarded when what keeps it from changes is not what the migrations made. Its size.
 */
export async function requireLog(rooms: Rooms): Promise<bigint> {
  return transaction(rooms.pool, async (client) => {
    const { head } = await checkedLog(client, rooms)
    const { next, empty } = await logStore.probeEntries(client, head.size, Math.random())
    if (empty !== null || next !== head.size)
      throw new IntegrityError('log-altered', {
        log: String(head.size),
        ends: String(next),
        ...(empty === null ? {} : { empty: String(empty) }),
        ...ON_MISFIT
      })
    await requireEntries(client, head.size > NEWEST ? head.size - NEWEST : 0n, rangeOf(head))
    const fault = await guardFault(client)
    if (fault !== null) throw new IntegrityError('log-unguarded', { [fault.index]: LOG_FAULTS[fault.fault], ...ON_MISFIT })
    return head.size
  })
}

/** The receipt (C2SP tlog-proof) of the entry at `index` under the newest checkpoint. IntegrityError proof-invalid when that does not cover it. */
export async function receiptFor(db: Db, index: bigint): Promise<string> {
  const checkpoint = await logStore.latestCheckpoint(db)
  if (checkpoint === null || checkpoint.size <= index) throw new IntegrityError('proof-invalid', { index: String(index) })
  const [proof = []] = await proveInclusions(db, [{ index, size: checkpoint.size }])
  return receiptText({ index, proof, checkpoint: checkpoint.note })
}
