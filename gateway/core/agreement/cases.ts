/**
 * Runs the golden cases beside an agreement with the very functions the gateway runs: who may send and fetch, which records and elements are in
 * reach, when a release is due. Decides whether the outcome is the one that was written down; a request that asks nothing is denied.
 */
import type { Agreement, AgreementCase } from '../../generated/policy.ts'
import type { Decision } from '../decision.ts'
import type { Code } from '../errors.ts'
import type { Resource } from '../fhir/resource.ts'
import { elementAllowed } from '../minimum-necessary/elements.ts'
import { decideExport, decideSubmission } from './decide.ts'
import type { HashedAgreement } from './policies.ts'
import { inScope } from './scope.ts'
import { nextRelease } from './window.ts'

export type Outcome =
  | { readonly verdict: 'permit' }
  | { readonly verdict: 'deny'; readonly code: Code }
  | { readonly verdict: 'wait'; readonly until: string }

/** What the agreement answers to the request of a case. */
export function outcomeOf(entry: HashedAgreement, { request }: AgreementCase): Outcome {
  const { agreement } = entry
  // a case says what the text grants, so it stands as if it were active
  const alone = new Map([[agreement.id, { ...entry, state: 'active' } as const]])
  if (request.submission !== undefined)
    return ofDecision(decideSubmission(request.submission.party, agreement.id, alone, request.submission.at))
  if (request.export !== undefined) return ofDecision(decideExport(request.export.party, agreement.id, alone, request.export.at))
  // sound: the schema of a case gives the record a resourceType, and the rest came from JSON.parse
  if (request.record !== undefined) return ofCode(inScope(agreement)(request.record as Resource))
  if (request.element !== undefined) return ofElement(agreement, request.element)
  if (request.release !== undefined) return ofRelease(agreement, request.release)
  return { verdict: 'deny', code: 'bad-request' }
}

/** Does the outcome say what the case expects, neither more nor less? */
export function isExpected(outcome: Outcome, { expect }: AgreementCase): boolean {
  const code = outcome.verdict === 'deny' ? outcome.code : undefined
  const until = outcome.verdict === 'wait' ? outcome.until : undefined
  return outcome.verdict === expect.verdict && code === expect.code && until === expect.until
}

function ofCode(code: Code | null): Outcome {
  return code === null ? { verdict: 'permit' } : { verdict: 'deny', code }
}

function ofDecision(decision: Decision<unknown>): Outcome {
  return ofCode(decision.verdict === 'permit' ? null : decision.reasons[0].code)
}

/** An element of which only a part may leave is permitted: ask for the part to see which. */
function ofElement({ resources }: Agreement, { type, path }: { readonly type: string; readonly path: string }): Outcome {
  if (resources[type] === undefined) return ofCode('type-not-agreed')
  return ofCode(elementAllowed(resources)(type, path) === 'none' ? 'element-not-agreed' : null)
}

function ofRelease(agreement: Agreement, { lastReleaseAt, at }: { readonly lastReleaseAt: string | null; readonly at: string }): Outcome {
  const until = nextRelease(agreement, lastReleaseAt, at)
  return until === 'now' ? { verdict: 'permit' } : { verdict: 'wait', until }
}
