/** Allowances and lock-outs that hold over all replicas: each second this one tells the others what it let happen and hears of them, and each minute rows whose time is over go. Decides nothing; while the database is away a replica goes on by what it last heard. */
import { codeOf } from './core/errors.ts'
import { FORGET_SECONDS } from './core/identity/lockout.ts'
import { addressMac } from './exchange/audit/refusals.ts'
import type { House } from './exchange/house.ts'
import { Allowances, type PerMinute } from './exchange/identity/allowances.ts'
import { KeptLockouts, MOST_FAILURES } from './exchange/identity/lockouts.ts'
import type { HttpDeps } from './http/deps.ts'
import type { Started } from './started.ts'
import { exchangeAllowances, sweepAllowances, sweepFailures } from './store/limits.ts'

const EXCHANGE_MS = 1000
const ROUNDS_A_SWEEP = 60

/** The registry is asked each time. */
function roomOf(house: House, free: number): ConstructorParameters<typeof KeptLockouts>[0] {
  const { pool, now } = house
  return {
    pool,
    now,
    get registry() {
      return house.registry
    },
    secret: () => house.ring.names(),
    free
  }
}

/** Resolves once it has heard what stood before: a lock is not forgotten by a restart. */
export async function startLimits(
  house: House,
  bounds: PerMinute & { readonly freeFailures: number },
  started: Started
): Promise<Pick<HttpDeps, 'allowances' | 'lockouts'>> {
  const { pool, observe } = house
  const [allowances, lockouts] = [
    new Allowances(bounds, (address) => addressMac(house.ring.names(), address)),
    new KeptLockouts(roomOf(house, bounds.freeFailures))
  ]
  const attempt = (part: Promise<unknown>): Promise<unknown> =>
    part.catch((error: unknown) => observe.stepFailed({ kind: 'limits', target: 'allowances', code: codeOf(error), attempts: 1, error }))
  const exchange = (): Promise<void> => allowances.exchange((taken) => exchangeAllowances(pool, taken), Date.now)
  const round = { number: 0, now: Promise.resolve<unknown>(undefined) }
  const walk = async (): Promise<void> => {
    round.number += 1
    await Promise.all([attempt(exchange()), attempt(lockouts.look())])
    if (round.number % ROUNDS_A_SWEEP === 0)
      await Promise.all([attempt(sweepAllowances(pool)), attempt(sweepFailures(pool, FORGET_SECONDS, MOST_FAILURES))])
  }
  await Promise.all([exchange(), lockouts.look()])
  const state = { walking: false }
  const timer = setInterval(() => {
    // a database that answers slowly is not asked twice at once
    if (state.walking) return
    state.walking = true
    round.now = walk().finally(() => {
      state.walking = false
    })
  }, EXCHANGE_MS)
  started.add(async () => {
    clearInterval(timer)
    await round.now
    // what was spent is told before this one is gone
    await attempt(exchange())
  })
  return { allowances, lockouts }
}
