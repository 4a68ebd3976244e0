/**
 * Makes gateway/generated/fhir-validate.js: ajv standalone code for HL7's own R4 JSON schema. The language accepted is HL7's, but for the changes
 * listed in CHANGES, which stand in the head of the generated file. Refuses to write code that would call require().
 */
import { Ajv } from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import { type FhirSchema, officialSchema, resourceTypes, type SchemaNode } from './fhir-schema.ts'

const CHANGES = [
  'oneOf of 146 resources: `discriminator` on resourceType picks the one to check (measured 14 MB/s without, 190 MB/s with)',
  'patterns on numbers and booleans, which JSON Schema ignores: integer, unsignedInt and positiveInt become type integer with their minimum',
  'base64Binary `^(\\s*([0-9a-zA-Z+/=]){4}\\s*)+$` backtracks exponentially: `^\\s*(?:[0-9a-zA-Z+/=]{4}\\s*)+$`, the same language, linear',
  'string and markdown `^[ \\r\\n\\t\\S]+$` refuses U+00A0 in JavaScript and not in Java: now what R4 2.24.0.1 says, no characters below U+0020 but tab, CR, LF',
  'arrays of primitives and of their `_` siblings may hold null (R4 2.6.2.3), which HL7 forgot to say',
  'descriptions and $schema are left out'
] as const

const PATTERNS = new Map<string, string>([
  ['^(\\s*([0-9a-zA-Z\\+\\/=]){4}\\s*)+$', '^\\s*(?:[0-9a-zA-Z+/=]{4}\\s*)+$'],
  ['^[ \\r\\n\\t\\S]+$', '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]+$']
])

/** Patterns HL7 put on numbers, and what they mean. */
const NUMBERS = new Map<string, Readonly<Record<string, unknown>>>([
  ['^-?([0]|([1-9][0-9]*))$', { type: 'integer' }],
  ['^[0]|([1-9][0-9]*)$', { type: 'integer', minimum: 0 }],
  ['^[1-9][0-9]*$', { type: 'integer', minimum: 1 }],
  ['^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$', { type: 'number' }]
])

/** The text of gateway/generated/fhir-validate.js. */
export function fhirValidate(): string {
  const ajv = new Ajv({
    discriminator: true,
    unicodeRegExp: false,
    messages: false,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    loopEnum: Number.POSITIVE_INFINITY,
    code: { source: true, esm: true, optimize: 3 }
  })
  ajv.addSchema(adjusted(officialSchema()), 'fhir')
  ajv.addSchema({ $ref: 'fhir#/definitions/ResourceList' }, 'resource')
  ajv.addSchema({ $ref: 'fhir#/definitions/Bundle_Entry' }, 'entry')
  const code = standalone.default(ajv, { validateResource: 'resource', validateBundleEntry: 'entry' })
  if (/\brequire\(/.test(code)) throw new Error('the FHIR validator would call require()')
  return `${head()}${trimmed(code)}\n`
}

/** Without what nobody reads (schema paths, parameters but missingProperty, parents), a function a line: 7.4 MB become 4.6. */
function trimmed(code: string): string {
  return code
    .replaceAll(/,schemaPath:"[^"]*"/g, '')
    .replaceAll(
      /,params:\{(?:type|pattern|allowedValues|allowedValue|comparison|passingSchemas|additionalProperty):(?:"(?:[^"\\]|\\.)*"|[^{}"])*\}/g,
      ''
    )
    .replaceAll(/,parentData:\w+,parentDataProperty:(?:"[^"]*"|\w+),rootData/g, '')
    .replaceAll(/;(?=(?:const schema\d|function )\b)/g, ';\n')
    .replaceAll('}function ', '}\nfunction ')
}

/** The text of its declarations. */
export function fhirValidateTypes(): string {
  return `/** Made by scripts/generate.ts. */
interface Fault {
  readonly instancePath: string
  readonly keyword: string
  readonly params?: Readonly<Record<string, unknown>>
}
interface Validate {
  (data: unknown): boolean
  errors?: readonly Fault[] | null
}
/** Any R4 resource: resourceType picks the schema. */
export declare const validateResource: Validate
/** One Bundle.entry. */
export declare const validateBundleEntry: Validate
`
}

function head(): string {
  return `// Made by scripts/generate.ts from HL7's fhir.schema.json (R4): edit the generator, not this file. Changes to HL7's schema:\n${CHANGES.map((c) => `// - ${c}\n`).join('')}`
}

function adjusted(schema: FhirSchema): object {
  const definitions: Record<string, object> = {}
  for (const [name, node] of Object.entries(schema.definitions)) {
    if (name !== 'ResourceList') definitions[name] = adjust(node, schema)
  }
  definitions['ResourceList'] = {
    type: 'object',
    required: ['resourceType'],
    discriminator: { propertyName: 'resourceType' },
    oneOf: resourceTypes(schema).map((type) => ({ $ref: `#/definitions/${type}` }))
  }
  return { definitions }
}

function adjust(node: SchemaNode, schema: FhirSchema): object {
  const { description: _, ...rest } = node
  if (rest.pattern !== undefined && rest.type !== 'string') return NUMBERS.get(rest.pattern) ?? booleanOnly(rest)
  if (rest.pattern !== undefined) return { ...rest, pattern: PATTERNS.get(rest.pattern) ?? rest.pattern }
  if (rest.properties !== undefined) return { type: 'object', ...rest, properties: adjustAll(rest.properties, schema) }
  if (rest.type === 'array' && rest.items !== undefined) return { type: 'array', items: orNull(rest.items, schema) }
  if (rest.const !== undefined || rest.enum !== undefined) return { type: 'string', ...rest }
  return rest
}

function booleanOnly(node: SchemaNode): object {
  if (node.type !== 'boolean') throw new Error('HL7 put a pattern where none was known')
  return { type: 'boolean' }
}

function adjustAll(properties: Record<string, SchemaNode>, schema: FhirSchema): Record<string, object> {
  const entries = Object.entries(properties)
  return Object.fromEntries(entries.map(([name, node]) => [name, name.startsWith('_') ? sibling(node, schema) : adjust(node, schema)]))
}

/** `_given: [null, {…}]`: the extensions of a list of primitives. */
function sibling(node: SchemaNode, schema: FhirSchema): object {
  if (node.type !== 'array' || node.items === undefined) return adjust(node, schema)
  return { type: 'array', items: { anyOf: [{ type: 'null' }, adjust(node.items, schema)] } }
}

function orNull(items: SchemaNode, schema: FhirSchema): object {
  const target = items.$ref === undefined ? items : schema.definitions[items.$ref.replace('#/definitions/', '')]
  if (target === undefined || target.type === undefined) return adjust(items, schema)
  const primitive = adjust(target, schema)
  return { ...primitive, type: ['type' in primitive ? primitive.type : 'string', 'null'] }
}
