/**
 * What is wrong with a profile beyond its shape: names FHIR does not know, rules that could never act, verbs that do not fit their datatype. A profile
 * with a fault does not load, for a rule that never acts reads like one that does.
 */
import { aggregateFaults } from '../../aggregate/faults.ts'
import type { Fault } from '../../errors.ts'
import { elementAt, TYPES } from '../../fhir/types.ts'
import { answerFaults, certificateFaults, modeFaults } from './mode-faults.ts'
import { type DerivedName, isRecordProfile, type Profile, type RecordProfile, type Rule } from './profile.ts'
import { riskFaults } from './risk-faults.ts'
import { hierarchyShapeFaults, onTopFaults, ruleFaults } from './rule-faults.ts'

/** Every fault, with a JSON pointer to it. */
export function profileFaults(profile: Profile): Fault[] {
  if (!isRecordProfile(profile)) return aggregateFaults(profile)
  const faults = [
    ...answerFaults(profile),
    ...certificateFaults(profile),
    ...datatypeFaults(profile),
    ...elementFaults(profile),
    ...resourceFaults(profile),
    ...generalizedFaults(profile),
    ...hierarchyShapeFaults(profile),
    ...patternFaults(profile),
    ...placeFaults(profile),
    ...derivedFaults(profile),
    ...riskFaults(profile, levelFaults)
  ]
  return faults.length > 0 ? faults : modeFaults(profile)
}

function datatypeFaults(profile: RecordProfile): Fault[] {
  return Object.entries(profile.datatypes).flatMap(([type, rule]) => {
    const at = `/datatypes/${type}`
    const known = TYPES.get(type)
    if (known === undefined || known.kind === 'resource') return [{ path: at, message: 'is not a datatype of FHIR R4' }]
    return [...ruleFaults(profile, { at, rule, type, bound: '' }), ...childFaults(at, type, rule)]
  })
}

function elementFaults(profile: RecordProfile): Fault[] {
  return Object.entries(profile.elements).flatMap(([path, rule]) => {
    const at = `/elements/${path}`
    const [root = '', ...names] = path.split('.')
    const type = typeAt(root, names)
    return type === null
      ? [{ path: at, message: 'is not an element of FHIR R4' }]
      : [...ruleFaults(profile, { at, rule, type, bound: inType(root, names) }), ...childFaults(at, type, rule)]
  })
}

/** Derived fields that stand in an extension. */
const DERIVED: ReadonlySet<string> = new Set<DerivedName>(['days-to-next-admission', 'readmission-30', 'age-at-event', 'last-a1c-of-year'])

/** `*` is every type that leaves; below an extension stand derived fields. */
function generalizedFaults(profile: RecordProfile): Fault[] {
  return levelFaults(profile, '/generalized', profile.generalized)
}

function levelFaults(profile: RecordProfile, where: string, rules: RecordProfile['generalized']): Fault[] {
  return Object.entries(rules).flatMap(([path, rule]) => {
    const at = `${where}/${path}`
    const [root = '', ...names] = path.split('.')
    if (names[0] === 'extension' && names.length > 1)
      return names.length === 2 && rule.verb === 'remove' && standsInExtension(profile, names[1] ?? '')
        ? []
        : [{ path: at, message: 'is no derived field or extension that is removed' }]
    const types = root === '*' ? Object.keys(profile.resources) : [root]
    const type = types.map((name) => typeAt(name, names)).find((name) => name !== null)
    if (type === undefined || type === null) return [{ path: at, message: 'is not an element of FHIR R4' }]
    return onTopFaults(profile, { at, rule, type, bound: inType(root, names) })
  })
}

function standsInExtension({ extensions }: RecordProfile, name: string): boolean {
  return DERIVED.has(name) || extensions.some(({ url }) => url.endsWith(`/${name}`))
}

function childFaults(path: string, type: string, rule: Rule): Fault[] {
  return (rule.elements ?? []).flatMap((name, index) =>
    typeAt(type, name.split('.')) === null
      ? [
          {
            path: `${path}/elements/${index}`,
            message: `is not an element of ${type}`
          }
        ]
      : []
  )
}

