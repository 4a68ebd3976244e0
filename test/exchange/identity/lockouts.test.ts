/** Lock-outs over a real database: each waits where it failed, on every replica and after a restart; no stranger locks a party out, and nothing tells which names exist. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import type { Pool } from 'pg'
import { SLOW_AFTER, SLOW_MS, waitsAfter } from '../../../gateway/core/identity/lockout.ts'
import { registryOf } from '../../../gateway/core/identity/registry.ts'
import { addressMac } from '../../../gateway/exchange/audit/refusals.ts'
import { KeptLockouts, liftLockouts } from '../../../gateway/exchange/identity/lockouts.ts'
import type { Officer, Party } from '../../../gateway/generated/policy.ts'
import { listLockouts, sweepFailures } from '../../../gateway/store/limits.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { entriesIn } from '../../support/entries.ts'
import { query } from '../../support/house.ts'
import { useDatabase } from '../../support/postgres.ts'

const HERE = '192.0.2.7'
const FREE = 4
const FIRST_LOCK = FREE + 1
const WAITS = waitsAfter(FREE)
const ELSEWHERE = '198.51.100.9'

describe('exchange/identity/lockouts', function () {
  this.timeout(30_000)
  const database = useDatabase()
  const secret = createSecretKey(randomBytes(32))
  const registry = registryOf({
    parties: new Map([['demo-hospital', { id: 'demo-hospital' } as Party]]),
    officers: new Map([['demo-officer', { id: 'demo-officer' } as Officer]])
  })
  let pool: Pool
  before(() => {
    pool = openPool(database().url, 4)
  })
  after(() => pool.end())
  beforeEach(() => query(database().url, 'TRUNCATE outbox, sign_in_failure'))

  const replica = (): KeptLockouts => new KeptLockouts({ pool, registry, secret: () => secret, free: FREE, now: () => new Date() })

  async function fail(lockouts: KeptLockouts, times: number, claimed = 'demo-hospital', address = HERE): Promise<number[]> {
    const slow: number[] = []
    for (let n = 0; n < times; n++) slow.push(await lockouts.failed('party', claimed, address))
    return slow
  }

  it('the first failures are free, then each doubles the wait, a quarter of an hour at most', async () => {
    const own = replica()
    const waits: number[] = []
    for (let n = 1; n <= 20; n++) {
      await fail(own, 1)
      waits.push(Math.ceil(own.wait('party', 'demo-hospital', HERE)))
    }
    expect(waits).to.deep.equal([...WAITS.slice(1), ...Array<number>(20 - WAITS.length + 1).fill(900)])
    expect(waits.slice(0, 5)).to.deep.equal([0, 0, 0, 0, 1])
  })

  it('a stranger who fails in the name of a hospital elsewhere does not make it wait', async () => {
    const own = replica()
    for (let n = 0; n < 30; n++) await fail(own, 10, 'demo-hospital', `203.0.113.${n}`)
    expect(own.wait('party', 'demo-hospital', '203.0.113.1')).to.be.greaterThan(0)
    expect(own.wait('party', 'demo-hospital', HERE)).to.equal(0)
  })

  it('failures under one name from everywhere make failures slower, and nothing else', async () => {
    const own = replica()
    const slow: number[] = []
    for (let n = 0; n <= SLOW_AFTER; n++) slow.push(...(await fail(own, 1, 'demo-hospital', `203.0.113.${n}`)))
    expect([slow.at(-2), slow.at(-1)]).to.deep.equal([0, SLOW_MS])
    expect(own.wait('party', 'demo-hospital', HERE)).to.equal(0)
  })

  it('a name that nobody has waits, and is slowed, exactly as one that somebody has', async () => {
    const own = replica()
    const seen = async (claimed: string): Promise<unknown> => {
      const slow = await fail(own, 8, claimed)
      const wait = Math.ceil(own.wait('party', claimed, HERE))
      const far: number[] = []
      for (let n = 0; n < SLOW_AFTER; n++) far.push(...(await fail(own, 1, claimed, `203.0.113.${n}`)))
      return { slow, far, wait }
    }
    expect(await seen('demo-nobody')).to.deep.equal(await seen('demo-hospital'))
    expect(await seen('')).to.deep.equal(await seen(`${'x'.repeat(9000)}\u0000`))
  })

  it('a party and an officer of one name are not one', async () => {
    const own = replica()
    await fail(own, 6)
    expect(own.wait('officer', 'demo-hospital', HERE)).to.equal(0)
  })

  it('another replica knows within a look, and one that starts now knows, too: a restart forgets nothing', async () => {
    const [here, there] = [replica(), replica()]
    await there.look()
    await fail(here, 8)
    expect(there.wait('party', 'demo-hospital', HERE)).to.equal(0)
    await there.look()
    expect(there.wait('party', 'demo-hospital', HERE)).to.be.within(5, 8)
    const started = replica()
    await started.look()
    expect(started.wait('party', 'demo-hospital', HERE)).to.be.within(5, 8)
  })

  it('failures that replicas count at once are all counted', async () => {
    const replicas = [replica(), replica(), replica()]
    await Promise.all(replicas.map((own) => fail(own, 4)))
    const started = replica()
    await started.look()
    expect(started.wait('party', 'demo-hospital', HERE)).to.be.within(100, WAITS[12] ?? 0)
  })

  it('whoever signs in begins anew; another address, and other replicas, do not change by it but hear of it', async () => {
    const [here, there] = [replica(), replica()]
    await fail(here, 6)
    await fail(here, 6, 'demo-hospital', ELSEWHERE)
    await there.look()
    await there.succeeded('party', 'demo-hospital', HERE)
    await here.look()
    expect(here.wait('party', 'demo-hospital', HERE)).to.equal(0)
    expect(here.wait('party', 'demo-hospital', ELSEWHERE)).to.be.greaterThan(0)
    await fail(here, 1)
    expect(here.wait('party', 'demo-hospital', HERE)).to.equal(0)
  })

  it('an hour without a failure, and the next is the first', async () => {
    const own = replica()
    await fail(own, 12)
    await query(
      database().url,
      "UPDATE sign_in_failure SET changed = changed - interval '61 minutes', until = until - interval '61 minutes'"
    )
    await fail(own, 1)
    expect(own.wait('party', 'demo-hospital', HERE)).to.equal(0)
  })

  it('the first lock of a registered name is an entry, with the address as an HMAC; of a name that nobody has there is none', async () => {
    const own = replica()
    await fail(own, FIRST_LOCK + 3)
    await fail(own, FIRST_LOCK + 3, 'demo-nobody')
    const entries = await entriesIn(database().url)
    expect(entries.map(({ kind, party, address, failures }) => ({ kind, party, address, failures }))).to.deep.equal([
      { kind: 'sign-in-locked', party: 'demo-hospital', address: addressMac(secret, HERE), failures: FIRST_LOCK }
    ])
  })

  it('nothing kept holds an address or a claimed name that nobody has', async () => {
    await fail(replica(), 6, 'demo-nobody-at-all')
    const kept = JSON.stringify(await query(database().url, 'SELECT *, encode(key, $$escape$$) AS text FROM sign_in_failure'))
    expect(kept).not.to.include(HERE)
    expect(kept).not.to.include('nobody')
  })

  it('an operator lifts by name or by address as entries name it: an entry, and every replica hears of it', async () => {
    const own = replica()
    await fail(own, 8)
    await fail(own, 8, 'demo-nobody')
    const word = { officer: 'Test Operator', reason: 'a wrong key was configured', account: 'tester' }
    expect(await listLockouts(pool)).to.have.length(2)
    expect(await liftLockouts({ pool, now: () => new Date() }, { named: 'demo-hospital', address: null, ...word })).to.equal(1)
    await own.look()
    expect([own.wait('party', 'demo-hospital', HERE), own.wait('party', 'demo-nobody', HERE) > 0]).to.deep.equal([0, true])
    expect(await liftLockouts({ pool, now: () => new Date() }, { named: null, address: addressMac(secret, HERE), ...word })).to.equal(1)
    expect(await listLockouts(pool)).to.deep.equal([])
    const lifted = (await entriesIn(database().url, 'lockout-lifted')).map(({ named, lifted: n, reason }) => ({ named, n, reason }))
    expect(lifted).to.deep.equal([
      { named: 'demo-hospital', n: 1, reason: word.reason },
      { named: null, n: 1, reason: word.reason }
    ])
  })

  it('rows are bounded: those that were still for an hour go, and of more than fit the stalest', async () => {
    const own = replica()
    for (let n = 0; n < 10; n++) await fail(own, 1, `name-${n}`)
    expect(await sweepFailures(pool, 3600, 6)).to.equal(14)
    await query(database().url, "UPDATE sign_in_failure SET changed = changed - interval '61 minutes'")
    expect(await sweepFailures(pool, 3600, 6)).to.equal(6)
  })
})
