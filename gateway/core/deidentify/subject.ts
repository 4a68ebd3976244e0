/**
 * One subject, or the shared records, through the compiled profile: new records without identifiers, and the reasons for those withheld. Every record
 * given is either released or withheld; nothing given is changed.
 */
import { isCategoryCode } from '../agreement/categories/categories.ts'
import { createDeriver, type Derivation } from '../derive/derive.ts'
import type { Code } from '../errors.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import type { Answers, ScrubWith } from '../scrub/outside.ts'
import { birthTold, riskClasses } from './classes.ts'
import type { Engine } from './compile/compile.ts'
import type { Context } from './context.ts'
import { createFoundTexts, type FoundText } from './found-texts.ts'
import { collecting, subjectScrub } from './free-text.ts'
import { createJudge, fixedJudge, type Judge, type Lifetime, YOUNGER, yearOf } from './lifetime.ts'
import { createReferer, type Naming, namingOf } from './naming.ts'
import { agesCollapse } from './profile/profile.ts'
import { type Release, releaseRecord } from './record.ts'
import { heldTally } from './tally.ts'
import type { Traits } from './traits.ts'
import { dayNumber } from './values/dates.ts'

export interface SourceRecord {
  readonly identity: Identity
  readonly resource: Resource
}

/** A record that is read when its turn comes: of a subject's records few are alive at a time. */
export interface SourceText {
  readonly identity: Identity
  /** Read anew each time. */
  readonly read: () => Resource
}

export interface Subject<Source> {
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
  /** All source records of the subject, agreed or not: ages are judged by them, and fields derived but from those of a sensitive category not granted. */
  readonly records: readonly Source[]
  /** Copies of its Patient that later ones replaced: its age is judged by the strictest. */
  readonly replaced?: readonly Pick<SourceText, 'read'>[]
  /** Why the agreement does not reach a record, or one that is contained; null, and the default: it does. */
  readonly scope?: (resource: Resource) => Code | null
  /** What a recogniser of others found in the texts that `textsOf` gave; null, and the default: none is asked. */
  readonly answers?: Answers | null
  /** What a report asks for beside the records; the default: nothing. */
  readonly tells?: 'findings'
}

interface Outcome<T> {
  readonly released: readonly T[]
  readonly withheld: readonly {
    readonly code: Code
    readonly type: string
    readonly index: number
  }[]
  /** Level 0 and level 1; null for shared records. */
  readonly classes: readonly [string, string] | null
  /** null for shared records, and where the profile declares none. */
  readonly traits: Traits | null
  /** Texts and attachments that did not leave: how many, by `path reason`. */
  readonly refusedTexts: ReadonlyMap<string, number>
  /** What was covered in the texts that leave, where it was asked for. */
  readonly foundTexts: readonly FoundText[]
}

/** `index` is the place in `records`. */
export type SubjectRelease = Outcome<{ readonly type: string; readonly resource: Resource; readonly index: number }>
/** Each without its line end. */
export type SubjectLines = Outcome<{ readonly type: string; readonly line: string }>

export function releaseSubject(engine: Engine, subject: Subject<SourceRecord>): SubjectRelease {
  const records = subject.records.map(({ identity, resource }) => ({ identity, read: () => resource }))
  return releaseEach(engine, { ...subject, records }, (type, resource, index) => ({ type, resource, index }))
}

/** The same from text to text: not all records are alive at a time. */
export function releaseLines(engine: Engine, subject: Subject<SourceText>): SubjectLines {
  return releaseEach(engine, subject, (type, resource) => ({ type, line: JSON.stringify(resource) }))
}

/** The texts that would be scrubbed, for a recogniser of others to be asked about. Nothing is released. */
export function textsOf(engine: Engine, subject: Subject<SourceText>): ReadonlySet<string> {
  const texts = new Set<string>()
  if (engine.scrubbing !== null) releaseEach(engine, subject, () => texts, collecting(texts))
  return texts
}

type Made<T> = (type: string, resource: Resource, index: number) => T

