/**
 * Every route, as data: method, path, which power it takes, what body, who answers. The router reads this table and so do the tests;
 * there is no other way in. A path or method that is not here is refused.
 */
import { OFFICER_ROLES, type PowerName, powerOf } from '../core/identity/powers.ts'
import { answerAccounting, answerIncidents, answerSuspensions } from './accountings.ts'
import {
  answerAgreementExport,
  answerCheck,
  answerDiff,
  answerDraft,
  answerExplanation,
  answerHistory,
  answerProposal,
  answerQuality,
  answerResumption,
  answerRevocation,
  answerSimulation
} from './agreement-officers.ts'
import { answerAgreement, answerAgreements, answerApproval, answerSuspension } from './agreements.ts'
import type { Asked, AskedByParty } from './asked.ts'
import { answerAuditEvent, answerAuditFormSearch, answerAuditSearch } from './audit.ts'
import {
  answerAcknowledgement,
  answerCancel,
  answerDictionary,
  answerKickOff,
  answerManifest,
  answerRedelivery,
  answerStatus
} from './bulk.ts'
import { answerConsents } from './consents.ts'
import { answerAuthorizationServer, answerKeys, answerLive, answerMetadata, answerReady, answerSmartConfiguration } from './discovery.ts'
import { answerDispute, answerDisputeStatement, answerDisputes, answerOpenDispute } from './disputes.ts'
import { answerFile } from './download.ts'
import { answerEmergencies, answerEmergency, answerEmergencyApproval, answerEmergencyAsked, answerEmergencyEnd } from './emergencies.ts'
import { answerCheckpoint, answerConsistency, answerEntryTile, answerHashTile, answerInclusion } from './log.ts'
import { answerToken } from './oauth.ts'
import {
  answerChangeConfirmation,
  answerConfirmation,
  answerDecline,
  answerInvitation,
  answerInvitations,
  answerKeyRevocation,
  answerNewKey,
  answerParties,
  answerParty,
  answerRegistration,
  answerRetirement,
  answerStanding
} from './parties.ts'
import {
  answerBackChannel,
  answerCallback,
  answerFirstRun,
  answerRevocationOfSessions,
  answerSession,
  answerSessions,
  answerSignIn,
  answerSignOut,
  answerSignOutForm,
  CALLBACK_PATH,
  FIRST_RUN_PATH,
  SIGN_IN_PATH
} from './sign-in.ts'
import { answerClose, answerIssues, answerOpen, answerSubmission, answerUpload } from './submissions.ts'
import { answerClientRevocation, answerIntrospection, answerTokenRevocation } from './tokens.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

interface RowBase {
  readonly method: Method
  /** As express writes it (`*name`: one path element or more); also the name of the route in logs and metrics. */
  readonly path: string
  /** none; small: read whole under a bound; stream: metered as it comes. */
  readonly body: 'none' | 'small' | 'stream'
}

/** Answered to anyone; the tests hold the list of these in test/http/open-routes.txt. */
export interface PublicRow extends RowBase {
  readonly power: null
  readonly answer: (asked: Asked) => Promise<void>
}

/** Answered to whoever has the power (core/identity/powers.ts: who, on what condition, by which scope, and what it shows) and comes by these means. */
export interface PartyRow extends RowBase {
  readonly power: PowerName
  readonly means: 'token' | 'session' | 'both'
  readonly answer: (asked: AskedByParty) => Promise<void>
}

export type Row = PublicRow | PartyRow

function open(method: Method, path: string, answer: PublicRow['answer'], body: Row['body'] = 'none'): PublicRow {
  return { method, path, power: null, body, answer }
}

/** To whoever has the power: parties come with a token, officers with a token or a session. */
function to(power: PowerName, method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, power, means: OFFICER_ROLES.some((role) => powerOf(power).who.has(role)) ? 'both' : 'token', body, answer }
}

