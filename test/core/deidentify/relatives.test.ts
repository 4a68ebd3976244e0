import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { safeHarbor } from '../../support/profile.ts'
import { observation, profileWith, releasing, rule } from '../../support/rules.ts'

const UCUM = 'http://unitsofmeasure.org'
const age = (value: number): Json => ({ value, unit: 'a', system: UCUM, code: 'a' })
const YOUNG: Resource = { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04' }
const OLD: Resource = { resourceType: 'Patient', id: 'p1', birthDate: '1930-05-04' }
/** Each date as its year. */
const profile = profileWith({
  'FamilyMemberHistory.bornDate': rule('year'),
  'FamilyMemberHistory.deceasedDate': rule('year'),
  'FamilyMemberHistory.ageAge': rule('age-90'),
  'FamilyMemberHistory.deceasedAge': rule('age-90'),
  'FamilyMemberHistory.condition.onsetAge': rule('age-90'),
  'RelatedPerson.birthDate': rule('year')
})
const release = releasing(compileProfile(profile, null))

function relative(more: { readonly [name: string]: Json }): Resource {
  const relationship = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'MTH' }] }
  return { resourceType: 'FamilyMemberHistory', id: 'f1', status: 'completed', patient: { reference: 'Patient/p1' }, relationship, ...more }
}

describe('Safe Harbor (C): ages and years of relatives (45 CFR 164.514(b)(2)(i): "of the individual or of relatives")', () => {
  it('a relative is judged by the own age: of an old subject’s mother who died at 60, the age stays', () => {
    expect(release(relative({ deceasedAge: age(60) }), OLD)?.['deceasedAge']).to.deep.equal(age(60))
    expect(release(relative({ deceasedAge: age(60) }), YOUNG)?.['deceasedAge']).to.deep.equal(age(60))
  })

  it('an age over 89 is one category, whoever’s it is', () => {
    expect(release(relative({ deceasedAge: age(94) }), YOUNG)?.['deceasedAge']).to.include({ value: 90, comparator: '>=' })
  })

  it('a year of birth that shows a relative over 89 goes: alive now, or at death', () => {
    expect(release(relative({ bornDate: '1925-03-01' }), YOUNG)).not.to.have.property('bornDate')
    expect(release(relative({ bornDate: '1890', deceasedDate: '1985' }), YOUNG)).not.to.have.property('bornDate')
    expect(release(relative({ bornDate: '1890', deceasedBoolean: true }), YOUNG)).not.to.have.property('bornDate')
    expect(release(relative({ bornDate: '1895', deceasedAge: age(91) }), YOUNG)).not.to.have.property('bornDate')
  })

  it('one that shows a younger age at death stays', () => {
    expect(release(relative({ bornDate: '1925-03-01', deceasedDate: '1990-01-01' }), YOUNG)).to.include({
      bornDate: '1925',
      deceasedDate: '1990'
    })
    expect(release(relative({ bornDate: '1950' }), YOUNG)).to.include({ bornDate: '1950' })
  })

  it('an age told years ago shows the age now: with the year of the record it tells the year of birth', () => {
    expect(release(relative({ date: '2005-01-01', ageAge: age(85) }), YOUNG)).not.to.have.property('ageAge')
    expect(release(relative({ date: '2024-01-01', ageAge: age(60) }), YOUNG)?.['ageAge']).to.deep.equal(age(60))
    expect(
      release(
        relative({
          date: '2005-01-01',
          ageAge: age(85),
          condition: [{ code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003' }] }, onsetAge: age(70) }]
        }),
        YOUNG
      )
    ).not.to.have.nested.property('condition[0].onsetAge')
  })

  it('a related person’s year of birth is judged by itself', () => {
    const related = (birthDate: string): Resource => ({
      resourceType: 'RelatedPerson',
      id: 'r1',
      patient: { reference: 'Patient/p1' },
      birthDate
    })
    expect(release(related('1925-01-01'), YOUNG)).not.to.have.property('birthDate')
    expect(release(related('1990-01-01'), OLD)?.['birthDate']).to.equal('1990')
  })

  it('the records after one about a relative are the subject’s again', () => {
    const old = compileProfile(profile, null)
    const one = releasing(old)
    expect(one(relative({ deceasedAge: age(60) }), OLD)?.['deceasedAge']).to.deep.equal(age(60))
    const code = { coding: [{ system: 'http://loinc.org', code: '30525-0' }] }
    expect(one(observation({ code, valueQuantity: age(60) }), OLD)).not.to.have.property('valueQuantity')
  })

  it('a contained family history is judged by itself, too', () => {
    const contained = [{ ...relative({ bornDate: '1925-03-01' }), id: 'f' }]
    const impression = {
      resourceType: 'ClinicalImpression',
      id: 'i1',
      status: 'completed',
      subject: { reference: 'Patient/p1' },
      contained,
      investigation: [{ code: { text: 'x' }, item: [{ reference: '#f' }] }]
    }
    const kept = releasing(
      compileProfile(
        profileWith({ 'FamilyMemberHistory.bornDate': rule('year'), 'ClinicalImpression.investigation.item': rule('reference') }),
        null
      )
    )(impression)
    expect(kept?.['contained']).to.have.length(1)
    expect(JSON.stringify(kept)).not.to.include('1925')
  })

  it('45 CFR 164.514(e)(2): a limited data set shows them all', () => {
    const engine = compileProfile({ ...profile, mode: 'limited-data-set' }, null)
    const kept = releasing(engine)(relative({ bornDate: '1925-03-01', ageAge: age(100) }), OLD)
    expect(kept).to.include({ bornDate: '1925' })
    expect(kept?.['ageAge']).to.deep.equal(age(100))
    expect(releasing(engine)(observation({ valueQuantity: age(95) }), OLD)?.['valueQuantity']).to.deep.equal(age(95))
  })

  it('the profile that ships keeps to it', () => {
    const shipped = releasing(compileProfile(safeHarbor(), null))
    expect(JSON.stringify(shipped(relative({ bornDate: '1925-03-01', date: '2005-01-01', ageAge: age(80) }), YOUNG))).not.to.match(
      /1925|"value":80/
    )
  })
})
