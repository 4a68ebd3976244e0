/** Attacks on the log by whoever owns its tables: what hides an entry, a deletion, a hold or a guard is named, and nothing is signed over it. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { append, requireLog, sequence } from '../../gateway/exchange/log.ts'
import { fsck } from '../../gateway/exchange/log-fsck.ts'
import { expireBodies, liftLegalHold, placeLegalHold } from '../../gateway/exchange/log-retention.ts'
import { GUARDS, readGuards } from '../../gateway/store/guards.ts'
import { asOwner } from '../support/logged.ts'
import { addEntries, growTo, type SealedLog, useLog } from '../support/sealed-log.ts'

const NOW = new Date('2026-11-22T00:00:00Z')
const WORD = { officer: 'Test Privacy Office', reason: 'a test', at: NOW }
const SIX = { years: 6, policy: 'sha256:six' }

async function fault(rooms: SealedLog): Promise<string> {
  const found = (await fsck(rooms, { now: NOW })).fault
  return found === null ? 'whole' : `${found.table} ${found.index}: ${found.fault}`
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown)
  return error instanceof IntegrityError ? error.code : 'done'
}

function deliver(rooms: SealedLog, key: string): Promise<Buffer> {
  return append(rooms.pool, key, { v: 1, kind: 'file-delivered', at: NOW.toISOString(), recipient: 'demo-insurer' })
}

describe('exchange/log: an entry that was kept out', () => {
  const log = useLog()

  it('a body without a seed proves no key: the column takes none, and without that rule it is named', async () => {
    await growTo(log(), [10])
    const error = await asOwner(log().pool, 'UPDATE log_body SET seed = NULL WHERE index = 3').catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', '23502')
    await asOwner(log().pool, 'ALTER TABLE log_body ALTER COLUMN seed DROP NOT NULL; UPDATE log_body SET seed = NULL WHERE index = 3')
    expect(await fault(log())).to.equal('log_entry 3: key')
  })

  it('a trigger that swallows an entry: nothing goes on without it: not-recorded', async () => {
    await asOwner(
      log().pool,
      `CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER eat BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION eat()`
    )
    expect(await refusal(deliver(log(), 'file-delivered:eaten'))).to.equal('not-recorded')
    await asOwner(log().pool, 'DROP TRIGGER eat ON outbox')
    await deliver(log(), 'file-delivered:twice')
    expect(await refusal(deliver(log(), 'file-delivered:twice')), 'a retry is there already').to.equal('done')
  })

  for (const table of ['log_entry', 'log_body', 'log_node'])
    it(`a trigger that swallows a row of ${table} while entries are given their places: nothing is placed: not-recorded`, async () => {
      await deliver(log(), `file-delivered:${table}`)
      await asOwner(log().pool, `CREATE TRIGGER eat BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION eat()`)
      expect(await refusal(sequence(log()))).to.equal('not-recorded')
      await asOwner(log().pool, `DROP TRIGGER eat ON ${table}`)
    })
})

describe('exchange/log: a log that was gutted', () => {
  const log = useLog()

  it('entries that are gone under nodes and head that stand: it is not started on, and not signed: log-altered', async () => {
    await growTo(log(), [40])
    await asOwner(log().pool, 'CREATE TABLE taken AS SELECT * FROM log_entry; DELETE FROM log_entry WHERE index BETWEEN 20 AND 39')
    expect(await refusal(requireLog(log()))).to.equal('log-altered')
    await asOwner(log().pool, 'INSERT INTO log_entry SELECT * FROM taken WHERE index BETWEEN 20 AND 38')
    expect(await refusal(requireLog(log())), 'the last one').to.equal('log-altered')
    await asOwner(log().pool, 'INSERT INTO log_entry SELECT * FROM taken WHERE index = 39; DELETE FROM log_entry WHERE index = 3')
    expect(await refusal(requireLog(log())), 'one in the middle').to.equal('log-altered')
    await asOwner(log().pool, 'INSERT INTO log_entry SELECT * FROM taken WHERE index = 3')
    expect(await requireLog(log())).to.equal(40n)
  })

  it('a newest entry that is another than its place was made of is not started on', async () => {
    await asOwner(log().pool, "UPDATE log_entry SET entry = 'x' WHERE index = 37")
    expect(await refusal(requireLog(log()))).to.equal('log-altered')
    await asOwner(log().pool, 'UPDATE log_entry e SET entry = t.entry FROM taken t WHERE t.index = e.index AND e.index = 37')
  })

  it('entries that a checkpoint would add must be there: nothing is signed over their absence', async () => {
    await asOwner(log().pool, 'CREATE TABLE signed AS SELECT * FROM checkpoint')
    await addEntries(log().pool, 40, 50)
    await sequence(log())
    // as if the gateway had been held up between placing and signing
    const room = `${log().folder}/checkpoints`
    await asOwner(log().pool, 'DELETE FROM checkpoint WHERE size = 50; DELETE FROM log_entry WHERE index = 45')
    expect(await refusal(sequence({ ...log(), folder: `${room}/none` }))).to.equal('log-altered')
  })
})

describe('exchange/log: checkpoints that were taken away', () => {
  const log = useLog()

  it('rows of checkpoints that are gone are not signed anew in silence: the one in the folder has none', async () => {
    await growTo(log(), [10, 20])
    await asOwner(log().pool, 'DELETE FROM checkpoint')
    expect(await fault(log())).to.equal('checkpoint 20: missing')
    expect(await refusal(requireLog(log()))).to.equal('log-altered')
    await addEntries(log().pool, 20, 21)
    expect(await refusal(sequence(log()))).to.equal('log-altered')
  })
})

describe('exchange/log: guards', () => {
  const log = useLog()

  it('the list is what the migrations make: a migration that changes a guard changes gateway/store/guards.ts', async () => {
    expect(Object.fromEntries([...(await readGuards(log().pool))].sort())).to.deep.equal(Object.fromEntries(Object.entries(GUARDS).sort()))
  })

  const ATTACKS: readonly (readonly [change: string, undo: string, found: string])[] = [
    [
      'ALTER TABLE log_entry DISABLE TRIGGER log_entry_append_only',
      'ALTER TABLE log_entry ENABLE TRIGGER log_entry_append_only',
      'trigger log_entry.log_entry_append_only: guard'
    ],
    [
      'ALTER TABLE checkpoint DISABLE TRIGGER ALL',
      'ALTER TABLE checkpoint ENABLE TRIGGER ALL',
      'trigger checkpoint.checkpoint_append_only: guard'
    ],
    [
      'DROP TRIGGER log_body_no_truncate ON log_body',
      'CREATE TRIGGER log_body_no_truncate BEFORE TRUNCATE ON log_body FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
      'trigger log_body.log_body_no_truncate: missing'
    ],
    [
      'CREATE RULE eaten AS ON INSERT TO outbox WHERE NEW.kind = $$file-delivered$$ DO INSTEAD NOTHING',
      'DROP RULE eaten ON outbox',
      'rule outbox.eaten: stray'
    ],
    [
      'ALTER TABLE log_entry ENABLE ROW LEVEL SECURITY',
      'ALTER TABLE log_entry DISABLE ROW LEVEL SECURITY',
      'row security of log_entry: stray'
    ],
    [
      'CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$; CREATE TRIGGER quiet BEFORE INSERT ON log_head FOR EACH ROW EXECUTE FUNCTION quiet()',
      'DROP TRIGGER quiet ON log_head; DROP FUNCTION quiet',
      'function quiet: stray'
    ],
    [
      `CREATE TABLE kept_view AS SELECT pg_get_viewdef('logged'::regclass) AS was; CREATE OR REPLACE VIEW logged AS
        SELECT e.index, e.key, e.kind, e.entry, e.leaf_hash, b.at, b.disclosure, b.parties, b.statement, b.salt
        FROM log_entry e LEFT JOIN log_body b USING (index) WHERE e.kind <> 'dataset-released'`,
      `DO $$BEGIN EXECUTE 'CREATE OR REPLACE VIEW logged AS ' || (SELECT was FROM kept_view); END$$; DROP TABLE kept_view`,
      'view logged: guard'
    ],
    [
      `CREATE TABLE kept_function AS SELECT pg_get_functiondef('refuse_early_deletion'::regproc) AS was;
        CREATE OR REPLACE FUNCTION refuse_early_deletion() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$`,
      'DO $$BEGIN EXECUTE (SELECT was FROM kept_function); END$$; DROP TABLE kept_function',
      'function refuse_early_deletion: guard'
    ]
  ]
  for (const [change, undo, found] of ATTACKS)
    it(`${found}: fsck names it, and nothing is started on it (${change.slice(0, 60)}…)`, async () => {
      await log().pool.query(change)
      expect(await fault(log())).to.equal(`guard ${found}`)
      expect(await refusal(requireLog(log()))).to.equal('log-unguarded')
      await log().pool.query(undo)
      expect(await fault(log())).to.equal('whole')
      await requireLog(log())
    })
})

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
          expect(await fault(log()), change).to.equal(`legal_hold ${id}: ${name}`)
          expect(await refusal(expire()), change).to.equal('log-altered')
        })
    }
    const other = randomUUID()
    await while_(
      `INSERT INTO legal_hold (id, first, last, reason, officer) VALUES ('${other}', '-infinity', 'infinity', 'x', 'x')`,
      `DELETE FROM legal_hold WHERE id = '${other}'`,
      async () => expect(await fault(log())).to.equal(`legal_hold ${other}: stray`)
    )
    expect(await fault(log())).to.equal('whole')
  })

  it('an entry of a hold that says something else, with a row to match, is refused before anything is deleted', async () => {
    const swap = (from: string, to: string): string =>
      `UPDATE log_body SET statement = replace(statement, '${from}', '${to}') WHERE statement LIKE '%hold-placed%'; UPDATE legal_hold SET last = '${to}'`
    await while_(swap('2018-07-01', '2018-05-02'), swap('2018-05-02', '2018-07-01'), async () => {
      expect(await refusal(expire())).to.equal('log-altered')
      expect(await fault(log())).to.match(/^log_body \d+: commitment$/)
    })
  })

  it('what was old enough and not held is expired; the rest is there; the entry counts, names the places and hashes the keys', async () => {
    expect(await expire()).to.equal(8)
    expect(await fault(log()), 'told of by an entry that waits').to.equal('whole')
    await sequence(log())
    const report = await fsck(log(), { now: NOW })
    expect(report).to.deep.include({ expired: 8n, fault: null })
    const { rows } = await log().pool.query("SELECT statement::json->>'ranges' AS ranges FROM logged WHERE kind = 'bodies-expired'")
    expect(rows).to.deep.equal([{ ranges: '0-3,8-11' }])
  })

  it('the key of what expired is still proved: another one is named by the entry of the deletion', async () => {
    await while_("UPDATE log_entry SET key = 'x' WHERE index = 2", "UPDATE log_entry SET key = 'test:2' WHERE index = 2", async () =>
      expect(await fault(log())).to.match(/^log_body \d+: expiry$/)
    )
  })

  it('a body that is gone without an entry, under a hold, or too young, is missing', async () => {
    for (const index of [5, 13]) {
      await while_(
        `CREATE TABLE away AS SELECT * FROM log_body WHERE index = ${index}; DELETE FROM log_body WHERE index = ${index}`,
        'INSERT INTO log_body SELECT * FROM away; DROP TABLE away',
        async () => expect(await fault(log())).to.equal(`log_body ${index}: missing`)
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
        async () => expect(await fault(log())).to.equal(`log_body ${index}: missing`)
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
      async () => expect(await refusal(expire())).to.equal('log-altered')
    )
  })
})

describe('exchange/log: moments and feeds', () => {
  const log = useLog()

  it('an entry more than a day before one that stands earlier is named, and is no older than that for retention', async () => {
    await growTo(log(), [5])
    await deliver(log(), 'a day')
    await addEntries(log().pool, 5, 6, '2026-11-21T00:00:01Z', 'slow')
    await sequence(log())
    expect(await fault(log()), 'clocks and outboxes lag').to.equal('whole')
    await addEntries(log().pool, 5, 6, '1999-01-01T00:00:00Z', 'back')
    await sequence(log())
    expect(await fault(log())).to.equal('log_entry 7: back-dated')
    expect(await expireBodies({ ...log(), now: () => NOW }, SIX)).to.equal(0)
    await log().pool.query("DELETE FROM log_body WHERE at < '2000-01-01'")
    expect(await fault(log())).to.equal('log_body 7: missing')
  })
})

describe('exchange/log: a feed beyond the log', () => {
  const log = useLog()

  it('a feed that is said to have confirmed what was never logged is named', async () => {
    await growTo(log(), [5])
    await asOwner(log().pool, "INSERT INTO event_feed (name, next) VALUES ('syslog', 5)")
    expect(await fault(log())).to.equal('whole')
    await asOwner(log().pool, 'UPDATE event_feed SET next = 6')
    expect(await fault(log())).to.equal('event_feed syslog: stray')
  })
})
