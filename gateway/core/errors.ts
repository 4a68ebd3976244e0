/**
 * Every error class and every stable code. A class says who must act: RequestError the caller, PolicyError the privacy
 * officer, UpstreamError the operator, IntegrityError everyone (stop and page). A code is never reused for another meaning.
 * Deny is a value, not an error: see decision.ts. Messages are constant: they never hold what came from outside.
 */

/** What each code means, in words that may be shown to anyone. */
export const CODES = {
  // the caller's bytes
  'not-json': 'A line is not a JSON object.',
  'not-utf8': 'The bytes are not valid UTF-8.',
  'line-too-long': 'A line or a Bundle entry is longer than the limit.',
  'too-deep': 'The JSON is nested deeper than the limit.',
  'duplicate-key': 'A JSON object names the same key twice.',
  'not-fhir': 'The record is not a valid FHIR R4 resource.',
  'unknown-resource-type': 'The resourceType is not one of FHIR R4.',
  'nested-bundle': 'A Bundle stands where none may, or Bundles and Parameters are nested too deep.',
  'implicit-rules': 'implicitRules changes how a record is to be read, so it is refused.',
  'unknown-modifier': 'A modifierExtension that is not understood may invert the meaning, so the record is refused.',
  'no-subject': 'The record names no patient, and its type needs one.',
  'denial-stands': 'A denial stands that this Consent does not take back: a later version said it, or the source itself.',
  'truncated': 'The body ended before its content did.',
  'not-gzip': 'The body is not the gzip it claims to be.',
  'decompression-bomb': 'The body expands beyond the allowed ratio.',
  'empty-body': 'The body holds no record.',
  // the caller's request
  'not-found': 'There is no such thing here, or it is not yours.',
  'bad-request': 'The request is not well formed.',
  'unsupported-media-type': 'Send application/fhir+ndjson, application/fhir+json or application/json.',
  'not-acceptable': 'This answer exists only as FHIR JSON or NDJSON.',
  'submission-closed': 'The submission is closed: open a new one.',
  'key-reused': 'This Idempotency-Key was used with another body.',
  'upload-in-progress': 'The same file is being uploaded now: try again shortly.',
  'too-large': 'The body is larger than the limit.',
  'too-many-requests': 'Too many requests: wait as Retry-After says.',
  'too-slow': 'No bytes arrived for too long, so the upload was given up: send the file again.',
  'method-not-allowed': 'This address does not take that method.',
  'headers-too-large': 'The request line and headers are larger than the limit.',
  'range-not-satisfiable': 'The range begins past the end of the file.',
  'unsupported-parameter': 'The request names a parameter that is not offered here.',
  'patient-in-address': 'A patient may not be named in an address: send the search as a form, by POST to _search.',
  // identity
  'not-the-source':
    'Only the source of an agreement gives a list of what its patients refuse: who sends for it, sends their Consents with a submission.',
  'token-missing': 'A bearer token is needed.',
  'token-invalid': 'The bearer token is not valid.',
  'token-expired': 'The bearer token has expired.',
  'scope-missing': 'The token does not carry the scope this needs.',
  'session-ended': 'There is no session, or it has ended: sign in.',
  'cross-site': "What a browser sends must come from this gateway's own pages, by session with the X-CSRF-Token that GET /session gives.",
  'sign-in-invalid': 'The answer of the provider does not hold: sign in again.',
  'sign-in-unknown': 'Nobody who may sign in is registered under that name of the provider.',
  'sign-in-weak': 'The provider did not say that the sign-in was made as it must be here.',
  'invalid_client': 'The client assertion is not valid.',
  'invalid_request': 'The token request is not well formed.',
  'invalid_scope': 'The scope is not one this client may have.',
  'unsupported_grant_type': 'Only client_credentials is offered.',
  // parties
  'party-unknown': 'There is no such party here.',
  'party-out-of-state': 'The party is not in a state in which that may be done.',
  'party-invalid': 'The party, as it is told, has faults.',
  'party-key-taken': 'A key is registered already, or was: each is of one party and one use, and none comes back.',
  'party-key-needed': 'Without that key the party could not sign in, or nothing could be sealed to it under an agreement in force.',
  'party-key-unproved': 'What proves the key is not signed by it as it should be.',
  'not-an-operator': 'Whoever asks may not do that.',
  'registration-refused': 'The invitation is not good for that, or the keys are not proved.',
  // agreements
  'agreement-unknown': 'There is no such agreement for this party.',
  'agreement-inactive': 'The agreement is not active now.',
  'agreement-expired': 'The agreement is past its expiry date or before its effective date.',
  'certificate-expired': 'The expert determination the agreement stands on is past its expiry, or not yet issued.',
  'out-of-state': 'The agreement is not in a state in which that may be done.',
  'agreement-invalid': 'The text of the agreement has faults among the parties and profiles as they are here: agreement check lists them.',
  'approvals-missing': 'The agreement lacks signed approvals: it is not in force.',
  'approval-invalid': 'The approval is not signed as it should be by a key that is registered for it.',
  'approval-of-another': 'The approval is of another agreement, version or text.',
  'approval-replayed': 'Somebody has spoken of this version in that capacity already.',
  'approval-clock':
    'The approval is of another time: of the future, too old, or of before the version was proposed or an earlier one ended.',
  'self-approval': 'One person or key has spoken of this version already: nobody approves what he or she proposed, and three approve.',
  'not-an-approver': 'Whoever signed may not do that.',
  'agreement-of-others': 'Earlier versions under this id were between other parties: another agreement needs another id.',
  'version-edited': 'That version was proposed or approved with another text, or a newer one was: raise the version.',
  'emergency-own': 'Nobody approves what he or she asked for.',
  'emergency-twice': 'This person or key has approved it already: two approve.',
  'emergency-other': 'The approval is of another request.',
  'emergency-over': 'It was granted already, has ended, or was not approved in time: ask anew.',
  'emergency-needless': 'It asks for nothing beyond what the officer may do already.',
  'duties-apart': 'Nobody may hold these together, for however short a time.',
  'expiry-past': 'The expiry date of the agreement is past: it cannot come into force.',
  'attestation-due': 'The agreement is not in force again before it is attested anew, or a new version has a certificate in force.',
  'agreements-conflict': 'The agreement cannot be in force beside another with the same recipient.',
  'policy-invalid': 'A policy file is not valid.',
  'policy-missing': 'The text of a policy is not in the database any more, though the log names it.',
  'policy-altered': 'The text of a policy in the database is not the one that the log names.',
  'profile-mismatch': 'The agreement names a profile that is not there in that version.',
  'config-invalid': 'The configuration is not valid.',
  // why a record was withheld (reasons in decisions and counts)
  'opted-out': 'The patient opted out.',
  'type-not-agreed': 'The agreement does not name this resource type.',
  'element-not-agreed': 'The agreement does not name this element.',
  'outside-date-window': 'The event lies outside the date window of the agreement.',
  'code-not-agreed': 'The agreement asks for other codes than the record has.',
  'not-on-roster': 'The patient is not on the roster of the agreement.',
  'category-substance-use': 'The record is about substance use (42 CFR Part 2), which the agreement does not grant.',
  'category-psychotherapy-notes': 'The record is a psychotherapy note, which the agreement does not grant.',
  'category-hiv': 'The record is about HIV, which the agreement does not grant.',
  'category-behavioural': 'The record is about mental or behavioural health, which the agreement does not grant.',
  'category-reproductive': 'The record is about reproductive health, which the agreement does not grant.',
  'category-genetic': 'The record tells genetic information, which the agreement does not grant.',
  'category-violence': 'The record is about violence or abuse, which the agreement does not grant.',
  'category-restricted': 'The record was labelled as restricted or sensitive, which the agreement does not grant.',
  'category-any': 'The records are of sensitive categories that the agreement does not grant.',
  'agreement-changed': 'Another version of the agreement came into force while the dataset was made, and less may leave under it.',
  'phase-ended': 'A phase of the agreement ended while the dataset was made, and less may leave in the next.',
  'limit-reached': 'The agreement lets no more leave in this period.',
  'superseded': 'A later copy of the same record was sent.',
  'no-rule': 'The profile has no rule for this resource type.',
  'modifier-not-understood': 'An element that changes the meaning of the record cannot be kept.',
  'too-few-like-them': 'Too few subjects share these characteristics.',
  'aggregate-only': 'Under this agreement no record leaves: it was counted, or could have been.',
  'not-releasable': 'The record could not be de-identified safely.',
  'held': 'An officer must decide.',
  'hold-refused': 'An officer refused the release.',
  'dispute-closed': 'The dispute is closed.',
  'dispute-overdue': 'The day of the decision is over: nothing more can be said in this dispute.',
  'below-quality': 'The data fall short of the quality that the agreement promises.',
  // keys, seals, proofs
  'key-missing': 'A key that is needed is not there.',
  'keys-closed': 'The file of keys does not open: the passphrase is another, or it was altered or cut short.',
  'key-needed': 'The key is needed as it is.',
  'key-unknown': 'A gateway that runs does not know the key that another would use.',
  'seal-broken': 'The file does not open: it was altered, cut short, or sealed for another key or place.',
  'signature-invalid': 'The signature is not valid under the pinned key.',
  'proof-invalid': 'The log does not prove this statement.',
  'hash-mismatch': 'The file is not the one the statement names.',
  'wrong-recipient': 'This was sealed for another recipient.',
  'log-shorter': 'The log is shorter than its last checkpoint.',
  'log-altered': 'The log is not the one that its last checkpoint was signed for.',
  'log-unguarded': 'What keeps the log from changes is not what it was.',
  'log-unverified': 'The log was not verified for more than a day.',
  'not-recorded': 'The entry was kept out of the log: nothing goes on without it.',
  'log-forked': 'The log contradicts a checkpoint it signed before.',
  'log-rolled-back': 'The log is shorter than a checkpoint it signed before.',
  'log-foreign': 'The checkpoint is of another log, or of another key, than the one pinned.',
  'log-unproved': 'The gateway shows no proof that its log only grew.',
  'log-stale': 'The log has not grown for too long.',
  'crosswalk-gone': 'The subject was unlinked.',
  // the house
  'database-unavailable': 'The database cannot be reached: try again shortly.',
  'partner-unavailable': 'The key server of the party cannot be reached: try again shortly.',
  'provider-unavailable': 'The provider that officers sign in with cannot be reached: try again shortly.',
  'log-behind': 'Too many entries wait for their place in the log: try again shortly.',
  'storage-full': 'There is no room to keep the data: nothing was taken.',
  'shutting-down': 'The gateway is stopping: try again shortly.',
  'internal': 'An internal error.'
} as const

