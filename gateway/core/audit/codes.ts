/**
 * The codes that AuditEvents are written in: DICOM, ISO 21089, HL7 and those of IHE BALP 1.1.4, as FHIR R4 and BALP publish them. Decides nothing; a code
 * that is not here is in no event.
 */

/** What AuditEvent calls a code: as JSON has it. */
export interface Coding {
  readonly system: string
  readonly code: string
  readonly display?: string
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const ISO_21089 = 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle'
const RESTFUL = 'http://hl7.org/fhir/restful-interaction'
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'
const AGENT_TYPES = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/UserAgentTypes'
const AUTHZ = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType'
export const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'

function coding(system: string, code: string, display: string): Coding {
  return { system, code, display }
}

/** AuditEvent.type, .subtype, .agent.type: what happened, and who took which part in it. */
export const CODE = {
  applicationActivity: coding(DCM, '110100', 'Application Activity'),
  auditLogUsed: coding(DCM, '110101', 'Audit Log Used'),
  export: coding(DCM, '110106', 'Export'),
  import: coding(DCM, '110107', 'Import'),
  securityAlert: coding(DCM, '110113', 'Security Alert'),
  userAuthentication: coding(DCM, '110114', 'User Authentication'),
  applicationStart: coding(DCM, '110120', 'Application Start'),
  applicationStop: coding(DCM, '110121', 'Application Stop'),
  login: coding(DCM, '110122', 'Login'),
  logout: coding(DCM, '110123', 'Logout'),
  securityConfiguration: coding(DCM, '110129', 'Security Configuration'),
  emergencyStarted: coding(DCM, '110127', 'Emergency Override Started'),
  emergencyStopped: coding(DCM, '110138', 'Emergency Override Stopped'),
  restrictedFunction: coding(DCM, '110132', 'Use of Restricted Function'),
  application: coding(DCM, '110150', 'Application'),
  destination: coding(DCM, '110152', 'Destination Role ID'),
  source: coding(DCM, '110153', 'Source Role ID'),
  rest: coding('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'Restful Operation'),
  read: coding(RESTFUL, 'read', 'read'),
  searchType: coding(RESTFUL, 'search-type', 'search-type'),
  disclose: coding(ISO_21089, 'disclose', 'Disclose Record Lifecycle Event'),
  receive: coding(ISO_21089, 'receive', 'Receive/Retain Record Lifecycle Event'),
  destroy: coding(ISO_21089, 'destroy', 'Destroy/Delete Record Lifecycle Event'),
  legalHold: coding(ISO_21089, 'hold', 'Add Legal Hold Record Lifecycle Event'),
  legalHoldLifted: coding(ISO_21089, 'unhold', 'Remove Legal Hold Record Lifecycle Event'),
  verify: coding(ISO_21089, 'verify', 'Verify Record Lifecycle Event'),
  amend: coding(ISO_21089, 'amend', 'Amend (Update) Record Lifecycle Event'),
  report: coding(ISO_21089, 'report', 'Report (Output) Record Lifecycle Event'),
  getAccessToken: coding('urn:ihe:event-type-code', 'ITI-71', 'Get Access Token'),
  byConsent: coding(AUTHZ, 'AuthZ-Consent', 'Authorization Decision using Roles and Consent'),
  user: coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP', 'information recipient'),
  organization: coding('http://terminology.hl7.org/CodeSystem/v3-RoleClass', 'PROV', 'healthcare provider'),
  authorizer: coding('http://terminology.hl7.org/CodeSystem/extra-security-role-type', 'authserver', 'authorization server'),
  tokenService: coding(AGENT_TYPES, 'AuthzOauthService', 'OAuth Authorization Service'),
  custodian: coding('http://snomed.info/sct', '159541003', 'Record keeping/library clerk')
} as const

/** AuditEvent.entity.type and .role: what it happened to. */
export const ENTITY = {
  person: coding(ENTITY_TYPE, '1', 'Person'),
  object: coding(ENTITY_TYPE, '2', 'System Object'),
  other: coding(ENTITY_TYPE, '4', 'Other'),
  consent: coding('http://hl7.org/fhir/resource-types', 'Consent', 'Consent'),
  patientRole: coding(OBJECT_ROLE, '1', 'Patient'),
  dataRole: coding(OBJECT_ROLE, '4', 'Domain Resource'),
  securityRole: coding(OBJECT_ROLE, '13', 'Security Resource'),
  jobRole: coding(OBJECT_ROLE, '20', 'Job'),
  queryRole: coding(OBJECT_ROLE, '24', 'Query')
} as const

export const APPLICATION_SERVER: Coding = coding('http://terminology.hl7.org/CodeSystem/security-source-type', '4', 'Application Server')

const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/'

/** Profiles of BALP 1.1.4 that an event may claim. */
export const PROFILE = {
  disclosureSource: `${BALP}IHE.BasicAudit.PrivacyDisclosure.Source`,
  disclosureRecipient: `${BALP}IHE.BasicAudit.PrivacyDisclosure.Recipient`,
  authzConsent: `${BALP}IHE.BasicAudit.AuthZconsent`,
  read: `${BALP}IHE.BasicAudit.Read`,
  patientRead: `${BALP}IHE.BasicAudit.PatientRead`,
  query: `${BALP}IHE.BasicAudit.Query`,
  patientQuery: `${BALP}IHE.BasicAudit.PatientQuery`,
  getAccessToken: `${BALP}IHE.IUA.71`
} as const
