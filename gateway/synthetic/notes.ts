/** Clinical notes that repeat what must not leave: names, dates, numbers, addresses, relatives. Carried as DocumentReference attachments. */
import type { Resource } from '../core/fhir/resource.ts'
import type { Visit } from './course.ts'
import { dateOf, instantOf, ref, terminology } from './fhir.ts'
import type { House } from './house.ts'
import type { Person } from './person.ts'
import type { Random } from './random.ts'

/** 5/1/2024, as people write it. */
function spoken(wallClock: number): string {
  const [year, month, day] = dateOf(wallClock).split('-')
  return `${Number(month)}/${Number(day)}/${year}`
}

function dischargeNote(person: Person, visit: Visit, house: House): string {
  const who = person.sex === 'female' ? ['She', 'Ms.', 'her'] : ['He', 'Mr.', 'his']
  return [
    `DISCHARGE SUMMARY   ${house.hospital.name}, ${house.ward.name}`,
    `Patient: ${person.family}, ${person.given.join(' ')}   DOB: ${spoken(person.born)}   MRN: ${person.mrn}   SSN: ${person.ssn}`,
    `Admitted ${spoken(visit.start)}, discharged ${spoken(visit.end)}. Attending: ${visit.clinician.display}.`,
    '',
    `${who[1]} ${person.family} is a ${person.age}-year-old who was brought in from ${person.street}, ${person.place.town} ${person.zip} with`,
    `${visit.reason.code.display.toLowerCase()}. ${who[0]} did well. ${person.given[0] ?? ''} was seen with ${who[2]} next of kin, ${person.kin.name}`,
    `(${person.kin.phone}), who will help at home. Member ID ${person.member}. Call ${person.phone} or write to ${person.email}.`
  ].join('\n')
}

function visitNote(person: Person, visit: Visit): string {
  return [
    `Visit of ${spoken(visit.start)} with ${visit.clinician.display}.`,
    `${person.display} (MRN ${person.mrn}) came for ${visit.reason.code.display.toLowerCase()}. Reached at ${person.phone}.`,
    `${person.given[0] ?? ''} will return in four weeks.`
  ].join('\n')
}

export function noteResource(random: Random, person: Person, visit: Visit, house: House): Resource {
  const stayed = visit.kind === 'IMP'
  const code = stayed ? '18842-5' : '11506-3'
  const display = stayed ? 'Discharge summary' : 'Progress note'
  const text = stayed ? dischargeNote(person, visit, house) : visitNote(person, visit)
  const resource = {
    resourceType: 'DocumentReference',
    id: random.uuid(),
    identifier: [{ system: 'https://hospital.example.org/document', value: `D${random.digits(9)}` }],
    status: 'current',
    type: { coding: [{ system: 'http://loinc.org', code, display }] },
    category: [
      {
        coding: [
          {
            system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
            code: 'clinical-note',
            display: 'Clinical Note'
          }
        ]
      }
    ],
    subject: ref('Patient', person.id, person.display),
    date: instantOf(visit.end),
    author: [ref('Practitioner', visit.clinician.id, visit.clinician.display)],
    custodian: ref('Organization', house.hospital.id),
    securityLabel: [terminology('v3-Confidentiality', 'N')],
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          data: Buffer.from(text).toString('base64'),
          title: `${display} for ${person.display}`
        }
      }
    ],
    context: { encounter: [ref('Encounter', visit.id)], period: { start: instantOf(visit.start), end: instantOf(visit.end) } }
  }
  return resource
}
