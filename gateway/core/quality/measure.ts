/**
 * One subject's records, each looked at once while it is read for its release: required elements, references, delay, plausibility. Decides what a reference
 * resolves to: a record of the same subject that came, or a shared one, looked for when all buckets are in. Changes no record and keeps none.
 */

import type { Agreement } from '../../generated/policy.ts'
import { dayNumber } from '../deidentify/values/dates.ts'
import type { Json } from '../digest.ts'
import type { Identity, Resource } from '../fhir/resource.ts'
import { EVENT_DATES, PERIODS } from './events.ts'
import { addName } from './names.ts'
import { breakByDay, breakByLife, type Life, measured, RULES, type RuleName } from './plausibility.ts'
import { type Around, createResolver, eachReference, type Leads, type Places, placesOf } from './references.ts'
import { addDay, type Tally } from './tally.ts'

type Path = readonly string[]

interface Compiled {
  /** of the agreement's required elements: where in the tally, and the path; a last `value[x]` is a choice */
  readonly required: readonly (readonly [place: number, path: Path])[]
  /** null: references are not promised */
  readonly places: Places | null
  /** null: timeliness is not promised */
  readonly over: readonly Path[] | null
  /** null: plausibility is not promised */
  readonly plausible: { readonly began: readonly Path[]; readonly periods: readonly (readonly [Path, Path])[] } | null
}

/** What is looked at in a type: what is promised, and nothing that is not, for looking takes time. */
export type Looked = ReadonlyMap<string, Compiled>

/** Which measures an agreement promises; `completeness` names elements as `Type.path`, a choice written `value[x]`. */
export type Measures = { readonly [measure in keyof NonNullable<Agreement['quality']>]?: unknown } & {
  readonly completeness?: Readonly<Record<string, unknown>>
}

/** `types`: those of the agreement. */
export function compileQuality(types: readonly string[], promised: Measures | undefined): Looked {
  const { completeness = {}, references, timeliness, plausibility } = promised ?? {}
  const elements = Object.keys(completeness)
  return new Map(
    types.map((type) => [
      type,
      {
        required: elements.flatMap((element, place) =>
          element.startsWith(`${type}.`) ? [[place, element.split('.').slice(1)] as const] : []
        ),
        places: references === undefined ? null : placesOf(type),
        over: timeliness === undefined ? null : cut(EVENT_DATES.get(type)?.over),
        plausible:
          plausibility === undefined
            ? null
            : {
                began: cut(EVENT_DATES.get(type)?.began),
                periods: (PERIODS.get(type) ?? []).map(([start, end]) => [start.split('.'), end.split('.')] as const)
              }
      }
    ])
  )
}

function cut(paths: readonly string[] = []): Path[] {
  return paths.map((path) => path.split('.'))
}

export interface Surroundings extends Around {
  readonly looked: Looked
}

export interface SeenRecord {
  readonly identity: Identity
  readonly resource: Resource
  /** days since 1970 */
  readonly arrived: number
  /** of the submission it came in */
  readonly tally: Tally
}

interface Dated {
  readonly tally: Tally
  readonly day: number | null
  readonly arrived: number
  readonly broken: RuleName[]
}

export interface SubjectMeasure {
  see(record: SeenRecord): void
  /** When all records have been seen: what needs the patient's birth and death. */
  end(): void
}

export function measureSubject(around: Surroundings): SubjectMeasure {
  const dated: Dated[] = []
  const leads = createResolver(around)
  let life: Life = { birth: null, death: null }
  return {
    see(record) {
      const compiled = around.looked.get(record.resource.resourceType)
      if (compiled === undefined) return
      record.tally.records += 1
      for (const [place, path] of compiled.required) count(record.tally, place, isThere(record.resource, path, 0))
      if (compiled.places !== null) {
        const { references } = record.tally
        eachReference(record.resource, compiled.places, (text) => note(references, leads(text, record.identity, record.resource)))
      }
      if (compiled.over !== null) delay(record, compiled.over)
      if (compiled.plausible === null) return
      if (record.resource.resourceType === 'Patient') life = lifeOf(record.resource)
      const found = datedOf(record, compiled.plausible)
      if (found !== null) dated.push(found)
    },
    end() {
      for (const one of dated) settle(one, life)
    }
  }
}

