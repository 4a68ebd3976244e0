/**
 * What each kind of entry is as a FHIR AuditEvent, as one table to read down: type, subtype, action, outcome, the form of its agents and entities, and the
 * profile of IHE BALP it keeps to. Decides which profile is claimed: one that asks for a patient only where the reader named one, for the log names none.
 */
import type { EntryKind } from '../log/kinds.ts'
import { CODE, type Coding, PROFILE } from './codes.ts'

/** Who takes part, and what it is about: each form is a function in parts.ts. */
export type Form = 'disclosure' | 'receipt' | 'import' | 'read' | 'query' | 'token' | 'decision' | 'desk' | 'house'

export type Outcome = '0' | '4' | '8' | '12'

export interface AuditRow {
  readonly type: Coding
  readonly subtype: readonly Coding[]
  /** FHIR: create, read, update, delete, execute */
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E'
  /** FHIR: 0 success, 4 minor, 8 serious, 12 major failure */
  readonly outcome: Outcome
  readonly form: Form
  readonly profile: string | null
  /** the profile where the reader named a patient */
  readonly ofPatient: string | null
}

type Rest = Partial<Pick<AuditRow, 'profile' | 'ofPatient' | 'outcome'>>

function row(form: Form, action: AuditRow['action'], type: Coding, subtype: readonly Coding[], rest: Rest = {}): AuditRow {
  return { type, subtype, action, outcome: '0', form, profile: null, ofPatient: null, ...rest }
}

const REFUSED: Rest = { outcome: '8' }
const PARTLY: Rest = { outcome: '4' }
const DISCLOSED: Rest = { ofPatient: PROFILE.disclosureSource }
const RECEIVED: Rest = { ofPatient: PROFILE.disclosureRecipient }
const DECIDED: Rest = { ofPatient: PROFILE.authzConsent }
const READ: Rest = { profile: PROFILE.read, ofPatient: PROFILE.patientRead }
const ASKED: Rest = { profile: PROFILE.query, ofPatient: PROFILE.patientQuery }
const GRANTED: Rest = { profile: PROFILE.getAccessToken }

