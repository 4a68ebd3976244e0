/**
 * An accounting of disclosures (45 CFR 164.528), for officers. Finds a patient's rows in every dataset of its hospital, all of them proved before a word is told
 * (proven-subjects.ts, registers.ts), and commits that it was made before it is shown; the entry names no patient. Refuses to tell anything when one row, key or proof is
 * not what the log says; a patient of another hospital is another. Officers who sign in over HTTP will come to this door, too.
 */
import {
  ACCOUNTING,
  type Accounting,
  type Disclosed,
  type Handling,
  handlingOf,
  linesOf,
  type PartyName,
  type Period,
  periodOf,
  type Suspension
} from '../../core/accounting/accounting.ts'
import { hmac, sha256 } from '../../core/digest.ts'
import { IntegrityError, RequestError } from '../../core/errors.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import { requireWord } from '../../core/printable.ts'
import type { Agreement, Party } from '../../generated/policy.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { firstDeliveries } from '../../store/accounting.ts'
import { findPolicy } from '../../store/policies.ts'
import type { Db } from '../../store/pool.ts'
import { appendAnew } from '../log/log.ts'
import { type AccountingRequest, type AccountingRoom, patientsOf } from './accounting-request.ts'
import { partiesThen, partyKnown } from './parties-then.ts'
import { type FoundSubjects, type ProvenSubject, provenSubjects } from './proven-subjects.ts'
import { provenAmong, provenTold } from './proven-told.ts'
import { incidentsTold, suspensionsTold } from './registers.ts'
import { shreddedTold } from './shred.ts'
import { suspensionNames } from './suspensions.ts'

/** What the officer is told beside the accounting, and the patient is not. */
export interface Aside extends Handling {
  readonly suspended: number
  /** every name under which the rows know the patient */
  readonly names: readonly string[]
}

function named(id: string, party: Party | null): PartyName {
  return { id, name: party?.name ?? id, address: party?.address ?? 'address not known' }
}

/** Contract and rule, in the words of the agreements of these hashes. */
async function basisOf(db: Db, hashes: ReadonlySet<string>): Promise<Map<string, string>> {
  const basis = new Map<string, string>()
  for (const hash of hashes) basis.set(hash, (JSON.parse(await findPolicy(db, hash)) as Agreement).legalReference) // validated before it was kept
  return basis
}

/** When officers found these disclosures impermissible. */
async function incidentsAmong(room: AccountingRoom, datasets: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const { opened, faults } = await incidentsTold(room)
  const fault = faults.find(({ dataset }) => datasets.has(dataset))
  if (fault !== undefined) throw new IntegrityError('proof-invalid', fault.where)
  return opened
}

async function disclosedOf(room: AccountingRoom, proven: readonly ProvenSubject[]): Promise<Disclosed[]> {
  const datasets = new Set(proven.map(({ dataset }) => dataset))
  const delivered = await provenAmong(room, 'file-delivered', await firstDeliveries(room.pool, [...datasets]))
  const fetched = new Map(delivered.map(({ told, at }) => [told?.['dataset'], at]))
  const incidents = await incidentsAmong(room, datasets)
  const basis = await basisOf(room.pool, new Set(proven.map(({ told }) => told.agreement.hash)))
  const then = await partiesThen(room, [...new Set(proven.map(({ told }) => told.recipient))])
  const disclosed: Disclosed[] = []
  for (const { dataset, told, subject, proof } of proven)
    disclosed.push({
      dataset,
      at: told.at,
      fetched: fetched.get(dataset) ?? null,
      recipient: named(told.recipient, await then(told.recipient, told.at)),
      mode: told.mode,
      purposeOfUse: told.purposeOfUse,
      basis: basis.get(told.agreement.hash) ?? '',
      subject,
      incident: incidents.get(dataset) ?? null,
      proof
    })
  return disclosed
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
  return hmac(ring.names(), 'accounting', party, base, type, id)
}

