/**
 * Who may send under which agreement, and who may fetch. Deny by default: an agreement that is unknown, of others, not active, not yet
 * effective or expired grants nothing, nor does one whose data use agreement, expert's certificate or other evidence is; and to a stranger an agreement of others
 * looks exactly like none.
 */
import { type Decision, deny, permit, type Reason } from '../decision.ts'
import type { Code } from '../errors.ts'
import { coversDay } from './certificate.ts'
import { standsOnEvidence } from './evidence.ts'
import type { HashedAgreement } from './policies.ts'

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/**
 * null when the agreement is in force at this instant, else the code that says why not. `at` is an instant in UTC, written with Z; days of
 * an agreement begin at 00:00 UTC; anything else that is given as `at` denies.
 */
export function isActive(entry: HashedAgreement, at: string): Code | null {
  return lapse(entry, at)?.code ?? null
}

/** What keeps the agreement from being in force at this instant; `rule` is the part of the rule's name behind the agreement's. */
function lapse({ agreement, certificate, state }: HashedAgreement, at: string): Reason | null {
  if (!INSTANT.test(at)) return { code: 'agreement-inactive', rule: 'state' }
  const day = at.slice(0, 10)
  const { dataUseAgreement: use } = agreement
  const rows: readonly (readonly [broken: boolean, code: Code, rule: string])[] = [
    [day < agreement.effective || day >= agreement.expires, 'agreement-expired', 'effective-expires'],
    // 45 CFR 164.514(e)(4)(i): a limited data set only under a data use agreement
    [use !== null && (day < use.date || day >= use.expires), 'agreement-expired', 'data-use-agreement'],
    [!standsOnEvidence(agreement, day), 'agreement-expired', 'evidence'],
    // 45 CFR 164.514(b)(1): the determination holds for the time the expert gave it
    [certificate !== null && !coversDay(certificate, day), 'certificate-expired', 'certificate'],
    [state !== 'active', 'agreement-inactive', 'state']
  ]
  const [, code, rule] = rows.find(([broken]) => broken) ?? []
  return code === undefined || rule === undefined ? null : { code, rule }
}

/**
 * May this party send now, and which agreements does its submission serve? `agreement` null asks for all of which it is the source and that
 * are in force; a named one must be, and may name the party among those who send in its source's name. Codes: agreement-unknown, agreement-inactive, agreement-expired.
 */
export function decideSubmission(
  party: string,
  agreement: string | null,
  agreements: ReadonlyMap<string, HashedAgreement>,
  at: string
): Decision<readonly HashedAgreement[]> {
  const named = agreement === null ? undefined : agreements.get(agreement)
  if (named !== undefined && sendsFor(party, named)) return decideAmong([named], 'senders', at)
  const asked = (agreement === null ? [...agreements.values()] : [named]).filter((entry) => entry?.agreement.source === party)
  return decideAmong(
    asked.filter((entry) => entry !== undefined),
    'source',
    at
  )
}

/** Does the agreement name this party among those who may send in its source's name? */
export function sendsFor(party: string, { agreement: { source, senders } }: Pick<HashedAgreement, 'agreement'>): boolean {
  return party !== source && senders !== undefined && senders.includes(party)
}

/** May this party fetch what this agreement released? Asked at kick-off and again before each file. */
export function decideExport(
  party: string,
  agreement: string,
  agreements: ReadonlyMap<string, HashedAgreement>,
  at: string
): Decision<HashedAgreement> {
  const entry = agreements.get(agreement)
  const decision = decideAmong(entry?.agreement.recipient === party ? [entry] : [], 'recipient', at)
  if (decision.verdict === 'deny') return decision
  const [granted] = decision.granted
  return granted === undefined ? deny(UNKNOWN, []) : { ...decision, granted }
}

const UNKNOWN: Reason = { code: 'agreement-unknown', rule: 'deny-by-default' }

/** Which of a party's own agreements are in force; when none is, the reason of each. */
function decideAmong(
  own: readonly HashedAgreement[],
  role: 'source' | 'senders' | 'recipient',
  at: string
): Decision<readonly HashedAgreement[]> {
  const policies = own.map((entry) => entry.hash)
  const granted: HashedAgreement[] = []
  const reasons: Reason[] = []
  for (const entry of own) {
    const reason = lapse(entry, at)
    if (reason === null) granted.push(entry)
    else reasons.push({ code: reason.code, rule: ruleId(entry, reason.rule) })
  }
  if (granted.length > 0)
    return permit(
      granted,
      granted.map((entry) => ruleId(entry, role)),
      policies
    )
  const [first = UNKNOWN, ...rest] = reasons
  return { verdict: 'deny', reasons: [first, ...rest], policies }
}

function ruleId({ agreement }: HashedAgreement, rule: string): string {
  return `${agreement.id}@${agreement.version}/${rule}`
}
