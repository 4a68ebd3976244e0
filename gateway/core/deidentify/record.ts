/**
 * One record through the compiled profile, with what it contains: a new record without identifiers, or the code of why it is withheld. Refuses patients
 * that are not the subject, types without rules, and contained resources that are about anybody else.
 */
import type { Json } from '../digest.ts'
import type { Code } from '../errors.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import { belonging } from '../fhir/subject.ts'
import type { Engine } from './compile/compile.ts'
import type { Contained, Context } from './context.ts'
import { addLabels, REDACTED } from './labels.ts'
import type { Lifetime } from './lifetime.ts'
import { idFor, type Naming } from './naming.ts'
import { agesCollapse } from './profile/profile.ts'
import { lifetimeIn } from './relatives.ts'

/** What the records of one subject are released under. */
export interface Release {
  readonly engine: Engine
  readonly naming: Naming
  readonly context: Context
  /** Of the subject. */
  readonly lifetime: Lifetime
  readonly at: string
  /** Why the agreement does not reach a record; null: it does. */
  readonly scope: (resource: Resource) => Code | null
}

/** The new record, or the code of why it is withheld. */
export function releaseRecord(release: Release, identity: Identity, resource: Resource): Resource | Code {
  const { engine, naming, context } = release
  const transform = engine.transforms.get(resource.resourceType)
  if (transform === undefined) return engine.refusal(resource.resourceType)
  const { identity: subject } = naming
  const own = subject !== null && identity.type === 'Patient' && identity.id === subject.id && identity.base === subject.base
  if (identity.type === 'Patient' && !own) return 'no-subject'
  context.fault = null
  context.done = 0
  judgeBy(release, resource)
  context.base = identity.base
  context.id = own ? naming.surrogate : idFor(naming, identity.base, identity.type, identity.id)
  context.pointedAt = []
  context.contained = resource['contained'] === undefined ? null : containedOf(release, identity, resource['contained'])
  const out = transform(resource, context)
  if (context.fault === null && out !== undefined && context.contained !== null) addContained(release, out)
  if (context.fault !== null) return context.fault
  if (out === undefined) return 'not-releasable'
  if (engine.profile.labels === 'summary') addLabels(out, context.done | lostContained(resource, out))
  return out
}

/** Ages and years are those of the one the record is about. */
function judgeBy({ engine, context, lifetime, at }: Release, resource: Resource): void {
  const judged = agesCollapse(engine.profile) ? lifetimeIn(resource, lifetime, at) : lifetime
  context.over90 = judged.over90
  context.known90 = judged.known90
  context.minYear = judged.minYear
  context.maxYear = judged.maxYear
}

function lostContained(before: Resource, after: Resource): number {
  const [came, left] = [before['contained'], after['contained']]
  return Array.isArray(came) && came.length > (Array.isArray(left) ? left.length : 0) ? REDACTED : 0
}

/** Names for contained resources that may leave: their ids are the sender's words. Two of one id cannot be told apart, so neither is named. */
function containedOf(release: Release, within: Identity, value: Json | undefined): Map<string, Contained> {
  const named = new Map<string, Contained>()
  const seen = new Set<string>()
  const items = Array.isArray(value) ? value : []
  items.forEach((item, index) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return
    const { id, resourceType } = item
    if (typeof id !== 'string' || typeof resourceType !== 'string') return
    if (seen.has(id)) {
      named.delete(id)
      return
    }
    seen.add(id)
    const resource = item as Resource // by its two members; what else it is not as FHIR has it, belonging() and a transform read as nothing
    if (release.engine.transforms.has(resourceType) && mayBeContained(release.naming, within, resource) && release.scope(resource) === null)
      named.set(id, { name: `c${index + 1}`, resource, used: false })
  })
  return named
}

/**
 * No patient is contained in what leaves, and nothing about one but the subject: what another record holds has passed neither the consent of whom it
 * is about nor the risk gate.
 */
function mayBeContained(naming: Naming, within: Identity, resource: Resource): boolean {
  if (resource.resourceType === 'Patient') return false
  const whose = belonging(resource, { ...within, type: resource.resourceType }, naming.ownBases)
  if (whose.of !== 'subject') return whose.of === 'shared'
  return whose.subject.id === naming.identity?.id && whose.subject.base === naming.identity.base
}

/** Contained resources that something still points at, each by the rules of its own type; one may be the only one to point at another, so the list grows as it is read. */
function addContained(release: Release, out: Resource): void {
  const { engine, context } = release
  const made: Resource[] = []
  for (const { name, resource } of context.pointedAt) {
    context.id = name
    judgeBy(release, resource)
    const kept = engine.transforms.get(resource.resourceType)?.(resource, context)
    if (kept !== undefined) made.push(kept)
  }
  if (made.length > 0) out['contained'] = made
}
