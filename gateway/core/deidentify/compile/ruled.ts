/**
 * Verbs to which a rule gives a parameter: generalize, perturb, substitute, surrogate, scrub. Each is made once for its element, when the profile is
 * compiled. What is not of the element's type is removed, as everywhere.
 */

import type { Context } from '../context.ts'
import { scrubOf } from '../free-text.ts'
import type { Hierarchy, RecordProfile, Rule } from '../profile/profile.ts'
import { AGE_90, deepFreeze } from '../values/absent.ts'
import {
  type Act,
  generalizeCoding,
  generalizeConcept,
  generalizeDate,
  generalizeNumber,
  generalizeQuantity,
  generalizeText,
  rollUp
} from '../values/hierarchies.ts'
import { perturbNumber, perturbQuantity } from '../values/perturb.ts'
import type { Value } from '../values/values.ts'
import type { Verbs } from '../values/verbs.ts'
import { type BoundCodes, wholeMatch } from '../values/vocabulary.ts'
import type { FieldPlan } from './plan.ts'

const NOTHING: Act = () => undefined
const WHOLE: ReadonlySet<string> = new Set(['integer', 'positiveInt', 'unsignedInt'])
const QUANTITIES: ReadonlySet<string> = new Set(['Quantity', 'Age', 'Duration', 'Count', 'Distance'])

/** An element, as far as these verbs ask. */
export type RuledField = Pick<FieldPlan, 'type' | 'path' | 'rule' | 'bound'>

/** What the rule of the element does; null where its verb needs no parameter. */
export type Ruled = (field: RuledField) => Act | null

export function createRuled(profile: RecordProfile, verbs: Verbs, bound: BoundCodes): Ruled {
  const hierarchies = new Map(Object.entries(profile.hierarchies ?? {}))
  return (field) => {
    const { rule } = field
    if (rule.verb === 'scrub') return scrubOf(field, rule)
    if (rule.verb === 'surrogate') return surrogateOf(field.type)
    if (rule.verb === 'perturb') return perturbOf(field, verbs)
    if (rule.verb === 'substitute') return substituteOf(rule)
    if (rule.verb !== 'generalize' && rule.verb !== 'roll-up') return null
    const hierarchy = hierarchies.get(rule.hierarchy ?? '')
    return hierarchy === undefined ? NOTHING : generalizeOf(field, hierarchy, verbs, bound)
  }
}

function substituteOf(rule: Rule): Act {
  const instead = rule.with === undefined ? undefined : deepFreeze(rule.with)
  return () => instead
}

function generalizeOf(field: RuledField, hierarchy: Hierarchy, verbs: Verbs, bound: BoundCodes): Act {
  const { type, rule } = field
  if (rule.verb === 'roll-up') return rollUp(hierarchy, type)
  const systems = verbs.systemsAt(field.path.replace(/\.coding$/, ''))
  if (type === 'Coding') return generalizeCoding(hierarchy, systems)
  if (type === 'CodeableConcept') return generalizeConcept(hierarchy, systems)
  if (type === 'date' || type === 'dateTime') return generalizeDate(hierarchy, type)
  if (type === 'decimal') return generalizeNumber(hierarchy, verbs.decimal)
  if (WHOLE.has(type)) return generalizeNumber(hierarchy, verbs.count)
  if (QUANTITIES.has(type)) return generalizeQuantity(hierarchy, measuredAs(type, verbs), AGE_90)
  const codes = bound.get(field.bound)
  if (codes !== undefined)
    return generalizeText(
      hierarchy,
      (text) => codes.has(text),
      (text) => codes.has(text)
    )
  const fits = rule.pattern === undefined ? mapped(hierarchy) : wholeMatch(rule.pattern)
  return generalizeText(hierarchy, fits, () => true)
}

/** Without a pattern, only texts that the map names are known. */
function mapped(hierarchy: Hierarchy): (text: string) => boolean {
  const names = new Set(hierarchy.kind === 'codes' ? Object.keys(hierarchy.map) : [])
  return (text) => names.has(text)
}

function measuredAs(type: string, verbs: Verbs): Act {
  return type === 'Age' ? verbs.age : verbs.quantity
}

function perturbOf(field: RuledField, verbs: Verbs): Act {
  const { type, bound: kind, rule } = field
  if (WHOLE.has(type)) return perturbNumber({ kind, rule: { ...rule, roundTo: 0 }, least: LEAST.get(type) ?? null }, verbs.count)
  if (type === 'decimal') return perturbNumber({ kind, rule, least: null }, verbs.decimal)
  return perturbQuantity({ kind, rule, least: null }, measuredAs(type, verbs))
}

/** The least number a type can hold. */
const LEAST: ReadonlyMap<string, number> = new Map([
  ['positiveInt', 1],
  ['unsignedInt', 0]
])

/** A keyed code of the same text, in the form its type asks for; the same wherever the subject's records hold that text. */
function surrogateOf(type: string): Act {
  const form = FORMS.get(type)
  return (value: Value, context: Context) =>
    form === undefined || typeof value !== 'string' || value === '' ? undefined : form(context.keyed('surrogate', value).slice(0, 32))
}

const FORMS: ReadonlyMap<string, (hex: string) => string> = new Map([
  ['string', (hex: string) => hex],
  ['id', (hex: string) => hex],
  ['uri', asUuid],
  ['uuid', asUuid],
  // the arc of UUIDs, ITU-T X.667: a whole number behind it
  ['oid', (hex: string) => `urn:oid:2.25.${BigInt(`0x${hex}`)}`]
])

function asUuid(hex: string): string {
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
