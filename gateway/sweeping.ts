/** What a gateway clears away every five minutes: spent ids of tokens, files nobody names, datasets and bodies whose time is over. Decides nothing; a sweep that fails is told of, and the next one tries again. */
import type { Pool } from 'pg'
import { shredSubjects } from './exchange/accounting/shred.ts'
import type { House } from './exchange/house.ts'
import { sweepSessions } from './exchange/identity/sessions.ts'
import { expireBodies, type Keeping } from './exchange/log/log-retention.ts'
import type { Verification } from './exchange/log/log-verified.ts'
import { destroyAbandoned, expireDatasets, forgetTold } from './exchange/release/retention.ts'
import { sweepFiles } from './exchange/sweep.ts'
import type { createObserver } from './observe/observer.ts'
import { sweepRevoked } from './store/revoked-tokens.ts'
import { sweepJti } from './store/spent-jti.ts'

const SWEEP_MS = 5 * 60_000

interface Swept {
  readonly pool: Pool
  readonly house: House
  readonly verification: Verification
}

async function sweep({ pool, house, verification }: Swept, keeping: Keeping | null): Promise<void> {
  await Promise.all([
    sweepJti(pool),
    sweepSessions(house),
    sweepRevoked(pool),
    sweepFiles(house),
    expireDatasets(house),
    destroyAbandoned(house),
    forgetTold(house),
    shredSubjects(house),
    verification.look(),
    expireBodies(house, keeping)
  ])
}

/** Until it is stopped. `keeping`: how long the log keeps what entries say; null: for ever. */
export function startSweeping(swept: Swept, keeping: Keeping | null, observe: ReturnType<typeof createObserver>): { stop(): void } {
  const timer = setInterval(
    () =>
      void sweep(swept, keeping).catch((error: unknown) =>
        observe.stepFailed({ kind: 'sweep', target: 'files', code: 'internal', attempts: 1, error })
      ),
    SWEEP_MS
  )
  return { stop: () => clearInterval(timer) }
}
