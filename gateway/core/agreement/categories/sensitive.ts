/**
 * Whether a record is of a sensitive category that the agreement does not grant. Decides by every coding in it, wherever it stands (a reason, an extension, a
 * contained resource), by the security labels it carries, and by its type. In doubt it is sensitive: a code without a system is looked for in every table.
 */
import type { Json } from '../../digest.ts'
import type { Code } from '../../errors.ts'
import type { Resource } from '../../fhir/resource.ts'
import { CATEGORIES, type Category } from './categories.ts'
import { DRUGS, LOINC, RXNORM, SNOMED } from './codes.ts'
import { icdCategory, icdTable } from './icd.ts'
import { ACT_CODES, CONFIDENTIALITY } from './labels.ts'

type Members = { [member: string]: Json | undefined }
type Find = (code: string, display: Json | undefined) => Category | null

/** Records that are of a category by being what they are: 45 CFR 160.103, genetic information. */
const TYPES: ReadonlyMap<string, Category> = new Map<string, Category>([
  ['MolecularSequence', 'genetic'],
  ['FamilyMemberHistory', 'genetic']
])

/** The code of the category that keeps a record in; null: none does. Compiled once for what an agreement grants. */
export function withheldCategory(granted: readonly Category[]): (resource: Resource) => Code | null {
  const denied = new Map<Category, Code>(
    [...CATEGORIES].filter(([name]) => !granted.includes(name)).map(([name, { code }]) => [name, code])
  )
  if (denied.size === 0) return () => null
  const look = lookIn(tables(denied))
  const codeOf = (found: Category | null | undefined): Code | null => (found ? (denied.get(found) ?? null) : null)
  return (resource) => codeOf(TYPES.get(resource.resourceType)) ?? codeOf(look(resource))
}

interface Tables {
  readonly bySystem: ReadonlyMap<string, Find>
  /** for codes whose system is not said */
  readonly all: Find
}

/** Walks all of it. A category of another code that stands later is not looked for: one is enough. */
function lookIn({ bySystem, all }: Tables): (value: Members) => Category | null {
  const ofCoding = (coding: Members, code: string): Category | null => {
    const system = coding['system']
    if (typeof system === 'string') return bySystem.get(system)?.(code, coding['display']) ?? null
    return system === undefined ? all(code, coding['display']) : null
  }
  const lookAt = (member: Json | undefined): Category | null => (member !== null && typeof member === 'object' ? look(member) : null)
  const lookThrough = (items: readonly Json[]): Category | null => {
    for (const item of items) {
      const found = lookAt(item)
      if (found !== null) return found
    }
    return null
  }
  const look = (value: Json[] | Members): Category | null => {
    if (Array.isArray(value)) return lookThrough(value)
    const code = value['code']
    const own = typeof code === 'string' ? ofCoding(value, code) : null
    if (own !== null) return own
    for (const name in value) {
      const found = lookAt(value[name])
      if (found !== null) return found
    }
    return null
  }
  return look
}

/** Each code system under every name it goes by: its FHIR URI, older ones, its OID. */
const SYSTEMS: readonly (readonly [keyof ReturnType<typeof finders>, readonly string[]])[] = [
  [
    'icd',
    [
      'http://hl7.org/fhir/sid/icd-10-cm',
      'http://hl7.org/fhir/sid/icd-10',
      'http://hl7.org/fhir/sid/icd-10-us',
      'http://www.cms.gov/Medicare/Coding/ICD10',
      'urn:oid:2.16.840.1.113883.6.90',
      'urn:oid:2.16.840.1.113883.6.3'
    ]
  ],
  ['snomed', ['http://snomed.info/sct', 'urn:oid:2.16.840.1.113883.6.96']],
  ['loinc', ['http://loinc.org', 'https://loinc.org', 'urn:oid:2.16.840.1.113883.6.1']],
  ['rxnorm', ['http://www.nlm.nih.gov/research/umls/rxnorm', 'urn:oid:2.16.840.1.113883.6.88']],
  ['drugs', ['http://hl7.org/fhir/sid/ndc', 'urn:oid:2.16.840.1.113883.6.69', 'http://www.whocc.no/atc']],
  ['act', ['http://terminology.hl7.org/CodeSystem/v3-ActCode', 'http://hl7.org/fhir/v3/ActCode', 'urn:oid:2.16.840.1.113883.5.4']],
  [
    'confidentiality',
    ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'http://hl7.org/fhir/v3/Confidentiality', 'urn:oid:2.16.840.1.113883.5.25']
  ]
]

type Denied = ReadonlyMap<Category, Code>

function tables(denied: Denied): Tables {
  const made = finders(denied)
  const clinical = [made.icd, made.snomed, made.loinc, made.rxnorm]
  return {
    bySystem: new Map(SYSTEMS.flatMap(([name, systems]) => systems.map((system) => [system, made[name]] as const))),
    all: (code, display) => {
      for (const find of clinical) {
        const found = find(code, display)
        if (found !== null) return found
      }
      return null
    }
  }
}

function finders(denied: Denied): Record<'icd' | 'snomed' | 'loinc' | 'rxnorm' | 'drugs' | 'act' | 'confidentiality', Find> {
  const icd = icdTable()
  const drugs = drugFinder(denied)
  const rxnorm = exactly(RXNORM, denied)
  return {
    icd: (code) => {
      const found = icdCategory(icd, code)
      return found !== null && denied.has(found) ? found : null
    },
    snomed: exactly(SNOMED, denied),
    loinc: exactly(LOINC, denied),
    rxnorm: (code, display) => rxnorm(code, display) ?? drugs(code, display),
    drugs,
    act: exactly(ACT_CODES, denied),
    confidentiality: exactly(CONFIDENTIALITY, denied)
  }
}

function exactly(rows: readonly (readonly [Category, string])[], denied: Denied): Find {
  const table = new Map(
    rows
      .filter(([category]) => denied.has(category))
      .flatMap(([category, codes]) => codes.split(' ').map((code) => [code, category] as const))
  )
  return (code) => table.get(code) ?? null
}

/** By what the coding is called: every product, strength and package has a code of its own. */
function drugFinder(denied: Denied): Find {
  const names = new Map(
    DRUGS.filter(([category]) => denied.has(category)).flatMap(([category, words]) =>
      words.split(' ').map((word) => [word, category] as const)
    )
  )
  return (_, display) => {
    if (typeof display !== 'string') return null
    for (const word of display.toLowerCase().split(/[^a-z]+/)) {
      const found = names.get(word)
      if (found !== undefined) return found
    }
    return null
  }
}
