/**
 * What is to be compared: checkpoints that others saw, as files or as the folders that `witness` and `receive` keep, and gateways. Decides what holds
 * checkpoints of the log of the key. Refuses all else, and files larger than any of these: they come from others.
 */
import { createReadStream, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorHint } from '../../core/errors.ts'
import type { Checkpoint } from '../../core/log/checkpoint.ts'
import { PROOF_FAULTS } from '../../core/log/proof-fault.ts'
import type { NoteVerifier } from '../../seal/note.ts'
import { checkCheckpoint } from '../../seal/verify/proof.ts'
import type { Ask } from '../client/log-watch.ts'
import { KEPT, parseSeen, seenPath } from '../client/seen.ts'

/** A checkpoint, and by whom it was seen. */
export interface Sight {
  readonly source: string
  /** the signed note, verbatim */
  readonly note: string
  readonly checkpoint: Checkpoint
}

export interface Gateway {
  readonly source: string
  readonly ask: Ask
}

const MOST_BYTES = 1 << 22
/** Gateways that share a log may show a checkpoint a moment after another has shown the next. */
const LOOK_AGAIN_MS = 1000
const LOOKS = 3

/** All that a file or folder keeps, at least one. Throws OperatorHint. */
export async function sightsIn(path: string, verifiers: readonly NoteVerifier[]): Promise<Sight[]> {
  const text = await textOf(fileIn(path))
  const notes = text.startsWith('{') ? notesOf(text) : [text]
  if (notes.length === 0) throw new OperatorHint(`${path}: no checkpoint is kept there`)
  if (notes.length > KEPT) throw new OperatorHint(`${path}: more checkpoints than any folder keeps`)
  return notes.map((note) => verified(path, note, verifiers))
}

/** What the gateway shows now; with `least`, after looking again while it shows less. Throws OperatorHint. */
export async function shownBy({ source, ask }: Gateway, verifiers: readonly NoteVerifier[], least: bigint): Promise<Sight> {
  for (let look = 1; ; look++) {
    const note = await ask('/log/checkpoint')
    if (note === null) throw new OperatorHint(`${source}: shows no checkpoint`)
    const sight = verified(source, note, verifiers)
    if (sight.checkpoint.size >= least || look === LOOKS) return sight
    await sleep(LOOK_AGAIN_MS)
  }
}

function verified(source: string, note: string, verifiers: readonly NoteVerifier[]): Sight {
  const checked = checkCheckpoint(note, verifiers)
  if (!checked.ok) throw new OperatorHint(`${source}: no checkpoint under this key: ${checked.failed}: ${PROOF_FAULTS[checked.failed]}`)
  return { source, note, checkpoint: checked.found }
}

/** Of a folder, what `witness --state` or `receive --out` keeps in it. */
function fileIn(path: string): string {
  if (!statSync(path).isDirectory()) return path
  const kept = [seenPath(path), seenPath(join(path, '.sallyport', 'log'))].find((file) => existsSync(file))
  if (kept === undefined) throw new OperatorHint(`${path}: no checkpoint is kept there`)
  return kept
}

async function textOf(path: string): Promise<string> {
  if (!statSync(path).isFile()) throw new OperatorHint(`${path}: not a file`)
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(path, { end: MOST_BYTES }) as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (bytes.length > MOST_BYTES) throw new OperatorHint(`${path}: larger than any file of checkpoints`)
  return bytes.toString('utf8')
}

function notesOf(text: string): readonly string[] {
  try {
    return parseSeen(JSON.parse(text))?.checkpoints.map(({ note }) => note) ?? []
  } catch {
    return []
  }
}
