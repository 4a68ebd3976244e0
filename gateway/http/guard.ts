/**
 * Doors at which somebody proves who they are: failures are counted by address, and under the name that was claimed there. Decides who waits before anything is looked at, whether
 * that name is anybody's or not. Refuses with 429, the same words for all. Waiting is against guessing, and nobody guesses a signature: a right one never waits.
 */
import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { type Code, RefusedError, RequestError } from '../core/errors.ts'
import type { Claimant } from '../exchange/identity/lockouts.ts'
import { type Asked, placeOf } from './asked.ts'
import type { HttpDeps } from './deps.ts'
import { countedAt } from './origin.ts'
import { ThrottledError } from './outcomes.ts'

/** Codes by which somebody failed to prove who they are; the rest are mistakes in a request. */
const FAILURES: ReadonlySet<Code> = new Set<Code>(['invalid_client', 'sign-in-invalid', 'sign-in-unknown', 'sign-in-weak', 'not-found'])

function isFailure(error: unknown): boolean {
  return error instanceof RequestError && FAILURES.has(error.code)
}

/** Failures are counted by address; past so many whoever comes from there waits. */
export function guarded<T>(asked: Asked, work: () => Promise<T>): Promise<T> {
  return guardedButSigned(asked, (seconds) => {
    if (seconds > 0) throw new ThrottledError(seconds)
    return work()
  })
}

/** The same, where a signature may prove who asks: `work` is told how many seconds all else waits, 0 for none. */
export async function guardedButSigned<T>({ deps, req }: Asked, work: (seconds: number) => Promise<T>): Promise<T> {
  const place = countedAt(deps, req)
  const seconds = deps.allowances.wait('failure', place, deps.now())
  if (seconds > 0) requireSpare(deps, req, seconds)
  try {
    return await work(seconds)
  } catch (error) {
    if (!(error instanceof RequestError) || error instanceof ThrottledError) throw error
    if (seconds > 0 && !(error instanceof RefusedError && error.told.proved === true)) throw new ThrottledError(seconds)
    deps.allowances.take('failure', place, deps.now())
    throw error
  }
}

/** Past its bound an address may still show signatures, as often as it may prove nothing. */
function requireSpare({ allowances, now, publicUrl }: HttpDeps, req: IncomingMessage, seconds: number): void {
  if (allowances.take('unproved', countedAt({ publicUrl }, req), now()) > 0) throw new ThrottledError(seconds)
}

/** Who is claimed to ask. `seconds`: all but a signature waits so long already. */
export interface Claim {
  readonly kind: Claimant
  readonly claimed: string
  readonly by: 'assertion' | 'secret' | 'nothing'
  readonly seconds: number
}

/** Failures lock the name that is claimed at that address, for longer each time; past many from anywhere, each further one is answered later. */
export async function proving<T>(asked: Asked, { kind, claimed, by, seconds }: Claim, work: () => Promise<T>): Promise<T> {
  const { lockouts } = asked.deps
  const place = placeOf(asked.req)
  const waits = Math.max(seconds, lockouts.wait(kind, claimed, place))
  const noted = async (): Promise<T> => {
    const proved = await work()
    await lockouts.succeeded(kind, claimed, place)
    return proved
  }
  if (waits > 0 && by !== 'assertion') throw new ThrottledError(waits)
  if (waits > 0 && seconds === 0) requireSpare(asked.deps, asked.req, waits)
  try {
    return await noted()
  } catch (error) {
    // what fails meanwhile makes nobody wait longer
    if (isFailure(error) && waits > 0) throw new ThrottledError(waits)
    if (isFailure(error)) await wait(await lockouts.failed(kind, claimed, place))
    throw error
  }
}
