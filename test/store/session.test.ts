/** A connection of one's own over a line that goes without a word: given up when nothing answers on it, and made again. */
import { expect } from 'chai'
import type { PoolClient } from 'pg'
import { codeOf } from '../../gateway/core/errors.ts'
import { openPool, rows } from '../../gateway/store/pool.ts'
import { isDead, joinReplicas } from '../../gateway/store/replicas.ts'
import { holdSession } from '../../gateway/store/session.ts'
import { openLine } from '../support/database-line.ts'
import { until } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'

const TIMES = { everyMs: 200, withinMs: 2000 }

describe('store: sessions', function () {
  this.timeout(30_000)
  const database = useDatabase()

  it('over a line that is cut, or goes without a word, it ends and is begun again; one that is only slow stands', async () => {
    const line = await openLine(database().url)
    const pool = openPool(line.url, 2)
    const begun: PoolClient[] = []
    const session = await holdSession(pool, async (client) => void begun.push(client), { times: TIMES })
    try {
      const again = (times: number): Promise<true> => until(async () => (begun.length >= times && session.alive() ? true : null), 10)
      await begun[0]?.query('SELECT pg_sleep(0.7)')
      expect([begun.length, session.alive()]).to.deep.equal([1, true])
      line.cut()
      await again(2)
      const started = performance.now()
      line.hush()
      // what waits on it is not left waiting
      const given = begun.at(-1) as PoolClient // it is begun
      const before = begun.length
      const asked = (): Promise<unknown> => rows(given, 'SELECT 1').catch(codeOf)
      expect(await asked()).to.equal('database-unavailable')
      expect(performance.now() - started).to.be.within(1900, 8000)
      expect(await asked(), 'asked once more').to.equal('database-unavailable')
      await again(before + 1)
    } finally {
      await session.release()
      await pool.end()
      await line.stop()
    }
  })

  it('a replica whose line goes without a word is another by then, and dead under its old number to all others', async () => {
    const line = await openLine(database().url)
    const pool = openPool(line.url, 2)
    const replica = await joinReplicas(pool, undefined, { times: { everyMs: 200, withinMs: 500 } })
    try {
      const old = replica.number
      const isGone = async (): Promise<boolean> =>
        (await query<{ gone: boolean }>(database().url, `SELECT ${isDead(String(old))} AS gone`))[0]?.gone === true
      await new Promise((resolve) => setTimeout(resolve, 2000))
      expect([replica.number, await isGone()], 'idle, but asked').to.deep.equal([old, false])
      line.hush()
      await until(async () => (replica.alive() && replica.number !== old ? true : null), 10)
      await until(async () => ((await isGone()) ? true : null), 10)
    } finally {
      await replica.release()
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
