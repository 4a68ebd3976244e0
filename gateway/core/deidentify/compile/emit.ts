/**
 * From a plan to code: one JavaScript function per object of the plan, which walks the members that are there and builds only what is kept. No rule
 * costs anything when its element is absent. Names come from the type table and are quoted; nothing of a record or an agreement becomes code.
 */

import type { Json } from '../../digest.ts'
import { TYPES } from '../../fhir/types.ts'
import type { LastConcept, LastReference } from '../values/verbs.ts'
import { checkedMatch } from '../values/vocabulary.ts'
import { type Depth, emitBesideNote, emitDefault, emitNote, emitRemoved } from './emit-notes.ts'
import { emitObserved, OBSERVED, observedAs } from './emit-observed.ts'
import { emitBirth, emitMask, emitOrder, emitSiblings, emitTimes } from './emit-special.ts'
import { missingValue } from './missing.ts'
import { type FieldPlan, isGroup, type ObjectPlan } from './plan.ts'
import { bracket, constant, member, quote, type Sources, type Writer } from './writer.ts'

/** What the emitted code refers to by number. */
export interface Emission {
  readonly source: string
  readonly constants: readonly unknown[]
}

/** The code of one resource type: the body of a function (V verbs, K constants) that returns the transform (record, context) → record. */
export function emitResource(plan: ObjectPlan, sources: Sources): Emission {
  const writer: Writer = { ...sources, functions: [], built: new Map(), constants: [] }
  const root = emitObject(writer, plan)
  return {
    source: `'use strict'\n${OBSERVED}\n${writer.functions.join('\n')}\nreturn ${root}`,
    constants: writer.constants
  }
}

function emitObject(writer: Writer, plan: ObjectPlan): string {
  const at = writer.functions.length
  const name = `f${at}`
  // its place is kept: what nests in it calls it
  writer.functions.push('')
  writer.built.set(plan.path, name)
  const cases = [
    ...plan.fields.flatMap((field) => (field.rule.verb === 'remove' ? emitRemoved(writer, field) : emitField(writer, field))),
    ...plan.forbidden.flatMap(emitForbidden),
    `case 'modifierExtension': c.fault ??= 'unknown-modifier'; break`,
    emitExtension(writer, plan)
  ]
  const start = plan.resource ? `const o = { resourceType: ${quote(plan.type)}, id: c.id }; let n = 1` : 'const o = {}; let n = 0'
  writer.functions[at] = `function ${name}(r, c) { // ${plan.path}
${start}${emitObserved(writer, plan)}
for (const k in r) { const v = r[k]; switch (k) {
${cases.join('\n')}
${emitDefault(writer, plan)}} }
if (n === 0) return undefined
${emitRequired(writer, plan)}${emitOrder(plan)}${emitTimes(writer, plan)}return o
}`
  return name
}

function emitForbidden(name: string): string[] {
  if (name === 'implicitRules') return [`case 'implicitRules': case '_implicitRules': c.fault ??= 'implicit-rules'; break`]
  return [`case ${quote(name)}: case ${quote(`_${name}`)}: c.fault ??= 'modifier-not-understood'; break`]
}

function emitExtension(writer: Writer, plan: ObjectPlan): string {
  const rules = constant(writer, plan.extensions)
  return `case 'extension': { const x = V.extensions(v, ${rules}); ${emitBesideNote(writer)} if (x !== undefined) { o.extension = x; n = 1 } break }`
}

function emitField(writer: Writer, field: FieldPlan): string[] {
  const at = member('o', field.name)
  const fault = field.modifier ? `else c.fault ??= 'modifier-not-understood';` : ''
  if (field.rule.verb === 'birth-year' || field.rule.verb === 'birth-shift') return emitBirth(writer, field)
  if (field.rule.verb === 'mask') return emitMask(writer, field)
  const one = observedAs(writer, field, emitValue(writer, field))
  const note = emitNote(writer, field, depthOf(field))
  const body = field.list
    ? `${emitList(field, one)}${note} if (x !== undefined) { ${at} = x; n = 1 } ${fault}`
    : `let x = ${one('v')}; ${emitAbsent(field)}${note} if (x !== undefined) { ${at} = x; n = 1 } ${fault}`
  const sibling = field.primitive ? [field.list ? emitSiblings(writer, field) : emitSibling(writer, field)] : []
  return [`case ${quote(field.name)}: { ${body} break }`, ...sibling]
}

