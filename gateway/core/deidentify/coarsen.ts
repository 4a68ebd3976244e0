/**
 * What the risk gate has done, on top, with already de-identified records: of a subject too few others look like by the profile's `generalized`, of a
 * whole dataset by the levels it chose (node.ts). Takes out every age where the birth is made coarser, for with the year of its event an age would
 * tell it. What FHIR requires leaves a mark; labels and the precision of numbers stay.
 */
import { DERIVED_URL } from '../derive/derive.ts'
import type { Json } from '../digest.ts'
import { parseExact } from '../fhir/exact.ts'
import type { Resource } from '../fhir/resource.ts'
import { elementAt } from '../fhir/types.ts'
import { type Change, changeAt, type Members } from './change.ts'
import { missingValue } from './compile/missing.ts'
import type { FieldPlan, ObjectPlan } from './compile/plan.ts'
import { createRuled, type Ruled } from './compile/ruled.ts'
import type { Context } from './context.ts'
import { ABSTRED, addLabels, REDACTED } from './labels.ts'
import { candidatesIn, type Goes, removerOf } from './listed.ts'
import type { RecordProfile, Rule } from './profile/profile.ts'
import { ABSENT_URL } from './values/absent.ts'
import { codedValues, showsValue } from './values/coded.ts'
import { membersOf } from './values/values.ts'
import type { Verbs } from './values/verbs.ts'
import { boundCodes } from './values/vocabulary.ts'

export const BIRTH_DECADE_URL = 'urn:sallyport:birth-decade'
const PERIOD_URL = 'urn:sallyport:period'

/** What is looked at of a compiled profile. */
export interface Compiled {
  readonly profile: RecordProfile
  readonly plans: ReadonlyMap<string, ObjectPlan>
  readonly verbs: Verbs
}

/** One thing to do, and a text without which a record cannot hold what it is done to; null: candidatesIn knows. Answers what it did: 0 nothing, else a bit of labels.ts. */
interface Step {
  readonly marker: string | null
  apply(record: Members): number
}

/** What is done: rules by element path, whether ages go, and scrubbed texts, and the elements that hold one of some codes. */
export interface Coarsening {
  readonly rules: Readonly<Record<string, Rule>>
  readonly ages: 'go' | 'stay'
  readonly texts: 'go' | 'stay'
  readonly codes: readonly Goes[]
}

/**
 * Coarsens the released lines of one resource type, and what they contain: by the profile's `generalized` unless told otherwise. A line that holds
 * nothing to coarsen is given back as it is, unparsed.
 */
export function createCoarsener(engine: Compiled, type: string, coarsening?: Coarsening): (line: string) => string {
  const chosen: Coarsening = coarsening ?? { rules: engine.profile.generalized, ages: 'go', texts: 'go', codes: [] }
  const ruled = createRuled(engine.profile, engine.verbs, boundCodes())
  const byType = new Map<string, readonly Step[]>()
  const stepsOf = (name: string): readonly Step[] => {
    const steps = byType.get(name) ?? [
      ...chosen.codes.map((goes): Step => ({ marker: null, apply: removerOf(goes, name) })),
      ...generalizing(engine, ruled, chosen.rules, name),
      ...(chosen.ages === 'go' ? ages(engine, name) : []),
      ...(chosen.texts === 'go' ? texts(engine, name) : [])
    ]
    byType.set(name, steps)
    return steps
  }
  const markers = [...new Set([...stepsOf(type).flatMap((step) => step.marker ?? []), '"contained"'])]
  const mayHold = candidatesIn(chosen.codes)
  return (line) => {
    if (!mayHold(line) && !markers.some((marker) => line.includes(marker))) return line
    const record = parseExact(line) as Resource & Members // a line releaseSubject made
    let done = 0
    for (const part of [record, ...containedIn(record)]) for (const step of stepsOf(String(part['resourceType']))) done |= step.apply(part)
    if (done !== 0 && engine.profile.labels === 'summary') addLabels(record, done)
    return JSON.stringify(record)
  }
}

function containedIn(record: Members): Members[] {
  const { contained } = record
  return Array.isArray(contained) ? contained.flatMap((item) => (membersOf(item) === null ? [] : [item as Members])) : []
}

/** What the rules say of the type. */
function generalizing(engine: Compiled, ruled: Ruled, rules: Coarsening['rules'], type: string): Step[] {
  return Object.entries(rules).flatMap(([path, rule]): Step[] => {
    const [first, ...names] = path.split('.')
    if (first !== '*' && first !== type) return []
    const [name = '', below] = names
    if (name === 'extension' && below !== undefined)
      return [{ marker: `${below}"`, apply: (record) => removeExtensions(record, (url) => isNamed(url, below)) }]
    const change = changeBy(engine, ruled, { rule, type, names })
    if (change === null) return []
    if (rule.verb === 'remove' && below === undefined) return [stepAt(type, names, change, REDACTED), markStep(name)]
    return [stepAt(type, names, change, rule.verb === 'remove' || rule.verb === 'mask' ? REDACTED : ABSTRED)]
  })
}

/** A primitive that goes, goes with the mark that stands instead of it. */
function markStep(name: string): Step {
  return {
    marker: `"_${name}"`,
    apply: (record) => {
      const there = record[`_${name}`] !== undefined
      delete record[`_${name}`]
      return there ? REDACTED : 0
    }
  }
}

function stepAt(type: string, names: readonly string[], change: Change, done: number): Step {
  return { marker: `"${names.at(-1) ?? ''}"`, apply: (record) => (changeAt(record, type, names, change) ? done : 0) }
}

