/** Retention over real Postgres and real files: what has outlived its days goes, and its entry stays. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { destroyAbandoned, expireDatasets, forgetTold } from '../../gateway/exchange/release/retention.ts'
import { makeRooms } from '../../gateway/store/directory.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'

const DAY = 86_400_000
const RELEASED = Date.parse('2026-01-01T12:00:00Z')

describe('exchange/retention', () => {
  const database = useDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-retention-'))
  let pool: Pool
  before(async () => {
    pool = openPool(database().url, 2)
    await makeRooms(folder)
    await query(
      database().url,
      `INSERT INTO policy (hash, kind, body) VALUES ('ten days', 'agreement', '{"retention":{"gatewayDays":10,"recipientDays":20}}')`
    )
  })
  after(async () => {
    await pool.end()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A dataset with one shard: its ids. */
  async function dataset(state: string, at: string, releasedAt: string | null): Promise<{ id: string; file: string }> {
    const [id, file] = [randomUUID(), randomUUID()]
    await query(
      database().url,
      `INSERT INTO disclosure (id, agreement, agreement_hash, profile_hash, recipient, source, state, due_at, at, sealed_key, released_at)
       VALUES ($1, 'a', 'ten days', 'ten days', 'r', 's', $2, $3, $3, '', $4)`,
      [id, state, at, releasedAt]
    )
    const shard = `INSERT INTO shard (disclosure, part, name, type, first_bucket, last_bucket, file, records) VALUES ($1, 0, 'n', 'Patient', 0, 0, $2, 1)`
    await query(database().url, shard, [id, file])
    writeFileSync(join(folder, 'shards', file), 'sealed')
    return { id, file }
  }

  it('a dataset goes so many days after its release as its agreement says, recalled ones too, also one recalled before it was ready', async () => {
    const at = new Date(RELEASED).toISOString()
    const ready = await dataset('ready', at, at)
    const recalled = await dataset('recalled', at, null)
    const later = await dataset('ready', at, new Date(RELEASED + DAY).toISOString())
    const expire = (now: number): Promise<number> => expireDatasets({ pool, folder, now: () => new Date(now) })
    expect(await expire(RELEASED + 10 * DAY - 1), 'the moment before').to.equal(0)
    expect(await expire(RELEASED + 10 * DAY)).to.equal(2)
    expect(readdirSync(join(folder, 'shards'))).to.deep.equal([later.file])
    const expired = "SELECT id FROM disclosure WHERE state = 'expired'"
    expect((await query<{ id: string }>(database().url, expired)).map(({ id }) => id)).to.have.members([ready.id, recalled.id])
    const entries = 'SELECT kind, disclosure AS id FROM outbox'
    expect(await query(database().url, entries)).to.have.deep.members([ready, recalled].map(({ id }) => ({ kind: 'dataset-expired', id })))
  })

  it('who was counted in an aggregate is remembered as long as the recipient may have it, and no longer; at once forgotten when it never left', async () => {
    const at = new Date(RELEASED).toISOString()
    const [recorded, had, never] = [
      await dataset('recorded', at, null),
      await dataset('expired', at, at),
      await dataset('refused', at, null)
    ]
    for (const { id } of [recorded, had, never])
      await query(database().url, "INSERT INTO aggregate_told (disclosure, scope, sealed) VALUES ($1, 'a to r', 'who')", [id])
    const left = async (days: number, more = 0): Promise<string[]> => {
      await forgetTold({ pool, now: () => new Date(RELEASED + days * DAY + more) })
      const rows = await query<{ id: string }>(database().url, 'SELECT disclosure AS id FROM aggregate_told')
      return rows.map(({ id }) => id).sort()
    }
    expect(await left(30, -1), 'the moment before').to.deep.equal([recorded.id, had.id].sort())
    expect(await left(30), 'not one that is still to be fetched').to.deep.equal([recorded.id])
  })

  it('a submission left open and silent for 30 days is closed and its key destroyed, with an entry; one that is used is not', async () => {
    const opened = new Date(RELEASED).toISOString()
    const [left, used] = [randomUUID(), randomUUID()]
    for (const id of [left, used]) {
      const submission = "INSERT INTO submission (id, party, agreements, sealed_key, opened_at) VALUES ($1, 'p', '{}', 'key', $2)"
      await query(database().url, submission, [id, opened])
    }
    const upload = `INSERT INTO upload (id, submission, name_mac, label, state, replica, started_at) VALUES ($1, $2, 'n', 'file', 'kept', 1, $3)`
    await query(database().url, upload, [randomUUID(), used, new Date(RELEASED + 29 * DAY).toISOString()])
    const house = { pool, folder, now: () => new Date(RELEASED + 31 * DAY) }
    expect(await destroyAbandoned(house)).to.equal(1)
    const states = await query<{ id: string; state: string; sealed_key: Buffer | null }>(
      database().url,
      'SELECT id, state, sealed_key FROM submission'
    )
    expect(states.find((row) => row.id === left)).to.include({ state: 'destroyed', sealed_key: null })
    expect(states.find((row) => row.id === used)?.state).to.equal('open')
    expect(await query(database().url, "SELECT 1 FROM outbox WHERE kind = 'submission-destroyed'")).to.have.length(1)
  })
})
