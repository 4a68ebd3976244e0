/**
 * The sequencer: gives what waits in the outbox its place and signs, every so many milliseconds, apart from releases, so that a slow step or a recipient's key
 * server never holds a checkpoint back. Runs in every replica. Decides nothing; a log that cannot be signed is told of at each try, and nothing is signed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, IntegrityError } from '../core/errors.ts'
import type { House, Rooms } from './house.ts'
import { sequence } from './log.ts'

export interface Sequencer {
  /** Waits for what is under way. */
  stop(): Promise<void>
}

/** Starts it; `grown` is called with the size of each newer checkpoint. */
export function startSequencer(house: Rooms & Pick<House, 'observe'>, everyMs: number, grown: (size: bigint) => void): Sequencer {
  const leaving = new AbortController()
  const run = async (): Promise<void> => {
    let covered = -1n
    while (!leaving.signal.aborted) {
      await pause(everyMs, undefined, { signal: leaving.signal }).catch(() => undefined)
      if (leaving.signal.aborted) return
      try {
        const size = await sequence(house)
        if (size > covered) grown(size)
        covered = size
      } catch (error) {
        const code = codeOf(error)
        house.observe.stepFailed({ kind: 'sequence', target: 'log', code, attempts: 0, error })
        if (error instanceof IntegrityError) house.observe.integrityBroken({ code, target: 'log' })
      }
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
