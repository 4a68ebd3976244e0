/**
 * How many records a second are decided on one core: consent, roster, and the agreement in its phase (types, dates, value sets, sensitive categories), with 1,000
 * agreements in force, 100,000 opt-outs and a roster of 1,000,000. The floor is a bare look-up of the record's subject in a Map, in the same run. Times are of the
 * processor, for the machine may be shared. Prints rates, ratios and memory; decides nothing.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { HashedAgreement } from '../../gateway/core/agreement/policies.ts'
import { decideRecord } from '../../gateway/core/agreement/record-decision.ts'
import { consentFor } from '../../gateway/core/consent/consent.ts'
import { EVERYTHING, type Rule, type Terms } from '../../gateway/core/consent/rule.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'
import { makeFeed } from '../../gateway/synthetic/feed.ts'

const AGREEMENTS = 1_000
const OPT_OUTS = 100_000
const ROSTER = 1_000_000
/** A subject's records are decided one after the other, as a release does, warm from having been parsed. */
const SUBJECTS = 24
const ASKED = 1_000_000
const AT = '2026-06-30T12:00:00Z'

const MODEL = new URL('../../policies/agreements/demo-safe-harbor/agreement.json', import.meta.url)

interface Decided {
  readonly subject: string
  readonly record: Resource
}

/** 64 hex digits, as lists name subjects. */
function nameOf(n: number): string {
  return createHash('sha256').update(`subject ${n}`).digest('hex')
}

/** No two read alike: another window, another filter, phases. */
function agreements(): HashedAgreement[] {
  const model = JSON.parse(readFileSync(MODEL, 'utf8')) as Agreement
  return Array.from({ length: AGREEMENTS }, (_, n) => ({
    agreement: {
      ...model,
      id: `bench-${n}`,
      dateWindow: { from: `20${String(10 + (n % 14))}-01-01`, to: null },
      categories: { granted: n % 2 === 0 ? ['behavioural'] : [] },
      ...(n % 3 === 0 && {
        codeFilters: {
          Encounter: { class: { in: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', codes: ['IMP', 'EMER', 'AMB'] }] } }
        }
      }),
      ...(n % 5 === 0 && { phases: [{ name: 'second', from: '2026-01-01', to: '2027-01-01', k: 5 }] })
    },
    hash: `sha256:${nameOf(n)}`,
    certificate: null,
    state: 'active'
  }))
}

function memory(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Decisions a second of the processor: the best of five runs of a second or so. */
function rate(decide: (n: number) => boolean, times: number): { readonly perSecond: number; readonly permitted: number } {
  let best = Number.POSITIVE_INFINITY
  let permitted = 0
  for (let run = 0; run < 6; run += 1) {
    permitted = 0
    const from = process.cpuUsage().user
    for (let n = 0; n < times; n += 1) if (decide(n)) permitted += 1
    const took = process.cpuUsage().user - from
    if (run > 0) best = Math.min(best, took)
  }
  return { perSecond: (times / best) * 1e6, permitted }
}

function tell(step: string, perSecond: number, floor: number): void {
  console.log(`${step.padEnd(48)} ${(perSecond / 1e6).toFixed(2).padStart(7)} M/s  ${(perSecond / floor).toFixed(3)} x floor`)
}

const before = memory()
const compiled = agreements().map((entry) => decideRecord(entry, AT))
const withAgreements = memory()
const optOuts = new Map<string, readonly Rule[]>(Array.from({ length: OPT_OUTS }, (_, n) => [nameOf(n * 10), [EVERYTHING]]))
const withOptOuts = memory()
const roster = new Set<string>(Array.from({ length: ROSTER }, (_, n) => nameOf(n)))
const withRoster = memory()

const feed = [...makeFeed({ patients: SUBJECTS, seed: 'decisions', at: '2026-06-30' })]
const decided = feed.flatMap(({ resources }, n): Decided[] =>
  resources.map((record) => ({ subject: nameOf(n * 41_777), record: JSON.parse(JSON.stringify(record)) as Resource }))
)
const terms: Terms = { recipient: 'demo-insurer', purpose: 'HOUTCOMS', at: AT, parties: new Set(['demo-insurer', 'demo-hospital']) }
const TIMES = 2_000_000
const at = (n: number): Decided => decided[n % decided.length] as Decided // within it
/** Another agreement with each round over the records. */
const agreementAt = (n: number): (typeof compiled)[number] =>
  compiled[Math.floor(n / decided.length) % compiled.length] as (typeof compiled)[number]

const index = new Map(decided.map(({ subject }) => [subject, true]))
const floor = rate((n) => index.get(at(n).subject) === true, TIMES).perSecond
console.log(`${decided.length} records of ${SUBJECTS} subjects, ${AGREEMENTS} agreements, ${OPT_OUTS} opt-outs, a roster of ${ROSTER}`)
tell('a Map look-up per record (the floor)', floor, floor)
const lists = rate((n) => {
  const { subject } = at(n)
  const rules = optOuts.get(subject)
  return (rules === undefined || consentFor(rules, terms) === 'nothing') && roster.has(subject)
}, TIMES)
tell('consent and roster', lists.perSecond, floor)
const agreement = rate((n) => agreementAt(n)(at(n).record).verdict === 'permit', TIMES)
tell('the agreement', agreement.perSecond, floor)
const whole = rate((n) => {
  const { subject, record } = at(n)
  const rules = optOuts.get(subject)
  if (rules !== undefined && consentFor(rules, terms) !== 'nothing') return false
  return roster.has(subject) && agreementAt(n)(record).verdict === 'permit'
}, TIMES)
tell('the whole decision', whole.perSecond, floor)
console.log(
  `asked: ${(ASKED / 1e6).toFixed(2)} M/s a core: ${whole.perSecond >= ASKED ? 'met' : 'NOT MET'}; ${Math.round((whole.permitted / TIMES) * 100)} % permitted`
)
const mb = (from: number, to: number): string => `${((to - from) / 1e6).toFixed(1)} MB`
console.log(
  `memory: ${mb(before, withAgreements)} for the agreements, ${mb(withAgreements, withOptOuts)} for the opt-outs, ${mb(withOptOuts, withRoster)} for the roster; rss ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`
)
