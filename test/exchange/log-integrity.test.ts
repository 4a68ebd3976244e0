import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { requireLog, sequence } from '../../gateway/exchange/log/log.ts'
import { GUARDS, readGuards } from '../../gateway/store/guards.ts'
import { asOwner } from '../support/logged.ts'
import { addDelivery, addEntries, firstFault, growTo, refusedAs, useLog } from '../support/sealed-log.ts'

const NOW = new Date('2026-11-22T00:00:00Z')

describe('exchange/log: an entry that was kept out', () => {
  const log = useLog()

  it('a body without a seed proves no key: the column takes none, and without that rule it is named', async () => {
    await growTo(log(), [10])
    const error = await asOwner(log().pool, 'UPDATE log_body SET seed = NULL WHERE index = 3').catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', '23502')
    await asOwner(log().pool, 'ALTER TABLE log_body ALTER COLUMN seed DROP NOT NULL; UPDATE log_body SET seed = NULL WHERE index = 3')
    expect(await firstFault(log(), NOW)).to.equal('log_entry 3: key')
  })

  it('a trigger that swallows an entry: nothing goes on without it: not-recorded', async () => {
    await asOwner(
      log().pool,
      `CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER eat BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION eat()`
    )
    expect(await refusedAs(addDelivery(log(), 'file-delivered:eaten', NOW))).to.equal('not-recorded')
    await asOwner(log().pool, 'DROP TRIGGER eat ON outbox')
    await addDelivery(log(), 'file-delivered:twice', NOW)
    expect(await refusedAs(addDelivery(log(), 'file-delivered:twice', NOW)), 'a retry is there already').to.equal('done')
  })

  for (const table of ['log_entry', 'log_body', 'log_node'])
    it(`a trigger that swallows a row of ${table} while entries are given their places: nothing is placed: not-recorded`, async () => {
      await addDelivery(log(), `file-delivered:${table}`, NOW)
      await asOwner(log().pool, `CREATE TRIGGER eat BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION eat()`)
      expect(await refusedAs(sequence(log()))).to.equal('not-recorded')
      await asOwner(log().pool, `DROP TRIGGER eat ON ${table}`)
    })
})

describe('exchange/log: a log that was gutted', () => {
  const log = useLog()

  it('entries that are gone under nodes and head that stand: it is not started on, and not signed: log-altered', async () => {
    await growTo(log(), [40])
    await asOwner(log().pool, 'CREATE TABLE taken AS SELECT * FROM log_entry; DELETE FROM log_entry WHERE index BETWEEN 20 AND 39')
    expect(await refusedAs(requireLog(log()))).to.equal('log-altered')
    await asOwner(log().pool, 'INSERT INTO log_entry SELECT * FROM taken WHERE index BETWEEN 20 AND 38')
    expect(await refusedAs(requireLog(log())), 'the last one').to.equal('log-altered')
    await asOwner(log().pool, 'INSERT INTO log_entry SELECT * FROM taken WHERE index = 39; DELETE FROM log_entry WHERE index = 3')
    expect(await refusedAs(requireLog(log())), 'one in the middle').to.equal('log-altered')
    await asOwner(log().pool, 'INSERT INTO log_entry SELECT * FROM taken WHERE index = 3')
    expect(await requireLog(log())).to.equal(40n)
  })

  it('a newest entry that is another than its place was made of is not started on', async () => {
    await asOwner(log().pool, "UPDATE log_entry SET entry = 'x' WHERE index = 37")
    expect(await refusedAs(requireLog(log()))).to.equal('log-altered')
    await asOwner(log().pool, 'UPDATE log_entry e SET entry = t.entry FROM taken t WHERE t.index = e.index AND e.index = 37')
  })

  it('entries that a checkpoint would add must be there: nothing is signed over their absence', async () => {
    await asOwner(log().pool, 'CREATE TABLE signed AS SELECT * FROM checkpoint')
    await addEntries(log().pool, 40, 50)
    await sequence(log())
    // as if the gateway had been held up between placing and signing
    const room = `${log().folder}/checkpoints`
    await asOwner(log().pool, 'DELETE FROM checkpoint WHERE size = 50; DELETE FROM log_entry WHERE index = 45')
    expect(await refusedAs(sequence({ ...log(), folder: `${room}/none` }))).to.equal('log-altered')
  })
})

describe('exchange/log: checkpoints that were taken away', () => {
  const log = useLog()

  it('a gateway killed between the file and the commit of its row leaves no fault: the next signature is the row', async () => {
    await growTo(log(), [5, 8])
    const room = join(log().folder, 'checkpoints')
    const [file = ''] = readdirSync(room)
    renameSync(join(room, file), join(room, `${file}.untold`))
    await asOwner(log().pool, 'DELETE FROM checkpoint WHERE size = 8')
    expect(await firstFault(log(), NOW)).to.equal('whole')
    expect(await requireLog(log())).to.equal(8n)
    expect(await sequence(log())).to.equal(8n)
    expect(readdirSync(room)).to.deep.equal([file])
    expect(await firstFault(log(), NOW)).to.equal('whole')
  })

  it('rows of checkpoints that are gone are not signed anew in silence: the one in the folder has none', async () => {
    await growTo(log(), [10, 20])
    await asOwner(log().pool, 'DELETE FROM checkpoint')
    expect(await firstFault(log(), NOW)).to.equal('checkpoint 20: missing')
    expect(await refusedAs(requireLog(log()))).to.equal('log-altered')
    await addEntries(log().pool, 20, 21)
    expect(await refusedAs(sequence(log()))).to.equal('log-altered')
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
      expect(await firstFault(log(), NOW)).to.equal(`guard ${found}`)
      expect(await refusedAs(requireLog(log()))).to.equal('log-unguarded')
      await log().pool.query(undo)
      expect(await firstFault(log(), NOW)).to.equal('whole')
      await requireLog(log())
    })
})
