/**
 * The whole synthetic feed, patient by patient: the same seed, patient number and `at` give the same bytes. Decides who opted
 * out. Holds one patient at a time, so a feed may be of any size.
 */
import type { Resource } from '../core/fhir/resource.ts'
import { type Course, encounterResource, makeCourse, type Visit } from './course.ts'
import { YEAR } from './fhir.ts'
import { conditionResource, observationsOf, prescriptionsOf, procedureResource } from './findings.ts'
import { type House, makeHouse } from './house.ts'
import { claimResources, coverageResource } from './money.ts'
import { noteResource } from './notes.ts'
import { makePerson, type Person, patientResource } from './person.ts'
import { createRandom, type Random } from './random.ts'

export interface FeedOptions {
  readonly seed: string
  readonly patients: number
  /** the last day of the feed, `2026-06-30`; three years before it are filled */
  readonly at: string
}

export interface SyntheticSubject {
  readonly id: string
  readonly optedOut: boolean
  readonly resources: readonly Resource[]
}

export const FEED_YEARS = 3

function ofVisit(random: Random, person: Person, house: House, course: Course, visit: Visit, coverage: string): Resource[] {
  const chronic = course.illnesses.find((illness) => illness.code.code === visit.reason.code.code)
  return [
    encounterResource(visit, person, house),
    conditionResource(random, person, visit, chronic?.since ?? visit.start, chronic === undefined ? 'resolved' : 'active'),
    ...observationsOf(random, person, visit, course),
    procedureResource(random, person, visit),
    ...prescriptionsOf(random, person, visit),
    ...claimResources(random, person, house, visit, coverage),
    ...(visit.kind === 'IMP' || random.chance(0.3) ? [noteResource(random, person, visit, house)] : [])
  ]
}

/** Patient number `index` of the feed, with all their records. */
export function makeSubject(options: FeedOptions, house: House, index: number): SyntheticSubject {
  const random = createRandom(options.seed, `patient ${index}`)
  const until = Date.parse(`${options.at}T00:00:00Z`)
  const person = makePerson(random, until)
  const from = until - FEED_YEARS * YEAR
  const course = makeCourse(random, house, person, from, until)
  const coverage = coverageResource(random, person, house, from)
  const coverageId = coverage.id ?? ''
  const resources = course.visits.flatMap((visit) => ofVisit(random, person, house, course, visit, coverageId))
  return { id: person.id, optedOut: random.chance(0.02), resources: [patientResource(person, house.hospital.id), coverage, ...resources] }
}

/** The house of a feed: one clinician for every 50 patients, eight at least. */
export function houseOf(options: FeedOptions): House {
  return makeHouse(options.seed, Math.max(8, Math.min(400, Math.ceil(options.patients / 50))))
}

/** All subjects in order. */
export function* makeFeed(options: FeedOptions): Generator<SyntheticSubject> {
  const house = houseOf(options)
  yield { id: '', optedOut: false, resources: house.resources }
  for (let index = 0; index < options.patients; index += 1) yield makeSubject(options, house, index)
}
