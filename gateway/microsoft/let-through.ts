/**
 * Everything a configuration of Microsoft's tool lets through: the elements of FHIR R4 no rule covers, and those covered only where a condition holds. Decides how to say it
 * shortly: an element of which nothing is covered stands for all that is in it, and what is let through of a datatype anywhere is said once.
 */
import type { Configuration, Rule } from './configuration.ts'
import { type Coverage, coverageOf, rulesFor, UNCOVERED } from './coverage.ts'
import { anywhere, childrenOf, type Element, isDatatype, RESOURCE_TYPES, resourceElement } from './elements.ts'

export interface LetThrough {
  /** Patient.maritalStatus, or Coding.system for a datatype anywhere */
  readonly path: string
  /** a datatype: of the element, what is let through of any such value */
  readonly as: string | null
  /** numbers of rules that cover it where their condition holds */
  readonly onlyWhere: readonly number[]
}

/** Datatypes first, then resource types; one nothing covers is one entry. */
export function letThrough(configuration: Configuration): readonly LetThrough[] {
  const general = rulesFor(configuration, '')
  const datatypes = new Map<string, readonly LetThrough[] | null>()
  const ofDatatype = (type: string): readonly LetThrough[] | null => {
    const known = datatypes.get(type)
    if (known !== undefined) return known
    const element = anywhere(type)
    datatypes.set(type, null) // of itself inside itself nothing is said
    const found = open(element, UNCOVERED, { rules: general, ofDatatype })
    datatypes.set(type, found)
    return found
  }
  const resources = RESOURCE_TYPES.flatMap((type) => {
    const root = resourceElement(type)
    const rules = rulesFor(configuration, type)
    return open(root, UNCOVERED, { rules, ofDatatype }) ?? [entry(root, UNCOVERED)]
  })
  return [...[...datatypes.values()].flatMap((found) => found ?? []), ...resources]
}

interface Looking {
  readonly rules: readonly Rule[]
  /** What of the datatype is let through anywhere; null where all of it is, or nothing was said. */
  readonly ofDatatype: (type: string) => readonly LetThrough[] | null
}

/** What is let through in the element; null when all of it is, on the conditions of what it stands in. */
function open(element: Element, above: Coverage, looking: Looking): readonly LetThrough[] | null {
  const coverage = coverageOf(element.place, looking.rules, above)
  if (coverage.rule !== null) return []
  const inside = childrenOf(element).map((child) => ({ child, found: open(child, coverage, looking) }))
  if (inside.every(({ found }) => found === null))
    return coverage.conditional.length === above.conditional.length ? null : [entry(element, coverage)]
  const all = inside.flatMap(({ child, found }) => found ?? [entry(child, coverage)])
  const usual = isDatatype(element) ? looking.ofDatatype(element.definition) : null
  return usual !== null && usual.length > 0 && isSame(element, all, usual) ? [{ ...entry(element, coverage), as: element.definition }] : all
}

/** Do both say the same of what is below? */
function isSame({ path, definition }: Element, here: readonly LetThrough[], anywhere: readonly LetThrough[]): boolean {
  const below = (from: string, { path: whole, as, onlyWhere }: LetThrough): string =>
    JSON.stringify([whole.slice(from.length), as, onlyWhere])
  if (here.length !== anywhere.length) return false
  return here.every((one, at) => below(path, one) === below(definition, anywhere[at] ?? one))
}

function entry({ path }: Element, { conditional }: Coverage): LetThrough {
  return { path, as: null, onlyWhere: conditional.map(({ number }) => number) }
}

/** Rules that name no element of FHIR R4: they do nothing, there and here. */
export function idleRules(configuration: Configuration): readonly Rule[] {
  const idle = new Set(configuration.rules)
  const look = (element: Element, rules: readonly Rule[]): void => {
    for (const rule of rules) {
      if (!idle.has(rule)) continue
      const { rule: covering, conditional } = coverageOf(element.place, [rule], UNCOVERED)
      if (covering !== null || conditional.length > 0) idle.delete(rule)
    }
    for (const child of childrenOf(element)) look(child, rules)
  }
  for (const type of RESOURCE_TYPES) look(resourceElement(type), rulesFor(configuration, type))
  return [...idle]
}
