/**
 * Records out of Bundles. Each entry is read and refused by itself, so that one bad entry does not cost the others. References by `urn:` name are
 * rewritten in the kept text to the Type/id they stand for, and relative ones below another server's fullUrl to absolute ones (R4 2.36.4.1): what
 * is kept never needs its Bundle again. A name that nothing in the Bundle bears stays as it is. Works on a whole Bundle and on streamed entries.
 */
import { RequestError } from '../errors.ts'
import type { Part } from './cut.ts'
import { EntryCutter } from './cut-entries.ts'
import { identityOf, nameOf, parseReference, type Referred, referenceTo, type Sender } from './identity.ts'
import { parseObject, type RecordLimits, type Refused, refusalOf, refusalOfEntry, refuse, screenBytes, textOf } from './read.ts'
import type { Identity, Resource } from './resource.ts'
import { countKeys, screen } from './screen.ts'
import { isResourceType } from './types.ts'

/** The resource type an entry's `urn:` fullUrl stands for, or undefined when no entry bears it. */
export type TypeOfName = (fullUrl: string) => string | undefined

/** null: the entry holds no resource (a deletion, a response), so there is no record. */
export type EntryRead =
  | { readonly ok: true; readonly resource: Resource; readonly text: string; readonly identity: Identity }
  | Refused
  | null

export type BundleRead = { readonly ok: true; readonly entries: readonly EntryRead[] } | Refused

const RESOURCE = Buffer.from('resource')
const REFERENCE = /"reference"\s*:\s*"([^"\\]+)"/g

/** How an entry usually begins: no need to look further. */
const USUAL = /^\s*\{\s*"fullUrl"\s*:\s*"(urn:[^"\\]+)"\s*,\s*"resource"\s*:\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"/

