/**
 * One subject, or the shared records, through the compiled profile: new records without identifiers, and the reasons for those withheld. Every record
 * given is either released or withheld; nothing given is changed.
 */
import { type Derivation, type DeriveInput, deriveSubject } from '../derive/derive.ts'
import type { Json } from '../digest.ts'
import type { Code } from '../errors.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import { belonging } from '../fhir/subject.ts'
import { birthTold, riskClasses } from './classes.ts'
import type { Engine } from './compile.ts'
import type { Contained, Context } from './context.ts'
import { dayNumber } from './dates.ts'
import { subjectScrub } from './free-text.ts'
import { addLabels, REDACTED } from './labels.ts'
import { createReferer, idFor, type Lifetime, lifetimeOf, type Naming, YOUNGER } from './lifetime.ts'
import { agesCollapse } from './profile.ts'
import { lifetimeIn } from './relatives.ts'
import { createSurrogates, type Surrogates } from './surrogate.ts'
import type { Traits } from './traits.ts'

export interface SourceRecord {
  readonly identity: Identity
  readonly resource: Resource
}

export interface Subject {
  /** Release moment, ISO 8601. */
  readonly at: string
  /** The subject's secret from the crosswalk, 32 bytes. */
  readonly secret: Uint8Array
  /** The agreement's secret for shared types: pass the same object for all subjects, its names are remembered by it. */
  readonly sharedSecret: Uint8Array
  /** Random id of the subject's Patient. */
  readonly surrogate: string
  /** Who the subject is; null for shared records. */
  readonly identity: Identity | null
  /** Whole days the subject's dates go back, 1 to 365, from the crosswalk; null for shared records: none of their dates is moved. */
  readonly shiftDays: number | null
  readonly ownBases: readonly string[]
  readonly records: readonly SourceRecord[]
  /** All source records of the subject, agreed or not (default: the records): ages are judged and fields derived by them, nothing of them leaves. */
  readonly context?: readonly Resource[]
  /** Does the agreement reach it? Asked of contained resources, which have not been placed in its date window with the records (default: all are). */
  readonly inScope?: (resource: Resource) => boolean
}

/** `index` is the place in `records`. */
export interface SubjectRelease {
  readonly released: readonly {
    readonly type: string
    readonly resource: Resource
    readonly index: number
  }[]
  readonly withheld: readonly {
    readonly code: Code
    readonly type: string
    readonly index: number
  }[]
  /** Level 0 and level 1; null for shared records. */
  readonly classes: readonly [string, string] | null
  /** null for shared records, without a Patient among what leaves, and where the profile declares none. */
  readonly traits: Traits | null
}

export function releaseSubject(engine: Engine, subject: Subject): SubjectRelease {
  const sources = subject.context ?? subject.records.map((record) => record.resource)
  const patient = patientOf(subject)
  const lifetime = lifetimeUnder(engine, subject, patient, sources)
  const naming = namingOf(engine, subject)
  const context: Context = {
    fault: null,
    base: '',
    id: '',
    contained: null,
    pointedAt: [],
    ...lifetime,
    done: 0,
    shiftDays: shiftDaysOf(subject),
    today: dayNumber(subject.at.slice(0, 10)) ?? Number.NEGATIVE_INFINITY,
    keyed: naming.own.keyed,
    scrub: scrubFor(engine, subject, sources, naming),
    refer: createReferer(naming)
  }
  const derived = derivedOf(engine, subject, {
    records: sources,
    birthDate: patient?.['birthDate'],
    over90: lifetime.over90
  })
  const release: Release = { engine, naming, context, lifetime, at: subject.at, inScope: subject.inScope ?? everything }
  const released: { type: string; resource: Resource; index: number }[] = []
  const withheld: { code: Code; type: string; index: number }[] = []
  subject.records.forEach((record, index) => {
    const type = record.resource.resourceType
    const out = releaseRecord(release, record)
    if (typeof out === 'string') {
      withheld.push({ code: out, type, index })
      return
    }
    const more = derived.get(record.resource)
    if (more !== undefined) addDerived(out, more)
    released.push({ type, resource: out, index })
  })
  // no Patient but the subject's own is released
  const out = released.findLast(({ type }) => type === 'Patient')?.resource ?? null
  return {
    released,
    withheld,
    classes: subject.identity === null ? null : riskClasses(engine, out, patient, lifetime),
    traits: subject.identity === null ? null : traitsOf(engine, released, { out, patient, lifetime })
  }
}

