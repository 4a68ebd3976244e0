/**
 * What a gateway does every ten seconds for the log to be complete: counts of refusals are written and, when their minute is over, become entries; it is
 * seen to live, and whoever ended without a word is told of. Decides nothing; a round that fails is told of and the next one tries again.
 */
import { codeOf } from '../core/errors.ts'
import type { House } from './house.ts'
import { type Refusals, settleRefusals } from './refusals.ts'
import type { Run } from './runs.ts'

const EVERY_MS = 10_000

/** Starts the rounds; `stop` ends them and writes what is still in memory. */
export function startRounds(
  house: Pick<House, 'pool' | 'now' | 'observe'>,
  refusals: Refusals,
  run: Run
): { readonly stop: () => Promise<void> } {
  const attempt = async (part: () => Promise<unknown>): Promise<void> => {
    try {
      await part()
    } catch (error) {
      house.observe.stepFailed({ kind: 'round', target: 'log', code: codeOf(error), attempts: 1, error })
    }
  }
  const walk = async (): Promise<void> => {
    await attempt(() => refusals.flush())
    await attempt(() => settleRefusals(house))
    await attempt(() => run.seen())
  }
  const walking = { now: Promise.resolve() }
  const timer = setInterval(() => {
    walking.now = walking.now.then(walk)
  }, EVERY_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await walking.now
      await attempt(() => refusals.flush())
    }
  }
}
