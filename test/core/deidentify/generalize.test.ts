import { expect } from 'chai'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { hierarchy, observation, observing, profileWith, released, rule } from '../../support/rules.ts'

const UCUM = 'http://unitsofmeasure.org'
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const EXPERT = { mode: 'expert-determination' } as const
const kg = (value: number): Json => ({ value, unit: 'kg', system: UCUM, code: 'kg' })
const years = (value: number): Json => ({ value, unit: 'a', system: UCUM, code: 'a' })

describe('generalize: the next coarser value of a hierarchy, or nothing', () => {
  it('bins: a quantity becomes the lower edge of its bin', () => {
    const hierarchies = { weight: hierarchy({ kind: 'bins', edges: [0, 50, 100, 200], unit: 'kg' }) }
    const binned = observing(rule('generalize', { hierarchy: 'weight' }), 'valueQuantity', { hierarchies })
    expect(binned(kg(72.5))).to.deep.equal(kg(50))
    expect(binned(kg(0))).to.deep.equal(kg(0))
    expect(binned(kg(100))).to.deep.equal(kg(100))
  })

  it('bins: what no bin covers, another unit and an uncertain value go', () => {
    const hierarchies = { weight: hierarchy({ kind: 'bins', edges: [0, 50, 100, 200], unit: 'kg' }) }
    const binned = observing(rule('generalize', { hierarchy: 'weight' }), 'valueQuantity', { hierarchies })
    for (const value of [
      kg(-1),
      kg(200),
      { value: 72, unit: 'g', system: UCUM, code: 'g' },
      { value: 72 },
      { ...(kg(72) as object), comparator: '<' }
    ])
      expect(binned(value)).to.equal(undefined)
  })

  it('bins: whole numbers', () => {
    const hierarchies = { tens: hierarchy({ kind: 'bins', edges: [0, 10, 20] }) }
    const binned = observing(rule('generalize', { hierarchy: 'tens' }), 'valueInteger', { hierarchies })
    expect([3, 10, 19].map(binned)).to.deep.equal([0, 10, 10])
    expect(binned(20)).to.equal(undefined)
  })

  it('Safe Harbor (C): an age in an observation is an age first, whatever bins say', () => {
    const hierarchies = { age: hierarchy({ kind: 'bins', edges: [0, 50, 120], unit: 'a' }) }
    const profile = profileWith({ 'Observation.valueQuantity': rule('generalize', { hierarchy: 'age' }) }, { ...EXPERT, hierarchies })
    const age = (value: number): Resource =>
      observation({ code: { coding: [{ system: 'http://loinc.org', code: '30525-0' }] }, valueQuantity: years(value) })
    expect(released(profile, age(93))?.['valueQuantity']).to.include({ value: 90, comparator: '>=' })
    expect(released(profile, age(60), { resourceType: 'Patient', id: 'p1', birthDate: '1930-01-02' })).not.to.have.property('valueQuantity')
  })

  it('prefix: a code becomes its category, if that is a code of the system, too', () => {
    const hierarchies = { category: hierarchy({ kind: 'prefix', length: 3 }) }
    const profile = profileWith({ 'Condition.code': rule('generalize', { hierarchy: 'category' }) }, { ...EXPERT, hierarchies })
    const condition = (...codes: string[]): Resource => ({
      resourceType: 'Condition',
      id: 'c1',
      subject: { reference: 'Patient/p1' },
      code: { coding: codes.map((code) => ({ system: ICD, code, display: 'Smith' })), text: 'Smith' }
    })
    const codeOf = (record: Resource): Json | undefined => released(profile, record)?.['code']
    expect(codeOf(condition('E11.65', 'E11.9', 'I10'))).to.deep.equal({
      coding: [
        { system: ICD, code: 'E11' },
        { system: ICD, code: 'I10' }
      ]
    })
    expect(codeOf(condition('Smith'))).to.equal(undefined)
    const unlisted = { ...condition(), code: { coding: [{ system: 'http://local.example', code: 'E11.9' }] } }
    expect(codeOf(unlisted)).to.equal(undefined)
  })

  it('codes: a code becomes the one above it; an unknown one goes, even one that every object has', () => {
    const hierarchies = { sex: hierarchy({ kind: 'codes', map: { male: 'unknown', female: 'unknown', other: 'other' } }) }
    const profile = profileWith({ 'Patient.gender': rule('generalize', { hierarchy: 'sex' }) }, { ...EXPERT, hierarchies })
    const gender = (code: string): Json | undefined =>
      released(profile, { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04', gender: code })?.['gender']
    expect(['male', 'female', 'other'].map(gender)).to.deep.equal(['unknown', 'unknown', 'other'])
    expect(['unknown', 'constructor', '__proto__', 'toString'].map(gender)).to.deep.equal([undefined, undefined, undefined, undefined])
  })

  it('prefix of a text: only of one that fits the pattern', () => {
    const hierarchies = { zip: hierarchy({ kind: 'prefix', length: 3 }) }
    const zip = rule('generalize', { hierarchy: 'zip', pattern: '\\d{5}' })
    const profile = profileWith({ 'Address.postalCode': zip }, { ...EXPERT, hierarchies })
    const code = (postalCode: string): Json | undefined => {
      const [address] = (released(profile, { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04', address: [{ postalCode }] })?.[
        'address'
      ] ?? [{}]) as { postalCode: Json }[]
      return address?.postalCode
    }
    expect(code('02139')).to.equal('021')
    expect(code('Smith')).to.equal(undefined)
    expect(code('02139-4307')).to.equal(undefined)
  })

  it('dates: the year or the month; what is less precise goes', () => {
    const hierarchies = { year: hierarchy({ kind: 'dates', to: 'year' }), month: hierarchy({ kind: 'dates', to: 'month' }) }
    const year = observing(rule('generalize', { hierarchy: 'year' }), 'effectiveDateTime', { hierarchies })
    const month = observing(rule('generalize', { hierarchy: 'month' }), 'effectiveDateTime', { hierarchies })
    expect(year('2020-02-29T10:00:00Z')).to.equal('2020')
    expect(month('2020-02-29')).to.equal('2020-02')
    expect(month('2020')).to.equal(undefined)
    expect(year('2021-02-29')).to.equal(undefined)
  })

  it('a hierarchy that is not there removes', () => {
    expect(observing(rule('generalize', { hierarchy: 'constructor' }), 'valueInteger')(5)).to.equal(undefined)
  })
})
