import { expect } from 'chai'
import { dayNumber, dayOf, wholeYears } from '../../../gateway/core/derive/calendar.ts'
import type { Derivation } from '../../../gateway/core/derive/derive.ts'
import { staysOf } from '../../../gateway/core/derive/stays.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { deriveSubject } from '../../support/derive.ts'
import { safeHarbor } from '../../support/profile.ts'

function stay(start: string, end: string, more: { [key: string]: Json } = {}): Resource {
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { code: 'IMP' },
    period: { start, end },
    ...more
  }
}

function derive(
  records: readonly Resource[],
  birthDate?: string,
  over90: 'over 90' | 'younger' = 'younger',
  deceasedDateTime?: string
): Map<number, Derivation> {
  return deriveSubject(safeHarbor().derived, {
    records,
    birthDate,
    deceasedDateTime,
    over90: over90 === 'over 90',
    onlyYears: true
  })
}

function ageOf(row: Derivation | undefined): Json | undefined {
  const found = row?.extensions.find((item) => JSON.stringify(item).includes('age-at-event'))
  return found === undefined ? undefined : (found as { valueAge: Json }).valueAge
}

describe('derived fields', () => {
  it('length of stay: calendar days as the sender wrote them, whatever the zone; a stay of a year or more is one category', () => {
    expect(derive([stay('2024-02-28T23:59:00-05:00', '2024-03-01T00:01:00-05:00')]).get(0)?.length).to.include({ value: 2, code: 'd' })
    expect(derive([stay('2024-02-28', '2024-02-28')]).get(0)?.length).to.include({ value: 0 })
    expect(derive([stay('2001-01-01', '2016-03-02')]).get(0)?.length).to.include({ value: 365, comparator: '>=' })
  })

  it('readmission: the first later admission after discharge counts, on day 30 yes, on day 31 no', () => {
    const rows = staysOf([stay('2024-05-01', '2024-05-02'), stay('2024-01-01', '2024-01-31'), stay('2024-03-01', '2024-03-31')])
    expect(rows.map(({ index, next }) => [index, next])).to.deep.equal([
      [1, 30],
      [2, 31],
      [0, null]
    ])
  })

  it('readmission: a stay inside another, or a transfer that begins before its end, is none; a cancelled or outpatient one neither', () => {
    const inside = staysOf([stay('2024-01-01', '2024-01-20'), stay('2024-01-05', '2024-01-08')])
    expect(inside.find((row) => row.index === 0)?.next).to.equal(null)
    const others = [
      stay('2024-01-01', '2024-01-02'),
      stay('2024-01-04', '2024-01-05', { status: 'cancelled' }),
      stay('2024-01-04', '2024-01-05', { class: { code: 'AMB' } })
    ]
    expect(staysOf(others)).to.deep.equal([{ index: 0, days: 1, next: null, nextInLaterYear: false }])
  })

  it('Safe Harbor (C): where only years leave, nothing tells how far a stay, or the one that followed, was from New Year', () => {
    const ambulatory = stay('2023-12-31', '2024-01-01', { class: { code: 'AMB' } })
    const rows = derive([stay('2023-12-30', '2024-01-01'), stay('2024-12-29', '2024-12-31'), stay('2025-01-02', '2025-01-04'), ambulatory])
    expect(rows.get(0)).to.deep.equal({ extensions: rows.get(0)?.extensions, length: null, hidesLength: true })
    expect(JSON.stringify(rows.get(0)?.extensions)).to.include('readmission-30')
    expect(rows.get(1)?.length).to.include({ value: 2 })
    expect(rows.get(1)?.extensions).to.deep.equal([])
    expect(rows.get(2)?.length).to.include({ value: 2 })
    expect(rows.get(3)?.hidesLength).to.equal(true)
  })

  it('a stay without both days, or that ends before it begins, is not measured', () => {
    expect(
      staysOf([
        stay('2024-01', '2024-01-02'),
        stay('2024-01-05', '2024-01-02'),
        {
          resourceType: 'Encounter',
          status: 'finished',
          class: { code: 'IMP' }
        }
      ])
    ).to.deep.equal([])
  })

  it('age at event: the day before the birthday is a year less', () => {
    const records = [stay('2023-05-03', '2023-05-03'), stay('2023-05-04', '2023-05-04')]
    const rows = derive(records, '1960-05-04')
    expect(ageOf(rows.get(0))).to.include({ value: 62 })
    expect(ageOf(rows.get(1))).to.include({ value: 63 })
  })

  it('Safe Harbor (C): 90 and more is one category, and a subject of that category shows no younger age', () => {
    const records = [stay('2023-05-04', '2023-05-04'), stay('1990-05-04', '1990-05-04')]
    const rows = derive(records, '1925-01-01', 'over 90')
    expect(ageOf(rows.get(0))).to.include({ value: 90, comparator: '>=' })
    expect(ageOf(rows.get(1))).to.equal(undefined)
  })

  it('age at event: what is dated after death is told at the age of death; a death before the birth tells none', () => {
    const bill = [stay('2024-05-04', '2024-05-04')]
    expect(ageOf(derive(bill, '1934-01-01', 'younger', '2023-12-31T10:00:00Z').get(0))).to.include({ value: 89 })
    expect(ageOf(derive(bill, '1934-01-01', 'younger', '2023').get(0))).to.include({ value: 90, comparator: '>=' })
    expect(ageOf(derive(bill, '1934-01-01', 'younger', '1933-01-01').get(0))).to.equal(undefined)
  })

  it('a partial date of birth or of the event gives no age', () => {
    expect(ageOf(derive([stay('2023-05-04', '2023-05-04')], '1960').get(0))).to.equal(undefined)
    expect(ageOf(derive([stay('2023', '2023')], '1960-01-01').get(0))).to.equal(undefined)
  })

  it('the last A1c of a year is the last that is valid and has a value; the later of two on a day is by time', () => {
    const a1c = (at: string, status = 'final', value: Json = { value: 6 }): Resource => ({
      resourceType: 'Observation',
      status,
      code: { coding: [{ system: 'http://loinc.org', code: '4548-4' }] },
      effectiveDateTime: at,
      valueQuantity: value
    })
    const rows = derive([
      a1c('2024-05-01T10:00:00Z'),
      a1c('2024-05-01T11:00:00Z'),
      a1c('2024-09-01', 'entered-in-error'),
      a1c('2023-01-01'),
      a1c('2022')
    ])
    expect([...rows.keys()].sort()).to.deep.equal([1, 3])
  })

  it('calendar: leap days, and texts that are no dates', () => {
    expect(wholeYears({ year: 2000, month: 2, day: 29 }, { year: 2001, month: 2, day: 28 })).to.equal(0)
    const day = dayOf('2024-02-29T10:00:00Z')
    expect(day === null ? null : dayNumber(day)).to.equal(19_782)
    for (const text of ['2024-13-01', '2024-00-10', '20240-01-01', '2024-01-1x', '2024/01/01', 20240101, null])
      expect(dayOf(text)).to.equal(null)
  })
})
