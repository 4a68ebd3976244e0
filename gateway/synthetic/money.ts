/** What a synthetic visit costs and who pays: one Coverage a person, one Claim and one ExplanationOfBenefit a visit. */
import type { Json } from '../core/digest.ts'
import type { Resource } from '../core/fhir/resource.ts'
import { ICD10 } from './catalog.ts'
import type { Visit } from './course.ts'
import { concept, DAY, dateOf, instantOf, money, ref, terminology, YEAR } from './fhir.ts'
import type { House } from './house.ts'
import type { Person } from './person.ts'
import type { Random } from './random.ts'

export function coverageResource(random: Random, person: Person, house: House, from: number): Resource {
  const resource = {
    resourceType: 'Coverage',
    id: random.uuid(),
    identifier: [{ system: 'https://insurer.example.org/member', value: person.member }],
    status: 'active',
    type: terminology('v3-ActCode', 'HIP', 'health insurance plan policy'),
    subscriber: ref('Patient', person.id, person.display),
    subscriberId: person.member,
    beneficiary: ref('Patient', person.id, person.display),
    relationship: terminology('subscriber-relationship', 'self'),
    period: { start: dateOf(from), end: dateOf(from + 5 * YEAR) },
    payor: [ref('Organization', house.insurer.id, house.insurer.name)]
  }
  return resource
}

export function priceOf(random: Random, visit: Visit): number {
  const days = (visit.end - visit.start) / DAY
  if (visit.kind === 'IMP') return 3200 + days * random.around(2400, 300)
  return visit.kind === 'EMER' ? random.around(1150, 200) : random.around(146, 25)
}

/** What Claim and ExplanationOfBenefit say alike. */
function both(person: Person, house: House, visit: Visit, coverage: string): Record<string, Json | undefined> {
  return {
    status: 'active',
    type: terminology('claim-type', visit.kind === 'IMP' ? 'institutional' : 'professional'),
    use: 'claim',
    patient: ref('Patient', person.id, person.display),
    billablePeriod: { start: instantOf(visit.start), end: instantOf(visit.end) },
    created: instantOf(visit.end),
    insurer: ref('Organization', house.insurer.id, house.insurer.name),
    provider: ref('Organization', house.hospital.id, house.hospital.name),
    diagnosis: [
      {
        sequence: 1,
        diagnosisCodeableConcept: { coding: [{ system: ICD10, code: visit.reason.icd10, display: visit.reason.code.display }] }
      }
    ],
    insurance: [{ focal: true, coverage: ref('Coverage', coverage) }]
  }
}

/** A Claim and the ExplanationOfBenefit that answers it. */
export function claimResources(random: Random, person: Person, house: House, visit: Visit, coverage: string): [Resource, Resource] {
  const price = priceOf(random, visit)
  const paid = price * (0.7 + random.next() * 0.25)
  const inBoth = both(person, house, visit, coverage)
  const item = {
    sequence: 1,
    diagnosisSequence: [1],
    productOrService: concept(visit.reason.code),
    encounter: [ref('Encounter', visit.id)],
    net: money(price)
  }
  const claim = {
    resourceType: 'Claim',
    id: random.uuid(),
    identifier: [{ system: 'https://hospital.example.org/claim', value: `CLM${random.digits(10)}` }],
    ...inBoth,
    priority: terminology('processpriority', 'normal'),
    insurance: [{ sequence: 1, focal: true, coverage: ref('Coverage', coverage) }],
    item: [item],
    total: money(price)
  }
  const benefit = {
    resourceType: 'ExplanationOfBenefit',
    id: random.uuid(),
    identifier: [{ system: 'https://insurer.example.org/claim', value: `EOB${random.digits(10)}` }],
    ...inBoth,
    claim: ref('Claim', claim.id),
    outcome: 'complete',
    item: [{ ...item, servicedPeriod: { start: instantOf(visit.start), end: instantOf(visit.end) } }],
    total: [
      { category: terminology('adjudication', 'submitted', 'Submitted Amount'), amount: money(price) },
      { category: terminology('adjudication', 'benefit', 'Benefit Amount'), amount: money(paid) }
    ],
    payment: { type: terminology('ex-paymenttype', 'complete'), date: dateOf(visit.end + 21 * DAY), amount: money(paid) }
  }
  return [claim, benefit]
}
