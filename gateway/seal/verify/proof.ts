/**
 * Checkpoints and receipts, checked against keys that were given beforehand: the heart of every verification, with no file, database or network
 * in reach. Decides whether the log of a key holds an entry. Refuses with what failed first, in the order form, origin, signature, inclusion.
 */
import { type Checkpoint, parseCheckpoint } from '../../core/log/checkpoint.ts'
import { leafHash } from '../../core/log/merkle.ts'
import { type Checked, notProved, proved } from '../../core/log/proof-fault.ts'
import { verifyInclusion } from '../../core/log/proofs.ts'
import { parseReceipt } from '../../core/log/receipt.ts'
import { isSigned, type NoteVerifier, readNote } from '../note.ts'

export interface Included {
  readonly index: bigint
  readonly checkpoint: Checkpoint
}

/** The checkpoint a signed note holds. A key signs for its own log only: its name is the origin (tlog-checkpoint, "Signatures"). */
export function checkCheckpoint(note: string, verifiers: readonly NoteVerifier[], where = 'the checkpoint'): Checked<Checkpoint> {
  const read = readNote(note)
  const checkpoint = read === null ? null : parseCheckpoint(read.text)
  if (read === null || checkpoint === null) return notProved('format', where)
  const own = verifiers.filter((verifier) => verifier.name === checkpoint.origin)
  if (own.length === 0) return notProved('origin', where)
  return isSigned(read, own) ? proved(checkpoint) : notProved('signature', where)
}

/** Where the log holds the entry of these bytes, and under which checkpoint. Without bytes, those the receipt brings along count. */
export function checkReceipt(text: string, entry: Uint8Array | null, verifiers: readonly NoteVerifier[]): Checked<Included> {
  const receipt = parseReceipt(text)
  if (receipt === null) return notProved('format', 'the receipt')
  const signed = checkCheckpoint(receipt.checkpoint, verifiers, 'the checkpoint of the receipt')
  if (!signed.ok) return signed
  const bytes = entry ?? receipt.entry
  if (bytes === undefined) return notProved('format', 'the receipt brings no entry along, and none was given')
  const { index, proof } = receipt
  const { size, root } = signed.found
  if (!verifyInclusion({ index, size, leaf: leafHash(bytes), proof, root })) return notProved('inclusion', `entry ${index}`)
  return proved({ index, checkpoint: signed.found })
}
