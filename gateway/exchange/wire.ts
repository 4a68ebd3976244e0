/** Errors across threads: structured clone keeps neither class nor code, so they go as data and are made again. A cause stays where it was: it may hold PHI. */
import { CODES, type Code, IntegrityError, PolicyError, RequestError, UpstreamError } from '../core/errors.ts'
import { placesOf } from '../core/places.ts'

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly kind: Kind; readonly code: Code; readonly place: string }

type Kind = 'request' | 'policy' | 'upstream' | 'integrity' | 'other'

function kindOf(error: unknown): Kind {
  if (error instanceof RequestError) return 'request'
  if (error instanceof PolicyError) return 'policy'
  if (error instanceof UpstreamError) return 'upstream'
  return error instanceof IntegrityError ? 'integrity' : 'other'
}

/** The lines of code it came through: names of functions and files, never a message. */
function placeOf(error: unknown): string {
  return error instanceof Error ? placesOf(error, 4).join('\n    ') : ''
}

/** Runs `task`; whatever it throws becomes data. */
export async function toOutcome<T>(task: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await task() }
  } catch (error) {
    const code =
      error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in CODES ? (error.code as Code) : 'internal'
    return { ok: false, kind: kindOf(error), code, place: placeOf(error) }
  }
}

/** An error of our own that failed in a worker: where, never what. */
class WorkerFault extends Error {
  override readonly name = 'WorkerFault'
  constructor(place: string) {
    super('a step failed in a worker thread')
    this.stack = `${this.name}\n    ${place}`
  }
}

/** The thread died under a task, of too little memory as a rule: nothing of it was committed. */
export class ThreadDied extends Error {
  override readonly name = 'ThreadDied'
  constructor() {
    super('a worker thread died')
  }
}

/** The value, or the error thrown again on this side. */
export function fromOutcome<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  const { kind, code, place } = outcome
  const cause = new WorkerFault(place)
  switch (kind) {
    case 'request':
      throw new RequestError(code, undefined, cause)
    case 'policy':
      throw new PolicyError(code, [], cause)
    case 'upstream':
      throw new UpstreamError(code, 5, cause)
    case 'integrity':
      throw new IntegrityError(code, {}, cause)
    case 'other':
      throw cause
  }
}
