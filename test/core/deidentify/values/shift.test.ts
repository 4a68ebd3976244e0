import { expect } from 'chai'
import fc from 'fast-check'
import { compileProfile } from '../../../../gateway/core/deidentify/compile/compile.ts'
import type { Context } from '../../../../gateway/core/deidentify/context.ts'
import { releaseSubject } from '../../../../gateway/core/deidentify/subject.ts'
import { dayNumber, dayText } from '../../../../gateway/core/deidentify/values/dates.ts'
import { createShift } from '../../../../gateway/core/deidentify/values/shift.ts'
import type { Json } from '../../../../gateway/core/digest.ts'
import type { Resource } from '../../../../gateway/core/fhir/resource.ts'
import { observing, profileWith, released, rule } from '../../../support/rules.ts'

const SHIFT = rule('shift')
const EXPERT = { mode: 'expert-determination' } as const

const shifted = observing(SHIFT, 'effectiveDateTime')

describe('shift: dates go back by the subject’s own number of days (45 CFR 164.514(b)(1); here 100)', () => {
  it('a day: into another year, over a leap day, from a leap day', () => {
    expect(shifted('2020-03-01')).to.equal('2019-11-22')
    expect(shifted('2020-05-15')).to.equal('2020-02-05')
    expect(shifted('2020-02-29')).to.equal('2019-11-21')
    expect(shifted('2000-02-29')).to.equal('1999-11-21')
  })

  it('a moment is written in UTC, for a zone tells summer from winter; of a fraction three digits', () => {
    expect(shifted('2020-03-01T23:59:60.123456789-05:00')).to.equal('2019-11-23T04:59:60.123Z')
    expect(shifted('2020-03-01T00:00:00Z')).to.equal('2019-11-22T00:00:00Z')
    expect(shifted('2020-03-01T00:00:00.5+14:00')).to.equal('2019-11-21T10:00:00.5Z')
    expect(shifted('2020-03-01T12:00:00-00:00')).to.equal('2019-11-22T12:00:00Z')
    expect(shifted('2020-03-01T05:30:00+05:45')).to.equal('2019-11-21T23:45:00Z')
  })

  it('an instant is shifted, too, and must have a time', () => {
    const instant = observing(SHIFT, 'issued')
    expect(instant('2020-03-01T10:00:00.000Z')).to.equal('2019-11-22T10:00:00.000Z')
    expect(instant('2020-03-01')).to.equal(undefined)
  })

  it('a partial date goes: a year would always become the year before', () => {
    for (const text of ['2020-03', '2020-12', '2020', '1970']) expect(shifted(text)).to.equal(undefined)
  })

  it('every interval of a subject survives to the second, whatever the zones (any two moments)', () => {
    const moment = fc.date({ min: new Date('1950-01-03'), max: new Date('2025-12-31'), noInvalidDate: true })
    const zone = fc.constantFrom('Z', '-05:00', '+13:30')
    const written = fc.tuple(moment, zone).map(([date, offset]) => `${date.toISOString().slice(0, 19)}${offset}`)
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [from, to] = [shifted(a), shifted(b)]
        fc.pre(typeof from === 'string' && typeof to === 'string')
        expect([from, to].every((text) => text.endsWith('Z'))).to.equal(true)
        expect(Date.parse(String(to)) - Date.parse(String(from))).to.equal(Date.parse(b) - Date.parse(a))
      }),
      { numRuns: 60 }
    )
  })

  const MALFORMED = [
    '2023-02-31',
    '2023-02-29',
    '1900-02-29',
    '2023-13-01',
    '2023-00-10',
    '2023-01-00',
    '0000-01-01',
    '2023-1-1',
    '2023-01-1',
    '20230101',
    '2023-01-01T10:00Z',
    '2023-01-01T10:00:00',
    '2023-01-01T24:00:00Z',
    '2023-01-01 10:00:00Z',
    '2023-01-01T10:00:00+15:00',
    '2023-01-01T10:00:00Z 555-0100',
    '2023-01-01Smith',
    ' 2023-01-01',
    '٢٠٢٣-٠١-٠١',
    ''
  ]
  for (const value of MALFORMED) {
    it(`what is no date of FHIR does not leave: ${JSON.stringify(value)}`, () => {
      expect(shifted(value)).to.equal(undefined)
    })
  }
  it('a number, a list or an object is no date', () => {
    for (const value of [20230101, ['2023-01-01'], { value: '2023-01-01' }, null]) expect(shifted(value)).to.equal(undefined)
  })

  const TELLING = [
    '0001-01-01',
    '1753-01-01',
    '1840-12-31',
    '1900-01-01',
    '1901-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '1969-12-31T19:00:00-05:00',
    '1899-12-30',
    '2099-12-31',
    '2999-12-31',
    '9999-12-31',
    '1969-12-31T20:00:00-07:00',
    '2026-01-15',
    '2026-01-14T20:00:00-05:00'
  ]
  for (const value of TELLING) {
    it(`a date that stands in anybody’s records would tell the shift, and goes: ${value}`, () => {
      expect(shifted(value)).to.equal(undefined)
    })
  }

  it('a required date that goes leaves a mark', () => {
    const profile = profileWith({ 'Observation.effectiveDateTime': SHIFT }, EXPERT)
    const record = {
      resourceType: 'Immunization',
      id: 'i1',
      status: 'completed',
      vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '140' }] },
      patient: { reference: 'Patient/p1' },
      occurrenceDateTime: '1900-01-01'
    }
    const kept = released({ ...profile, datatypes: { ...profile.datatypes, dateTime: SHIFT } }, record)
    expect(kept?.['occurrenceDateTime']).to.equal(undefined)
    expect(JSON.stringify(kept?.['_occurrenceDateTime'])).to.include('masked')
  })

  it('records that are no patient’s have no number of days, and none of their dates leaves', () => {
    const engine = compileProfile(profileWith({ 'Device.manufactureDate': SHIFT }, EXPERT), null)
    const resource = { resourceType: 'Device', id: 'd1', status: 'active', manufactureDate: '2020-01-01' }
    const identity = { party: 'test', base: '', type: 'Device', id: 'd1' }
    const secret = new Uint8Array(32).fill(1)
    const common = {
      at: '2026-01-15T00:00:00Z',
      secret,
      sharedSecret: secret,
      surrogate: 'f'.repeat(32),
      ownBases: [],
      records: [{ identity, resource }]
    }
    const kept = releaseSubject(engine, { ...common, identity: null, shiftDays: 100 }).released[0]?.resource
    expect(kept).to.include({ status: 'active' })
    expect(kept).not.to.have.property('manufactureDate')
  })

  it('R4 per-1: a period of mixed precision still ends after it starts', () => {
    const profile = profileWith({}, { ...EXPERT, datatypes: { dateTime: SHIFT } })
    const encounter = (period: Json): Resource => ({
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: { reference: 'Patient/p1' },
      period
    })
    const left = (start: string, end: string): Json | undefined => released(profile, encounter({ start, end }))?.['period']
    // 03:00 of the next day in UTC
    expect(left('2020-06-01T22:00:00-05:00', '2020-06-01')).to.deep.equal({ start: '2020-02-23T03:00:00Z', end: '2020-02-23' })
    expect(left('2020-06-02', '2020-06-02T05:00:00+09:00')).to.deep.equal({ start: '2020-02-23', end: '2020-02-23' })
    expect(left('2020-06-01T22:00:00-05:00', '2020-06-03')).to.deep.equal({ start: '2020-02-23T03:00:00Z', end: '2020-02-24' })
    expect(left('2020-06-01T08:00:00.5+09:00', '2020-05-31T23:00:00Z')).to.deep.equal({
      start: '2020-02-21T23:00:00.5Z',
      end: '2020-02-21T23:00:00Z'
    })
    expect(left('2020-06-01T08:00:00Z', '2020-06-01T07:59:59.9Z')).to.deep.equal({
      start: '2020-02-22T08:00:00Z',
      end: '2020-02-22T08:00:00Z'
    })
    expect(left('2020-06-01', '2020')).to.deep.equal({ start: '2020-02-22' })
  })
})

