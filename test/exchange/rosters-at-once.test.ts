/** Two lists of one roster loaded at once, on a real database: the one that comes last is the roster, and nobody of the other is on it. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { loadRoster } from '../../gateway/exchange/consent/roster.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { listRosters } from '../../gateway/store/rosters.ts'
import { until } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { freshRing } from '../support/ring.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

describe('exchange: rosters loaded at once', () => {
  const database = useDatabase()
  const ring = freshRing()
  const party = 'demo-hospital'
  let pool: Pool
  before(async () => {
    pool = openPool(database().url, 3)
    await prepareStops(database().url)
  })
  after(() => pool.end())

  const load = (ids: readonly string[]): Promise<number> => {
    const patients = ids.map((id) => ({ party, base: '', type: 'Patient', id }))
    return loadRoster(pool, ring, { party, roster: 'members' }, patients, { account: 'test', at: new Date() })
  }

  it('the second waits for the first, and replaces it', async () => {
    const stopped = await stopAt(database().url, { table: 'roster_member', event: 'INSERT' }, 'in the middle')
    const first = load(['a', 'b', 'c'])
    await stopped.reached()
    const second = load(['d'])
    const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE roster_member%'"
    await until(async () => ((await query(database().url, waits)).length > 0 ? true : null), 10)
    await stopped.release()
    expect(await Promise.all([first, second])).to.deep.equal([3, 1])
    expect(await listRosters(pool)).to.deep.equal([{ party, roster: 'members', members: 1 }])
  })
})
