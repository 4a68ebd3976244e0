/** What the demo found out, as one object: for --json, for the exit code, and for the funnel a person reads. Decides whether the demo succeeded. */
import type { Disclosure, Submission } from '../../gateway/cli/client/submission.ts'
import type { OpenedDataset } from '../../gateway/cli/client/unseal.ts'
import type { ShiftReport } from '../leak/shifted.ts'
import type { LeakReport } from '../leak-scan.ts'
import type { DemoAgreement } from './agreements.ts'
import type { DemoFeed } from './feed.ts'
import type { Received, Scans } from './receive.ts'
import type { Reports } from './reports.ts'

export interface AgreementOutcome extends Disclosure {
  /** received = released + withheld + rejected + held */
  readonly addsUp: boolean
  readonly form: DemoAgreement['form']
  readonly leaves: DemoAgreement['leaves']
  readonly subjects: OpenedDataset['subjects'] | null
  /** share of the feed's patients released */
  readonly subjectShare: number | null
  /** records the recipient holds, counted from its files */
  readonly receivedByRecipient: number
  /** where no record leaves, what is told instead; else null */
  readonly reports: Reports | null
  readonly verified: readonly string[]
}

export interface Timing {
  /** first byte to the close, by the gateway's clock */
  readonly acceptSeconds: number
  /** the close to the last dataset ready to pull */
  readonly releaseSeconds: number
  readonly recordsPerSecond: number
  /** of the gateway, MiB; null where the system does not tell */
  readonly peakMemoryMiB: number | null
}

export interface DemoOutcome {
  readonly ok: boolean
  readonly problems: readonly string[]
  readonly feed: Omit<DemoFeed, 'optOuts'>
  readonly received: number
  readonly rejected: Readonly<Record<string, number>>
  readonly agreements: readonly AgreementOutcome[]
  readonly leakScan: LeakReport
  readonly shiftScan: ShiftReport | null
  readonly timing: Timing
  readonly gateway: { readonly url: string; readonly folder: string }
}

export interface Findings {
  readonly feed: DemoFeed
  readonly submission: Submission
  readonly received: readonly Received[]
  readonly scans: Scans
  readonly timing: Timing
  readonly gateway: { readonly url: string; readonly folder: string }
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function agreementOutcome(disclosure: Disclosure, found: Findings): AgreementOutcome {
  const received = found.received.find(({ agreement }) => agreement.id === disclosure.agreement)
  const opened = received?.opened.find((one) => one.dataset === disclosure.dataset)
  const subjects = opened?.subjects ?? null
  const accounted = disclosure.released + sum(disclosure.withheld) + sum(disclosure.rejected) + disclosure.held
  return {
    ...disclosure,
    addsUp: disclosure.received === accounted,
    form: received?.agreement.form ?? 'sealed',
    leaves: received?.agreement.leaves ?? 'years',
    subjects,
    subjectShare: subjects === null || found.feed.patients === 0 ? null : subjects.released / found.feed.patients,
    receivedByRecipient: received?.records ?? 0,
    reports: received?.reports ?? null,
    verified: opened?.verified ?? []
  }
}

/** Numbers about groups of which each would be of too few people: that nothing is told is what the agreement asks. */
export function isTooFew({ leaves, state }: AgreementOutcome): boolean {
  return leaves === 'groups' && state === 'empty'
}

function problemsOfOne(one: AgreementOutcome): string[] {
  const problems: string[] = []
  if (!one.addsUp) problems.push(`${one.agreement}: received is not released + withheld + rejected + held`)
  if (isTooFew(one)) return problems
  if (one.state !== 'ready') problems.push(`${one.agreement} is ${one.state}`)
  else if (one.verified.length === 0) problems.push(`${one.agreement}: nothing was verified`)
  else if (!one.verified.includes('dictionary')) problems.push(`${one.agreement}: its data dictionary was not verified`)
  if (one.leaves === 'groups' && one.state === 'ready' && (one.reports?.reports ?? 0) === 0)
    problems.push(`${one.agreement}: no report was received`)
  if (one.released !== one.receivedByRecipient)
    problems.push(`${one.agreement}: the recipient holds ${one.receivedByRecipient} records, released were ${one.released}`)
  return problems
}

/** 45 CFR 164.514(b)(1): what the expert found safe is one shift a person, and every date moved by it. */
function problemsOfShifts(shifts: ShiftReport | null): string[] {
  if (shifts === null) return []
  return [
    ...(shifts.astray > 0 ? [`${shifts.astray} shifted dates are not where one shift a person puts them`] : []),
    ...(shifts.found < shifts.people ? [`${shifts.people - shifts.found} people could not be found again by their intervals`] : [])
  ]
}

function problemsOf(agreements: readonly AgreementOutcome[], { scans }: Findings): string[] {
  const problems = [...agreements.flatMap(problemsOfOne), ...problemsOfShifts(scans.shifts)]
  if (agreements.length === 0) problems.push('the submission served no agreement')
  const released = agreements.some((one) => one.state === 'ready' && one.leaves !== 'groups')
  if (scans.leaks.verdict !== 'clean' && (released || scans.leaks.verdict !== 'empty-output'))
    problems.push(`the leak scan says ${scans.leaks.verdict}`)
  return problems
}

/** Was the only thing that went otherwise that an officer must decide? Then the gateway did what it is for. */
export function isHeld(outcome: DemoOutcome): boolean {
  const held = outcome.agreements.filter((one) => one.state === 'held')
  return held.length > 0 && outcome.problems.length === held.length
}

export function outcomeOf(found: Findings): DemoOutcome {
  const agreements = found.submission.agreements.map((one) => agreementOutcome(one, found))
  const problems = problemsOf(agreements, found)
  const { optOuts: _optOuts, ...feed } = found.feed
  return {
    ok: problems.length === 0,
    problems,
    feed,
    received: found.submission.received,
    rejected: found.submission.rejected,
    agreements,
    leakScan: found.scans.leaks,
    shiftScan: found.scans.shifts,
    timing: found.timing,
    gateway: found.gateway
  }
}
