/**
 * The rows of a dataset's subjects: what the log keeps of each so that an accounting of disclosures can be made (45 CFR 164.528). Decides under which key a
 * row is sealed: a random one of the subject and the year, found by an HMAC of who it is, so that a year can be shredded. Rows stand in the order of their
 * leaves, which are random. Aggregate-only datasets have none: no record leaves, and to keep who was counted would be a new trace of the patient for an
 * accounting that is not owed. Refuses a subject of whom it is not known who it is.
 */
import { randomFillSync } from 'node:crypto'
import type { PoolClient } from 'pg'
import { type DisclosedSubject, rowBytes, rowLeaf } from '../../core/accounting/row.ts'
import { type Tile, treeOf } from '../../core/accounting/tiles.ts'
import { hmac, lengthPrefixed } from '../../core/digest.ts'
import { IntegrityError } from '../../core/errors.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import { SALT_BYTES } from '../../core/log/leaf.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { newKey, unwrapLocal, wrapLocal } from '../../seal/local.ts'
import { openSegment, sealSegment } from '../../seal/segment.ts'
import {
  type AliasRow,
  findSubjectKeys,
  insertAliases,
  insertSubjectRows,
  insertTiles,
  proposeSubjectKeys,
  type SubjectKeyRow
} from '../../store/subject-rows.ts'
import { insertConsentNames } from '../../store/withdrawals.ts'
import type { Rooms } from '../house.ts'
import type { SubjectRow } from '../release/subjects.ts'

/** A subject of whom records leave. */
export interface ReleasedRow {
  readonly subject: SubjectRow
  /** the types its `lines` count */
  readonly types: readonly string[]
  readonly level: number
}

/** The rows of a dataset, ready to be kept. */
export interface SubjectTree {
  /** 'sha256:…': what the statement says */
  readonly root: string
  readonly rows: readonly { readonly subject: number; readonly sealed: Buffer }[]
  /** other names that these rows tell, in the order of their bytes */
  readonly aliases: readonly AliasRow[]
  /** names under which consents may come, of whom these rows are */
  readonly consents: readonly { readonly name: Buffer; readonly subject: number }[]
  readonly tiles: readonly Tile[]
}

/** Subjects whose rows are made at a time, about 20 ms; between two batches others get their turn. */
const GROWN = 500
const KEPT = 2000

/** The name a patient is found by; of another hospital or server it is another. */
export function subjectMac(ring: KeyRing, subject: Identity): Buffer {
  return hmac(ring.names(), 'subject', subject.party, subject.base, subject.type, subject.id)
}

/** Where the key of a subject and year is sealed to. */
export function keyContext(party: string, year: number, mac: Buffer): string[] {
  return ['subject', party, String(year), mac.toString('hex')]
}

/** The key that a subject's rows of a year are sealed under. IntegrityError seal-broken. */
export function openSubjectKey(ring: KeyRing, party: string, { year, mac, sealed }: SubjectKeyRow): Buffer {
  return unwrapLocal(ring.wrapping, keyContext(party, year, mac), sealed)
}

function rowPlace(dataset: string): Buffer {
  return lengthPrefixed('subject row', dataset)
}

/** The bytes of a row (core/accounting/row.ts). IntegrityError seal-broken. */
export function openSubjectRow(key: Buffer, dataset: string, sealed: Buffer): Buffer {
  return openSegment(key, rowPlace(dataset), sealed)
}

/** The keys of these subjects, made where there were none: by hex of the mac. */
async function subjectKeys(
  { pool, ring }: Pick<Rooms, 'pool' | 'ring'>,
  party: string,
  year: number,
  macs: readonly Buffer[]
): Promise<Map<string, SubjectKeyRow>> {
  const sorted = [...macs].sort(Buffer.compare)
  const known = await findSubjectKeys(pool, year, sorted)
  const have = new Set(known.map(({ mac }) => mac.toString('hex')))
  const missing = sorted.filter((mac) => !have.has(mac.toString('hex')))
  const fresh = missing.map((mac) => ({ mac, sealed: wrapLocal(ring.wrapping, keyContext(party, year, mac), newKey()) }))
  await proposeSubjectKeys(pool, party, year, fresh)
  const found = [...known, ...(await findSubjectKeys(pool, year, missing))]
  return new Map(found.map((row) => [row.mac.toString('hex'), row]))
}

