/**
 * The sequencer: gives what waits in the outbox its place and signs, every so many milliseconds, apart from releases, so that a slow step or a recipient's key
 * server never holds a checkpoint back. Runs in every replica. Decides nothing; a log that cannot be signed is told of at each try, and nothing is signed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, IntegrityError } from '../../core/errors.ts'
import { latestCheckpoint } from '../../store/log.ts'
import type { House, Rooms } from '../house.ts'
import { sequenceTurn } from './log.ts'

export interface Sequencer {
  /** Waits for what is under way. */
  stop(): Promise<void>
}

interface Seen {
  /** size of the newest checkpoint this replica knows of; -1: of none */
  covered: bigint
  /** did more wait than a turn of its own takes; 'left': another replica had the turn */
  more: More
}

type More = 'yes' | 'no' | 'left'

/**
 * The turn of another replica since the last look: what came behind it waits for the next, so that replicas do not sign after each other what one signs for all.
 * null: nobody signed since, and this one has to.
 */
async function ofAnother({ pool }: Rooms, { covered, more }: Seen): Promise<{ readonly covered: bigint; readonly more: 'left' } | null> {
  if (covered < 0n || more === 'yes') return null
  const newest = await latestCheckpoint(pool)
  return newest !== null && newest.size > covered ? { covered: newest.size, more: 'left' } : null
}

/** Starts it; `grown` is called with the size of each newer checkpoint. */
export function startSequencer(house: Rooms & Pick<House, 'observe'>, everyMs: number, grown: (size: bigint) => void): Sequencer {
  const leaving = new AbortController()
  const turn = async (seen: Seen): Promise<More> => {
    try {
      const { covered, more } = (await ofAnother(house, seen)) ?? (await sequenceTurn(house))
      if (covered !== null && covered > seen.covered) grown(covered)
      seen.covered = covered ?? seen.covered
      return more
    } catch (error) {
      const code = codeOf(error)
      house.observe.stepFailed({ kind: 'sequence', target: 'log', code, attempts: 0, error })
      if (error instanceof IntegrityError) house.observe.integrityBroken({ code, target: 'log' })
      return 'no'
    }
  }
  const run = async (): Promise<void> => {
    const seen: Seen = { covered: -1n, more: 'no' }
    let next = performance.now() + everyMs
    while (!leaving.signal.aborted) {
      await pause(Math.max(0, next - performance.now()), undefined, { signal: leaving.signal }).catch(() => undefined)
      if (leaving.signal.aborted) return
      next = performance.now() + everyMs
      seen.more = await turn(seen)
      if (seen.more === 'yes') next = 0
      // whoever had it may have been a command that signs once: what came behind it waits no whole turn more
      if (seen.more === 'left') next = performance.now() + everyMs / 2
    }
  }
  const running = run()
  return {
    stop: async () => {
      leaving.abort()
      await running
    }
  }
}
