/**
 * The rows of subjects, proved: row → tile → root of the subjects → statement → entry → signed checkpoint. Decides what may be told of them: nothing that one
 * of these does not bear out; the fault is named by dataset and row, never by what it says. A row whose key was destroyed, or a statement that has expired,
 * is told as that.
 */

import type { LineProof } from '../../core/accounting/accounting.ts'
import { type DisclosedSubject, readRow, rowLeaf } from '../../core/accounting/row.ts'
import { proofIn, tileKey, tilesFor } from '../../core/accounting/tiles.ts'
import { IntegrityError } from '../../core/errors.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import { commitsTo, parseLeaf } from '../../core/log/leaf.ts'
import { inclusionPlan, nodeKey, proofFrom, verifyInclusion } from '../../core/log/proofs.ts'
import { receiptText } from '../../core/log/receipt.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { ownVerifiers, verifyReceipt } from '../../seal/receipt.ts'
import { type ReleaseEntry, releaseEntries } from '../../store/accounting.ts'
import { findNodes, latestCheckpoint } from '../../store/log.ts'
import type { Db } from '../../store/pool.ts'
import { findTiles, rowsOfSubjects, type SubjectKeyRow, type SubjectRowAt, subjectKeysNamed } from '../../store/subject-rows.ts'
import type { Rooms } from '../house.ts'
import { sequence } from '../log/log.ts'
import { openSubjectKey, openSubjectRow, subjectMac } from './subject-rows.ts'

/** A dataset's entry, proved to be in the log; `statement` is null once what it says has expired. */
export interface ProvenEntry {
  readonly index: number
  readonly at: string
  readonly receipt: string
  readonly statement: { readonly text: string; readonly salt: Buffer; readonly told: DatasetStatement } | null
}

export interface ProvenSubject {
  readonly dataset: string
  readonly told: DatasetStatement
  readonly subject: DisclosedSubject
  readonly proof: LineProof
}

/** Rows proved at a time: each needs some tiles of 8 KiB. */
const PAGE = 500

/** Receipts of these entries under the newest checkpoint: null when it does not cover them all. */
async function receiptsOf(db: Db, entries: readonly ReleaseEntry[]): Promise<Map<number, string> | null> {
  const checkpoint = await latestCheckpoint(db)
  if (checkpoint === null || entries.some(({ index }) => BigInt(index) >= checkpoint.size)) return null
  const plans = entries.map(({ index }) => ({ index, plan: inclusionPlan(BigInt(index), checkpoint.size) }))
  const wanted = new Map(plans.flatMap(({ plan }) => plan.flat()).map((node) => [nodeKey(node), node]))
  const hashes = new Map((await findNodes(db, [...wanted.values()])).map((node) => [nodeKey(node), node.hash]))
  const lookup = (node: Parameters<typeof nodeKey>[0]): Buffer => {
    const hash = hashes.get(nodeKey(node))
    if (hash?.length !== 32) throw new IntegrityError('log-altered', { node: nodeKey(node) })
    return hash
  }
  return new Map(
    plans.map(({ index, plan }) => [
      index,
      receiptText({ index: BigInt(index), proof: proofFrom(plan, lookup), checkpoint: checkpoint.note })
    ])
  )
}

function statementIn({ disclosure, entry, statement: text, salt }: ReleaseEntry): ProvenEntry['statement'] {
  if (text === null || salt === null) return null
  const fault = new IntegrityError('proof-invalid', { dataset: disclosure, body: 'not what the entry commits to' })
  const leaf = parseLeaf(entry)
  if (leaf === null || !commitsTo(leaf, salt, text)) throw fault
  const told = JSON.parse(text) as DatasetStatement // the leaf commits to it
  if (told.kind !== leaf.kind || told.at !== leaf.at || told.dataset !== disclosure) throw fault
  return { text, salt, told }
}

/** The entries that released these datasets. What waits for its place in the log is given it first. IntegrityError proof-invalid, named by dataset. */
export async function provenEntries(rooms: Rooms, datasets: readonly string[]): Promise<Map<string, ProvenEntry>> {
  if (datasets.length === 0) return new Map()
  const found = async (): Promise<[ReleaseEntry[], Map<number, string> | null]> => {
    const entries = await releaseEntries(rooms.pool, datasets)
    return [entries, entries.length < datasets.length ? null : await receiptsOf(rooms.pool, entries)]
  }
  let [entries, receipts] = await found()
  if (receipts === null) {
    await sequence(rooms)
    ;[entries, receipts] = await found()
  }
  const there = new Set(entries.map(({ disclosure }) => disclosure))
  const missing = datasets.find((dataset) => !there.has(dataset))
  if (receipts === null) throw new IntegrityError('proof-invalid', { dataset: missing ?? '', entry: 'not in the log' })
  const verifiers = ownVerifiers(rooms.ring)
  const proven = new Map<string, ProvenEntry>()
  for (const row of entries) {
    const receipt = receipts.get(row.index) ?? ''
    verifyReceipt(receipt, row.entry, verifiers)
    const { at } = JSON.parse(row.entry.toString('utf8')) as { at: string } // a leaf of the log says it
    proven.set(row.disclosure, { index: row.index, at, receipt, statement: statementIn(row) })
  }
  return proven
}

