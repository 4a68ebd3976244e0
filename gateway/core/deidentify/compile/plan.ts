/**
 * From a profile and an agreement to a plan: for each resource type, which elements are looked at and by which rule. What the type table does not
 * know, what the profile does not name and what the agreement does not list is not in the plan, and what is not in the plan is not built.
 * Elements FHIR marks isModifier are implied by the agreement where the profile keeps them; where it does not, their presence withholds the record.
 */
import type { ElementDef } from '../../fhir/types.ts'
import { TYPES } from '../../fhir/types.ts'
import type { Reach } from '../../minimum-necessary/elements.ts'
import type { ExtensionRule, RecordProfile, Rule } from '../profile/profile.ts'

/** One element: its rule, and where that rule stands in the profile (for reports). */
export interface FieldPlan {
  readonly name: string
  readonly path: string
  readonly type: string
  readonly primitive: boolean
  readonly list: boolean
  readonly required: boolean
  readonly choice: string | null
  /** When present and not keepable, the record is withheld. */
  readonly modifier: boolean
  readonly rule: Rule
  readonly ruleAt: string
  readonly child: ObjectPlan | null
  /** Path of the group around it whose plan is also its own: items nest in items, to the record's own depth. */
  readonly again: string | null
  /** Path in the type table under which its required codes stand. */
  readonly bound: string
  readonly extensions: readonly ExtensionRule[]
}

export interface ObjectPlan {
  readonly path: string
  readonly type: string
  readonly resource: boolean
  readonly fields: readonly FieldPlan[]
  /** Modifier elements that may not be there. */
  readonly forbidden: readonly string[]
  /** Other elements R4 knows and the plan does not look at. */
  readonly dropped: readonly string[]
  readonly extensions: readonly ExtensionRule[]
}

interface Keep {
  readonly children: Map<string, Keep>
}

type ReachOf = (path: string) => Reach

/** Elements that transform does itself, or never. */
const APART: ReadonlySet<string> = new Set(['id', 'extension', 'modifierExtension', 'contained', 'resourceType'])
const REMOVE: Rule = {
  verb: 'remove',
  because: 'No rule of the profile names it.',
  source: 'deny by default'
}

/** The plan of one resource type; null where the profile has no rule for it. `reach` is what the agreement lets through, by path below the resource. */
export function planResource(profile: RecordProfile, type: string, reach: ReachOf): ObjectPlan | null {
  const rule = profile.resources[type]
  if (rule === undefined || TYPES.get(type)?.kind !== 'resource') return null
  return planObject({ profile, reach, around: [] }, type, type, keepTree(rule.keep), '')
}

interface Scope {
  readonly profile: RecordProfile
  readonly reach: ReachOf
  /** The groups it stands in, the nearest first. */
  readonly around: readonly Around[]
}

interface Around {
  readonly type: string
  readonly path: string
  readonly keep: Keep
  /** The agreement lets through all of it. */
  readonly whole: boolean
}

function planObject(outer: Scope, type: string, path: string, keep: Keep, below: string): ObjectPlan {
  const here: Around = { type, path, keep, whole: below !== '' && outer.reach(below) === 'all' }
  const scope: Scope = { ...outer, around: [here, ...outer.around] }
  const fields: FieldPlan[] = []
  const forbidden: string[] = []
  const dropped: string[] = []
  // an agreement names extensions as it names elements; data-absent-reason stands anywhere
  const extensions = scope.reach(below === '' ? 'extension' : `${below}.extension`) === 'none' ? [] : extensionsOn(scope.profile, path)
  for (const element of TYPES.get(type)?.elements.values() ?? []) {
    if (APART.has(element.name)) continue
    const field = planField(scope, element, { type, path, below, branch: branchOf(keep, element) })
    if (field !== null) fields.push(field)
    else (element.modifier ? forbidden : dropped).push(element.name)
  }
  return {
    path,
    type,
    resource: below === '',
    fields,
    forbidden,
    dropped,
    extensions
  }
}

function branchOf(keep: Keep, element: ElementDef): Keep | undefined {
  return keep.children.get(element.name) ?? (element.choice === undefined ? undefined : keep.children.get(`${element.choice}[x]`))
}

