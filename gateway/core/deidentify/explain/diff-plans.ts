/**
 * What of a record leaves under one compiled plan and not under another, element by element. Decides by the plans alone: an element neither plan looks at,
 * and a rule that says the same in other words, is no difference. What cannot be shown to be less is told as more.
 */
import { TYPES } from '../../fhir/types.ts'
import type { FieldPlan, ObjectPlan } from '../compile/plan.ts'
import type { RecordProfile } from '../profile/profile.ts'
import { type Ruled, sameRule, showsNoMore } from './coarser.ts'
import { phraseOf } from './phrases.ts'

/** may-widen: nothing shows that it does not. neither: what leaves is the same. */
export type Direction = 'widens' | 'may-widen' | 'narrows' | 'neither'

/** One element. */
export interface ElementChange {
  readonly direction: Direction
  readonly path: string
  readonly type: string
  readonly before: string
  readonly after: string
}

interface Sides {
  readonly old: RecordProfile
  readonly next: RecordProfile
  /** What is compared stands in an element that withholds the record when nothing of it is kept. */
  readonly modifies: boolean
}

const REMOVED = 'removed'
const WITHHELD = 'the record is withheld when it is there'

export function comparePlans(old: ObjectPlan, next: ObjectPlan, sides: Sides): ElementChange[] {
  return [...(TYPES.get(next.type)?.elements.keys() ?? [])].flatMap((name) => {
    const [before, after] = [fieldIn(old, name), fieldIn(next, name)]
    if (before !== undefined && after !== undefined) return compareFields(before, after, sides)
    if (after !== undefined) return [changed('widens', after, missingIn(old, name), phrase(after))]
    if (before !== undefined) return taken(before, next)
    const freed = old.forbidden.includes(name) && !next.forbidden.includes(name)
    return freed ? [{ direction: 'widens', path: `${next.path}.${name}`, type: '', before: WITHHELD, after: REMOVED }] : []
  })
}

function taken(before: FieldPlan, next: ObjectPlan): ElementChange[] {
  const change = changed('narrows', before, phrase(before), missingIn(next, before.name))
  if (next.forbidden.includes(before.name)) return [change]
  return [change, ...letGo([...(before.modifier ? [before] : []), ...within(before)])]
}

function fieldIn(plan: ObjectPlan, name: string): FieldPlan | undefined {
  const field = plan.fields.find((one) => one.name === name)
  return field?.rule.verb === 'remove' ? undefined : field
}

function missingIn(plan: ObjectPlan, name: string): string {
  return plan.forbidden.includes(name) ? WITHHELD : REMOVED
}

function compareFields(before: FieldPlan, after: FieldPlan, sides: Sides): ElementChange[] {
  const modifies = sides.modifies || after.modifier
  const old: Ruled = { field: before, profile: sides.old, modifies }
  const next: Ruled = { field: after, profile: sides.next, modifies }
  const [was, is] = [phrase(before), phrase(after)]
  if (!sameRule(next, old)) {
    if (!showsNoMore(next, old)) return [changed(showsNoMore(old, next) ? 'widens' : 'may-widen', after, was, is)]
    return [changed('narrows', after, was, is), ...letGo(within(before))]
  }
  if (before.again !== after.again) return [changed('may-widen', after, was, is)]
  const inside = before.child !== null && after.child !== null ? comparePlans(before.child, after.child, { ...sides, modifies }) : []
  return [...inside, ...compareNumbers(before, after, inside)]
}

/** Of a list only the first so many are kept: a change in what is kept of one changes which ones are the first. */
function compareNumbers(before: FieldPlan, after: FieldPlan, inside: readonly ElementChange[]): ElementChange[] {
  const otherwise = inside.length > 0
  const [most, now] = [before.rule.atMost ?? Number.POSITIVE_INFINITY, after.rule.atMost ?? Number.POSITIVE_INFINITY]
  const told = [atMost(most), atMost(now)] as const
  if (most === now) return otherwise && Number.isFinite(now) ? [changed('may-widen', after, ...told)] : []
  return [changed(now > most ? 'widens' : otherwise && Number.isFinite(most) ? 'may-widen' : 'narrows', after, ...told)]
}

function atMost(number: number): string {
  return Number.isFinite(number) ? `the first ${number} kept` : 'any number of them kept'
}

interface Withholding {
  readonly path: string
  readonly type: string
}

/** What goes without a trace withholds no record any more. */
function letGo(places: readonly Withholding[]): ElementChange[] {
  return places.map(({ path, type }) => ({
    direction: 'widens',
    path,
    type,
    before: 'the record withheld when it could not be kept',
    after: 'removed, and the record leaves without it'
  }))
}

function within({ child }: FieldPlan): readonly Withholding[] {
  return child === null ? [] : withholding(child)
}

function withholding(plan: ObjectPlan): Withholding[] {
  const forbidden = plan.forbidden.map((name) => ({ path: `${plan.path}.${name}`, type: '' }))
  const fields = plan.fields.flatMap((field) => [...(field.modifier ? [field] : []), ...within(field)])
  return [...forbidden, ...fields]
}

function changed(direction: Direction, { path, type }: FieldPlan, before: string, after: string): ElementChange {
  return { direction, path, type, before, after }
}

function phrase({ path, type, rule, child, again }: FieldPlan): string {
  if (again !== null) return `kept as ${again}, at any depth`
  if (child === null) return phraseOf({ path, type, deed: rule.verb, rule })
  return `kept by its elements (${child.fields.map(({ name }) => name).join(', ')})`
}
