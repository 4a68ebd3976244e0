/** What the entry of a refused export tells: whoever was refused reads it. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { loadPolicies } from '../../gateway/config/policies.ts'
import { RefusedError, type Told } from '../../gateway/core/errors.ts'
import type { Caller } from '../../gateway/exchange/doors.ts'
import { openExports } from '../../gateway/exchange/exports/exports.ts'
import type { House } from '../../gateway/exchange/house.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { useDatabase } from '../support/postgres.ts'

describe('exchange/exports: refused', () => {
  const policies = loadPolicies(new URL('../../policies/', import.meta.url).pathname)
  const own = [...policies.agreements.values()].find(({ agreement }) => agreement.recipient === 'demo-insurer')?.agreement.id ?? ''
  const database = useDatabase()
  let pool: Pool
  before(() => {
    pool = openPool(database().url, 2)
  })
  after(() => pool.end())

  async function told(party: string, agreement: string): Promise<{ readonly code: string; readonly told: Told }> {
    // a refusal asks for nothing else
    const exports = openExports({ pool, policies, now: () => new Date('2026-02-01T00:00:00Z') } as unknown as House)
    const caller: Caller = { party, role: 'insurer', scopes: ['system/*.rs'] }
    try {
      await exports.kickOff(caller, { agreement, since: null, types: [] })
    } catch (error) {
      if (error instanceof RefusedError) return { code: error.code, told: error.told }
    }
    throw new Error('not refused')
  }

  it('an agreement of others looks in it as one that does not exist; one of its own that is not in force is named', async () => {
    expect(await told('other-insurer', own)).to.deep.equal(await told('other-insurer', 'never-was'))
    expect((await told('other-insurer', own)).told).to.not.have.property('agreement')
    expect((await told('demo-insurer', own)).told).to.include({ agreement: own })
  })
})