/** A CodeableConcept that is remembered whole has no code of its own for its children. */
function depthOf(field: FieldPlan): Depth {
  return !isGroup(field) || (field.child !== null && isConcept(field.child)) ? 'whole' : 'nested'
}

/** Items that keep nothing go; of a list that changes the meaning, none may go. */
function emitList(field: FieldPlan, one: (value: string) => string): string {
  const lost = field.modifier ? ` else c.fault ??= 'modifier-not-understood'` : ''
  const limit = field.rule.atMost === undefined ? '' : ` if (x.length === ${field.rule.atMost}) break;`
  return `let x; if (Array.isArray(v)) for (let i = 0; i < v.length; i++) { let y = ${one('v[i]')}; ${emitAbsentItem(field)}if (y !== undefined) { if (x === undefined) x = [y]; else x.push(y);${limit} }${lost} }`
}

/** A complex value that kept nothing may still say why it is missing, where FHIR requires nothing else of its type: a Narrative without its div is none. */
function emitAbsent(field: FieldPlan): string {
  return maySayWhy(field) ? `if (x === undefined) x = V.absent(v);` : ''
}

function emitAbsentItem(field: FieldPlan): string {
  return maySayWhy(field) ? `if (y === undefined) y = V.absent(v[i]); ` : ''
}

function maySayWhy(field: FieldPlan): boolean {
  return !field.primitive && !isGroup(field) && ![...(TYPES.get(field.type)?.elements.values() ?? [])].some(({ required }) => required)
}

/** `_name` beside a primitive: only a data-absent-reason stays, and only where no value does. */
function emitSibling(writer: Writer, field: FieldPlan): string {
  const name = `_${field.name}`
  const at = member('o', name)
  const fault = field.modifier ? ` else if (r${bracket(field.name)} === undefined) c.fault ??= 'modifier-not-understood';` : ''
  return `case ${quote(name)}: { const x = V.absent(v);${emitBesideNote(writer)} if (x !== undefined) { ${at} = x; n = 1 }${fault} break }`
}

/** The expression for one value of the element. */
function emitValue(writer: Writer, field: FieldPlan): (value: string) => string {
  switch (field.rule.verb) {
    case 'keep':
      return emitKeep(field)
    case 'code':
      return emitCode(writer, field)
    case 'year':
      return (value) => `V.year(${value}, c)`
    case 'shift':
      return (value) => `V.shift(${value}, c, ${quote(field.type)})`
    case 'generalize':
    case 'perturb':
    case 'substitute':
    case 'surrogate':
    case 'scrub':
      return emitRuled(writer, field)
    case 'zip3':
      return (value) => `V.zip3(${value})`
    case 'state':
      return (value) => `V.state(${value})`
    case 'coding':
      return emitCoding(writer, field)
    case 'quantity':
      return (value) => `V.quantity(${value}, c)`
    case 'reference':
      return emitReference(writer)
    case 'age-90':
      return (value) => (field.type === 'Range' ? `V.ageRange(${value}, c)` : `V.age(${value}, c)`)
    case 'observed':
      return emitNumber(field)
    case 'by-element':
      return emitChild(writer, field)
    default:
      return () => 'undefined'
  }
}

function emitKeep(field: FieldPlan): (value: string) => string {
  if (field.type === 'boolean') return (value) => `(typeof ${value} === 'boolean' ? ${value} : undefined)`
  if (field.type === 'decimal') return (value) => `V.decimal(${value})`
  if (field.type === 'integer' || field.type === 'positiveInt' || field.type === 'unsignedInt') return (value) => `V.count(${value}, c)`
  if (field.type === 'time') return (value) => `V.time(${value})`
  if (field.type === 'date' || field.type === 'dateTime' || field.type === 'instant')
    return (value) => `V.wellFormed(${value}, ${quote(field.type)})`
  return () => 'undefined'
}

