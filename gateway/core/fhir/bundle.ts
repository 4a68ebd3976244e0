/**
 * Records out of what wraps them: Bundle.entry.resource and Parameters.parameter.resource (its parts' too), one in the other up to four deep. A wrapper
 * is no record; each resource inside is one, read and refused by itself, so that one bad entry does not cost the others. `urn:` names are those of the
 * Bundle a record stands in, then of the Bundles around that one. Refuses a wrapper whole only for what stands around its records, or for its depth.
 * What stands around them is looked at and goes: fullUrl, link, search, request, response, and the other parameters.
 */
import { RequestError } from '../errors.ts'
import { checkShell } from './cut-entries.ts'
import { entryName, typeAt } from './entry-name.ts'
import { identityOf, type Sender } from './identity.ts'
import { itemsOf, type Spans, without } from './items.ts'
import { type Place, type Placed, refusalOfParameters, resourcesOfParameters } from './parameters.ts'
import { parseObject, type RecordLimits, type Refused, refusalOf, refusalOfEntry, refuse, screenBytes, textOf } from './read.ts'
import type { Identity, Resource } from './resource.ts'
import { countKeys, screen } from './screen.ts'
import { baseOf, type TypeOfName, writtenOut } from './written-out.ts'

/** How many Bundles and Parameters may stand in one another. A document in a message in a batch is three. */
const MOST_WRAPPERS = 4

/** What stands around a record. */
export interface Around {
  readonly limits: RecordLimits
  readonly sender: Sender
  readonly typeOfName: TypeOfName
  /** server base that what names none stands under; '' is the sender's own */
  readonly base: string
  /** wrappers around it */
  readonly depth: number
}

export type RecordRead = { readonly ok: true; readonly resource: Resource; readonly text: string; readonly identity: Identity } | Refused

/** Told of each record, in order. `at`: where in the wrappers it stands: `Bundle.entry[3]: Parameters.parameter[0]`. */
export type Tell = (read: RecordRead, at: string) => void

export type Wrapper =
  | (Place & { readonly type: 'Bundle'; readonly entries: Spans })
  | (Place & { readonly type: 'Parameters'; readonly resources: readonly Placed[] })

const RESOURCE = Buffer.from('resource')
const ENTRY = Buffer.from('entry')

/** The wrapper at bytes[start, end), or null when that is a record: any other type, and Parameters that hold no resource. */
export function wrapperAt(bytes: Buffer, start: number, end: number, limits: RecordLimits): Wrapper | null {
  const type = typeAt(bytes, start, end, limits.depth)
  if (type === 'Bundle') return { type, start, end, entries: itemsOf(bytes, start, end, ENTRY) }
  if (type !== 'Parameters') return null
  const resources = resourcesOfParameters(bytes, start, end, limits)
  return resources.length === 0 ? null : { type, start, end, resources }
}

/** Reads all records in the wrapper. */
export function readWrapper(bytes: Buffer, wrapper: Wrapper, around: Around, at: string, tell: Tell): void {
  if (around.depth >= MOST_WRAPPERS) {
    tell(refuse('nested-bundle', wrapper.type), at)
    return
  }
  const inside = { ...around, depth: around.depth + 1 }
  if (wrapper.type === 'Bundle') readBundle(bytes, wrapper, inside, at, tell)
  else readParameters(bytes, wrapper, inside, at, tell)
}

function readBundle(
  bytes: Buffer,
  { start, end, entries }: Extract<Wrapper, { type: 'Bundle' }>,
  around: Around,
  at: string,
  tell: Tell
): void {
  try {
    checkShell(without(bytes, start, end, entries, '0'), entries.length / 2)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    tell(refuse(error.code, error.code === 'not-json' ? '' : 'Bundle'), at)
    return
  }
  const names = new Map<string, string>()
  for (let i = 0; i < entries.length; i += 2) {
    const name = entryName(bytes, entries[i] ?? 0, entries[i + 1] ?? 0, around.limits.depth)
    if (name !== null && !names.has(name[0])) names.set(name[0], name[1])
  }
  const inside = { ...around, typeOfName: (name: string) => names.get(name) ?? around.typeOfName(name) }
  for (let i = 0; i < entries.length; i += 2)
    readEntry(bytes, entries[i] ?? 0, entries[i + 1] ?? 0, inside, below(at, `Bundle.entry[${i / 2}]`), tell)
}

/** Reads the entry object at bytes[start, end): what stands around the resource, then the resource. An entry without one (a deletion) is no record. */
export function readEntry(bytes: Buffer, start: number, end: number, around: Around, at: string, tell: Tell): void {
  const screened = screenBytes(bytes, start, end, around.limits, RESOURCE)
  if (!('keys' in screened)) {
    tell(screened, at)
    return
  }
  const { keys, memberStart, memberEnd } = screened
  const alone = memberStart < 0
  const shell = parseObject(without(bytes, start, end, alone ? [] : [memberStart, memberEnd], '0'), alone ? keys : null)
  const refused = 'code' in shell ? shell : refusalOfEntry(shell.object)
  if (refused !== null) tell(refused, at)
  if ('code' in shell || refused !== null || alone) return
  const { fullUrl } = shell.object
  const named = typeof fullUrl === 'string' ? fullUrl : null
  const inside = { ...around, base: baseOf(named, around.base, around.sender) }
  readInside(bytes, { start: memberStart, end: memberEnd, keys: keys - countKeys(shell.object), fullUrl: named }, inside, at, tell)
}

function readParameters(
  bytes: Buffer,
  { start, end, resources }: Extract<Wrapper, { type: 'Parameters' }>,
  around: Around,
  at: string,
  tell: Tell
): void {
  const refused = refusalOfParameters(bytes, start, end, resources, around.limits)
  if (refused !== null) {
    tell(refused, at)
    return
  }
  for (const { path, ...place } of resources) readInside(bytes, { ...place, keys: null, fullUrl: null }, around, below(at, path), tell)
}

/** A resource found in a wrapper. `keys`: as many as the screen counted, null where nobody has looked yet. */
interface Inside extends Place {
  readonly keys: number | null
  readonly fullUrl: string | null
}

function readInside(bytes: Buffer, { start, end, keys, fullUrl }: Inside, around: Around, at: string, tell: Tell): void {
  const { limits } = around
  const wrapper = wrapperAt(bytes, start, end, limits)
  if (wrapper !== null) {
    if (keys !== null && screen(bytes, start, end, limits.depth).keys !== keys) tell(refuse('duplicate-key'), at)
    else readWrapper(bytes, wrapper, around, at, tell)
    return
  }
  const screened = keys === null ? screenBytes(bytes, start, end, limits, null) : { keys }
  tell('code' in screened ? screened : readResource(textOf(bytes, start, end).trim(), screened.keys, fullUrl, around), at)
}

function readResource(asSent: string, keys: number, fullUrl: string | null, { base, sender, typeOfName }: Around): RecordRead {
  const text = writtenOut(asSent, base, sender, typeOfName)
  const parsed = parseObject(text, keys)
  if ('code' in parsed) return parsed
  const refused = refusalOf(parsed.object, text)
  if (refused !== null) return refused
  const resource = parsed.object as Resource // sound: refusalOf validated it
  return { ok: true, resource, text, identity: identityOf(resource, text, fullUrl, sender, base) }
}

function below(at: string, path: string): string {
  return at === '' ? path : `${at}: ${path}`
}
