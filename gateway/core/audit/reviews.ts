/**
 * The saved reviews of the log: 45 CFR 164.308(a)(1)(ii)(D) asks for records of activity to be looked at regularly. Each is a name, a sentence and a pure
 * function of what the log tells. Decides what an officer should look at; a review that has too little to judge by says so, and finds nothing.
 */
import type { EntryKind } from '../log/kinds.ts'
import { type OfficeHours, outside } from './office-hours.ts'

/** So much of a kind by a party in a quarter of an hour. */
export interface Tally {
  /** null: nobody could be named */
  readonly party: string | null
  readonly kind: string
  /** the quarter's first moment */
  readonly at: Date
  /** entries, or what they count: refusals, records received, records delivered */
  readonly count: number
  /** was it the party, or did somebody only claim to be? */
  readonly by: 'proved' | 'claimed'
}

/** A recipient of a source whose first dataset ever was released in the period. */
export interface FirstRelease {
  readonly source: string
  readonly recipient: string
  readonly at: Date
}

export interface Seen {
  readonly from: Date
  readonly until: Date
  /** of the period, and of BASELINE_DAYS before it */
  readonly tallies: readonly Tally[]
  readonly firsts: readonly FirstRelease[]
  /** entries that say something else than the log commits to: they are in no tally */
  readonly altered: number
  /** null: the policy names none */
  readonly hours: OfficeHours | null
}

export interface Finding {
  readonly party: string | null
  readonly says: string
}

interface Looked {
  readonly findings: readonly Finding[]
  /** what could not be judged */
  readonly notes: readonly string[]
}

interface Review {
  readonly says: string
  readonly look: (seen: Seen) => Looked
}

/** Unusual is judged against so many days before the period, of which a party must have been active on so many. */
export const BASELINE_DAYS = 90
const ACTIVE_DAYS = 7
const TIMES_THE_MEDIAN = 3
/** Fewer are mistakes, more are looked at. */
const DENIALS = 5
const FAILED_LOGINS = 5
const STRANGERS = 100

const DENIED = new Set<string>(['submission-refused', 'export-refused', 'request-refused', 'dataset-refused'] satisfies EntryKind[])
const VOLUME = new Set<string>(['submission-received', 'file-delivered'] satisfies EntryKind[])
const BY_OFFICERS = new Set<string>([
  'hold-released',
  'hold-refused',
  'dataset-recalled',
  'dataset-redelivered',
  'consent-changed',
  'subject-forgotten',
  'roster-loaded',
  'agreement-simulated',
  'agreement-suspended',
  'agreement-resumed',
  'agreement-revoked',
  'log-read',
  'register-read',
  'hold-placed',
  'hold-lifted',
  'lockout-lifted',
  'emergency-asked',
  'emergency-approved',
  'emergency-ended',
  'accounting-made',
  'accounting-suspended',
  'accounting-resumed',
  'incident-opened'
] satisfies EntryKind[])

/** Of a party at the token's door, of an officer who came back from the provider. */
const FAILED: ReadonlySet<string> = new Set(['token-refused', 'sign-in-refused'] satisfies EntryKind[])

/** Every kind that a review looks at. */
export const REVIEWED: readonly string[] = [
  ...DENIED,
  ...VOLUME,
  ...BY_OFFICERS,
  ...FAILED,
  'requests-refused',
  'dataset-released',
  'emergency-begun',
  'emergency-used'
]

function inPeriod({ from, until }: Seen, { at }: Tally): boolean {
  return at >= from && at < until
}

function sum(tallies: readonly Tally[]): number {
  return tallies.reduce((total, { count }) => total + count, 0)
}

/** By party, in the order of their names. */
function byParty(tallies: readonly Tally[]): readonly (readonly [string | null, Tally[]])[] {
  return [...Map.groupBy(tallies, ({ party }) => party)].sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10)
}

