/**
 * Doors at which somebody proves who they are: failures are counted by address, and under the name that was claimed there. Decides who waits before anything is looked at, whether
 * that name is anybody's or not. Refuses with 429, the same words for all.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type Code, RequestError } from '../core/errors.ts'
import type { Claimant } from '../exchange/identity/lockouts.ts'
import { type Asked, placeOf } from './asked.ts'
import { ThrottledError } from './outcomes.ts'

/** Codes by which somebody failed to prove who they are; the rest are mistakes in a request. */
const FAILURES: ReadonlySet<Code> = new Set<Code>(['invalid_client', 'sign-in-invalid', 'sign-in-unknown', 'sign-in-weak', 'not-found'])

/** Failures are counted by address; successes count for whoever was proved. */
export async function guarded<T>({ deps, req }: Asked, work: () => Promise<T>): Promise<T> {
  const place = placeOf(req)
  const seconds = deps.allowances.wait('failure', place, deps.now())
  if (seconds > 0) throw new ThrottledError(seconds)
  try {
    return await work()
  } catch (error) {
    if (error instanceof RequestError && !(error instanceof ThrottledError)) deps.allowances.take('failure', place, deps.now())
    throw error
  }
}

/** Failures lock the name that is claimed at that address, for longer each time; past many from anywhere, each further one is answered later. */
export async function proving<T>({ deps, req }: Asked, kind: Claimant, claimed: string, work: () => Promise<T>): Promise<T> {
  const { lockouts } = deps
  const place = placeOf(req)
  const seconds = lockouts.wait(kind, claimed, place)
  if (seconds > 0) throw new ThrottledError(seconds)
  try {
    const proved = await work()
    await lockouts.succeeded(kind, claimed, place)
    return proved
  } catch (error) {
    if (error instanceof RequestError && FAILURES.has(error.code)) await wait(await lockouts.failed(kind, claimed, place))
    throw error
  }
}
