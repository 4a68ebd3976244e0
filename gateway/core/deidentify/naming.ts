/** Under which secrets the ids of a subject's records are renamed: its own, and, for shared types, the agreement's. Decides nothing. */
import type { Identity } from '../fhir/resource.ts'
import type { Engine } from './compile/compile.ts'
import type { Naming } from './lifetime.ts'
import { createSurrogates, type Surrogates } from './values/surrogate.ts'

/** Of a subject, or of the shared records (`identity` null). */
interface Named {
  readonly identity: Identity | null
  readonly surrogate: string
  readonly ownBases: readonly string[]
  readonly secret: Uint8Array
  readonly sharedSecret: Uint8Array
}

export function namingOf(engine: Engine, subject: Named): Naming {
  return {
    identity: subject.identity,
    surrogate: subject.surrogate,
    ownBases: subject.ownBases,
    own: createSurrogates(subject.secret),
    shared: sharedSurrogates(engine, subject.sharedSecret),
    sharedTypes: engine.shared
  }
}

function sharedSurrogates(engine: Engine, secret: Uint8Array): Surrogates {
  const found = engine.sharedNames.get(secret)
  if (found !== undefined) return found
  const made = createSurrogates(secret)
  engine.sharedNames.set(secret, made)
  return made
}
