/**
 * Receipts and checkpoints, verified. Decides, from a file and pinned keys alone (no network, no database), whether the log holds an
 * entry. Refuses checkpoints of another origin or key, and proofs that do not lead from the entry to the signed root.
 */
import { IntegrityError } from '../core/errors.ts'
import { type Checkpoint, checkpointText, parseCheckpoint } from '../core/log/checkpoint.ts'
import { leafHash } from '../core/log/merkle.ts'
import { verifyInclusion } from '../core/log/proofs.ts'
import { parseReceipt } from '../core/log/receipt.ts'
import type { LogKey } from './keyring.ts'
import { type NoteVerifier, openNote, parseVkey, signNote } from './note.ts'

/** A signed checkpoint of the log of this key. */
export function signCheckpoint(key: LogKey, size: bigint, root: Buffer): string {
  return signNote(checkpointText({ origin: key.origin, size, root }), key.origin, key.privateKey)
}

/** Verifier keys from their pinned texts. IntegrityError signature-invalid when one is not a verifier key: a pin that cannot be read is no pin. */
export function logVerifiers(vkeys: readonly string[]): NoteVerifier[] {
  return vkeys.map((vkey) => {
    const verifier = parseVkey(vkey)
    if (verifier === null) throw new IntegrityError('signature-invalid', { pin: 'log' })
    return verifier
  })
}

/** The checkpoint a note holds, signed by a pinned key of the origin it names. IntegrityError proof-invalid. */
export function openCheckpoint(note: string, verifiers: readonly NoteVerifier[]): Checkpoint {
  const text = openNote(note, verifiers)
  const checkpoint = text === null ? null : parseCheckpoint(text)
  // A key signs for its own log only: the key's name is the origin (tlog-checkpoint, "Signatures").
  const own = verifiers.filter((verifier) => verifier.name === checkpoint?.origin)
  if (checkpoint === null || openNote(note, own) === null) throw new IntegrityError('proof-invalid')
  return checkpoint
}

/** Where the log holds this entry, and under which checkpoint. `entry`: the bytes of the leaf. IntegrityError proof-invalid. */
export function verifyReceipt(
  text: string,
  entry: Uint8Array,
  verifiers: readonly NoteVerifier[]
): { readonly index: bigint; readonly checkpoint: Checkpoint } {
  const receipt = parseReceipt(text)
  if (receipt === null) throw new IntegrityError('proof-invalid')
  const checkpoint = openCheckpoint(receipt.checkpoint, verifiers)
  const { index, proof } = receipt
  if (!verifyInclusion({ index, size: checkpoint.size, leaf: leafHash(entry), proof, root: checkpoint.root })) {
    throw new IntegrityError('proof-invalid', { index: String(index) })
  }
  return { index, checkpoint }
}
