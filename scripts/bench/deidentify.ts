/**
 * How fast de-identification is, one thread, against the floor of the same lines in the same run: JSON.parse + JSON.stringify. Lines of whole
 * subjects in, lines out, validation not counted. Prints ratios; absolute figures drift from machine to machine.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Json } from '../../gateway/core/digest.ts'
import { compileProfile, type Engine } from '../../gateway/core/deidentify/compile.ts'
import type { Profile } from '../../gateway/core/deidentify/profile.ts'
import { releaseSubject, type SourceRecord } from '../../gateway/core/deidentify/subject.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'

interface SubjectLines {
  readonly patient: string
  readonly lines: readonly string[]
}

const ROUNDS = 7
const SECRET = new Uint8Array(32).fill(7)
const SHARED = new Uint8Array(32).fill(9)

/** Times each of the functions in turn, several rounds, and gives the best round of each in milliseconds: noise only ever adds. */
function best(tasks: readonly (() => void)[]): number[] {
  const times = tasks.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++) {
    tasks.forEach((task, index) => {
      const start = performance.now()
      task()
      times[index] = Math.min(times[index] ?? 0, performance.now() - start)
    })
  }
  return times
}

function readSubjects(file: string): SubjectLines[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  return text.split('\n').filter((line) => line.trim() !== '').flatMap(subjectOf)
}

/** A Bundle of one patient as the lines the gateway keeps of it: references by urn:uuid resolved to types. */
function subjectOf(line: string): SubjectLines[] {
  const bundle: { entry: { fullUrl: string; resource: Resource }[] } = JSON.parse(line)
  const types = new Map(bundle.entry.map((entry) => [entry.fullUrl, entry.resource.resourceType]))
  const patient = bundle.entry.find((entry) => entry.resource.resourceType === 'Patient')?.resource.id
  if (patient === undefined) return []
  const kept = bundle.entry.filter((entry) => entry.resource.resourceType !== 'Organization' && entry.resource.resourceType !== 'Practitioner')
  const lines = kept.map((entry) =>
    JSON.stringify(entry.resource).replaceAll(/"reference":"(urn:uuid:([0-9a-f-]+))"/g, (_, urn: string, id: string) => `"reference":"${types.get(urn) ?? 'Basic'}/${id}"`)
  )
  return [{ patient, lines }]
}

function release(engine: Engine, subject: SubjectLines, records: readonly SourceRecord[]): readonly { readonly resource: Resource }[] {
  const identity = { party: 'bench', base: '', type: 'Patient', id: subject.patient }
  const common = { at: '2026-01-01T00:00:00Z', secret: SECRET, sharedSecret: SHARED, surrogate: 'f'.repeat(32), ownBases: [] }
  return releaseSubject(engine, { ...common, identity, records }).released
}

function recordsOf(subject: SubjectLines): SourceRecord[] {
  return subject.lines.map((line) => {
    const resource: Resource = JSON.parse(line)
    return { identity: { party: 'bench', base: '', type: resource.resourceType, id: resource.id ?? '' }, resource }
  })
}

function main(file: string): void {
  const profile: Profile = JSON.parse(readFileSync(new URL('../../policies/profiles/safe-harbor/profile.json', import.meta.url), 'utf8'))
  const engine = compileProfile(profile, null)
  const subjects = readSubjects(file)
  const count = subjects.reduce((sum, subject) => sum + subject.lines.length, 0)
  const bytes = subjects.reduce((sum, subject) => sum + subject.lines.reduce((all, line) => all + line.length, 0), 0)
  let out = 0
  const parsed = subjects.map(recordsOf)
  const [floor = 1, parse = 1, whole = 1, transform = 1] = best([
    () => {
      for (const subject of subjects) for (const line of subject.lines) out += JSON.stringify(JSON.parse(line) as Json).length
    },
    () => {
      for (const subject of subjects) for (const line of subject.lines) out += JSON.parse(line) === null ? 1 : 0
    },
    () => {
      for (const subject of subjects) for (const { resource } of release(engine, subject, recordsOf(subject))) out += JSON.stringify(resource).length
    },
    () => {
      subjects.forEach((subject, index) => {
        out += release(engine, subject, parsed[index] ?? []).length
      })
    }
  ])
  const rate = (milliseconds: number): string => `${(bytes / milliseconds / 1000).toFixed(0)} MB/s, ${Math.round((count / milliseconds) * 1000).toLocaleString('en')} resources/s`
  console.log(`${count.toLocaleString('en')} resources of ${subjects.length} subjects, ${(bytes / 1e6).toFixed(1)} MB; best of ${ROUNDS} rounds, one thread${out === 0 ? '!' : ''}`)
  console.log(`JSON.parse + JSON.stringify (floor)   ${rate(floor)}`)
  console.log(`parse, de-identify, stringify         ${rate(whole)}   ${(floor / whole).toFixed(2)} × the floor (at least 0.5)`)
  console.log(`de-identify alone, ids included       ${rate(transform)}   ${(parse / transform).toFixed(2)} × JSON.parse`)
}

const DATA = process.argv[2] ?? '/work/shared/data/synthea-r4-ma-100/bundles.ndjson.gz'
if (existsSync(DATA)) main(DATA)
else console.log('de-identification: no data to measure with; name a .ndjson.gz of Bundles, one patient each')
