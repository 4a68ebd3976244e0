/** What the role of a running gateway may do where it owns nothing: everything its work needs, and nothing that changes the log. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Pool } from 'pg'
import { requireLog, sequence } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { expireBodies, liftLegalHold, placeLegalHold } from '../../gateway/exchange/log/log-retention.ts'
import { verifyDaily } from '../../gateway/exchange/log/log-verified.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { advanceFeed, claimFeed } from '../../gateway/store/audit.ts'
import { grantGateway, ownsLog } from '../../gateway/store/grants.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { addEntries } from '../support/sealed-log.ts'

const ROLE = `test gateway ${process.pid}`

describe('store/grants', () => {
  const database = useDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-grants-'))
  const ring = readKeyRing(generateKeyRing('test.example/log'))
  let pool: Pool
  before(async () => {
    const { url } = database()
    await query(url, `CREATE ROLE "${ROLE}" LOGIN PASSWORD 'test'`)
    await Promise.all([grantGateway(url, ROLE), grantGateway(url, ROLE), grantGateway(url, ROLE)])
    const address = new URL(url)
    address.username = encodeURIComponent(ROLE)
    address.password = 'test'
    pool = openPool(address.href, 4)
  })
  after(async () => {
    await pool.end()
    // its grants went with the database, which is gone by now
    const server = new URL(database().url)
    server.pathname = '/postgres'
    await query(server.href, `DROP ROLE "${ROLE}"`)
    rmSync(folder, { recursive: true })
  })

  it('it owns nothing; a role that owns the log, or is a superuser, is told from it', async () => {
    expect(await ownsLog(pool)).to.equal(false)
    const owner = openPool(database().url, 1)
    expect(await ownsLog(owner)).to.equal(true)
    await owner.end()
  })

  it('it adds entries, sequences, signs, verifies: all the log asks of a gateway', async () => {
    const rooms = { pool, folder, ring }
    await addEntries(pool, 300, 301, '2018-03-01T00:00:00Z')
    await addEntries(pool, 0, 299)
    expect(await sequence(rooms)).to.equal(300n)
    expect(await requireLog(rooms)).to.equal(300n)
    expect((await fsck(rooms, { now: new Date('2026-05-01T00:00:00Z') })).fault).to.equal(null)
    expect(await verifyDaily({ ...rooms, now: () => new Date(), observe: createObserver({ level: 'silent' }) })).to.not.equal(null)
  })

  it('it keeps the log by policy and holds, and sends it on: bodies expire, holds are placed and lifted, the feed is claimed and confirmed', async () => {
    const now = new Date()
    const word = { officer: 'Test Privacy Office', reason: 'a test', at: now }
    const hold = await placeLegalHold(pool, { first: null, last: null }, word)
    const expire = (): Promise<number> => expireBodies({ pool, ring, now: () => now }, { years: 6, policy: 'sha256:test' })
    expect(await expire()).to.equal(0)
    await liftLegalHold(pool, hold, word)
    expect(await expire()).to.equal(1)
    expect(await claimFeed(pool, 'test', 1)).to.equal(0)
    expect(await advanceFeed(pool, 'test', 1, 5)).to.equal(1)
  })

  for (const statement of [
    "UPDATE log_entry SET kind = 'x'",
    'DELETE FROM log_entry',
    'TRUNCATE log_entry',
    'UPDATE log_node SET hash = hash',
    'DELETE FROM log_node',
    'TRUNCATE log_node',
    'UPDATE checkpoint SET note = note',
    'DELETE FROM checkpoint',
    'TRUNCATE checkpoint',
    'UPDATE log_body SET statement = statement',
    'TRUNCATE log_body',
    'DELETE FROM log_head',
    'TRUNCATE log_head',
    'INSERT INTO log_head (one) VALUES (false)',
    'UPDATE outbox SET statement = statement',
    'DELETE FROM legal_hold',
    'DELETE FROM event_feed',
    'UPDATE incident SET reason = reason',
    'ALTER TABLE log_entry DISABLE TRIGGER ALL',
    'DROP TABLE log_node',
    "SET session_replication_role = 'replica'",
    "INSERT INTO migration (name, run_on) VALUES ('x', now())"
  ])
    it(`it may not: ${statement}`, async () => {
      const error = await pool.query(statement).catch((thrown: unknown) => thrown)
      expect(error).to.have.property('code', '42501')
    })

  it('what it may is still held by triggers: no body goes before six years, the head never shrinks', async () => {
    for (const statement of ['DELETE FROM log_body', 'UPDATE log_head SET size = 1'])
      expect(await pool.query(statement).catch((thrown: unknown) => thrown), statement).to.have.property('code', '23001')
  })
})
