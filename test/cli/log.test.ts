/** `sallyport log`: what an officer types, as a program of its own on a real database; exports are proved by `sallyport verify`, without it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect } from 'chai'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { expireBodies } from '../../gateway/exchange/log/log-retention.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { readKeyFiles } from '../../gateway/seal/keysource.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { makeSite, type Site, startProcess } from '../support/gateway.ts'
import { officer, query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { addEntries, growTo, type SealedLog } from '../support/sealed-log.ts'

describe('cli/log', function () {
  this.timeout(120_000)
  const database = useDatabase()
  let site: Site
  let log: SealedLog
  let out: string
  before(async () => {
    site = makeSite(database())
    out = mkdtempSync(join(tmpdir(), 'sallyport-export-'))
    const folder = join(site.env['SALLYPORT_DATA_DIR'] ?? '', 'files')
    const ring = readKeyRing(readKeyFiles(site.env['SALLYPORT_KEYS_DIR'] ?? ''))
    log = { pool: openPool(database().url, 4), ring, folder, url: database().url }
    await addEntries(log.pool, 0, 2, '2018-02-03T00:00:00Z')
    await addEntries(log.pool, 2, 3)
    await sequence(log)
    await growTo(log, [256, 270])
  })
  after(async () => {
    await log.pool.end()
    site.remove()
    rmSync(out, { recursive: true, force: true })
  })

  it('before anything else: fsck of a log that is whole ends with 0, says so, and leaves an entry that says it was verified', async () => {
    const { code, out: said, err } = await officer(site, ['log', 'fsck'])
    expect([code, err]).to.deep.equal([0, ''])
    expect(said).to.contain('The log is whole: 270 entries under 4 checkpoints')
    expect(await query(database().url, "SELECT statement::json->>'size' AS size FROM outbox WHERE kind = 'log-verified'")).to.deep.equal([
      { size: '270' }
    ])
  })

  it('fsck --json --no-record tells the same as one object and writes nothing', async () => {
    const { code, out: said } = await officer(site, ['log', 'fsck', '--json', '--no-record'])
    expect(code).to.equal(0)
    expect(JSON.parse(said)).to.include({ ok: true, size: '270', verified: '270', expired: '0', checkpoints: 4, fault: null })
    expect(await query(database().url, "SELECT 1 FROM outbox WHERE kind = 'log-verified'")).to.have.length(1)
  })

  it('a role that may only read verifies and prints the checkpoint, and migrates nothing; what it may not is said in a sentence', async () => {
    const role = `test_reader_${process.pid}`
    await query(database().url, `CREATE ROLE ${role} LOGIN PASSWORD 'test'; GRANT pg_read_all_data TO ${role}`)
    try {
      const address = new URL(database().url)
      address.username = role
      address.password = 'test'
      const reader = { ...site, env: { ...site.env, DATABASE_URL: address.href } }
      const { code, out: said, err } = await officer(reader, ['log', 'fsck', '--no-record'])
      expect([code, err]).to.deep.equal([0, ''])
      expect(said).to.contain('The log is whole: 270 entries')
      expect((await officer(reader, ['log', 'checkpoint'])).out).to.match(/^localhost\/sallyport-log\n270\n/)
      for (const words of [
        ['log', 'fsck'],
        ['log', 'export', '-'],
        ['dataset', 'list']
      ]) {
        const refused = await officer(reader, words)
        expect([refused.code, refused.out], words.join(' ')).to.deep.equal([1, ''])
        expect(refused.err, words.join(' ')).to.contain('The role of DATABASE_URL may not do this.').and.not.contain('node_modules')
      }
      const consent = await officer(reader, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'Patient/1'])
      expect(consent.err).to.contain('must be owner of table migration').and.not.contain('node_modules')
      address.password = 'another'
      const unknown = await officer({ ...site, env: { ...site.env, DATABASE_URL: address.href } }, ['log', 'fsck', '--no-record'])
      expect(unknown.err).to.contain('[database-unavailable]').and.not.contain('node_modules')
    } finally {
      await query(database().url, `DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })

  it('a database of another version is not brought to this one by a command at the desk: it says what to do', async () => {
    const ran = async (): Promise<unknown> => query(database().url, 'SELECT name FROM migration ORDER BY name')
    await query(database().url, "UPDATE migration SET name = '013_kept' WHERE name = '013_readers'")
    const newer = await officer(site, ['log', 'checkpoint'])
    expect(newer.err).to.contain('The database holds migration 013_kept, which this version does not have')
    await query(
      database().url,
      "CREATE TABLE kept AS SELECT * FROM migration WHERE name = '013_kept'; DELETE FROM migration WHERE name = '013_kept'"
    )
    const before = await ran()
    for (const words of [
      ['log', 'fsck'],
      ['log', 'checkpoint'],
      ['log', 'export', '-'],
      ['dataset', 'list']
    ]) {
      const { code, err } = await officer(site, words)
      expect(code, words.join(' ')).to.equal(75)
      expect(err).to.contain('The database is of an older version (it lacks migration 013_readers)').and.contain('npx sallyport serve')
    }
    expect(await ran()).to.deep.equal(before)
    await query(database().url, "INSERT INTO migration SELECT id, '013_readers', run_on FROM kept; DROP TABLE kept")
  })

  it('an export of everything, and one that begins in the middle, have the shape of schemas/log/export.json and are proved offline', async () => {
    const schema = JSON.parse(readFileSync(new URL('../../schemas/log/export.json', import.meta.url), 'utf8')) as object
    const valid = new Ajv({ strict: false, formats: { 'date-time': true } }).compile(schema)
    for (const [name, words, entries] of [
      ['all.ndjson', ['--bodies', 'all'], 270],
      ['middle.ndjson', ['--from', '100', '--bodies', 'party:demo-hospital'], 170],
      ['first.ndjson', ['--size', '3'], 3]
    ] as const) {
      const file = join(out, name)
      const { code, err } = await officer(site, ['log', 'export', file, ...words])
      expect([code, err], name).to.deep.equal([0, ''])
      const lines = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
      for (const line of lines) expect(valid(line), JSON.stringify(valid.errors)).to.equal(true)
      const proved = await officer(site, ['verify', file, '--key', log.ring.log.current.vkey, '--json'])
      expect(JSON.parse(proved.out), proved.err).to.include({ proved: true, what: 'export', entries })
    }
  })

  it('bodies go in by permission: all, those of one party, or none', async () => {
    const bodies = async (whose: string): Promise<number> => {
      const { out: said } = await officer(site, ['log', 'export', '-', '--bodies', whose])
      return said.split('\n').filter((line) => line.includes('"statement"')).length
    }
    expect(await bodies('all')).to.equal(270)
    expect(await bodies('party:demo-hospital')).to.equal(90)
    expect(await bodies('party:nobody')).to.equal(0)
    expect(await bodies('none')).to.equal(0)
  })

  it('an export is an entry before its first byte: who, which entries, whose bodies', async () => {
    const read = await query<{ asked: string }>(
      database().url,
      "SELECT statement::json->>'asked' AS asked FROM outbox WHERE kind = 'log-read' ORDER BY id"
    )
    expect(read[0]?.asked).to.equal('export of entries 0 to 270, bodies: all')
    expect(read[1]?.asked).to.equal('export of entries 100 to 270, bodies: party demo-hospital')
  })

  it('an expired body is exported as expired', async () => {
    expect(await expireBodies({ ...log, now: () => new Date() }, { years: 6, policy: 'sha256:six' })).to.equal(2)
    await sequence(log)
    const { out: said } = await officer(site, ['log', 'export', '-', '--bodies', 'all'])
    for (const index of [0, 1]) expect(said.split('\n').find((line) => line.includes(`"index":"${index}"`))).to.contain('"body":"expired"')
    const { out: checked } = await officer(site, ['log', 'fsck', '--no-record'])
    expect(checked).to.contain('2 of them have expired: what they said is deleted, their hashes stand.')
  })

  it('a file that is there is never written over; words that mean nothing are refused', async () => {
    writeFileSync(join(out, 'there'), 'mine')
    const reads = "SELECT 1 FROM outbox WHERE kind = 'log-read' UNION ALL SELECT 1 FROM log_entry WHERE kind = 'log-read'"
    const before = (await query(database().url, reads)).length
    const refused = await officer(site, ['log', 'export', join(out, 'there')])
    expect([refused.code, refused.err]).to.deep.equal([
      2,
      'sallyport: [bad-request] The request is not well formed.\nsallyport: The file is there already: name a new one.\n'
    ])
    expect(await query(database().url, reads), 'nothing was read').to.have.length(before)
    expect(readFileSync(join(out, 'there'), 'utf8')).to.equal('mine')
    for (const words of [
      ['--bodies', 'theirs'],
      ['--bodies', 'party:'],
      ['--from', '-1'],
      ['--from', '1e3'],
      ['--size', 'x'],
      ['--size', '00']
    ])
      expect((await officer(site, ['log', 'export', join(out, 'none'), ...words])).code, words.join(' ')).to.equal(2)
    expect((await officer(site, ['log', 'export', join(out, 'none'), '--size', '7'])).err).to.contain('[not-found]')
    expect((await officer(site, ['log', 'export', join(out, 'none'), '--from', '99999'])).err).to.contain('[bad-request]')
  })

  it('export --json says what was written; --help says what may be asked', async () => {
    const file = join(out, 'told.ndjson')
    const { code, out: said } = await officer(site, ['log', 'export', file, '--from', '100', '--size', '256', '--json'])
    expect([code, JSON.parse(said)]).to.deep.equal([0, { file, first: '100', size: '256', entries: '156', bodies: 'none' }])
    expect((await officer(site, ['log', 'export', '-', '--json'])).code).to.equal(2)
    const help = await officer(site, ['log', 'export', '--help'])
    expect([help.code, help.err]).to.deep.equal([0, ''])
    expect(help.out).to.contain('first entry (default: 0)')
  })

  it('checkpoint prints the newest signed one, and beside it the one kept in the data folder', async () => {
    const { out: note } = await officer(site, ['log', 'checkpoint'])
    expect(note).to.match(/^localhost\/sallyport-log\n\d+\n/)
    const both = JSON.parse((await officer(site, ['log', 'checkpoint', '--json'])).out) as Record<string, unknown>
    expect(both['checkpoint']).to.equal(note)
    expect(both['kept']).to.equal(note)
  })

  it('a byte changed in the log: fsck ends with 3 and names table, index and what is wrong; export still writes, verify refuses', async () => {
    await query(database().url, 'ALTER TABLE log_body DISABLE TRIGGER USER')
    await query(database().url, "UPDATE log_body SET statement = replace(statement, 'demo-insurer', 'demo-insureR') WHERE index = 11")
    const { code, out: said } = await officer(site, ['log', 'fsck', '--no-record'])
    expect(code).to.equal(3)
    expect(said).to.contain('The log is NOT whole: log_body 11: commitment: What the entry says is not what its leaf commits to.')
    const told = await officer(site, ['log', 'fsck', '--json'])
    expect([told.code, (JSON.parse(told.out) as { fault: object }).fault]).to.deep.equal([
      3,
      { table: 'log_body', index: '11', fault: 'commitment', says: 'What the entry says is not what its leaf commits to.' }
    ])
    const file = join(out, 'altered.ndjson')
    expect((await officer(site, ['log', 'export', file, '--bodies', 'all'])).code).to.equal(0)
    const refused = await officer(site, ['verify', file, '--key', log.ring.log.current.vkey])
    expect([refused.code, refused.out]).to.deep.equal([1, refused.out])
    expect(refused.out).to.contain('commitment')
  })

  it('a log shorter than the kept checkpoint: the gateway does not start, says which sizes, and where to read on', async () => {
    await query(database().url, "ALTER TABLE log_head DISABLE TRIGGER USER; UPDATE log_head SET size = 0, range = ''")
    const error = await startProcess(site).then(
      async (started) => {
        await started.stop()
        return 'started'
      },
      (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown))
    )
    expect(error).to.contain('[log-shorter] The log is shorter than its last checkpoint.')
    expect(error).to.match(/checkpoint: \d+/)
    expect(error).to.contain('log: 0')
    expect(error).to.contain('gateway/README.md')
  })
})
