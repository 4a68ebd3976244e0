/**
 * An accounting of disclosures (45 CFR 164.528), for officers. Finds a patient's rows in every dataset of its hospital, all of them proved before a word is told
 * (proven-subjects.ts), and commits that it was made before it is shown; the entry names no patient. Refuses to tell anything when one row, key or proof is
 * not what the log says; a patient of another hospital is another. Officers who sign in over HTTP will come to this door, too.
 */
import { randomUUID } from 'node:crypto'
import {
  type Accounting,
  type Disclosed,
  type Handling,
  handlingOf,
  linesOf,
  type PartyName,
  periodOf,
  type Suspension
} from '../core/accounting/accounting.ts'
import type { Policies } from '../core/agreement/policies.ts'
import { hmac, sha256 } from '../core/digest.ts'
import { RequestError } from '../core/errors.ts'
import type { Identity } from '../core/fhir/resource.ts'
import type { Agreement } from '../generated/policy.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { firstFetched, incidentsAmong, insertMade, madeFor, suspensionsFor } from '../store/accounting.ts'
import { findPolicy } from '../store/policies.ts'
import { type Db, transaction } from '../store/pool.ts'
import { lastShredded } from '../store/subject-rows.ts'
import { patientOf } from './consent.ts'
import type { Rooms } from './house.ts'
import { append } from './log.ts'
import { type FoundSubjects, type ProvenSubject, provenSubjects } from './proven-subjects.ts'
import { subjectMac } from './subject-rows.ts'

/** What officers' accountings stand on. */
export interface AccountingRoom extends Rooms {
  readonly policies: Pick<Policies, 'parties'>
}

/** Who does it, why, and by whose hands: all stand in the log. */
export interface AccountingWord {
  readonly officer: string
  readonly reason: string
  readonly account: string
  readonly at: Date
}

export interface AccountingRequest extends AccountingWord {
  /** party id of the hospital */
  readonly source: string
  /** names of one patient, as the hospital's records name it: 123, Patient/123, an absolute reference, urn:uuid:… */
  readonly patients: readonly string[]
  /** first and last day, YYYY-MM-DD; null: six years, to now */
  readonly from: string | null
  readonly to: string | null
  /** the day the patient asked, YYYY-MM-DD */
  readonly received: string
  readonly scope: Accounting['scope']
}

/** What the officer is told beside the accounting, and the patient is not. */
export interface Aside extends Handling {
  readonly suspended: number
  /** every name under which the rows know the patient */
  readonly names: readonly string[]
}

export function requireWord({ officer, reason }: Pick<AccountingWord, 'officer' | 'reason'>): void {
  if (officer.trim() === '' || reason.trim() === '') throw new RequestError('bad-request', 'Give the name of the officer and the reason.')
}

/** A day of the calendar. RequestError bad-request. */
export function dayIn(text: string): string {
  const moment = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 10) !== text)
    throw new RequestError('bad-request', 'A day is written YYYY-MM-DD.')
  return text
}

/** The identities that these texts name at this hospital. RequestError bad-request. */
export function patientsOf(room: Pick<AccountingRoom, 'policies'>, source: string, texts: readonly string[]): Identity[] {
  const party = room.policies.parties.get(source)
  if (party === undefined || party.role !== 'hospital')
    throw new RequestError('bad-request', 'There is no such hospital among the parties.')
  if (texts.length === 0) throw new RequestError('bad-request', 'Name the patient.')
  return texts.map((text) => patientOf(source, text, party.fhirBases))
}

function partyName({ policies }: Pick<AccountingRoom, 'policies'>, id: string): PartyName {
  const party = policies.parties.get(id)
  return { id, name: party?.name ?? id, address: party?.address ?? 'address no longer registered' }
}

async function basisOf(db: Db, hashes: ReadonlySet<string>): Promise<Map<string, string>> {
  const basis = new Map<string, string>()
  for (const hash of hashes) {
    const body = await findPolicy(db, hash)
    basis.set(hash, body === null ? '' : (JSON.parse(body) as Agreement).legalReference) // validated before it was kept
  }
  return basis
}

