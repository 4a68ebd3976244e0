/** How long the database keeps what was spent and what was revoked. */
import { expect } from 'chai'
import type { Pool } from 'pg'
import { openPool } from '../../gateway/store/pool.ts'
import { revokedTokens } from '../../gateway/store/registry.ts'
import { insertRevoked, sweepRevoked } from '../../gateway/store/revoked-tokens.ts'
import { spendJti, sweepJti } from '../../gateway/store/spent-jti.ts'
import { useDatabase } from '../support/postgres.ts'

const MINUTE = 60_000

describe('store: ids that were spent, and tokens that were revoked', () => {
  const database = useDatabase()
  let pool: Pool
  before(() => {
    pool = openPool(database().url, 2)
  })
  after(() => pool?.end())

  it('stay until no gateway takes them any more, whose clock is nine minutes behind, too (RFC 7523 §3)', async () => {
    const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * MINUTE)
    const spent = { issuer: 'demo-insurer', jti: 'once' }
    expect(await spendJti(pool, { ...spent, expires: minutesAgo(9) })).to.equal(true)
    expect(await spendJti(pool, { issuer: 'demo-insurer', jti: 'long over', expires: minutesAgo(11) })).to.equal(true)
    await insertRevoked(pool, { jti: 'ended', party: 'demo-insurer', expires: minutesAgo(9) }, new Date())
    await insertRevoked(pool, { jti: 'long over', party: 'demo-insurer', expires: minutesAgo(11) }, new Date())
    expect([await sweepJti(pool), await sweepRevoked(pool)]).to.deep.equal([1, 1])
    expect(await spendJti(pool, { ...spent, expires: minutesAgo(9) }), 'a second time').to.equal(false)
    expect(await revokedTokens(pool)).to.deep.equal(['ended'])
  })
})
