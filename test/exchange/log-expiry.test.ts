/** What may be gone of the log, held against those who own its tables: holds and deletions go by their entries, age by the youngest moment. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { expireBodies, liftLegalHold, placeLegalHold } from '../../gateway/exchange/log/log-retention.ts'
import { asOwner } from '../support/logged.ts'
import { addDelivery, addEntries, firstFault, growTo, refusedAs, useLog } from '../support/sealed-log.ts'

const NOW = new Date('2026-11-22T00:00:00Z')
const WORD = { officer: 'Test Privacy Office', reason: 'a test', at: NOW }
const SIX = { years: 6, policy: 'sha256:six' }

describe('exchange/log: what may be gone', () => {
  const log = useLog()
  const expire = (): Promise<number> => expireBodies({ ...log(), now: () => NOW }, SIX)

  /** Changes, looks, and changes back. */
  async function while_(change: string, undo: string, look: () => Promise<unknown>): Promise<void> {
    await asOwner(log().pool, change)
    try {
      await look()
    } finally {
      await asOwner(log().pool, undo)
    }
  }

  before(async () => {
    await addEntries(log().pool, 0, 4, '2018-03-01T00:00:00Z')
    await addEntries(log().pool, 4, 8, '2018-06-01T00:00:00Z')
    await addEntries(log().pool, 8, 12, '2019-03-01T00:00:00Z')
    await addEntries(log().pool, 12, 16, '2026-03-01T00:00:00Z')
    await sequence(log())
  })

  it('a hold goes by its entry: altered, taken away or invented rows are named, and nothing is deleted: log-altered', async () => {
    const id = await placeLegalHold(log().pool, { first: new Date('2018-05-01'), last: new Date('2018-07-01') }, WORD)
    for (const place of [() => Promise.resolve(0n), () => sequence(log())]) {
      await place() // as it waits, and as it has its place
      for (const [change, undo, name] of [
        ["UPDATE legal_hold SET last = '2001-01-01'", "UPDATE legal_hold SET last = '2018-07-01'", 'hold'],
        [
          "UPDATE legal_hold SET first = first + interval '1 microsecond'",
          "UPDATE legal_hold SET first = first - interval '1 microsecond'",
          'hold'
        ],
        ['UPDATE legal_hold SET lifted_at = now()', 'UPDATE legal_hold SET lifted_at = NULL', 'hold'],
        [
          'CREATE TABLE away AS SELECT * FROM legal_hold; DELETE FROM legal_hold',
          'INSERT INTO legal_hold SELECT * FROM away; DROP TABLE away',
          'missing'
        ]
      ] as const)
        await while_(change, undo, async () => {
          expect(await firstFault(log(), NOW), change).to.equal(`legal_hold ${id}: ${name}`)
          expect(await refusedAs(expire()), change).to.equal('log-altered')
        })
    }
    const other = randomUUID()
    await while_(
      `INSERT INTO legal_hold (id, first, last, reason, officer) VALUES ('${other}', '-infinity', 'infinity', 'x', 'x')`,
      `DELETE FROM legal_hold WHERE id = '${other}'`,
      async () => expect(await firstFault(log(), NOW)).to.equal(`legal_hold ${other}: stray`)
    )
    expect(await firstFault(log(), NOW)).to.equal('whole')
  })

  it('an entry of a hold that says something else, with a row to match, is refused before anything is deleted', async () => {
    const swap = (from: string, to: string): string =>
      `UPDATE log_body SET statement = replace(statement, '${from}', '${to}') WHERE statement LIKE '%hold-placed%'; UPDATE legal_hold SET last = '${to}'`
    await while_(swap('2018-07-01', '2018-05-02'), swap('2018-05-02', '2018-07-01'), async () => {
      expect(await refusedAs(expire())).to.equal('log-altered')
      expect(await firstFault(log(), NOW)).to.match(/^log_body \d+: commitment$/)
    })
  })

  it('what was old enough and not held is expired; the rest is there; the entry counts, names the places and hashes the keys', async () => {
    expect(await expire()).to.equal(8)
    expect(await firstFault(log(), NOW), 'told of by an entry that waits').to.equal('whole')
    await sequence(log())
    const report = await fsck(log(), { now: NOW })
    expect(report).to.deep.include({ expired: 8n, fault: null })
    const { rows } = await log().pool.query("SELECT statement::json->>'ranges' AS ranges FROM logged WHERE kind = 'bodies-expired'")
    expect(rows).to.deep.equal([{ ranges: '0-3,8-11' }])
  })

  it('the key of what expired is still proved: another one is named by the entry of the deletion', async () => {
    await while_("UPDATE log_entry SET key = 'x' WHERE index = 2", "UPDATE log_entry SET key = 'test:2' WHERE index = 2", async () =>
      expect(await firstFault(log(), NOW)).to.match(/^log_body \d+: expiry$/)
    )
  })

  it('a body that is gone without an entry, under a hold, or too young, is missing', async () => {
    for (const index of [5, 13]) {
      await while_(
        `CREATE TABLE away AS SELECT * FROM log_body WHERE index = ${index}; DELETE FROM log_body WHERE index = ${index}`,
        'INSERT INTO log_body SELECT * FROM away; DROP TABLE away',
        async () => expect(await firstFault(log(), NOW)).to.equal(`log_body ${index}: missing`)
      )
    }
  })

  for (const [what, told] of [
    ['covers a held body', { ranges: '5-5', entries: 1, years: 6 }],
    ['covers a young body', { ranges: '13-13', entries: 1, years: 6 }],
    ['is of fewer years than the law', { ranges: '5-5', entries: 1, years: 0 }],
    ['counts others than it names', { ranges: '5-5', entries: 2, years: 6 }],
    ['names no places', { entries: 1, years: 6 }]
  ] as const)
    it(`a deletion told of by hand that ${what} makes nothing right`, async () => {
      const index = 'ranges' in told && told.ranges === '13-13' ? 13 : 5
      const text = JSON.stringify({ ...told, v: 1, kind: 'bodies-expired', at: NOW.toISOString(), keys: 'sha256:' })
      await while_(
        `INSERT INTO outbox (key, kind, statement, seed, salt, entry, at) VALUES ('by hand', 'bodies-expired', '${text}', '', '', '', now());
         CREATE TABLE away AS SELECT * FROM log_body WHERE index = ${index}; DELETE FROM log_body WHERE index = ${index}`,
        "DELETE FROM outbox WHERE key = 'by hand'; INSERT INTO log_body SELECT * FROM away; DROP TABLE away",
        async () => expect(await firstFault(log(), NOW)).to.equal(`log_body ${index}: missing`)
      )
    })

  it('lifted, the hold lets go; what proves deletions and holds stays, whoever deletes', async () => {
    const { rows } = await log().pool.query('SELECT id FROM legal_hold')
    await liftLegalHold(log().pool, (rows as { id: string }[])[0]?.id ?? '', WORD)
    expect(await expire()).to.equal(4)
    await sequence(log())
    expect(await fsck(log(), { now: NOW })).to.deep.include({ expired: 12n, fault: null })
    const later = new Date('2040-01-01T00:00:00Z')
    await asOwner(log().pool, "UPDATE log_body SET at = '2019-01-01' WHERE statement LIKE '%hold-placed%'")
    const error = await log()
      .pool.query("DELETE FROM log_body WHERE statement LIKE '%hold-placed%'")
      .catch((thrown: unknown) => thrown)
    expect(error).to.have.property('message', 'what proves an expiry or a hold is kept')
    await asOwner(log().pool, `UPDATE log_body SET at = '${NOW.toISOString()}' WHERE statement LIKE '%hold-placed%'`)
    expect(await expireBodies({ ...log(), now: () => later }, { years: 8, policy: 'sha256:eight' }), 'six years, by the database').to.equal(
      0
    )
  })

  it('what is to be deleted is verified as it goes: a body that is not what its leaf commits to stays', async () => {
    await addEntries(log().pool, 16, 17, '2026-03-01T00:00:00Z')
    await sequence(log())
    await while_(
      "UPDATE log_entry SET at = '2019-03-02' WHERE index >= 12; UPDATE log_body SET at = '2019-03-02' WHERE index >= 12",
      "UPDATE log_entry e SET at = (convert_from(entry, 'UTF8')::json->>'at')::timestamptz WHERE index >= 12; UPDATE log_body b SET at = e.at FROM log_entry e WHERE e.index = b.index",
      async () => expect(await refusedAs(expire())).to.equal('log-altered')
    )
  })
})

