/**
 * The checkpoints that were seen of a log, kept between runs: the newest, those before it, and since when the log has not grown. Decides what a state
 * file must hold. A fork leaves its evidence beside it: two signed checkpoints that cannot both be true convict the log before anyone.
 */
import { join } from 'node:path'
import { sha256 } from '../../core/digest.ts'
import type { Code } from '../../core/errors.ts'
import type { Checkpoint } from '../../core/log/checkpoint.ts'
import { readState, writeState } from './state.ts'

/** A checkpoint, a signed note verbatim, and when it was first seen (RFC 3339). */
export interface Sighting {
  readonly note: string
  readonly at: string
}

export interface Seen {
  readonly v: 1
  /** oldest first; the last is the newest, and all before it are its beginnings */
  readonly checkpoints: readonly Sighting[]
  /** A gateway that showed consistency proofs once must go on to. */
  readonly proofs: 'offered' | 'not yet seen'
}

/** The newest proves all before it: older ones are kept for others to compare with. */
export const KEPT = 512

export function seenPath(folder: string): string {
  return join(folder, 'checkpoints.json')
}

/** What was seen before; nothing yet, when there is no file. Throws OperatorHint. */
export function readSeen(folder: string): Seen {
  return readState(seenPath(folder), parseSeen) ?? { v: 1, checkpoints: [], proofs: 'not yet seen' }
}

/** What a state file holds, or null. */
export function parseSeen(value: unknown): Seen | null {
  const seen = Object(value) as Partial<Seen> // members are checked on the next lines
  if (seen.v !== 1 || !Array.isArray(seen.checkpoints) || (seen.proofs !== 'offered' && seen.proofs !== 'not yet seen')) return null
  const whole = seen.checkpoints.every((one: Partial<Sighting>) => typeof one.note === 'string' && typeof one.at === 'string')
  return whole ? { v: 1, checkpoints: seen.checkpoints, proofs: seen.proofs } : null
}

/** Durable once this returns. */
export function writeSeen(folder: string, seen: Seen): void {
  writeState(seenPath(folder), { ...seen, checkpoints: seen.checkpoints.slice(-KEPT) })
}

export interface Evidence {
  readonly alarm: Code
  readonly at: string
  /** what was kept, and what the gateway shows now; null where it shows nothing */
  readonly kept: string | null
  readonly shown: string | null
  /** the consistency proof that does not hold, as it came */
  readonly proof: string | null
}

/** Writes the evidence of an alarm, each once; its path. */
export function writeEvidence(folder: string, evidence: Evidence): string {
  const name = sha256(`${evidence.kept}\n${evidence.shown}`).toString('hex', 0, 8)
  const path = join(folder, `alarm-${evidence.alarm}-${name}.json`)
  writeState(path, evidence)
  return path
}

/** For sentences and JSON lines. */
export function placeOf(checkpoint: Checkpoint): { readonly size: string; readonly root: string } {
  return { size: String(checkpoint.size), root: checkpoint.root.toString('base64') }
}
