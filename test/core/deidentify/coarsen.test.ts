import { expect } from 'chai'
import { createCoarsener } from '../../../gateway/core/deidentify/coarsen.ts'
import { compileProfile, type Engine } from '../../../gateway/core/deidentify/compile/compile.ts'
import { coarseningAt, columnsOf } from '../../../gateway/core/deidentify/node.ts'
import type { RecordProfile, Rule } from '../../../gateway/core/deidentify/profile/profile.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'
import { releaseAll, safeHarbor } from '../../support/profile.ts'
import { recordProfiles } from '../../support/release.ts'
import { hierarchy, profileWith, rule } from '../../support/rules.ts'

const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

/** A line at level 1. */
function coarse(engine: Engine, line: string): Resource {
  const { resourceType } = JSON.parse(line) as Resource
  return JSON.parse(createCoarsener(engine, resourceType)(line))
}

function engineOf(generalized: Record<string, Rule>, more: Partial<RecordProfile> = {}): Engine {
  return compileProfile({ ...profileWith({}), ...more, generalized }, null)
}

const PATIENT = {
  resourceType: 'Patient',
  id: 'p1',
  gender: 'female',
  birthDate: '1963-09-23',
  deceasedDateTime: '2020-02-01T10:00:00Z',
  address: [{ state: 'MA', postalCode: '02139' }, { postalCode: '02140' }]
}

describe('level 1 of the risk gate, of every mode', () => {
  it('a shifted date of birth becomes its decade, a shifted day of death a mark', () => {
    const made = coarse(
      engineOf({ 'Patient.birthDate': rule('decade'), 'Patient.deceasedDateTime': rule('mask') }),
      JSON.stringify(PATIENT)
    )
    expect(made).not.to.have.any.keys('birthDate', 'deceasedDateTime')
    expect(made['_birthDate']).to.deep.equal({
      extension: [
        { url: ABSENT, valueCode: 'masked' },
        { url: 'urn:sallyport:birth-decade', valueInteger: 1960 }
      ]
    })
    expect(made['_deceasedDateTime']).to.deep.equal({ extension: [{ url: ABSENT, valueCode: 'masked' }] })
    expect(validateResource(made)).to.equal(true)
  })

  it('a full date becomes its year, five digits of a ZIP code three or 000', () => {
    const made = coarse(
      engineOf({ 'Patient.deceasedDateTime': rule('year'), 'Patient.address.postalCode': rule('zip3') }),
      JSON.stringify(PATIENT)
    )
    expect(made['deceasedDateTime']).to.equal('2020')
    expect(made['address']).to.deep.equal([{ state: 'MA', postalCode: '021' }, { postalCode: '021' }])
  })

  it('what is emptied goes: no empty object or list is left', () => {
    const made = coarse(engineOf({ 'Patient.address.postalCode': rule('remove') }), JSON.stringify(PATIENT))
    expect(made['address']).to.deep.equal([{ state: 'MA' }])
    const only = coarse(
      engineOf({ 'Patient.address.postalCode': rule('remove') }),
      JSON.stringify({ ...PATIENT, address: [{ postalCode: '02139' }] })
    )
    expect(only).not.to.have.property('address')
  })

  it('what FHIR requires leaves a mark, and the record stays valid', () => {
    const hierarchies = { category: hierarchy({ kind: 'prefix', length: 3 }) }
    const engine = engineOf({ 'Claim.diagnosis.diagnosisCodeableConcept': rule('generalize', { hierarchy: 'category' }) }, { hierarchies })
    const claim = (system: string, code: string): string =>
      JSON.stringify({
        resourceType: 'Claim',
        id: 'c1',
        status: 'active',
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
        use: 'claim',
        patient: { reference: 'Patient/p1' },
        created: '2020',
        provider: { reference: 'Organization/o1' },
        priority: { coding: [{ code: 'normal' }] },
        insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/k1' } }],
        diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system, code }] } }]
      })
    const known = coarse(engine, claim('http://hl7.org/fhir/sid/icd-10-cm', 'E11.65'))
    expect(known).to.have.nested.property('diagnosis[0].diagnosisCodeableConcept.coding[0].code', 'E11')
    const unknown = coarse(engine, claim('http://snomed.info/sct', '38341003'))
    expect(unknown).to.have.nested.property('diagnosis[0].diagnosisCodeableConcept.extension[0].valueCode', 'masked')
    for (const made of [known, unknown]) expect(validateResource(made)).to.equal(true)
  })

  it('every age goes, whatever the rule of level 0 was: with the year of its event it would tell the year of birth', () => {
    const elements = { 'Condition.onsetAge': rule('quantity'), 'Condition.abatementRange': rule('age-90') }
    const engine = compileProfile(profileWith(elements, { mode: 'limited-data-set' }), null)
    const age = { value: 61, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' }
    const made = coarse(
      engine,
      JSON.stringify({
        resourceType: 'Condition',
        id: 'c1',
        subject: { reference: 'Patient/p1' },
        onsetAge: age,
        abatementRange: { low: age }
      })
    )
    expect(made).not.to.have.any.keys('onsetAge', 'abatementRange')
    const code = { coding: [{ system: 'http://loinc.org', code: '30525-0' }] }
    const observed = coarse(engine, JSON.stringify({ resourceType: 'Observation', id: 'o1', status: 'final', code, valueQuantity: age }))
    expect(observed).not.to.have.property('valueQuantity')
  })

  it('R4 decimal: numbers leave as they were written', () => {
    const line = JSON.stringify({ ...PATIENT, x: 'Y' }).replace('"Y"', '{"a":1.10,"b":0.0,"c":1e3}')
    expect(createCoarsener(engineOf({ 'Patient.birthDate': rule('decade') }), 'Patient')(line)).to.include('{"a":1.10,"b":0.0,"c":1e3}')
  })

  it('a line that holds nothing to coarsen is given back as it is, to the byte', () => {
    const line = '{"resourceType":"Encounter", "id":"e1","status" :"finished"}'
    expect(createCoarsener(compileProfile(safeHarbor(), null), 'Encounter')(line)).to.equal(line)
  })
})

