/**
 * Suspensions (45 CFR 164.528(a)(2)): for the days that a health oversight agency or law enforcement names, a patient's accounting does not show what was
 * disclosed to it. Decides how long: as its written statement says; after an oral one thirty days at most. Each is an entry that names no patient. Refuses
 * days that are over, and a recipient that is no party.
 */
import { randomUUID } from 'node:crypto'
import { RequestError } from '../core/errors.ts'
import { isOwnId } from '../core/own-id.ts'
import { insertSuspension, liftSuspension, type SuspensionRow } from '../store/accounting.ts'
import { transaction } from '../store/pool.ts'
import { type AccountingRoom, type AccountingWord, dayIn, patientsOf, requireWord } from './accounting.ts'
import { append } from './log.ts'
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

const ORAL_DAYS = 30
const DAY = 86_400_000

function about({ party, recipient, first, last }: SuspensionRow, { officer, reason, account }: AccountingWord): Record<string, string> {
  return { source: party, recipient, from: first, to: last, officer, reason, account }
}

/** Places it; its number. RequestError bad-request. */
export async function suspendAccounting(room: AccountingRoom, request: SuspensionRequest): Promise<string> {
  requireWord(request)
  const { source, recipient, statement, at } = request
  const [first, last] = [dayIn(request.from), dayIn(request.to)]
  const [patient] = patientsOf(room, source, [request.patient])
  if (patient === undefined || !room.policies.parties.has(recipient))
    throw new RequestError('bad-request', 'There is no such recipient among the parties.')
  if (last < first || last < at.toISOString().slice(0, 10))
    throw new RequestError('bad-request', 'The days of a suspension begin before they end, and are not over.')
  if (statement === 'oral' && Date.parse(last) - Date.parse(first) >= ORAL_DAYS * DAY)
    throw new RequestError(
      'bad-request',
      'After an oral statement an accounting is suspended for 30 days at most (45 CFR 164.528(a)(2)(ii)(C)).'
    )
  const row: SuspensionRow = { id: randomUUID(), party: source, recipient, mac: subjectMac(room.ring, patient), first, last }
  await transaction(room.pool, async (client) => {
    await insertSuspension(client, { ...row, at })
    const told = {
      v: 1,
      kind: 'accounting-suspended',
      at: at.toISOString(),
      suspension: row.id,
      statement,
      ...about(row, request)
    } as const
    await append(client, `accounting-suspended:${row.id}`, told)
  })
  return row.id
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
