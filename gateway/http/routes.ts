/**
 * Every route, as data: method, path, who may, with which permission, what body, who answers. The router reads this table and so do the tests;
 * there is no other way in. A path or method that is not here is refused.
 */
import type { Caller } from '../exchange/doors.ts'
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
import { answerAcknowledgement, answerCancel, answerDictionary, answerKickOff, answerManifest, answerStatus } from './bulk.ts'
import { answerConsents } from './consents.ts'
import { answerKeys, answerLive, answerMetadata, answerReady, answerSmartConfiguration } from './discovery.ts'
import { answerDispute, answerDisputeStatement, answerDisputes, answerOpenDispute } from './disputes.ts'
import { answerFile } from './download.ts'
import { answerCheckpoint, answerConsistency, answerEntryTile, answerHashTile, answerInclusion } from './log.ts'
import { answerToken } from './oauth.ts'
import type { Permission } from './scopes.ts'
import { answerClose, answerIssues, answerOpen, answerSubmission, answerUpload } from './submissions.ts'

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
  readonly access: 'public'
  readonly answer: (asked: Asked) => Promise<void>
}

/** Answered to a party or officer of that role ('party': hospital or insurer; 'any': officers, too) whose token carries the permission. */
export interface PartyRow extends RowBase {
  readonly access: Caller['role'] | 'party' | 'any'
  readonly permission: Permission
  readonly answer: (asked: AskedByParty) => Promise<void>
}

export type Row = PublicRow | PartyRow

function open(method: Method, path: string, answer: PublicRow['answer'], body: Row['body'] = 'none'): PublicRow {
  return { method, path, access: 'public', body, answer }
}

function hospital(method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, access: 'hospital', permission: 'submit', body, answer }
}

function insurer(method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, access: 'insurer', permission: 'export', body, answer }
}

function officer(method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, access: 'officer', permission: 'accountings', body, answer }
}

function governor(method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, access: 'officer', permission: 'govern', body, answer }
}

function each(method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, access: 'any', permission: 'agreements', body, answer }
}

function any(method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, access: 'any', permission: 'audit', body, answer }
}

function side(method: Method, path: string, answer: PartyRow['answer'], body: Row['body'] = 'none'): PartyRow {
  return { method, path, access: 'party', permission: 'agree', body, answer }
}

export const TOKEN_PATH = '/oauth/token'

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
  open('GET', '/fhir/metadata', answerMetadata),
  open('POST', TOKEN_PATH, answerToken, 'small'),

  hospital('POST', '/submissions', answerOpen, 'stream'),
  hospital('GET', '/submissions/:id', answerSubmission),
  hospital('GET', '/submissions/:id/issues', answerIssues),
  hospital('PUT', '/submissions/:id/files/:name', answerUpload, 'stream'),
  hospital('POST', '/submissions/:id/files/:name', answerUpload, 'stream'),
  hospital('POST', '/submissions/:id/close', answerClose),
  hospital('POST', '/consents', answerConsents, 'small'),

  each('GET', '/agreements', answerAgreements),
  each('GET', '/agreements/:id', answerAgreement),
  each('POST', '/agreements/:id/approvals', answerApproval, 'small'),
  each('POST', '/agreements/:id/suspension', answerSuspension, 'small'),

  governor('POST', '/agreements/:id/draft', answerDraft, 'small'),
  governor('POST', '/agreements/:id/check', answerCheck, 'small'),
  governor('POST', '/agreements/:id/diff', answerDiff, 'small'),
  governor('POST', '/agreements/:id/proposals', answerProposal, 'small'),
  governor('POST', '/agreements/:id/resumption', answerResumption, 'small'),
  governor('POST', '/agreements/:id/revocation', answerRevocation, 'small'),
  governor('GET', '/agreements/:id/explanation', answerExplanation),
  governor('GET', '/agreements/:id/history', answerHistory),
  governor('GET', '/agreements/:id/export', answerAgreementExport),
  governor('POST', '/agreements/:id/simulation', answerSimulation, 'stream'),
  governor('GET', '/quality', answerQuality),

  side('GET', '/disputes', answerDisputes),
  side('POST', '/disputes', answerOpenDispute, 'small'),
  side('GET', '/disputes/:id', answerDispute),
  side('POST', '/disputes/:id/statements', answerDisputeStatement, 'small'),

  any('GET', '/fhir/AuditEvent', answerAuditSearch),
  any('POST', '/fhir/AuditEvent/_search', answerAuditFormSearch, 'small'),
  any('GET', '/fhir/AuditEvent/:id', answerAuditEvent),

  officer('POST', '/accountings', answerAccounting, 'small'),
  officer('GET', '/accountings/suspensions', answerSuspensions),
  officer('GET', '/incidents', answerIncidents),

  insurer('GET', '/fhir/Group/:agreement/$export', answerKickOff),
  insurer('POST', '/fhir/Group/:agreement/$export', answerKickOff, 'small'),
  insurer('GET', '/fhir/jobs/:id', answerStatus),
  insurer('DELETE', '/fhir/jobs/:id', answerCancel),
  insurer('GET', '/fhir/jobs/:id/files/:name', answerFile),
  insurer('GET', '/datasets/:id/manifest', answerManifest),
  insurer('GET', '/datasets/:id/dictionary', answerDictionary),
  insurer('POST', '/datasets/:id/acknowledgement', answerAcknowledgement)
]
