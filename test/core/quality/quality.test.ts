/** The measures of data quality, worked by hand. */
import { expect } from 'chai'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { qualityFaults } from '../../../gateway/core/quality/faults.ts'
import { type Figures, figuresOf, gravest, shortfalls } from '../../../gateway/core/quality/figures.ts'
import { addName, noNames } from '../../../gateway/core/quality/names.ts'
import { nameOf } from '../../../gateway/core/quality/references.ts'
import { newTally } from '../../../gateway/core/quality/tally.ts'
import { explainQuality, tellShortfall } from '../../../gateway/core/quality/told.ts'
import { arrowOf, barsOf } from '../../../gateway/core/quality/trend.ts'
import { ALL, figures, observation, on, PATIENT, tallied } from '../../support/quality.ts'

const measurement = (id: string, code: string, value: number, unit: string): Resource =>
  observation(id, { code: { coding: [{ system: 'http://loinc.org', code }] }, valueQuantity: { value, code: unit } })

const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

describe('Quality of data: the figures, worked by hand', () => {
  it('validity: 97 of 100 records validate', () => {
    expect(figuresOf(newTally(2), { received: 100, rejected: 3 }, ALL, noNames()).validity).to.equal(0.97)
    expect(figuresOf(newTally(2), { received: 0, rejected: 0 }, ALL, noNames()).validity).to.equal(null)
  })

  it('completeness: an empty text, an empty list, null and what says why it is absent are not there; any choice of value[x] is', () => {
    const records = [
      observation('a', { code: { text: 'x' }, valueQuantity: { value: 1 } }),
      observation('b', { code: { text: 'x' }, valueString: '' }),
      observation('c', { code: [], values: 1 }),
      observation('d', { code: { text: 'x' }, valueBoolean: false }),
      observation('e', { code: { text: 'x' }, valueQuantity: { extension: [{ url: ABSENT, valueCode: 'unknown' }] } })
    ]
    expect(figures(records).completeness).to.deep.equal({ 'Observation.code': 0.8, 'Observation.value[x]': 0.4 })
  })

  it('timeliness: median and 95th percentile of whole days; the day of another time zone is one; what is dated ahead is not counted', () => {
    const days = ['2026-01-31', '2026-01-30', '2026-01-28T23:00:00-05:00', '2026-01-21', '2026-02-01', '2026-02-20']
    expect(figures(days.map((day, n) => on(`o${n}`, day))).timeliness).to.deep.equal({ median: 1, p95: 10, events: 5 })
  })

  it('timeliness: months and years alone hide no delay: they count from the last day they may mean', () => {
    expect(figures(['2026-01', '2025-11'].map((day, n) => on(`o${n}`, day))).timeliness).to.deep.equal({ median: 0, p95: 61, events: 2 })
  })

  it('timeliness: an encounter arrives from its end on', () => {
    const stay: Resource = { resourceType: 'Encounter', id: 'e', period: { start: '2026-01-01', end: '2026-01-29' } }
    expect(figures([stay]).timeliness).to.deep.equal({ median: 2, p95: 2, events: 1 })
  })

  it('duplicates: copies under one identity, and the same content under two', () => {
    const tally = { ...newTally(2), records: 8, again: 1, same: 2 }
    expect(figuresOf(tally, { received: 9, rejected: 0 }, ALL, noNames()).duplicates).to.equal(3 / 9)
  })

  it('references: of the subject, contained, of one of the own bases, shared; conditional ones are not looked at', () => {
    const refer = (reference: string): object => ({ subject: { reference } })
    const records = [
      PATIENT,
      observation('a', refer('Patient/p')),
      observation('b', refer('https://own.example/fhir/Patient/p')),
      observation('c', refer('Patient/of-somebody-else')),
      observation('d', { ...refer('#x'), contained: [{ resourceType: 'Device', id: 'x' }] }),
      observation('e', refer('#not-there')),
      observation('f', { performer: [{ reference: 'Practitioner/came' }, { reference: 'Practitioner/did-not' }] }),
      observation('g', { performer: [{ reference: 'Practitioner?identifier=x|1' }, { display: 'nobody' }] }),
      observation('h', refer('urn:uuid:2b1f9f06-7d31-4a6c-8a7c-9c3d3e1f0a11'))
    ]
    const shared = noNames()
    addName(shared, nameOf({ party: 'h', base: '', type: 'Practitioner', id: 'came' }), 1)
    expect(figures(records, shared).references).to.equal(4 / 8)
  })

  for (const [says, record, rule] of [
    [
      'a stay ends before it began',
      { resourceType: 'Encounter', id: 'e', period: { start: '2026-01-03', end: '2026-01-02' } },
      'ends-before-start'
    ],
    [
      'a condition ended before its onset',
      { resourceType: 'Condition', id: 'c', onsetDateTime: '2020-02-02', abatementDateTime: '2020-02-01' },
      'ends-before-start'
    ],
    ['a value two days before birth', on('o', '1960-05-02'), 'before-birth'],
    ['a value 61 days after death', on('o', '2026-01-31'), 'after-death'],
    ['a value two days ahead of its arrival', on('o', '2026-02-02'), 'in-the-future'],
    ['a height of 1.8 cm', measurement('o', '8302-2', 1.8, 'cm'), 'value'],
    ['a weight in years', measurement('o', '29463-7', 80, 'a'), 'unit'],
    ['a unit called as what every object has', measurement('o', '29463-7', 80, 'constructor'), 'unit'],
    ['a saturation of 101 %', measurement('o', '59408-5', 101, '%'), 'value'],
    [
      'a systolic pressure of 900 among components',
      observation('o', { component: [measurement('x', '8462-4', 80, 'mm[Hg]'), measurement('y', '8480-6', 900, 'mm[Hg]')] }),
      'value'
    ]
  ] as const)
    it(`plausibility: ${says} is ${rule}`, () => {
      const dead = { ...PATIENT, deceasedDateTime: rule === 'after-death' ? '2025-12-01' : '2026-01-31' }
      expect(figures([dead, record as Resource])).to.deep.include({ plausibility: 0.5, implausible: { [rule]: 1 } })
    })

  it('plausibility: the day before birth, 60 days after death, the day after arrival and 37.2 °C are let be', () => {
    const dead = { ...PATIENT, deceasedDateTime: '2025-12-02' }
    const records = [dead, on('a', '1960-05-03'), on('b', '2026-01-31'), on('c', '2025-12-02'), measurement('d', '8310-5', 37.2, 'Cel')]
    expect(figures(records)).to.deep.include({ plausibility: 1, implausible: {} })
    expect(figures([PATIENT, on('a', '2026-02-01')]).plausibility).to.equal(1)
  })

  it('plausibility: nobody is older than 123, and nobody died before birth', () => {
    expect(figures([{ ...PATIENT, birthDate: '1900-01-01' }]).implausible).to.deep.equal({ 'too-old': 1 })
    expect(figures([{ ...PATIENT, birthDate: '1900-01-01', deceasedDateTime: '1899-12-31' }]).implausible).to.deep.equal({
      'ends-before-start': 1
    })
  })

  it('what is not promised is not measured', () => {
    const none = figuresOf(tallied([PATIENT, on('a', '2030-01-01')], {}), { received: 2, rejected: 0 }, {}, noNames())
    expect(none).to.deep.equal({
      received: 2,
      validity: 1,
      completeness: {},
      timeliness: { median: null, p95: null, events: 0 },
      duplicates: null,
      references: null,
      plausibility: null,
      implausible: {}
    })
  })
})

