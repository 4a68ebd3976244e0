/**
 * References that only a Bundle explains, written out in the text of the record: a `urn:` name becomes the Type/id it stands for, a relative one below
 * another server's fullUrl becomes absolute (R4 2.36.4.1). What is kept never needs its Bundle again. A name that nothing bears stays as it is.
 */
import { nameOf, parseReference, type Referred, referenceTo, type Sender } from './identity.ts'
import { isResourceType } from './types.ts'

/** The resource type an entry's `urn:` fullUrl stands for, or undefined when no entry bears it. */
export type TypeOfName = (fullUrl: string) => string | undefined

const REFERENCE = /"reference"\s*:\s*"([^"\\]+)"/g

/** The server base a fullUrl stands under, '' for the sender's own; where it names none (no fullUrl, a urn:) that of what wraps the entry. */
export function baseOf(fullUrl: string | null, around: string, sender: Sender): string {
  if (fullUrl === null || !fullUrl.startsWith('http')) return around
  return parseReference(fullUrl, sender.ownBases)?.base ?? around
}

/** The text of a record under `base` with its references written out. */
export function writtenOut(text: string, base: string, sender: Sender, typeOfName: TypeOfName): string {
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
