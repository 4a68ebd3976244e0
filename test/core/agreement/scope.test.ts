/** Which records an agreement reaches: by type, and by the dates of events and states. */
import { expect } from 'chai'
import { CLINICAL_DATES, UNDATED } from '../../../gateway/core/agreement/clinical-dates.ts'
import { inScope } from '../../../gateway/core/agreement/scope.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { TYPES } from '../../../gateway/core/fhir/types.ts'
import { agreementWith } from '../../support/policies.ts'

const WINDOW = { from: '2020-03-01', to: '2021-01-01' }

function answer(resource: Resource, dateWindow: { from: string | null; to: string | null } = WINDOW) {
  return inScope(agreementWith({ dateWindow }))(resource)
}

describe('core/agreement/scope', () => {
  it('a type the agreement does not name stays in, whatever its date', () => {
    expect(answer({ resourceType: 'FamilyMemberHistory', date: '2020-06-01' })).to.equal('type-not-agreed')
    expect(answer({ resourceType: 'constructor' })).to.equal('type-not-agreed')
  })

  it('an open window lets records without any date through', () => {
    expect(answer({ resourceType: 'Procedure' }, { from: null, to: null })).to.equal(null)
  })

  for (const [date, expected] of [
    ['2020-02-29', 'outside-date-window'],
    ['2020-02-29T23:59:59-11:00', 'outside-date-window'],
    ['2020-03-01', null],
    ['2020-03-01T00:00:00+14:00', null],
    ['2020-12-31T23:59:59Z', null],
    ['2021-01-01T00:00:00Z', 'outside-date-window'],
    ['2020', 'outside-date-window'],
    ['2020-03', null],
    ['2020-02', 'outside-date-window'],
    ['2020-12', null],
    ['2021', 'outside-date-window']
  ] as const) {
    it(`an event on ${date} is ${expected === null ? 'in' : 'outside'}: its own calendar date, and all of a partial one, must fit`, () => {
      expect(answer({ resourceType: 'Observation', effectiveDateTime: date })).to.equal(expected)
    })
  }

  for (const [start, end, expected] of [
    ['2019-01-01', '2020-03-01', null],
    ['2019-01-01', '2020-02-29', 'outside-date-window'],
    ['2019-01-01', undefined, null],
    ['2021-01-01', undefined, 'outside-date-window'],
    ['2020-12-31', '2024-01-01', null],
    [undefined, '2020-05-05', null],
    [undefined, '2020-12-31', null],
    [undefined, '2020-12', null],
    [undefined, '2021-01-01', 'outside-date-window'],
    [undefined, '2030-01-01', 'outside-date-window'],
    [undefined, '2021', 'outside-date-window'],
    [undefined, undefined, 'outside-date-window'],
    ['2019-01-01', '2020', 'outside-date-window']
  ] as const) {
    it(`a condition from ${start ?? 'nowhere'} to ${end ?? 'now'} is ${expected === null ? 'in' : 'outside'}: a state counts if it surely lasted into the window`, () => {
      const resource: Resource = {
        resourceType: 'Condition',
        ...(start && { onsetDateTime: start }),
        ...(end && { abatementDateTime: end })
      }
      expect(answer(resource)).to.equal(expected)
    })
  }

  it('a state with an end only is in an open beginning if it surely ended in time, and in an open end if it lasted into it', () => {
    const ended = (day: string): Resource => ({ resourceType: 'Coverage', period: { end: day } })
    expect(answer(ended('2030-01-01'), { from: null, to: '2021-01-01' })).to.equal('outside-date-window')
    expect(answer(ended('1999'), { from: null, to: '2021-01-01' })).to.equal(null)
    expect(answer(ended('2030-01-01'), { from: '2020-03-01', to: null })).to.equal(null)
    expect(answer(ended('2020-02-29'), { from: '2020-03-01', to: null })).to.equal('outside-date-window')
  })

  it('an event that spans the edge counts by the day it began', () => {
    expect(answer({ resourceType: 'Encounter', period: { start: '2020-02-28', end: '2020-03-04' } })).to.equal('outside-date-window')
    expect(answer({ resourceType: 'Encounter', period: { start: '2020-12-30', end: '2021-01-04' } })).to.equal(null)
  })

  it('who and where are no events: a Patient and an Organization pass any window', () => {
    expect(answer({ resourceType: 'Patient', birthDate: '1950-01-01' })).to.equal(null)
    expect(answer({ resourceType: 'Organization' })).to.equal(null)
  })

  it('one open side leaves that side open', () => {
    expect(answer({ resourceType: 'Procedure', performedDateTime: '1931-01-01' }, { from: null, to: '2021-01-01' })).to.equal(null)
    expect(answer({ resourceType: 'Procedure', performedDateTime: '2999-01-01' }, { from: '2020-03-01', to: null })).to.equal(null)
  })

  it('every date in the table is an element of FHIR R4, and no type is in both tables', () => {
    for (const [type, { starts, ends }] of CLINICAL_DATES) {
      expect(UNDATED.has(type), type).to.equal(false)
      for (const path of [...starts, ...(ends ?? [])]) {
        let at: string | undefined = type
        for (const name of path.split('.')) at = TYPES.get(at ?? '')?.elements.get(name)?.types[0]
        expect(at, `${type}.${path}`).to.be.oneOf(['date', 'dateTime', 'instant'])
      }
    }
  })
})
