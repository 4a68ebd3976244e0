/**
 * Signed notes (C2SP signed-note) with Ed25519. Decides when a text was signed by a key we trust: signatures of unknown keys are
 * passed over (witnesses may add theirs), one bad signature under a known key refuses the whole note. Refuses control characters,
 * carriage returns, more than 64 signatures, and keys of other types.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { sha256 } from '../core/digest.ts'
import { base64Of } from '../core/log/checkpoint.ts'

export interface NoteVerifier {
  readonly name: string
  /** 4 bytes */
  readonly id: Buffer
  readonly publicKey: KeyObject
}

const ED25519 = 1
const MAX_SIGNATURES = 64
// Key names: no Unicode space, no plus, no control character.
const NAME = /^[^\s+\p{Cc}]+$/u
const LINE = /^\u2014 ([^\s+\p{Cc}]+) ([A-Za-z0-9+/]+={0,2})$/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids exactly these
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

/** The verifier key of an Ed25519 public key: name+id+base64(type ‖ key), as parties pin it. */
export function vkeyOf(name: string, publicKey: KeyObject): string {
  const raw = rawKey(publicKey)
  return `${name}+${keyId(name, raw).toString('hex')}+${Buffer.concat([Buffer.of(ED25519), raw]).toString('base64')}`
}

/** A verifier key's text, read; null when it is not one, not Ed25519, or its id is not that of its key. */
export function parseVkey(vkey: string): NoteVerifier | null {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey)
  const [, name, id, key] = match ?? []
  if (name === undefined || id === undefined || key === undefined || !NAME.test(name)) return null
  const bytes = base64Of(key, 33)
  if (bytes === null || bytes[0] !== ED25519) return null
  const raw = bytes.subarray(1)
  if (keyId(name, raw).toString('hex') !== id) return null
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' })
  return { name, id: Buffer.from(id, 'hex'), publicKey }
}

/** The text (ending in a newline) with a signature line of the key, and one of each of the others. Throws RangeError when the text cannot be a note's. */
export function signNote(text: string, name: string, privateKey: KeyObject, others: readonly KeyObject[] = []): string {
  if (!text.endsWith('\n') || CONTROL.test(text) || !text.isWellFormed() || !NAME.test(name))
    throw new RangeError('the text cannot be a note')
  const lines = [privateKey, ...others].map((key) => {
    const id = keyId(name, rawKey(createPublicKey(key)))
    return `\u2014 ${name} ${Buffer.concat([id, sign(null, Buffer.from(text, 'utf8'), key)]).toString('base64')}\n`
  })
  return `${text}\n${lines.join('')}`
}

/** A note in its parts. Nothing in it is proved yet. */
export interface Note {
  /** ends in a newline */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

interface NoteSignature {
  readonly name: string
  /** 4 bytes */
  readonly id: Buffer
  readonly bytes: Buffer
}

/** The parts of a note, or null when the text is none. */
export function readNote(note: string): Note | null {
  const blank = note.lastIndexOf('\n\n')
  if (blank < 0 || !note.endsWith('\n') || CONTROL.test(note) || !note.isWellFormed()) return null
  const lines = note.slice(blank + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) return null
  const signatures = lines.map(readLine)
  return signatures.every((signature) => signature !== null) ? { text: note.slice(0, blank + 1), signatures } : null
}

/** Did at least one of these keys sign, and none of them badly? */
export function isSigned(note: Note, verifiers: readonly NoteVerifier[]): boolean {
  const text = Buffer.from(note.text, 'utf8')
  let good = 0
  for (const { name, id, bytes } of note.signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.id.equals(id))
    if (verifier === undefined) continue
    if (!verify(null, text, verifier.publicKey, bytes)) return false
    good++
  }
  return good > 0
}

/** The text of a note that at least one of these keys signed and none signed badly; null otherwise. */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): string | null {
  const read = readNote(note)
  return read !== null && isSigned(read, verifiers) ? read.text : null
}

function readLine(line: string): NoteSignature | null {
  const [, name, encoded] = LINE.exec(line) ?? []
  const bytes = encoded === undefined ? null : base64Of(encoded, null)
  if (name === undefined || bytes === null || bytes.length < 5) return null
  return { name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4) }
}

/** SHA-256(name ‖ newline ‖ type ‖ key), first 4 bytes. */
function keyId(name: string, raw: Uint8Array): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Buffer.of(ED25519), raw])).subarray(0, 4)
}

function rawKey(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
}
