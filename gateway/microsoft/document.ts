/**
 * The bytes of a configuration of Microsoft's tool, as far as JSON goes: a byte order mark is taken off, a file that is large, deep, not UTF-8, not JSON or
 * names a key twice is refused. Also tells such a file from a profile of ours: it has fhirPathRules. Messages never hold what stands in the file.
 */
import { isUtf8 } from 'node:buffer'
import type { Fault } from '../core/errors.ts'
import { countKeys, screen } from '../core/fhir/screen.ts'

export type Members = Readonly<Record<string, unknown>>

export type ReadDocument = { readonly document: Members } | { readonly faults: readonly Fault[] }

const MOST_BYTES = 4 * 1024 * 1024
const DEPTH = 32

export function readDocument(bytes: Buffer): ReadDocument {
  const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  if (bytes.length > MOST_BYTES) return broken('is larger than 4 MiB')
  if (!isUtf8(bytes)) return broken('is not UTF-8')
  const { tooDeep, keys } = screen(bytes, from, bytes.length, DEPTH)
  if (tooDeep) return broken(`is nested more than ${DEPTH} deep`)
  const document = parsed(bytes.toString('utf8', from))
  if (!isMembers(document)) return broken('is not a JSON object (comments and commas before a closing bracket are not JSON)')
  return countKeys(document) === keys ? { document } : broken('names a key twice in one object')
}

/** Is it one of theirs? Keys may be written in any case, as there. */
export function isTheirs(document: Members): boolean {
  return Object.keys(document).some((key) => key.toLowerCase() === 'fhirpathrules')
}

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function broken(message: string): ReadDocument {
  return { faults: [{ path: '', message }] }
}
