import { expect } from 'chai'
import { createCoarsener } from '../../../gateway/core/deidentify/coarsen.ts'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { releaseSubject } from '../../../gateway/core/deidentify/subject.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { releaseAll, safeHarbor } from '../../support/profile.ts'

const SUBJECT = { reference: 'Patient/p1' }
const SNOMED = 'http://snomed.info/sct'
const UCUM = 'http://unitsofmeasure.org'
const concept = (system: string, code: string): { [key: string]: Json } => ({ coding: [{ system, code }] })
const HYPERTENSION = concept(SNOMED, '38341003')
const patient = (more: object = {}): Resource => ({ resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04', ...more })
const observation = (more: object): Resource => ({
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: HYPERTENSION,
  subject: SUBJECT,
  ...more
})
const condition = (more: object): Resource => ({
  resourceType: 'Condition',
  id: 'c',
  code: HYPERTENSION,
  onsetDateTime: '2001-02-03',
  ...more
})

/** Identifiers written as a code of a known system, in its shape: system → what is smuggled. */
const CODES: readonly (readonly [string, string, string])[] = [
  ['a social security number as a SNOMED code', SNOMED, '999188203'],
  ['a date as a SNOMED code', SNOMED, '20240115'],
  ['a telephone number as a SNOMED code', SNOMED, '6175550123'],
  ['a record number as a LOINC code', 'http://loinc.org', '55501-3'],
  ['a social security number as a kind of clinician', 'http://nucc.org/provider-taxonomy', '999188203X'],
  ['a name as a procedure', 'http://www.cms.gov/Medicare/Coding/ICD10', 'JANEDEE'],
  [
    'a name as a kind of amount',
    'https://bluebutton.cms.gov/resources/codesystem/adjudication',
    'https://bluebutton.cms.gov/resources/variables/line_jane_quincy_doe'
  ]
]

describe('identifiers in the shape of something else', () => {
  const engine = compileProfile(safeHarbor(), null)
  const textOf = (...records: readonly Resource[]): string => JSON.stringify(releaseAll(engine, records).released)

  for (const [what, system, code] of CODES) {
    it(`Safe Harbor (R): ${what} does not leave`, () => {
      expect(textOf(patient(), observation({ code: concept(system, code) }))).not.to.contain(code)
    })
  }

  it('codes with a right check digit stay: SNOMED CT of any length and extension, LOINC, LOINC answers', () => {
    for (const code of ['38341003', '16890009', '124171000119105'])
      expect(textOf(patient(), observation({ code: concept(SNOMED, code) }))).to.contain(code)
    for (const code of ['4548-4', '8302-2', '72166-2', 'LA32-8'])
      expect(textOf(patient(), observation({ code: concept('http://loinc.org', code) }))).to.contain(code)
  })

  it('Safe Harbor (A): a short name as a language or a currency does not leave', () => {
    const claim = {
      resourceType: 'Claim',
      id: 'k',
      status: 'active',
      use: 'claim',
      patient: SUBJECT,
      total: { value: 1, currency: 'DOE' }
    } as Resource
    const text = textOf(patient({ communication: [{ language: concept('urn:ietf:bcp:47', 'bob-TX') }] }), claim)
    expect(text).not.to.match(/bob|DOE/)
  })

  it('Safe Harbor (C), (H), (R): a number of seven digits before the point does not leave, whatever its unit', () => {
    const quantity = (value: number): object => ({ valueQuantity: { value, unit: 'mg', system: UCUM, code: 'mg' } })
    for (const value of [999_188_203, 20_240_115, 5_550_101.5, 9_991_882_030_000])
      expect(textOf(patient(), observation(quantity(value)))).not.to.contain('valueQuantity')
    for (const value of [1e9, 250_000, 0.0000001]) expect(textOf(patient(), observation(quantity(value)))).to.contain('valueQuantity')
  })

  it('Safe Harbor (C): a date as an amount of money does not leave', () => {
    const claim = {
      resourceType: 'Claim',
      id: 'k',
      status: 'active',
      use: 'claim',
      patient: SUBJECT,
      total: { value: 20240115, currency: 'USD' }
    } as Resource
    expect(textOf(patient(), claim)).not.to.contain('20240115')
  })

  it('Safe Harbor (C): an age over 89 is one category by any code, in a reference range too', () => {
    const born = patient({ birthDate: '1930-01-01' })
    const age = { value: 95, unit: 'a', system: UCUM, code: 'a' }
    const seen = [
      observation({ valueQuantity: age }),
      observation({ valueRatio: { numerator: age, denominator: { value: 1, unit: '1' } } }),
      observation({ referenceRange: [{ age: { low: age, high: { ...age, value: 96 } } }] }),
      observation({ valueQuantity: { ...age, value: 1141, unit: 'mo', code: 'mo' } })
    ]
    for (const record of seen) expect(textOf(born, record)).not.to.match(/"value":(?:9[5-6]|1141)/)
  })

  it('a contained record about another patient does not leave: neither consent nor the risk gate has seen whom it is about', () => {
    for (const subject of [{ reference: 'Patient/p2' }, { reference: 'http://other.example/Patient/p1' }]) {
      const text = textOf(patient(), observation({ contained: [condition({ subject })], derivedFrom: [{ reference: '#c' }] }))
      expect(text).not.to.contain('contained')
    }
    expect(textOf(patient(), observation({ contained: [condition({ subject: SUBJECT })], derivedFrom: [{ reference: '#c' }] }))).to.contain(
      'contained'
    )
  })

  it('a contained patient does not leave under the id of a contained resource that may', () => {
    const contained = [
      { resourceType: 'Patient', id: 'a', birthDate: '1971-02-03', address: [{ postalCode: '02139' }] },
      { resourceType: 'Organization', id: 'a' }
    ]
    expect(textOf(patient(), observation({ contained, performer: [{ reference: '#a' }] }))).not.to.match(/1971|021|contained/)
  })

  it('contained resources of which each points at the one before cost no more than their number', () => {
    const contained = Array.from({ length: 20_000 }, (_, n) => ({
      resourceType: 'Organization',
      id: `a${n}`,
      ...(n === 0 ? {} : { partOf: { reference: `#a${n - 1}` } })
    }))
    const { released } = releaseAll(engine, [patient(), observation({ contained, performer: [{ reference: '#a19999' }] })])
    expect(released[1]?.resource['contained']).to.have.length(20_000)
  }).timeout(5000)

  it('a record that is no patient’s contains nothing about a patient: the risk gate does not count it', () => {
    const organization = {
      resourceType: 'Organization',
      id: 'o',
      partOf: { reference: '#c' },
      contained: [condition({ subject: SUBJECT })]
    }
    const { released } = releaseSubject(engine, {
      at: '2026-01-15T00:00:00Z',
      secret: new Uint8Array(32).fill(1),
      sharedSecret: new Uint8Array(32).fill(2),
      surrogate: 'f'.repeat(32),
      identity: null,
      shiftDays: 100,
      ownBases: [],
      records: [{ identity: { party: 'test', base: '', type: 'Organization', id: 'o' }, resource: organization as Resource }]
    })
    expect(JSON.stringify(released)).not.to.match(/contained|38341003|2001/)
  })

  it('k-anonymity: the age in a contained record goes with those of the record around it', () => {
    const onset = condition({ subject: SUBJECT, onsetDateTime: undefined, onsetAge: { value: 40, unit: 'a', system: UCUM, code: 'a' } })
    const around = observation({ contained: [onset], derivedFrom: [{ reference: '#c' }] })
    const line = JSON.stringify(releaseAll(engine, [patient(), around]).released[1]?.resource)
    expect(line).to.contain('onsetAge')
    expect(createCoarsener(engine, 'Observation')(line)).not.to.contain('onsetAge')
  })

  it('k-anonymity: people of one 000 in two states do not look alike, for the state leaves beside it', () => {
    const classOf = (state: string, postalCode: string): string | undefined =>
      releaseAll(engine, [patient({ address: [{ state, postalCode }] })]).classes?.[0]
    expect(classOf('WY', '82101')).not.to.equal(classOf('NM', '87901'))
    expect(classOf('WY', '82101')).to.equal(classOf('WY', '82102'))
  })

  it('k-anonymity: two addresses that leave are both in the class, in an order of its own', () => {
    const both = { ...safeHarbor().elements }
    const address = both['Patient.address']
    if (address === undefined) throw new Error('the profile has a rule for it')
    const { atMost: _, ...unlimited } = address
    const open = compileProfile({ ...safeHarbor(), elements: { ...both, 'Patient.address': unlimited } }, null)
    const boston = { state: 'MA', postalCode: '02139' }
    const albany = { state: 'NY', postalCode: '12201' }
    const classesOf = (...addresses: object[]): unknown => releaseAll(open, [patient({ address: addresses })]).classes
    expect(classesOf(boston, albany)).to.deep.equal(['1960|-|021 MA+122 NY|-|-', '1960s|-|MA+NY'])
    expect(classesOf(albany, boston)).to.deep.equal(classesOf(boston, albany))
    expect(classesOf(boston)).to.deep.equal(['1960|-|021 MA|-|-', '1960s|-|MA'])
  })

  it('k-anonymity: whatever else of a Patient leaves is in the class: sex at birth, year of death', () => {
    const birthsex = (valueCode: string): object => ({
      gender: 'female',
      extension: [{ url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex', valueCode }]
    })
    const classOf = (more: object): string | undefined => releaseAll(engine, [patient(more)]).classes?.[0]
    expect(classOf(birthsex('F'))).to.equal(classOf({ gender: 'female' }))
    expect(classOf(birthsex('M'))).not.to.equal(classOf({ gender: 'female' }))
    expect(classOf(birthsex('UNK'))).not.to.equal(classOf({ gender: 'female' }))
    const died = ['2019-03-04', '2018'].map((deceasedDateTime) => classOf({ deceasedDateTime }))
    expect(new Set([...died, classOf({ deceasedBoolean: true }), classOf({ deceasedBoolean: false })])).to.have.length(4)
    expect(classOf({ deceasedBoolean: false })).to.equal(classOf({}))
  })

  it('k-anonymity: a generalized record says that its subject died, not when', () => {
    const line = JSON.stringify(releaseAll(engine, [patient({ deceasedDateTime: '2019-03-04' })]).released[0]?.resource)
    const coarse = createCoarsener(engine, 'Patient')(line)
    expect(coarse).not.to.contain('2019')
    expect(JSON.parse(coarse)).to.have.nested.property('_deceasedDateTime.extension')
  })

  it('Safe Harbor (C): the value of an observation of the date of birth or death stays in, whatever its type', () => {
    const code = concept('http://loinc.org', '21112-8')
    const values = [
      { valueDateTime: '1960-05-04' },
      { valuePeriod: { start: '1960-05-04' } },
      { valueInteger: 1960 },
      { valueQuantity: { value: 1960, unit: '1' } }
    ]
    for (const value of values) {
      expect(JSON.stringify(releaseAll(engine, [patient(), observation({ code, ...value })]).released[1])).not.to.contain('1960')
      const component = [{ code, ...value }]
      expect(JSON.stringify(releaseAll(engine, [patient(), observation({ component })]).released[1])).not.to.contain('1960')
    }
    expect(textOf(patient(), observation({ valueDateTime: '2001-02-03' }))).to.contain('"valueDateTime":"2001"')
  })

  it('Safe Harbor (R): a number of a person behind the point is rounded away, in quantities, amounts and factors', () => {
    const mg = (value: number): object => ({ value, unit: 'mg', system: UCUM, code: 'mg' })
    const claim = (value: number): Resource => ({
      resourceType: 'Claim',
      id: 'k',
      item: [{ sequence: 1, net: { value, currency: 'USD' }, factor: value, productOrService: HYPERTENSION }]
    })
    for (const value of [0.999188203, 9.99188203, 99918.8203, 999188.203, 0.000000999188203, -0.999188203]) {
      const text = textOf(
        patient(),
        observation({ valueQuantity: mg(value), referenceRange: [{ low: mg(value), high: mg(value) }] }),
        claim(value)
      )
      expect(text.replaceAll(/[.-]/g, '')).not.to.contain('9991882')
    }
    for (const value of [7.1, 98.6, 120, 0.05, 129_117, 1_500_000, 0.1 + 0.2, 0, -3.25, 1e-9]) {
      const kept = Number(value.toPrecision(6))
      expect(textOf(patient(), observation({ valueQuantity: mg(value) }))).to.contain(`"value":${JSON.stringify(kept)},`)
    }
  })

  it('45 CFR 164.502(b): what is contained must lie in the agreement’s date window, as what contains it', () => {
    const inner = (id: string, onsetDateTime: string): Resource => condition({ id, subject: SUBJECT, onsetDateTime })
    const records = [
      patient(),
      observation({
        contained: [inner('a', '2001-02-03'), inner('b', '2020-02-03')],
        derivedFrom: [{ reference: '#a' }, { reference: '#b' }]
      })
    ].map((resource) => ({ identity: { party: 'test', base: '', type: resource.resourceType, id: resource.id ?? '' }, resource }))
    const { released } = releaseSubject(engine, {
      at: '2026-01-15T00:00:00Z',
      secret: new Uint8Array(32).fill(1),
      sharedSecret: new Uint8Array(32).fill(2),
      surrogate: 'f'.repeat(32),
      identity: { party: 'test', base: '', type: 'Patient', id: 'p1' },
      shiftDays: 100,
      ownBases: [],
      records,
      scope: (resource) =>
        resource.resourceType !== 'Condition' || String(resource['onsetDateTime']) >= '2010' ? null : 'outside-date-window'
    })
    expect(JSON.stringify(released)).to.contain('2020').and.not.contain('2001')
    expect(released[1]?.resource['derivedFrom']).to.deep.equal([{ reference: '#c2' }])
  })
})
