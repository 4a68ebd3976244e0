/**
 * From a plan to code: one JavaScript function per object of the plan, which walks the members that are there and builds only what is kept. No rule
 * costs anything when its element is absent. Names come from the type table and are quoted; nothing of a record or an agreement becomes code.
 */

import type { Json } from '../digest.ts'
import { missingValue } from './missing.ts'
import type { FieldPlan, ObjectPlan } from './plan.ts'
import { countUncovered, type RuleCount, ruleCount, type Tally } from './tally.ts'
import type { LastConcept, LastReference } from './verbs.ts'
import { type BoundCodes, type Vocabulary, wholeMatch } from './vocabulary.ts'

/** What the emitted code refers to by number. */
export interface Emission {
  readonly source: string
  readonly constants: readonly unknown[]
}

interface Writer {
  readonly functions: string[]
  readonly constants: unknown[]
  readonly bound: BoundCodes
  readonly tally: Tally | null
  readonly systemsAt: Vocabulary['systemsAt']
}

/** The code of one resource type: the body of a function (V verbs, K constants) that returns the transform (record, context) → record. */
export function emitResource(plan: ObjectPlan, bound: BoundCodes, systemsAt: Vocabulary['systemsAt'], tally: Tally | null): Emission {
  const writer: Writer = {
    functions: [],
    constants: [],
    bound,
    tally,
    systemsAt
  }
  const root = emitObject(writer, plan)
  return {
    source: `'use strict'\n${writer.functions.join('\n')}\nreturn ${root}`,
    constants: writer.constants
  }
}

function emitObject(writer: Writer, plan: ObjectPlan): string {
  const cases = [
    ...plan.fields.filter((field) => field.rule.verb !== 'remove').flatMap((field) => emitField(writer, field)),
    ...plan.forbidden.flatMap(emitForbidden),
    `case 'modifierExtension': c.fault ??= 'unknown-modifier'; break`,
    emitExtension(writer, plan)
  ]
  const name = `f${writer.functions.length}`
  const start = plan.resource ? `const o = { resourceType: ${quote(plan.type)}, id: c.id }; let n = 1` : 'const o = {}; let n = 0'
  writer.functions.push(
    `function ${name}(r, c) { // ${plan.path}
${start}
for (const k in r) { const v = r[k]; switch (k) {
${cases.join('\n')}
${emitDefault(writer, plan)}} }
if (n === 0) return undefined
${emitRequired(writer, plan)}return o
}`
  )
  return name
}

function emitForbidden(name: string): string[] {
  if (name === 'implicitRules') return [`case 'implicitRules': case '_implicitRules': c.fault ??= 'implicit-rules'; break`]
  return [`case ${quote(name)}: case ${quote(`_${name}`)}: c.fault ??= 'modifier-not-understood'; break`]
}

function emitExtension(writer: Writer, plan: ObjectPlan): string {
  const rules = constant(writer, plan.extensions)
  return `case 'extension': { const x = V.extensions(v, ${rules}); if (x !== undefined) { o.extension = x; n = 1 } break }`
}

/** Only a report asks what no rule covers. */
function emitDefault(writer: Writer, plan: ObjectPlan): string {
  const { tally } = writer
  if (tally === null) return ''
  const known = new Set([...plan.dropped, ...plan.forbidden, ...plan.fields.map((field) => field.name)])
  const note = (name: string): void =>
    countUncovered(tally, known.has(name) || known.has(name.slice(1)) ? `${plan.path}.${name}` : `${plan.path}.?`)
  const passing = plan.resource ? `case 'resourceType': case 'id': case 'contained': break\n` : ''
  return `${passing}default: ${constant(writer, note)}(k)\n`
}

function emitField(writer: Writer, field: FieldPlan): string[] {
  const at = member('o', field.name)
  const fault = field.modifier ? `else c.fault ??= 'modifier-not-understood';` : ''
  if (field.rule.verb === 'birth-year') return emitBirthYear(writer, field)
  const one = emitShown(writer, field)
  const note = emitCount(writer, field)
  const body = field.list
    ? `${emitList(field, one)}${note} if (x !== undefined) { ${at} = x; n = 1 } ${fault}`
    : `let x = ${one('v')}; ${emitAbsent(field)}${note} if (x !== undefined) { ${at} = x; n = 1 } ${fault}`
  const sibling = field.primitive && !field.list ? [emitSibling(field)] : []
  return [`case ${quote(field.name)}: { ${body} break }`, ...sibling]
}

function emitCount(writer: Writer, field: FieldPlan): string {
  if (writer.tally === null) return ''
  const row: RuleCount = ruleCount(writer.tally, field.path, field.rule.verb, field.ruleAt)
  return ` K.count(${constant(writer, row)}, v, x);`
}

