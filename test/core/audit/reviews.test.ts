/** The saved reviews (45 CFR 164.308(a)(1)(ii)(D)): what each finds, and what it leaves alone. */
import { expect } from 'chai'
import { outside } from '../../../gateway/core/audit/office-hours.ts'
import { REVIEWS, type ReviewName, reviewed, type Seen, type Tally } from '../../../gateway/core/audit/reviews.ts'

const FROM = new Date('2026-03-01T00:00:00Z')
const UNTIL = new Date('2026-03-31T00:00:00Z')
const DAY = 86_400_000
const HOURS = { zone: 'America/New_York', days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '07:00', until: '19:00' }

function tally(kind: string, party: string | null, at: string | Date, count = 1, by: Tally['by'] = 'proved'): Tally {
  return { kind, party, at: new Date(at), count, by }
}

function look(name: ReviewName, seen: Partial<Seen>): { findings: string[]; notes: readonly string[] } {
  const [found] = reviewed([name], { from: FROM, until: UNTIL, tallies: [], firsts: [], altered: 0, hours: HOURS, ...seen })
  return { findings: (found?.findings ?? []).map(({ party, says }) => `${party}: ${says}`), notes: found?.notes ?? [] }
}

/** So much on each of `days` days before the period. */
function earlier(party: string, days: number, count: (n: number) => number): Tally[] {
  return Array.from({ length: days }, (_, n) => tally('file-delivered', party, new Date(FROM.getTime() - (n + 1) * DAY), count(n)))
}

