/** By when an agreement must be attested anew, day by day, in UTC: warnings, the day it suspends itself, leap days and ends of months. */
import { expect } from 'chai'
import { overdue, termsOf, warningOf } from '../../../gateway/core/agreement/reattestation.ts'
import { spanFaults } from '../../../gateway/core/agreement/term-faults.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'

const YEARLY = { reattestation: { every: 'P1Y' } }

describe('core/agreement/reattestation', () => {
  for (const [attested, every, due] of [
    ['2026-03-01T00:00:00.000Z', 'P1Y', '2027-03-01'],
    ['2026-03-01T23:59:59.999Z', 'P1Y', '2027-03-01'],
    ['2028-02-29T12:00:00.000Z', 'P1Y', '2029-02-28'],
    ['2027-02-28T12:00:00.000Z', 'P1Y', '2028-02-28'],
    ['2027-03-01T12:00:00.000Z', 'P365D', '2028-02-29'],
    ['2028-02-29T12:00:00.000Z', 'P4Y', '2032-02-29'],
    ['2026-08-31T12:00:00.000Z', 'P6M', '2027-02-28'],
    ['2026-12-31T23:59:59.999Z', 'P1M', '2027-01-31'],
    ['2026-03-01T12:00:00.000Z', 'P1D', '2026-03-02'],
    ['2026-03-01T12:00:00.000Z', 'PT36H', '2026-03-02'],
    ['2026-03-01T12:00:00.000Z', 'P9999Y', '9999-12-31']
  ] as const)
    it(`attested ${attested}, every ${every}: due on ${due}`, () => {
      const [term] = termsOf({ reattestation: { every } }, null, attested)
      expect(term).to.deep.equal({ what: 'agreement', since: attested.slice(0, 10), due, lapsed: 'suspended' })
    })

  for (const [day, warning, state] of [
    ['2027-03-01', null, 'stands'],
    ['2027-12-30', null, 'stands'],
    ['2027-12-31', 60, 'stands'],
    ['2028-01-01', 60, 'stands'],
    ['2028-01-29', 60, 'stands'],
    ['2028-01-30', 30, 'stands'],
    ['2028-02-21', 30, 'stands'],
    ['2028-02-22', 7, 'stands'],
    ['2028-02-28', 7, 'stands'],
    ['2028-02-29', null, 'overdue'],
    ['2028-03-01', null, 'overdue']
  ] as const)
    it(`due on 29 February 2028: on ${day} ${warning ?? 'no'} warning, and it ${state}`, () => {
      const terms = termsOf({ reattestation: { every: 'P365D' } }, null, '2027-03-01T08:00:00.000Z')
      expect(terms.map((term) => warningOf(term, day))).to.deep.equal([warning])
      expect(overdue(terms, day)?.what ?? 'stands').to.equal(state === 'overdue' ? 'agreement' : 'stands')
    })

  it('a warning of before it was attested is none: every month only 7 days before, every week not at all', () => {
    const of = (every: string, day: string): unknown =>
      termsOf({ reattestation: { every } }, null, '2026-09-01T00:00:00.000Z').map((term) => warningOf(term, day))
    expect([of('P1M', '2026-09-01'), of('P1M', '2026-09-23'), of('P1M', '2026-09-24')]).to.deep.equal([[null], [null], [7]])
    expect([of('P7D', '2026-09-01'), of('P7D', '2026-09-07')]).to.deep.equal([[null], [null]])
  })

  it('a certificate is attested by its own days: it suspends where re-attestation is asked for, else the doors refuse and it is only warned of', () => {
    const certificate = { issued: '2026-01-01', expires: '2027-01-01' }
    const asked = termsOf(YEARLY, certificate, '2026-06-01T00:00:00.000Z')
    expect(asked.map(({ what, due }) => [what, due])).to.deep.equal([
      ['agreement', '2027-06-01'],
      ['certificate', '2027-01-01']
    ])
    expect(overdue(asked, '2027-01-01')).to.include({ what: 'certificate' })
    const other = termsOf({}, certificate, null)
    expect(other).to.deep.equal([{ what: 'certificate', since: '2026-01-01', due: '2027-01-01', lapsed: 'refused' }])
    expect([overdue(other, '2027-01-01'), warningOf(certificateTerm(other), '2026-12-31')]).to.deep.equal([null, 7])
  })

  function certificateTerm(terms: ReturnType<typeof termsOf>): (typeof terms)[number] {
    const [term] = terms
    if (term === undefined) throw new Error('no term')
    return term
  }

  it('without any word it is overdue: nobody attested it', () => {
    expect(overdue(termsOf(YEARLY, null, null), '2026-01-01')).to.include({ what: 'agreement' })
  })

  it('nothing is asked: nothing is due', () => {
    expect(termsOf({}, null, null)).to.deep.equal([])
  })

  it('what is less than a day cannot be attested by days', () => {
    const faults = (every: string): unknown =>
      spanFaults({ reattestation: { every } } as Agreement).map(({ path, message }) => `${path} ${message}`)
    expect(faults('PT23H')).to.deep.equal(['/reattestation/every must be a day at least: it is attested by days'])
    expect(faults('PT0S')).to.deep.equal(['/reattestation/every must be longer than no time'])
    for (const every of ['P1D', 'PT24H', 'P1Y']) expect(faults(every), every).to.deep.equal([])
  })
})
