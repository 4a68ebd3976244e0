/**
 * Whether a signed word about a version of an agreement counts: a proposal, an approval, a rejection, an attestation anew, one that resumes or revokes. Decides after its signature was verified. Refuses a
 * word about another text, one that was counted before, one by somebody who has spoken in another capacity (nobody approves what he or she proposed, and
 * three are three people with three keys), one from another time, and any word about a text whose expiry is past.
 */
import type { Agreement, Approval } from '../../generated/policy.ts'
import type { Code } from '../errors.ts'
import type { Actor } from './life.ts'

/** A word as it was verified: `key` is the RFC 7638 thumbprint of the key that signed it. */
export interface SignedWord {
  readonly approval: Approval
  readonly key: string
}

/** The version a word may be about. */
export interface Subject {
  readonly agreement: Agreement
  readonly hash: string
}

export const APPROVERS = ['source', 'recipient', 'privacy-officer'] as const satisfies readonly Actor[]

/** What only a privacy officer says. */
const OF_OFFICERS: ReadonlySet<Approval['decision']> = new Set(['reattest', 'resume', 'revoke'])

/** Clocks of those who sign differ by this much at most. */
const SKEW_MS = 10 * 60_000

/** When words may have been signed: `live` ones now, those of the folder at any time before, though never before `since`. */
export interface Times {
  readonly at: string
  readonly live: 'yes' | 'no'
  /** an earlier version was revoked or suspended then: whoever signed before did not know. null: none was */
  readonly since: string | null
}

/** The code that refuses the word beside those that count already; null: it counts. */
export function wordFault(subject: Subject, given: readonly SignedWord[], word: SignedWord, times: Times): Code | null {
  const { approval, key } = word
  const rows: readonly (readonly [broken: boolean, code: Code])[] = [
    [!isAbout(subject, approval), 'approval-of-another'],
    [(approval.as === 'proposer') !== (approval.decision === 'propose'), 'not-an-approver'],
    [OF_OFFICERS.has(approval.decision) && approval.as !== 'privacy-officer', 'not-an-approver'],
    [given.some((other) => other.approval.as === approval.as), 'approval-replayed'],
    [given.some((other) => other.key === key || samePerson(other.approval.officer, approval.officer)), 'self-approval'],
    [!isTimely(given, approval, times), 'approval-clock'],
    [times.at.slice(0, 10) >= subject.agreement.expires, 'expiry-past']
  ]
  return rows.find(([broken]) => broken)?.[1] ?? null
}

/** Have all three approved what somebody proposed? */
export function isComplete(given: readonly SignedWord[]): boolean {
  const said = given.map(({ approval: { as, decision } }) => `${as} ${decision}`)
  return said.includes('proposer propose') && APPROVERS.every((as) => said.includes(`${as} approve`))
}

/** Who has not spoken yet. */
export function missing(given: readonly SignedWord[]): Approval['as'][] {
  return (['proposer', ...APPROVERS] as const).filter((as) => given.every(({ approval }) => approval.as !== as))
}

function isAbout({ agreement, hash }: Subject, approval: Approval): boolean {
  return approval.agreement === agreement.id && approval.version === agreement.version && approval.hash === hash
}

/** One person however it is spaced and capitalised, and whatever is not seen stands in it. */
export function samePerson(one: string, other: string): boolean {
  const plain = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/\p{C}/gu, '').replace(/\s+/g, ' ').trim()
  return plain(one) === plain(other)
}

/** Never of the future, nor of before it was proposed; a live one is of now. */
function isTimely(given: readonly SignedWord[], { at }: Approval, times: Times): boolean {
  const [moment, now] = [Date.parse(at), Date.parse(times.at)]
  const proposed = given.find(({ approval }) => approval.as === 'proposer')?.approval.at
  const earliest = Math.max(
    times.live === 'yes' ? now - SKEW_MS : Number.NEGATIVE_INFINITY,
    times.since === null ? Number.NEGATIVE_INFINITY : Date.parse(times.since),
    proposed === undefined ? Number.NEGATIVE_INFINITY : Date.parse(proposed) - SKEW_MS
  )
  return moment >= earliest && moment <= now + SKEW_MS
}