function resourceFaults(profile: RecordProfile): Fault[] {
  return Object.entries(profile.resources).flatMap(([type, rule]) => {
    const at = `/resources/${type}`
    if (TYPES.get(type)?.kind !== 'resource') return [{ path: at, message: 'is not a resource type of FHIR R4' }]
    return [
      ...rule.keep.flatMap((path, index) => keepFaults(profile, `${at}/keep/${index}`, type, path)),
      ...Object.keys(rule.absent).flatMap((path) =>
        typeAt(type, path.split('.')) === null
          ? [
              {
                path: `${at}/absent/${path}`,
                message: `is not an element of ${type}`
              }
            ]
          : []
      )
    ]
  })
}

function keepFaults(profile: RecordProfile, at: string, type: string, path: string): Fault[] {
  const kept = typeAt(type, path.split('.'))
  if (kept === null) return [{ path: at, message: `${path} is not an element of ${type}` }]
  const names = path.split('.')
  if (kept.includes('.') && nestsIn(type, names)) return []
  if (kept.includes('.')) return [{ path: at, message: `${path} is a group: name the elements in it` }]
  const said = profile.resources[type]?.keep.find((group) => path.startsWith(`${group}.`) && nestsIn(type, group.split('.')))
  if (said !== undefined) return [{ path: at, message: `${said} is named, and keeps what the group around it keeps` }]
  if (path.endsWith('[x]')) return []
  const own = profile.elements[`${type}.${path}`] ?? profile.elements[inType(type, path.split('.'))]
  const rule = own ?? profile.datatypes[kept]
  return rule === undefined || (rule.verb === 'remove' && own === undefined)
    ? [
        {
          path: at,
          message: `${path} is named, but ${kept} has no rule that keeps anything`
        }
      ]
    : []
}

/** A group in a group of its own type: it keeps what that keeps, at any depth. */
function nestsIn(type: string, names: readonly string[]): boolean {
  const own = typeAt(type, names)
  return own?.includes('.') === true && names.some((_, depth) => depth > 0 && typeAt(type, names.slice(0, depth)) === own)
}

/** The path as the type that holds the element names it: Address.state, or QuestionnaireResponse.item.linkId for one of a nested item. */
function inType(type: string, names: readonly string[]): string {
  return `${typeAt(type, names.slice(0, -1)) ?? ''}.${names.at(-1) ?? ''}`
}

/** A place of a code system that holds no codings would keep none there. */
function placeFaults(profile: RecordProfile): Fault[] {
  return profile.codeSystems.flatMap((row, index) =>
    (row.on ?? []).flatMap((place, at) =>
      holdsCodings(place) ? [] : [{ path: `/codeSystems/${index}/on/${at}`, message: 'is no element of FHIR R4 that holds codings' }]
    )
  )
}

function holdsCodings(place: string): boolean {
  const [root = '', ...names] = place.split('.')
  const name = names.at(-1) ?? root
  const found = TYPES.has(root) ? [typeAt(root, names)] : [...TYPES.values()].map((type) => typeAt(type.name, [name]))
  return found.some((type) => type === 'CodeableConcept' || type === 'Coding')
}

function patternFaults(profile: RecordProfile): Fault[] {
  const patterns = [
    ...Object.entries(profile.elements).map(([name, rule]) => [`/elements/${name}/pattern`, rule.pattern] as const),
    ...Object.entries(profile.datatypes).map(([name, rule]) => [`/datatypes/${name}/pattern`, rule.pattern] as const),
    ...profile.codeSystems.map((row, index) => [`/codeSystems/${index}/pattern`, row.pattern] as const)
  ]
  return patterns.flatMap(([path, pattern]) =>
    pattern === undefined || isExpression(pattern) ? [] : [{ path, message: 'is not a regular expression' }]
  )
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function derivedFaults(profile: RecordProfile): Fault[] {
  return profile.derived.flatMap((row, index) =>
    row.on.flatMap((type) =>
      Object.hasOwn(profile.resources, type)
        ? []
        : [
            {
              path: `/derived/${index}/on`,
              message: `${type} never leaves under this profile`
            }
          ]
    )
  )
}

/** The type of the element at a path below a type; of a choice the first; the type itself of no path. */
function typeAt(type: string, names: readonly string[]): string | null {
  return names.length === 0 ? type : (elementAt(type, names)?.types[0] ?? null)
}
