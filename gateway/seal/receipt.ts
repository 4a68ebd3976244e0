/**
 * Receipts and checkpoints as the gateway and its commands use them: seal/verify/ decides, here what is not proved becomes an error that stops
 * the caller. Refuses checkpoints of another origin or key, and proofs that do not lead from the entry to the signed root.
 */
import { IntegrityError } from '../core/errors.ts'
import { type Checkpoint, checkpointText } from '../core/log/checkpoint.ts'
import type { Checked } from '../core/log/proof-fault.ts'
import { everyKey, type KeyRing, type LogKey, type LogVerifyingKey } from './keyring.ts'
import { type NoteVerifier, parseVkey, signNote } from './note.ts'
import { checkCheckpoint, checkReceipt, type Included } from './verify/proof.ts'

/**
 * A signed checkpoint of the log of this key. Retired keys of the same log that are still whole (`along`) sign too, so that whoever pinned only the old key
 * verifies until it is dropped; verifiers pass over signatures of keys they do not know (C2SP signed-note).
 */
export function signCheckpoint({ origin, privateKey }: LogKey, size: bigint, root: Buffer, along: readonly LogVerifyingKey[] = []): string {
  const others = along.flatMap((key) => (key.origin === origin && key.privateKey !== undefined ? [key.privateKey] : []))
  return signNote(checkpointText({ origin, size, root }), origin, privateKey, others)
}

/** Verifier keys from their pinned texts. IntegrityError signature-invalid when one is not a verifier key: a pin that cannot be read is no pin. */
export function logVerifiers(vkeys: readonly string[]): NoteVerifier[] {
  return vkeys.map((vkey) => {
    const verifier = parseVkey(vkey)
    if (verifier === null) throw new IntegrityError('signature-invalid', { pin: 'log' })
    return verifier
  })
}

/** Those of the log of this ring, retired keys among them. */
export function ownVerifiers({ log }: KeyRing): NoteVerifier[] {
  return logVerifiers(everyKey(log).map(({ vkey }) => vkey))
}

/** The checkpoint a note holds, signed by a pinned key of the origin it names. IntegrityError proof-invalid. */
export function openCheckpoint(note: string, verifiers: readonly NoteVerifier[]): Checkpoint {
  return foundOf(checkCheckpoint(note, verifiers))
}

/** Where the log holds this entry, and under which checkpoint. `entry`: the bytes of the leaf. IntegrityError proof-invalid. */
export function verifyReceipt(text: string, entry: Uint8Array, verifiers: readonly NoteVerifier[]): Included {
  return foundOf(checkReceipt(text, entry, verifiers))
}

function foundOf<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.found
  throw new IntegrityError('proof-invalid', { failed: checked.failed, where: checked.where })
}