/** Ages are judged by the moment of release, and judged again in the rare case that an event is dated later. */
function releaseEach<T extends object>(
  engine: Engine,
  subject: Subject<SourceText>,
  made: Made<T>,
  scrub: ScrubWith | null = null
): Outcome<T> {
  const patient = patientOf(subject)
  const judge = judgeOf(engine, subject, patient)
  const first = judge.lifetime()
  const order = { engine, subject, patient, naming: namingOf(engine, subject), judge, scrub }
  // a subject done again is still one in the report
  const uncount = engine.tally === null || !judge.open ? null : heldTally(engine.tally)
  const pass = releaseUnder(order, first, made)
  const judged = judge.lifetime()
  if (judged.minYear === first.minYear && judged.over90 === first.over90) return pass
  uncount?.()
  return releaseUnder(order, judged, made)
}

interface Pass {
  readonly engine: Engine
  readonly subject: Subject<SourceText>
  readonly patient: Resource | null
  readonly naming: Naming
  readonly judge: Judge
  /** Done with texts instead of what the profile says; null: what it says. */
  readonly scrub: ScrubWith | null
}

/**
 * So many records are read, then de-identified, then written: few are alive at a time, so that the garbage collector has little to copy, and each of
 * the three finds its code and tables in the processor's caches. Against all at once a fifth of the time, against one by one a tenth.
 */
const BATCH = 32

interface Row {
  readonly index: number
  readonly type: string
  readonly out: Resource | Code
  readonly more: Derivation | 'later' | null
}

function releaseUnder<T extends object>(pass: Pass, lifetime: Lifetime, made: Made<T>): Outcome<T> {
  const { engine, subject, patient } = pass
  const one = releaser(pass, lifetime)
  const released: (T | null)[] = []
  const held: { readonly out: Resource; readonly index: number; readonly place: number }[] = []
  const withheld: { code: Code; type: string; index: number }[] = []
  // only traits look at all records of the subject together
  const told: Resource[] | null = engine.traits === null ? null : []
  let patientOut: Resource | null = null
  for (const { index, type, out, more } of one.rows()) {
    if (typeof out === 'string') {
      withheld.push({ code: out, type, index })
      continue
    }
    told?.push(out)
    if (type === 'Patient') patientOut = out
    if (more === 'later') held.push({ out, index, place: released.push(null) - 1 })
    else released.push(made(type, addDerived(out, more), index))
  }
  const derived = one.derived()
  for (const { out, index, place } of held) released[place] = made(out.resourceType, addDerived(out, derived.get(index) ?? null), index)
  return {
    released: released.filter((one) => one !== null),
    withheld,
    classes: subject.identity === null ? null : riskClasses(engine, patientOut, patient, lifetime),
    traits: subject.identity === null || told === null ? null : traitsOf(engine, told, { out: patientOut, patient, lifetime }),
    refusedTexts: one.refusedTexts,
    foundTexts: one.foundTexts
  }
}

function traitsOf(
  engine: Engine,
  records: readonly Resource[],
  known: { readonly out: Resource | null; readonly patient: Resource | null; readonly lifetime: Lifetime }
): Traits | null {
  return engine.traits === null ? null : engine.traits({ patient: known.out, records, birth: birthTold(engine, known) })
}

interface Releaser {
  /** Each record in its turn. */
  rows(this: void): Generator<Row>
  /** When all have been released. */
  derived(this: void): ReadonlyMap<number, Derivation>
  readonly refusedTexts: ReadonlyMap<string, number>
  readonly foundTexts: readonly FoundText[]
}

