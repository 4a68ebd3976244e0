/**
 * The log as the exchange uses it. `append` adds an entry to the outbox inside the caller's transaction: no record, no
 * release. `sequence` gives what waits its place and signs a checkpoint over it; any replica may run it, the row lock on the head is the fence.
 * Refuses to sign when the log is shorter than its last checkpoint (a restored backup) or its head does not match it.
 */
import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { canonicalJson, type Json } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import { checkpointText } from '../core/log/checkpoint.ts'
import { type EntryKind, partiesOf } from '../core/log/kinds.ts'
import { leafOf, SALT_BYTES } from '../core/log/leaf.ts'
import { appendLeaves, type CompactRange, leafHash, type NodeId, rangeFrom, rootOf } from '../core/log/merkle.ts'
import { inclusionPlan, nodeKey, proofFrom } from '../core/log/proofs.ts'
import { receiptText } from '../core/log/receipt.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { signNote } from '../seal/note.ts'
import * as logStore from '../store/log.ts'
import { type Db, transaction } from '../store/pool.ts'

/** What an entry says: its kind, its moment, and members that name policies, parties and counts; never a person. */
export type Statement = { readonly v: 1; readonly kind: EntryKind; readonly at: string } & { readonly [member: string]: Json }

const BATCH = 1000

/**
 * Adds the entry in the caller's transaction; MUST commit with it. On the pool it is a transaction of its own, durable when it resolves: for what is
 * only told (a denial, a read). `key` makes a retry of the same effect the same entry. Answers the salt of its commitment.
 */
export async function append(client: Db, key: string, statement: Statement, disclosure: string | null = null): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  const entry = leafOf(statement, salt)
  await logStore.insertOutbox(client, {
    key,
    disclosure,
    kind: statement.kind,
    statement: canonicalJson(statement as Json),
    salt,
    entry,
    parties: partiesOf(statement),
    at: new Date(statement.at)
  })
  return salt
}

function readRange(head: { size: number; range: Buffer }): CompactRange {
  const hashes: Buffer[] = []
  for (let at = 0; at < head.range.length; at += 32) hashes.push(head.range.subarray(at, at + 32))
  return rangeFrom(BigInt(head.size), hashes)
}

/** Gives up to 1,000 waiting entries their place. How many it placed. */
async function drain(pool: Pool): Promise<number> {
  return transaction(pool, async (client) => {
    const head = await logStore.lockHead(client)
    await logStore.dropPlaced(client)
    const waiting = (await logStore.takeOutbox(client, BATCH)).sort((a, b) => a.id - b.id)
    if (waiting.length === 0) return 0
    const entries = waiting.map((row) => ({ ...row, leafHash: leafHash(row.entry) }))
    const grown = appendLeaves(
      readRange(head),
      entries.map((entry) => entry.leafHash)
    )
    await logStore.insertEntries(client, head.size, entries)
    await logStore.insertNodes(
      client,
      grown.nodes.filter((node) => node.level > 0)
    )
    await logStore.setHead(client, Number(grown.range.size), Buffer.concat(grown.range.hashes))
    return entries.length
  })
}

/** Signs a checkpoint when the log has grown since the last one. The size it covers. */
async function sign(pool: Pool, ring: KeyRing): Promise<number> {
  return transaction(pool, async (client) => {
    const head = await logStore.lockHead(client)
    const last = await logStore.latestCheckpoint(client)
    if (last !== null && last.size > head.size)
      throw new IntegrityError('log-shorter', { checkpoint: String(last.size), log: String(head.size) })
    const range = readRange(head)
    const root = rootOf(range)
    if (last !== null && last.size === head.size) {
      if (!last.root.equals(root)) throw new IntegrityError('proof-invalid', { checkpoint: String(last.size) })
      return last.size
    }
    if (head.size === 0) return 0
    const key = ring.log.current
    const note = signNote(checkpointText({ origin: key.origin, size: range.size, root }), key.origin, key.privateKey)
    await logStore.insertCheckpoint(client, { size: head.size, root, note })
    return head.size
  })
}

/** Drains the outbox and signs; the size the newest checkpoint covers. Safe to run on every replica at once. */
export async function sequence(pool: Pool, ring: KeyRing): Promise<number> {
  while ((await drain(pool)) === BATCH) {
    // a full batch: there may be more
  }
  return sign(pool, ring)
}

/** The receipt (C2SP tlog-proof) of the entry at `index` under the newest checkpoint. */
export async function receiptFor(pool: Pool, index: number): Promise<string> {
  const checkpoint = await logStore.latestCheckpoint(pool)
  if (checkpoint === null || checkpoint.size <= index) throw new IntegrityError('proof-invalid', { index: String(index) })
  const plan = inclusionPlan(BigInt(index), BigInt(checkpoint.size))
  const found = await logStore.findNodes(pool, plan.flat())
  const hashes = new Map(found.map((node) => [nodeKey({ level: node.level, index: BigInt(node.index) }), node.hash]))
  const lookup = (node: NodeId): Buffer => {
    const hash = hashes.get(nodeKey(node))
    if (hash === undefined) throw new IntegrityError('proof-invalid', { node: nodeKey(node) })
    return hash
  }
  return receiptText({ index: BigInt(index), proof: proofFrom(plan, lookup), checkpoint: checkpoint.note })
}
