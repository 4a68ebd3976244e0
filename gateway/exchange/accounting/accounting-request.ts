/**
 * What officers ask when they ask for an accounting, a suspension or an incident, and on what it stands. Decides which patients are meant. Refuses
 * days that are none, and hospitals that never were a party.
 */
import type { Accounting } from '../../core/accounting/accounting.ts'
import { RequestError } from '../../core/errors.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import { patientOf } from '../consent/opt-outs.ts'
import { type PartyRoom, partyKnown } from './parties-then.ts'

/** What officers' accountings stand on. */
export type AccountingRoom = PartyRoom

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

/** A day of the calendar. RequestError bad-request. */
export function dayIn(text: string): string {
  const moment = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 10) !== text)
    throw new RequestError('bad-request', 'A day is written YYYY-MM-DD.')
  return text
}

/** The identities that these texts name at this hospital. RequestError bad-request. */
export async function patientsOf(room: AccountingRoom, source: string, texts: readonly string[]): Promise<Identity[]> {
  const party = await partyKnown(room, source)
  if (party === null || party.role !== 'hospital') throw new RequestError('bad-request', 'There is no such hospital among the parties.')
  if (texts.length === 0) throw new RequestError('bad-request', 'Name the patient.')
  return texts.map((text) => patientOf(source, text, party.fhirBases))
}