/** What a row says, and its bytes. IntegrityError seal-broken, named. */
export function openRow(
  ring: KeyRing,
  party: string,
  key: SubjectKeyRow,
  row: SubjectRowAt
): { readonly bytes: Buffer; readonly subject: DisclosedSubject } {
  const where = { dataset: row.disclosure, row: String(row.position) }
  try {
    const bytes = openSubjectRow(openSubjectKey(ring, party, key), row.disclosure, row.sealed)
    const subject = readRow(bytes)
    if (subject !== null) return { bytes, subject }
  } catch {
    // said below: which check failed is nobody's to know
  }
  throw new IntegrityError('seal-broken', where)
}

function isNamed(subject: DisclosedSubject, names: readonly Identity[]): boolean {
  return names.some(({ base, id }) => base === subject.patient.base && subject.patient.ids.includes(id))
}

interface Opened {
  readonly row: SubjectRowAt
  readonly entry: ProvenEntry
  readonly told: DatasetStatement
  readonly subject: DisclosedSubject
  readonly bytes: Buffer
}

async function prove(db: Db, opened: readonly Opened[]): Promise<ProvenSubject[]> {
  const wanted = new Map<string, { disclosure: string; level: number; index: number }>()
  for (const { row, told } of opened) {
    for (const tile of tilesFor(row.position, told.subjects.released))
      wanted.set(`${row.disclosure}/${tileKey(tile)}`, { disclosure: row.disclosure, ...tile })
  }
  const tiles = new Map<string, Map<string, Buffer>>()
  for (const tile of await findTiles(db, [...wanted.values()])) {
    const of = tiles.get(tile.disclosure) ?? new Map<string, Buffer>()
    tiles.set(tile.disclosure, of.set(tileKey(tile), tile.hashes))
  }
  return opened.map((one) => proveOne(one, tiles.get(one.row.disclosure) ?? new Map()))
}

function proveOne({ row, entry, told, subject, bytes }: Opened, tiles: ReadonlyMap<string, Buffer>): ProvenSubject {
  const { disclosure: dataset, position } = row
  const size = told.subjects.released
  const found = proofIn(tiles, position, size)
  const root = Buffer.from((told.subjectsRoot ?? '').slice('sha256:'.length), 'hex')
  const leaf = rowLeaf(bytes)
  const holds =
    found?.leaf.equals(leaf) === true && verifyInclusion({ index: BigInt(position), size: BigInt(size), leaf, proof: found.proof, root })
  if (!holds || entry.statement === null) throw new IntegrityError('proof-invalid', { dataset, row: String(position) })
  const proof: LineProof = {
    index: entry.index,
    receipt: entry.receipt,
    statement: entry.statement.text,
    salt: entry.statement.salt.toString('base64'),
    row: bytes.toString('base64'),
    position,
    size,
    proof: found.proof.map((hash) => hash.toString('base64'))
  }
  return { dataset, told, subject, proof }
}

/** The year of the last row whose statement has expired; null: of none. */
export interface FoundSubjects {
  readonly proven: readonly ProvenSubject[]
  readonly expired: number | null
}

/** Every row of the patient of these names, of one hospital, proved. */
export async function provenSubjects(rooms: Rooms, party: string, names: readonly Identity[]): Promise<FoundSubjects> {
  const keys = new Map(
    (
      await subjectKeysNamed(
        rooms.pool,
        names.map((name) => subjectMac(rooms.ring, name))
      )
    ).map((key) => [key.id, key])
  )
  const rows = await rowsOfSubjects(rooms.pool, [...keys.keys()])
  const entries = await provenEntries(rooms, [...new Set(rows.map(({ disclosure }) => disclosure))])
  const proven: ProvenSubject[] = []
  let expired: number | null = null
  for (let from = 0; from < rows.length; from += PAGE) {
    const opened: Opened[] = []
    for (const row of rows.slice(from, from + PAGE)) {
      const [entry, key] = [entries.get(row.disclosure) as ProvenEntry, keys.get(row.subject) as SubjectKeyRow] // both were asked by these rows
      const { bytes, subject } = openRow(rooms.ring, party, key, row)
      // a key or a name moved to another patient's rows must not tell of them
      if (!isNamed(subject, names)) throw new IntegrityError('proof-invalid', { dataset: row.disclosure, row: String(row.position) })
      if (entry.statement === null) expired = Math.max(expired ?? 0, Number(entry.at.slice(0, 4)))
      else opened.push({ row, entry, told: entry.statement.told, subject, bytes })
    }
    proven.push(...(await prove(rooms.pool, opened)))
  }
  return { proven, expired }
}
