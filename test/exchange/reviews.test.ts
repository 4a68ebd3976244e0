/** What reviews look at, counted by real Postgres: what entries count, by party and quarter of an hour; who got a first dataset. */
import { expect } from 'chai'
import { runReviews } from '../../gateway/exchange/audit/reviews.ts'
import { firstReleases, tallies } from '../../gateway/store/reviews.ts'
import { query } from '../support/house.ts'
import { asOwner, useLog } from '../support/logged.ts'

const FROM = new Date('2026-03-01T00:00:00Z')
const UNTIL = new Date('2026-04-01T00:00:00Z')

describe('exchange/reviews', () => {
  const log = useLog()
  before(async () => {
    const { add, place } = log()
    await add('request-refused', '2026-03-02T10:01:00Z', { party: 'demo-insurer', times: 1 })
    await add('request-refused', '2026-03-02T10:14:59Z', { party: 'demo-insurer', times: 41, repeated: true })
    await add('request-refused', '2026-03-02T10:15:00Z', { party: 'demo-insurer', times: 'many' })
    await add('requests-refused', '2026-03-02T10:00:00Z', { address: 'ab12', times: 250, reasons: { 'token-missing': 250 } })
    await add('submission-received', '2026-03-02T10:00:00Z', { party: 'demo-hospital', received: 7 })
    for (const [at, source, recipient] of [
      ['2026-01-01T00:00:00Z', 'demo-hospital', 'old-friend'],
      ['2026-03-03T00:00:00Z', 'demo-hospital', 'old-friend'],
      ['2026-03-04T00:00:00Z', 'demo-hospital', 'newcomer'],
      ['2026-03-05T00:00:00Z', 'demo-hospital', 'newcomer'],
      ['2026-03-06T00:00:00Z', 'other-hospital', 'old-friend']
    ] as const)
      await add('dataset-released', at, { source, recipient })
    await place()
  })

  it('refusals count as often as they were made, submissions by their records; what is no number counts as an entry', async () => {
    const rows = await tallies(log().pool, ['request-refused', 'requests-refused', 'submission-received'], FROM, UNTIL)
    expect(rows.map(({ party, kind, at, count }) => [at.toISOString().slice(11, 16), kind, party, count])).to.deep.equal([
      ['10:00', 'request-refused', 'demo-insurer', 42],
      ['10:00', 'requests-refused', null, 250],
      ['10:00', 'submission-received', 'demo-hospital', 7],
      ['10:15', 'request-refused', 'demo-insurer', 1]
    ])
    expect(await tallies(log().pool, ['request-refused'], UNTIL, new Date('2027-01-01'))).to.deep.equal([])
  })

  it('a first dataset is the first between a source and a recipient', async () => {
    const firsts = await firstReleases(log().pool, FROM, UNTIL)
    expect(firsts.map(({ source, recipient, at }) => `${source} ${recipient} ${at.toISOString().slice(0, 10)}`)).to.deep.equal([
      'demo-hospital newcomer 2026-03-04',
      'other-hospital old-friend 2026-03-06'
    ])
  })

  it('what says something else than its leaf commits to is counted apart, and nothing of it is read: statement, kind, or no JSON at all', async () => {
    const { pool } = log()
    const kinds = ['request-refused', 'requests-refused', 'submission-received', 'dataset-released']
    for (const forged of [
      `UPDATE log_body SET statement = replace(statement, '"times":41', '"times":1') WHERE index = 1`,
      "UPDATE log_body SET statement = 'no JSON' WHERE index = 1",
      "UPDATE log_entry SET kind = 'dataset-released' WHERE index = 1",
      'UPDATE log_body SET salt = sha256(salt) WHERE index = 1'
    ]) {
      await asOwner(pool, `CREATE TABLE kept_entry AS SELECT * FROM log_entry; CREATE TABLE kept_body AS SELECT * FROM log_body; ${forged}`)
      const rows = await tallies(pool, kinds, FROM, UNTIL)
      expect(
        rows.filter(({ by }) => by === 'altered').map(({ party, count }) => [party, count]),
        forged
      ).to.deep.equal([[null, 1]])
      const found = await runReviews(pool, { names: ['denials'], from: FROM, hours: null, account: 'tester', at: UNTIL })
      expect(found.map(({ review }) => review)).to.deep.equal(['denials', 'altered'])
      await firstReleases(pool, FROM, UNTIL)
      await asOwner(
        pool,
        'DELETE FROM log_entry; DELETE FROM log_body; INSERT INTO log_entry SELECT * FROM kept_entry; INSERT INTO log_body SELECT * FROM kept_body; DROP TABLE kept_entry, kept_body'
      )
    }
    await query(log().url, "DELETE FROM outbox WHERE kind = 'log-read'")
  })

  it('a run is an entry: who looked, from when, and how many findings there were', async () => {
    const found = await runReviews(log().pool, {
      names: ['failed-logins', 'denials'],
      from: FROM,
      hours: null,
      account: 'tester',
      at: UNTIL
    })
    expect(found.map(({ review, findings }) => [review, findings.length])).to.deep.equal([
      ['failed-logins', 1],
      ['denials', 1]
    ])
    const [row] = await query<{ statement: string }>(log().url, "SELECT statement FROM outbox WHERE kind = 'log-read'")
    expect(JSON.parse(row?.statement ?? '')).to.deep.include({
      account: 'tester',
      asked: 'review from 2026-03-01T00:00:00.000Z',
      findings: { 'failed-logins': 1, 'denials': 1 }
    })
  })
})
