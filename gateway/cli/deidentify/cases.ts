/**
 * The golden cases beside a profile: input → output pairs a privacy officer can write without code, run by the engine that releases. In an expected
 * output `<x>` stands for the surrogate of the id x, and `<patient>` for that of the subject, because surrogates differ from agreement to agreement.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadWords } from '../../config/words.ts'
import { createCoarsener } from '../../core/deidentify/coarsen.ts'
import { compileProfile, type Engine } from '../../core/deidentify/compile/compile.ts'
import { columnsOf } from '../../core/deidentify/node.ts'
import type { RecordProfile } from '../../core/deidentify/profile/profile.ts'
import { releaseSubject, type SourceRecord, type SubjectRelease } from '../../core/deidentify/subject.ts'
import { createSurrogates } from '../../core/deidentify/values/surrogate.ts'
import type { Json } from '../../core/digest.ts'
import { parseReference } from '../../core/fhir/identity.ts'
import type { Resource } from '../../core/fhir/resource.ts'
import { differences } from '../profile/differences.ts'

/** One case file. */
export interface ProfileCase {
  /** The rule and its source. */
  readonly rule: string
  readonly at: string
  /** Agreement's elements; all when absent. */
  readonly resources?: Readonly<Record<string, string[]>>
  readonly records: readonly Resource[]
  readonly expect: {
    readonly released: readonly Json[]
    readonly withheld?: readonly {
      readonly type: string
      readonly code: string
    }[]
    readonly classes?: readonly string[]
    /** What others could find the subject by: per quasi-identifier and pattern, what is seen at each level. */
    readonly seen?: Readonly<Record<string, readonly string[]>>
    /** Per sensitive attribute, which of its values the records tell. */
    readonly sensitive?: Readonly<Record<string, readonly string[]>>
    /** What the records become for a subject too few look like. */
    readonly generalized?: readonly Json[]
  }
}

export interface ProfileCaseResult {
  readonly file: string
  readonly rule: string
  readonly passed: boolean
  readonly got: ProfileCase['expect']
  /** Where the output is not as expected. Golden cases hold made-up people, so it may be shown. */
  readonly differences: readonly string[]
}

const SECRET = new Uint8Array(32).fill(1)
const SHARED = new Uint8Array(32).fill(2)
const PATIENT = '0'.repeat(32)
/** In a case, dates that are shifted go back a hundred days. */
const SHIFT_DAYS = 100
const PARTY = 'case'

/** Runs every case in `cases/` beside the profile, in the order of their names. */
export function runProfileCases(profilePath: string, profile: RecordProfile): ProfileCaseResult[] {
  const folder = join(dirname(profilePath), 'cases')
  if (!existsSync(folder)) return []
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
  const whole = compileProfile(profile, null, null, loadWords)
  return files.map((file) => runCase(whole, file, JSON.parse(readFileSync(join(folder, file), 'utf8')))) // golden files are ours: their shape shows in the comparison
}

function runCase(whole: Engine, file: string, golden: ProfileCase): ProfileCaseResult {
  const got = outcomeOf(golden.resources === undefined ? whole : compileProfile(whole.profile, golden.resources, null, loadWords), golden)
  const asked = Object.keys(golden.expect).map((name) => [name, got[name as keyof ProfileCase['expect']]]) // only what the case speaks of
  const found = differences(golden.expect as unknown as Json, Object.fromEntries(asked)) // both are JSON
  return { file, rule: golden.rule, passed: found.length === 0, got, differences: found }
}

function outcomeOf(engine: Engine, golden: ProfileCase): Required<ProfileCase['expect']> {
  const records = golden.records.map(
    (resource): SourceRecord => ({
      identity: {
        party: PARTY,
        base: '',
        type: resource.resourceType,
        id: resource.id ?? '#'
      },
      resource
    })
  )
  const patient = golden.records.find((record) => record.resourceType === 'Patient')
  const identity = patient === undefined ? null : { party: PARTY, base: '', type: 'Patient', id: patient.id ?? '#' }
  const release = releaseSubject(engine, {
    at: golden.at,
    secret: SECRET,
    sharedSecret: SHARED,
    surrogate: PATIENT,
    identity,
    shiftDays: SHIFT_DAYS,
    ownBases: [],
    records
  })
  const named = renamer(golden.records, engine.shared)
  return {
    released: release.released.map(({ resource }) => named(resource)),
    withheld: release.withheld.map(({ type, code }) => ({ type, code })),
    classes: classesOf(release),
    seen: seenOf(engine, release),
    sensitive: sensitiveOf(engine, release),
    generalized: release.released.map(({ resource }) =>
      named(JSON.parse(createCoarsener(engine, resource.resourceType)(JSON.stringify(resource))))
    )
  }
}

function seenOf({ profile }: Engine, { traits }: SubjectRelease): Readonly<Record<string, readonly string[]>> {
  const columns = profile.risk === undefined ? [] : columnsOf(profile.risk)
  return Object.fromEntries(columns.map(({ name }, index) => [name, traits?.seen[index] ?? []]))
}

function sensitiveOf({ profile }: Engine, { traits }: SubjectRelease): Readonly<Record<string, readonly string[]>> {
  const declared = profile.risk?.sensitive ?? []
  return Object.fromEntries(declared.map(({ name }, index) => [name, traits?.sensitive[index] ?? []]))
}

function classesOf(release: SubjectRelease): readonly string[] {
  return release.classes ?? []
}

/** Puts `<id>` where the surrogate of that id stands. */
function renamer(records: readonly Resource[], shared: ReadonlySet<string>): (resource: Resource) => Json {
  const own = createSurrogates(SECRET)
  const sharedIds = createSurrogates(SHARED)
  const names = new Map([[PATIENT, '<patient>']])
  const text = JSON.stringify(records)
  const references = [...text.matchAll(/"reference":"([^"#]+)"/g)].map((match) => parseReference(match[1] ?? '', []))
  const ids = records.map((record) => ({
    base: '',
    type: record.resourceType,
    id: record.id ?? '#'
  }))
  for (const named of [...references, ...ids]) {
    if (named === null || named.type === 'Patient') continue
    names.set((shared.has(named.type) ? sharedIds : own).id(named.base, named.type, named.id), `<${named.id}>`)
  }
  return (resource) => JSON.parse(JSON.stringify(resource).replaceAll(/[0-9a-f]{32}/g, (hex) => names.get(hex) ?? hex))
}