function perDay(tallies: readonly Tally[]): Map<string, number> {
  return new Map([...Map.groupBy(tallies, ({ at }) => day(at))].map(([name, of]) => [name, sum(of)]))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

function found(findings: readonly Finding[], notes: readonly string[] = []): Looked {
  return { findings, notes }
}

function denials(seen: Seen): Looked {
  const denied = seen.tallies.filter((tally) => DENIED.has(tally.kind) && tally.by === 'proved' && inPeriod(seen, tally))
  const many = byParty(denied).filter(([, of]) => sum(of) >= DENIALS)
  return found(many.map(([party, of]) => ({ party, says: `was denied ${sum(of)} times: ${kinds(of)}` })))
}

function kinds(tallies: readonly Tally[]): string {
  const counts = [...Map.groupBy(tallies, ({ kind }) => kind)].map(([kind, of]) => `${kind} ${sum(of)}`)
  return counts.sort().join(', ')
}

function failedLogins(seen: Seen): Looked {
  const failed = seen.tallies.filter((tally) => FAILED.has(tally.kind) && inPeriod(seen, tally))
  const many = (by: Tally['by'], says: (times: number) => string): Finding[] =>
    byParty(failed.filter((tally) => tally.by === by))
      .filter(([, of]) => sum(of) >= FAILED_LOGINS)
      .map(([party, of]) => ({ party, says: says(sum(of)) }))
  const known = many('proved', (times) => `failed to sign in ${times} times`)
  const claimed = many('claimed', (times) => `was named ${times} times by somebody who proved nothing: it need not have been this party`)
  const strangers = sum(seen.tallies.filter((tally) => tally.kind === 'requests-refused' && inPeriod(seen, tally)))
  const unnamed = strangers >= STRANGERS ? [{ party: null, says: `${strangers} requests were refused of whom nobody can be named` }] : []
  return found([...known, ...claimed, ...unnamed])
}

function unusualVolume(seen: Seen): Looked {
  const findings: Finding[] = []
  const notes: string[] = []
  for (const [party, of] of byParty(seen.tallies.filter(({ kind }) => VOLUME.has(kind)))) {
    const period = perDay(of.filter((tally) => inPeriod(seen, tally)))
    const before = [...perDay(of.filter(({ at }) => at < seen.from)).values()]
    if (period.size === 0) continue
    if (before.length < ACTIVE_DAYS) {
      notes.push(`${party ?? 'nobody'}: active on ${before.length} of the ${BASELINE_DAYS} days before, too few to tell what is usual`)
      continue
    }
    const usual = median(before)
    for (const [date, count] of period) {
      if (count > TIMES_THE_MEDIAN * usual) findings.push({ party, says: `${count} records on ${date}; usual are ${usual} a day` })
    }
  }
  return found(findings, notes)
}

function firstTimeRecipients({ firsts }: Seen): Looked {
  return found(firsts.map(({ source, recipient, at }) => ({ party: recipient, says: `got its first dataset of ${source} on ${day(at)}` })))
}

function outOfHours(seen: Seen): Looked {
  const { hours } = seen
  if (hours === null) return found([], ['policies/log.json names no officeHours'])
  // a party reads what concerns it at any hour, by program
  const theirs = ({ kind, party }: Tally): boolean => BY_OFFICERS.has(kind) && (kind !== 'log-read' || party === null)
  const late = seen.tallies.filter((tally) => theirs(tally) && inPeriod(seen, tally) && outside(hours, tally.at))
  const days = [...Map.groupBy(late, ({ at }) => day(at))]
  return found(
    days.map(([date, of]) => ({
      party: null,
      says: `officers on ${date}, outside ${hours.from} to ${hours.until} ${hours.zone}: ${kinds(of)}`
    }))
  )
}

function emergencies(seen: Seen): Looked {
  const times = (kind: EntryKind): number => sum(seen.tallies.filter((tally) => tally.kind === kind && inPeriod(seen, tally)))
  const [begun, used] = [times('emergency-begun'), times('emergency-used')]
  const says = `${begun} times an officer was granted more than his or her file says, and ${used} requests were made meanwhile: sallyport emergency list names who, and why`
  return found(begun + used === 0 ? [] : [{ party: null, says }])
}

function altered({ altered: count }: Seen): Looked {
  const says = `${count} entries do not say what the log commits to, and are left out: sallyport log fsck names the first fault`
  return found(count === 0 ? [] : [{ party: null, says }])
}

export const REVIEWS = {
  'denials': { says: `Parties that were denied something ${DENIALS} times or more.`, look: denials },
  'unusual-volume': {
    says: `Days on which a party sent or fetched more than ${TIMES_THE_MEDIAN} times what is usual for it, the median of its active days in the ${BASELINE_DAYS} before.`,
    look: unusualVolume
  },
  'first-time-recipient': { says: 'Recipients that got the first dataset ever of a source.', look: firstTimeRecipients },
  'emergencies': { says: 'What officers were granted beyond their files in an emergency, and how often it was used.', look: emergencies },
  'altered': { says: 'Entries that do not say what the log commits to.', look: altered },
  'out-of-hours': { says: 'What officers did, or read, when nobody is at work.', look: outOfHours },
  'failed-logins': {
    says: `Parties that failed to sign in, or in whose name somebody tried to, ${FAILED_LOGINS} times or more, and ${STRANGERS} or more requests of nobody known.`,
    look: failedLogins
  }
} as const satisfies Readonly<Record<string, Review>>

export type ReviewName = keyof typeof REVIEWS

export interface Reviewed extends Looked {
  readonly review: ReviewName
  readonly says: string
}

/** The reviews asked for; that entries were altered is told whatever was. */
export function reviewed(names: readonly ReviewName[], seen: Seen): Reviewed[] {
  const all: readonly ReviewName[] = seen.altered === 0 || names.includes('altered') ? names : [...names, 'altered']
  return all.map((review) => ({ review, says: REVIEWS[review].says, ...REVIEWS[review].look(seen) }))
}
