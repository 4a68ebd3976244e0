/** When a synthetic patient is seen: routine visits, emergencies and hospital stays, some of which are readmissions within 30 days. */
import type { Resource } from '../core/fhir/resource.ts'
import { ADMISSIONS, type Admission, CHRONIC, type Coded, type Illness, VISIT_REASONS } from './catalog.ts'
import { concept, DAY, instantOf, ref, terminology, YEAR } from './fhir.ts'
import type { Clinician, House } from './house.ts'
import type { Person } from './person.ts'
import type { Random } from './random.ts'

export interface Visit {
  readonly id: string
  readonly kind: 'AMB' | 'EMER' | 'IMP'
  readonly start: number
  readonly end: number
  readonly reason: { readonly code: Coded; readonly icd10: string }
  readonly drugs: readonly Coded[]
  readonly admission: Admission | null
  readonly clinician: Clinician
}

export interface Course {
  readonly illnesses: readonly (Illness & { readonly since: number })[]
  readonly visits: readonly Visit[]
}

function illnessesOf(random: Random, person: Person, until: number): Course['illnesses'] {
  const share = (illness: Illness): number => {
    const age = Math.max(0, Math.min(1.2, (person.age - 20) / 60))
    return person.age < 12 ? 0 : illness.at20 + (illness.at80 - illness.at20) * age
  }
  return CHRONIC.filter((illness) => random.chance(share(illness))).map((illness) => ({
    ...illness,
    since: Math.max(person.born + 12 * YEAR, until - random.between(100, 5000) * DAY)
  }))
}

/** Office hours, in five-minute slots. */
function slot(random: Random, day: number): number {
  return Math.floor(day / DAY) * DAY + (8 * 60 + random.between(0, 108) * 5) * 60_000
}

function routine(random: Random, house: House, from: number, until: number, illnesses: Course['illnesses']): Visit[] {
  const count = random.between(2, 3) + Math.min(4, illnesses.length)
  return Array.from({ length: count }, (_, index): Visit => {
    const start = slot(random, from + ((index + random.next()) / count) * (until - from))
    const acute = illnesses.length === 0 || random.chance(0.3)
    const emergency = acute && random.chance(0.2)
    const reason = acute ? random.weigh(VISIT_REASONS) : random.pick(illnesses)
    const minutes = emergency ? random.between(60, 420) : random.pick([15, 20, 30, 45])
    return {
      id: random.uuid(),
      kind: emergency ? 'EMER' : 'AMB',
      start,
      end: start + minutes * 60_000,
      reason: { code: reason.code, icd10: reason.icd10 },
      drugs: reason.drugs,
      admission: null,
      clinician: random.pick(house.clinicians)
    }
  })
}

function stay(random: Random, house: House, start: number): Visit {
  const admission = random.weigh(ADMISSIONS)
  const days = Math.max(1, random.around(admission.days[0], admission.days[1]))
  return {
    id: random.uuid(),
    kind: 'IMP',
    start,
    end: start + Math.round(days * 288) * 300_000,
    reason: { code: admission.code, icd10: admission.icd10 },
    drugs: [],
    admission,
    clinician: random.pick(house.clinicians)
  }
}

/** Stays after one another; about one in six is followed by another within 30 days. */
function stays(random: Random, house: House, person: Person, from: number, until: number): Visit[] {
  if (!random.chance(0.05 + person.age / 260)) return []
  const visits = [stay(random, house, slot(random, from + random.next() * 0.8 * (until - from)))]
  for (let last = visits[0]; last !== undefined && visits.length < 4; last = visits.at(-1)) {
    const gap = random.chance(0.17) ? random.between(2, 29) : random.chance(0.15) ? random.between(31, 200) : null
    if (gap === null) break
    visits.push(stay(random, house, slot(random, last.end + gap * DAY)))
  }
  return visits
}

/** Everything between `from` and `until` that happened before the person died. */
export function makeCourse(random: Random, house: House, person: Person, from: number, until: number): Course {
  const begin = Math.max(from, person.born)
  const end = Math.max(begin + DAY, person.died ?? until)
  const illnesses = illnessesOf(random, person, end)
  const visits = [...routine(random, house, begin, end, illnesses), ...stays(random, house, person, begin, end)]
  const inTime = visits.filter((visit) => visit.end < end && visit.start >= begin)
  return { illnesses, visits: inTime.sort((a, b) => a.start - b.start) }
}

const CLASSES: ReadonlyMap<Visit['kind'], { readonly display: string; readonly type: Coded }> = new Map([
  [
    'AMB',
    { display: 'ambulatory', type: { system: 'http://snomed.info/sct', code: '185349003', display: 'Encounter for check up (procedure)' } }
  ],
  [
    'EMER',
    { display: 'emergency', type: { system: 'http://snomed.info/sct', code: '50849002', display: 'Emergency room admission (procedure)' } }
  ],
  [
    'IMP',
    {
      display: 'inpatient encounter',
      type: { system: 'http://snomed.info/sct', code: '32485007', display: 'Hospital admission (procedure)' }
    }
  ]
])

export function encounterResource(visit: Visit, person: Person, house: House): Resource {
  const kind = CLASSES.get(visit.kind)
  if (kind === undefined) throw new RangeError('unknown kind of visit')
  const home = terminology('discharge-disposition', 'home', 'Home')
  const resource = {
    resourceType: 'Encounter',
    id: visit.id,
    identifier: [{ use: 'official', system: 'https://hospital.example.org/visit', value: `V${visit.id.slice(0, 8)}` }],
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: visit.kind, display: kind.display },
    type: [concept(kind.type)],
    subject: ref('Patient', person.id, person.display),
    participant: [{ individual: ref('Practitioner', visit.clinician.id, visit.clinician.display) }],
    period: { start: instantOf(visit.start), end: instantOf(visit.end) },
    reasonCode: [concept(visit.reason.code)],
    ...(visit.kind === 'IMP'
      ? { hospitalization: { dischargeDisposition: home }, location: [{ location: ref('Location', house.ward.id, house.ward.name) }] }
      : {}),
    serviceProvider: ref('Organization', house.hospital.id, house.hospital.name)
  }
  return resource
}
