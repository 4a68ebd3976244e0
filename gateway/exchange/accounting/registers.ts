/**
 * What officers entered, as accountings believe it: incidents and suspensions by the log's proved entries, the tables beside them being held against those.
 * Decides what is in force; names each row that the log does not bear out, and each entry whose row is gone. A row is looked for among entries read after it,
 * an entry among rows read after it, so that what is being entered meanwhile is no fault.
 */
import { type IncidentRow, type KeptSuspension, listIncidents, listSuspensions } from '../../store/accounting.ts'
import type { Rooms } from '../house.ts'
import { type ProvenTold, provenTold } from './proven-told.ts'

/** What is not as the log says: where, never what. `dataset` is '' where it is of none. */
export interface RegisterFault {
  readonly dataset: string
  readonly where: Readonly<Record<string, string>>
}

export interface Incidents {
  /** by dataset: when officers found its disclosure impermissible, RFC 3339 */
  readonly opened: ReadonlyMap<string, string>
  readonly faults: readonly RegisterFault[]
}

/** What a key names behind its kind: of an expired entry it alone still tells. */
function named({ key }: ProvenTold): string {
  return key.split(':')[1] ?? ''
}

/** Every incident. IntegrityError proof-invalid when an entry is not what its leaf commits to. */
export async function incidentsTold(rooms: Rooms): Promise<Incidents> {
  const before = await listIncidents(rooms.pool)
  const entries = await provenTold(rooms, 'incident-opened')
  const after = await listIncidents(rooms.pool)
  const opened = new Map<string, string>()
  for (const entry of entries) {
    const dataset = entry.told === null ? named(entry) : String(entry.told['dataset'])
    const known = opened.get(dataset)
    if (known === undefined || entry.at < known) opened.set(dataset, entry.at)
  }
  const same = (row: IncidentRow | undefined): boolean => row !== undefined && opened.get(row.disclosure) === row.at.toISOString()
  const kept = new Map(after.map((row) => [row.disclosure, row]))
  const faults = [
    ...before.filter((row) => !same(row)).map(({ disclosure }) => ({ dataset: disclosure, is: 'not in the log' })),
    ...[...opened.keys()].filter((dataset) => !kept.has(dataset)).map((dataset) => ({ dataset, is: 'gone from its table' }))
  ]
  return { opened, faults: faults.map(({ dataset, is }) => ({ dataset, where: { dataset, incident: is } })) }
}

/** A suspension, as its entry says; `mac` names the patient. Days, both included. */
export interface ToldSuspension {
  readonly id: string
  readonly source: string
  readonly recipient: string
  readonly first: string
  readonly last: string
  readonly lifted: boolean
  readonly mac: string
}

export interface Suspensions {
  readonly told: readonly ToldSuspension[]
  readonly faults: readonly (RegisterFault & { readonly id: string; readonly mac: string })[]
}

function rowOf({ id, party, recipient, mac, first, last, lifted }: KeptSuspension): ToldSuspension {
  return { id, source: party, recipient, first, last, lifted, mac: mac.toString('hex') }
}

/** What the entry says; of the oldest ones, which name nobody, and of one that has expired the row says the rest. */
function suspensionIn(entry: ProvenTold, lifted: ReadonlySet<string>, row: KeptSuspension | undefined): ToldSuspension | null {
  const id = named(entry)
  const kept = row === undefined ? null : { ...rowOf(row), lifted: lifted.has(id) }
  if (entry.told === null) return kept
  const { suspension, source, recipient, from, to, subject = kept?.mac ?? '' } = entry.told
  return {
    id: String(suspension),
    source: String(source),
    recipient: String(recipient),
    first: String(from),
    last: String(to),
    lifted: lifted.has(String(suspension)),
    mac: String(subject)
  }
}

function isSame(one: ToldSuspension, other: ToldSuspension): boolean {
  return (Object.keys(one) as (keyof ToldSuspension)[]).every((member) => one[member] === other[member])
}

/** Every suspension there ever was. IntegrityError proof-invalid when an entry is not what its leaf commits to. */
export async function suspensionsTold(rooms: Rooms): Promise<Suspensions> {
  const before = await listSuspensions(rooms.pool)
  const placed = await provenTold(rooms, 'accounting-suspended')
  const lifted = new Set((await provenTold(rooms, 'accounting-resumed')).map(named))
  const after = new Map((await listSuspensions(rooms.pool)).map((row) => [row.id, row]))
  const told = placed.map((entry) => suspensionIn(entry, lifted, after.get(named(entry)))).filter((one) => one !== null)
  const byId = new Map(told.map((one) => [one.id, one]))
  const borneOut = (row: KeptSuspension): boolean => {
    const one = byId.get(row.id)
    // lifted since the row was read
    return one !== undefined && (isSame(one, rowOf(row)) || (one.lifted && !row.lifted && isSame(one, rowOf(after.get(row.id) ?? row))))
  }
  const faults = [
    ...before.filter((row) => !borneOut(row)).map((row) => ({ id: row.id, mac: row.mac.toString('hex'), is: 'not what the log says' })),
    ...placed
      .map(named)
      .filter((id) => !after.has(id))
      .map((id) => ({ id, mac: byId.get(id)?.mac ?? '', is: 'gone from its table' }))
  ]
  return { told, faults: faults.map(({ id, mac, is }) => ({ id, mac, dataset: '', where: { suspension: id, is } })) }
}