function releaser(pass: Pass, lifetime: Lifetime): Releaser {
  const { engine, subject, patient, naming, judge } = pass
  const scope = subject.scope ?? everything
  const context = contextOf(pass, lifetime)
  const release: Release = { engine, naming, context, lifetime, at: subject.at, scope }
  const deriver =
    subject.identity === null
      ? null
      : createDeriver(engine.derived, {
          birthDate: patient?.['birthDate'],
          deceasedDateTime: patient?.['deceasedDateTime'],
          over90: lifetime.over90,
          onlyYears: engine.profile.mode === 'safe-harbor'
        })
  const rowOf = (identity: Identity, resource: Resource, index: number): Row => {
    judge.see(resource)
    const denied = scope(resource)
    // an interval to a record that may not be known of would tell of it
    const more = denied !== null && isCategoryCode(denied) ? null : (deriver?.see(resource, index) ?? null)
    context.found?.begin(index)
    const out = denied ?? releaseRecord(release, identity, resource)
    if (typeof out === 'string') context.found?.drop()
    return { index, type: resource.resourceType, out, more }
  }
  return {
    *rows() {
      for (let from = 0; from < subject.records.length; from += BATCH) {
        const sources = subject.records.slice(from, from + BATCH)
        const read = sources.map((source) => ({ identity: source.identity, resource: source.read() }))
        yield* read.map(({ identity, resource }, at) => rowOf(identity, resource, from + at))
      }
    },
    derived: () => deriver?.all() ?? new Map(),
    refusedTexts: context.refusedTexts,
    foundTexts: context.found?.all ?? []
  }
}

/** What is known of a subject stands in all its records, whatever leaves of them; of shared records nothing is known that is not in them. */
function scrubFor({ engine, subject, naming }: Pass, lifetime: Lifetime, today: number): Context['scrub'] {
  if (engine.scrubbing === null) return null
  return subjectScrub(engine.scrubbing, {
    at: subject.at,
    today,
    *sources() {
      for (const { read } of subject.records) yield read()
    },
    keyed: naming.own.keyed,
    shiftDays: shiftDaysOf(subject),
    lifetime,
    answers: subject.answers ?? null
  })
}

function contextOf(pass: Pass, lifetime: Lifetime): Context {
  const { subject, naming } = pass
  const today = dayNumber(subject.at.slice(0, 10)) ?? Number.NEGATIVE_INFINITY
  return {
    fault: null,
    base: '',
    id: '',
    contained: null,
    pointedAt: [],
    ...lifetime,
    done: 0,
    shiftDays: shiftDaysOf(subject),
    today,
    keyed: naming.own.keyed,
    scrub: pass.scrub ?? scrubFor(pass, lifetime, today),
    refusedTexts: new Map(),
    found: subject.tells === 'findings' ? createFoundTexts() : null,
    refer: createReferer(naming)
  }
}

const SHARED_LIFETIME = { over90: true, known90: false, minYear: '0000', maxYear: '9999' }

function judgeOf(engine: Engine, subject: Subject<SourceText>, patient: Resource | null): Judge {
  if (!agesCollapse(engine.profile)) return fixedJudge(YOUNGER)
  if (subject.identity === null) return fixedJudge(SHARED_LIFETIME)
  const others = (subject.replaced ?? []).map(({ read }) => read()).filter((other) => yearOf(other['birthDate']) !== null)
  return createJudge([patient, ...others], yearOf(subject.at) ?? 9999)
}

/** Any other number is none: its dates stay in. */
function shiftDaysOf({ shiftDays, identity }: Subject<SourceText>): number | null {
  return identity !== null && Number.isInteger(shiftDays) && Number(shiftDays) >= 1 && Number(shiftDays) <= 365 ? shiftDays : null
}

/** The subject's own Patient, else any other of its group. */
function patientOf({ identity, records }: Subject<SourceText>): Resource | null {
  if (identity === null) return null
  const patients = records.filter((record) => record.identity.type === 'Patient')
  const own = patients.findLast((record) => record.identity.id === identity.id && record.identity.base === identity.base)
  return (own ?? patients.at(-1))?.read() ?? null
}

const everything = (): null => null

function addDerived(out: Resource, more: Derivation | null): Resource {
  if (more === null) return out
  if (more.length !== null) out['length'] = more.length
  else if (more.hidesLength) delete out['length']
  if (more.extensions.length === 0) return out
  const extensions = out['extension']
  out['extension'] = Array.isArray(extensions) ? [...extensions, ...more.extensions] : more.extensions
  return out
}