function disclosedOf({ subject, types, level }: ReleasedRow): DisclosedSubject {
  const { source } = subject
  if (source === undefined) throw new IntegrityError('internal', { subject: 'without the name it came under' })
  const records = Object.fromEntries(types.map((type, n) => [type, subject.lines[n] ?? 0] as const).filter(([, count]) => count > 0))
  return { v: 1, patient: { base: source.base, ids: source.ids }, surrogate: source.surrogate, level, records }
}

interface Grown {
  readonly leaf: Buffer
  readonly subject: number
  readonly sealed: Buffer
  readonly aliases: readonly AliasRow[]
  readonly consents: readonly { readonly name: Buffer; readonly subject: number }[]
}

async function growBatch(
  rooms: Pick<Rooms, 'pool' | 'ring'>,
  dataset: { readonly id: string; readonly source: string; readonly year: number },
  batch: readonly ReleasedRow[]
): Promise<Grown[]> {
  const { id, source: party, year } = dataset
  const told = batch.map(disclosedOf)
  const macsOf = told.map(({ patient }) =>
    patient.ids.map((name) => subjectMac(rooms.ring, { party, base: patient.base, type: 'Patient', id: name }))
  )
  const keys = await subjectKeys(
    rooms,
    party,
    year,
    macsOf.flatMap(([first]) => first ?? [])
  )
  const salts = randomFillSync(Buffer.allocUnsafe(SALT_BYTES * batch.length))
  return told.map((subject, n): Grown => {
    const [own, ...others] = macsOf[n] ?? []
    const key = keys.get(own?.toString('hex') ?? '')
    if (key === undefined) throw new IntegrityError('key-missing', { dataset: id, year: String(year) })
    const aliases = others.map((mac) => ({ mac, subject: key.id }))
    const bytes = rowBytes(salts.subarray(n * SALT_BYTES, (n + 1) * SALT_BYTES), subject)
    const sealed = sealSegment(openSubjectKey(rooms.ring, party, key), rowPlace(id), bytes)
    const consents = (batch[n]?.subject.consents ?? []).map((name) => ({ name: Buffer.from(name, 'hex'), subject: key.id }))
    return { leaf: rowLeaf(bytes), subject: key.id, sealed, aliases, consents }
  })
}

/**
 * Makes the rows of a dataset and their tree; `at`: the moment of its statement. Keys are committed at once (without rows they say nothing), so that the
 * transaction of the record stays short; rows and the names that they tell by keepTree, so that there is no name without its row.
 */
export async function growTree(
  rooms: Pick<Rooms, 'pool' | 'ring'>,
  dataset: { readonly id: string; readonly source: string },
  at: string,
  released: readonly ReleasedRow[]
): Promise<SubjectTree> {
  const about = { id: dataset.id, source: dataset.source, year: new Date(at).getUTCFullYear() }
  const grown: Grown[] = []
  for (let from = 0; from < released.length; from += GROWN)
    grown.push(...(await growBatch(rooms, about, released.slice(from, from + GROWN))))
  grown.sort((a, b) => Buffer.compare(a.leaf, b.leaf))
  const { root, tiles } = treeOf(grown.map(({ leaf }) => leaf))
  const aliases = grown.flatMap((row) => row.aliases).sort((a, b) => Buffer.compare(a.mac, b.mac) || a.subject - b.subject)
  return { root: `sha256:${root.toString('hex')}`, rows: grown, aliases, consents: grown.flatMap((row) => row.consents), tiles }
}

/** Keeps the rows in the transaction that records the dataset: no row without a record, no record without its rows. */
export async function keepTree(client: PoolClient, dataset: string, { rows, aliases, consents, tiles }: SubjectTree): Promise<void> {
  for (let from = 0; from < aliases.length; from += KEPT) await insertAliases(client, aliases.slice(from, from + KEPT))
  for (let from = 0; from < consents.length; from += KEPT) await insertConsentNames(client, consents.slice(from, from + KEPT))
  for (let from = 0; from < rows.length; from += KEPT) await insertSubjectRows(client, dataset, from, rows.slice(from, from + KEPT))
  for (let from = 0; from < tiles.length; from += 128) await insertTiles(client, dataset, tiles.slice(from, from + 128))
}
