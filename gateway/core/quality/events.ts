/**
 * When what a record tells of happened, and when it could be sent: by type, only those that tell of what is over. A plan, an appointment or a coverage is
 * dated ahead by its nature; a condition may be told years after it began, so its arrival counts from the day it was written down.
 */

export interface EventDates {
  /** where the event began; the first that is there counts, in the names the JSON uses */
  readonly began: readonly string[]
  /** where it was over, or was written down: from then on it could be sent */
  readonly over: readonly string[]
}

const effective = ['effectiveDateTime', 'effectivePeriod.start', 'effectiveInstant']
const effectiveOver = ['effectiveDateTime', 'effectivePeriod.end', 'effectiveInstant']
const performed: EventDates = { began: ['performedDateTime', 'performedPeriod.start'], over: ['performedDateTime', 'performedPeriod.end'] }
const billed: EventDates = { began: ['billablePeriod.start', 'created'], over: ['created', 'billablePeriod.end'] }

export const EVENT_DATES: ReadonlyMap<string, EventDates> = new Map<string, EventDates>([
  ['AllergyIntolerance', { began: ['onsetDateTime', 'onsetPeriod.start'], over: ['recordedDate'] }],
  ['Claim', billed],
  ['Condition', { began: ['onsetDateTime', 'onsetPeriod.start'], over: ['recordedDate'] }],
  ['DiagnosticReport', { began: effective, over: ['issued', ...effectiveOver] }],
  ['DocumentReference', { began: ['context.period.start'], over: ['date'] }],
  ['Encounter', { began: ['period.start'], over: ['period.end'] }],
  ['ExplanationOfBenefit', billed],
  ['Immunization', { began: ['occurrenceDateTime'], over: ['occurrenceDateTime'] }],
  ['MedicationAdministration', { began: effective, over: effectiveOver }],
  ['MedicationDispense', { began: ['whenPrepared', 'whenHandedOver'], over: ['whenHandedOver'] }],
  ['Observation', { began: effective, over: effectiveOver }],
  ['Procedure', performed]
])

/** Periods whose end is not before their start, of events and of states. */
export const PERIODS: ReadonlyMap<string, readonly (readonly [start: string, end: string])[]> = new Map([
  ['CarePlan', [['period.start', 'period.end']]],
  ['Claim', [['billablePeriod.start', 'billablePeriod.end']]],
  [
    'Condition',
    [
      ['onsetDateTime', 'abatementDateTime'],
      ['onsetPeriod.start', 'onsetPeriod.end']
    ]
  ],
  ['Coverage', [['period.start', 'period.end']]],
  ['DiagnosticReport', [['effectivePeriod.start', 'effectivePeriod.end']]],
  ['Encounter', [['period.start', 'period.end']]],
  ['EpisodeOfCare', [['period.start', 'period.end']]],
  ['ExplanationOfBenefit', [['billablePeriod.start', 'billablePeriod.end']]],
  ['MedicationAdministration', [['effectivePeriod.start', 'effectivePeriod.end']]],
  ['Observation', [['effectivePeriod.start', 'effectivePeriod.end']]],
  ['Procedure', [['performedPeriod.start', 'performedPeriod.end']]]
])
