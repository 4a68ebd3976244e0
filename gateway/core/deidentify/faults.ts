/**
 * What is wrong with a profile beyond its shape: names FHIR does not know, rules that could never act, verbs that do not fit their datatype. A profile
 * with a fault does not load, for a rule that never acts reads like one that does.
 */
import type { Fault } from '../errors.ts'
import { type ElementDef, TYPES } from '../fhir/types.ts'
import { isRecordProfile, type Profile, type RecordProfile, type Rule, type Verb } from './profile.ts'

const NUMBERS = ['integer', 'positiveInt', 'unsignedInt', 'decimal']
const QUANTITIES = ['Quantity', 'Duration', 'Count', 'Distance', 'Age']
const GENERALIZABLE = [...NUMBERS, ...QUANTITIES, 'date', 'dateTime', 'code', 'string', 'Coding', 'CodeableConcept']

/** Datatypes a verb can work on; others would always be removed. */
const FITTING: ReadonlyMap<Verb, ReadonlySet<string>> = new Map<Verb, ReadonlySet<string>>([
  ['keep', new Set(['boolean', 'integer', 'positiveInt', 'unsignedInt', 'decimal', 'date', 'dateTime', 'instant', 'time'])],
  ['code', new Set(['code', 'string', 'uri'])],
  ['year', new Set(['date', 'dateTime'])],
  ['birth-year', new Set(['date'])],
  ['shift', new Set(['date', 'dateTime', 'instant'])],
  ['birth-shift', new Set(['date'])],
  ['age-90', new Set(['Age', 'Range', 'Quantity'])],
  ['observed', new Set(['Quantity', 'Range', 'integer'])],
  ['zip3', new Set(['string'])],
  ['state', new Set(['string'])],
  ['coding', new Set(['Coding'])],
  ['quantity', new Set(['Quantity', 'Duration', 'Count', 'Distance', 'Age'])],
  ['reference', new Set(['Reference'])],
  ['generalize', new Set(GENERALIZABLE)],
  ['perturb', new Set([...NUMBERS, ...QUANTITIES])],
  ['surrogate', new Set(['string', 'id', 'uri', 'uuid', 'oid'])]
])

/** Every fault, with a JSON pointer to it. */
export function profileFaults(profile: Profile): Fault[] {
  if (!isRecordProfile(profile)) return []
  return [
    ...datatypeFaults(profile),
    ...elementFaults(profile),
    ...resourceFaults(profile),
    ...patternFaults(profile),
    ...placeFaults(profile),
    ...derivedFaults(profile)
  ]
}

function datatypeFaults(profile: RecordProfile): Fault[] {
  return Object.entries(profile.datatypes).flatMap(([type, rule]) => {
    const at = `/datatypes/${type}`
    const known = TYPES.get(type)
    if (known === undefined || known.kind === 'resource') return [{ path: at, message: 'is not a datatype of FHIR R4' }]
    return [...verbFaults(at, rule, type), ...childFaults(at, type, rule)]
  })
}

function elementFaults(profile: RecordProfile): Fault[] {
  return Object.entries(profile.elements).flatMap(([path, rule]) => {
    const at = `/elements/${path}`
    const [root = '', ...names] = path.split('.')
    const type = typeAt(root, names)
    return type === null
      ? [{ path: at, message: 'is not an element of FHIR R4' }]
      : [...verbFaults(at, rule, type), ...childFaults(at, type, rule)]
  })
}

function verbFaults(path: string, rule: Rule, type: string): Fault[] {
  const fitting = FITTING.get(rule.verb)
  if (fitting !== undefined && !fitting.has(type))
    return [
      {
        path: `${path}/verb`,
        message: `${rule.verb} does nothing with ${type}`
      }
    ]
  if (rule.verb === 'by-element' && rule.elements === undefined) return [{ path, message: 'by-element needs elements' }]
  return rule.verb === 'decade' ? [{ path: `${path}/verb`, message: `${rule.verb} stands in generalized only` }] : []
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
  if (kept.includes('.')) return [{ path: at, message: `${path} is a group: name the elements in it` }]
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

/** The type of the element at a path below a type; for `onset[x]` of its first choice; null where there is none. */
function typeAt(type: string, names: readonly string[]): string | null {
  let at: string | null = type
  for (const name of names) {
    const elements: Elements | undefined = at === null ? undefined : TYPES.get(at)?.elements
    if (elements === undefined) return null
    const base = name.endsWith('[x]') ? name.slice(0, -3) : null
    const found: ElementDef | undefined = base === null ? (elements.get(name) ?? choiceOf(elements, name)) : choiceOf(elements, base)
    at = found?.types[0] ?? null
  }
  return at
}

type Elements = ReadonlyMap<string, ElementDef>

function choiceOf(elements: Elements, base: string): ElementDef | undefined {
  for (const element of elements.values()) if (element.choice === base) return element
  return undefined
}
