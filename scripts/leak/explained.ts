/**
 * The other half of the scan: not what must not leave, but what may. Every text of a Safe Harbor output must be of a kind this page names (a random id, a
 * year, a code of a public system, a word FHIR lists, a state, three digits of a ZIP code); every other is reported as unexplained, whoever's it is.
 */
import { PUBLIC_SYSTEM } from './plant.ts'
import type { Entity } from './read.ts'

/** One kind of text that may leave: at which keys, of what shape. */
interface Kind {
  readonly key: RegExp
  readonly shape: RegExp
  readonly beside?: (parent: Entity) => boolean
}

const hasPublicSystem = (parent: Entity): boolean => typeof parent['system'] === 'string' && PUBLIC_SYSTEM.test(parent['system'])
const isQuantity = (parent: Entity): boolean => 'value' in parent

/** Elements that hold a date, by their names. */
export const DATE_KEY =
  /date|time|period|^last|^(start|end|onset|created|issued|authored|authoredOn|recorded|started|sent|received|born)|whenPrepared|whenHandedOver/i

const YEAR = /^(1[6-9]|2[01])\d\d$/
/** Extensions whose whole value is a list of codes, and our own. */
const EXTENSIONS =
  /^(http:\/\/hl7\.org\/fhir\/StructureDefinition\/data-absent-reason|http:\/\/hl7\.org\/fhir\/us\/core\/StructureDefinition\/us-core-(race|ethnicity|birthsex)|urn:sallyport:[a-z0-9:-]+|ombCategory|text)$/
const RACES =
  /^((American Indian or Alaska Native|Asian|Black or African American|Native Hawaiian or Other Pacific Islander|White|Other Race|(Not )?Hispanic or Latino|asked but unknown|unknown)(, )?)+$/

const KINDS: readonly Kind[] = [
  { key: /^resourceType$/, shape: /^[A-Z][A-Za-z]{3,40}$/ },
  { key: /^id$/, shape: /^([0-9a-f]{32}|c\d{1,5})$/ },
  { key: /^reference$/, shape: /^([A-Z][A-Za-z]{3,40}\/[0-9a-f]{32}|#c\d{1,5})$/ },
  { key: /^system$/, shape: PUBLIC_SYSTEM },
  { key: /^code$/, shape: /^[^\s@]{1,100}$/, beside: hasPublicSystem },
  { key: /^unit$/, shape: /^[^\s@]{1,30}$/, beside: isQuantity },
  { key: /^url$/, shape: EXTENSIONS },
  { key: /^valueString$/, shape: RACES, beside: (parent) => parent['url'] === 'text' },
  { key: /^state$/, shape: /^[A-Z]{2}$/ },
  { key: /^postalCode$/, shape: /^\d{3}$/ },
  { key: /^country$/, shape: /^(USA?|United States( of America)?)$/ },
  // 21 CFR 801.40: the device identifier names a model; what names one piece goes
  { key: /^deviceIdentifier$/, shape: /^(\d{14}|\+[A-Z]\d{3}[0-9A-Z]{2,19}|=\/[A-Z0-9]{14,15})$/ },
  { key: /^(issuer|jurisdiction)$/, shape: /^http:\/\/hl7\.org\/fhir\/NamingSystem\/[a-z0-9-]+$/ },
  { key: /^linkId$/, shape: /^([1-9](\.[1-9]){0,5}|(\/\d{3,6}-\d){1,3})$/ },
  { key: /^definition$/, shape: /^http:\/\/loinc\.org\/(fhir\/DataElement\/)?\d{1,6}-\d$/ },
  { key: /^when$/, shape: /^[A-Z]{1,5}(\.[a-z]+)?$/ },
  { key: /^comparator$/, shape: /^[<>]=?$/ },
  { key: DATE_KEY, shape: YEAR },
  // one word FHIR lists for the element, as active, in-progress, PRN, 1.1.1 never: such a word holds no number of two digits and more
  {
    key: /^(?!(id|display|text|data|div|title|name|description|family|given|line|city|district|value)$)[a-z]\w*$/,
    shape: /^[A-Za-z]([a-z]|-|[A-Z](?![A-Z]{6})|\d(?!\d)){0,40}$/
  }
]

/** The same in whatever record: the name of a type, the URL of an extension, the country. A planted 'medication' or 'fhir' is no news there. */
export function isConstant(parent: Entity, key: string, text: string): boolean {
  return /^(resourceType|url|country|definition)$/.test(key) && isExplained(parent, key, text)
}

export function isExplained(parent: Entity, key: string, text: string): boolean {
  return KINDS.some((kind) => kind.key.test(key) && kind.shape.test(text) && (kind.beside?.(parent) ?? true))
}

/** At most six significant digits: more may be somebody's number. */
export function isMeasured(value: number): boolean {
  const digits = String(Math.abs(value)).replace(/e.*$/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '')
  return digits.length <= 6
}