interface Spot {
  readonly rule: Rule
  readonly type: string
  readonly names: readonly string[]
}

/** What the rule does with one value; null where the type has no such element. A verb that does nothing here removes. */
function changeBy({ verbs }: Compiled, ruled: Ruled, { rule, type, names }: Spot): Change | null {
  const element = elementAt(type, names)
  if (element === null) return null
  const datatype = element.types[0] ?? ''
  const context = open()
  if (rule.verb === 'decade') return toDecade
  if (rule.verb === 'period') return (value) => toPeriod(value, rule.span ?? 10)
  if (rule.verb === 'mask') return () => ({ mark: missingValue(datatype) })
  if (rule.verb === 'zip3') return (value) => ({ value: verbs.zip3(value) })
  if (rule.verb === 'year') return (value) => ({ value: verbs.year(value, context) })
  const owner = elementAt(type, names.slice(0, -1))?.types[0] ?? type
  const act = ruled({ rule, type: datatype, path: [type, ...names].join('.'), bound: `${owner}.${names.at(-1) ?? ''}` })
  return (value) => ({ value: act?.(value, context) })
}

/** What is left of a released record has passed every question of age and time: nothing more is asked. */
function open(): Context {
  return {
    fault: null,
    base: '',
    id: '',
    contained: null,
    pointedAt: [],
    over90: false,
    known90: false,
    minYear: '0000',
    maxYear: '9999',
    done: 0,
    shiftDays: null,
    today: 0,
    keyed: () => '',
    scrub: null,
    refusedTexts: new Map(),
    found: null,
    refer: () => null
  }
}

function toDecade(value: Json): { readonly mark?: Json } {
  const decade = typeof value === 'string' ? /^(\d{3})\d(?:-|$)/.exec(value)?.[1] : undefined
  if (decade === undefined) return {}
  const extension = [
    { url: ABSENT_URL, valueCode: 'masked' },
    { url: BIRTH_DECADE_URL, valueInteger: Number(decade) * 10 }
  ]
  return { mark: { extension } }
}

/** The years between which it lies: 1963 of five years is 1960 to 1964. */
function toPeriod(value: Json, span: number): { readonly mark?: Json } {
  const year = typeof value === 'string' ? /^(\d{4})(?:-|$)/.exec(value)?.[1] : undefined
  if (year === undefined) return {}
  const start = Math.floor(Number(year) / span) * span
  const valuePeriod = { start: four(start), end: four(start + span - 1) }
  return {
    mark: {
      extension: [
        { url: ABSENT_URL, valueCode: 'masked' },
        { url: PERIOD_URL, valuePeriod }
      ]
    }
  }
}

function four(year: number): string {
  return String(year).padStart(4, '0')
}

/** A derived field, or another extension by the end of its URL. */
export function isNamed(url: Json | undefined, name: string): boolean {
  return typeof url === 'string' && (url === `${DERIVED_URL}${name}` || url.endsWith(`/${name}`))
}

function removeExtensions(record: Members, goes: (url: Json | undefined) => boolean): number {
  const extensions = record['extension']
  if (!Array.isArray(extensions)) return 0
  const left = extensions.filter((item) => !goes(membersOf(item)?.['url']))
  if (left.length === extensions.length) return 0
  if (left.length === 0) delete record['extension']
  else record['extension'] = left
  return REDACTED
}

const AGE_AT_EVENT = `${DERIVED_URL}age-at-event`

/** Every element of the type that shows an age: by type or by the profile's rules, and observations whose code says so. */
function ages(engine: Compiled, type: string): Step[] {
  const plan = engine.plans.get(type)
  const paths = plan === undefined ? [] : pathsOf(plan, isAge, [])
  const ruled = paths.map((path) => stepAt(type, path, () => ({}), REDACTED))
  const observed = engine.profile.ageCodes.map(
    (row): Step => ({ marker: `"${row.code}"`, apply: (record) => removeObservedAge(engine, record) })
  )
  const derived: Step = { marker: `"${AGE_AT_EVENT}"`, apply: (record) => removeExtensions(record, (url) => url === AGE_AT_EVENT) }
  return [...ruled, ...observed, derived]
}

function isAge({ rule, type }: FieldPlan): boolean {
  return rule.verb === 'age-90' || (type === 'Age' && rule.verb !== 'remove')
}

/** Every element of the type that holds a scrubbed text. */
function texts({ plans }: Compiled, type: string): Step[] {
  const plan = plans.get(type)
  const paths = plan === undefined ? [] : pathsOf(plan, ({ rule }) => rule.verb === 'scrub', [])
  return paths.map((path) => stepAt(type, path, () => ({}), REDACTED))
}

function pathsOf(plan: ObjectPlan, is: (field: FieldPlan) => boolean, above: readonly string[]): string[][] {
  return plan.fields.flatMap((field) => {
    const path = [...above, field.name]
    if (is(field)) return [path]
    return field.child === null ? [] : pathsOf(field.child, is, path)
  })
}

function removeObservedAge({ verbs }: Compiled, record: Members): number {
  let done = 0
  for (const { holder, codes } of codedValues(record as Resource)) {
    if (!codes.some((code) => verbs.isAge(code))) continue
    for (const name of Object.keys(holder).filter(showsValue)) {
      delete (holder as Members)[name] // ours: JSON.parse made it
      done = REDACTED
    }
  }
  return done
}