describe('levels of quasi-identifiers', () => {
  const made = (rules: Record<string, Rule>, patient: object, more: Partial<RecordProfile> = {}): Resource =>
    JSON.parse(
      createCoarsener(compileProfile({ ...profileWith({}), ...more }, null), 'Patient', { rules, ages: 'stay', texts: 'stay', codes: [] })(
        JSON.stringify(patient)
      )
    )

  it('period: a date becomes the years between which it lies, and the record stays valid', () => {
    const patient = made({ 'Patient.birthDate': rule('period', { span: 5 }) }, PATIENT)
    expect(patient).not.to.have.property('birthDate')
    expect(patient).to.have.deep.nested.property('_birthDate.extension[1].valuePeriod', { start: '1960', end: '1964' })
    expect(validateResource(patient)).to.equal(true)
  })

  it('what is removed goes with the mark that stands instead of it: who is over 89 is not told by what others lack', () => {
    const { birthDate: _, ...rest } = PATIENT
    const marked = { ...rest, _birthDate: { extension: [{ url: ABSENT, valueCode: 'masked' }] } }
    expect(made({ 'Patient.birthDate': rule('remove') }, marked)).to.deep.equal(made({ 'Patient.birthDate': rule('remove') }, PATIENT))
  })

  it('an extension is removed by the end of its URL, others stay', () => {
    const url = (name: string): string => `http://hl7.org/fhir/us/core/StructureDefinition/us-core-${name}`
    const extension = ['race', 'birthsex'].map((name) => ({ url: url(name), valueCode: 'F' }))
    const patient = made({ 'Patient.extension.us-core-race': rule('remove') }, { ...PATIENT, extension })
    expect(patient['extension']).to.deep.equal([{ url: url('birthsex'), valueCode: 'F' }])
  })

  it('scrubbed texts go where a trait is made coarser that they tell, and stay where only the area is', () => {
    const shipped = recordProfiles().find(({ name }) => name === 'expert-determination') ?? expect.fail()
    const { profile, plans, verbs } = compileProfile(shipped, null)
    const columns = columnsOf(shipped.risk ?? expect.fail())
    const report = {
      resourceType: 'DiagnosticReport',
      id: 'd1',
      status: 'final',
      conclusion: 'A 65-year-old woman.',
      presentedForm: [{ data: 'AAAA' }]
    }
    const left = (name: string): string =>
      createCoarsener(
        { profile, plans, verbs },
        'DiagnosticReport',
        coarseningAt(
          columns,
          columns.map((column) => Number(column.name === name))
        )
      )(JSON.stringify(report))
    for (const name of ['birth', 'sex', 'race', 'death']) expect(left(name), name).not.to.match(/conclusion|presentedForm/)
    for (const name of ['area', 'nothing']) expect(left(name), name).to.equal(JSON.stringify(report))
  })

  it('roll-up: a rare code becomes its parent, every other stays', () => {
    const hierarchies = { rare: hierarchy({ kind: 'codes', map: { 'E75.2': 'E75', 'E75.3': 'E75' } }) }
    const engine = compileProfile({ ...profileWith({}), hierarchies }, null)
    const coarsen = createCoarsener(engine, 'Condition', {
      rules: { 'Condition.code': rule('roll-up', { hierarchy: 'rare' }) },
      ages: 'stay',
      texts: 'stay',
      codes: []
    })
    const coded = (...codes: string[]): string =>
      JSON.stringify({ resourceType: 'Condition', id: 'c1', code: { coding: codes.map((code) => ({ system: 'urn:icd', code })) } })
    expect(coarsen(coded('E75.2', 'E75.3', 'I10'))).to.equal(coded('E75', 'I10'))
    expect(coarsen(coded('I10'))).to.equal(coded('I10'))
  })
})

