/**
 * Every place FHIR R4 has for a value, and what a compiled profile does there: a walk over the type table, all 146 resource types, beside the plans the
 * engine runs. Decides nothing. What neither table names (extensions, ids of elements, contained resources, unknown names) has no place here.
 */
import { TYPES } from '../../fhir/types.ts'
import type { Engine } from '../compile/compile.ts'
import type { FieldPlan, ObjectPlan } from '../compile/plan.ts'
import type { Rule, Verb } from '../profile/profile.ts'

/** withheld: the whole record is, its type is refused. forbidden: the record is withheld when something stands here. id: a surrogate. */
export type Deed = Verb | 'withheld' | 'forbidden' | 'id'

/** A place for one primitive value: Patient.address.city. `rule` where a rule of the profile is applied. */
export interface Spot {
  readonly path: string
  readonly type: string
  readonly deed: Deed
  readonly rule: Rule | null
}

/** A place for what was asked for: one spot, or the spots of a value made of several (Patient.name). */
export interface Place {
  readonly path: string
  readonly spots: Spot[]
}

/** Name of a datatype (HumanName), of an element of one (Address.city) or of a resource (Device.serialNumber) → topics it belongs to. */
export type Topics = ReadonlyMap<string, readonly string[]>

/** What stands above: a plan, one deed for all below, or a verb that takes some of the elements below. */
type Above = { readonly plan: ObjectPlan } | { readonly deed: Deed; readonly rule: Rule | null; readonly only: ReadonlySet<string> | null }

interface Walk {
  readonly topics: Topics
  readonly found: Map<string, Map<string, Place>>
}

interface Step {
  readonly type: string
  readonly path: string
  readonly above: Above
  /** topics of what it stands in, and the path at which each began */
  readonly within: ReadonlyMap<string, string>
  readonly stack: readonly string[]
}

const APART: ReadonlySet<string> = new Set(['id', 'extension', 'modifierExtension', 'contained', 'resourceType'])
const REMOVED: Above = { deed: 'remove', rule: null, only: null }
const WITHHELD: Above = { deed: 'withheld', rule: null, only: null }
const FORBIDDEN: Above = { deed: 'forbidden', rule: null, only: null }

/** Verbs that keep some elements of a value: verbs.ts and quantities.ts build these and no others. */
const QUANTITY: ReadonlySet<string> = new Set(['value', 'comparator', 'unit', 'system', 'code', 'low', 'high'])
const ONLY: ReadonlyMap<Verb, ReadonlySet<string>> = new Map([
  ['coding', new Set(['system', 'code', 'coding'])],
  ['reference', new Set(['reference'])],
  ['quantity', QUANTITY],
  ['observed', QUANTITY],
  ['age-90', QUANTITY],
  ['scrub', new Set(['contentType', 'data', 'size', 'hash', 'status', 'div'])],
  ['generalize', new Set([...QUANTITY, 'coding'])]
])

/** By topic, then by path, in the order of the type table. */
export function placesOf(engine: Engine, topics: Topics): ReadonlyMap<string, ReadonlyMap<string, Place>> {
  const walk: Walk = { topics, found: new Map() }
  for (const { name, kind } of TYPES.values()) {
    if (kind !== 'resource') continue
    const plan = engine.plans.get(name)
    const above = plan === undefined ? WITHHELD : { plan }
    visit(walk, { type: 'id', path: `${name}.id`, above: idOf(above), within: new Map(), stack: [] }, ['Resource.id'])
    descend(walk, { type: name, path: name, above, within: new Map(), stack: [name] })
  }
  return walk.found
}

function idOf(above: Above): Above {
  return above === WITHHELD ? above : { deed: 'id', rule: null, only: null }
}

function descend(walk: Walk, step: Step): void {
  for (const element of TYPES.get(step.type)?.elements.values() ?? []) {
    const type = element.types[0] ?? ''
    if (APART.has(element.name) || type === 'Resource' || step.stack.includes(type)) continue
    const path = `${step.path}.${element.name}`
    const names = [path, `${step.type}.${element.name}`, type]
    visit(walk, { type, path, above: below(step.above, element.name), within: step.within, stack: step.stack }, names)
  }
}

/** Notes the topics that begin here, then goes on into the value, or notes the spot. */
function visit(walk: Walk, step: Step, names: readonly string[]): void {
  const begun = names.flatMap((name) => walk.topics.get(name) ?? []).filter((topic) => !step.within.has(topic))
  const within = begun.length === 0 ? step.within : new Map([...step.within, ...begun.map((topic) => [topic, step.path] as const)])
  if (TYPES.get(step.type)?.kind !== 'primitive') {
    descend(walk, { ...step, within, stack: [...step.stack, step.type] })
    return
  }
  if (within.size === 0) return
  const spot = spotOf(step)
  for (const [topic, path] of within) {
    const places = walk.found.get(topic) ?? new Map<string, Place>()
    walk.found.set(topic, places)
    const place = places.get(path)
    if (place === undefined) places.set(path, { path, spots: [spot] })
    else place.spots.push(spot)
  }
}

function spotOf({ path, type, above }: Step): Spot {
  return 'plan' in above ? { path, type, deed: 'remove', rule: null } : { path, type, deed: above.deed, rule: above.rule }
}

/** What is done with the element of that name. */
function below(above: Above, name: string): Above {
  if (!('plan' in above)) return above.only === null || above.only.has(name) ? above : REMOVED
  if (above.plan.forbidden.includes(name)) return FORBIDDEN
  const field = above.plan.fields.find((one) => one.name === name)
  return field === undefined ? REMOVED : ofField(field)
}

function ofField({ child, rule }: FieldPlan): Above {
  if (child !== null) return { plan: child }
  return { deed: rule.verb === 'by-element' ? 'remove' : rule.verb, rule, only: ONLY.get(rule.verb) ?? null }
}
