/**
 * What was done to a record, as FHIR security labels (v3 ObservationValue), for profiles that ask: PSEUDED always, for every id is a surrogate; REDACTED
 * when anything was taken out, ABSTRED when anything was made coarser. Added to the labels that came, never instead of them.
 */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Context } from './context.ts'
import type { Verb } from './profile/profile.ts'
import { deepFreeze } from './values/absent.ts'
import { membersOf, type Value } from './values/values.ts'

/** Bits of Context.done. */
export const REDACTED = 1
export const ABSTRED = 2

const SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue'
const LABELS: readonly (readonly [number, Json])[] = [
  [0, deepFreeze({ system: SYSTEM, code: 'PSEUDED' })],
  [REDACTED, deepFreeze({ system: SYSTEM, code: 'REDACTED' })],
  [ABSTRED, deepFreeze({ system: SYSTEM, code: 'ABSTRED' })]
]

/** What leaves of these says less than what came, or not quite the same. */
const COARSER: ReadonlySet<Verb> = new Set<Verb>([
  'year',
  'birth-year',
  'zip3',
  'age-90',
  'observed',
  'quantity',
  'keep',
  'decade',
  'period',
  'roll-up',
  'generalize',
  'perturb'
])

/** Called with what an element held and what is left of it. */
export type Note = (context: Context, before: Value, after: Value) => void

/** What a record's labels say already is not asked again. */
export function noteOf(verb: Verb): Note {
  // of a text that was scrubbed, identifiers were taken out
  const changed = verb === 'scrub' ? REDACTED : COARSER.has(verb) ? ABSTRED : 0
  return (context, before, after) => {
    if (after === before) return
    if ((context.done & REDACTED) === 0 && (after === undefined || scalars(after) < scalars(before))) context.done |= REDACTED
    if ((context.done & changed) !== changed && after !== undefined && isOther(after, before)) context.done |= changed
  }
}

/** Of two values that are not identical. */
function isOther(after: Value, before: Value): boolean {
  return typeof after !== 'object' || JSON.stringify(after) !== JSON.stringify(before)
}

/** As noteOf, of an element whose children are noted by themselves. */
export function noteNested(context: Context, before: Value, after: Value): void {
  if (after === undefined || (Array.isArray(before) && Array.isArray(after) && after.length < before.length)) context.done |= REDACTED
}

function scalars(value: Value): number {
  if (value === null || value === undefined) return 0
  if (typeof value !== 'object') return 1
  let number = 0
  for (const member of Object.values(value)) number += scalars(member)
  return number
}

/** Whether `system|code` is one of ours. */
export function isLabel(code: string): boolean {
  return code.startsWith(`${SYSTEM}|`)
}

/** `record` is new: nobody else holds it, and nobody its meta. */
export function addLabels(record: Resource, done: number): void {
  const meta = membersOf(record['meta'])
  const came = meta?.['security']
  const labels = Array.isArray(came) ? [...came] : []
  for (const [bit, label] of LABELS)
    if ((bit === 0 || (done & bit) !== 0) && !labels.some((item) => isSame(item, label))) labels.push(label)
  record['meta'] = { ...meta, security: labels }
}

function isSame(item: Json, label: Json): boolean {
  const [a, b] = [membersOf(item), membersOf(label)]
  return a?.['system'] === b?.['system'] && a?.['code'] === b?.['code']
}