async function disclosedOf(room: AccountingRoom, proven: readonly ProvenSubject[]): Promise<Disclosed[]> {
  const datasets = [...new Set(proven.map(({ dataset }) => dataset))]
  const moments = (rows: readonly { disclosure: string; at: Date }[]): Map<string, string> =>
    new Map(rows.map(({ disclosure, at }) => [disclosure, at.toISOString()]))
  const fetched = moments(await firstFetched(room.pool, datasets))
  const incidents = moments(await incidentsAmong(room.pool, datasets))
  const basis = await basisOf(room.pool, new Set(proven.map(({ told }) => told.agreement.hash)))
  return proven.map(({ dataset, told, subject, proof }) => ({
    dataset,
    at: told.at,
    fetched: fetched.get(dataset) ?? null,
    recipient: partyName(room, told.recipient),
    mode: told.mode,
    purposeOfUse: told.purposeOfUse,
    basis: basis.get(told.agreement.hash) ?? '',
    subject,
    incident: incidents.get(dataset) ?? null,
    proof
  }))
}

/** Every name of the patient: those asked for, and those its rows know it by. */
function namesOf(source: string, asked: readonly Identity[], { proven }: FoundSubjects): Identity[] {
  const all = [
    ...asked,
    ...proven.flatMap(({ subject }) =>
      subject.patient.ids.map((id) => ({ party: source, base: subject.patient.base, type: 'Patient', id }))
    )
  ]
  return [...new Map(all.map((name) => [JSON.stringify([name.base, name.id]), name])).values()]
}

/** Names the patient of an accounting in the log and to those who count accountings: keyed, and another name than its rows are found by. */
function accountingMac(ring: KeyRing, { party, base, type, id }: Identity): Buffer {
  return hmac(ring.crosswalk.current.secret, 'accounting', party, base, type, id)
}

async function suspensionsOf(room: AccountingRoom, names: readonly Identity[]): Promise<Suspension[]> {
  return suspensionsFor(
    room.pool,
    names.map((name) => subjectMac(room.ring, name))
  )
}

interface Drawn {
  readonly accounting: Accounting
  readonly aside: Aside
  readonly macs: readonly Buffer[]
}

async function draw(room: AccountingRoom, request: AccountingRequest): Promise<Drawn> {
  const { source, scope } = request
  const at = request.at.toISOString()
  const asked = patientsOf(room, source, request.patients)
  const found = await provenSubjects(room, source, asked)
  const names = namesOf(source, asked, found)
  const period = periodOf({ from: request.from, to: request.to, at })
  const suspensions = await suspensionsOf(room, names)
  const { required, voluntary, suspended } = linesOf(await disclosedOf(room, found.proven), { at, period, scope, suspensions })
  const years = [found.expired, await lastShredded(room.pool, source)].filter((year) => year !== null)
  const macs = names.map((name) => accountingMac(room.ring, name))
  const madeBefore = (await madeFor(room.pool, macs)).map((made) => made.toISOString())
  return {
    accounting: {
      v: 1,
      at,
      source: partyName(room, source),
      patient: request.patients,
      period,
      scope,
      required,
      voluntary,
      expired: years.length === 0 ? null : Math.max(...years)
    },
    aside: {
      ...handlingOf({ received: request.received, at, madeBefore }),
      suspended,
      names: found.proven.length === 0 ? [] : names.map(({ base, id }) => `${base === '' ? '' : `${base}/`}Patient/${id}`)
    },
    macs
  }
}

/**
 * Makes an accounting; `render` turns it into the document the patient gets, whose hash stands in the entry. Answers once that is committed.
 * RequestError bad-request | IntegrityError.
 */
export async function makeAccounting(
  room: AccountingRoom,
  request: AccountingRequest,
  render: (accounting: Accounting) => Buffer
): Promise<{ readonly accounting: Accounting; readonly aside: Aside; readonly document: Buffer }> {
  requireWord(request)
  const { accounting, aside, macs } = await draw(room, request)
  const document = render(accounting)
  const { source, officer, reason, account, scope } = request
  const told = {
    source,
    subjects: macs.map((mac) => mac.toString('hex')),
    officer,
    reason,
    account,
    period: { from: accounting.period.from, to: accounting.period.to },
    scope,
    required: accounting.required.length,
    voluntary: accounting.voluntary.length,
    suspended: aside.suspended,
    document: `sha256:${sha256(document).toString('hex')}`
  }
  await transaction(room.pool, async (client) => {
    await append(client, `accounting-made:${randomUUID()}`, { v: 1, kind: 'accounting-made', at: accounting.at, ...told })
    await insertMade(client, macs, request.at)
  })
  return { accounting, aside, document }
}
