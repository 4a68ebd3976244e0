/** References and subjects: whom a text names, and whose a record is. */
import { expect } from 'chai'
import { identityOf, parseReference } from '../../../gateway/core/fhir/identity.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { belonging } from '../../../gateway/core/fhir/subject.ts'
import { TYPES } from '../../../gateway/core/fhir/types.ts'
import { SENDER } from './reading.ts'

const OWN = SENDER.ownBases

describe('a literal reference (R4 2.3.0.2)', () => {
  const cases: readonly (readonly [text: string, referred: object | null])[] = [
    ['Patient/p1', { base: '', type: 'Patient', id: 'p1' }],
    ['Patient/p1/_history/3', { base: '', type: 'Patient', id: 'p1' }],
    ['https://fhir.hospital.example/r4/Patient/p1', { base: '', type: 'Patient', id: 'p1' }],
    ['https://other.example/a/b/Patient/p1/_history/1', { base: 'https://other.example/a/b', type: 'Patient', id: 'p1' }],
    ['Practitioner?identifier=urn:x|1', { base: '', type: 'Practitioner', id: 'Practitioner?identifier=urn:x|1' }],
    ['#p1', null],
    ['urn:uuid:0f9d6b2c-0000-4000-8000-000000000001', null],
    ['Patient', null],
    ['Patient/', null],
    ['/Patient/p1', null],
    ['Somebody/p1', null],
    ['HumanName/p1', null],
    ['Patient/p 1', null],
    [`Patient/${'x'.repeat(65)}`, null],
    ['ftp://other.example/Patient/p1', null],
    ['__proto__/p1', null]
  ]
  for (const [text, referred] of cases)
    it(`${text.slice(0, 50)} names ${referred === null ? 'nobody' : 'a record'}`, () =>
      expect(parseReference(text, OWN)).to.deep.equal(referred))
})

describe('whose record it is', () => {
  function of(resource: Resource): unknown {
    const found = belonging(resource, identityOf(resource, '', null, SENDER), OWN)
    return found.of === 'subject' ? found.subject.id : found.of
  }

  it('a Patient is its own subject', () => expect(of({ resourceType: 'Patient', id: 'p1' })).to.equal('p1'))
  it('a Device without a patient is shared, with one it is theirs', () => {
    expect(of({ resourceType: 'Device', id: 'd' })).to.equal('shared')
    expect(of({ resourceType: 'Device', id: 'd', patient: { reference: 'Patient/p1' } })).to.equal('p1')
    expect(of({ resourceType: 'Device', id: 'd', patient: { display: 'someone' } })).to.equal('nobody')
  })
  it('Coverage, Claim and ExplanationOfBenefit belong to whom they cover', () => {
    expect(
      of({ resourceType: 'Coverage', id: 'c', beneficiary: { reference: 'Patient/p1' }, subscriber: { reference: 'Patient/p2' } })
    ).to.equal('p1')
    expect(of({ resourceType: 'Claim', id: 'c', patient: { reference: 'Patient/p1' } })).to.equal('p1')
    expect(of({ resourceType: 'ExplanationOfBenefit', id: 'c', patient: { reference: 'Patient/p1' } })).to.equal('p1')
  })
  it('a Provenance belongs to the one patient among its targets', () => {
    expect(
      of({
        resourceType: 'Provenance',
        id: 'v',
        target: [{ reference: 'Patient/p1' }, { reference: 'Condition/c' }, { reference: 'Patient/p1' }]
      })
    ).to.equal('p1')
    expect(of({ resourceType: 'Provenance', id: 'v', target: [{ reference: 'Condition/c' }] })).to.equal('nobody')
    expect(of({ resourceType: 'Provenance', id: 'v', target: [{ reference: 'Patient/p1' }, { reference: 'Patient/p2' }] })).to.equal(
      'nobody'
    )
  })
  it('an Organization is shared and a Questionnaire is nobody’s', () => {
    expect(of({ resourceType: 'Organization', id: 'o' })).to.equal('shared')
    expect(of({ resourceType: 'Questionnaire', id: 'q' })).to.equal('nobody')
  })
})

describe('the type table', () => {
  it('has the 146 resource types of R4, and every type an element names', () => {
    expect([...TYPES.values()].filter((type) => type.kind === 'resource')).to.have.length(146)
    const named = new Set([...TYPES.values()].flatMap((type) => [...type.elements.values()].flatMap((element) => element.types)))
    expect([...named].filter((name) => !TYPES.has(name))).to.deep.equal(['Resource'])
  })

  it('knows choices, modifiers, lists, targets and shared content', () => {
    const patient = TYPES.get('Patient')?.elements
    expect(patient?.get('deceasedDateTime')).to.include({ choice: 'deceased', modifier: true, list: false })
    expect(patient?.get('link')).to.include({ modifier: true, list: true })
    expect(patient?.get('generalPractitioner')?.targets).to.deep.equal(['Organization', 'Practitioner', 'PractitionerRole'])
    expect(TYPES.get('Questionnaire.item')?.elements.get('item')?.types).to.deep.equal(['Questionnaire.item'])
    expect(TYPES.get('Observation')?.elements.get('status')).to.include({ modifier: true, required: true })
  })
})