/** Of shared records nothing is known that is not in them. */
function scrubFor({ scrubbing }: Engine, subject: Subject, sources: readonly Resource[], { own }: Naming): Context['scrub'] {
  return scrubbing === null ? null : subjectScrub(scrubbing, { at: subject.at, sources, keyed: own.keyed, shiftDays: shiftDaysOf(subject) })
}

function traitsOf(
  engine: Engine,
  released: SubjectRelease['released'],
  known: { readonly out: Resource | null; readonly patient: Resource | null; readonly lifetime: Lifetime }
): Traits | null {
  const { out } = known
  if (engine.traits === null || out === null) return null
  return engine.traits({ patient: out, records: released.map(({ resource }) => resource), birth: birthTold(engine, known) })
}

function derivedOf(engine: Engine, subject: Subject, input: DeriveInput): ReadonlyMap<Resource, Derivation> {
  const derived = new Map<Resource, Derivation>()
  if (subject.identity === null) return derived
  for (const [index, row] of deriveSubject(engine.derived, input)) {
    const record = input.records[index]
    if (record !== undefined) derived.set(record, row)
  }
  return derived
}

const SHARED_LIFETIME = {
  over90: true,
  known90: false,
  minYear: '0000',
  maxYear: '9999'
}

function lifetimeUnder(engine: Engine, subject: Subject, patient: Resource | null, sources: readonly Resource[]): Lifetime {
  if (!agesCollapse(engine.profile)) return YOUNGER
  return subject.identity === null ? SHARED_LIFETIME : lifetimeOf(patient, sources, subject.at)
}

/** Any other number is none: its dates stay in. */
function shiftDaysOf({ shiftDays, identity }: Subject): number | null {
  return identity !== null && Number.isInteger(shiftDays) && Number(shiftDays) >= 1 && Number(shiftDays) <= 365 ? shiftDays : null
}

function patientOf(subject: Subject): Resource | null {
  const { identity } = subject
  if (identity === null) return null
  const found = subject.records.findLast(
    (record) => record.identity.type === 'Patient' && record.identity.id === identity.id && record.identity.base === identity.base
  )
  return found?.resource ?? subject.context?.findLast((resource) => resource.resourceType === 'Patient') ?? null
}

function namingOf(engine: Engine, subject: Subject): Naming {
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

const everything = (): boolean => true

interface Release {
  readonly engine: Engine
  readonly naming: Naming
  readonly context: Context
  /** Of the subject. */
  readonly lifetime: Lifetime
  readonly at: string
  readonly inScope: (resource: Resource) => boolean
}

/** The new record, or the code of why it is withheld. */
function releaseRecord(release: Release, record: SourceRecord): Resource | Code {
  const { engine, naming, context } = release
  const { identity, resource } = record
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
  const twice = new Set<string>()
  const items = Array.isArray(value) ? value : []
  items.forEach((item, index) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return
    const { id, resourceType } = item
    if (typeof id !== 'string' || typeof resourceType !== 'string') return
    if (seen.has(id)) twice.add(id)
    seen.add(id)
    const resource = item as Resource // by its two members; what else it is not as FHIR has it, belonging() and a transform read as nothing
    if (release.engine.transforms.has(resourceType) && mayBeContained(release.naming, within, resource) && release.inScope(resource))
      named.set(id, { name: `c${index + 1}`, resource, used: false })
  })
  for (const id of twice) named.delete(id)
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

function addDerived(out: Resource, more: Derivation): void {
  if (more.length !== null) out['length'] = more.length
  if (more.extensions.length === 0) return
  const extensions = out['extension']
  out['extension'] = Array.isArray(extensions) ? [...extensions, ...more.extensions] : [...more.extensions]
}
