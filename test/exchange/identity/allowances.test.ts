/** Allowances over a real database: N replicas together give one, nobody waits for the database, and memory and rows are bounded. */
import { expect } from 'chai'
import type { Pool } from 'pg'
import { Allowances } from '../../../gateway/exchange/identity/allowances.ts'
import { exchangeAllowances, sweepAllowances } from '../../../gateway/store/limits.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { joinReplicas, type Replica } from '../../../gateway/store/replicas.ts'
import { query } from '../../support/house.ts'
import { useDatabase } from '../../support/postgres.ts'

/** 20 at once, one a second */
const SMALL = { requestsPerMinute: 60, failedSignInsPerMinute: 60, strangersPerMinute: 60 }
const AT = 1_000_000

/** How many of `times` are let happen. */
function taken(allowances: Allowances, who: string, times: number, at = AT): number {
  return Array.from({ length: times }, () => allowances.take('request', who, at)).filter((seconds) => seconds === 0).length
}

describe('exchange/identity/allowances', function () {
  this.timeout(30_000)
  const database = useDatabase()
  let pool: Pool
  let replicas: Replica[]
  before(async () => {
    pool = openPool(database().url, 4)
    replicas = await Promise.all([joinReplicas(pool), joinReplicas(pool)])
  })
  after(async () => {
    for (const replica of replicas) await replica.release()
    await pool.end()
  })
  beforeEach(() => query(database().url, 'TRUNCATE allowance'))

  const exchange = (allowances: Allowances, at = AT): Promise<void> =>
    allowances.exchange(
      (told) => exchangeAllowances(pool, told),
      () => at
    )
  async function two(): Promise<readonly [Allowances, Allowances]> {
    const both = [new Allowances(SMALL, String), new Allowances(SMALL, String)] as const
    for (const one of both) await exchange(one)
    return both
  }

  it('alone, a replica gives the whole allowance, then as much as comes back, and says in seconds when', () => {
    const alone = new Allowances(SMALL, String)
    expect(taken(alone, 'a', 30)).to.equal(20)
    expect(alone.take('request', 'a', AT)).to.be.closeTo(1, 0.001)
    expect(taken(alone, 'a', 30, AT + 3000)).to.equal(3)
    expect(taken(alone, 'b', 1)).to.equal(1)
  })

  it('two replicas that are asked at once together give one allowance, and what comes back to it', async () => {
    const [here, there] = await two()
    expect([taken(here, 'a', 50), taken(there, 'a', 50)]).to.deep.equal([10, 10])
    for (const one of [here, there, here]) await exchange(one)
    expect(taken(here, 'a', 50) + taken(there, 'a', 50)).to.be.at.most(1)
  })

  it('a party that comes to one replica alone has the whole allowance there, by and by', async () => {
    const [here] = await two()
    const seconds = Array.from({ length: 8 }, (_, n) => AT + n * 1000)
    let got = 0
    for (const at of seconds) {
      got += taken(here, 'a', 50, at)
      await exchange(here, at)
    }
    expect(got).to.be.within(19, 20 + seconds.length)
  })

  it('who spent it at one replica finds it spent at another that never saw the party', async () => {
    const [here, there] = await two()
    for (const _ of [1, 2, 3, 4, 5]) {
      taken(here, 'a', 50)
      await exchange(here)
    }
    await exchange(there)
    expect(taken(there, 'a', 50)).to.be.at.most(1)
    expect(there.take('request', 'a', AT)).to.be.greaterThan(0)
  })

  it('what is spent while the others are told is not lost, and what could not be told is told the next time', async () => {
    const [here, there] = await two()
    taken(here, 'a', 4)
    await here
      .exchange(
        async () => {
          throw new Error('the database is away')
        },
        () => AT
      )
      .catch(() => undefined)
    await here.exchange(
      async (told) => {
        taken(here, 'a', 3)
        return exchangeAllowances(pool, told)
      },
      () => AT
    )
    await exchange(here)
    await exchange(there)
    const [row] = await query<{ tokens: number }>(database().url, "SELECT tokens FROM allowance WHERE key = 'request a'")
    expect(row?.tokens).to.be.closeTo(13, 1)
  })

  it('without the database a replica goes on with its share, never more: all shares come to one allowance', async () => {
    const both = await two()
    const hour = Array.from({ length: 60 }, (_, n) => AT + n * 1000)
    const got = hour.flatMap((at) => both.map((one) => taken(one, 'a', 50, at))).reduce((sum, n) => sum + n, 0)
    expect(got).to.be.at.most(20 + 60)
  })

  it('what was taken for nothing is given back', () => {
    const alone = new Allowances(SMALL, String)
    taken(alone, 'a', 20)
    alone.give('request', 'a')
    expect(taken(alone, 'a', 5)).to.equal(1)
  })

  it('kinds do not spend from one another', () => {
    const alone = new Allowances(SMALL, String)
    taken(alone, 'a', 20)
    expect([alone.take('token', 'a', AT), alone.take('stranger', 'a', AT), alone.take('failure', 'a', AT)]).to.deep.equal([0, 0, 0])
  })

  it('rows that are full again are swept; a hundred thousand addresses keep memory and rows bounded', async () => {
    const [here] = await two()
    for (let n = 0; n < 100_000; n++) here.take('stranger', `address ${n}`, AT)
    await exchange(here)
    const [before] = await query<{ n: number }>(database().url, 'SELECT count(*)::integer AS n FROM allowance')
    expect(before?.n).to.equal(20_000)
    await query(database().url, "UPDATE allowance SET at = at - interval '2 seconds'")
    expect(await sweepAllowances(pool)).to.equal(20_000)
  })

  it('a take costs less than 50 µs at the median, with ten thousand parties', () => {
    const alone = new Allowances({ ...SMALL, requestsPerMinute: 600_000 }, String)
    for (let n = 0; n < 10_000; n++) alone.take('request', `party-${n}`, AT)
    const spent = Array.from({ length: 20_000 }, (_, n) => {
      const started = process.hrtime.bigint()
      alone.take('request', `party-${n % 10_000}`, AT + n)
      return Number(process.hrtime.bigint() - started)
    }).sort((a, b) => a - b)
    expect(spent[10_000]).to.be.lessThan(50_000)
  })
})
