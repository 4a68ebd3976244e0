import { expect } from 'chai'
import fc from 'fast-check'
import { compileProfile } from '../../../../gateway/core/deidentify/compile/compile.ts'
import type { Json } from '../../../../gateway/core/digest.ts'
import type { Resource } from '../../../../gateway/core/fhir/resource.ts'
import { validateResource } from '../../../../gateway/generated/fhir-validate.js'
import { observing, profileWith, released, releasing, rule } from '../../../support/rules.ts'

const UCUM = 'http://unitsofmeasure.org'
const EXPERT = { mode: 'expert-determination' } as const
const kg = (value: number): Json => ({ value, unit: 'kg', system: UCUM, code: 'kg' })
const years = (value: number): Json => ({ value, unit: 'a', system: UCUM, code: 'a' })

describe('keep, of dates and times (limited data set: 45 CFR 164.514(e)(2) lets dates stay)', () => {
  it('a well-formed date stays as it is, partial ones too', () => {
    const keep = observing(rule('keep'), 'effectiveDateTime')
    for (const text of ['2020', '2020-02', '2020-02-29', '2020-02-29T10:00:00.25+05:30']) expect(keep(text)).to.equal(text)
  })

  it('what is none goes; of a fraction three digits stay, for nine can be a number of a person', () => {
    const keep = observing(rule('keep'), 'effectiveDateTime')
    for (const text of ['2021-02-29', 'Smith', '2020-02-29T10:00', '2020-1']) expect(keep(text)).to.equal(undefined)
    expect(keep('2020-02-29T10:00:00.999188203Z')).to.equal('2020-02-29T10:00:00.999Z')
  })

  it('a time of day', () => {
    const keep = observing(rule('keep'), 'valueTime')
    expect(keep('23:59:60')).to.equal('23:59:60')
    for (const text of ['24:00:00', '10:00', '10:00:00Z', '555-0100']) expect(keep(text)).to.equal(undefined)
  })
})

describe('perturb: a number moves within the span', () => {
  const fixed = observing(rule('perturb', { span: 10, range: 'fixed', roundTo: 1 }), 'valueQuantity')
  const numberIn = (quantity: Json | undefined): number => (quantity as { value: number }).value

  it('fixed: by half the span to each side at most, rounded to the places said, the unit as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 9999 }), (value) => {
        const made = fixed(kg(value))
        expect(Math.abs(numberIn(made) - value)).to.be.at.most(5)
        expect(numberIn(made)).to.equal(Math.round(numberIn(made) * 10) / 10)
        expect(made).to.include({ code: 'kg', system: UCUM })
      }),
      { numRuns: 50 }
    )
  })

  it('proportional: by half of the span times the value', () => {
    const proportional = observing(rule('perturb', { span: 0.1, range: 'proportional', roundTo: 0 }), 'valueQuantity')
    for (const value of [100, 5000, 99_999]) expect(Math.abs(numberIn(proportional(kg(value))) - value)).to.be.at.most(value * 0.05 + 0.5)
  })

  it('the same number moves the same way every time, another number another way: nothing averages out', () => {
    expect(fixed(kg(72))).to.deep.equal(fixed(kg(72)))
    const moves = new Set(Array.from({ length: 40 }, (_, index) => Math.round((numberIn(fixed(kg(100 + index))) - 100 - index) * 10)))
    expect(moves.size).to.be.above(20)
  })

  it('no number crosses zero, and a positive whole number stays one', () => {
    for (let value = 0; value < 5; value++) expect(numberIn(fixed(kg(value)))).to.be.at.least(0)
    for (let value = 1; value < 5; value++) expect(numberIn(fixed(kg(-value)))).to.be.at.most(0)
    const profile = profileWith({ 'ImagingStudy.numberOfSeries': rule('perturb', { span: 50, range: 'fixed' }) }, EXPERT)
    const release = releasing(compileProfile(profile, null))
    for (let count = 0; count < 10; count++) {
      const study = {
        resourceType: 'ImagingStudy',
        id: 'i1',
        status: 'available',
        subject: { reference: 'Patient/p1' },
        numberOfSeries: count
      }
      expect(release(study)?.['numberOfSeries']).to.satisfy((made: number) => Number.isInteger(made) && made >= 0)
    }
  })

  it('Safe Harbor (C): 90 or older stays that, and no age is moved there', () => {
    expect(fixed(years(95))).to.include({ value: 90, comparator: '>=' })
    for (const value of [86, 87, 88, 89]) {
      const made = fixed(years(value))
      expect(made === undefined || numberIn(made) < 90).to.equal(true)
    }
  })

  it('what is no number, and one in an unknown unit, goes', () => {
    for (const value of ['72', { value: '72' }, { value: 72, unit: 'Smith' }, { value: 9991882 }]) expect(fixed(value)).to.equal(undefined)
  })
})

