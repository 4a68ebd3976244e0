/**
 * What more, what less and what otherwise leaves under one profile than under another: from the compiled plans and the resolved lists of both, never from
 * their texts. Sound in one direction: where a record the door takes leaves with more under the new profile, the difference widens. It says nothing about who passes
 * the risk gate: whether groups become larger or smaller is seen only when patients are counted.
 */
import type { Engine } from '../compile/compile.ts'
import type { FieldPlan, ObjectPlan } from '../compile/plan.ts'
import { agesCollapse, type RecordProfile } from '../profile/profile.ts'
import { compareLists, type ListChange } from './diff-lists.ts'
import { comparePlans, type Direction, type ElementChange } from './diff-plans.ts'
import { joined, listed } from './phrases.ts'

export type { Direction } from './diff-plans.ts'

export interface Change {
  readonly direction: Direction
  readonly sentence: string
  /** Element paths, resource types or rows of lists. */
  readonly where: readonly string[]
}

export interface ProfileDiff {
  /** widens when a change does, or may. */
  readonly direction: Exclude<Direction, 'may-widen'>
  readonly changes: readonly Change[]
}

const ORDER: readonly Direction[] = ['widens', 'may-widen', 'narrows', 'neither']

export function diffProfiles(old: Engine, next: Engine): ProfileDiff {
  return summed([
    ...itself(old, next),
    ...types(old, next),
    ...elements(old, next),
    ...lists(compareLists(old.profile, next.profile, (path) => leaves(next, path)))
  ])
}

/** In the order of their directions; what widens first. */
export function summed(changes: readonly Change[]): ProfileDiff {
  const sorted = ORDER.flatMap((direction) => changes.filter((change) => change.direction === direction))
  const first = sorted[0]?.direction ?? 'neither'
  return { direction: first === 'may-widen' ? 'widens' : first, changes: sorted }
}

function itself({ profile: old }: Engine, { profile: next }: Engine): Change[] {
  const told = (what: string, before: string, after: string): Change[] =>
    before === after ? [] : [{ direction: 'neither', sentence: `The ${what} is ${after}, not ${before}.`, where: [] }]
  return [
    ...told('mode', old.mode, next.mode),
    ...agesShown(old, next),
    ...told('legal basis', old.legalBasis, next.legalBasis),
    ...told('labelling of records', old.labels ?? 'none', next.labels ?? 'none')
  ]
}

/** The verbs ask the mode, too. */
function agesShown(old: RecordProfile, next: RecordProfile): Change[] {
  if (!agesCollapse(old) || agesCollapse(next)) return []
  return [{ direction: 'widens', sentence: 'Ages over 89, and years that tell them, leave; before, they were one category.', where: [] }]
}

function types(old: Engine, next: Engine): Change[] {
  const only = (a: Engine, b: Engine): string[] => [...a.plans.keys()].filter((type) => !b.plans.has(type))
  const [added, taken] = [only(next, old), only(old, next)]
  return [
    ...added.map((type): Change => ({ direction: 'widens', sentence: `${type}: records leave; before, none did.`, where: [type] })),
    ...taken.map((type): Change => ({ direction: 'narrows', sentence: `${type}: no record leaves any more.`, where: [type] }))
  ]
}

/** Elements that change alike are told together. */
function elements(old: Engine, next: Engine): Change[] {
  const groups = new Map<string, ElementChange[]>()
  for (const [type, plan] of next.plans) {
    const before = old.plans.get(type)
    if (before === undefined) continue
    for (const change of comparePlans(before, plan, { old: old.profile, next: next.profile, modifies: false })) {
      const key = JSON.stringify([change.direction, change.type, change.before, change.after])
      const group = groups.get(key) ?? []
      groups.set(key, group)
      group.push(change)
    }
  }
  return [...groups.values()].flatMap((group): Change[] => {
    const [first] = group
    if (first === undefined) return []
    const where = group.map(({ path }) => path)
    const doubt = first.direction === 'may-widen' ? ' Nothing shows that this is less.' : ''
    const what = where.length > 3 ? `${first.type === '' ? 'Elements' : first.type} at ${listed(where)}` : listed(where)
    return [{ direction: first.direction, sentence: `${what}: ${first.after}; before, ${first.before}.${doubt}`, where }]
  })
}

/** An extension, or an element of any type, may. */
function leaves({ plans }: Engine, path: string): boolean {
  const [type = '', ...names] = path.split('.')
  let plan: ObjectPlan | null | undefined = plans.get(type)
  if (type === '*' || names[0] === 'extension') return true
  for (const name of names) {
    const field: FieldPlan | undefined = plan?.fields.find((one) => one.name === name)
    if (field === undefined || field.rule.verb === 'remove') return false
    if (field.child === null) return true
    plan = field.child
  }
  return true
}

/** Rows that change alike are told together. */
function lists(changes: readonly ListChange[]): Change[] {
  const groups = new Map<string, ListChange[]>()
  for (const change of changes) {
    const key = JSON.stringify([change.direction, change.list, change.what])
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push(change)
  }
  return [...groups.values()].flatMap((group): Change[] => {
    const [first] = group
    if (first === undefined) return []
    const where = group.map(({ name }) => name)
    const named = where.length > NAMED ? `${where.slice(0, NAMED).join(', ')} and ${where.length - NAMED} more` : joined(where)
    return [{ direction: first.direction, sentence: `${upper(first.list)}: ${named} ${first.what}.`, where }]
  })
}

/** Rows named in a sentence; all of them stand in `where`. */
const NAMED = 5

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