export const AUDIT: Readonly<Record<EntryKind, AuditRow>> = {
  'submission-opened': row('decision', 'E', CODE.securityAlert, [CODE.byConsent]),
  'submission-received': row('import', 'C', CODE.import, [CODE.receive]),
  'submission-refused': row('import', 'C', CODE.import, [CODE.receive], REFUSED),
  'submission-destroyed': row('house', 'D', CODE.destroy, []),
  'records-rejected': row('import', 'C', CODE.import, [CODE.receive], PARTLY),
  'disclosure-permitted': row('decision', 'E', CODE.securityAlert, [CODE.byConsent], DECIDED),
  'dataset-released': row('disclosure', 'R', CODE.export, [CODE.disclose], DISCLOSED),
  'dataset-held': row('decision', 'E', CODE.securityAlert, [CODE.byConsent], PARTLY),
  'dataset-refused': row('decision', 'E', CODE.securityAlert, [CODE.byConsent], REFUSED),
  'dataset-empty': row('decision', 'E', CODE.securityAlert, [CODE.byConsent], PARTLY),
  'hold-released': row('desk', 'U', CODE.securityAlert, [CODE.restrictedFunction]),
  'hold-refused': row('desk', 'U', CODE.securityAlert, [CODE.restrictedFunction]),
  'dataset-recalled': row('desk', 'U', CODE.securityAlert, [CODE.restrictedFunction]),
  'dataset-redelivered': row('desk', 'E', CODE.securityAlert, [CODE.restrictedFunction]),
  'dataset-withdrawn': row('house', 'D', CODE.securityAlert, [CODE.byConsent]),
  'deletions-named': row('read', 'R', CODE.rest, [CODE.read]),
  'dataset-expired': row('house', 'D', CODE.destroy, []),
  'export-permitted': row('decision', 'E', CODE.securityAlert, [CODE.byConsent]),
  'export-refused': row('decision', 'E', CODE.securityAlert, [CODE.byConsent], REFUSED),
  'file-delivered': row('read', 'R', CODE.rest, [CODE.read, CODE.disclose], READ),
  'dataset-acknowledged': row('receipt', 'C', CODE.import, [CODE.disclose], RECEIVED),
  'consent-changed': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'roster-loaded': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-simulated': row('query', 'E', CODE.rest, [CODE.searchType], { profile: PROFILE.query }),
  'subject-forgotten': row('desk', 'D', CODE.destroy, []),
  'token-granted': row('token', 'E', CODE.userAuthentication, [CODE.getAccessToken], GRANTED),
  'token-revoked': row('desk', 'U', CODE.securityAlert, [CODE.restrictedFunction]),
  'client-secret-set': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'client-secret-removed': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'token-introspected': row('desk', 'E', CODE.userAuthentication, [CODE.getAccessToken]),
  'token-refused': row('token', 'E', CODE.userAuthentication, [CODE.login], REFUSED),
  'officer-signed-in': row('desk', 'E', CODE.userAuthentication, [CODE.login]),
  'sign-in-refused': row('decision', 'E', CODE.userAuthentication, [CODE.login], REFUSED),
  'session-ended': row('desk', 'E', CODE.userAuthentication, [CODE.logout]),
  'sessions-revoked': row('desk', 'U', CODE.securityAlert, [CODE.restrictedFunction]),
  'request-refused': row('decision', 'E', CODE.securityAlert, [CODE.byConsent], REFUSED),
  'sign-in-locked': row('token', 'E', CODE.userAuthentication, [CODE.login], REFUSED),
  'lockout-lifted': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'requests-refused': row('house', 'E', CODE.userAuthentication, [CODE.login], REFUSED),
  'policy-changed': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'party-invited': row('desk', 'C', CODE.securityAlert, [CODE.securityConfiguration]),
  'party-offered': row('desk', 'C', CODE.securityAlert, [CODE.securityConfiguration]),
  'party-change-begun': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'party-amended': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'party-declined': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'party-registered': row('desk', 'C', CODE.securityAlert, [CODE.securityConfiguration]),
  'key-registered': row('desk', 'C', CODE.securityAlert, [CODE.securityConfiguration]),
  'key-retired': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'key-revoked': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'identity-suspended': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'identity-resumed': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'identity-revoked': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-proposed': row('house', 'C', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-approved': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-rejected': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-activated': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-suspended': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-resumed': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-attestation-due': row('house', 'E', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-reattested': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-revoked': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'emergency-asked': row('desk', 'C', CODE.securityAlert, [CODE.securityConfiguration]),
  'emergency-approved': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'emergency-begun': row('desk', 'E', CODE.securityAlert, [CODE.emergencyStarted], PARTLY),
  'emergency-used': row('desk', 'E', CODE.securityAlert, [CODE.restrictedFunction], PARTLY),
  'emergency-ended': row('desk', 'E', CODE.securityAlert, [CODE.emergencyStopped]),
  'agreement-reason': row('desk', 'C', CODE.securityAlert, [CODE.securityConfiguration]),
  'agreement-expired': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'key-changed': row('house', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'keys-rewrapped': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'key-dropped': row('desk', 'U', CODE.securityAlert, [CODE.securityConfiguration]),
  'log-read': row('query', 'E', CODE.rest, [CODE.searchType, CODE.auditLogUsed], ASKED),
  'register-read': row('query', 'E', CODE.rest, [CODE.searchType], { profile: PROFILE.query }),
  'gateway-started': row('house', 'E', CODE.applicationActivity, [CODE.applicationStart]),
  'gateway-stopped': row('house', 'E', CODE.applicationActivity, [CODE.applicationStop]),
  'log-verified': row('house', 'E', CODE.verify, []),
  'hold-placed': row('desk', 'U', CODE.legalHold, []),
  'hold-lifted': row('desk', 'U', CODE.legalHoldLifted, []),
  'bodies-expired': row('house', 'D', CODE.destroy, []),
  'accounting-made': row('query', 'E', CODE.rest, [CODE.searchType, CODE.report], ASKED),
  'accounting-checked': row('house', 'E', CODE.verify, []),
  'accounting-suspended': row('desk', 'C', CODE.securityAlert, [CODE.restrictedFunction]),
  'accounting-resumed': row('desk', 'U', CODE.securityAlert, [CODE.restrictedFunction]),
  'incident-opened': row('desk', 'U', CODE.securityAlert, [CODE.amend]),
  'dispute-opened': row('desk', 'C', CODE.securityAlert, [CODE.amend]),
  'dispute-statement': row('desk', 'U', CODE.securityAlert, [CODE.amend]),
  'dispute-replayed': row('house', 'U', CODE.securityAlert, [CODE.amend]),
  'dispute-closed': row('house', 'U', CODE.securityAlert, [CODE.amend]),
  'dispute-reason': row('desk', 'C', CODE.securityAlert, [CODE.amend]),
  'subjects-shredded': row('house', 'D', CODE.destroy, [])
}

/** A kind this program does not know, written by a newer one: what is sure of it. */
const UNKNOWN = row('house', 'E', CODE.applicationActivity, [])

export function rowOf(kind: string): AuditRow {
  return Object.hasOwn(AUDIT, kind) ? AUDIT[kind as EntryKind] : UNKNOWN // an own key of the table is a kind
}

/** Codes asked for, as FHIR writes tokens: `system|code` or `code` (R4 3.1.1.4.10); null asks nothing. */
export interface AskedCodes {
  /** kinds of entries: each event has its own in meta.tag */
  readonly tag: readonly string[] | null
  readonly type: readonly string[] | null
  readonly subtype: readonly string[] | null
  readonly action: readonly string[] | null
  readonly outcome: readonly string[] | null
}

/** Which entries have an event with these codes: of `kinds` those that tell of no fault, of `failing` those that do. */
export interface KindsAsked {
  readonly kinds: readonly EntryKind[]
  readonly failing: readonly EntryKind[]
}

export const KIND_SYSTEM = 'urn:sallyport:kind'
const OUTCOME_SYSTEM = 'http://terminology.hl7.org/CodeSystem/audit-event-outcome'
const FAILED: Outcome = '12'

export function kindsWith(asked: AskedCodes): KindsAsked {
  const has = (codes: readonly Coding[], tokens: readonly string[] | null): boolean =>
    tokens === null || codes.some(({ system, code }) => tokens.includes(code) || tokens.includes(`${system}|${code}`))
  const ends = (outcome: Outcome): boolean => has([{ system: OUTCOME_SYSTEM, code: outcome }], asked.outcome)
  const alike = (Object.keys(AUDIT) as EntryKind[]).filter((kind) => {
    const { type, subtype, action } = AUDIT[kind]
    return (
      has([{ system: KIND_SYSTEM, code: kind }], asked.tag) &&
      has([type], asked.type) &&
      has(subtype, asked.subtype) &&
      (asked.action?.includes(action) ?? true)
    )
  })
  return {
    kinds: alike.filter((kind) => ends(AUDIT[kind].outcome)),
    failing: alike.filter((kind) => ends(AUDIT[kind].form === 'house' ? FAILED : AUDIT[kind].outcome))
  }
}
