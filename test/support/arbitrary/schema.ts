/** What HL7's own JSON schema of R4 says of an element, beside the gateway's type table: that it exists, its codes, and whether it has a `_` sibling. */
import { type FhirSchema, officialSchema, type SchemaNode } from '../../../scripts/generate/fhir-schema.ts'

const SCHEMA: FhirSchema = officialSchema()

/** `type` as in the type table: a nested type is a path (Patient.contact), which is followed from the root, for HL7 names such definitions in many ways. */
function definitionOf(type: string): SchemaNode | undefined {
  const [root = '', ...path] = type.split('.')
  let definition = SCHEMA.definitions[root]
  for (const name of path) {
    const node: SchemaNode | undefined = definition?.properties?.[name]
    const target: string | undefined = node?.$ref ?? node?.items?.$ref
    definition = target === undefined ? undefined : SCHEMA.definitions[target.replace('#/definitions/', '')]
  }
  return definition
}

/** Does HL7's schema know the element? */
export function isInSchema(type: string, element: string): boolean {
  return definitionOf(type)?.properties?.[element] !== undefined
}

export function isRequiredInSchema(type: string, element: string): boolean {
  return definitionOf(type)?.required?.includes(element) ?? false
}

export function hasSibling(type: string, element: string): boolean {
  return definitionOf(type)?.properties?.[`_${element}`] !== undefined
}

/** The codes HL7's schema lists for an element; empty where it lists none. */
export function codesOf(type: string, element: string): readonly string[] {
  const node = definitionOf(type)?.properties?.[element]
  const codes = node?.enum ?? node?.items?.enum ?? []
  return codes.filter((code) => typeof code === 'string')
}
