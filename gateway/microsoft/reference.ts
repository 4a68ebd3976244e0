/**
 * The id part of a literal reference, which is all of it that Microsoft's tool hashes (ReferenceUtility): behind #, behind a resource type (an http(s)
 * address may stand before it and a version behind), in urn:oid: and urn:uuid:. Of any other text, all is transformed.
 */
import { isResourceType } from '../core/fhir/types.ts'

const ID_AT_END = /(?<=\/)(?<id>[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/
const ADDRESS = /^https?:\/\/[A-Za-z0-9\\/.:%$]*$/
const OID = /^urn:oid:(?<id>[0-2](?:\.(?:0|[1-9]\d*))+)$/
const UUID = /^urn:uuid:(?<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/
const LONGEST_TYPE = 40

export function transformReference(reference: string, transform: (id: string) => string): string {
  if (reference.startsWith('#')) return `#${transform(reference.slice(1))}`
  const literal = ID_AT_END.exec(reference)
  if (literal !== null && endsWithType(reference.slice(0, literal.index - 1))) return replaced(reference, literal.index, literal, transform)
  const name = OID.exec(reference) ?? UUID.exec(reference)
  return name === null ? transform(reference) : replaced(reference, reference.indexOf(':', 4) + 1, name, transform)
}

function replaced(reference: string, from: number, { groups }: RegExpExecArray, transform: (id: string) => string): string {
  const id = groups?.['id'] ?? ''
  return `${reference.slice(0, from)}${transform(id)}${reference.slice(from + id.length)}`
}

/** A type alone, or an address that ends with one; their pattern lets other letters of the address stand right before it. */
function endsWithType(text: string): boolean {
  if (isResourceType(text)) return true
  const letters = /[A-Za-z]+$/.exec(text.slice(-LONGEST_TYPE))?.[0] ?? ''
  if (!ADDRESS.test(text)) return false
  for (let at = 0; at < letters.length; at++) if (isResourceType(letters.slice(at))) return true
  return false
}
