/** A connection of one's own over a line that goes without a word: given up when nothing answers on it, and made again. */
import { expect } from 'chai'
import type { PoolClient } from 'pg'
import { codeOf } from '../../gateway/core/errors.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { holdSession } from '../../gateway/store/session.ts'
import { openLine } from '../support/database-line.ts'
import { until } from '../support/gateway.ts'
import { useDatabase } from '../support/postgres.ts'

const TIMES = { everyMs: 200, withinMs: 1000 }

describe('store: sessions', function () {
  this.timeout(30_000)
  const database = useDatabase()

  it('over a line that is cut, or goes without a word, it ends and is begun again; one that is only slow stands', async () => {
    const line = await openLine(database().url)
    const pool = openPool(line.url, 2)
    const begun: PoolClient[] = []
    const session = await holdSession(pool, async (client) => void begun.push(client), { times: TIMES })
    try {
      const again = (times: number): Promise<true> => until(async () => (begun.length === times && session.alive() ? true : null), 10)
      await begun[0]?.query('SELECT pg_sleep(0.7)')
      expect([begun.length, session.alive()]).to.deep.equal([1, true])
      line.cut()
      await again(2)
      const started = performance.now()
      line.hush()
      // what waits on it is not left waiting
      const waiting = begun[1]?.query('SELECT 1').then(
        () => 'answered',
        () => 'ended'
      )
      expect(await waiting).to.equal('ended')
      expect(performance.now() - started).to.be.within(900, 4000)
      await again(3)
    } finally {
      await session.release()
      await pool.end()
      await line.stop()
    }
  })

  it('a database that stays away, and one that answers a new session with nothing, are told of, ever more rarely', async () => {
    const line = await openLine(database().url)
    const pool = openPool(line.url, 2)
    const told: [number, string][] = []
    const state = { stuck: false }
    const begin = async (client: PoolClient): Promise<void> => void (await client.query(state.stuck ? 'SELECT pg_sleep(60)' : 'SELECT 1'))
    const session = await holdSession(pool, begin, {
      times: { everyMs: 200, withinMs: 100 },
      failed: (attempts, error) => void told.push([attempts, codeOf(error)])
    })
    try {
      line.down()
      await until(async () => (told.length > 0 ? true : null), 20)
      expect(session.alive()).to.equal(false)
      state.stuck = true
      line.up()
      await until(async () => (told.length > 1 ? true : null), 20)
      state.stuck = false
      await until(async () => (session.alive() ? true : null), 10)
      expect(told.slice(0, 2)).to.deep.equal([
        [8, 'database-unavailable'],
        [16, 'database-unavailable']
      ])
    } finally {
      await session.release()
      await pool.end()
      await line.stop()
    }
  })
})
