/**
 * The verb generalize: the next coarser value of a hierarchy the profile declares. Decides by what the hierarchy covers; what it does not cover (an
 * unknown code, a number outside the bins, a text too short) is removed.
 */
import type { Json } from '../../digest.ts'
import type { Context } from '../context.ts'
import type { Hierarchy } from '../profile/profile.ts'
import { type DateType, wellFormed } from './dates.ts'
import { numberOf } from './quantities.ts'
import { membersOf, type Value } from './values.ts'
import type { SystemTest } from './vocabulary.ts'

/** What a verb does with one value. */
export type Act = (value: Value, context: Context) => Value

/** The next coarser text, or null. */
type Coarser = (text: string) => string | null

/** Of a text or code: `fits` says which may come in, `stands` which may leave. */
export function generalizeText(hierarchy: Hierarchy, fits: (text: string) => boolean, stands: (text: string) => boolean): Act {
  const coarser = coarserText(hierarchy)
  return (value) => {
    if (typeof value !== 'string' || !fits(value)) return undefined
    const text = coarser(value)
    return text !== null && stands(text) ? text : undefined
  }
}

/** Of a Coding: both codes by the test of the place, so that nothing but codes of listed systems comes in or leaves. */
export function generalizeCoding(hierarchy: Hierarchy, systems: SystemTest): Act {
  const coarser = coarserText(hierarchy)
  return (value) => {
    const coding = membersOf(value)
    if (coding === null) return undefined
    const { system, code } = coding
    if (typeof system !== 'string' || typeof code !== 'string' || systems(system)(code) === null) return undefined
    const above = coarser(code)
    return above === null ? undefined : systems(system)(above)?.coding
  }
}

/** Of a CodeableConcept: what its codings become, each once. */
export function generalizeConcept(hierarchy: Hierarchy, systems: SystemTest): Act {
  const one = generalizeCoding(hierarchy, systems)
  return (value, context) => {
    const codings = membersOf(value)?.['coding']
    if (!Array.isArray(codings)) return undefined
    const kept = new Set<Json>()
    for (const item of codings) {
      const coding = one(item, context)
      // the vocabulary gives the same object for the same code
      if (coding !== undefined) kept.add(coding)
    }
    return kept.size === 0 ? undefined : { coding: [...kept] }
  }
}

const ICD = 'http://hl7.org/fhir/sid/icd-'

/** Claims write the codes of ICD without their dot. */
export function undotted(system: string, code: string): string {
  return isIcd(system) ? code.replace('.', '') : code
}

function isIcd(system: Json | undefined): boolean {
  return typeof system === 'string' && system.startsWith(ICD)
}

/** Of a Coding or CodeableConcept that has been de-identified: a code of the hierarchy becomes its parent in the same system, any other stays. */
export function rollUp(hierarchy: Hierarchy, type: string): Act {
  const coarser = coarserText(hierarchy)
  const bare = new Map(hierarchy.kind === 'codes' ? Object.entries(hierarchy.map).map(([code, above]) => [undotted(ICD, code), above]) : [])
  const one = (item: Json): Json => {
    const coding = membersOf(item)
    const code = coding?.['code']
    const above = typeof code === 'string' ? (coarser(code) ?? (isIcd(coding?.['system']) ? (bare.get(code) ?? null) : null)) : null
    return coding === null || above === null ? item : { system: coding['system'], code: above }
  }
  if (type === 'Coding') return (value) => (value === undefined ? undefined : one(value))
  return (value) => {
    const codings = membersOf(value)?.['coding']
    if (!Array.isArray(codings)) return value
    const kept = new Map(codings.map(one).map((coding) => [JSON.stringify(coding), coding]))
    return { ...membersOf(value), coding: [...kept.values()] }
  }
}

export function generalizeNumber(hierarchy: Hierarchy, measured: Act): Act {
  const edge = lowerEdge(hierarchy)
  return (value, context) => {
    const number = numberOf(measured(value, context))
    return number === null ? undefined : (edge(number) ?? undefined)
  }
}

/** Of a quantity in the unit of the bins; of one with a comparator the bin is not known. 90 or older stays that. */
export function generalizeQuantity(hierarchy: Hierarchy, measured: Act, category: Json): Act {
  const edge = lowerEdge(hierarchy)
  const unit = hierarchy.kind === 'bins' ? hierarchy.unit : undefined
  return (value, context) => {
    const kept = measured(value, context)
    if (kept === category) return kept
    const quantity = membersOf(kept)
    if (quantity === null || quantity['comparator'] !== undefined || (quantity['code'] ?? quantity['unit']) !== unit) return undefined
    const number = numberOf(quantity['value'])
    const lower = number === null ? null : edge(number)
    return lower === null ? undefined : { ...quantity, value: lower }
  }
}

/** The year, or year and month, of a date whose year may be shown. */
export function generalizeDate(hierarchy: Hierarchy, type: DateType): Act {
  const length = hierarchy.kind === 'dates' && hierarchy.to === 'month' ? 7 : 4
  return (value, context) => {
    const text = wellFormed(value, type)
    if (typeof text !== 'string' || text.length < length) return undefined
    const year = text.slice(0, 4)
    return year < context.minYear || year > context.maxYear ? undefined : text.slice(0, length)
  }
}

function coarserText(hierarchy: Hierarchy): Coarser {
  if (hierarchy.kind === 'prefix') {
    const { length } = hierarchy
    return (text) => (text.length < length ? null : text.slice(0, length))
  }
  if (hierarchy.kind !== 'codes') return () => null
  const map = new Map(Object.entries(hierarchy.map))
  return (text) => map.get(text) ?? null
}

/** The edge a number's bin begins with; null below the first and from the last on. */
function lowerEdge(hierarchy: Hierarchy): (number: number) => number | null {
  if (hierarchy.kind !== 'bins') return () => null
  const { edges } = hierarchy
  return (number) => {
    const above = edges.findIndex((edge) => number < edge)
    return above <= 0 ? null : (edges[above - 1] ?? null)
  }
}