/** Items that keep nothing go; of a list that changes the meaning, none may go. */
function emitList(field: FieldPlan, one: (value: string) => string): string {
  const lost = field.modifier ? ` else c.fault ??= 'modifier-not-understood'` : ''
  const limit = field.rule.atMost === undefined ? '' : ` if (x.length === ${field.rule.atMost}) break;`
  return `let x; if (Array.isArray(v)) for (let i = 0; i < v.length; i++) { let y = ${one('v[i]')}; ${emitAbsentItem(field)}if (y !== undefined) { if (x === undefined) x = [y]; else x.push(y);${limit} }${lost} }`
}

/** A complex value that kept nothing may still say why it is missing. */
function emitAbsent(field: FieldPlan): string {
  return field.primitive || field.child !== null ? '' : `if (x === undefined) x = V.absent(v);`
}

function emitAbsentItem(field: FieldPlan): string {
  return field.primitive || field.child !== null ? '' : `if (y === undefined) y = V.absent(v[i]); `
}

/** `_name` beside a primitive: only a data-absent-reason stays, and only where no value does. */
function emitSibling(field: FieldPlan): string {
  const name = `_${field.name}`
  const at = member('o', name)
  const fault = field.modifier ? ` else if (r${bracket(field.name)} === undefined) c.fault ??= 'modifier-not-understood';` : ''
  return `case ${quote(name)}: { const x = V.absent(v); if (x !== undefined) { ${at} = x; n = 1 }${fault} break }`
}

function emitBirthYear(writer: Writer, field: FieldPlan): string[] {
  const at = member('o', field.name)
  const sibling = member('o', `_${field.name}`)
  const rules = constant(writer, field.extensions)
  return [
    `case ${quote(field.name)}: { const x = c.over90 ? undefined : V.year(v, c);${emitCount(writer, field)} if (x !== undefined) { ${at} = x; n = 1 } else { ${sibling} = c.known90 ? K.masked90 : K.masked; n = 1 } break }`,
    `case ${quote(`_${field.name}`)}: { const x = V.extensions(v === null || typeof v !== 'object' ? undefined : v.extension, ${rules}); if (x !== undefined && ${sibling} === undefined) { ${sibling} = { extension: x }; n = 1 } break }`
  ]
}

/** The value of an observation; none where its code says that it is a date of birth or death. */
function emitShown(writer: Writer, field: FieldPlan): (value: string) => string {
  const one = emitValue(writer, field)
  return /^Observation\.(?:component\.)?value/.test(field.path) ? (value) => `(V.isVitalDate(r.code) ? undefined : ${one(value)})` : one
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
      return emitObserved(field)
    case 'by-element':
      return emitChild(writer, field)
    default:
      return () => 'undefined'
  }
}

function emitKeep(field: FieldPlan): (value: string) => string {
  if (field.type === 'boolean') return (value) => `(typeof ${value} === 'boolean' ? ${value} : undefined)`
  if (field.type === 'decimal') return (value) => `V.decimal(${value})`
  if (field.type === 'integer' || field.type === 'positiveInt' || field.type === 'unsignedInt') return (value) => `V.count(${value})`
  return () => 'undefined'
}

/** By the rule's pattern, else by the codes FHIR binds the element to, else not at all. */
function emitCode(writer: Writer, field: FieldPlan): (value: string) => string {
  if (field.rule.pattern !== undefined) {
    const fits = constant(writer, wholeMatch(field.rule.pattern))
    return (value) => `(typeof ${value} === 'string' && ${fits}(${value}) ? ${value} : undefined)`
  }
  const codes = writer.bound.get(field.bound)
  if (codes === undefined) return () => 'undefined'
  const set = constant(writer, codes)
  return (value) => `(${set}.has(${value}) ? ${value} : undefined)`
}

function emitObserved(field: FieldPlan): (value: string) => string {
  if (field.type === 'Range') return (value) => `V.observedRange(${value}, c, r)`
  if (field.type === 'integer') return (value) => `V.observedCount(${value}, c, r)`
  return (value) => `V.observed(${value}, c, r)`
}

function emitReference(writer: Writer): (value: string) => string {
  const last = constant(writer, { subject: null, text: '', base: '', reference: undefined } satisfies LastReference)
  return (value) => `V.reference(${value}, c, ${last})`
}

function emitCoding(writer: Writer, field: FieldPlan): (value: string) => string {
  const test = constant(writer, writer.systemsAt(field.path.replace(/\.coding$/, '')))
  return (value) => `V.coding(${value}, ${test})`
}

function emitChild(writer: Writer, field: FieldPlan): (value: string) => string {
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
  return `${member('o', name)} = ${constant(writer, field.list ? Object.freeze([value]) : value)}`
}

function constant(writer: Writer, value: unknown): string {
  writer.constants.push(value)
  return `K[${writer.constants.length - 1}]`
}

function member(object: string, name: string): string {
  return `${object}${bracket(name)}`
}

function bracket(name: string): string {
  return `[${quote(name)}]`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
