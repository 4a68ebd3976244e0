/**
 * Whom or what the display of a FHIR Reference names: a person, a facility, or something else that a note may keep ("Type 2 diabetes"). Told by the type of the
 * target, then by a title, then by where it stands. What shows no sign of being something else is a person.
 */
import { contextWords } from '../words/context.ts'
import { WORD } from '../words/words.ts'

/** "perhaps": a person, unless the records have a facility of this name. */
export type Named = 'person' | 'perhaps' | 'facility' | null

interface Shown {
  /** Reference.type and Reference.reference: a type, a type and an id, a URL, a search */
  readonly targets: readonly string[]
  /** the key it stands under */
  readonly key: string
  readonly display: string
}

export function namedBy({ targets, key, display }: Shown): Named {
  const is = (pattern: RegExp): boolean => targets.some((target) => pattern.test(target))
  if (is(PERSONS)) return 'person'
  if (is(FACILITIES) || FACILITY_KEYS.has(key) || key.endsWith('Organization')) return 'facility'
  if (TITLED.test(display)) return 'person'
  if (is(OTHERS) || THING_KEYS.has(key) || key.endsWith('Coding')) return null
  return isCalledFacility(display) ? 'facility' : 'perhaps'
}

/** In "Practitioner/1", "https://…/Practitioner/1", "Practitioner?identifier=…", ".../StructureDefinition/us-core-practitioner". */
const PERSONS = /(?:^|[/-])(?:patient|practitioner|practitionerrole|relatedperson|person)(?:[/?|]|$)/i
const FACILITIES = /(?:^|[/-])(?:organization|location|healthcareservice)(?:[/?|]|$)/i
/** Any other type: that of a contained resource, of urn:uuid, or of an identifier is not told. */
const OTHERS = /(?:^|\/)[A-Z][a-z]+(?:[A-Z][a-z]+)*(?:[/?|]|$)/

/** But not "MR brain", "DR chest": in capitals they are ways to make an image. */
const TITLED = /^(?:[Dd]r|[Mm]rs?|MRS|[Mm]s|Miss|Prof|(?:DR|MR|MS)\.)(?!\p{L})/u

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/))
}

/** Where R4 wants an organisation or a place, and nobody. */
const FACILITY_KEYS = setOf(`
  administeredBy assigner costCenter custodian deliverFrom destination domain facility healthcareService insurer issuer location locationReference offeredIn
  organization origin ownedBy payor paymentIssuer providedBy serviceProvider site sponsor`)

/** Where R4 and R5 want neither person nor facility, a Coding among them; a maker or an authority is nobody's own. */
const THING_KEYS = setOf(`
  account accounts addresses allergyIntolerance assessment authority basedOn basis bodySite bodyStructure carePlan careTeam chargeItem chargeItemReference claim
  claimResponse class clinicalTrial code codeReference coding communicationRequest complication complicationDetail condition consent contains content
  contentReference context contract contraindication coverage definition definitionReference derivedFrom detail details detectedIssue device diagnosis
  diagnosisReference document encounter endpoint enrollment entityReference entry episodeOfCare evaluatedResource evaluationMessage event eventHistory
  eventReference evidence finding focalDevice focus goal hasMember imagingStudy immunizationEvent implicated inResponseTo indication indicationReference
  information ingredient instance insurance investigation item itemReference link manipulated manufacturer manufacturerReference measure medication
  medicationReference network observation order outcome outcomeReference outputParameters parent partOf payment plan pointer prescription
  authorizingPrescription originalPrescription priorPrescription priorRequest previous problem procedure procedureReference product productReference
  prognosisReference protocol reaction reason reasonReference referral referralRequest regulator related relatesTo relevantHistory replaces report request
  resource response result resultingCondition schedule security series service slot sourceReference specimen specimenRequirement stage statusReason
  statusReasonReference study subjectMedicalHistory substance substanceReference supportingImmunization supportingInfo supportingInformation
  supportingPatientInformation suspectEntity tag team topic topicReference trigger typeReference udi undesirableEffect usedReference vaccine why`)

const FACILITY_WORDS: ReadonlySet<string> = new Set([
  ...Array.from(contextWords()).flatMap(({ word, bits }) => ((bits & WORD.facility) === 0 ? [] : [word])),
  ...setOf(
    'agency company corp department foundation group inc insurance laboratories laboratory labs llc ltd services system trust unit ward'
  )
])

/** "Tulgey Wood Care": what no person is called ends it, or stands in it. */
function isCalledFacility(display: string): boolean {
  return display
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .some((word, at) => at > 0 && FACILITY_WORDS.has(word))
}
