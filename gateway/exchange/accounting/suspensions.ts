/**
 * Suspensions (45 CFR 164.528(a)(2)): for the days that a health oversight agency or law enforcement names, a patient's accounting does not show what was
 * disclosed to it. Decides how long: as its written statement says; after an oral one thirty days at most. Each is an entry that names the patient by an HMAC
 * of its own, found nowhere else. Refuses days that are over, and a recipient that never was a party.
 */
import { randomUUID } from 'node:crypto'
import { hmac } from '../../core/digest.ts'
import { IntegrityError, RequestError } from '../../core/errors.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import { isOwnId } from '../../core/own-id.ts'
import { requireWord } from '../../core/printable.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { insertSuspension, liftSuspension, type SuspensionRow } from '../../store/accounting.ts'
import { transaction } from '../../store/pool.ts'
import { countRowsNamed } from '../../store/subject-rows.ts'
import { readAtDesk } from '../audit/audit.ts'
import type { Rooms } from '../house.ts'
import { append } from '../log/log.ts'
import { type AccountingRoom, type AccountingWord, dayIn, patientsOf } from './accounting-request.ts'
import { partyKnown } from './parties-then.ts'
import { suspensionsTold, type ToldSuspension } from './registers.ts'
import { subjectMac } from './subject-rows.ts'

export interface SuspensionRequest extends AccountingWord {
  readonly source: string
  /** one patient, under one name: rows that know it by several are found by each */
  readonly patient: string
  /** party id of the agency or official */
  readonly recipient: string
  /** first and last day, YYYY-MM-DD */
  readonly from: string
  readonly to: string
  readonly statement: 'written' | 'oral'
}

/** Names the patient of a suspension: keyed, and another name than its rows or accountings are found by. */
function suspensionMac(ring: KeyRing, { party, base, type, id }: Identity): Buffer {
  return hmac(ring.names(), 'suspension', party, base, type, id)
}

/** How suspensions may name a patient, in hex: the oldest do as its rows do. */
export function suspensionNames(ring: KeyRing, name: Identity): string[] {
  return [suspensionMac(ring, name), subjectMac(ring, name)].map((mac) => mac.toString('hex'))
}

export interface PlacedSuspension {
  readonly id: string
  /** rows that the name finds, of all years: none is most likely a name mistyped */
  readonly rows: number
}

const ORAL_DAYS = 30
const DAY = 86_400_000

function about({ party, recipient, first, last }: SuspensionRow, { officer, reason, account }: AccountingWord): Record<string, string> {
  return { source: party, recipient, from: first, to: last, officer, reason, account }
}

/** Places it. RequestError bad-request. */
export async function suspendAccounting(room: AccountingRoom, request: SuspensionRequest): Promise<PlacedSuspension> {
  requireWord(request)
  const { source, recipient, statement, at } = request
  const [first, last] = [dayIn(request.from), dayIn(request.to)]
  const [patient] = await patientsOf(room, source, [request.patient])
  if (patient === undefined || (await partyKnown(room, recipient)) === null)
    throw new RequestError('bad-request', 'There is no such recipient among the parties.')
  if (last < first || last < at.toISOString().slice(0, 10))
    throw new RequestError('bad-request', 'The days of a suspension begin before they end, and are not over.')
  if (statement === 'oral' && Date.parse(last) - Date.parse(first) >= ORAL_DAYS * DAY)
    throw new RequestError(
      'bad-request',
      'After an oral statement an accounting is suspended for 30 days at most (45 CFR 164.528(a)(2)(ii)(C)).'
    )
  const row: SuspensionRow = { id: randomUUID(), party: source, recipient, mac: suspensionMac(room.ring, patient), first, last }
  await transaction(room.pool, async (client) => {
    await insertSuspension(client, { ...row, at })
    const told = {
      v: 1,
      kind: 'accounting-suspended',
      at: at.toISOString(),
      suspension: row.id,
      statement,
      subject: row.mac.toString('hex'),
      ...about(row, request)
    } as const
    await append(client, `accounting-suspended:${row.id}`, told)
  })
  return { id: row.id, rows: await countRowsNamed(room.pool, subjectMac(room.ring, patient)) }
}

/** Lifts it before its last day. RequestError not-found. */
export async function resumeAccounting({ pool }: Pick<AccountingRoom, 'pool'>, id: string, word: AccountingWord): Promise<void> {
  requireWord(word)
  await transaction(pool, async (client) => {
    const row = isOwnId(id) ? await liftSuspension(client, id, word.at) : null
    if (row === null) throw new RequestError('not-found', 'There is no such suspension in force.')
    const told = { v: 1, kind: 'accounting-resumed', at: word.at.toISOString(), suspension: id, ...about(row, word) } as const
    await append(client, `accounting-resumed:${id}`, told)
  })
}

/** A suspension as officers see it listed: no patient is named, for nobody keeps who it was. */
export interface ListedSuspension {
  readonly id: string
  readonly source: string
  readonly recipient: string
  readonly first: string
  readonly last: string
  readonly state: 'in force' | 'to come' | 'over' | 'lifted'
}

function stateOn(day: string, { first, last, lifted }: ToldSuspension): ListedSuspension['state'] {
  if (lifted) return 'lifted'
  if (day < first) return 'to come'
  return day <= last ? 'in force' : 'over'
}

/** All of them, as the log says, in the order they were placed; that they were read is an entry. */
export async function listSuspensions(rooms: Rooms, account: string, at: Date): Promise<readonly ListedSuspension[]> {
  const { told, faults } = await suspensionsTold(rooms)
  const [fault] = faults
  if (fault !== undefined) throw new IntegrityError('proof-invalid', fault.where)
  const day = at.toISOString().slice(0, 10)
  const listed = told.map((one) => {
    const { id, source, recipient, first, last } = one
    return { id, source, recipient, first, last, state: stateOn(day, one) }
  })
  return readAtDesk(rooms.pool, { account, at, what: 'suspensions' }, async () => listed)
}
