/**
 * By which dates a record is placed in time, per FHIR R4 type of the patient compartment. An event has one day (or the day it began); a state (a
 * condition, a coverage, a plan) lasts from its start to its end. Types without a clinical date are named too; a type that is in neither table
 * cannot be placed, so a date window keeps it in.
 */

/** Element paths as JSON names them, the first that is there counts. `ends` present: a state. */
export interface ClinicalDate {
  readonly starts: readonly string[]
  readonly ends?: readonly string[]
}

const occurrence = ['occurrenceDateTime', 'occurrencePeriod.start', 'authoredOn']
const effective = ['effectiveDateTime', 'effectivePeriod.start']
const period: ClinicalDate = { starts: ['period.start'], ends: ['period.end'] }

export const CLINICAL_DATES: ReadonlyMap<string, ClinicalDate> = new Map<string, ClinicalDate>([
  ['Account', { starts: ['servicePeriod.start'], ends: ['servicePeriod.end'] }],
  ['AdverseEvent', { starts: ['date', 'detected', 'recordedDate'] }],
  ['AllergyIntolerance', { starts: ['onsetDateTime', 'onsetPeriod.start', 'recordedDate'], ends: [] }],
  ['Appointment', { starts: ['start', 'requestedPeriod.start', 'created'] }],
  ['AppointmentResponse', { starts: ['start'] }],
  ['Basic', { starts: ['created'] }],
  ['CarePlan', { starts: ['period.start', 'created'], ends: ['period.end'] }],
  ['CareTeam', period],
  ['ChargeItem', { starts: ['occurrenceDateTime', 'occurrencePeriod.start', 'enteredDate'] }],
  ['Claim', { starts: ['billablePeriod.start', 'created'] }],
  ['ClaimResponse', { starts: ['created'] }],
  ['ClinicalImpression', { starts: [...effective, 'date'] }],
  ['Communication', { starts: ['sent', 'received'] }],
  ['CommunicationRequest', { starts: occurrence }],
  ['Composition', { starts: ['date'] }],
  ['Condition', { starts: ['onsetDateTime', 'onsetPeriod.start', 'recordedDate'], ends: ['abatementDateTime', 'abatementPeriod.end'] }],
  ['Consent', { starts: ['dateTime'] }],
  ['Coverage', period],
  ['CoverageEligibilityRequest', { starts: ['servicedDate', 'servicedPeriod.start', 'created'] }],
  ['CoverageEligibilityResponse', { starts: ['servicedDate', 'servicedPeriod.start', 'created'] }],
  ['DetectedIssue', { starts: ['identifiedDateTime', 'identifiedPeriod.start'] }],
  ['DeviceRequest', { starts: occurrence }],
  ['DeviceUseStatement', { starts: ['timingDateTime', 'timingPeriod.start', 'recordedOn'] }],
  ['DiagnosticReport', { starts: [...effective, 'issued'] }],
  ['DocumentManifest', { starts: ['created'] }],
  ['DocumentReference', { starts: ['context.period.start', 'date'] }],
  ['Encounter', { starts: ['period.start'] }],
  ['EnrollmentRequest', { starts: ['created'] }],
  ['EpisodeOfCare', period],
  ['ExplanationOfBenefit', { starts: ['billablePeriod.start', 'created'] }],
  ['FamilyMemberHistory', { starts: ['date'] }],
  ['Flag', period],
  ['Goal', { starts: ['startDate', 'statusDate'], ends: [] }],
  ['ImagingStudy', { starts: ['started'] }],
  ['Immunization', { starts: ['occurrenceDateTime', 'recorded'] }],
  ['ImmunizationEvaluation', { starts: ['date'] }],
  ['ImmunizationRecommendation', { starts: ['date'] }],
  ['Invoice', { starts: ['date'] }],
  ['List', { starts: ['date'] }],
  ['MeasureReport', { starts: ['period.start', 'date'] }],
  ['Media', { starts: ['createdDateTime', 'createdPeriod.start', 'issued'] }],
  ['MedicationAdministration', { starts: effective }],
  ['MedicationDispense', { starts: ['whenHandedOver', 'whenPrepared'] }],
  ['MedicationRequest', { starts: ['authoredOn'] }],
  ['MedicationStatement', { starts: [...effective, 'dateAsserted'] }],
  ['NutritionOrder', { starts: ['dateTime'] }],
  ['Observation', { starts: [...effective, 'effectiveInstant', 'issued'] }],
  ['Procedure', { starts: ['performedDateTime', 'performedPeriod.start'] }],
  ['Provenance', { starts: ['occurredDateTime', 'occurredPeriod.start', 'recorded'] }],
  ['QuestionnaireResponse', { starts: ['authored'] }],
  ['RequestGroup', { starts: ['authoredOn'] }],
  ['ResearchSubject', period],
  ['RiskAssessment', { starts: ['occurrenceDateTime', 'occurrencePeriod.start'] }],
  ['Schedule', { starts: ['planningHorizon.start'] }],
  ['ServiceRequest', { starts: occurrence }],
  ['Specimen', { starts: ['collection.collectedDateTime', 'collection.collectedPeriod.start', 'receivedTime'] }],
  ['SupplyDelivery', { starts: ['occurrenceDateTime', 'occurrencePeriod.start'] }],
  ['SupplyRequest', { starts: occurrence }],
  ['Task', { starts: ['executionPeriod.start', 'authoredOn'] }],
  ['VisionPrescription', { starts: ['dateWritten', 'created'] }]
])

/** Not events: who, where and with what. A date window does not concern them. */
export const UNDATED: ReadonlySet<string> = new Set([
  'BodyStructure',
  'Device',
  'Endpoint',
  'Group',
  'HealthcareService',
  'InsurancePlan',
  'Location',
  'Medication',
  'MolecularSequence',
  'Organization',
  'OrganizationAffiliation',
  'Patient',
  'Person',
  'Practitioner',
  'PractitionerRole',
  'RelatedPerson',
  'Substance'
])
