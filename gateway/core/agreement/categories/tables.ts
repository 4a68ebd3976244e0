/**
 * From a coding to the sensitive category it is of: the tables by code system, each under every name the system goes by. Decides; a code whose system is not said is
 * looked for in every clinical table, for in doubt it is sensitive. A system that is not here has no table.
 */
import type { Json } from '../../digest.ts'
import type { Category } from './categories.ts'
import { DRUGS, LOINC, RXNORM, SNOMED } from './codes.ts'
import { icdCategory } from './icd.ts'
import { ACT_CODES, CONFIDENTIALITY } from './labels.ts'

type Find = (code: string, display: Json | undefined) => Category | null

/** `system` undefined: not said. */
export function categoryOf(system: Json | undefined, code: string, display: Json | undefined): Category | null {
  if (typeof system === 'string') return BY_SYSTEM.get(system)?.(code, display) ?? null
  if (system !== undefined) return null
  return icdCategory(code) ?? snomed(code, display) ?? loinc(code, display) ?? rxnorm(code, display)
}

function exactly(rows: readonly (readonly [Category, string])[]): Find {
  const table = words(rows)
  return (code) => table.get(code) ?? null
}

function words(rows: readonly (readonly [Category, string])[]): ReadonlyMap<string, Category> {
  return new Map(rows.flatMap(([category, codes]) => codes.split(' ').map((code) => [code, category] as const)))
}

const snomed = exactly(SNOMED)
const loinc = exactly(LOINC)
const ingredients = exactly(RXNORM)
const drugNames = words(DRUGS)

/** By what the coding is called: every product, strength and package has a code of its own. */
const drug: Find = (_, display) => {
  if (typeof display !== 'string') return null
  for (const word of display.toLowerCase().split(/[^a-z]+/)) {
    const found = drugNames.get(word)
    if (found !== undefined) return found
  }
  return null
}

const rxnorm: Find = (code, display) => ingredients(code, display) ?? drug(code, display)

const SYSTEMS: readonly (readonly [find: Find, names: readonly string[]])[] = [
  [
    icdCategory,
    [
      'http://hl7.org/fhir/sid/icd-10-cm',
      'http://hl7.org/fhir/sid/icd-10',
      'http://hl7.org/fhir/sid/icd-10-us',
      'http://www.cms.gov/Medicare/Coding/ICD10',
      'urn:oid:2.16.840.1.113883.6.90',
      'urn:oid:2.16.840.1.113883.6.3'
    ]
  ],
  [snomed, ['http://snomed.info/sct', 'urn:oid:2.16.840.1.113883.6.96']],
  [loinc, ['http://loinc.org', 'https://loinc.org', 'urn:oid:2.16.840.1.113883.6.1']],
  [rxnorm, ['http://www.nlm.nih.gov/research/umls/rxnorm', 'urn:oid:2.16.840.1.113883.6.88']],
  [drug, ['http://hl7.org/fhir/sid/ndc', 'urn:oid:2.16.840.1.113883.6.69', 'http://www.whocc.no/atc']],
  [
    exactly(ACT_CODES),
    ['http://terminology.hl7.org/CodeSystem/v3-ActCode', 'http://hl7.org/fhir/v3/ActCode', 'urn:oid:2.16.840.1.113883.5.4']
  ],
  [
    exactly(CONFIDENTIALITY),
    ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'http://hl7.org/fhir/v3/Confidentiality', 'urn:oid:2.16.840.1.113883.5.25']
  ]
]

const BY_SYSTEM: ReadonlyMap<string, Find> = new Map(SYSTEMS.flatMap(([find, names]) => names.map((name) => [name, find] as const)))