describe('core/audit: reviews', () => {
  it('an empty log needs no looking at', () => {
    for (const name of Object.keys(REVIEWS) as ReviewName[]) expect(look(name, {}).findings, name).to.deep.equal([])
  })

  it('denials: five of a party in the period, of any kind; not those of before, nor of others', () => {
    const of = (party: string, count: number, at = '2026-03-05T12:00:00Z') => tally('export-refused', party, at, count)
    const tallies = [
      of('much', 3),
      tally('request-refused', 'much', '2026-03-06T12:00:00Z', 2),
      of('little', 4),
      of('earlier', 9, '2026-02-05T12:00:00Z')
    ]
    expect(look('denials', { tallies }).findings).to.deep.equal(['much: was denied 5 times: export-refused 3, request-refused 2'])
  })

  it('failed logins: of a known party from five, of nobody known from a hundred', () => {
    const tallies = [
      tally('token-refused', 'clumsy', '2026-03-05T12:00:00Z', 5),
      tally('token-refused', 'fine', '2026-03-05T12:00:00Z', 4),
      tally('token-refused', 'both', '2026-03-05T12:00:00Z', 2),
      tally('sign-in-refused', 'both', '2026-03-06T12:00:00Z', 4),
      tally('requests-refused', null, '2026-03-05T12:00:00Z', 60),
      tally('requests-refused', null, '2026-03-06T12:00:00Z', 40)
    ]
    expect(look('failed-logins', { tallies }).findings).to.deep.equal([
      'both: failed to sign in 6 times',
      'clumsy: failed to sign in 5 times',
      'null: 100 requests were refused of whom nobody can be named'
    ])
  })

  it('emergencies: what was granted beyond files in the period, and how often it was used; one is enough', () => {
    const tallies = [
      tally('emergency-begun', null, '2026-03-05T12:00:00Z', 1),
      tally('emergency-used', null, '2026-03-05T12:15:00Z', 7),
      tally('emergency-begun', null, '2026-02-05T12:00:00Z', 3)
    ]
    expect(look('emergencies', { tallies }).findings).to.deep.equal([
      'null: 1 times an officer was granted more than his or her file says, and 7 requests were made meanwhile: sallyport emergency list names who, and why'
    ])
  })

  it('nobody is accused by what others claim: sign-ins that proved nothing are told apart from those of the party itself', () => {
    const of = (count: number, by: Tally['by']) => tally('token-refused', 'demo-insurer', '2026-03-05T12:00:00Z', count, by)
    expect(look('failed-logins', { tallies: [of(30, 'claimed'), of(4, 'proved')] }).findings).to.deep.equal([
      'demo-insurer: was named 30 times by somebody who proved nothing: it need not have been this party'
    ])
    const refused = tally('request-refused', 'demo-insurer', '2026-03-05T12:00:00Z', 9, 'claimed')
    expect(look('denials', { tallies: [refused] }).findings).to.deep.equal([])
  })

  it('entries that were altered are told whichever review was asked for', () => {
    const found = reviewed(['denials'], { from: FROM, until: UNTIL, tallies: [], firsts: [], hours: null, altered: 2 })
    expect(found.map(({ review, findings }) => [review, findings.length])).to.deep.equal([
      ['denials', 0],
      ['altered', 1]
    ])
  })

  it("unusual volume: more than three times the median of the party's own active days, each day for itself", () => {
    const usual = earlier('steady', 9, (n) => (n === 0 ? 100_000 : 100)) // one wild day moves a mean, no median
    const day = (count: number, at: string) => tally('file-delivered', 'steady', at, count)
    const tallies = [...usual, day(300, '2026-03-02T10:00:00Z'), day(200, '2026-03-03T10:00:00Z'), day(101, '2026-03-03T20:00:00Z')]
    expect(look('unusual-volume', { tallies }).findings).to.deep.equal(['steady: 301 records on 2026-03-03; usual are 100 a day'])
  })

  it('unusual volume is not judged of a party that is new: said, and no finding', () => {
    const { findings, notes } = look('unusual-volume', {
      tallies: [...earlier('new', 6, () => 1), tally('file-delivered', 'new', '2026-03-02T10:00:00Z', 1e6)]
    })
    expect(findings).to.deep.equal([])
    expect(notes.join()).to.match(/^new: active on 6 of the 90 days before/)
  })

  it('first-time recipients are found', () => {
    const firsts = [{ source: 'demo-hospital', recipient: 'newcomer', at: new Date('2026-03-09T00:00:00Z') }]
    expect(look('first-time-recipient', { firsts }).findings).to.deep.equal([
      'newcomer: got its first dataset of demo-hospital on 2026-03-09'
    ])
  })

  it('out of hours: by the clock of the zone, with its daylight saving; what parties read by program is left alone', () => {
    const tallies = [
      tally('hold-released', 'demo-insurer', '2026-03-02T13:00:00Z'), // Monday 08:00 in winter
      tally('dataset-recalled', null, '2026-03-03T11:45:00Z'), // Tuesday 06:45
      tally('log-read', 'demo-insurer', '2026-03-03T03:00:00Z'),
      tally('register-read', null, '2026-03-09T11:00:00Z'), // Monday 07:00 in summer
      tally('log-read', null, '2026-03-14T15:00:00Z') // Saturday
    ]
    expect(look('out-of-hours', { tallies }).findings).to.deep.equal([
      'null: officers on 2026-03-03, outside 07:00 to 19:00 America/New_York: dataset-recalled 1',
      'null: officers on 2026-03-14, outside 07:00 to 19:00 America/New_York: log-read 1'
    ])
    expect(look('out-of-hours', { tallies, hours: null })).to.deep.equal({
      findings: [],
      notes: ['policies/log.json names no officeHours']
    })
  })

  it('office hours end at the first minute after them, also at 24:00', () => {
    expect(outside(HOURS, new Date('2026-01-05T23:59:00Z'))).to.equal(false)
    expect(outside(HOURS, new Date('2026-01-06T00:00:00Z'))).to.equal(true)
    const always = { zone: 'UTC', days: ['Mon'], from: '00:00', until: '24:00' }
    expect([outside(always, new Date('2026-01-05T00:00:00Z')), outside(always, new Date('2026-01-05T23:59:59Z'))]).to.deep.equal([
      false,
      false
    ])
  })
})