describe('shift and ages over 89 (45 CFR 164.514(b)(2)(i)(C))', () => {
  const profile = profileWith(
    { 'Patient.birthDate': rule('birth-shift'), 'Patient.deceasedDateTime': SHIFT },
    { ...EXPERT, datatypes: { dateTime: SHIFT } }
  )

  it('birth-shift: a date of birth is shifted as every date', () => {
    expect(released(profile, { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04' })?.['birthDate']).to.equal('1960-01-25')
  })

  it('birth-shift: one that shows an age over 89 leaves the mark of 90 and over', () => {
    const kept = released(profile, { resourceType: 'Patient', id: 'p1', birthDate: '1930-05-04' })
    expect(kept?.['birthDate']).to.equal(undefined)
    expect(JSON.stringify(kept?.['_birthDate'])).to.include('urn:sallyport:age-90-or-over')
  })

  for (const birthDate of ['1970-01-01', '1960', '1960-05'])
    it(`birth-shift: a placeholder or part of a date of birth goes, with a mark: ${birthDate}`, () => {
      const kept = released(profile, { resourceType: 'Patient', id: 'p1', birthDate })
      expect(kept).to.not.have.property('birthDate')
      expect(JSON.stringify(kept?.['_birthDate'])).to.include('masked')
    })

  it('of a subject over 89, dates of 90 years before go, also those that are 89 years before only until they are shifted', () => {
    const died = (deceasedDateTime: string): Resource | undefined =>
      released(profile, { resourceType: 'Patient', id: 'p1', birthDate: '1900-05-04', deceasedDateTime })
    expect(died('1995-06-01')?.['deceasedDateTime']).to.equal('1995-02-21')
    // judged at death in 1995: years before 1906 would show it
    const condition = (onsetDateTime: string): Resource => ({
      resourceType: 'Condition',
      id: 'c1',
      code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003' }] },
      subject: { reference: 'Patient/p1' },
      onsetDateTime
    })
    const old = profileWith({}, { ...EXPERT, datatypes: { dateTime: SHIFT } })
    const onset = (text: string): Json | undefined => {
      const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1930-05-04' }
      return released(old, condition(text), patient)?.['onsetDateTime']
    }
    expect(onset('1936-06-01')).to.equal(undefined)
    expect(onset('1937-02-01')).to.equal(undefined)
    expect(onset('1937-06-01')).to.equal('1937-02-21')
  })

  it('a date ahead at which the subject would be over 89 goes', () => {
    // born in 1940; a date the judgement has not seen, for it stands deep in a record
    const context = { shiftDays: 100, today: 20_468, minYear: '0000', maxYear: '2029' } as Context
    expect(createShift()('2029-06-01', context, 'dateTime')).to.equal('2029-02-21')
    expect(createShift()('2030-02-01', context, 'dateTime')).to.equal(undefined)
  })
})

describe('days of the calendar', () => {
  it('any day of years 1 to 9999 is written again as it was read', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (day) => {
        expect(dayNumber(dayText(day))).to.equal(day)
      })
    )
  })

  it('a year of two digits is no other century', () => {
    expect(dayNumber('0050-03-01')).to.equal((dayNumber('0450-03-01') as number) - 146_097)
  })
})
