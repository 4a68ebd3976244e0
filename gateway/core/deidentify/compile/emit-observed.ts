/**
 * Code for values that mean what the code beside them says (coded.ts): none where that says date of birth or death, an age where it says age (45 CFR
 * 164.514(b)(2)(i)(C)). A component is also what its Observation says. Refuses, of an age, what cannot be judged: ratios, codes of age groups, and
 * ranges of reference, for they are those of the age.
 */
import { CODES_OF_VALUES } from '../values/coded.ts'
import type { FieldPlan, ObjectPlan } from './plan.ts'
import { member, type Writer } from './writer.ts'

type Expression = (value: string) => string

/** By datatype: the expression of an age. */
const AGES: ReadonlyMap<string, Expression> = new Map([
  ['Quantity', (value: string) => `V.age(${value}, c)`],
  ['Range', (value: string) => `V.ageRange(${value}, c)`],
  ['integer', (value: string) => `V.ageCount(${value}, c)`],
  ['unsignedInt', (value: string) => `V.ageCount(${value}, c)`],
  ['Ratio', () => 'undefined'],
  ['CodeableConcept', () => 'undefined']
])
const VALUE = /^(?:value|detail|allowed|used)/
const REFERENCE_RANGE = /^Observation\.(?:component\.)?referenceRange\.(?:low|high)$/

/** Variables of an Observation's transform: does its own code say age, does that or a component's? */
export const OBSERVED = 'let aged = false, near = false'

/** What they are at the start of a record. */
export function emitObserved(writer: Writer, plan: ObjectPlan): string {
  return plan.resource && plan.type === 'Observation' && writer.agesCollapse
    ? '\naged = V.isAge(r.code); near = aged || (r.component !== undefined && V.isAgeAmong(r.component))'
    : ''
}

/** The element's expression, with what the code says of it. */
export function observedAs(writer: Writer, field: FieldPlan, one: Expression): Expression {
  if (writer.agesCollapse && REFERENCE_RANGE.test(field.path)) return (value) => `(near ? undefined : ${one(value)})`
  const holder = field.path.slice(0, -field.name.length - 1)
  const code = VALUE.test(field.name) ? CODES_OF_VALUES.get(holder) : undefined
  if (code === undefined) return one
  const asAge = writer.agesCollapse ? AGES.get(field.type) : undefined
  const beside = member('r', code)
  const shown: Expression = asAge === undefined ? one : (value) => `(${isAge(holder, beside)} ? ${asAge(value)} : ${one(value)})`
  return (value) => `(V.isVitalDate(${beside}) ? undefined : ${shown(value)})`
}

/** What an Observation's own code says is asked once. */
function isAge(holder: string, code: string): string {
  if (holder === 'Observation') return 'aged'
  return holder === 'Observation.component' ? `(aged || V.isAge(${code}))` : `V.isAge(${code})`
}
