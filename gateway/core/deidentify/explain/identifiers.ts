/**
 * Where each identifier of the law can stand in FHIR R4: the words of 45 CFR 164.514(b)(2)(i)(A)-(R) and (e)(2)(i)-(xvi), and the datatypes, elements of
 * datatypes and elements of resources that hold such a value by their definition in R4. Text that FHIR leaves free can hold any of them: that is (R).
 * Extensions, contained resources and unknown names are not here: the first are an allow-list, the second are read as records, the last always go.
 */

export interface Identifier {
  /** `(A)`, `(xvi)` */
  readonly letter: string
  readonly law: string
  /** HumanName: anywhere such a value stands; Address.city: that element of any such value; Device.serialNumber: that element of that resource. */
  readonly stands: readonly string[]
}

const NAMES = ['HumanName', 'ContactDetail.name', 'Annotation.authorString', 'Reference.display', 'Organization.name', 'Organization.alias']
const SITES = ['Location.name', 'Location.alias', 'Location.description', 'Location.position']
const SMALL_AREAS = ['Address.line', 'Address.city', 'Address.district', 'Address.postalCode', 'Address.text', ...SITES]
const AGES = [
  'Age',
  'AllergyIntolerance.onsetRange',
  'Condition.onsetRange',
  'Condition.abatementRange',
  'FamilyMemberHistory.ageRange',
  'FamilyMemberHistory.ageString',
  'FamilyMemberHistory.deceasedRange',
  'FamilyMemberHistory.condition.onsetRange',
  'Observation.valueQuantity',
  'Observation.valueRange',
  'Observation.valueInteger',
  'Observation.component.valueQuantity',
  'Observation.component.valueRange',
  'Observation.component.valueInteger',
  'Procedure.performedRange',
  'RiskAssessment.prediction.whenRange'
]
const DATES = ['date', 'dateTime', 'instant', 'time']
const CONTACT = ['ContactPoint.value']
const NUMBER = ['Identifier.value']
const RECORD_NUMBERS = ['Identifier.value', 'Resource.id', 'Reference.reference', 'Meta.versionId']
const PLAN_NUMBERS = ['Identifier.value', 'Coverage.subscriberId', 'Coverage.dependent', 'Coverage.class.value', 'Coverage.class.name']
const ACCOUNTS = [
  'Identifier.value',
  'Claim.insurance.preAuthRef',
  'ClaimResponse.preAuthRef',
  'CoverageEligibilityResponse.preAuthRef',
  'ExplanationOfBenefit.preAuthRef',
  'ExplanationOfBenefit.insurance.preAuthRef'
]
const DEVICES = [
  'Identifier.value',
  'Device.serialNumber',
  'Device.lotNumber',
  'Device.distinctIdentifier',
  'Device.udiCarrier.deviceIdentifier',
  'Device.udiCarrier.carrierHRF',
  'Device.udiCarrier.carrierAIDC'
]
const ADDRESSES = ['url', 'uri', 'canonical', 'oid', 'uuid']
const NETWORK = ['AuditEvent.agent.network.address', 'Endpoint.address']
const BIOMETRICS = ['base64Binary', 'SampledData.data', 'MolecularSequence.observedSeq']
const PORTRAITS = ['Patient.photo', 'Person.photo', 'Practitioner.photo', 'RelatedPerson.photo', 'Media.content', 'BodyStructure.image']
/** Whatever else a record attaches (DocumentReference, DiagnosticReport, an answer) may be a picture, too. */
const PHOTOGRAPHS = [...PORTRAITS, 'Attachment']
const ANY_TEXT = ['string', 'markdown', 'xhtml', 'id', 'base64Binary', 'uri', 'url', 'canonical', 'oid', 'uuid']

/** Both lists have these, under their own letters. */
const BOTH: readonly (readonly [law: string, stands: readonly string[]])[] = [
  ['Telephone numbers', CONTACT],
  ['Fax numbers', CONTACT],
  ['Electronic mail addresses', CONTACT],
  ['Social security numbers', NUMBER],
  ['Medical record numbers', RECORD_NUMBERS],
  ['Health plan beneficiary numbers', PLAN_NUMBERS],
  ['Account numbers', ACCOUNTS],
  ['Certificate and license numbers', NUMBER],
  ['Vehicle identifiers and serial numbers, including license plate numbers', NUMBER],
  ['Device identifiers and serial numbers', DEVICES],
  ['Web Universal Resource Locators (URLs)', ADDRESSES],
  ['Internet Protocol (IP) addresses', NETWORK],
  ['Biometric identifiers, including finger and voice prints', BIOMETRICS],
  ['Full-face photographic images and any comparable images', PHOTOGRAPHS]
]
const ROMAN = ['iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x', 'xi', 'xii', 'xiii', 'xiv', 'xv', 'xvi']

/** 45 CFR 164.514(b)(2)(i). */
export const SAFE_HARBOR: readonly Identifier[] = [
  { letter: '(A)', law: 'Names', stands: NAMES },
  { letter: '(B)', law: 'Geographic subdivisions smaller than a State, except the first three digits of a ZIP code', stands: SMALL_AREAS },
  { letter: '(C)', law: 'Elements of dates except the year, and ages over 89', stands: [...DATES, ...AGES] },
  ...BOTH.map(([law, stands], n) => ({ letter: `(${String.fromCharCode(68 + n)})`, law, stands })),
  { letter: '(R)', law: 'Any other unique identifying number, characteristic or code', stands: ANY_TEXT }
]

/** 45 CFR 164.514(e)(2). */
export const LIMITED_DATA_SET: readonly Identifier[] = [
  { letter: '(i)', law: 'Names', stands: NAMES },
  {
    letter: '(ii)',
    law: 'Postal address information, other than town or city, State and ZIP code',
    stands: ['Address.line', 'Address.district', 'Address.text', ...SITES]
  },
  ...BOTH.map(([law, stands], n) => ({ letter: `(${ROMAN[n]})`, law, stands }))
]