export type Code = keyof typeof CODES

class CodedError extends Error {
  readonly code: Code
  constructor(code: Code, cause?: unknown) {
    super(CODES[code], cause === undefined ? undefined : { cause })
    this.code = code
    this.name = new.target.name
  }
}

/** The caller must act (4xx). `hint` is a constant sentence of ours saying what to do next; never the caller's words. */
export class RequestError extends CodedError {
  readonly hint: string | undefined
  constructor(code: Code, hint?: string, cause?: unknown) {
    super(code, cause)
    this.hint = hint
  }
}

/** What is known of a refused request beside its code. Members are ours, never the caller's words. */
export interface Told {
  /** the kind of its entry; 'request-refused' where none is named */
  readonly kind?: 'token-refused' | 'sign-in-refused' | 'submission-refused' | 'export-refused' | 'request-refused'
  readonly party?: string
  /** false: the party is only what an assertion claims that proves nothing */
  readonly proved?: boolean
  readonly agreement?: string
  /** ids of the rules that decided, and the hashes of the policies asked */
  readonly rules?: readonly string[]
  readonly policies?: readonly string[]
}

/** A RequestError whose entry in the log says more than its code: whom it concerned, and by which rules. */
export class RefusedError extends RequestError {
  readonly told: Told
  constructor(code: Code, told: Told, hint?: string) {
    super(code, hint)
    this.told = told
  }
}