describe('substitute, surrogate, mask', () => {
  it('substitute: always the same value, whatever came, and nothing where nothing came', () => {
    const profile = profileWith(
      {
        'Patient.maritalStatus': rule('substitute', { with: { text: 'not said' } }),
        'Patient.multipleBirthInteger': rule('substitute', { with: 1 })
      },
      EXPERT
    )
    const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04' }
    expect(released(profile, { ...patient, maritalStatus: { text: 'Smith' }, multipleBirthInteger: 3 })).to.deep.include({
      maritalStatus: { text: 'not said' },
      multipleBirthInteger: 1
    })
    expect(released(profile, patient)).not.to.have.any.keys('maritalStatus', 'multipleBirthInteger')
  })

  it('45 CFR 164.514(c), surrogate: the same code for the same text of a subject, not to be guessed from a short one', () => {
    const profile = profileWith({ 'Coverage.subscriberId': rule('surrogate'), 'Coverage.dependent': rule('surrogate') }, EXPERT)
    const coverage = (subscriberId: Json, dependent: Json): Resource | undefined =>
      released(profile, {
        resourceType: 'Coverage',
        id: 'k1',
        status: 'active',
        beneficiary: { reference: 'Patient/p1' },
        payor: [{ reference: 'Organization/o1' }],
        subscriberId,
        dependent
      })
    const [a, b] = [coverage('1', '2'), coverage('2', '1')]
    expect(a?.['subscriberId']).to.match(/^[0-9a-f]{32}$/)
    expect(a?.['subscriberId']).to.equal(b?.['dependent'])
    expect(a?.['subscriberId']).not.to.equal(a?.['dependent'])
    expect(coverage('', 5)).not.to.have.any.keys('subscriberId', 'dependent')
  })

  it('surrogate: of an id, a URI and an OID in their own form', () => {
    const profile = profileWith(
      { 'ImagingStudy.series.uid': rule('surrogate'), 'Meta.versionId': rule('surrogate'), 'Provenance.policy': rule('surrogate') },
      EXPERT
    )
    const meta = { ...profile, datatypes: { ...profile.datatypes, Meta: rule('by-element', { elements: ['security', 'versionId'] }) } }
    const provenance = released(meta, {
      resourceType: 'Provenance',
      id: 'v1',
      meta: { versionId: '7' },
      target: [{ reference: 'Patient/p1' }],
      recorded: '2020-01-01T00:00:00Z',
      policy: ['http://demo-hospital.example/policy/7'],
      agent: [{ who: { reference: 'Practitioner/d1' } }]
    })
    expect(provenance?.['policy']).to.satisfy(([uri]: string[]) => /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uri ?? ''))
    expect(JSON.stringify(provenance?.['meta'])).to.match(/^\{"versionId":"[0-9a-f]{32}"\}$/)
  })

  it('mask: gone, and said so, for primitives, groups and lists; a list tells not how many there were', () => {
    const elements = { 'Patient.gender': rule('mask'), 'Patient.name': rule('mask'), 'Patient.maritalStatus': rule('mask') }
    const kept = released(profileWith(elements), {
      resourceType: 'Patient',
      id: 'p1',
      birthDate: '1960-05-04',
      gender: 'male',
      name: [{ family: 'A' }, { family: 'B' }],
      maritalStatus: { text: 'C' }
    })
    const mark = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }] }
    expect(kept).to.deep.include({ _gender: mark, name: [mark], maritalStatus: mark })
    expect(kept).not.to.have.property('gender')
  })

  it('mask: the reason the sender gave stays, and what was not there is not masked', () => {
    const profile = profileWith({ 'Patient.gender': rule('mask') })
    const reason = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'asked-declined' }] }
    expect(released(profile, { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04', _gender: reason })?.['_gender']).to.deep.equal(
      reason
    )
    expect(released(profile, { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04' })).not.to.have.property('_gender')
  })

  it('mask: a required group leaves what FHIR requires in it, marked, too', () => {
    const profile = profileWith({ 'Encounter.class': rule('mask') })
    const kept = released(profile, {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      subject: { reference: 'Patient/p1' },
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      participant: [{ individual: { display: 'Smith' } }]
    })
    expect(JSON.stringify(kept?.['class'])).to.include('masked')
    expect(validateResource(kept)).to.equal(true)
  })
})
