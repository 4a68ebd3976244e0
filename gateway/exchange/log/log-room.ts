/**
 * Back-pressure of the log. Decides whether more entries may come: not while more than a bound of them wait for their place. Doors that make entries are
 * answered 503 then, releases wait, and the sequencer drains. Counted at most every 250 ms, up to the bound, so that asking costs next to nothing.
 */
import type { Pool } from 'pg'
import { UpstreamError } from '../../core/errors.ts'
import { countWaiting } from '../../store/outbox.ts'

export interface LogRoom {
  /** Is there room for more entries? */
  free(): Promise<boolean>
  /** UpstreamError log-behind when there is none. */
  require(): Promise<void>
}

const COUNTED_FOR_MS = 250
const RETRY_SECONDS = 2

/** `bound`: so many entries may wait. */
export function watchLog(pool: Pool, bound: number): LogRoom {
  const counted: { at: number; waiting: Promise<number> } = { at: Number.NEGATIVE_INFINITY, waiting: Promise.resolve(0) }
  const free = async (): Promise<boolean> => {
    if (performance.now() - counted.at > COUNTED_FOR_MS) {
      counted.at = performance.now()
      counted.waiting = countWaiting(pool, bound + 1)
      counted.waiting.catch(() => undefined) // whoever awaits it is told
    }
    return (await counted.waiting) <= bound
  }
  return {
    free,
    require: async () => {
      if (!(await free())) throw new UpstreamError('log-behind', RETRY_SECONDS)
    }
  }
}