interface Place {
  readonly type: string
  readonly path: string
  readonly below: string
  readonly branch: Keep | undefined
}

function planField(scope: Scope, element: ElementDef, place: Place): FieldPlan | null {
  const path = `${place.path}.${element.name}`
  const below = place.below === '' ? element.name : `${place.below}.${element.name}`
  const type = element.types[0] ?? ''
  const found = place.branch === undefined ? null : findRule(scope.profile, path, `${place.type}.${element.name}`, type)
  const named = scope.reach(below) !== 'none'
  const implied = element.modifier || below === 'meta'
  const agreed = named || implied
  // what is implied is implied whole: half a status is none
  const inner = named ? scope : { ...scope, reach: whole }
  const gone = found === null || found.rule.verb === 'remove' || !agreed
  if (gone && !(element.required && element.choice === undefined)) return null
  const { rule, ruleAt } = gone ? { rule: REMOVE, ruleAt: path } : found
  const group: Place = { type, path, below, branch: place.branch }
  return {
    name: element.name,
    path,
    type,
    primitive: TYPES.get(type)?.kind === 'primitive',
    list: element.list,
    required: element.required,
    choice: element.choice ?? null,
    modifier: element.modifier || `${place.type}.${element.name}` === 'Meta.security',
    rule,
    ruleAt,
    ...planInside(inner, group, rule),
    bound: `${place.type}.${element.name}`,
    extensions: extensionsOn(scope.profile, path)
  }
}

const whole: ReachOf = () => 'all'

/** Of a group: a plan of its own, or that of a group around it. */
function planInside(scope: Scope, place: Place, rule: Rule): Pick<FieldPlan, 'child' | 'again'> {
  if (rule.verb !== 'by-element') return { child: null, again: null }
  const again = nesting(scope, place)
  return { child: again === null ? planChild(scope, place, rule) : null, again }
}

/** A nested element keeps what the resource's list names below it, or what the group of its own type around it keeps; a datatype keeps what its rule names. */
function planChild(scope: Scope, place: Place, rule: Rule): ObjectPlan {
  const named = place.branch !== undefined && place.branch.children.size > 0
  const keep = named && place.branch !== undefined ? place.branch : (sameAround(scope, place)?.keep ?? keepTree(rule.elements ?? []))
  return planObject(scope, place.type, place.path, keep, place.below)
}

/** A group named without elements, in a group of its own type (R4 contentReference). */
function sameAround({ around }: Scope, { type, branch }: Place): Around | undefined {
  return type.includes('.') && branch?.children.size === 0 ? around.find((group) => group.type === type) : undefined
}

/** Where the agreement lets through all of both, one plan does for both; else each level has a plan of its own, and the agreement's paths end them. */
function nesting(scope: Scope, place: Place): string | null {
  const group = sameAround(scope, place)
  return group?.whole === true && scope.reach(place.below) === 'all' ? group.path : null
}

/** Is it built by a function of its own? */
export function isGroup({ child, again }: FieldPlan): boolean {
  return child !== null || again !== null
}

/** The most particular rule wins: the path in the resource, then the path in the datatype, then the datatype. */
function findRule(profile: RecordProfile, path: string, inType: string, type: string): { rule: Rule; ruleAt: string } | null {
  for (const ruleAt of [path, inType]) {
    const rule = profile.elements[ruleAt]
    if (rule !== undefined) return { rule, ruleAt }
  }
  if (type.includes('.') || type === 'BackboneElement') return { rule: NESTED, ruleAt: path }
  const rule = profile.datatypes[type]
  return rule === undefined ? null : { rule, ruleAt: type }
}

const NESTED: Rule = {
  verb: 'by-element',
  because: 'A group of elements: only those that are named.',
  source: 'deny by default',
  elements: []
}

function extensionsOn(profile: RecordProfile, path: string): readonly ExtensionRule[] {
  return profile.extensions.filter((rule) => rule.on.includes(path))
}

/** `['item.net', 'item.sequence']` as a tree. */
export function keepTree(paths: readonly string[]): Keep {
  const root: Keep = { children: new Map() }
  for (const path of paths) {
    let at = root
    for (const name of path.split('.')) {
      const child = at.children.get(name) ?? { children: new Map() }
      at.children.set(name, child)
      at = child
    }
  }
  return root
}
