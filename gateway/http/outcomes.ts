/**
 * THE map from a code to its HTTP status and OperationOutcome issue type, and the one place where an error becomes an answer.
 * Messages are the constants of core/errors.ts: nothing of the caller and nothing of an unknown error ever gets out.
 */
import { CODES, type Code, RequestError, UpstreamError } from '../core/errors.ts'

/** HTTP status and FHIR R4 issue-type (http://hl7.org/fhir/issue-type). 500 rows never leave by HTTP under their own name. */
export const ANSWERS: Readonly<Record<Code, readonly [status: number, type: string]>> = {
  'not-json': [400, 'structure'],
  'not-utf8': [400, 'structure'],
  'line-too-long': [400, 'too-long'],
  'too-deep': [400, 'structure'],
  'duplicate-key': [400, 'structure'],
  'not-fhir': [400, 'invalid'],
  'unknown-resource-type': [400, 'not-supported'],
  'nested-bundle': [400, 'structure'],
  'implicit-rules': [400, 'not-supported'],
  'unknown-modifier': [400, 'extension'],
  'no-subject': [400, 'required'],
  'denial-stands': [409, 'business-rule'],
  'truncated': [400, 'incomplete'],
  'not-gzip': [400, 'structure'],
  'decompression-bomb': [400, 'too-costly'],
  'empty-body': [400, 'required'],
  'not-found': [404, 'not-found'],
  'bad-request': [400, 'invalid'],
  'unsupported-media-type': [415, 'not-supported'],
  'not-acceptable': [406, 'not-supported'],
  'submission-closed': [409, 'conflict'],
  'key-reused': [409, 'conflict'],
  'upload-in-progress': [409, 'conflict'],
  'too-large': [413, 'too-long'],
  'too-many-requests': [429, 'throttled'],
  'too-slow': [408, 'timeout'],
  'method-not-allowed': [405, 'not-supported'],
  'headers-too-large': [431, 'too-long'],
  'range-not-satisfiable': [416, 'value'],
  'unsupported-parameter': [400, 'not-supported'],
  'patient-in-address': [400, 'security'],
  'not-the-source': [403, 'forbidden'],
  'token-missing': [401, 'login'],
  'token-invalid': [401, 'security'],
  'token-expired': [401, 'expired'],
  'scope-missing': [403, 'forbidden'],
  'session-ended': [401, 'login'],
  'cross-site': [403, 'security'],
  'sign-in-invalid': [403, 'security'],
  'sign-in-unknown': [403, 'forbidden'],
  'sign-in-weak': [403, 'security'],
  'invalid_client': [401, 'login'],
  'invalid_request': [400, 'invalid'],
  'invalid_scope': [400, 'forbidden'],
  'unsupported_grant_type': [400, 'not-supported'],
  'party-unknown': [404, 'not-found'],
  'party-out-of-state': [409, 'conflict'],
  'party-invalid': [400, 'invalid'],
  'party-key-taken': [409, 'conflict'],
  'party-key-needed': [409, 'business-rule'],
  'party-key-unproved': [400, 'security'],
  'not-an-operator': [403, 'forbidden'],
  'registration-refused': [403, 'security'],
  'agreement-unknown': [404, 'not-found'],
  'agreement-inactive': [403, 'business-rule'],
  'agreement-expired': [403, 'business-rule'],
  'certificate-expired': [403, 'business-rule'],
  'out-of-state': [409, 'conflict'],
  'approvals-missing': [409, 'conflict'],
  'approval-invalid': [403, 'security'],
  'agreement-invalid': [422, 'business-rule'],
  'approval-of-another': [409, 'conflict'],
  'approval-replayed': [409, 'duplicate'],
  'approval-clock': [403, 'security'],
  'self-approval': [403, 'security'],
  'not-an-approver': [403, 'forbidden'],
  'agreement-of-others': [409, 'conflict'],
  'version-edited': [409, 'conflict'],
  'emergency-own': [403, 'forbidden'],
  'emergency-twice': [409, 'conflict'],
  'emergency-other': [409, 'conflict'],
  'emergency-over': [409, 'business-rule'],
  'emergency-needless': [409, 'business-rule'],
  'duties-apart': [403, 'forbidden'],
  'expiry-past': [403, 'business-rule'],
  'attestation-due': [403, 'business-rule'],
  'agreements-conflict': [409, 'business-rule'],
  'policy-invalid': [500, 'exception'],
  'policy-missing': [500, 'exception'],
  'policy-altered': [500, 'exception'],
  'config-invalid': [500, 'exception'],
  'profile-mismatch': [500, 'exception'],
  'opted-out': [403, 'suppressed'],
  'type-not-agreed': [403, 'suppressed'],
  'element-not-agreed': [403, 'suppressed'],
  'outside-date-window': [403, 'suppressed'],
  'code-not-agreed': [403, 'suppressed'],
  'not-on-roster': [403, 'suppressed'],
  'category-substance-use': [403, 'suppressed'],
  'category-psychotherapy-notes': [403, 'suppressed'],
  'category-hiv': [403, 'suppressed'],
  'category-behavioural': [403, 'suppressed'],
  'category-reproductive': [403, 'suppressed'],
  'category-genetic': [403, 'suppressed'],
  'category-violence': [403, 'suppressed'],
  'category-restricted': [403, 'suppressed'],
  'category-any': [403, 'suppressed'],
  'agreement-changed': [403, 'business-rule'],
  'phase-ended': [403, 'business-rule'],
  'limit-reached': [403, 'business-rule'],
  'superseded': [409, 'duplicate'],
  'no-rule': [403, 'suppressed'],
  'modifier-not-understood': [403, 'suppressed'],
  'too-few-like-them': [403, 'suppressed'],
  'aggregate-only': [403, 'suppressed'],
  'not-releasable': [403, 'suppressed'],
  'held': [409, 'business-rule'],
  'hold-refused': [403, 'business-rule'],
  'below-quality': [403, 'business-rule'],
  'dispute-closed': [409, 'conflict'],
  'dispute-overdue': [409, 'conflict'],
  'key-missing': [500, 'exception'],
  'keys-closed': [500, 'exception'],
  'key-needed': [500, 'exception'],
  'key-unknown': [500, 'exception'],
  'seal-broken': [500, 'exception'],
  'signature-invalid': [500, 'exception'],
  'proof-invalid': [500, 'exception'],
  'hash-mismatch': [500, 'exception'],
  'wrong-recipient': [500, 'exception'],
  'log-shorter': [500, 'exception'],
  'log-altered': [500, 'exception'],
  'log-unguarded': [500, 'exception'],
  'log-unverified': [500, 'exception'],
  'not-recorded': [500, 'exception'],
  'log-forked': [500, 'exception'],
  'log-rolled-back': [500, 'exception'],
  'log-foreign': [500, 'exception'],
  'log-unproved': [500, 'exception'],
  'log-stale': [500, 'exception'],
  'crosswalk-gone': [500, 'exception'],
  'database-unavailable': [503, 'transient'],
  'partner-unavailable': [503, 'transient'],
  'provider-unavailable': [503, 'transient'],
  'log-behind': [503, 'transient'],
  'storage-full': [503, 'no-store'],
  'shutting-down': [503, 'transient'],
  'internal': [500, 'exception']
}

