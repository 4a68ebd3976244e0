/**
 * Any FHIR R4 resource, made from the gateway's type table: choice elements, groups in groups, extensions and null-padded siblings of primitives,
 * contained resources, references of every kind, identifiers wherever a text can stand. 0 is always the choice that makes least.
 */
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { type ElementDef, TYPES } from '../../../gateway/core/fhir/types.ts'
import { CONTAINED_IDS, DATATYPES, extension } from './datatypes.ts'
import type { Draw } from './draw.ts'
import { type Planted, Planter } from './plant.ts'
import { fullDate, once, PRIMITIVES, pick, type Source } from './primitives.ts'
import { codesOf, hasSibling, isInSchema, isRequiredInSchema } from './schema.ts'

/** How seldom an element that may be absent is there, by depth. */
const SELDOM = [2, 3, 5, 8, 12]
const DEEPEST = 5
const IN_RECORDS = ['Organization', 'Practitioner', 'Condition', 'Patient', 'Observation', 'Medication', 'Location']
const APART: ReadonlySet<string> = new Set(['id', 'contained', 'extension', 'modifierExtension', 'implicitRules'])

/** By type, the elements that may be made, those of one choice together. */
const GROUPS: ReadonlyMap<string, readonly (readonly ElementDef[])[]> = new Map([...TYPES.keys()].map((type) => [type, groupsOf(type)]))

type Members = { [key: string]: Json }

export interface Made {
  readonly records: readonly Resource[]
  readonly planted: Planted
}

/** One resource of the type. */
export function makeResource(draw: Draw, type: string): { readonly resource: Resource; readonly planted: Planted } {
  const planter = new Planter(draw)
  return { resource: resourceOf({ draw, planter }, type, 0), planted: planter.planted }
}

/** The records of Patient/p1: the Patient, one of the type, and at most two of any other. */
export function makeSubject(draw: Draw, type: string, others: readonly string[]): Made {
  const source = { draw, planter: new Planter(draw) }
  const patient: Resource = { ...resourceOf(source, 'Patient', 0), id: 'p1', birthDate: fullDate(draw) }
  const more = Array.from({ length: draw(3) }, () => pick(draw, others)).filter((other) => other !== 'Patient')
  const types = type === 'Patient' ? more : [type, ...more]
  return { records: [patient, ...types.map((one) => resourceOf(source, one, 0))], planted: source.planter.planted }
}

function resourceOf(source: Source, type: string, depth: number): Resource {
  const { draw, planter } = source
  const id = planter.id(`${type}.id`)
  const contained = depth === 0 && TYPES.get(type)?.elements.has('contained') && once(draw, 4) ? { contained: containedIn(source) } : {}
  const rules = depth === 0 && once(draw, 60) ? { implicitRules: `http://${planter.mark('implicitRules')}.example` } : {}
  return { resourceType: type, id, ...rules, ...contained, ...membersOf(source, type, depth) }
}

/** Under names the record may point at; now and then two of one name, and one within another, which FHIR forbids and schemas let pass. */
function containedIn(source: Source): Resource[] {
  const { draw } = source
  return Array.from({ length: 1 + draw(2) }, (_, at) => {
    const inner = {
      ...resourceOf(source, pick(draw, IN_RECORDS), 2),
      id: once(draw, 8) ? pick(draw, CONTAINED_IDS) : (CONTAINED_IDS[at] ?? '')
    }
    return once(draw, 12) ? { ...inner, contained: [{ resourceType: 'Organization', id: CONTAINED_IDS[0], name: inner.id }] } : inner
  })
}

/** The elements of a type: those FHIR requires, some of the others, never none. */
function membersOf(source: Source, type: string, depth: number): Members {
  const made: Members = {}
  const groups = GROUPS.get(type) ?? []
  const seldom = SELDOM[depth] ?? 20
  for (const group of groups)
    if (isRequired(type, group) || (depth <= DEEPEST && once(source.draw, seldom))) put(source, made, type, group, depth)
  const only = groups[source.draw(groups.length)]
  if (Object.keys(made).length === 0 && only !== undefined) put(source, made, type, only, depth + 1)
  const elements = TYPES.get(type)?.elements
  if (once(source.draw, 10) && elements?.has('extension'))
    made['extension'] = Array.from({ length: 1 + source.draw(2) }, () => extension(source))
  if (once(source.draw, 30) && TYPES.get(type)?.kind === 'complex') made['id'] = source.planter.id(`${type}.id`)
  if (once(source.draw, 150) && elements?.has('modifierExtension')) made['modifierExtension'] = [extension(source)]
  return made
}

function isRequired(type: string, group: readonly ElementDef[]): boolean {
  return group.some((element) => element.required || isRequiredInSchema(type, element.name))
}

function put(source: Source, made: Members, owner: string, group: readonly ElementDef[], depth: number): void {
  const element = pick(source.draw, group)
  const type = element.types[0] ?? ''
  if (TYPES.get(type)?.kind === 'primitive') putPrimitive(source, made, owner, element, type)
  else {
    const one = (): Json => complexValue(source, element, type, depth + 1)
    made[element.name] = element.list ? Array.from({ length: 1 + source.draw(2) }, one) : one()
  }
}

function complexValue(source: Source, element: ElementDef, type: string, depth: number): Json {
  if (TYPES.get(type)?.kind === 'resource') return resourceOf(source, type, depth + 1)
  if (type === 'Resource') return resourceOf(source, pick(source.draw, IN_RECORDS), depth + 1)
  const special = DATATYPES.get(type)
  if (special !== undefined) return special(source, element.targets ?? ['Patient'])
  return membersOf(source, type, depth)
}

/** A value, an extension of it in `_name`, or both; in lists each padded with null where the other stands alone (R4 2.6.2.3). */
function putPrimitive(source: Source, made: Members, owner: string, element: ElementDef, type: string): void {
  const { draw, planter } = source
  const place = `${owner}.${element.name}`
  const codes = codesOf(owner, element.name)
  const one = (): Json => (codes.length > 0 ? pick(draw, codes) : (PRIMITIVES.get(type)?.(source, place) ?? null))
  const beside = (): Json => ({ ...(draw(3) === 2 ? { id: planter.id('Element.id') } : {}), extension: [extension(source)] })
  const bare = !hasSibling(owner, element.name) || place === 'Extension.url' || !once(draw, 6)
  if (!element.list) {
    if (bare || draw(2) === 0 || place === 'Narrative.status') made[element.name] = one()
    if (!bare) made[`_${element.name}`] = beside()
    return
  }
  made[element.name] = bare || codes.length > 0 ? Array.from({ length: 1 + draw(2) }, one) : [one(), null, one()]
  if (!bare) made[`_${element.name}`] = [null, beside(), draw(2) === 0 ? null : beside()]
}

function groupsOf(type: string): readonly (readonly ElementDef[])[] {
  const groups = new Map<string, ElementDef[]>()
  for (const element of TYPES.get(type)?.elements.values() ?? []) {
    if (APART.has(element.name) || !isInSchema(type, element.name)) continue
    const group = element.choice ?? element.name
    groups.set(group, [...(groups.get(group) ?? []), element])
  }
  return [...groups.values()]
}