/** Who at all: `party` a hospital or insurer, `any` officers, too. The OpenAPI document sorts by it. */
export function whoOf({ power }: Row): 'public' | 'hospital' | 'insurer' | 'officer' | 'party' | 'any' {
  if (power === null) return 'public'
  const { who } = powerOf(power)
  const parties = (['hospital', 'insurer'] as const).filter((role) => who.has(role))
  if (parties.length === 0) return 'officer'
  return parties.length < who.size ? 'any' : parties.length === 2 ? 'party' : (parties[0] ?? 'public')
}

const TOKEN_PATH = '/oauth/token'
const REVOKE_PATH = '/oauth/revoke'

/** Where a client proves itself in the form: refused in OAuth's own shape, and no sooner than the floor. */
export const OAUTH_PATHS: ReadonlySet<string> = new Set([TOKEN_PATH, REVOKE_PATH])

export const ROUTES: readonly Row[] = [
  open('GET', '/livez', answerLive),
  open('GET', '/readyz', answerReady),
  open('GET', '/keys', answerKeys),
  open('GET', '/log/checkpoint', answerCheckpoint),
  open('GET', '/log/tile/entries/*tile', answerEntryTile),
  open('GET', '/log/tile/:level/*tile', answerHashTile),
  open('GET', '/log/entries/*tile', answerEntryTile),
  open('GET', '/log/proof/inclusion', answerInclusion),
  open('GET', '/log/proof/consistency', answerConsistency),
  open('GET', '/.well-known/smart-configuration', answerSmartConfiguration),
  open('GET', '/fhir/.well-known/smart-configuration', answerSmartConfiguration),
  open('GET', '/.well-known/oauth-authorization-server', answerAuthorizationServer),
  open('GET', '/fhir/metadata', answerMetadata),
  open('POST', TOKEN_PATH, answerToken, 'small'),
  open('GET', SIGN_IN_PATH, answerSignIn),
  open('GET', CALLBACK_PATH, answerCallback),
  open('GET', FIRST_RUN_PATH, answerFirstRun),
  open('POST', '/session/backchannel-logout', answerBackChannel, 'small'),
  open('POST', '/session/sign-out', answerSignOutForm, 'small'),
  open('POST', REVOKE_PATH, answerClientRevocation, 'small'),
  to('operate', 'POST', '/oauth/introspect', answerIntrospection, 'small'),
  to('operate', 'POST', '/oauth/revocations', answerTokenRevocation, 'small'),

  { ...to('own-session', 'GET', '/session', answerSession), means: 'session' },
  { ...to('own-session', 'DELETE', '/session', answerSignOut), means: 'session' },
  to('operate', 'GET', '/sessions', answerSessions),
  to('end-sessions', 'DELETE', '/sessions/:officer', answerRevocationOfSessions),

  open('POST', '/registration', answerRegistration, 'small'),
  to('read-party', 'GET', '/parties', answerParties),
  to('read-party', 'GET', '/parties/:id', answerParty),
  to('keep-keys', 'POST', '/parties/:id/keys', answerNewKey, 'small'),
  to('keep-keys', 'DELETE', '/parties/:id/keys/:key', answerRetirement),
  to('keep-keys', 'POST', '/parties/:id/keys/:key/revocation', answerKeyRevocation, 'small'),
  to('operate', 'POST', '/parties/:id/suspension', answerStanding('suspend'), 'small'),
  to('operate', 'POST', '/parties/:id/resumption', answerStanding('resume'), 'small'),
  to('operate', 'POST', '/parties/:id/revocation', answerStanding('revoke'), 'small'),
  to('operate', 'POST', '/parties/:id/confirmation', answerChangeConfirmation, 'small'),
  to('operate', 'GET', '/invitations', answerInvitations),
  to('operate', 'POST', '/invitations', answerInvitation, 'small'),
  to('operate', 'DELETE', '/invitations/:id', answerDecline),
  to('operate', 'POST', '/invitations/:id/confirmation', answerConfirmation, 'small'),

  to('submit', 'POST', '/submissions', answerOpen, 'stream'),
  to('submit', 'GET', '/submissions/:id', answerSubmission),
  to('submit', 'GET', '/submissions/:id/issues', answerIssues),
  to('submit', 'PUT', '/submissions/:id/files/:name', answerUpload, 'stream'),
  to('submit', 'POST', '/submissions/:id/files/:name', answerUpload, 'stream'),
  to('submit', 'POST', '/submissions/:id/close', answerClose),
  to('submit', 'POST', '/consents', answerConsents, 'small'),

  to('read-agreements', 'GET', '/agreements', answerAgreements),
  to('read-agreements', 'GET', '/agreements/:id', answerAgreement),
  to('approve-agreements', 'POST', '/agreements/:id/approvals', answerApproval, 'small'),
  to('approve-agreements', 'POST', '/agreements/:id/suspension', answerSuspension, 'small'),

  to('draft-agreements', 'POST', '/agreements/:id/draft', answerDraft, 'small'),
  to('draft-agreements', 'POST', '/agreements/:id/check', answerCheck, 'small'),
  to('draft-agreements', 'POST', '/agreements/:id/diff', answerDiff, 'small'),
  to('propose-agreements', 'POST', '/agreements/:id/proposals', answerProposal, 'small'),
  to('govern-agreements', 'POST', '/agreements/:id/resumption', answerResumption, 'small'),
  to('govern-agreements', 'POST', '/agreements/:id/revocation', answerRevocation, 'small'),
  to('inspect-agreements', 'GET', '/agreements/:id/explanation', answerExplanation),
  to('inspect-agreements', 'GET', '/agreements/:id/history', answerHistory),
  to('inspect-agreements', 'GET', '/agreements/:id/export', answerAgreementExport),
  to('simulate-agreements', 'POST', '/agreements/:id/simulation', answerSimulation, 'stream'),
  to('inspect-agreements', 'GET', '/quality', answerQuality),

  to('dispute', 'GET', '/disputes', answerDisputes),
  to('dispute', 'POST', '/disputes', answerOpenDispute, 'small'),
  to('dispute', 'GET', '/disputes/:id', answerDispute),
  to('dispute', 'POST', '/disputes/:id/statements', answerDisputeStatement, 'small'),

  to('read-log', 'GET', '/fhir/AuditEvent', answerAuditSearch),
  to('read-log', 'POST', '/fhir/AuditEvent/_search', answerAuditFormSearch, 'small'),
  to('read-log', 'GET', '/fhir/AuditEvent/:id', answerAuditEvent),

  to('ask-emergency', 'POST', '/emergencies', answerEmergencyAsked, 'small'),
  to('read-emergencies', 'GET', '/emergencies', answerEmergencies),
  to('read-emergencies', 'GET', '/emergencies/:id', answerEmergency),
  to('approve-emergency', 'POST', '/emergencies/:id/approvals', answerEmergencyApproval, 'small'),
  to('end-emergency', 'POST', '/emergencies/:id/end', answerEmergencyEnd),

  to('make-accountings', 'POST', '/accountings', answerAccounting, 'small'),
  to('read-suspensions', 'GET', '/accountings/suspensions', answerSuspensions),
  to('read-incidents', 'GET', '/incidents', answerIncidents),

  to('fetch', 'GET', '/fhir/Group/:agreement/$export', answerKickOff),
  to('fetch', 'POST', '/fhir/Group/:agreement/$export', answerKickOff, 'small'),
  to('fetch', 'GET', '/fhir/jobs/:id', answerStatus),
  to('fetch', 'DELETE', '/fhir/jobs/:id', answerCancel),
  to('fetch', 'GET', '/fhir/jobs/:id/files/:name', answerFile),
  to('fetch', 'GET', '/datasets/:id/manifest', answerManifest),
  to('fetch', 'GET', '/datasets/:id/dictionary', answerDictionary),
  to('fetch', 'POST', '/datasets/:id/acknowledgement', answerAcknowledgement),
  to('resend-datasets', 'POST', '/datasets/:id/redelivery', answerRedelivery, 'small')
]
