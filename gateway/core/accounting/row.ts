/**
 * What the log keeps of one subject of a dataset, and the leaf that commits to it. Decides the bytes: 32 random bytes ‖ canonical JSON (RFC 8785) ‖ spaces
 * up to a multiple of 64, so that length tells little; their SHA-256 is the leaf, hashed as RFC 6962 hashes leaves. The salt is sealed with what it
 * salts: once the key is gone nobody can try what a leaf says. Refuses bytes that no row has.
 */
import { canonicalJson, type Json, sha256 } from '../digest.ts'
import { SALT_BYTES } from '../log/leaf.ts'
import { leafHash } from '../log/merkle.ts'

type Counts = Readonly<Record<string, number>>

export interface DisclosedSubject {
  readonly v: 1
  /** as the hospital's records name the patient: the server base ('' for its own), and the ids, the one its records were kept under first */
  readonly patient: { readonly base: string; readonly ids: readonly string[] }
  /** the id the recipient sees */
  readonly surrogate: string
  /** 0 as the profile leaves it, 1 made coarser */
  readonly level: number
  /** released records by type */
  readonly records: Counts
}

const BLOCK = 64

/** The bytes of a row. Throws RangeError on a salt of another size. */
export function rowBytes(salt: Uint8Array, subject: DisclosedSubject): Buffer {
  if (salt.length !== SALT_BYTES) throw new RangeError('a row has a salt of 32 bytes')
  const text = Buffer.from(canonicalJson(subject as unknown as Json), 'utf8') // JSON by its type
  const bytes = Buffer.alloc(Math.ceil((SALT_BYTES + text.length) / BLOCK) * BLOCK, ' ')
  bytes.set(salt)
  bytes.set(text, SALT_BYTES)
  return bytes
}

/** The hash of the leaf that commits to a row: SHA-256(0x00 ‖ SHA-256(row)). */
export function rowLeaf(row: Uint8Array): Buffer {
  return leafHash(sha256(row))
}

/** What a row says; null when the bytes are no row's. */
export function readRow(bytes: Uint8Array): DisclosedSubject | null {
  try {
    const subject = JSON.parse(Buffer.from(bytes.subarray(SALT_BYTES)).toString('utf8')) as DisclosedSubject
    return rowBytes(bytes.subarray(0, SALT_BYTES), subject).equals(bytes) && hasShape(subject) ? subject : null
  } catch {
    return null
  }
}

function hasShape({ v, patient, surrogate, records }: DisclosedSubject): boolean {
  return (
    v === 1 && typeof patient?.base === 'string' && Array.isArray(patient.ids) && typeof surrogate === 'string' && records instanceof Object
  )
}
