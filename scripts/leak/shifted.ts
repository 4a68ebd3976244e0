/**
 * The scan of an output whose dates are shifted. Every date of a person must lie the same number of days, 1 to 365, before the one in the same place of the
 * same person's input, written in UTC, its time of day untouched; whatever does not is a date that stayed, or an interval that broke. Persons are found again by those
 * intervals alone. Shares no code with the engine. For everything but dates, `withYearsOnly` writes a copy that the leak scan can read.
 */
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Entity, recordsOf, type Value } from './read.ts'

export interface ShiftReport {
  /** people of the output who have dates, and how many of them were found again */
  readonly people: number
  readonly found: number
  readonly dates: number
  /** dates that are not where the person's one shift puts them */
  readonly astray: number
  /** different shifts among the people found */
  readonly shifts: number
}

const FULL = /^\d{4}-\d{2}-\d{2}(T.*)?$/
const DAY = 86_400_000
const MOST_DAYS = 365
/** A place and time of day that so many share tells nobody from another. */
const MANY = 200

/** One date: its place and time of day in UTC, and its day there. */
interface Dated {
  readonly key: string
  readonly day: number
}

/** How the texts of a side are read: what came has zones, what left must have none. */
type Reading = (text: string) => string

const AS_WRITTEN: Reading = (text) => text

function inUtc(text: string): string {
  const at = Date.parse(toTheSecond(text))
  return text.length === 10 || Number.isNaN(at) ? text : new Date(at).toISOString()
}

function* datesIn(value: Value, path: string, reading: Reading): Generator<Dated> {
  if (typeof value === 'string') {
    if (!FULL.test(value)) return
    const text = reading(value)
    yield { key: `${path} ${toTheSecond(text.slice(10))}`, day: Date.parse(text.slice(0, 10)) / DAY }
  } else if (Array.isArray(value)) for (const item of value) yield* datesIn(item, path, reading)
  else if (value !== null && typeof value === 'object')
    for (const [name, child] of Object.entries(value)) yield* datesIn(child, `${path}.${name}`, reading)
}

/** Without a leap second, which is none to Date. */
function toTheSecond(text: string): string {
  return text.replace(/:60(?=[.Z+-])/, ':59').replace(/\.\d+/, '')
}

function isEntity(value: Value | undefined): value is Entity {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The id of the person a record is of; '' for none. */
function personOf(record: Entity): string {
  if (record['resourceType'] === 'Patient') return String(record['id'] ?? '')
  for (const key of ['subject', 'patient', 'beneficiary', 'individual']) {
    const reference = isEntity(record[key]) ? record[key]['reference'] : undefined
    if (typeof reference === 'string') return reference.split(/[/:]/).at(-1) ?? ''
  }
  return ''
}

type Dates = Map<string, Set<number>>

/** By person, the days at each place and time of day. */
async function datesByPerson(paths: readonly string[], reading: Reading): Promise<Map<string, Dates>> {
  const people = new Map<string, Dates>()
  for await (const record of recordsOf(paths)) {
    const person = personOf(record)
    if (person === '') continue
    const dates: Dates = people.get(person) ?? new Map()
    for (const { key, day } of datesIn(record, String(record['resourceType']), reading))
      dates.set(key, (dates.get(key) ?? new Set()).add(day))
    if (dates.size > 0) people.set(person, dates)
  }
  return people
}

type Owners = Map<string, { readonly person: string; readonly day: number }[]>

function ownersOf(people: ReadonlyMap<string, Dates>): Owners {
  const owners: Owners = new Map()
  for (const [person, dates] of people)
    for (const [key, days] of dates) {
      const sharing = owners.get(key) ?? []
      for (const day of days) sharing.push({ person, day })
      owners.set(key, sharing)
    }
  return owners
}

interface Guess {
  readonly person: string
  readonly shift: number
}

/** Whom, and by which shift, most dates agree on. Rare times of day are asked first; where there is none, the common ones. */
function guess(dates: Dates, owners: Owners): Guess | null {
  const votes = new Map<string, Guess & { count: number }>()
  for (const [key, days] of dates) {
    const candidates = owners.get(key) ?? []
    if (candidates.length > MANY) continue
    for (const day of days)
      for (const { person, day: original } of candidates) {
        const shift = original - day
        if (shift < 1 || shift > MOST_DAYS) continue
        const vote = votes.get(`${person} ${shift}`) ?? { person, shift, count: 0 }
        vote.count += 1
        votes.set(`${person} ${shift}`, vote)
      }
  }
  return [...votes.values()].reduce<(Guess & { count: number }) | null>(
    (best, vote) => (vote.count > (best?.count ?? 0) ? vote : best),
    null
  )
}

export async function shiftScan(input: readonly string[], output: readonly string[]): Promise<ShiftReport> {
  const originals = await datesByPerson(input, inUtc)
  const owners = ownersOf(originals)
  const people = await datesByPerson(output, AS_WRITTEN)
  const shifts = new Set<number>()
  let [found, dates, astray] = [0, 0, 0]
  for (const own of people.values()) {
    const guessed = guess(own, owners)
    if (guessed !== null) {
      found += 1
      shifts.add(guessed.shift)
    }
    for (const [key, days] of own)
      for (const day of days) {
        dates += 1
        if (
          guessed === null ||
          originals
            .get(guessed.person)
            ?.get(key)
            ?.has(day + guessed.shift) !== true
        )
          astray += 1
      }
  }
  return { people: people.size, found, dates, astray, shifts: shifts.size }
}

function yearOnly(value: Value): Value {
  if (typeof value === 'string') return /^\d{4}-\d{2}(-\d{2}(T.*)?)?$/.test(value) ? value.slice(0, 4) : value
  if (Array.isArray(value)) return value.map(yearOnly)
  return isEntity(value) ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, yearOnly(child)])) : value
}

/** Writes the records of an output into `folder`, each date cut to its year. */
export async function withYearsOnly(output: readonly string[], folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'records.ndjson')
  async function* lines(): AsyncGenerator<string> {
    for await (const record of recordsOf(output)) yield `${JSON.stringify(yearOnly(record))}\n`
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
  return path
}
