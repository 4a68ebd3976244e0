/**
 * Code for elements that leave a mark where their value was (mask, birth-year, birth-shift), for what stands beside lists of primitives, and for pairs
 * that stay in order (R4 per-1, rng-2).
 */
import { emitBesideNote, emitNote } from './emit-notes.ts'
import { missingValue } from './missing.ts'
import type { FieldPlan, ObjectPlan } from './plan.ts'
import { constant, member, quote, type Writer } from './writer.ts'

/** The value goes; that there was one stays. Of a list one mark, so that nobody learns how many. A reason the sender gave stays. */
export function emitMask(writer: Writer, field: FieldPlan): string[] {
  const { name, primitive, list } = field
  const missing = constant(writer, missingValue(field.type))
  const mark = list ? `[${missing}]` : missing
  const note = emitNote(writer, field, 'whole')
  if (!primitive) return [`case ${quote(name)}: { const x = ${mark};${note} ${member('o', name)} = x; n = 1; break }`]
  const beside = member('o', `_${name}`)
  return [
    `case ${quote(name)}: { const x = undefined;${note} ${beside} = ${mark}; n = 1; break }`,
    `case ${quote(`_${name}`)}: { if (${beside} === undefined) { const x = ${list ? 'undefined' : 'V.absent(v)'}; ${beside} = x === undefined ? ${mark} : x; n = 1 } break }`
  ]
}

/** 45 CFR 164.514(b)(2)(i)(C): a date of birth that shows an age over 89 leaves a mark that says so. */
export function emitBirth(writer: Writer, field: FieldPlan): string[] {
  const at = member('o', field.name)
  const sibling = member('o', `_${field.name}`)
  const rules = constant(writer, field.extensions)
  const shown = field.rule.verb === 'birth-year' ? 'V.year(v, c)' : `V.shift(v, c, 'date')`
  return [
    `case ${quote(field.name)}: { const x = c.over90 ? undefined : ${shown};${emitNote(writer, field, 'whole')} if (x !== undefined) { ${at} = x; n = 1 } else { ${sibling} = c.known90 ? K.masked90 : K.masked; n = 1 } break }`,
    `case ${quote(`_${field.name}`)}: { const x = V.extensions(v === null || typeof v !== 'object' ? undefined : v.extension, ${rules});${emitBesideNote(writer)} if (x !== undefined && ${sibling} === undefined) { ${sibling} = { extension: x }; n = 1 } break }`
  ]
}

/** `_name` beside a list of primitives: data-absent-reasons stay where the list holds no value at all (R4 2.6.2.3: both lists padded with null). */
export function emitSiblings(writer: Writer, field: FieldPlan): string {
  const at = member('o', `_${field.name}`)
  return `case ${quote(`_${field.name}`)}: { const x = V.absentAll(v, ${member('r', field.name)});${emitBesideNote(writer)} if (x !== undefined) { ${at} = x; n = 1 } break }`
}

/** Rules that may bring a pair out of order. */
const MOVING: ReadonlySet<string> = new Set(['year', 'shift', 'generalize', 'perturb'])

/** A period never ends before it starts; a range's high is never below its low; an amount and its currency stay together. */
export function emitOrder(plan: ObjectPlan): string {
  if (plan.type === 'Money') return emitMoney(plan)
  const moving = plan.fields.filter((field) => MOVING.has(field.rule.verb)).length > 0
  if (!moving) return ''
  if (plan.type === 'Period') return 'if (o.start !== undefined && o.end !== undefined) o.end = V.endAfter(o.start, o.end)\n'
  if (plan.type === 'Range') return 'if (o.low !== undefined && o.high !== undefined) o.high = V.highAbove(o.low, o.high)\n'
  return ''
}

/** Either alone means something else than what the sender gave, which may be an amount alone. */
function emitMoney({ fields }: ObjectPlan): string {
  const both = ['value', 'currency'].every((name) => fields.some((field) => field.name === name && field.rule.verb !== 'remove'))
  return both
    ? 'if ((o.value === undefined && o._value === undefined) || (o.currency === undefined && r.currency !== undefined)) return undefined\n'
    : ''
}

/** Numbers whose unit of time stands beside them. */
const TIMES = [
  ['duration', 'durationUnit'],
  ['durationMax', 'durationUnit'],
  ['period', 'periodUnit'],
  ['periodMax', 'periodUnit']
]

/** 45 CFR 164.514(b)(2)(i)(C): no time of a Timing shows an age over 89. */
export function emitTimes(writer: Writer, plan: ObjectPlan): string {
  if (plan.type !== 'Timing.repeat' || !writer.agesCollapse) return ''
  return TIMES.map(
    ([time = '', unit = '']) => `if (o.${time} !== undefined && V.showsAge(o.${time}, r.${unit}, c)) delete o.${time}\n`
  ).join('')
}