function emitRuled(writer: Writer, field: FieldPlan): (value: string) => string {
  const act = writer.ruled(field)
  if (act === null) return () => 'undefined'
  const number = constant(writer, act)
  return (value) => `${number}(${value}, c)`
}

/** By the rule's pattern, else by the codes FHIR binds the element to, else not at all. */
function emitCode(writer: Writer, field: FieldPlan): (value: string) => string {
  if (field.rule.pattern !== undefined) {
    const fits = constant(writer, checkedMatch(field.rule.pattern, field.rule.checked))
    return (value) => `(typeof ${value} === 'string' && ${fits}(${value}) ? ${value} : undefined)`
  }
  const codes = writer.bound.get(field.bound)
  if (codes === undefined) return () => 'undefined'
  const set = constant(writer, codes)
  return (value) => `(${set}.has(${value}) ? ${value} : undefined)`
}

/** A number as it is; where the code beside it says age, emit-observed.ts takes it for one. */
function emitNumber(field: FieldPlan): (value: string) => string {
  if (field.type === 'Range') return (value) => `V.range(${value}, c)`
  return field.type === 'integer' ? (value) => `V.count(${value}, c)` : (value) => `V.quantity(${value}, c)`
}

function emitReference(writer: Writer): (value: string) => string {
  const last = constant(writer, { subject: null, text: '', base: '', name: null } satisfies LastReference)
  return (value) => `V.reference(${value}, c, ${last})`
}

function emitCoding(writer: Writer, field: FieldPlan): (value: string) => string {
  const test = constant(writer, writer.systemsAt(field.path.replace(/\.coding$/, '')))
  return (value) => `V.coding(${value}, ${test})`
}

function emitChild(writer: Writer, field: FieldPlan): (value: string) => string {
  const nests = field.again === null ? undefined : writer.built.get(field.again)
  if (nests !== undefined) return (value) => `(typeof ${value} === 'object' ? ${nests}(${value}, c) : undefined)`
  if (field.child === null) return () => 'undefined'
  if (isConcept(field.child)) {
    const last = constant(writer, {
      systems: writer.systemsAt(field.path),
      codes: () => null,
      system: '',
      code: '',
      concept: undefined
    } satisfies LastConcept)
    return (value) => `V.concept(${value}, ${last})`
  }
  const name = emitObject(writer, field.child)
  return (value) => `(typeof ${value} === 'object' ? ${name}(${value}, c) : undefined)`
}

/** A CodeableConcept of which only the codings stay has a short cut: the vocabulary remembers it whole. */
function isConcept(plan: ObjectPlan): boolean {
  const kept = plan.fields.filter((field) => field.rule.verb !== 'remove')
  return (
    plan.type === 'CodeableConcept' &&
    kept.length === 1 &&
    kept[0]?.name === 'coding' &&
    kept[0].rule.verb === 'coding' &&
    kept[0].rule.atMost === undefined
  )
}

/** Elements FHIR requires never go missing without saying so. */
function emitRequired(writer: Writer, plan: ObjectPlan): string {
  const lines: string[] = []
  const choices = new Map<string, FieldPlan[]>()
  for (const field of plan.fields) {
    if (!field.required) continue
    if (field.choice !== null) choices.set(field.choice, [...(choices.get(field.choice) ?? []), field])
    else lines.push(`if (${missing(field)}) ${fill(writer, field)}`)
  }
  for (const fields of choices.values()) {
    const first = fields[0]
    if (first !== undefined) lines.push(`if (${fields.map(missing).join(' && ')}) ${fill(writer, first)}`)
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function missing(field: FieldPlan): string {
  const value = `${member('o', field.name)} === undefined`
  return field.primitive ? `${value} && ${member('o', `_${field.name}`)} === undefined` : value
}

function fill(writer: Writer, field: FieldPlan): string {
  const name = field.primitive ? `_${field.name}` : field.name
  const value: Json = missingValue(field.type)
  const filled = constant(writer, value)
  return `${member('o', name)} = ${field.list ? `[${filled}]` : filled}`
}