/** One fault in a policy or configuration file: where it stands and what to write instead. These files hold no PHI. */
export interface Fault {
  readonly path: string
  readonly message: string
}

/** The privacy officer (policy) or operator (configuration) must act; nothing is released meanwhile. */
export class PolicyError extends CodedError {
  readonly faults: readonly Fault[]
  constructor(code: Code, faults: readonly Fault[] = [], cause?: unknown) {
    super(code, cause)
    this.faults = faults
  }
}

/** The operator must act; callers are answered 503 with Retry-After. */
export class UpstreamError extends CodedError {
  readonly retryAfterSeconds: number
  constructor(code: Code, retryAfterSeconds = 5, cause?: unknown) {
    super(code, cause)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Something that must never be: stop and page. `evidence` names rows, files and hashes, never contents. */
export class IntegrityError extends CodedError {
  readonly evidence: Readonly<Record<string, string>>
  constructor(code: Code, evidence: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(code, cause)
    this.evidence = evidence
  }
}

/** The code of whatever was thrown; what is not ours is 'internal'. */
export function codeOf(error: unknown): Code {
  return error instanceof CodedError ? error.code : 'internal'
}

/** A sentence of ours for the operator, given as the `cause` of a coded error and printed by the command line; never words from outside. */
export class OperatorHint extends Error {
  override readonly name = 'OperatorHint'
}
