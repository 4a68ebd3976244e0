/**
 * The officers' door: accountings of disclosures, and what is suspended or was found impermissible, for officers who signed in. What is made, proved and recorded is what
 * the commands at the desk make, prove and record. Refuses an officer whose file, as it is loaded now, does not say that he or she may; whoever asked stands in
 * the log by the name and id of that file.
 */
import { FORMS, type FormName } from '../../core/accounting/forms.ts'
import type { Caller } from '../doors.ts'
import type { House } from '../house.ts'
import { signedIn } from '../identity/signed-in.ts'
import { type Aside, makeAccounting } from './accounting.ts'
import { type AccountingRequest, dayIn } from './accounting-request.ts'
import { type ListedIncident, listIncidents } from './incident.ts'
import { type ListedSuspension, listSuspensions } from './suspensions.ts'

/** schemas/http/accounting-request.json; days are YYYY-MM-DD. */
export interface AskedAccounting extends Pick<AccountingRequest, 'source' | 'patients' | 'reason'> {
  readonly from?: string
  readonly to?: string
  readonly received?: string
  readonly scope?: AccountingRequest['scope']
  readonly formats?: readonly FormName[]
}

export interface MadeAccounting {
  readonly documents: readonly { readonly format: FormName; readonly mediaType: string; readonly base64: string }[]
  /** for the officer alone: the patient's copy says none of it */
  readonly aside: Aside
}

export interface Accountings {
  /** RequestError bad-request | scope-missing; IntegrityError. */
  make(caller: Caller, asked: AskedAccounting): Promise<MadeAccounting>
  suspensions(caller: Caller): Promise<readonly ListedSuspension[]>
  incidents(caller: Caller): Promise<readonly ListedIncident[]>
}

type Standing = Pick<House, 'pool' | 'ring' | 'folder' | 'policies' | 'registry' | 'now'>

export function openAccountings(house: Standing): Accountings {
  return {
    make: (caller, asked) => made(house, caller, asked),
    suspensions: async (caller) => listSuspensions(house, signedIn(house, caller, 'read-suspensions').account, house.now()),
    incidents: async (caller) => listIncidents(house, signedIn(house, caller, 'read-incidents').account, house.now())
  }
}

async function made(house: Standing, caller: Caller, asked: AskedAccounting): Promise<MadeAccounting> {
  const { officer, account } = signedIn(house, caller, 'make-accountings')
  const { source, patients, reason, from, to, received, scope = 'required', formats = ['json'] } = asked
  const at = house.now()
  const request: AccountingRequest = {
    officer,
    account,
    reason,
    at,
    source,
    patients,
    from: from === undefined ? null : dayIn(from),
    to: to === undefined ? null : dayIn(to),
    received: dayIn(received ?? at.toISOString().slice(0, 10)),
    scope
  }
  const renders = formats.map((format) => FORMS[format].render)
  const { aside, documents } = await makeAccounting(house, request, renders)
  return {
    documents: documents.flatMap((bytes, n) => {
      const format = formats[n]
      return format === undefined ? [] : [{ format, mediaType: FORMS[format].mediaType, base64: bytes.toString('base64') }]
    }),
    aside
  }
}
