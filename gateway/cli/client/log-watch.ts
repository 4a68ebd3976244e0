/**
 * A gateway's log as someone outside sees it: each checkpoint it shows is verified under pinned keys and must continue all that were seen before,
 * which are kept. Decides what is a fork, a rollback, another log. Refuses to believe a gateway that showed consistency proofs once and no longer does;
 * one that never did is held to sizes and equal roots, and that is said.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Code, IntegrityError, OperatorHint } from '../../core/errors.ts'
import type { Checkpoint } from '../../core/log/checkpoint.ts'
import { areConsistent, parseConsistency, standingOf } from '../../core/log/consistency.ts'
import type { NoteVerifier } from '../../seal/note.ts'
import { checkCheckpoint } from '../../seal/verify/proof.ts'
import { readSeen, type Seen, writeEvidence, writeSeen } from './seen.ts'

/** GET of a public path of the gateway: the body of a 200, null for a 404. Anything else is thrown. */
export type Ask = (path: string) => Promise<string | null>

export interface LogWatch {
  /** The newest checkpoint the gateway shows, verified, consistent and kept; null when there is none yet. IntegrityError log-… */
  newest(): Promise<Checkpoint | null>
  /** A checkpoint from elsewhere (a receipt's) must be of the same history. IntegrityError log-… */
  agrees(note: string): Promise<void>
  /** The newest that is kept, and since when; null before the first. */
  kept(): { readonly checkpoint: Checkpoint; readonly since: string } | null
}

export interface LogWatchOptions {
  /** where checkpoints are kept */
  readonly folder: string
  readonly verifiers: readonly NoteVerifier[]
  readonly ask: Ask
  readonly now: () => Date
  /** a sentence for the one who watches, where a check could not be made */
  readonly tell: (sentence: string) => void
}

/** Gateways that share a log may show a checkpoint a moment after another has shown the next. */
const LOOK_AGAIN_MS = 1000
const LOOKS = 3

const NO_CHECKPOINT = 'the server did not answer with a checkpoint, as a Sallyport gateway does: check the address'
const UNREADABLE = 'the newest checkpoint that was kept (checkpoints.json) is none any more: someone altered the file'
const NOT_OFFERED = 'the gateway offers no consistency proofs: only sizes and equal roots of its checkpoints were compared'

/** Opens the memory in `folder`. Throws OperatorHint when it is not one, IntegrityError log-foreign when it is of other keys than these. */
export function openLogWatch(options: LogWatchOptions): LogWatch {
  return new Watch(options)
}

class Watch implements LogWatch {
  readonly #options: LogWatchOptions
  #seen: Seen
  #newest: { readonly checkpoint: Checkpoint; readonly note: string; readonly since: string } | null = null

  constructor(options: LogWatchOptions) {
    this.#options = options
    this.#seen = readSeen(options.folder)
    const last = this.#seen.checkpoints.at(-1)
    if (last !== undefined) this.#newest = { checkpoint: this.#verified(last.note, UNREADABLE), note: last.note, since: last.at }
  }

  kept(): { readonly checkpoint: Checkpoint; readonly since: string } | null {
    return this.#newest
  }

  async newest(): Promise<Checkpoint | null> {
    for (let look = 1; ; look++) {
      const note = await this.#options.ask('/log/checkpoint')
      const shown = note === null ? null : this.#verified(note)
      const kept = this.#newest
      if (kept !== null && (shown === null || shown.size < kept.checkpoint.size)) {
        if (look === LOOKS) throw this.#alarm('log-rolled-back', note)
        await sleep(LOOK_AGAIN_MS)
        continue
      }
      if (note === null || shown === null) return null
      await this.#continue(note, shown)
      return shown
    }
  }

  async agrees(note: string): Promise<void> {
    await this.#continue(note, this.#verified(note))
  }

  #verified(note: string, otherwise = NO_CHECKPOINT): Checkpoint {
    const checked = checkCheckpoint(note, this.#options.verifiers)
    if (checked.ok) return checked.found
    // a page of a proxy, say: no word of the log
    if (checked.failed === 'format') throw new OperatorHint(otherwise)
    throw this.#alarm('log-foreign', note)
  }

  /** Proves that one history holds both what is kept and what is shown, and keeps it when it is newer. */
  async #continue(note: string, shown: Checkpoint): Promise<void> {
    const kept = this.#newest
    const standing = kept === null ? 'grown' : standingOf(kept.checkpoint, shown)
    if (kept !== null && shown.origin !== kept.checkpoint.origin) throw this.#alarm('log-foreign', note)
    if (standing === 'forked') throw this.#alarm('log-forked', note)
    // Also of a first checkpoint, and one seen already, the proof (an empty one) is asked for until one was offered: then it must stay.
    if (standing !== 'same' || this.#seen.proofs !== 'offered') await this.#prove(note, shown)
    if (standing === 'grown') this.#keep(note, shown)
  }

  async #prove(note: string, shown: Checkpoint): Promise<void> {
    const kept = this.#newest?.checkpoint ?? shown
    const [from, to] = kept.size <= shown.size ? [kept.size, shown.size] : [shown.size, kept.size]
    const text = await this.#options.ask(`/log/proof/consistency?from=${from}&to=${to}`)
    if (text === null && this.#seen.proofs !== 'offered') {
      if (this.#newest !== null) this.#options.tell(NOT_OFFERED)
      return
    }
    const proof = text === null ? null : parseConsistency(text)
    if (proof === null) throw this.#alarm('log-unproved', note, text)
    if (!areConsistent(kept, shown, proof)) throw this.#alarm('log-forked', note, text)
    if (this.#seen.proofs === 'offered') return
    this.#seen = { ...this.#seen, proofs: 'offered' }
    writeSeen(this.#options.folder, this.#seen)
  }

  #keep(note: string, shown: Checkpoint): void {
    const at = this.#options.now().toISOString()
    this.#seen = { ...this.#seen, checkpoints: [...this.#seen.checkpoints, { note, at }] }
    writeSeen(this.#options.folder, this.#seen)
    this.#newest = { checkpoint: shown, note, since: at }
  }

  #alarm(alarm: Code, shown: string | null, proof: string | null = null): IntegrityError {
    const kept = this.#newest?.note ?? null
    const path = writeEvidence(this.#options.folder, { alarm, at: this.#options.now().toISOString(), kept, shown, proof })
    return new IntegrityError(alarm, { ...sizesOf(this.#newest?.checkpoint, shown), evidence: path })
  }
}

/** What of two checkpoints may be printed: their sizes. */
function sizesOf(kept: Checkpoint | undefined, shown: string | null): Record<string, string> {
  const size = /^[^\n]*\n(\d{1,20})\n/.exec(shown ?? '')?.[1]
  return { ...(kept === undefined ? {} : { kept: String(kept.size) }), shown: size ?? 'none' }
}
