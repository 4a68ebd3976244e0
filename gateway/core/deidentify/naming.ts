/**
 * How the ids of a subject's records and the references between them are renamed, as one graph: under the subject's own secret, shared types under the
 * agreement's. Refuses to name another patient, and what names no record.
 */
import { parseReference } from '../fhir/identity.ts'
import type { Identity } from '../fhir/resource.ts'
import type { Engine } from './compile/compile.ts'
import type { Context } from './context.ts'
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

export interface Naming {
  /** null for shared records */
  readonly identity: Identity | null
  /** id of the subject's Patient */
  readonly surrogate: string
  readonly ownBases: readonly string[]
  readonly own: Surrogates
  readonly shared: Surrogates
  readonly sharedTypes: ReadonlySet<string>
}

/** Renames references as one graph: the subject's Patient to its surrogate, other patients to nothing, everything else to its own surrogate. */
export function createReferer(naming: Naming): Context['refer'] {
  const renamed = new Map<string, string | null>()
  return (text, context) => {
    if (text.charCodeAt(0) === 35) return containedReference(text, context)
    const key = context.base === '' ? text : `${context.base} ${text}`
    const found = renamed.get(key)
    if (found !== undefined) return found
    const name = rename(naming, text, context.base)
    renamed.set(key, name)
    return name
  }
}

function rename(naming: Naming, text: string, base: string): string | null {
  const named = parseReference(text, naming.ownBases)
  if (named === null) return null
  // a relative reference stands under the base of the record it is in (R4 2.36.4.1)
  const target = named.base === '' && !text.startsWith('http') ? base : named.base
  if (named.type !== 'Patient') return `${named.type}/${idFor(naming, target, named.type, named.id)}`
  const { identity } = naming
  return identity !== null && identity.base === target && identity.id === named.id ? `Patient/${naming.surrogate}` : null
}

/** The surrogate of a record that is no Patient. */
export function idFor(naming: Naming, base: string, type: string, id: string): string {
  return (naming.sharedTypes.has(type) ? naming.shared : naming.own).id(base, type, id)
}

function containedReference(text: string, context: Context): string | null {
  const target = context.contained?.get(text.slice(1))
  if (target === undefined) return null
  if (!target.used) context.pointedAt.push(target)
  target.used = true
  return `#${target.name}`
}
