/**
 * A configuration of Microsoft's tool as a profile of ours: an overlay of a profile that ships, which takes out (or changes) of what that keeps what the
 * configuration would have taken out, with the rule it comes from. What the base does not keep stays gone, whatever the configuration lets through. Keys are not taken over.
 */
import { type FieldPlan, type ObjectPlan, planResource } from '../core/deidentify/plan.ts'
import type { Rule as OurRule, RecordProfile } from '../core/deidentify/profile.ts'
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
  readonly ruleAt: string
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

function keptIn(plan: ObjectPlan, element: Element, coverage: Coverage, reading: Reading): Kept[] {
  return plan.fields.flatMap((field) => {
    const definition = TYPES.get(element.definition)?.elements.get(field.name)
    if (definition === undefined || field.rule.verb === 'remove') return []
    const child = childOf(element, definition)
    const own = coverageOf(child.place, reading.rules, coverage)
    return field.child === null ? [keptLeaf(field, child, own, reading)] : keptIn(field.child, child, own, reading)
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

function keptLeaf(field: FieldPlan, element: Element, coverage: Coverage, reading: Reading): Kept {
  const part = TYPES.get(element.definition)?.elements.get(MAIN_PART.get(field.rule.verb) ?? '')
  const deepest = part === undefined ? coverage : coverageOf(childOf(element, part).place, reading.rules, coverage)
  const { path, rule: ours, ruleAt, type } = field
  const all = [...deepest.conditional.filter(({ method }) => method !== 'keep'), ...(deepest.rule === null ? [] : [deepest.rule])]
  const decided = all.map((theirs) => ({ theirs, decision: decide(theirs, reading.configuration.parameters, type, ours) }))
  const { theirs, decision } = decided.find(({ decision: { kind } }) => kind !== 'stays') ?? {
    theirs: deepest.rule,
    decision: { kind: 'stays' } as const
  }
  return { path, type, ours, ruleAt, theirs, decision }
}

/** Names of the imported profile: its own, and the base's. */
export interface Naming {
  readonly name: string
  readonly title: string
}

/** The document: strict JSON of schemas/policy/profile.json. */
export function overlayOf(kept: readonly Kept[], configuration: Configuration, base: RecordProfile, { name, title }: Naming): object {
  const { datatypes, elements } = rulesOf(kept)
  const allowed = zipAreas(configuration, base)
  return {
    name,
    version: 1,
    mode: base.mode,
    title,
    legalBasis: base.legalBasis,
    extends: { name: base.name, version: base.version },
    labels: 'summary',
    ...(Object.keys(datatypes).length === 0 ? {} : { datatypes }),
    ...(Object.keys(elements).length === 0 ? {} : { elements }),
    ...(allowed === null ? {} : { zip3: allowed })
  }
}

/** By datatype where one rule takes out every element the base keeps by that datatype's rule; else by path. */
function rulesOf(kept: readonly Kept[]): { readonly datatypes: Record<string, OurRule>; readonly elements: Record<string, OurRule> } {
  const datatypes: Record<string, OurRule> = {}
  const elements: Record<string, OurRule> = {}
  const byRule = Map.groupBy(kept, ({ ruleAt }) => ruleAt)
  for (const one of kept) {
    if (one.theirs === null || one.decision.kind === 'stays') continue
    const like = byRule.get(one.ruleAt) ?? []
    const all = one.ruleAt === one.type && like.every(({ theirs, decision }) => theirs === one.theirs && decision.kind === 'removed')
    const rule = ruleOf(one.decision, one.theirs)
    if (all) datatypes[one.type] = rule
    else elements[one.path] = rule
  }
  return { datatypes, elements }
}

function ruleOf(decision: Exclude<Decision, { kind: 'stays' }>, { number, path, method }: Rule): OurRule {
  const because = { because: `Rule ${number} of the imported configuration (${method}) covers it.`, source: shortened(`imported: ${path}`) }
  switch (decision.kind) {
    case 'removed':
      return { verb: 'remove', ...because }
    case 'perturb':
      return { verb: 'perturb', ...because, span: decision.span, range: decision.range, roundTo: decision.roundTo }
    case 'substitute':
      return { verb: 'substitute', ...because, with: decision.with }
  }
}

const LONGEST = 300

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`
}

/** Areas theirs restricts go from the base's allow-list; null where that changes nothing. */
function zipAreas({ parameters }: Configuration, { zip3 }: RecordProfile): object | null {
  const restricted = parameters.restrictedZipCodeTabulationAreas
  const areas = zip3.allowed.flatMap((row) => row.split(' '))
  const left = areas.filter((area) => !restricted.some((other) => other.startsWith(area) || area.startsWith(other)))
  if (left.length === areas.length) return null
  return { because: `${zip3.because} Less the areas the imported configuration restricts.`, source: zip3.source, allowed: [left.join(' ')] }
}
