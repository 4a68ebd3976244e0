/**
 * What of a C-CDA document (HL7 CDA R2, C-CDA 2.1) may leave: elements, attributes and codes by name. What is not in these tables is dropped with all it
 * holds, so that participants, their ids, addresses, numbers and times never come near the output.
 */
import { UCUM_UNITS } from '../../../generated/terms.ts'
import { CHECK_DIGITS } from '../../deidentify/values/check-digits.ts'

const set = (names: string): ReadonlySet<string> => new Set(names.split(' '))

/** Children of ClinicalDocument that are read. */
export const HEADER = set('realmCode typeId templateId code title effectiveTime confidentialityCode languageCode component')

/** What CDA asks of a header and nobody may know: in this order, behind languageCode. */
export const NOBODY =
  '<recordTarget><patientRole><id nullFlavor="MSK"/></patientRole></recordTarget>' +
  '<author><time nullFlavor="MSK"/><assignedAuthor><id nullFlavor="MSK"/></assignedAuthor></author>' +
  '<custodian><assignedCustodian><representedCustodianOrganization><id nullFlavor="MSK"/></representedCustodianOrganization></assignedCustodian></custodian>'

/** Elements of the body that are written; their own text is not, but for those of TEXTS. */
export const BODY = set(
  'structuredBody section component templateId code title text entry entryRelationship act observation organizer procedure encounter supply ' +
    'substanceAdministration consumable product manufacturedProduct manufacturedMaterial manufacturedLabeledDrug participant participantRole ' +
    'playingEntity playingDevice precondition criterion referenceRange observationRange interpretationCode methodCode targetSiteCode approachSiteCode ' +
    'translation qualifier name value originalText statusCode effectiveTime low high center width period time priorityCode repeatNumber routeCode ' +
    'doseQuantity rateQuantity maxDoseQuantity numerator denominator administrationUnitCode quantity independentInd sequenceNumber specimen ' +
    'specimenRole specimenPlayingEntity subject relatedSubject languageCode confidentialityCode desc id expectedUseTime'
)
/** Written empty: CDA asks for them. */
export const EMPTIED = set('id')
/** Elements whose text is scrubbed; a name only of a product (NAMED). */
export const TEXTS = set('title text originalText desc value name')
export const NAMED = set('manufacturedMaterial manufacturedLabeledDrug')

/** Within a section's text. Others lose their tags, those of GONE all they hold. */
export const NARRATIVE = set('content paragraph list item caption table colgroup col thead tbody tfoot tr th td br sub sup footnote')
export const INLINE = set('content sub sup linkHtml footnoteRef')
export const GONE = set('renderMultiMedia observationMedia nonXMLBody reference')

const WORD = /^[A-Za-z]{1,12}$/
const TRUTH = /^(?:true|false)$/
const NUMBER = /^[1-9]\d?$/
const CODED_WORD = /^[A-Z]{2,10}$/

/** Attributes that are words of the standard. */
export const WORDS: ReadonlyMap<string, RegExp> = new Map([
  ['classCode', CODED_WORD],
  ['moodCode', CODED_WORD],
  ['typeCode', CODED_WORD],
  ['determinerCode', CODED_WORD],
  ['nullFlavor', CODED_WORD],
  ['contextControlCode', CODED_WORD],
  ['operator', /^[AEHIP]$/],
  ['contextConductionInd', TRUTH],
  ['inversionInd', TRUTH],
  ['negationInd', TRUTH],
  ['institutionSpecified', TRUTH],
  ['inclusive', TRUTH],
  ['colspan', NUMBER],
  ['rowspan', NUMBER],
  ['listType', /^(?:ordered|unordered)$/],
  ['align', WORD]
])

/** xsi:type of a value. */
export const VALUE_TYPES = set('CD CE CO CV CS PQ ST ED INT REAL BL TS IVL_TS PIVL_TS EIVL_TS IVL_PQ IVL_INT RTO RTO_PQ_PQ SXCM_TS MO')
/** Data types of a text of their own. */
export const TEXT_TYPES = set('ST ED')

/** Where templates of HL7 and IHE come from; an extension is the day of a version of the template. */
export const TEMPLATE_ROOT = /^(?:2\.16\.840\.1\.113883\.10\.20|2\.16\.840\.1\.113883\.1\.3|1\.3\.6\.1\.4\.1\.19376)(?:\.\d{1,6}){0,12}$/
export const TEMPLATE_VERSION = /^(?:20[0-3]\d-[01]\d-[0-3]\d|POCD_HD000040)$/