function count(tally: Tally, place: number, there: 'yes' | 'no'): void {
  const pair = tally.elements[place]
  if (pair === undefined) return
  pair[0] += 1
  if (there === 'yes') pair[1] += 1
}

/** Is there anything at the path, in any of a list? */
function isThere(value: Json | undefined, path: Path, at: number): 'yes' | 'no' {
  if (value === undefined || value === null || value === '') return 'no'
  if (Array.isArray(value)) return value.some((one) => isThere(one, path, at) === 'yes') ? 'yes' : 'no'
  const name = path[at]
  if (name === undefined) return isSaid(value)
  if (typeof value !== 'object') return 'no'
  if (!name.endsWith('[x]')) return isThere(value[name], path, at + 1)
  const stem = name.slice(0, -3)
  return Object.keys(value).some((key) => isChoice(key, stem) && isThere(value[key], path, at + 1) === 'yes') ? 'yes' : 'no'
}

/** An element of nothing but extensions says that there is no value, and why (data-absent-reason). */
function isSaid(value: Json): 'yes' | 'no' {
  return typeof value === 'object' && value !== null && Object.keys(value).every((key) => key === 'extension' || key === 'id')
    ? 'no'
    : 'yes'
}

/** valueQuantity is a value[x]; values is none. */
function isChoice(key: string, stem: string): boolean {
  return key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length))
}

/** A whole day; null for a partial date, and where there is none. */
function dayAt(resource: Resource, paths: readonly Path[]): number | null {
  const date = dateAt(resource, paths)
  return date === null || date.length < 10 ? null : dayNumber(date)
}

function dateAt(resource: Resource, paths: readonly Path[]): string | null {
  for (const path of paths) {
    let value: Json | undefined = resource
    for (const name of path) value = value !== null && typeof value === 'object' && !Array.isArray(value) ? value[name] : undefined
    if (typeof value === 'string') return value
  }
  return null
}

function lifeOf(patient: Resource): Life {
  const { birthDate, deceasedDateTime } = patient
  return {
    birth: typeof birthDate === 'string' ? dayNumber(birthDate) : null,
    death: typeof deceasedDateTime === 'string' && deceasedDateTime.length >= 10 ? dayNumber(deceasedDateTime) : null
  }
}

/** Days that a record of the next day by its own time zone may be ahead. */
const AHEAD = 1

/** Days behind the first that a year or a month may mean. */
const SPANS: Readonly<Record<number, number>> = { 4: 365, 7: 30 }

/** A partial date counts from the last day it may mean; what is dated after its arrival took no time that could be told. */
function delay({ resource, arrived, tally }: SeenRecord, over: readonly Path[]): void {
  const date = dateAt(resource, over)
  const first = date === null ? null : dayNumber(date)
  if (date === null || first === null || arrived - first < -AHEAD) return
  addDay(tally, arrived - first - (SPANS[date.length] ?? 0))
}

/** What can be said of a record alone; null where no rule looks at it. */
function datedOf({ resource, arrived, tally }: SeenRecord, { began, periods }: NonNullable<Compiled['plausible']>): Dated | null {
  const broken: RuleName[] = []
  let looked = resource.resourceType === 'Patient'
  for (const [start, end] of periods) {
    const [from, to] = [dayAt(resource, [start]), dayAt(resource, [end])]
    if (from === null || to === null) continue
    looked = true
    if (to < from) broken.push('ends-before-start')
  }
  const fares = resource.resourceType === 'Observation' ? measured(resource) : null
  if (fares === 'unit' || fares === 'value') broken.push(fares)
  const day = dayAt(resource, began)
  if (resource.resourceType === 'Patient') breakByLife(broken, lifeOf(resource), arrived)
  return looked || fares !== null || day !== null ? { tally, day, arrived, broken } : null
}

/** Adds a record's rules once birth and death are known. */
function settle({ tally: { plausible }, day, arrived, broken }: Dated, life: Life): void {
  if (day !== null) breakByDay(broken, day, arrived, life)
  plausible.looked += 1
  if (broken.length === 0) return
  plausible.broken += 1
  for (const [n, { name }] of RULES.entries()) if (broken.includes(name)) plausible.rules[n] = (plausible.rules[n] ?? 0) + 1
}

function note(references: Tally['references'], to: Leads): void {
  if (typeof to === 'number') addName(references.outside, to, 1)
  else references[to] += 1
}
