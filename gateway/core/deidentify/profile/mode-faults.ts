/**
 * What each mode of release asks of a profile, beside what every profile must have: verbs a place may not have under 45 CFR 164.514(b)(2) or (e)(2), asked
 * of the plans the engine runs; the certificate; and an answer for each of the 146 resource types. What only an expert can judge is asked of nobody else.
 */
import type { Fault } from '../../errors.ts'
import { TYPES } from '../../fhir/types.ts'
import { type FieldPlan, type ObjectPlan, planResource } from '../compile/plan.ts'
import { wellFormed } from '../values/dates.ts'
import type { RecordMode, RecordProfile, Verb } from './profile.ts'

interface Row {
  /** A datatype, or an element as the type that holds it names it (Address.city). */
  readonly at: readonly string[]
  /** Verbs it may have there, beside those that let nothing through. */
  readonly verbs: readonly Verb[]
  readonly source: string
}

/** Nothing of the value leaves. */
const GONE: readonly Verb[] = ['remove', 'mask', 'substitute']

/** Names, numbers and addresses that both lists of identifiers have. */
const DIRECT: readonly Row[] = [
  { at: ['HumanName'], verbs: [], source: 'names' },
  { at: ['ContactPoint'], verbs: [], source: 'telephone, fax, mail and web addresses' },
  { at: ['Identifier.value'], verbs: ['surrogate'], source: 'numbers of records, plans, accounts and licences' },
  { at: ['Signature', 'Narrative'], verbs: [], source: 'names' },
  { at: ['Attachment.data', 'Attachment.url', 'Attachment.title', 'Attachment.hash'], verbs: [], source: 'images, and any number' },
  { at: ['Address.line', 'Address.text', 'Address.district'], verbs: [], source: 'parts of a postal address' },
  {
    at: ['Location.position.latitude', 'Location.position.longitude', 'Location.position.altitude'],
    verbs: [],
    source: 'a point on the map'
  }
]

const ROWS: ReadonlyMap<RecordMode, readonly Row[]> = new Map<RecordMode, readonly Row[]>([
  [
    'safe-harbor',
    [
      ...DIRECT,
      { at: ['Address.city'], verbs: [], source: '(B): nothing smaller than a state but three digits of the ZIP code' },
      { at: ['Address.postalCode'], verbs: ['zip3'], source: '(B): three digits, of areas of more than 20,000 people' },
      { at: ['date', 'dateTime'], verbs: ['year', 'birth-year', 'generalize'], source: '(C): no element of a date but the year' },
      { at: ['instant', 'time'], verbs: [], source: '(C): no element of a date but the year' },
      { at: ['Age'], verbs: ['age-90', 'generalize', 'perturb'], source: '(C): ages over 89 are one category' }
    ]
  ],
  ['limited-data-set', DIRECT]
])

const CITED: ReadonlyMap<RecordMode, string> = new Map<RecordMode, string>([
  ['safe-harbor', '45 CFR 164.514(b)(2)(i)'],
  ['limited-data-set', '45 CFR 164.514(e)(2)']
])

/** Asks the plans: call it when the names of the profile are known to be right. */
export function modeFaults(profile: RecordProfile): Fault[] {
  const rows = new Map((ROWS.get(profile.mode) ?? []).flatMap((row) => row.at.map((at) => [at, row] as const)))
  const found = new Map<string, Fault>()
  for (const type of Object.keys(profile.resources)) {
    const plan = planResource(profile, type, () => 'all')
    for (const field of plan === null ? [] : fieldsOf(plan)) {
      const message = faultBy(profile, rows.get(field.bound) ?? rows.get(field.type), field)
      if (message !== null)
        found.set(field.ruleAt, { path: `/resources/${type}`, message: `${field.path}, by the rule of ${field.ruleAt}: ${message}` })
    }
  }
  return [...found.values()]
}

function faultBy(profile: RecordProfile, row: Row | undefined, field: FieldPlan): string | null {
  if (field.rule.verb === 'scrub') return scrubFault(profile)
  return row === undefined || isAllowed(profile, row, field)
    ? null
    : `${field.rule.verb} lets through ${row.source}: ${CITED.get(profile.mode)}`
}

/** Measured recall below all (core/scrub/measured.ts) is knowledge that identifiers remain: only an expert can judge what that means. */
function scrubFault({ mode }: RecordProfile): string | null {
  if (mode === 'expert-determination') return null
  const ground =
    mode === 'safe-harbor'
      ? '45 CFR 164.514(b)(2)(ii) asks for no actual knowledge that what is left could identify'
      : '45 CFR 164.514(e)(2) asks that all direct identifiers are removed'
  return `scrub needs expert-determination: ${ground}, and a scrubber is known to miss some`
}

function isAllowed(profile: RecordProfile, row: Row, { rule, child }: FieldPlan): boolean {
  if (GONE.includes(rule.verb)) return true
  // a group is judged by what is named in it
  if (child?.fields.every((field) => GONE.includes(field.rule.verb)) === true) return true
  if (!row.verbs.includes(rule.verb)) return false
  const hierarchy = rule.verb === 'generalize' ? profile.hierarchies?.[rule.hierarchy ?? ''] : undefined
  return hierarchy?.kind !== 'dates' || hierarchy.to === 'year'
}

function fieldsOf(plan: ObjectPlan): FieldPlan[] {
  return plan.fields.flatMap((field) => [field, ...(field.child === null ? [] : fieldsOf(field.child))])
}

export function certificateFaults({ mode, certificate }: RecordProfile): Fault[] {
  const path = '/certificate'
  if (mode !== 'expert-determination')
    return certificate === undefined ? [] : [{ path, message: `${mode} stands on no certificate: 45 CFR 164.514(b)(1) is another ground` }]
  if (certificate === undefined) return [{ path, message: 'is missing: expert-determination stands on it (45 CFR 164.514(b)(1))' }]
  const { issued, expires } = certificate
  const unreal = (['issued', 'expires'] as const).filter((name) => wellFormed(certificate[name], 'date') === undefined)
  if (unreal.length > 0) return unreal.map((name) => ({ path: `${path}/${name}`, message: 'is not a day of the calendar' }))
  return issued < expires ? [] : [{ path: `${path}/expires`, message: 'must be later than issued: it is the first day no longer in force' }]
}

/** Every resource type of R4 has an answer, and one only. */
export function answerFaults({ resources, refused = {} }: RecordProfile): Fault[] {
  const types = [...TYPES.values()].filter(({ kind }) => kind === 'resource').map(({ name }) => name)
  const unanswered = types.filter((type) => !Object.hasOwn(resources, type) && !Object.hasOwn(refused, type))
  const twice = Object.keys(refused).filter((type) => Object.hasOwn(resources, type))
  const unknown = Object.keys(refused).filter((type) => TYPES.get(type)?.kind !== 'resource')
  return [
    ...(unanswered.length === 0
      ? []
      : [{ path: '/refused', message: `no answer for ${unanswered.join(', ')}: rules in resources, or a reason here` }]),
    ...twice.map((type) => ({ path: `/refused/${type}`, message: 'has rules in resources, too: one answer' })),
    ...unknown.map((type) => ({ path: `/refused/${type}`, message: 'is not a resource type of FHIR R4' }))
  ]
}
