/** When the next release is due, and which durations are finer than the year Safe Harbor shows. */
import { expect } from 'chai'
import { isFinerThanYear, isShorter, nextRelease } from '../../../gateway/core/agreement/window.ts'

function every(duration: string) {
  return { releaseWindow: { every: duration, attestation: null } }
}

describe('core/agreement/window', () => {
  it('the first release is due at once', () => {
    expect(nextRelease(every('P1Y'), null, '2026-01-01T00:00:00Z')).to.equal('now')
  })

  for (const [duration, last, due] of [
    ['P1Y', '2025-03-04T05:06:07.000Z', '2026-03-04T05:06:07.000Z'],
    ['P1Y', '2024-02-29T10:00:00.000Z', '2025-02-28T10:00:00.000Z'],
    ['P1M', '2025-01-31T00:00:00.000Z', '2025-02-28T00:00:00.000Z'],
    ['P1Y2M10D', '2025-11-25T00:00:00.000Z', '2027-02-04T00:00:00.000Z'],
    ['P2W', '2025-03-01T01:00:00.000Z', '2025-03-15T01:00:00.000Z'],
    ['PT36H', '2025-03-01T01:00:00.000Z', '2025-03-02T13:00:00.000Z'],
    ['P1DT1M1S', '2025-03-01T00:00:00.000Z', '2025-03-02T00:01:01.000Z']
  ] as const) {
    it(`ISO 8601 ${duration} after ${last} is ${due}, in calendar months and UTC`, () => {
      const before = new Date(Date.parse(due) - 1).toISOString()
      expect(nextRelease(every(duration), last, before)).to.equal(due)
      expect(nextRelease(every(duration), last, due)).to.equal('now')
    })
  }

  for (const [duration, finer] of [
    ['P1Y', false],
    ['P12M', false],
    ['P366D', false],
    ['P365D', true],
    ['P11M', true],
    ['P52W', true],
    ['P11M31D', true],
    ['P1D', true],
    ['PT0S', true],
    ['PT8784H', false]
  ] as const) {
    it(`Safe Harbor (C): two releases ${duration} apart ${finer ? 'could' : 'could not'} fall closer than a year, leap years too`, () => {
      expect(isFinerThanYear(duration)).to.equal(finer)
    })
  }

  for (const [duration, least, shorter] of [
    ['P30D', 'P30D', false],
    ['P1M', 'P1M', false],
    ['P1M', 'P28D', false],
    ['P1M', 'P29D', true],
    ['P30D', 'P1M', true],
    ['P31D', 'P1M', false],
    ['P1Y', 'P365D', false],
    ['P365D', 'P1Y', true],
    ['P12M', 'P1Y', false],
    ['P11M', 'P1Y', true],
    ['PT24H', 'P1D', false],
    ['PT23H59M59S', 'P1D', true],
    ['PT1S', 'P30D', true]
  ] as const) {
    it(`two moments ${duration} apart ${shorter ? 'could' : 'could not'} fall closer than two ${least} apart`, () => {
      expect(isShorter(duration, least)).to.equal(shorter)
    })
  }

  for (const text of ['', 'P', 'PT', '1Y', 'P1.5D', 'P-1D', 'P1YT', 'p1y']) {
    it(`'${text}' is not an ISO 8601 duration and is refused`, () => {
      expect(() => isFinerThanYear(text)).to.throw(RangeError)
    })
  }
})
