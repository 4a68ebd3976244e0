/**
 * The sequencer: gives what waits in the outbox its place and signs, every so many milliseconds, apart from releases, so that a slow step or a recipient's key
 * server never holds a checkpoint back. Runs in every replica. Decides nothing; a log that cannot be signed is told of at each try, and nothing is signed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, IntegrityError } from '../core/errors.ts'
import type { House, Rooms } from './house.ts'
import { sequenceTurn } from './log.ts'

export interface Sequencer {
  /** Waits for what is under way. */
  stop(): Promise<void>
}

/** Starts it; `grown` is called with the size of each newer checkpoint. */
export function startSequencer(house: Rooms & Pick<House, 'observe'>, everyMs: number, grown: (size: bigint) => void): Sequencer {
  const leaving = new AbortController()
  const turn = async (seen: { covered: bigint }): Promise<'yes' | 'no'> => {
    try {
      const { covered, more } = await sequenceTurn(house)
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
    const seen = { covered: -1n }
    let next = performance.now() + everyMs
    while (!leaving.signal.aborted) {
      await pause(Math.max(0, next - performance.now()), undefined, { signal: leaving.signal }).catch(() => undefined)
      if (leaving.signal.aborted) return
      next = performance.now() + everyMs
      if ((await turn(seen)) === 'yes') next = 0
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
