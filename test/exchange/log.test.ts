/** The sequencer over real Postgres: each entry has one place, whoever adds it and however often. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import type { Rooms } from '../../gateway/exchange/house.ts'
import { append, sequence } from '../../gateway/exchange/log/log.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { openPool, transaction } from '../../gateway/store/pool.ts'
import { until } from '../support/gateway.ts'
import { faultsOf, query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

describe('exchange/log', () => {
  const database = useDatabase()
  const ring = readKeyRing(generateKeyRing('localhost/sallyport-log'))
  let pool: Pool
  let rooms: Rooms
  before(async () => {
    pool = openPool(database().url, 4)
    rooms = { pool, ring, folder: mkdtempSync(join(tmpdir(), 'sallyport-log-')) }
    await prepareStops(database().url)
  })
  after(async () => {
    await pool.end()
    rmSync(rooms.folder, { recursive: true, force: true })
  })

  function add(key: string): Promise<Buffer> {
    return transaction(pool, (client) => append(client, key, { v: 1, kind: 'file-delivered', at: '2026-01-01T00:00:00Z' }))
  }

  it('an entry added again while it is given its place (a file asked for twice) is one entry, and the log goes on', async () => {
    const { url } = database()
    await add('file-delivered:1')
    const stopped = await stopAt(url, { table: 'log_entry', event: 'INSERT' }, 'at the commit')
    const placed = sequence(rooms)
    await stopped.reached()
    const again = add('file-delivered:1')
    const waiting =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO outbox%'"
    await until(async () => ((await query(url, waiting)).length > 0 ? true : null))
    await stopped.release()
    await Promise.all([placed, again])
    await add('file-delivered:2')
    expect(await sequence(rooms)).to.equal(2n)
    expect(await query(url, 'SELECT key FROM log_entry ORDER BY index')).to.deep.equal([
      { key: 'file-delivered:1' },
      { key: 'file-delivered:2' }
    ])
    expect(await query(url, 'SELECT key FROM outbox')).to.deep.equal([])
    expect(await faultsOf(url)).to.deep.equal([])
  })
})
