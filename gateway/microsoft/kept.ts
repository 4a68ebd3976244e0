/**
 * What a profile of ours keeps, element by element, and what an import decides of each by the rules of a configuration that cover it. Decides that security labels
 * stay whatever covers them: they bind the recipient.
 */
import { type FieldPlan, type ObjectPlan, planResource } from '../core/deidentify/compile/plan.ts'
import type { Rule as OurRule, RecordProfile } from '../core/deidentify/profile/profile.ts'
import { TYPES } from '../core/fhir/types.ts'
import type { Configuration, Rule } from './configuration.ts'
import { type Coverage, coverageOf, isOpaque, rulesFor, UNCOVERED } from './coverage.ts'
import { type Decision, decide } from './decisions.ts'
import { childOf, type Element, resourceElement } from './elements.ts'

/** An element the base keeps: what ours does, and what the import decides for whose sake. */
export interface Kept {
  readonly path: string
  readonly type: string
  readonly ours: OurRule
  /** CodeableConcept.coding: the element in its datatype, where no more particular rule of the base stands */
  readonly inType: string | null
  readonly theirs: Rule | null
  readonly decision: Decision
}

/** Every element that leaves under the base, in the order of its resource types. */
export function keptElements(configuration: Configuration, base: RecordProfile): readonly Kept[] {
  return Object.keys(base.resources).flatMap((type) => {
    const plan = planResource(base, type, () => 'all')
    const rules = rulesFor(configuration, type).filter((rule) => !isOpaque(rule))
    const root = resourceElement(type)
    return plan === null ? [] : keptIn(plan, root, coverageOf(root.place, rules, UNCOVERED), { rules, configuration })
  })
}

interface Reading {
  readonly rules: readonly Rule[]
  readonly configuration: Configuration
}

/** What these verbs leave is nothing, or that it was there. */
const GONE: ReadonlySet<string> = new Set(['remove', 'mask'])

function keptIn(plan: ObjectPlan, element: Element, coverage: Coverage, reading: Reading): Kept[] {
  return plan.fields.flatMap((field) => {
    const definition = TYPES.get(element.definition)?.elements.get(field.name)
    if (definition === undefined || GONE.has(field.rule.verb) || field.path.endsWith('.meta.security')) return []
    const child = childOf(element, definition)
    const own = coverageOf(child.place, reading.rules, coverage)
    return field.child === null
      ? [keptLeaf(field, child, own, { ...reading, parent: element.definition })]
      : keptIn(field.child, child, own, reading)
  })
}

/** Of a datatype our verbs take whole, the part by which it would identify. */
const MAIN_PART: ReadonlyMap<string, string> = new Map([
  ['coding', 'code'],
  ['quantity', 'value'],
  ['age-90', 'value'],
  ['observed', 'value'],
  ['reference', 'reference']
])

function keptLeaf(field: FieldPlan, element: Element, coverage: Coverage, reading: Reading & { readonly parent: string }): Kept {
  const part = TYPES.get(element.definition)?.elements.get(MAIN_PART.get(field.rule.verb) ?? '')
  const deepest = part === undefined ? coverage : coverageOf(childOf(element, part).place, reading.rules, coverage)
  const { path, rule: ours, type } = field
  const inDatatype = TYPES.get(reading.parent)?.kind === 'complex' && !reading.parent.includes('.') && field.ruleAt !== path
  const all = [...deepest.conditional.filter(({ method }) => method !== 'keep'), ...(deepest.rule === null ? [] : [deepest.rule])]
  const decided = all.map((theirs) => ({ theirs, decision: decide(theirs, reading.configuration.parameters, type, ours) }))
  const { theirs, decision } = decided.find(({ decision: { kind } }) => kind !== 'stays') ?? {
    theirs: deepest.rule,
    decision: { kind: 'stays' } as const
  }
  return { path, type, inType: inDatatype ? `${reading.parent}.${field.name}` : null, ours, theirs, decision }
}
