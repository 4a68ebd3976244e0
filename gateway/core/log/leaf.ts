/**
 * What the log holds of a statement. Decides the bytes of a leaf: canonical JSON (RFC 8785) of when, what kind, and a salted
 * commitment, so that leaves can be shown to anyone while statements go only to their parties. Knows no kinds: any statement
 * that says `at` and `kind` can be logged. Refuses salts that are not 32 bytes.
 */
import { canonicalJson, type Json, sha256, sha256Hex } from '../digest.ts'

/** What every statement says; each kind adds its own members. */
export type StatementBase = { readonly v: number; readonly kind: string; readonly at: string }

export const SALT_BYTES = 32

/** Stands in leaves, which are open, for whatever officers do, and for what tells of a patient or of what never left: both may be nobody's to know. The statement says what it was. */
export const OFFICER_ACT = 'officer-act'

/** The salt of an entry: random by its seed, and bound to the key that makes a retry the same entry, so that the log proves its keys too. */
export function saltOf(seed: Uint8Array, key: string): Buffer {
  return sha256(Buffer.concat([seed, Buffer.from(key, 'utf8')])) // a seed has 32 bytes: the key begins behind it
}

/** 'sha256:' + hex of SHA-256(salt ‖ canonical statement). Without the salt it says nothing of the statement. Throws RangeError on another salt size. */
export function commitmentOf(salt: Uint8Array, statement: Json): string {
  return commitmentOfText(salt, canonicalJson(statement))
}

/** The same of a statement that is canonical already. */
export function commitmentOfText(salt: Uint8Array, text: string): string {
  if (salt.length !== SALT_BYTES) throw new RangeError('a commitment has a salt of 32 bytes')
  return `sha256:${sha256Hex(Buffer.concat([salt, Buffer.from(text, 'utf8')]))}`
}

/** The bytes of the leaf for a commitment. */
export function leafBytes(leaf: { readonly at: string; readonly kind: string; readonly commitment: string }): Buffer {
  const { at, commitment, kind } = leaf // in the order of RFC 8785
  return Buffer.from(`{"at":${JSON.stringify(at)},"commitment":${JSON.stringify(commitment)},"kind":${JSON.stringify(kind)},"v":1}`, 'utf8')
}

/** The bytes of the leaf that commits to a statement under a salt. */
export function leafOf(statement: StatementBase, salt: Uint8Array): Buffer {
  // A statement is what canonicalJson takes: JSON, by its schema.
  const commitment = commitmentOf(salt, statement as unknown as Json)
  return leafBytes({ at: statement.at, kind: statement.kind, commitment })
}

export interface Leaf {
  /** RFC 3339, UTC */
  readonly at: string
  readonly kind: string
  readonly commitment: string
}

/** Is this, under its salt, what the leaf commits to? A salt of another size opens nothing. */
export function commitsTo({ commitment }: Leaf, salt: Uint8Array, text: string): boolean {
  return salt.length === SALT_BYTES && commitmentOfText(salt, text) === commitment
}

/** As leafBytes writes it, all of it printable ASCII: no second spelling of an entry. */
const LEAF = /^\{"at":"([ !#-[\]-~]+)","commitment":"(sha256:[0-9a-f]{64})","kind":"([ !#-[\]-~]+)","v":1\}$/

/** What a leaf says, or null when the bytes are not exactly those leafBytes writes. */
export function parseLeaf(bytes: Buffer): Leaf | null {
  const [, at, commitment, kind] = LEAF.exec(bytes.toString('latin1')) ?? []
  return at === undefined || commitment === undefined || kind === undefined ? null : { at, kind, commitment }
}
