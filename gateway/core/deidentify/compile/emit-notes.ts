/** Code that notes what was done, for a report (tally.ts) or for labels (labels.ts). Where nobody asks, it is no code at all. */
import { noteNested, noteOf, REDACTED } from '../labels.ts'
import { countUncovered, type RuleCount, ruleCount, strippedIn } from '../tally.ts'
import type { FieldPlan, ObjectPlan } from './plan.ts'
import { constant, quote, type Writer } from './writer.ts'

/** `nested`: what becomes of the children is noted by their own code. */
export type Depth = 'nested' | 'whole'

/** After an element went through its rule: v came, x leaves. */
export function emitNote(writer: Writer, field: FieldPlan, depth: Depth): string {
  return `${emitCount(writer, field)}${emitLabel(writer, field, depth)}`
}

function emitCount(writer: Writer, field: FieldPlan): string {
  if (writer.tally === null) return ''
  const row: RuleCount = ruleCount(writer.tally, field.path, field.rule.verb, field.ruleAt)
  return ` K.count(${constant(writer, row)}, v, x);`
}

function emitLabel(writer: Writer, field: FieldPlan, depth: Depth): string {
  if (writer.labels === 'none') return ''
  return ` ${constant(writer, depth === 'nested' ? noteNested : noteOf(field.rule.verb))}(c, v, x);`
}

/** After a member beside the elements (an extension, a `_name`). */
export function emitBesideNote(writer: Writer): string {
  const counted = writer.tally === null ? '' : ` ${constant(writer, strippedIn(writer.tally))}(v, x);`
  return writer.labels === 'none' ? counted : `${counted} ${constant(writer, noteOf('remove'))}(c, v, x);`
}

/** Members that no rule looks at. Only a report or a label asks. */
export function emitDefault(writer: Writer, plan: ObjectPlan): string {
  const { tally, labels } = writer
  if (tally === null && labels === 'none') return ''
  const passing = plan.resource ? `case 'resourceType': case 'id': case 'contained': break\n` : ''
  const counted = tally === null ? '' : `${constant(writer, uncoveredIn(tally, plan))}(k); `
  const labelled = labels === 'none' ? '' : `c.done |= ${REDACTED}`
  return `${passing}default: ${counted}${labelled}\n`
}

function uncoveredIn(tally: NonNullable<Writer['tally']>, plan: ObjectPlan): (name: string) => void {
  const known = new Set([...plan.dropped, ...plan.forbidden, ...plan.fields.map((field) => field.name)])
  return (name) => countUncovered(tally, known.has(name) || known.has(name.slice(1)) ? `${plan.path}.${name}` : `${plan.path}.?`)
}

/** The cases of a removed element, where a label asks: the plan knows it, so no default sees it. */
export function emitRemoved(writer: Writer, field: FieldPlan): string[] {
  return writer.labels === 'none' ? [] : [`case ${quote(field.name)}: case ${quote(`_${field.name}`)}: c.done |= ${REDACTED}; break`]
}