export const CODE_SYSTEM = 'urn:sallyport:code'

/** What a caller is told: everything in it is ours. */
export interface Refusal {
  readonly status: number
  readonly code: Code
  readonly hint: string | undefined
  readonly retryAfterSeconds: number | undefined
}

const THROTTLED_SECONDS = 1

function retryAfter(code: Code): number | undefined {
  return code === 'too-many-requests' || code === 'upload-in-progress' ? THROTTLED_SECONDS : undefined
}

/** RequestError with the seconds to wait before the next try: 429 with a Retry-After of its own. */
export class ThrottledError extends RequestError {
  readonly retryAfterSeconds: number
  /** who was proved to ask, where the door had to find out by itself */
  readonly party: string | null
  constructor(retryAfterSeconds: number, party: string | null = null) {
    super('too-many-requests')
    this.party = party
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds))
  }
}

/** Any thrown value as an answer. What is not the caller's to mend is 'internal' (500) or 503, without a word more. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof UpstreamError) {
    const seconds = Math.max(1, Math.ceil(error.retryAfterSeconds))
    const known = ANSWERS[error.code][0] === 503
    return { status: 503, code: known ? error.code : 'database-unavailable', hint: undefined, retryAfterSeconds: seconds }
  }
  if (error instanceof RequestError && ANSWERS[error.code][0] < 500) {
    const seconds = error instanceof ThrottledError ? error.retryAfterSeconds : retryAfter(error.code)
    return { status: ANSWERS[error.code][0], code: error.code, hint: error.hint, retryAfterSeconds: seconds }
  }
  return { status: 500, code: 'internal', hint: undefined, retryAfterSeconds: undefined }
}

interface OutcomeIssue {
  readonly code: Code
  readonly severity?: 'error' | 'information'
  readonly hint?: string | undefined
  readonly expression?: string
  readonly at?: { readonly file: string; readonly line: number }
}

/** An OperationOutcome (FHIR R4) of one issue. `expression` is a known element path; `at` says where a record stood. */
export function outcome(issue: OutcomeIssue): Readonly<Record<string, unknown>> {
  const where =
    issue.at === undefined
      ? []
      : [
          { url: 'urn:sallyport:issue:file', valueString: issue.at.file },
          { url: 'urn:sallyport:issue:line', valueUnsignedInt: issue.at.line }
        ]
  return {
    resourceType: 'OperationOutcome',
    issue: [
      {
        ...(where.length > 0 ? { extension: where } : {}),
        severity: issue.severity ?? 'error',
        code: ANSWERS[issue.code][1],
        details: { coding: [{ system: CODE_SYSTEM, code: issue.code }], text: CODES[issue.code] },
        ...(issue.hint === undefined ? {} : { diagnostics: issue.hint }),
        ...(issue.expression === undefined || issue.expression === '' ? {} : { expression: [issue.expression] })
      }
    ]
  }
}
