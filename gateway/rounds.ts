/**
 * What a gateway tells of itself: what changed since one last started, that it started, and, last of all, that it stopped. Between the two, every ten
 * seconds: Consents whose day has come are taken up (consent-turns.ts), counts of refusals are written and, when their minute is over, become entries; it is seen to
 * live, and whoever ended without a word is told of.
 * Decides nothing; a round that fails is told of and the next one tries again.
 */
import { codeOf } from './core/errors.ts'
import { Refusals, settleRefusals } from './exchange/audit/refusals.ts'
import { turnConsents } from './exchange/consent/consent-turns.ts'
import type { House } from './exchange/house.ts'
import { noteChanges } from './exchange/log/changes.ts'
import { sequence } from './exchange/log/log.ts'
import { beginRun, type StopReason } from './exchange/log/runs.ts'

const EVERY_MS = 10_000

interface Attendance {
  readonly refusals: Refusals
  /** Writes what is in memory only and commits that the gateway stopped; MUST be the last that makes entries. */
  stop(reason: StopReason): Promise<void>
}

/** Commits what changed and that the gateway starts, before it does anything else; then the rounds begin. */
export async function attend(house: House, version: string): Promise<Attendance> {
  await noteChanges(house)
  const run = await beginRun(house, version)
  const refusals = new Refusals(house)
  const attempt = async (part: () => Promise<unknown>): Promise<void> => {
    try {
      await part()
    } catch (error) {
      house.observe.stepFailed({ kind: 'round', target: 'log', code: codeOf(error), attempts: 1, error })
    }
  }
  const walk = async (): Promise<void> => {
    await attempt(() => turnConsents(house))
    await attempt(() => refusals.flush())
    await attempt(() => settleRefusals(house))
    await attempt(() => run.seen())
  }
  // of the days on which no gateway ran, before anybody is let in
  await attempt(() => turnConsents(house))
  const walking = { now: Promise.resolve() }
  const timer = setInterval(() => {
    walking.now = walking.now.then(walk)
  }, EVERY_MS)
  return {
    refusals,
    stop: async (reason) => {
      clearInterval(timer)
      await walking.now
      await attempt(() => refusals.flush())
      // where the database is away, the others, or the next to start, tell that this one is gone
      await attempt(() => run.end(reason))
      await attempt(() => sequence(house))
    }
  }
}
