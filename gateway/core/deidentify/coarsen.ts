/**
 * Level 1 of the risk gate: what is done, on top, with the already de-identified records of a subject too few others look like. Follows the profile's
 * `generalized`, and takes out every age, for with the year of its event it would tell the year of birth that was just made a decade.
 */
import { DERIVED_URL } from '../derive/derive.ts'
import type { Json } from '../digest.ts'
import { ABSENT_URL, MASKED } from './absent.ts'
import type { Engine } from './compile.ts'
import type { ObjectPlan } from './plan.ts'

export const BIRTH_DECADE_URL = 'urn:sallyport:birth-decade'

type Members = { [key: string]: Json | undefined }

/** One thing to do, and a text without which a record cannot hold what it is done to. */
interface Step {
  readonly marker: string
  apply(record: Members): void
}

/** Coarsens the released lines of one resource type, and what they contain. A line that holds nothing to coarsen is given back as it is, unparsed. */
export function createCoarsener(engine: Engine, type: string): (line: string) => string {
  const byType = new Map<string, readonly Step[]>()
  const stepsOf = (name: string): readonly Step[] => {
    const steps = byType.get(name) ?? [...generalizing(engine, name), ...ages(engine, name)]
    byType.set(name, steps)
    return steps
  }
  const markers = [...new Set([...stepsOf(type).map((step) => step.marker), '"contained"'])]
  return (line) => {
    if (!markers.some((marker) => line.includes(marker))) return line
    const record = JSON.parse(line) as Members // a line releaseSubject made
    for (const part of [record, ...containedIn(record)]) for (const step of stepsOf(String(part['resourceType']))) step.apply(part)
    return JSON.stringify(record)
  }
}

function containedIn(record: Members): Members[] {
  const { contained } = record
  return Array.isArray(contained) ? contained.map(membersOf).filter((item) => item !== null) : []
}

/** What the profile's `generalized` says of the type. */
function generalizing(engine: Engine, type: string): Step[] {
  return Object.entries(engine.profile.generalized).flatMap(([path, rule]): Step[] => {
    const [first, ...names] = path.split('.')
    const [name = '', below] = names
    if (first !== '*' && first !== type) return []
    if (rule.verb === 'decade') return [{ marker: `"${name}"`, apply: (record) => toDecade(record, name) }]
    if (rule.verb === 'mask') return [{ marker: `"${name}"`, apply: (record) => mask(record, name) }]
    if (name === 'extension' && below !== undefined)
      return [
        {
          marker: `"${DERIVED_URL}${below}"`,
          apply: (record) => removeDerived(record, below)
        }
      ]
    return [
      {
        marker: `"${names.at(-1) ?? ''}"`,
        apply: (record) => removeAt(record, names)
      }
    ]
  })
}

/** Every element of the type that shows an age: by the profile's rules, and observations whose code says so. */
function ages(engine: Engine, type: string): Step[] {
  const plan = engine.plans.get(type)
  const paths = plan === undefined ? [] : agePaths(plan, [])
  const ruled = paths.map(
    (path): Step => ({
      marker: `"${path.at(-1) ?? ''}"`,
      apply: (record) => removeAt(record, path)
    })
  )
  const observed = engine.profile.ageCodes.map(
    (row): Step => ({
      marker: `"${row.code}"`,
      apply: (record) => removeObservedAge(engine, record)
    })
  )
  return [...ruled, ...observed]
}

function toDecade(record: Members, name: string): void {
  const year = record[name]
  if (typeof year !== 'string') return
  delete record[name]
  const decade = Number(year.slice(0, 3)) * 10
  record[`_${name}`] = {
    extension: [
      { url: ABSENT_URL, valueCode: 'masked' },
      { url: BIRTH_DECADE_URL, valueInteger: decade }
    ]
  }
}

/** An element that changes the meaning may not go without a trace. */
function mask(record: Members, name: string): void {
  if (record[name] === undefined) return
  delete record[name]
  record[`_${name}`] = MASKED
}

function removeDerived(record: Members, name: string): void {
  const extensions = record['extension']
  if (!Array.isArray(extensions)) return
  const left = extensions.filter((item) => membersOf(item)?.['url'] !== `${DERIVED_URL}${name}`)
  if (left.length === 0) delete record['extension']
  else record['extension'] = left
}

/** Removes the element, and what is left empty around it. */
function removeAt(record: Members, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return
  const value = record[name]
  if (value === undefined) return
  if (rest.length === 0) {
    delete record[name]
    return
  }
  const items = Array.isArray(value) ? value : [value]
  for (const item of items) {
    const members = membersOf(item)
    if (members !== null) removeAt(members, rest)
  }
  const left = items.filter((item) => membersOf(item) === null || Object.keys(item as Members).length > 0)
  if (left.length === 0) delete record[name]
  else if (Array.isArray(value)) record[name] = left
}

/** Elements that hold an age by the profile's rules. */
function agePaths(plan: ObjectPlan, above: readonly string[]): string[][] {
  return plan.fields.flatMap((field) => {
    const path = [...above, field.name]
    if (field.rule.verb === 'age-90') return [path]
    return field.child === null ? [] : agePaths(field.child, path)
  })
}

function removeObservedAge(engine: Engine, record: Members): void {
  const parts = [record, ...(Array.isArray(record['component']) ? record['component'].map(membersOf) : [])]
  for (const part of parts) {
    if (part === null || !engine.verbs.isAge(part['code'])) continue
    for (const name of ['valueQuantity', 'valueRange', 'valueInteger']) delete part[name]
  }
}

function membersOf(value: Json | undefined): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
}
