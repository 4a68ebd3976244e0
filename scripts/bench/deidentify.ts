/**
 * How fast de-identification is, one thread, against the floor of the same lines in the same run: JSON.parse + JSON.stringify. Lines of whole
 * subjects in, lines out, validation not counted. Prints ratios; absolute figures drift from machine to machine.
 */
import { readFileSync } from 'node:fs'
import { compileProfile, type Engine } from '../../gateway/core/deidentify/compile/compile.ts'
import type { Context } from '../../gateway/core/deidentify/context.ts'
import type { RecordProfile } from '../../gateway/core/deidentify/profile/profile.ts'
import { releaseLines, releaseSubject } from '../../gateway/core/deidentify/subject.ts'
import { isExact } from '../../gateway/core/fhir/exact.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { readSubjects, type SubjectLines, sourcesOf, subjectFor } from './subjects.ts'

const ROUNDS = 15
const PROFILE = new URL('../../policies/profiles/safe-harbor/profile.json', import.meta.url)

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

/** Ids and references at no cost. */
const NAMED: Context = {
  fault: null,
  base: '',
  id: 'f'.repeat(32),
  contained: null,
  pointedAt: [],
  over90: false,
  known90: false,
  minYear: '0000',
  maxYear: '9999',
  done: 0,
  shiftDays: 100,
  today: 20_000,
  scrub: null,
  keyed: () => '',
  refusedTexts: new Map(),
  found: null,
  refer: () => `Encounter/${'f'.repeat(32)}`
}

function transformAll(engine: Engine, records: readonly Resource[]): (Resource | undefined)[] {
  return records.map((record) => engine.transforms.get(record.resourceType)?.(record, NAMED))
}

/** The elements that stand in the lines, by type, as an agreement lists them: rules for all others are not compiled. */
function presentElements(subjects: readonly SubjectLines[]): Record<string, string[]> {
  const names = new Map<string, Set<string>>()
  for (const { lines } of subjects)
    for (const { identity, text } of lines) {
      const known = names.get(identity.type) ?? new Set()
      names.set(identity.type, known)
      for (const name of Object.keys(JSON.parse(text))) known.add(name)
    }
  return Object.fromEntries([...names].map(([type, known]) => [type, [...known]]))
}

interface Engines {
  readonly whole: Engine
  /** without rules for elements that are absent */
  readonly present: Engine
}

const IN_TURN = [
  ['transform', 'whole'],
  ['present', 'present']
] as const

function measure(engines: Engines, subjects: readonly SubjectLines[]): Stopwatch {
  const watch = new Stopwatch()
  let out = 0
  const write = (value: unknown): void => {
    out += JSON.stringify(value).length
  }
  for (let round = 0; round < ROUNDS; round++) {
    subjects.forEach((subject, at) => {
      const common = subjectFor(subject.patient)
      const read = (): Resource[] => subject.lines.map(({ text }) => JSON.parse(text))
      watch.time('floor', at, () => {
        for (const { text } of subject.lines) write(JSON.parse(text))
      })
      watch.time('exact', at, () => {
        for (const { text } of subject.lines) out += isExact(text) ? 1 : 0
      })
      watch.time('parse', at, read)
      for (const [name, engine] of round % 2 === 0 ? IN_TURN : IN_TURN.toReversed()) {
        const records = read()
        watch.time(name, at, () => transformAll(engines[engine], records))
      }
      const records = subject.lines.map(({ identity, text }) => ({ identity, resource: JSON.parse(text) as Resource })) // made by JSON.stringify
      const { released } = watch.time('release', at, () => releaseSubject(engines.whole, { ...common, records }))
      watch.time('stringify', at, () => {
        for (const { resource } of released) write(resource)
      })
      watch.time('lines', at, () => {
        for (const { line } of releaseLines(engines.whole, { ...common, records: sourcesOf(subject) }).released) out += line.length
      })
    })
  }
  if (out === 0) throw new Error('nothing came out')
  return watch
}

function main(subjects: readonly SubjectLines[]): void {
  const profile: RecordProfile = JSON.parse(readFileSync(PROFILE, 'utf8'))
  const lines = subjects.flatMap((subject) => subject.lines)
  const bytes = lines.reduce((sum, { text }) => sum + text.length, 0)
  const engines = { whole: compileProfile(profile, null), present: compileProfile(profile, presentElements(subjects)) }
  const watch = measure(engines, subjects)
  const floor = watch.total('floor')
  const parse = watch.total('parse')
  const row = (title: string, name: string, more = ''): void => {
    const time = watch.total(name)
    const perSecond = Math.round((lines.length / time) * 1000).toLocaleString('en')
    const rate = `${(bytes / time / 1000).toFixed(0).padStart(5)} MB/s ${perSecond.padStart(9)} resources/s`
    console.log(`${title.padEnd(44)} ${rate} ${((time / floor) * 100).toFixed(0).padStart(4)} % of the floor's time${more}`)
  }
  const faster = (name: string): string => (parse / watch.total(name)).toFixed(2)
  console.log(
    `de-identification: ${lines.length.toLocaleString('en')} resources of ${subjects.length} subjects, ${(bytes / 1e6).toFixed(1)} MB, one thread, least of ${ROUNDS} rounds a subject`
  )
  row('floor: JSON.parse + JSON.stringify', 'floor')
  row('  JSON.parse', 'parse')
  row('  the compiled transform, ids not counted', 'transform', `; ${faster('transform')} × the speed of JSON.parse (at least 2)`)
  row(
    '  … without the rules for absent elements',
    'present',
    `; what they cost: ${((watch.total('transform') / watch.total('present') - 1) * 100).toFixed(1)} %`
  )
  row('  … with ids, ages, derived fields, classes', 'release')
  row('  JSON.stringify of what leaves', 'stringify')
  row('lines in, lines out', 'lines')
  row('at acceptance: is a number to keep its text?', 'exact')
  console.log(`ratio: ${(floor / watch.total('lines')).toFixed(2)} × the floor (at least 0.6)`)
}

main(readSubjects(process.argv[2]))
