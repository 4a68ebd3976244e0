/**
 * What more and what less leaves under another version of an agreement: for every change whether it widens, narrows or does neither. Decides day by day, so that a
 * phase, an end or evidence that runs out is compared with what is in force then. Sound: where any record leaves on any day that did not, it says widens, for its own sake or because
 * the gate groups others.
 */
import type { Agreement } from '../../generated/policy.ts'
import { canonicalJson, type Json } from '../digest.ts'
import { BY_DAY, DAYS, MEMBERS } from './diff-members.ts'
import { type Direction, narrows, type Said, widens } from './diff-terms.ts'
import { standsOnEvidence } from './evidence.ts'
import { termsAt } from './phases.ts'

export interface Change {
  readonly direction: Direction
  readonly sentence: string
  /** on which days: from, and up to but not on; null: on all */
  readonly days: readonly (readonly [from: string, to: string])[] | null
}

export interface AgreementDiff {
  readonly direction: Direction
  readonly changes: readonly Change[]
}

export function diff(before: Agreement, after: Agreement): AgreementDiff {
  const said = [...overall(before, after), ...byDay(before, after)]
  const others = said.some(({ direction }) => direction === 'narrows') && regroups(before, after) ? [OTHERS] : []
  const changes = [...said, ...others]
  const has = (direction: Direction): boolean => changes.some((change) => change.direction === direction)
  return { direction: has('widens') ? 'widens' : has('narrows') ? 'narrows' : 'neither', changes }
}

const OTHERS: Change = {
  direction: 'widens',
  sentence: 'Groups are of other patients, or of other traits: who was left out because too few looked alike may leave now.',
  days: null
}

/** Who is in a dataset, and by what the gate groups them. */
const PEOPLE = ['resources', 'dateWindow', 'categories', 'codeFilters', 'roster', 'limits', 'phases'] as const
const GROUPS = ['k', 'belowK', 'suppressionLimit', 'risk', 'phases'] as const

/**
 * May what leaves less of somebody let somebody else out? Where nothing is made coarser, nothing is refused or held, and no trait is gone, fewer people and
 * larger groups can only leave more out (core/risk/release/gate.ts).
 */
function regroups(before: Agreement, after: Agreement): boolean {
  const both = [before, after]
  const differs = (...members: readonly string[]): boolean =>
    members.some((member) => canonicalJson(memberOf(before, member) ?? null) !== canonicalJson(memberOf(after, member) ?? null))
  const coarser = both.some(({ belowK, risk }) => belowK.includes('generalize') || risk !== undefined)
  const bounded = both.some(({ belowK, suppressionLimit }) => belowK.includes('refuse') || suppressionLimit < 1)
  const traits = both.map(({ resources }) => canonicalJson(resources['Patient'] ?? null))
  return traits[0] !== traits[1] || (differs(...GROUPS) && coarser) || (differs(...PEOPLE) && (coarser || bounded))
}

/** Members that say nothing of what is in a dataset, or to whom it goes: a change of these alone stops none that is being made. */
const BESIDE: ReadonlySet<string> = new Set([
  'actsFor',
  'clientAuthentication',
  'duties',
  'evidence',
  'reattestation',
  'retention',
  'senders'
] satisfies (keyof Agreement)[])

/** Could something leave by the one that the other withholds, on a day both are in force? Each as it reads in its phase of that day; what cannot be told could. */
export function letsMoreLeave(one: Agreement, than: Agreement): boolean {
  const said = [
    ...lastingMembers(than, one)
      .filter((member) => !BESIDE.has(member))
      .flatMap((member) => compared(member, than, one)),
    ...diffTerms(than, one)
  ]
  return said.some(([direction]) => direction === 'widens')
}

/** Members that hold on every day, and those nobody told this file of. */
function lastingMembers(before: Agreement, after: Agreement): string[] {
  const members = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...members].filter((member) => !DAYS.has(member) && !(BY_DAY as readonly string[]).includes(member))
}

function overall(before: Agreement, after: Agreement): Change[] {
  return lastingMembers(before, after)
    .flatMap((member) => compared(member, before, after))
    .map(([direction, sentence]) => ({ direction, sentence, days: null }))
}

function compared(member: string, before: Agreement, after: Agreement): Said[] {
  const [was, is] = [memberOf(before, member), memberOf(after, member)]
  if (canonicalJson(was ?? null) === canonicalJson(is ?? null)) return []
  const compare = Object.hasOwn(MEMBERS, member) ? (MEMBERS[member as keyof typeof MEMBERS] as (a: unknown, b: unknown) => Said[]) : null // its own row
  return compare === null ? [widens('A member that is not known here is another.')] : compare(was, is)
}

function memberOf(agreement: Agreement, member: string): Json | undefined {
  return (agreement as unknown as { [name: string]: Json | undefined })[member] // it came from JSON.parse
}

/** What is compared on each span of days between two at which anything begins or ends; the same words of several spans are said once. */
function byDay(before: Agreement, after: Agreement): Change[] {
  const days = [...new Set([...edges(before), ...edges(after)])].sort()
  const said = new Map<string, { readonly direction: Direction; readonly sentence: string; readonly days: [string, string][] }>()
  days.forEach((from, n) => {
    const to = days[n + 1]
    if (to === undefined) return // behind the last edge neither is in force
    for (const [direction, sentence] of onDay(before, after, from)) {
      const key = `${direction} ${sentence}`
      const change = said.get(key) ?? { direction, sentence, days: [] }
      said.set(key, change)
      const last = change.days.at(-1)
      if (last?.[1] === from) last[1] = to
      else change.days.push([from, to])
    }
  })
  return [...said.values()]
}

/** Days on which something begins or ends. */
function edges({ effective, expires, phases, dataUseAgreement: use, evidence }: Agreement): string[] {
  const phased = (phases ?? []).flatMap(({ from, to }) => [from, to])
  const spans = [...phased, ...(evidence ?? []).flatMap(({ date, expires: end }) => [date, end ?? date])]
  return [effective, expires, ...spans, ...(use === null ? [] : [use.date, use.expires])]
}

function onDay(before: Agreement, after: Agreement, day: string): Said[] {
  const [was, is] = [inForce(before, day), inForce(after, day)]
  if (is === null) return was === null ? [] : [narrows('It is in force no more.')]
  return was === null ? [widens('It is in force, and was not.')] : diffTerms(was, is)
}

function inForce(agreement: Agreement, day: string): Agreement | null {
  const { effective, expires, dataUseAgreement: use } = agreement
  const isUsable = use === null || (use.date <= day && day < use.expires)
  return effective <= day && day < expires && isUsable && standsOnEvidence(agreement, day) ? termsAt(agreement, day).agreement : null
}

/** What lies between two phases, or two versions on one day. */
export function diffTerms(before: Agreement, after: Agreement): Said[] {
  return BY_DAY.flatMap((member) => compared(member, before, after))
}
