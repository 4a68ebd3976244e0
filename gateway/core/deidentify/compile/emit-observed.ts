/**
 * Code for the values of an Observation, which mean what the code beside them says: none where that says date of birth or death, an age where it says
 * age (45 CFR 164.514(b)(2)(i)(C)). A component is also what its Observation says. Refuses, of an age, what cannot be judged: ratios, codes of age
 * groups, and ranges of reference, for they are those of the age.
 */
import type { FieldPlan, ObjectPlan } from './plan.ts'
import type { Writer } from './writer.ts'

type Expression = (value: string) => string

/** By datatype: the expression of an age. */
const AGES: ReadonlyMap<string, Expression> = new Map([
  ['Quantity', (value: string) => `V.age(${value}, c)`],
  ['Range', (value: string) => `V.ageRange(${value}, c)`],
  ['integer', (value: string) => `V.ageCount(${value}, c)`],
  ['Ratio', () => 'undefined'],
  ['CodeableConcept', () => 'undefined']
])
const VALUE = /^Observation\.(?:component\.)?value/
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
  if (!VALUE.test(field.path)) return one
  const asAge = writer.agesCollapse ? AGES.get(field.type) : undefined
  const isAge = field.path.startsWith('Observation.component.') ? '(aged || V.isAge(r.code))' : 'aged'
  const shown: Expression = asAge === undefined ? one : (value) => `(${isAge} ? ${asAge(value)} : ${one(value)})`
  return (value) => `(V.isVitalDate(r.code) ? undefined : ${shown(value)})`
}
