/**
 * Which rule of a configuration covers an element of FHIR R4, from the paths alone: the first that names the element or one it stands in. Decides nothing
 * about values: a rule whose path has a condition covers its elements only where the condition holds, and is told apart.
 */
import type { Configuration, Rule } from './configuration.ts'
import type { Operand, Walk } from './expression.ts'

/** An element of a resource type: its bare name, its type as their tool names it, and what it stands in. */
export interface Place {
  readonly name: string
  readonly type: string
  readonly parent: Place | null
}

/** `rule`: the first that covers the element whatever it holds. `conditional`: earlier ones that may. */
export interface Coverage {
  readonly rule: Rule | null
  readonly conditional: readonly Rule[]
}

export const UNCOVERED: Coverage = { rule: null, conditional: [] }

/** The rules that run for a resource type. */
export function rulesFor(configuration: Configuration, type: string): readonly Rule[] {
  return configuration.rules.filter(({ expression: { resourceType } }) => ['', type].includes(resourceType))
}

/** What covers the place, given what covers the one it stands in. */
export function coverageOf(place: Place, rules: readonly Rule[], above: Coverage): Coverage {
  const before = above.rule?.number ?? Number.POSITIVE_INFINITY
  const named = rules.filter((rule) => rule.number < before && names(rule, place))
  const rule = named.find((candidate) => isWhole(candidate, place)) ?? above.rule
  const open = [...above.conditional, ...named.filter((candidate) => !isWhole(candidate, place))]
  return { rule, conditional: open.filter(({ number }) => number < (rule?.number ?? Number.POSITIVE_INFINITY)) }
}

function names(rule: Rule, place: Place): boolean {
  if (rule.expression.whole) return place.parent === null
  return rule.expression.operands.some((operand) => reaches(operand, place))
}

/** Without a condition at this place? */
function isWhole(rule: Rule, place: Place): boolean {
  return rule.expression.whole || rule.expression.operands.some((operand) => operand.text === null && reaches(operand, place))
}

function reaches({ reach, onlyType }: Operand, place: Place): boolean {
  if (onlyType !== null && onlyType !== place.type) return false
  let at: Place | null = place
  for (const step of reach.steps.toReversed()) {
    if (at === null || at.parent === null || at.name !== step) return false
    at = at.parent
  }
  return at !== null && isHead(reach, at)
}

function isHead({ head, lookUp }: Walk, place: Place): boolean {
  if (head.by === 'self') return place.parent === null
  if (lookUp && place.parent === null) return false
  return (head.by === 'type' ? place.type : place.name) === head.of
}

/** A condition on the resource itself: nothing can be said of what it finds. */
export function isOpaque({ expression: { operands } }: Rule): boolean {
  return operands.some(({ text, reach }) => text !== null && reach.head.by === 'self' && reach.steps.length === 0)
}
