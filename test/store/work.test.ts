/** The queue of work over real Postgres: who may claim what. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { openPool } from '../../gateway/store/pool.ts'
import { joinReplicas, type Replica } from '../../gateway/store/replicas.ts'
import { addWork, claimWork, finishWork } from '../../gateway/store/work.ts'
import { until } from '../support/gateway.ts'
import { useDatabase } from '../support/postgres.ts'

describe('store/work', () => {
  const database = useDatabase()
  let pool: Pool
  let [one, other]: (Replica | null)[] = []
  before(async () => {
    pool = openPool(database().url, 4)
    one = await joinReplicas(pool)
    other = await joinReplicas(pool)
  })
  after(async () => {
    await one?.release()
    await other?.release()
    await pool.end()
  })

  it('what a living replica does nobody else claims; what it claimed and does no more is free to it, what a dead one did to all', async () => {
    const [mine, theirs] = [one?.number ?? 0, other?.number ?? 0]
    await addWork(pool, 'bucket', randomUUID(), [0, 1])
    const claimed = (await claimWork(pool, mine, [], 2)).map(({ id }) => id)
    expect(claimed).to.have.length(2)
    expect(await claimWork(pool, theirs, [], 2)).to.deep.equal([])
    expect(await claimWork(pool, mine, claimed, 2)).to.deep.equal([])
    const [kept = 0, lost = 0] = claimed
    expect((await claimWork(pool, mine, [kept], 2)).map(({ id, attempts }) => [id, attempts])).to.deep.equal([[lost, 2]])
    await one?.release()
    const freed: number[] = []
    await until(async () => (freed.push(...(await claimWork(pool, theirs, freed, 2)).map(({ id }) => id)) < 2 ? null : true))
    expect(freed).to.have.members(claimed)
    expect([await finishWork(pool, kept, mine), await finishWork(pool, kept, theirs)]).to.deep.equal([0, 1])
  })
})