describe('risk classes are read from what leaves at each level', () => {
  const classesOf = (engine: Engine, patient: Resource): readonly string[] => releaseAll(engine, [patient]).classes ?? []

  it('under an expert’s certificate a shifted date counts by its year', () => {
    const elements = { 'Patient.birthDate': rule('birth-shift'), 'Patient.deceasedDateTime': rule('shift') }
    const engine = compileProfile(profileWith(elements, { mode: 'expert-determination', generalized: safeHarbor().generalized }), null)
    expect(classesOf(engine, PATIENT as Resource)).to.deep.equal(['1963|female|021 MA|-|-|2019', '1960s|female|MA|died'])
  })

  it('in a limited data set every date, town and ZIP code that leaves is in the class', () => {
    const elements = {
      'Patient.birthDate': rule('keep'),
      'Address.postalCode': rule('code', { pattern: '\\d{5}' }),
      'Address.city': rule('code', { pattern: '[A-Z][a-z]+' }),
      'Patient.address': rule('by-element', { elements: ['city', 'state', 'postalCode'] })
    }
    const engine = compileProfile(profileWith(elements, { mode: 'limited-data-set', generalized: {} }), null)
    const { deceasedDateTime: _, ...alive } = PATIENT
    const address = [{ city: 'Springfield', postalCode: '01101', state: 'MA' }]
    const [level0, level1] = classesOf(engine, { ...alive, address })
    expect(level0).to.equal('1963-09-23|female|01101 Springfield MA|-|-')
    // nothing is generalized: at level 1 as much leaves, and as much is in the class
    expect(level1).to.equal('1963-09-23|female|01101 Springfield MA')
  })

  it('a trait the profile does not generalize stays in the class at level 1', () => {
    const engine = compileProfile({ ...safeHarbor(), generalized: {} }, null)
    const [, level1] = classesOf(engine, { ...PATIENT, deceasedDateTime: '2020' } as Resource)
    expect(level1).to.equal('1963|female|021 MA|2020')
  })
})
