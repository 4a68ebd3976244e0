/**
 * An accounting of disclosures (45 CFR 164.528): which lines it has, and how it is to be handled. Decides what must be listed and what is shown only where
 * all is asked for, labelled as voluntary; what is suspended, and never mentioned; what may be summarised ((b)(3)); by when it is owed ((c)(1)) and whether
 * it is free ((c)(2)). Refuses nothing: whether rows and proofs are true was settled before.
 */

import { type Ground, groundOf } from './grounds.ts'
import type { DisclosedSubject } from './row.ts'

export interface PartyName {
  readonly id: string
  readonly name: string
  readonly address: string
}

/** What proves a line, to be checked with the log's public key alone. Bytes in base64. */
export interface LineProof {
  /** the place of the dataset's entry in the log */
  readonly index: number
  /** C2SP tlog-proof of it */
  readonly receipt: string
  /** canonical JSON; it names the root of the subjects' rows (subjectsRoot) */
  readonly statement: string
  readonly salt: string
  /** the row of the subject, and its place among `size` */
  readonly row: string
  readonly position: number
  readonly size: number
  readonly proof: readonly string[]
}

/** A disclosure of the patient's records, verified. */
export interface Disclosed {
  readonly dataset: string
  /** when the recipient was first able to have it, RFC 3339 */
  readonly at: string
  /** when the recipient first fetched any of it; null when it did not, as far as the log says */
  readonly fetched: string | null
  readonly recipient: PartyName
  readonly mode: string
  readonly purposeOfUse: string
  /** contract and rule, in the agreement's words */
  readonly basis: string
  readonly subject: DisclosedSubject
  /** the moment officers found it impermissible */
  readonly incident: string | null
  readonly proof: LineProof
}

export interface Line extends Disclosed {
  readonly ground: Ground
}

/** Disclosures to one recipient for one purpose: the first in full, the number, and the last ((b)(3)). */
export interface Entry {
  readonly first: Line
  readonly others: readonly Line[]
}

/** A recipient the patient must not hear of for now. Days, both included. */
export interface Suspension {
  readonly recipient: string
  readonly first: string
  readonly last: string
}

export interface Period {
  readonly from: string
  /** the first moment after it */
  readonly to: string
}

/** The form of an accounting in JSON, which begins with it. */
export const ACCOUNTING = 'sallyport-accounting@v1'

export interface Accounting {
  readonly accounting: typeof ACCOUNTING
  readonly at: string
  readonly source: PartyName
  /** as it was asked for */
  readonly patient: readonly string[]
  readonly period: Period
  readonly scope: 'required' | 'all'
  /** what must be listed */
  readonly required: readonly Entry[]
  /** where scope is all: what need not be */
  readonly voluntary: readonly Entry[]
  /** the last year of which it is no longer known whose records were disclosed; null: of none */
  readonly expired: number | null
}

const YEARS = 6
const DAY = 86_400_000

/** The period asked for: six years back at most from the day of the request ((a)(1)), whenever it is answered. Days, `to` included; empty where from is not before to. */
export function periodOf(asked: {
  readonly from: string | null
  readonly to: string | null
  readonly received: string
  readonly at: string
}): Period {
  const earliest = yearsBefore(asked.received, YEARS)
  const from = asked.from === null ? earliest : later(new Date(asked.from).toISOString(), earliest)
  const to = asked.to === null ? asked.at : earlier(new Date(Date.parse(asked.to) + DAY).toISOString(), asked.at)
  return { from, to }
}

function yearsBefore(at: string, years: number): string {
  const moment = new Date(at)
  moment.setUTCFullYear(moment.getUTCFullYear() - years)
  return moment.toISOString()
}

function later(a: string, b: string): string {
  return a > b ? a : b
}

function earlier(a: string, b: string): string {
  return a < b ? a : b
}

/** The lines of what was disclosed in the period, sorted; how many a suspension keeps out. */
export function linesOf(
  disclosed: readonly Disclosed[],
  told: Pick<Accounting, 'at' | 'period' | 'scope'> & { readonly suspensions: readonly Suspension[] }
): Pick<Accounting, 'required' | 'voluntary'> & { readonly suspended: number } {
  const lines = disclosed
    .filter(({ at }) => at >= told.period.from && at < told.period.to)
    .map((one): Line => ({ ...one, ground: groundOf(one) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  const day = told.at.slice(0, 10)
  const hidden = new Set(told.suspensions.filter(({ first, last }) => first <= day && day <= last).map(({ recipient }) => recipient))
  const shown = lines.filter(({ recipient }) => !hidden.has(recipient.id))
  const must = (line: Line): boolean => line.ground.class === 'accountable'
  return {
    required: summarised(shown.filter(must)),
    voluntary: told.scope === 'all' ? summarised(shown.filter((line) => !must(line))) : [],
    suspended: lines.filter((line) => !shown.includes(line) && (must(line) || told.scope === 'all')).length
  }
}

/** (b)(3) reaches repeated disclosures that the law permits; each that it did not permit stands by itself. */
function summarised(lines: readonly Line[]): Entry[] {
  const entries = new Map<string, { first: Line; others: Line[] }>()
  for (const line of lines) {
    const { recipient, purposeOfUse, ground, basis, incident, dataset } = line
    const key = JSON.stringify(incident === null ? [recipient.id, purposeOfUse, ground.cite, basis] : [dataset])
    const entry = entries.get(key)
    if (entry === undefined) entries.set(key, { first: line, others: [] })
    else entry.others.push(line)
  }
  return [...entries.values()]
}

/** What an officer has to know beside the accounting. Days. */
export interface Handling {
  readonly due: string
  /** with one extension, told in writing before `due` */
  readonly extended: string
  readonly fee: 'free' | 'may be charged'
}

/** `received`: the day of the request; `madeBefore`: when accountings were made for this patient earlier, RFC 3339. */
export function handlingOf(told: { readonly received: string; readonly at: string; readonly madeBefore: readonly string[] }): Handling {
  const day = (days: number): string => new Date(Date.parse(told.received) + days * DAY).toISOString().slice(0, 10)
  const year = yearsBefore(told.at, 1)
  const free = !told.madeBefore.some((made) => made > year && made < told.at)
  return { due: day(60), extended: day(90), fee: free ? 'free' : 'may be charged' }
}
