/**
 * Age in whole years at an event. The event is the first clinical date of the record; without a full date of birth and of the event there is no age.
 * What is dated after death is told at the age of death.
 */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { type Day, dayOf, wholeYears } from './calendar.ts'

/** Where the date of the event stands, by type, first found first. */
const EVENT_DATES: ReadonlyMap<string, readonly (readonly [string, string | null])[]> = new Map([
  ['Encounter', [['period', 'start']]],
  [
    'Condition',
    [
      ['onsetDateTime', null],
      ['onsetPeriod', 'start'],
      ['recordedDate', null]
    ]
  ],
  [
    'Procedure',
    [
      ['performedDateTime', null],
      ['performedPeriod', 'start']
    ]
  ],
  [
    'Observation',
    [
      ['effectiveDateTime', null],
      ['effectivePeriod', 'start']
    ]
  ],
  [
    'DiagnosticReport',
    [
      ['effectiveDateTime', null],
      ['effectivePeriod', 'start']
    ]
  ],
  ['Immunization', [['occurrenceDateTime', null]]],
  ['MedicationRequest', [['authoredOn', null]]]
])

/** null when it cannot be told; never negative. `died`: null where that is not known to the day. */
export function ageAtEvent(record: Resource, born: Day, died: Day | null): number | null {
  for (const [name, inner] of EVENT_DATES.get(record.resourceType) ?? []) {
    const day = dayOf(inner === null ? record[name] : innerOf(record[name], inner))
    if (day === null) continue
    const age = wholeYears(born, day)
    const last = died === null ? age : Math.min(age, wholeYears(born, died))
    return last < 0 ? null : last
  }
  return null
}

function innerOf(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined
}
