/**
 * Whose record it is. The table names, for every type of R4's patient compartment (CompartmentDefinition/patient), the element that says which
 * patient the record is about; not those that say who wrote or performed it. Refuses to guess: a record that names two patients, a Group, a
 * contained or only described patient belongs to nobody; so does one that stands at one patient and says that it is about another (a mother's and her child).
 */
import type { Json } from '../digest.ts'
import { parseReference } from './identity.ts'
import type { Belonging, Identity, Resource } from './resource.ts'

/** Types about no patient, released under the agreement's own secret and not counted by the risk gate. */
export const SHARED_TYPES: ReadonlySet<string> = new Set([
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Location',
  'Medication',
  'HealthcareService',
  'Endpoint',
  // a roster: many patients', so none's; no profile lets one out
  'Group',
  'InsurancePlan',
  'OrganizationAffiliation',
  'Substance'
])

/** Type → path of the reference to its patient. */
const SUBJECT_PATHS: ReadonlyMap<string, readonly string[]> = new Map(
  [
    'Account.subject',
    'AdverseEvent.subject',
    'AllergyIntolerance.patient',
    'Appointment.participant.actor',
    'AppointmentResponse.actor',
    'AuditEvent.entity.what',
    'Basic.subject',
    'BiologicallyDerivedProduct.collection.source',
    'BodyStructure.patient',
    'CarePlan.subject',
    'CareTeam.subject',
    'ChargeItem.subject',
    'Claim.patient',
    'ClaimResponse.patient',
    'ClinicalImpression.subject',
    'Communication.subject',
    'CommunicationRequest.subject',
    'Composition.subject',
    'Condition.subject',
    'Consent.patient',
    'Contract.subject',
    'Coverage.beneficiary',
    'CoverageEligibilityRequest.patient',
    'CoverageEligibilityResponse.patient',
    'DetectedIssue.patient',
    'Device.patient',
    'DeviceRequest.subject',
    'DeviceUseStatement.subject',
    'DiagnosticReport.subject',
    'DocumentManifest.subject',
    'DocumentReference.subject',
    'Encounter.subject',
    'EnrollmentRequest.candidate',
    'EpisodeOfCare.patient',
    'ExplanationOfBenefit.patient',
    'FamilyMemberHistory.patient',
    'Flag.subject',
    'Goal.subject',
    'GuidanceResponse.subject',
    'ImagingStudy.subject',
    'Immunization.patient',
    'ImmunizationEvaluation.patient',
    'ImmunizationRecommendation.patient',
    'Invoice.subject',
    'List.subject',
    'MeasureReport.subject',
    'Media.subject',
    'MedicationAdministration.subject',
    'MedicationDispense.subject',
    'MedicationRequest.subject',
    'MedicationStatement.subject',
    'MolecularSequence.patient',
    'NutritionOrder.patient',
    'Observation.subject',
    'Procedure.subject',
    'Provenance.target',
    'QuestionnaireResponse.subject',
    'RelatedPerson.patient',
    'RequestGroup.subject',
    'ResearchSubject.individual',
    'RiskAssessment.subject',
    'Schedule.actor',
    'ServiceRequest.subject',
    'Specimen.subject',
    'SupplyDelivery.patient',
    'SupplyRequest.deliverTo',
    'Task.for',
    'VisionPrescription.patient'
  ].map((path) => {
    const [type = '', ...elements] = path.split('.')
    return [type, elements]
  })
)

/** Type → path of what it is about where that is not the patient it stands at (R4 Observation.focus: spouse, parent, fetus, donor). */
const FOCUS_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Communication', ['about']],
  ['CommunicationRequest', ['about']],
  ['Composition', ['section', 'focus']],
  ['Observation', ['focus']],
  ['Task', ['focus']]
])

/** Whose record it is. Relative references stand under the record's own base (R4 2.36.4.1). Code for 'nobody': no-subject. */
export function belonging(resource: Resource, identity: Identity, ownBases: readonly string[]): Belonging {
  if (identity.type === 'Patient') return { of: 'subject', subject: identity }
  if (SHARED_TYPES.has(identity.type)) return { of: 'shared' }
  const path = SUBJECT_PATHS.get(identity.type)
  if (path === undefined) return { of: 'nobody' }
  const found: Identity[] = []
  const take = (reference: string): void => {
    const named = parseReference(reference, ownBases)
    // whom a query would find nobody here knows: no opt-out would reach a patient of that name
    if (named === null || named.type !== 'Patient' || named.id.includes('?')) return
    const base = named.base === '' && !isAbsolute(reference) ? identity.base : named.base
    if (!found.some((other) => other.id === named.id && other.base === base)) found.push({ party: identity.party, ...named, base })
  }
  collect(resource, path, 0, take)
  const focus = FOCUS_PATHS.get(identity.type)
  if (focus !== undefined && found.length > 0) collect(resource, focus, 0, take)
  const subject = found[0]
  if (subject !== undefined && found.length === 1) return { of: 'subject', subject }
  return identity.type === 'Device' && resource['patient'] === undefined ? { of: 'shared' } : { of: 'nobody' }
}

function isAbsolute(reference: string): boolean {
  return reference.startsWith('http')
}

function collect(value: Json | undefined, path: readonly string[], at: number, take: (reference: string) => void): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, at, take)
    return
  }
  const element = path[at]
  if (element !== undefined) collect(value[element], path, at + 1, take)
  else if (typeof value['reference'] === 'string') take(value['reference'])
}
