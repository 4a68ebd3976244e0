/**
 * How fast de-identification is, one thread, against the floor of the same lines in the same run: JSON.parse + JSON.stringify. Lines of whole
 * subjects in, lines out, validation not counted. Prints ratios; absolute figures drift from machine to machine.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { compileProfile, type Engine } from '../../gateway/core/deidentify/compile.ts'
import type { RecordProfile } from '../../gateway/core/deidentify/profile.ts'
import { releaseSubject, type SourceRecord } from '../../gateway/core/deidentify/subject.ts'
import type { Json } from '../../gateway/core/digest.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { makeFeed } from '../../gateway/synthetic/feed.ts'

interface SubjectLines {
  readonly patient: string
  readonly lines: readonly string[]
}

const ROUNDS = 15
const SECRET = new Uint8Array(32).fill(7)
const SHARED = new Uint8Array(32).fill(9)

/** Least time of each named task, subject by subject: what else the machine does only ever adds. */
class Stopwatch {
  readonly #least = new Map<string, number[]>()

  time<T>(name: string, subject: number, task: () => T): T {
    const start = performance.now()
    const result = task()
    const took = performance.now() - start
    const times = this.#least.get(name) ?? []
    this.#least.set(name, times)
    times[subject] = Math.min(times[subject] ?? Number.POSITIVE_INFINITY, took)
    return result
  }

  /** Milliseconds for all subjects. */
  total(name: string): number {
    return (this.#least.get(name) ?? []).reduce((sum, time) => sum + time, 0)
  }
}

function readSubjects(file: string): SubjectLines[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap(subjectOf)
}

/** A Bundle of one patient as the lines the gateway keeps of it: references by urn:uuid resolved to types. */
function subjectOf(line: string): SubjectLines[] {
  const bundle: { entry: { fullUrl: string; resource: Resource }[] } = JSON.parse(line)
  const types = new Map(bundle.entry.map((entry) => [entry.fullUrl, entry.resource.resourceType]))
  const patient = bundle.entry.find((entry) => entry.resource.resourceType === 'Patient')?.resource.id
  if (patient === undefined) return []
  const kept = bundle.entry.filter(
    (entry) => entry.resource.resourceType !== 'Organization' && entry.resource.resourceType !== 'Practitioner'
  )
  const lines = kept.map((entry) =>
    JSON.stringify(entry.resource).replaceAll(
      /"reference":"(urn:uuid:([0-9a-f-]+))"/g,
      (_, urn: string, id: string) => `"reference":"${types.get(urn) ?? 'Basic'}/${id}"`
    )
  )
  return [{ patient, lines }]
}

function release(engine: Engine, subject: SubjectLines, records: readonly SourceRecord[]): readonly { readonly resource: Resource }[] {
  const identity = {
    party: 'bench',
    base: '',
    type: 'Patient',
    id: subject.patient
  }
  const common = {
    at: '2026-01-01T00:00:00Z',
    secret: SECRET,
    sharedSecret: SHARED,
    surrogate: 'f'.repeat(32),
    shiftDays: 100,
    ownBases: []
  }
  return releaseSubject(engine, { ...common, identity, records }).released
}

function recordsOf(subject: SubjectLines): SourceRecord[] {
  return subject.lines.map((line) => {
    const resource: Resource = JSON.parse(line)
    return {
      identity: {
        party: 'bench',
        base: '',
        type: resource.resourceType,
        id: resource.id ?? ''
      },
      resource
    }
  })
}

function measure(engine: Engine, subjects: readonly SubjectLines[]): Stopwatch {
  const watch = new Stopwatch()
  let out = 0
  for (let round = 0; round < ROUNDS; round++) {
    subjects.forEach((subject, at) => {
      watch.time('floor', at, () => {
        for (const line of subject.lines) out += JSON.stringify(JSON.parse(line) as Json).length
      })
      const records = watch.time('parse', at, () => recordsOf(subject))
      const released = watch.time('transform', at, () => release(engine, subject, records))
      watch.time('stringify', at, () => {
        for (const { resource } of released) out += JSON.stringify(resource).length
      })
      watch.time('whole', at, () => {
        for (const { resource } of release(engine, subject, recordsOf(subject))) out += JSON.stringify(resource).length
      })
    })
  }
  if (out === 0) throw new Error('nothing came out')
  return watch
}

/** Without data at hand: the seeded generator, its seven kinds of clinical and claims records. */
function madeSubjects(patients: number): SubjectLines[] {
  return [...makeFeed({ seed: 'bench', patients, at: '2026-06-30' })].flatMap((subject) =>
    subject.id === '' ? [] : [{ patient: subject.id, lines: subject.resources.map((resource) => JSON.stringify(resource)) }]
  )
}

function main(subjects: readonly SubjectLines[]): void {
  const profile: RecordProfile = JSON.parse(
    readFileSync(new URL('../../policies/profiles/safe-harbor/profile.json', import.meta.url), 'utf8')
  )
  const count = subjects.reduce((sum, subject) => sum + subject.lines.length, 0)
  const bytes = subjects.reduce((sum, subject) => sum + subject.lines.reduce((all, line) => all + line.length, 0), 0)
  const watch = measure(compileProfile(profile, null), subjects)
  const floor = watch.total('floor')
  const row = (title: string, name: string, more = ''): void => {
    const time = watch.total(name)
    const rate = `${(bytes / time / 1000).toFixed(0).padStart(4)} MB/s ${Math.round((count / time) * 1000)
      .toLocaleString('en')
      .padStart(9)} resources/s`
    console.log(`${title.padEnd(36)} ${rate} ${`${((time / floor) * 100).toFixed(0)} %`.padStart(6)} of the floor's time${more}`)
  }
  console.log(
    `de-identification: ${count.toLocaleString('en')} resources of ${subjects.length} subjects, ${(bytes / 1e6).toFixed(1)} MB, one thread, least of ${ROUNDS} rounds a subject`
  )
  row('JSON.parse + JSON.stringify: floor', 'floor')
  row('  parse', 'parse')
  row(
    '  transform with ids and derived',
    'transform',
    `; ${(watch.total('parse') / watch.total('transform')).toFixed(2)} × the speed of JSON.parse`
  )
  row('  stringify what leaves', 'stringify')
  row('parse, de-identify, stringify', 'whole')
  console.log(`ratio: ${(floor / watch.total('whole')).toFixed(2)} × the floor (at least 0.5)`)
}

const DATA = process.argv[2] ?? new URL('../../../shared/data/synthea-r4-ma-100/bundles.ndjson.gz', import.meta.url).pathname
main(existsSync(DATA) ? readSubjects(DATA) : madeSubjects(600))