describe('exchange/log: moments and feeds', () => {
  const log = useLog()

  it('an entry more than a day before one that stands earlier is named, and is no older than that for retention', async () => {
    await growTo(log(), [5])
    await addDelivery(log(), 'a day', NOW)
    await addEntries(log().pool, 5, 6, '2026-11-21T00:00:01Z', 'slow')
    await sequence(log())
    expect(await firstFault(log(), NOW), 'clocks and outboxes lag').to.equal('whole')
    await addEntries(log().pool, 5, 6, '1999-01-01T00:00:00Z', 'back')
    await sequence(log())
    expect(await firstFault(log(), NOW)).to.equal('log_entry 7: back-dated')
    expect(await expireBodies({ ...log(), now: () => NOW }, SIX)).to.equal(0)
    await log().pool.query("DELETE FROM log_body WHERE at < '2000-01-01'")
    expect(await firstFault(log(), NOW)).to.equal('log_body 7: missing')
  })
})

describe('exchange/log: a feed beyond the log', () => {
  const log = useLog()

  it('a feed that is said to have confirmed what was never logged is named', async () => {
    await growTo(log(), [5])
    await asOwner(log().pool, "INSERT INTO event_feed (name, next) VALUES ('syslog', 5)")
    expect(await firstFault(log(), NOW)).to.equal('whole')
    await asOwner(log().pool, 'UPDATE event_feed SET next = 6')
    expect(await firstFault(log(), NOW)).to.equal('event_feed syslog: stray')
  })
})
