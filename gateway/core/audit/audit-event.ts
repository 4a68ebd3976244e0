/**
 * From an entry of the log to a FHIR R4 AuditEvent, by the table in balp.ts. Decides what a reader sees of it: codes, parties, counts and reasons, where it
 * stands in the log and under which leaf hash, and to a party, what it can be proved with. Of an entry whose body has expired, or of a kind not known, what is left.
 */

import { PURPOSES } from '../agreement/purposes.ts'
import type { Json } from '../digest.ts'
import { KINDS } from '../log/kinds.ts'
import { type AuditRow, KIND_SYSTEM, type Outcome, rowOf } from './balp.ts'
import { ACT_REASON, APPLICATION_SERVER, CODE } from './codes.ts'
import { bounded, gatewayOf, observerOf, partsOf, type Scene } from './parts.ts'

/** An entry as it is read. */
export interface LoggedEntry {
  readonly index: number
  readonly kind: string
  readonly at: Date
  readonly leafHash: Buffer
  /** canonical JSON; null once it has expired */
  readonly statement: string | null
  /** where the reader is to prove it: with the statement it makes the commitment of the leaf */
  readonly salt?: Buffer
}

export type AuditEvent = Readonly<Record<string, unknown>> & { readonly resourceType: 'AuditEvent'; readonly id: string }

const ID = /^entry-(0|[1-9]\d{0,15})$/

export function eventId(index: number): string {
  return `entry-${index}`
}

/** The entry that an id names, null where it can name none. */
export function indexOf(id: string): number | null {
  const digits = ID.exec(id)?.[1]
  const index = digits === undefined ? Number.NaN : Number(digits)
  return Number.isSafeInteger(index) ? index : null
}

/** `origin`: that of the log. `patient`: as the reader named it, in a body; null in every other case. */
export function auditEvent(entry: LoggedEntry, origin: string, patient: string | null = null): AuditEvent {
  const row = rowOf(entry.kind)
  const head = headOf(entry, row)
  if (entry.statement === null) return { ...head, ...expired(entry, origin) }
  const statement = JSON.parse(entry.statement) as { readonly [member: string]: Json } // every statement is an object: exchange/log/log.ts
  const scene: Scene = { statement, origin, patient }
  const profile = patient === null || row.ofPatient === null ? row.profile : row.ofPatient
  const purpose = statement['purposeOfUse']
  return {
    ...head,
    meta: { ...(profile === null ? {} : { profile: [profile] }), ...head.meta },
    outcome: outcomeOf(row, statement),
    ...(typeof purpose === 'string' ? { purposeOfEvent: [purposeOf(purpose)] } : {}),
    ...partsOf(row.form, scene),
    source: { observer: observerOf(row.form, scene), type: [APPLICATION_SERVER] }
  }
}

/**
 * To those who see metadata alone: kind, moment, outcome, who took part, and which dataset, submission or agreement it is about. Without what is told of it: details (reasons,
 * counts, codes, names by HMAC), what was asked in a search, and the statement itself.
 */
export function withoutContent(event: AuditEvent): AuditEvent {
  const { entity = [], meta, ...rest } = event as AuditEvent & { readonly entity?: readonly Part[]; readonly meta: Part } // made by auditEvent
  // profiles of BALP ask for what was left out
  const { profile: _, ...tagged } = meta
  return { ...rest, meta: tagged, entity: entity.map(bare) } as AuditEvent // the same, with less in it
}

type Part = Readonly<Record<string, unknown>>

function bare({ what, type, role }: Part): Part {
  const identified = typeof what === 'object' && what !== null && 'identifier' in what
  return { what: identified ? what : { display: 'not shown' }, type, ...(role === undefined ? {} : { role }) }
}

function placeOf({ index, leafHash }: Pick<LoggedEntry, 'index' | 'leafHash'>) {
  return [
    { url: 'urn:sallyport:log:index', valueString: String(index) },
    { url: 'urn:sallyport:log:leaf', valueString: leafHash.toString('hex') }
  ]
}

/** core/log/VERIFY.md says what to do with it. */
function proofOf({ statement, salt }: LoggedEntry) {
  if (statement === null || salt === undefined) return []
  return [
    { url: 'urn:sallyport:log:salt', valueBase64Binary: salt.toString('base64') },
    { url: 'urn:sallyport:log:statement', valueBase64Binary: Buffer.from(statement, 'utf8').toString('base64') }
  ]
}

/** In place of an entry that the database does not give as its leaf makes it: nothing of what it says is shown. */
export function alteredEvent(entry: Pick<LoggedEntry, 'index' | 'at' | 'leafHash'>, origin: string): AuditEvent {
  return {
    resourceType: 'AuditEvent',
    id: eventId(entry.index),
    meta: { tag: [{ system: 'urn:sallyport:code', code: 'log-altered' }] },
    extension: placeOf(entry),
    type: CODE.securityAlert,
    action: 'E',
    recorded: entry.at.toISOString(),
    outcome: '12',
    outcomeDesc: `Altered: the database does not say of entry ${entry.index} what the log commits to: sallyport log fsck.`,
    agent: [{ who: gatewayOf(origin), requestor: false }],
    source: { observer: gatewayOf(origin), type: [APPLICATION_SERVER] }
  }
}

function headOf(entry: LoggedEntry, row: AuditRow) {
  return {
    resourceType: 'AuditEvent',
    id: eventId(entry.index),
    meta: { tag: [{ system: KIND_SYSTEM, code: bounded(entry.kind) }] },
    extension: [...placeOf(entry), ...proofOf(entry)],
    type: row.type,
    ...(row.subtype.length === 0 ? {} : { subtype: row.subtype }),
    action: row.action,
    recorded: entry.at.toISOString(),
    outcome: row.outcome,
    outcomeDesc: Object.hasOwn(KINDS, entry.kind)
      ? KINDS[entry.kind as keyof typeof KINDS].says
      : 'Of a kind that this version does not know.'
  } as const
}

/** Retention deleted what it said; that it was there can still be proved. */
function expired(entry: LoggedEntry, origin: string) {
  return {
    outcomeDesc: `Expired: what entry ${entry.index} said was deleted; its hash stays.`,
    agent: [{ who: gatewayOf(origin), requestor: false }],
    source: { observer: gatewayOf(origin), type: [APPLICATION_SERVER] }
  }
}

/** By kind; an act of the house that tells of a fault (a verification that failed, a stop that nobody asked for) is one. store/audit.ts says the same in SQL. */
function outcomeOf(row: AuditRow, statement: { readonly [member: string]: Json }): Outcome {
  return row.form === 'house' && (statement['reason'] === 'fault' || statement['fault'] !== undefined) ? '12' : row.outcome
}

function purposeOf(code: string) {
  const display = PURPOSES.get(code)
  return { coding: [{ system: ACT_REASON, code: bounded(code), ...(display === undefined ? {} : { display }) }] }
}