/** Systems whose codes could be numbers of a person: by the shape that safe-harbor gives them (a test compares both), and the check digit. */
export const NUMBERED: ReadonlyMap<string, { readonly system: string; readonly shape: RegExp }> = new Map([
  [
    '2.16.840.1.113883.6.1',
    { system: 'http://loinc.org', shape: /^(?:(?:[0-9]{1,5}-[0-9]|1[0-4][0-9]{4}-[0-9]|LA[1-9][0-9]{0,4}-[0-9]|LP[1-9][0-9]{0,5}-[0-9]))$/ }
  ],
  [
    '2.16.840.1.113883.6.96',
    {
      system: 'http://snomed.info/sct',
      shape:
        /^(?:[1-9][0-9]{2,5}00[0-9]|1[0-9]{6}00[0-9]|900000000000[0-9]{3}00[0-9]|(?:[1-9][0-9]{0,5}|1[0-9]{6})1000(?:00[045]|087|112|119|124|132|17[59]|224)10[0-9])$/
    }
  ],
  [
    '2.16.840.1.113883.6.88',
    { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', shape: /^(?:[1-9][0-9]{0,5}|1[0-9]{6}|2[0-7][0-9]{5})$/ }
  ],
  [
    '2.16.840.1.113883.6.69',
    {
      system: 'http://hl7.org/fhir/sid/ndc',
      shape:
        /^(?:[0-9]{5}-(?:[0-9]{4}-[0-9]|[0-9]{3}-[0-9]{2})|[0-9]{4}-[0-9]{4}-[0-9]{2}|(?=0|.{5}-?0|.{9,11}0.$)[0-9]{5}(?:-[0-9]{4}-|[0-9]{4})[0-9]{2})$/
    }
  ]
])

/** The others, and the shape their codes have; of HL7's own lists, words. */
const SYSTEMS: ReadonlyMap<string, RegExp> = new Map([
  ['2.16.840.1.113883.6.90', /^[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?$/],
  ['2.16.840.1.113883.6.4', /^[0-9A-HJ-NP-Z]{7}$/],
  ['2.16.840.1.113883.6.103', /^[VE]?\d{2,3}(?:\.\d{1,2})?$/],
  ['2.16.840.1.113883.6.104', /^\d{2}(?:\.\d{1,2})?$/],
  ['2.16.840.1.113883.6.12', /^\d{4}[0-9FTU]$/],
  ['2.16.840.1.113883.6.285', /^[A-V]\d{4}$/],
  ['2.16.840.1.113883.12.292', /^\d{1,3}$/],
  ['2.16.840.1.113883.4.9', /^[0-9A-Z]{10}$/],
  ['2.16.840.1.113883.3.26.1.1', /^C\d{2,7}$/]
])
const HL7_SYSTEM = /^2\.16\.840\.1\.113883\.(?:5|12)\.\d{1,4}$/
const HL7_CODE = /^(?:[A-Za-z]{1,16}|\d{1,2})$/
/** Of statusCode, priorityCode and the like, whose system is fixed. */
const BARE_CODE = /^[A-Za-z]{1,12}(?:-[A-Z]{2})?$/

/** `system`: an OID; undefined, as with statusCode, whose system is fixed. */
export function isCode(system: string | undefined, code: string): boolean {
  if (system === undefined) return BARE_CODE.test(code)
  const numbered = NUMBERED.get(system)
  if (numbered !== undefined) return numbered.shape.test(code) && CHECK_DIGITS.get(numbered.system)?.(code) !== false
  return (SYSTEMS.get(system) ?? (HL7_SYSTEM.test(system) ? HL7_CODE : null))?.test(code) === true
}

export const UNITS: ReadonlySet<string> = new Set(['1', ...UCUM_UNITS.split('\t')])
/** Units of time as parts of a year. */
export const YEARS: ReadonlyMap<string, number> = new Map([
  ['a', 1],
  ['a_j', 1],
  ['a_g', 1],
  ['a_t', 1],
  ['mo', 1 / 12],
  ['mo_j', 1 / 12],
  ['wk', 7 / 365.25],
  ['d', 1 / 365.25],
  ['h', 1 / 8766]
])
