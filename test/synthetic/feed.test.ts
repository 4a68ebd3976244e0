import { expect } from 'chai'
import { readRecord } from '../../gateway/core/fhir/read.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { makeFeed, type SyntheticSubject } from '../../gateway/synthetic/feed.ts'

const OPTIONS = { seed: 'test', patients: 300, at: '2026-06-30' }

function all(subjects: readonly SyntheticSubject[]): Resource[] {
  return subjects.flatMap((subject) => subject.resources)
}

describe('the synthetic feed', () => {
  const subjects = [...makeFeed(OPTIONS)]
  const resources = all(subjects)

  it('is the same for the same seed, and another for another', () => {
    const again = JSON.stringify([...makeFeed(OPTIONS)])
    expect(JSON.stringify(subjects) === again).to.equal(true)
    expect(JSON.stringify([...makeFeed({ ...OPTIONS, seed: 'other' })]) === again).to.equal(false)
  })

  it('makes patient n alike whatever the number of patients', () => {
    const fewer = [...makeFeed({ ...OPTIONS, patients: 5 })]
    expect(fewer.at(5)?.id).to.equal(subjects.at(5)?.id)
  })

  it('holds every type the demo speaks of, each record under an id of its own', () => {
    const types = new Set(resources.map((resource) => resource.resourceType))
    expect([...types].sort()).to.deep.equal([
      'Claim',
      'Condition',
      'Coverage',
      'DocumentReference',
      'Encounter',
      'ExplanationOfBenefit',
      'Location',
      'MedicationRequest',
      'Observation',
      'Organization',
      'Patient',
      'Practitioner',
      'Procedure'
    ])
    expect(new Set(resources.map((resource) => `${resource.resourceType}/${resource.id}`)).size).to.equal(resources.length)
  })

  it('refers only to records it holds', () => {
    const known = new Set(resources.map((resource) => `${resource.resourceType}/${resource.id}`))
    const named = JSON.stringify(resources).matchAll(/"reference":"([^"]+)"/g)
    expect([...named].map((match) => match[1] ?? '').filter((reference) => !known.has(reference))).to.deep.equal([])
  })

  it('has people over 89, restricted ZIP areas, two-letter names, the dead, opt-outs and readmissions within 30 days', () => {
    const patients = resources.filter((resource) => resource.resourceType === 'Patient')
    const text = patients.map((patient) => JSON.stringify(patient))
    expect(patients.filter((patient) => String(patient['birthDate']) < '1936')).to.have.length.above(3)
    expect(text.filter((line) => /"postalCode":"(036|059|556|692|821|878)/.test(line))).to.have.length.above(1)
    expect(text.filter((line) => /"family":"[A-Z][a-z]"/.test(line))).to.have.length.above(3)
    expect(text.filter((line) => line.includes('deceasedDateTime'))).to.have.length.above(2)
    expect(subjects.filter((subject) => subject.optedOut)).to.have.length.above(1)
    expect(subjects.filter(readmitted)).to.have.length.above(3)
  })

  it('is valid FHIR R4 to the last record', () => {
    const limits = { recordBytes: 1 << 20, depth: 64 }
    const refused = resources.flatMap((resource) => {
      const bytes = Buffer.from(JSON.stringify(resource))
      const read = readRecord(bytes, 0, bytes.length, limits)
      return read.ok ? [] : [`${resource.resourceType} ${read.code} ${read.path}`]
    })
    expect(refused).to.deep.equal([])
  })

  it('repeats the identifiers in its notes', () => {
    const notes = resources.filter((resource) => resource.resourceType === 'DocumentReference').map(noteText)
    expect(notes.filter((note) => /SSN: 9\d\d-\d\d-\d{4}/.test(note))).to.have.length.above(10)
  })
})

function readmitted(subject: SyntheticSubject): boolean {
  const stays = subject.resources
    .filter((resource) => resource.resourceType === 'Encounter' && JSON.stringify(resource['class']).includes('IMP'))
    .map((stay) => JSON.parse(JSON.stringify(stay['period'])) as { start: string; end: string }) // as course.ts writes it
  return stays.some((stay, index) => index > 0 && Date.parse(stay.start) - Date.parse(stays[index - 1]?.end ?? '') < 30 * 86_400_000)
}

function noteText(note: Resource): string {
  return Buffer.from(/"data":"([^"]+)"/.exec(JSON.stringify(note))?.[1] ?? '', 'base64').toString()
}
