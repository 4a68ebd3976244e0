/**
 * Level 1 of the risk gate: what is done, on top, with the already de-identified records of a subject too few others look like. Follows the profile's
 * `generalized`, and takes out every age, for with the year of its event it would tell the year of birth that was just made a decade. What FHIR
 * requires leaves a mark; labels and the precision of numbers stay.
 */
import { DERIVED_URL } from '../derive/derive.ts'
import type { Json } from '../digest.ts'
import { parseExact } from '../fhir/exact.ts'
import type { Resource } from '../fhir/resource.ts'
import { elementAt } from '../fhir/types.ts'
import { ABSENT_URL } from './absent.ts'
import { type Change, changeAt, type Members } from './change.ts'
import type { Context } from './context.ts'
import { ABSTRED, addLabels, REDACTED } from './labels.ts'
import { missingValue } from './missing.ts'
import type { ObjectPlan } from './plan.ts'
import type { RecordProfile, Rule } from './profile.ts'
import { createRuled, type Ruled } from './ruled.ts'
import { membersOf } from './values.ts'
import type { Verbs } from './verbs.ts'
import { boundCodes } from './vocabulary.ts'

export const BIRTH_DECADE_URL = 'urn:sallyport:birth-decade'

/** What is looked at of a compiled profile. */
interface Compiled {
  readonly profile: RecordProfile
  readonly plans: ReadonlyMap<string, ObjectPlan>
  readonly verbs: Verbs
}

/** One thing to do, and a text without which a record cannot hold what it is done to. Answers what it did: 0 nothing, else a bit of labels.ts. */
interface Step {
  readonly marker: string
  apply(record: Members): number
}

/** Coarsens the released lines of one resource type, and what they contain. A line that holds nothing to coarsen is given back as it is, unparsed. */
export function createCoarsener(engine: Compiled, type: string): (line: string) => string {
  const ruled = createRuled(engine.profile, engine.verbs, boundCodes())
  const byType = new Map<string, readonly Step[]>()
  const stepsOf = (name: string): readonly Step[] => {
    const steps = byType.get(name) ?? [...generalizing(engine, ruled, name), ...ages(engine, name)]
    byType.set(name, steps)
    return steps
  }
  const markers = [...new Set([...stepsOf(type).map((step) => step.marker), '"contained"'])]
  return (line) => {
    if (!markers.some((marker) => line.includes(marker))) return line
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

/** What the profile's `generalized` says of the type. */
function generalizing(engine: Compiled, ruled: Ruled, type: string): Step[] {
  return Object.entries(engine.profile.generalized).flatMap(([path, rule]): Step[] => {
    const [first, ...names] = path.split('.')
    if (first !== '*' && first !== type) return []
    const [name = '', below] = names
    if (name === 'extension' && below !== undefined)
      return [{ marker: `"${DERIVED_URL}${below}"`, apply: (record) => removeDerived(record, below) }]
    const change = changeBy(engine, ruled, { rule, type, names })
    return change === null ? [] : [stepAt(type, names, change, rule.verb === 'remove' || rule.verb === 'mask' ? REDACTED : ABSTRED)]
  })
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

function removeDerived(record: Members, name: string): number {
  const extensions = record['extension']
  if (!Array.isArray(extensions)) return 0
  const left = extensions.filter((item) => membersOf(item)?.['url'] !== `${DERIVED_URL}${name}`)
  if (left.length === extensions.length) return 0
  if (left.length === 0) delete record['extension']
  else record['extension'] = left
  return REDACTED
}

/** Every element of the type that shows an age: by type or by the profile's rules, and observations whose code says so. */
function ages(engine: Compiled, type: string): Step[] {
  const plan = engine.plans.get(type)
  const paths = plan === undefined ? [] : agePaths(plan, [])
  const ruled = paths.map((path) => stepAt(type, path, () => ({}), REDACTED))
  const observed = engine.profile.ageCodes.map(
    (row): Step => ({ marker: `"${row.code}"`, apply: (record) => removeObservedAge(engine, record) })
  )
  return [...ruled, ...observed]
}

function agePaths(plan: ObjectPlan, above: readonly string[]): string[][] {
  return plan.fields.flatMap((field) => {
    const path = [...above, field.name]
    if (field.rule.verb === 'age-90' || (field.type === 'Age' && field.rule.verb !== 'remove')) return [path]
    return field.child === null ? [] : agePaths(field.child, path)
  })
}

/** What may show an age where the code says age. */
const SHOWING = ['valueQuantity', 'valueRange', 'valueInteger', 'valueRatio', 'valueCodeableConcept', 'referenceRange']

function removeObservedAge({ verbs }: Compiled, record: Members): number {
  const components = Array.isArray(record['component']) ? record['component'] : []
  const aged = verbs.isAge(record['code'])
  let done = 0
  for (const part of [record, ...components]) {
    const members = membersOf(part) as Members | null // ours: JSON.parse made it
    if (members === null || !(aged || verbs.isAge(members['code']))) continue
    for (const name of SHOWING) {
      if (members[name] !== undefined) done = REDACTED
      delete members[name]
    }
  }
  return done
}
