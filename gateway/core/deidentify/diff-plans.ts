/**
 * What of a record leaves under one compiled plan and not under another, element by element. Decides by the plans alone: an element neither plan looks at,
 * and a rule that says the same in other words, is no difference. What cannot be shown to be less is told as more.
 */
import { TYPES } from '../fhir/types.ts'
import { type Ruled, sameRule, showsNoMore } from './coarser.ts'
import { phraseOf } from './phrases.ts'
import type { FieldPlan, ObjectPlan } from './plan.ts'
import type { RecordProfile } from './profile.ts'

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
}

const REMOVED = 'removed'
const WITHHELD = 'the record is withheld when it is there'

export function comparePlans(old: ObjectPlan, next: ObjectPlan, sides: Sides): ElementChange[] {
  const changes: ElementChange[] = []
  for (const name of TYPES.get(next.type)?.elements.keys() ?? []) {
    const [before, after] = [fieldIn(old, name), fieldIn(next, name)]
    if (before !== undefined && after !== undefined) changes.push(...compareFields(before, after, sides))
    else if (after !== undefined) changes.push(changed('widens', after, missingIn(old, name), phrase(after)))
    else if (before !== undefined) {
      changes.push(changed('narrows', before, phrase(before), missingIn(next, name)))
      if (!next.forbidden.includes(name)) changes.push(...letGo(before))
    } else if (old.forbidden.includes(name) && !next.forbidden.includes(name))
      changes.push({ direction: 'widens', path: `${next.path}.${name}`, type: '', before: WITHHELD, after: REMOVED })
  }
  return changes
}

function fieldIn(plan: ObjectPlan, name: string): FieldPlan | undefined {
  const field = plan.fields.find((one) => one.name === name)
  return field?.rule.verb === 'remove' ? undefined : field
}

function missingIn(plan: ObjectPlan, name: string): string {
  return plan.forbidden.includes(name) ? WITHHELD : REMOVED
}

function compareFields(before: FieldPlan, after: FieldPlan, sides: Sides): ElementChange[] {
  const old: Ruled = { field: before, profile: sides.old }
  const next: Ruled = { field: after, profile: sides.next }
  const [was, is] = [phrase(before), phrase(after)]
  if (!sameRule(next, old)) {
    if (!showsNoMore(next, old)) return [changed(showsNoMore(old, next) ? 'widens' : 'may-widen', after, was, is)]
    return [changed('narrows', after, was, is), ...letGo(before)]
  }
  const within = before.child !== null && after.child !== null ? comparePlans(before.child, after.child, sides) : []
  return [...within, ...compareNumbers(before, after, within.length > 0)]
}

/** Of a list only the first so many are kept: a change in what is kept of one changes which ones are the first. */
function compareNumbers(before: FieldPlan, after: FieldPlan, otherwise: boolean): ElementChange[] {
  const [most, now] = [before.rule.atMost ?? Number.POSITIVE_INFINITY, after.rule.atMost ?? Number.POSITIVE_INFINITY]
  const told = [atMost(most), atMost(now)] as const
  if (most === now) return otherwise && Number.isFinite(now) ? [changed('may-widen', after, ...told)] : []
  return [changed(now > most ? 'widens' : otherwise && Number.isFinite(most) ? 'may-widen' : 'narrows', after, ...told)]
}

function atMost(number: number): string {
  return Number.isFinite(number) ? `the first ${number} kept` : 'any number of them kept'
}

/** An element gone whole takes with it what withheld the record when it stood inside. */
function letGo(field: FieldPlan): ElementChange[] {
  return (field.child === null ? [] : withholding(field.child)).map(({ path, type }) => ({
    direction: 'widens',
    path,
    type,
    before: 'the record withheld when it could not be kept',
    after: 'removed with what it stands in'
  }))
}

function withholding(plan: ObjectPlan): { readonly path: string; readonly type: string }[] {
  const forbidden = plan.forbidden.map((name) => ({ path: `${plan.path}.${name}`, type: '' }))
  const fields = plan.fields.flatMap((field) => [
    ...(field.modifier ? [field] : []),
    ...(field.child === null ? [] : withholding(field.child))
  ])
  return [...forbidden, ...fields]
}

function changed(direction: Direction, { path, type }: FieldPlan, before: string, after: string): ElementChange {
  return { direction, path, type, before, after }
}

function phrase({ path, type, rule, child }: FieldPlan): string {
  if (child === null) return phraseOf({ path, type, deed: rule.verb, rule })
  return `kept by its elements (${child.fields.map(({ name }) => name).join(', ')})`
}
