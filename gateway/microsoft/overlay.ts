/**
 * A configuration of Microsoft's tool as a profile of ours: an overlay of a profile that ships, which takes out (or changes) of what that keeps what the
 * configuration would have taken out, with the rule it comes from. What the base does not keep stays gone, whatever the configuration lets through. Keys and derived
 * fields are not taken over.
 */
import type { ExtensionRule, Rule as OurRule, RecordProfile } from '../core/deidentify/profile/profile.ts'
import { TYPES } from '../core/fhir/types.ts'
import type { Configuration, Rule } from './configuration.ts'
import { type Coverage, coverageOf, isOpaque, rulesFor, UNCOVERED } from './coverage.ts'
import type { Decision } from './decisions.ts'
import { childOf, resourceElement } from './elements.ts'
import type { Kept } from './kept.ts'

/** Names of the imported profile: its own, and the base's. */
export interface Naming {
  readonly name: string
  readonly title: string
}

/** The document: strict JSON of schemas/policy/profile.json. */
export function overlayOf(kept: readonly Kept[], configuration: Configuration, base: RecordProfile, { name, title }: Naming): object {
  const elements = elementsOf(kept)
  const allowed = zipAreas(configuration, base)
  return {
    name,
    version: 1,
    mode: base.mode,
    title,
    legalBasis: base.legalBasis,
    extends: { name: base.name, version: base.version },
    labels: 'summary',
    ...(Object.keys(elements).length === 0 ? {} : { elements }),
    ...(allowed === null ? {} : { zip3: allowed }),
    extensions: extensionsLeft(configuration, base),
    derived: []
  }
}

/** By element of a datatype (CodeableConcept.coding) where nothing is left of it anywhere; else by path. */
function elementsOf(kept: readonly Kept[]): Readonly<Record<string, OurRule>> {
  const elements: Record<string, OurRule> = {}
  for (const [inType, like] of Map.groupBy(kept, (one) => one.inType ?? one.path)) {
    const all = inType !== like[0]?.path && like.every(({ decision }) => decision.kind === 'removed')
    if (all) elements[inType] = removal(mostOften(like))
    else
      for (const { path, decision, theirs } of like)
        if (theirs !== null && decision.kind !== 'stays') elements[path] = ruleOf(decision, theirs)
  }
  return elements
}

/** The rule that covers most of them. */
function mostOften(kept: readonly Kept[]): Rule | null {
  const counts = [...Map.groupBy(kept, ({ theirs }) => theirs)].sort(([, a], [, b]) => b.length - a.length)
  return counts[0]?.[0] ?? null
}

function removal(theirs: Rule | null): OurRule {
  return { verb: 'remove', ...groundsOf(theirs) }
}

function groundsOf(theirs: Rule | null): Pick<OurRule, 'because' | 'source'> {
  const { number, path, method } = theirs ?? { number: 0, path: '', method: 'keep' }
  return { because: `Rule ${number} of the imported configuration (${method}) covers it.`, source: shortened(`imported: ${path}`) }
}

function ruleOf(decision: Decision, theirs: Rule): OurRule {
  const grounds = groundsOf(theirs)
  if (decision.kind === 'perturb')
    return { verb: 'perturb', ...grounds, span: decision.span, range: decision.range, roundTo: decision.roundTo }
  return decision.kind === 'substitute' ? { verb: 'substitute', ...grounds, with: decision.with } : removal(theirs)
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

/** Extensions stand where the configuration leaves extensions alone; data-absent-reason, which only says why a value is missing, everywhere. */
function extensionsLeft(configuration: Configuration, base: RecordProfile): readonly ExtensionRule[] {
  return base.extensions.flatMap((rule) => {
    const on = rule.on.filter((path) => path === '*' || isLeftAlone(configuration, path))
    return on.length === 0 ? [] : [{ ...rule, on }]
  })
}

function isLeftAlone(configuration: Configuration, path: string): boolean {
  const [type = '', ...names] = path.split('.')
  const rules = rulesFor(configuration, type).filter((rule) => !isOpaque(rule))
  let element = resourceElement(type)
  let coverage = coverageOf(element.place, rules, UNCOVERED)
  for (const name of [...names, 'extension']) {
    const child = TYPES.get(element.definition)?.elements.get(name)
    if (child === undefined) return TYPES.get(element.definition)?.kind === 'primitive' && isOpen(coverage)
    element = childOf(element, child)
    coverage = coverageOf(element.place, rules, coverage)
  }
  return isOpen(coverage)
}

function isOpen({ rule, conditional }: Coverage): boolean {
  return [...conditional, ...(rule === null ? [] : [rule])].every(({ method }) => method === 'keep')
}