/** The `urn:` name and the type of an entry, by a look at its first and outermost members; null when it has none. The record is not validated. */
export function entryName(bytes: Uint8Array, start: number, end: number, maxDepth: number): readonly [name: string, type: string] | null {
  const quick = USUAL.exec(textOf(bytes, start, Math.min(end, start + 256)))
  if (quick?.[1] !== undefined && quick[2] !== undefined) return isResourceType(quick[2]) ? [quick[1], quick[2]] : null
  const screened = screen(bytes, start, end, maxDepth, RESOURCE)
  if (screened.memberStart < 0) return null
  const head = textOf(bytes, start, screened.memberStart)
  const fullUrl =
    /"fullUrl"\s*:\s*"(urn:[^"\\]+)"/.exec(head) ?? /"fullUrl"\s*:\s*"(urn:[^"\\]+)"/.exec(textOf(bytes, screened.memberEnd, end))
  if (fullUrl?.[1] === undefined) return null
  const type = typeAt(bytes, screened.memberStart, screened.memberEnd, maxDepth)
  return type === null ? null : [fullUrl[1], type]
}

const RESOURCE_TYPE = Buffer.from('resourceType')

/** The resourceType of the object at bytes[start, end), if it is one of R4. */
export function typeAt(bytes: Uint8Array, start: number, end: number, maxDepth: number): string | null {
  const quick = /^\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"/.exec(textOf(bytes, start, Math.min(end, start + 80)))
  if (quick?.[1] !== undefined) return isResourceType(quick[1]) ? quick[1] : null
  const { memberStart, memberEnd } = screen(bytes, start, end, maxDepth, RESOURCE_TYPE)
  const type = memberStart < 0 ? '' : textOf(bytes, memberStart, memberEnd).trim().slice(1, -1)
  return isResourceType(type) ? type : null
}

/** Reads the entry object at bytes[start, end): what stands around the resource, then the resource, each parsed by itself. */
export function readEntry(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: RecordLimits,
  sender: Sender,
  typeOfName: TypeOfName
): EntryRead {
  const screened = screenBytes(bytes, start, end, limits, RESOURCE)
  if (!('keys' in screened)) return screened
  const { keys, memberStart, memberEnd } = screened
  if (memberStart < 0) {
    const alone = parseObject(textOf(bytes, start, end), keys)
    return 'code' in alone ? alone : refusalOfEntry(alone.object)
  }
  const around = parseObject(`${textOf(bytes, start, memberStart)}0${textOf(bytes, memberEnd, end)}`, null)
  if ('code' in around) return around
  const named = around.object['fullUrl']
  const fullUrl = typeof named === 'string' ? named : null
  const text = canonicalReferences(textOf(bytes, memberStart, memberEnd).trim(), baseOf(fullUrl, sender), sender, typeOfName)
  const parsed = parseObject(text, keys - countKeys(around.object))
  if ('code' in parsed) return parsed
  const code = refusalOfEntry(around.object) ?? refusalOf(parsed.object, text)
  if (code !== null) return code
  const resource = parsed.object as Resource // sound: refusalOf validated it
  return { ok: true, resource, text, identity: identityOf(resource, text, fullUrl, sender) }
}

/** The server base of a fullUrl: '' for the sender's own and for urn: names. */
function baseOf(fullUrl: string | null, sender: Sender): string {
  return fullUrl?.startsWith('http') ? (parseReference(fullUrl, sender.ownBases)?.base ?? '') : ''
}

/** The text with every reference that only the Bundle explains written out. */
function canonicalReferences(text: string, base: string, sender: Sender, typeOfName: TypeOfName): string {
  if (base === '' && !text.includes('"urn:')) return text
  return text.replace(REFERENCE, (whole, reference: string) => {
    const named = reference.startsWith('urn:') ? byName(reference, sender, typeOfName) : base === '' ? null : relative(reference, base)
    return named === null ? whole : `"reference":"${referenceTo(named)}"`
  })
}

function byName(reference: string, sender: Sender, typeOfName: TypeOfName): Referred | null {
  const type = typeOfName(reference)
  return type === undefined ? null : nameOf(reference, type, sender.ownBases)
}

function relative(reference: string, base: string): Referred | null {
  const [type = '', id = '', ...more] = reference.split('/')
  return more.length === 0 && isResourceType(type) ? { base, type, id } : null
}

/** Reads a whole Bundle, any type. Refused as a whole only if what stands around its entries is no Bundle; else entry by entry, in order. */
export function readBundle(bytes: Uint8Array, start: number, end: number, limits: RecordLimits, sender: Sender): BundleRead {
  const parts = cutWhole(bytes.subarray(start, end), limits)
  if ('code' in parts) return parts
  const names = new Map<string, string>()
  for (const [part, from, to] of spans(parts)) {
    const name = entryName(part, from, to, limits.depth)
    if (name !== null && !names.has(name[0])) names.set(name[0], name[1])
  }
  const typeOfName = (name: string): string | undefined => names.get(name)
  const entries: EntryRead[] = []
  for (const [part, from, to] of spans(parts)) {
    entries.push(to > from ? readEntry(part, from, to, limits, sender, typeOfName) : refuse('line-too-long'))
  }
  return { ok: true, entries }
}

/** The entries of a Bundle in memory: one part, more only where an entry is too long. */
function cutWhole(bytes: Uint8Array, limits: RecordLimits): readonly Part[] | Refused {
  const cutter = new EntryCutter({ recordBytes: limits.recordBytes, bundleBytes: bytes.length, partBytes: bytes.length }, 1)
  const parts: Part[] = []
  try {
    const rest = cutter.push(bytes, parts)
    return rest === null || rest.length > 0 ? refuse('not-json') : parts
  } catch (error) {
    if (error instanceof RequestError) return refuse(error.code, 'Bundle')
    throw error
  }
}

function* spans(parts: readonly Part[]): Generator<readonly [bytes: Uint8Array, from: number, to: number]> {
  for (const { bytes, offsets } of parts) {
    for (let i = 0; i < offsets.length; i += 2) yield [bytes, offsets[i] ?? 0, offsets[i + 1] ?? 0]
  }
}
