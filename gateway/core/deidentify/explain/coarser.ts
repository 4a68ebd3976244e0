/**
 * Whether one rule shows no more of a value than another, of any value that is well formed (a date the calendar has). Says yes only where it follows from
 * what the verbs do; for anything else no, so that a reader of a difference is rather warned once too often. That something was there (a mark, a fixed
 * value, the category of 90 or more) counts as nothing shown, where something of it could be shown before.
 */
import type { FieldPlan } from '../compile/plan.ts'
import type { Hierarchy, RecordProfile, Rule, Verb } from '../profile/profile.ts'
import { boundCodes, wholeMatch } from '../values/vocabulary.ts'

/** An element and the profile it is planned by. */
export interface Ruled {
  readonly field: FieldPlan
  readonly profile: RecordProfile
  /** It, or what it stands in, withholds the record when nothing of it is kept. */
  readonly modifies: boolean
}

/** Verb → verbs that show as much or more of every value. */
const SHOWN_BY: ReadonlyMap<Verb, readonly Verb[]> = new Map<Verb, readonly Verb[]>([
  ['year', ['keep']],
  ['birth-year', ['keep']],
  ['shift', ['keep']],
  ['birth-shift', ['keep', 'shift']],
  ['observed', ['quantity', 'keep']],
  ['age-90', ['quantity', 'observed', 'keep']],
  ['perturb', ['keep']]
])
const FIXED: ReadonlySet<Verb> = new Set(['mask', 'substitute'])

/** The same verb with the same members; what stands below, and how many, is not looked at. */
export function sameRule(next: Ruled, old: Ruled): boolean {
  return JSON.stringify(essence(next)) === JSON.stringify(essence(old))
}

function essence(ruled: Ruled): unknown {
  const { verb, pattern, checked, with: fixed, span, range, roundTo, cover }: Rule = ruled.field.rule
  return [verb, pattern, checked, fixed, span, range, roundTo, cover, substanceOf(hierarchyOf(ruled))]
}

function hierarchyOf({ field, profile }: Ruled): Hierarchy | undefined {
  return field.rule.hierarchy === undefined ? undefined : profile.hierarchies?.[field.rule.hierarchy]
}

/** A hierarchy without its reasons. */
export function substanceOf(hierarchy: Hierarchy | undefined): unknown {
  if (hierarchy === undefined) return null
  const { because: _, source: __, ...rest } = hierarchy
  return Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Ask sameRule first. */
export function showsNoMore(next: Ruled, old: Ruled): boolean {
  const { verb } = next.field.rule
  const before = old.field.rule.verb
  if (verb === 'remove') return true
  if (before === 'remove') return false
  // where what is lost withholds the record, something in its place lets it go
  if (FIXED.has(verb)) return !next.modifies && (!FIXED.has(before) || verb === 'mask')
  if (SHOWN_BY.get(verb)?.includes(before) === true) return true
  if ((verb === 'age-90' || verb === 'observed') && before === 'by-element') return isRangeOfQuantities(old.field)
  if (verb === 'generalize') return isCoarser(hierarchyOf(next), old.field)
  return verb === 'code' && before === 'code' && isListWithin(next.field, old.field)
}

/** A verb keeps of a range what it keeps of both its ends. */
function isRangeOfQuantities({ type, child }: FieldPlan): boolean {
  const ends = child?.fields.filter(({ rule }) => rule.verb === 'quantity').map(({ name }) => name) ?? []
  return type === 'Range' && ends.includes('low') && ends.includes('high')
}

/** A coarser form of what was kept in its own; two coarser forms are not compared: the shorter one may exist where the longer does not. */
function isCoarser(hierarchy: Hierarchy | undefined, old: FieldPlan): boolean {
  const { verb } = old.rule
  if (hierarchy === undefined) return true
  if (verb === 'keep') return hierarchy.kind === 'dates' || hierarchy.kind === 'bins'
  if (verb === 'quantity') return hierarchy.kind === 'bins'
  return verb === 'coding' || (verb === 'by-element' && (old.child?.fields.some(isOpenCoding) ?? false))
}

function isOpenCoding({ name, rule }: FieldPlan): boolean {
  return name === 'coding' && rule.verb === 'coding' && rule.atMost === undefined
}

/** The same texts with check digits asked for; or every code of the list FHIR binds the element to fits what was kept before. */
function isListWithin(next: FieldPlan, old: FieldPlan): boolean {
  if (old.rule.checked !== undefined) return false
  if (next.rule.checked !== undefined) return next.rule.pattern === old.rule.pattern
  if (next.rule.pattern !== undefined || old.rule.pattern === undefined) return false
  return [...(boundCodes().get(next.bound) ?? [])].every(wholeMatch(old.rule.pattern))
}
