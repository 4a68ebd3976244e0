/**
 * From the bytes of one record to a validated FHIR R4 resource. Refuses, in this order: bytes that are not UTF-8, nesting beyond the limit, what is
 * not a JSON object, keys named twice or written with escapes, unknown types, Bundles (bundle.ts reads those), what HL7's schema refuses, implicitRules
 * and every modifierExtension (none is understood, and each may invert the meaning). Says where by FHIR element path and code, never what.
 */
import { isUtf8 } from 'node:buffer'
import { validateBundleEntry, validateResource } from '../../generated/fhir-validate.js'
import type { Code } from '../errors.ts'
import { elementPath, findModifier } from './path.ts'
import type { Resource } from './resource.ts'
import { countKeys, type Screened, screen } from './screen.ts'
import { isResourceType } from './types.ts'

export interface RecordLimits {
  /** bytes of one record */
  readonly recordBytes: number
  /** nesting of objects and arrays */
  readonly depth: number
}

/** Why a record is refused: a stable code and an element path of FHIR ('' = the record itself, '?' = a name we do not know). */
export interface Refused {
  readonly ok: false
  readonly code: Code
  readonly path: string
}

/** `text` is what is kept: the record's own bytes as text. */
export type Read = { readonly ok: true; readonly resource: Resource; readonly text: string } | Refused

/** Reads the resource at bytes[start, end). A Buffer is read without a copy. */
export function readRecord(bytes: Uint8Array, start: number, end: number, limits: RecordLimits): Read {
  const screened = screenBytes(bytes, start, end, limits, null)
  if (!('keys' in screened)) return screened
  const text = textOf(bytes, start, end)
  const value = parseObject(text, screened.keys)
  if ('code' in value) return value
  const code = refusalOf(value.object, text)
  return code ?? { ok: true, resource: value.object as Resource, text } // sound: refusalOf validated it
}

/** The screens before JSON.parse: size, UTF-8, depth, escaped keys. */
export function screenBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: RecordLimits,
  member: Uint8Array | null
): Screened | Refused {
  if (end - start > limits.recordBytes) return refuse('line-too-long')
  if (!isUtf8(bytes.subarray(start, end))) return refuse('not-utf8')
  const screened = screen(bytes, start, end, limits.depth, member)
  if (screened.tooDeep) return refuse('too-deep')
  return screened.escapedKey ? refuse('not-fhir', '?') : screened
}

/** JSON.parse of a screened text: an object, no key named twice. `keys`: as many as the screen counted; null when that is checked elsewhere. */
export function parseObject(text: string, keys: number | null): { readonly object: Readonly<Record<string, unknown>> } | Refused {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('not-json')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('not-json')
  if (keys !== null && countKeys(value) !== keys) return refuse('duplicate-key')
  return { object: value as Record<string, unknown> } // sound: an object that is no array
}

/** Why a parsed object is no acceptable resource, or null: type, schema, implicitRules, modifierExtension, Bundles within. */
export function refusalOf(object: Readonly<Record<string, unknown>>, text: string): Refused | null {
  const type = object['resourceType']
  if (typeof type !== 'string' || !isResourceType(type)) return refuse('unknown-resource-type')
  if (type === 'Bundle') return refuse('nested-bundle', 'Bundle')
  if (!validateResource(object)) return refuse('not-fhir', elementPath(type, validateResource.errors?.[0]))
  const found = mayModify(object, text) ? findModifier(object, type) : null
  return found === null ? null : refuse(found.code, found.path)
}

/** Could there be anything to find? Keys are written without escapes (screened), so a search of the text is sound; it saves a walk. */
function mayModify(object: Readonly<Record<string, unknown>>, text: string): boolean {
  if (object['implicitRules'] !== undefined || object['_implicitRules'] !== undefined) return true
  return object['contained'] !== undefined || object['resourceType'] === 'Parameters' || text.includes('modifierExtension"')
}

/** Why what stands around the resource in a Bundle entry is not acceptable, or null. */
export function refusalOfEntry(entry: Readonly<Record<string, unknown>>): Refused | null {
  if (!validateBundleEntry({ ...entry, resource: undefined }))
    return refuse('not-fhir', elementPath('Bundle.entry', validateBundleEntry.errors?.[0]))
  if (entry['modifierExtension'] !== undefined) return refuse('unknown-modifier', 'Bundle.entry.modifierExtension')
  return null
}

export function refuse(code: Code, path = ''): Refused {
  return { ok: false, code, path }
}

export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('utf8', start, end)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
