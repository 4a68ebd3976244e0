/** The measures of data quality: what holds of them whatever the records are. */
import { expect } from 'chai'
import fc from 'fast-check'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { type Figures, figuresOf } from '../../gateway/core/quality/figures.ts'
import { addName, addNames, type Names, noNames, timesKnown } from '../../gateway/core/quality/names.ts'
import { nameOf } from '../../gateway/core/quality/references.ts'
import { createSame, withoutId } from '../../gateway/core/quality/same.ts'
import { addTally, newTally, type Tally } from '../../gateway/core/quality/tally.ts'
import { ALL, figures, observation, on, PATIENT, tallied } from '../support/quality.ts'

describe('Quality of data: what holds of every feed', () => {
  const record = fc.record({
    day: fc.constantFrom('2026-01-31', '2026-01-01', '2025-06-01', '1950-01-01', '2027-01-01', '2026', 'x'),
    code: fc.constantFrom(undefined, '', { text: 'x' }),
    to: fc.constantFrom('Patient/p', 'Patient/q', 'Practitioner/a', 'Practitioner/b', 'Practitioner?x=1', '#', 'nonsense')
  })
  const feed = fc
    .array(record, { maxLength: 30 })
    .map((rows) => [
      PATIENT,
      ...rows.map(({ day, code, to }, n) => observation(`o${n}`, { effectiveDateTime: day, code, subject: { reference: to } }))
    ])

  it('buckets may be merged in any order', () => {
    fc.assert(
      fc.property(fc.array(feed, { minLength: 1, maxLength: 6 }), fc.nat(), (feeds, seed) => {
        const sum = (all: readonly Tally[]): Tally => {
          const into = newTally(2)
          for (const one of all) addTally(into, one)
          return into
        }
        const tallies = feeds.map((one) => tallied(one))
        const turned = tallies.map((_, n) => tallies[(n + seed) % tallies.length] as Tally).reverse()
        expect(sum(turned)).to.deep.equal(sum(tallies))
        const [first, ...others] = tallies as [Tally, ...Tally[]]
        expect(sum([first, sum(others)])).to.deep.equal(sum(tallies))
      })
    )
  })

  const bad: readonly [keyof Figures, Resource][] = [
    ['references', observation('bad', { subject: { reference: 'Patient/nobody' } })],
    ['plausibility', on('bad', '2030-01-01')]
  ]
  for (const [name, worse] of bad)
    it(`more bad records never raise ${name}`, () => {
      fc.assert(
        fc.property(feed, (records) => {
          const [before, after] = [figures(records)[name], figures([...records, worse])[name]]
          expect(after as number).to.be.at.most((before as number | null) ?? 1)
        })
      )
    })

  it('more bad records never raise validity or completeness', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), feed, (good, rejected, records) => {
        const of = (n: number): number => figuresOf(newTally(2), { received: good + n, rejected: n }, ALL, noNames()).validity ?? 1
        expect(of(rejected + 1)).to.be.at.most(of(rejected))
        const there = (all: readonly Resource[]): number => figures(all).completeness['Observation.code'] ?? 1
        expect(there([...records, observation('bad')])).to.be.at.most(there(records))
      })
    )
  })

  it('names beyond the bound are sampled: in any order the same, and a share of them stays true', () => {
    const of = (from: number, to: number, most: number): Names => {
      const names = noNames()
      for (let n = from; n < to; n += 1) addName(names, nameOf({ party: 'h', base: '', type: 'Practitioner', id: String(n) }), 2, most)
      return names
    }
    const joined = (parts: readonly Names[]): Names => {
      const into = noNames()
      for (const part of parts) addNames(into, part, 100)
      return into
    }
    const parts = [of(0, 300, 100), of(200, 900, 100), of(900, 910, 100)]
    expect(joined(parts)).to.deep.equal(joined(parts.toReversed()))
    expect(joined(parts).size).to.be.at.most(100)
    expect(joined(parts).times).to.equal(2020)
    expect(timesKnown(of(0, 4000, 500), of(0, 2000, 500)) / 8000).to.be.closeTo(0.5, 0.1)
    expect(timesKnown(of(0, 100, 500), of(50, 200, 500))).to.equal(100)
  })

  it('the same content under another id is found, another content never is, and one lets itself be compared a few times only', () => {
    const lineOf = (id: string, text: string): string => JSON.stringify({ resourceType: 'Observation', id, text })
    const asked = { times: 0 }
    const same = createSame<{ id: string; line: string }>({
      from: () => 's',
      text: ({ line, id }) => {
        asked.times += 1
        return withoutId(line, id)
      }
    })
    const see = (id: string, text: string): boolean => same(lineOf(id, text), id, { id, line: lineOf(id, text) })
    expect([see('a', 'x'), see('b', 'x'), see('c', 'y'), see('dd', 'x'), see('e', 'é'), see('f', 'é')]).to.deep.equal([
      false,
      true,
      false,
      true,
      false,
      true
    ])
    // texts that differ only where no sample is taken: a sender's attack on the time of the comparison
    const before = asked.times
    for (let n = 0; n < 500; n += 1)
      see(`id-${String(n).padStart(4, '0')}`, `${'0'.repeat(5000)}${String(n).padStart(4, '0')}${'0'.repeat(5000)}`)
    expect(asked.times - before).to.be.at.most(500 * 9)
  })
})