describe('Quality of data: promises', () => {
  const well: Figures = {
    received: 10,
    validity: 0.9,
    completeness: { 'Observation.code': 1, 'Observation.value[x]': null },
    timeliness: { median: 2, p95: 10, events: 3 },
    duplicates: 0.1,
    references: 0.8,
    plausibility: null,
    implausible: {}
  }

  it('a figure at its limit keeps the promise; one of nothing breaks none', () => {
    expect(shortfalls(well, ALL)).to.deep.equal([])
    expect(gravest([])).to.equal(null)
  })

  it('each figure below is named with its limit, and the gravest decides', () => {
    const short = shortfalls({ ...well, validity: 0.89, duplicates: 0.11, timeliness: { median: 3, p95: 10, events: 3 } }, ALL)
    expect(short.map(({ measure, of, below }) => [measure, of, below])).to.deep.equal([
      ['validity', null, 'refuse'],
      ['timeliness', 'median', 'warn'],
      ['duplicates', null, 'hold']
    ])
    expect(gravest(short)).to.equal('refuse')
    expect(short.map(tellShortfall)).to.deep.equal([
      'validity: 89 %, promised 90 %; nothing leaves.',
      'timeliness, median: 3 days, promised 2; it is released and told of.',
      'duplicates: 11 %, promised 10 %; an officer decides.'
    ])
  })

  it('explain says every promise, made from the object that is enforced', () => {
    expect(explainQuality({ quality: ALL })).to.have.length(8)
    expect(explainQuality({ quality: ALL })[0]).to.equal('At least 90 % of the records sent validate; else nothing leaves.')
    expect(explainQuality({})).to.deep.equal([])
  })

  it('an element that FHIR does not know, of a type that does not leave, or a choice without its [x] is a fault', () => {
    const at = { min: 1, below: 'warn' } as const
    const faults = (path: string): string[] =>
      qualityFaults({ resources: { Observation: ['code'] }, quality: { completeness: { [path]: at } } }).map(({ path: where }) => where)
    for (const path of ['Observation.nothing', 'Patient.gender', 'Observation.value', 'Observation.code.nothing', 'constructor.name'])
      expect(faults(path), path).to.deep.equal([`/quality/completeness/${path}`])
    for (const path of ['Observation.code', 'Observation.value[x]', 'Observation.valueQuantity', 'Observation.code.coding.code'])
      expect(faults(path), path).to.deep.equal([])
  })

  it('a trend has a bar a submission and says where the last one went', () => {
    expect(barsOf([0, 0.5, null, 1], 1)).to.equal('▁▅·█')
    expect([arrowOf([0.5, 0.6], 1), arrowOf([0.6, 0.5], 1), arrowOf([0.5, 0.501], 1), arrowOf([null, 1], 1)]).to.deep.equal([
      '↑',
      '↓',
      '→',
      ''
    ])
  })
})