/** What is suspended for the patient of these names, and not lifted. */
async function suspensionsOf(room: AccountingRoom, names: readonly Identity[]): Promise<Suspension[]> {
  const macs = new Set(names.flatMap((name) => suspensionNames(room.ring, name)))
  const { told, faults } = await suspensionsTold(room)
  const fault = faults.find(({ mac }) => macs.has(mac))
  if (fault !== undefined) throw new IntegrityError('proof-invalid', fault.where)
  return told.filter(({ mac, lifted }) => macs.has(mac) && !lifted)
}

/** When accountings were made for the patient of these names, within the last year. */
async function madeBefore(room: AccountingRoom, macs: readonly Buffer[], at: Date): Promise<string[]> {
  const since = new Date(at)
  since.setUTCFullYear(since.getUTCFullYear() - 1)
  const holding = macs.map((mac) => ({ subjects: [mac.toString('hex')] }))
  return (await provenTold(room, 'accounting-made', { holding, since })).map((made) => made.at)
}

/** RequestError bad-request. */
function periodAsked({ from, to, received }: AccountingRequest, at: string): Period {
  if (received > at.slice(0, 10)) throw new RequestError('bad-request', 'The day of the request has not come yet.')
  const period = periodOf({ from, to, received, at })
  if (period.from >= period.to)
    throw new RequestError(
      'bad-request',
      'The period ends before it begins: it reaches back six years from the day of the request, and not beyond today.'
    )
  return period
}

/** The last year of which keys of this hospital's patients are destroyed, none before its time; null: of none. */
async function lastShredded(room: AccountingRoom, source: string, at: Date): Promise<number | null> {
  const { years, faults } = await shreddedTold(room, at)
  const fault = faults.find(({ party }) => party === source)
  if (fault !== undefined) throw new IntegrityError('key-missing', fault.where)
  return years.filter(({ party }) => party === source).reduce<number | null>((last, { year }) => Math.max(last ?? year, year), null)
}

interface Drawn {
  readonly accounting: Accounting
  readonly aside: Aside
  readonly macs: readonly Buffer[]
}

async function draw(room: AccountingRoom, request: AccountingRequest): Promise<Drawn> {
  const { source, scope } = request
  const at = request.at.toISOString()
  const period = periodAsked(request, at)
  const asked = await patientsOf(room, source, request.patients)
  const found = await provenSubjects(room, source, asked)
  const names = namesOf(source, asked, found)
  const suspensions = await suspensionsOf(room, names)
  const { required, voluntary, suspended } = linesOf(await disclosedOf(room, found.proven), { at, period, scope, suspensions })
  const years = [found.expired, await lastShredded(room, source, request.at)].filter((year) => year !== null)
  const macs = names.map((name) => accountingMac(room.ring, name))
  return {
    accounting: {
      accounting: ACCOUNTING,
      at,
      source: named(source, await partyKnown(room, source)),
      patient: request.patients,
      period,
      scope,
      required,
      voluntary,
      expired: years.length === 0 ? null : Math.max(...years)
    },
    aside: {
      ...handlingOf({ received: request.received, at, madeBefore: await madeBefore(room, macs, request.at) }),
      suspended,
      names: found.proven.length === 0 ? [] : names.map(({ base, id }) => `${base === '' ? '' : `${base}/`}Patient/${id}`)
    },
    macs
  }
}

/**
 * Makes an accounting, once a request; each of `forms` turns it into a document the patient gets, whose hash stands in the entry. Answers once that is
 * committed. RequestError bad-request | IntegrityError.
 */
export async function makeAccounting(
  room: AccountingRoom,
  request: AccountingRequest,
  forms: readonly ((accounting: Accounting) => Buffer)[]
): Promise<{ readonly accounting: Accounting; readonly aside: Aside; readonly documents: readonly Buffer[] }> {
  requireWord(request)
  const { accounting, aside, macs } = await draw(room, request)
  const documents = forms.map((render) => render(accounting))
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
    documents: documents.map((document) => `sha256:${sha256(document).toString('hex')}`)
  }
  await appendAnew(room.pool, { v: 1, kind: 'accounting-made', at: accounting.at, ...told })
  return { accounting, aside, documents }
}
