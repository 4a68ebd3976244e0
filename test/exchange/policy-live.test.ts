/** The policies in force as a gateway sees them, on a real database, by a clock the test moves. */
import { join } from 'node:path'
import { expect } from 'chai'
import { loadPolicies } from '../../gateway/config/policies.ts'
import { isActive } from '../../gateway/core/agreement/decide.ts'
import { codeOf } from '../../gateway/core/errors.ts'
import { keepRegistry } from '../../gateway/exchange/identity/registry-live.ts'
import { keepPolicies } from '../../gateway/exchange/policy-live.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { fillOutbox } from '../support/entries.ts'
import { makeSite } from '../support/gateway.ts'
import { asDraft, query, writeAgreement } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'

const DAY = 86_400_000
const ID = 'yearly'

describe('exchange/policy-live', function () {
  this.timeout(60_000)
  const database = useDatabase()

  it('what is overdue is out of force with the first look of that day, also where the suspension cannot be kept', async () => {
    const site = makeSite(database(), { 'demo-transport-only': null })
    asDraft(site, 'demo-safe-harbor')
    writeAgreement(site, ID, { expires: '2099-01-01', reattestation: { every: 'P90D' } })
    const pool = openPool(database().url, 4)
    const clock = { ahead: 0 }
    const now = (): Date => new Date(Date.now() + clock.ahead)
    const folder = loadPolicies(join(site.folder, 'policies'))
    const keysOf = async (party: string): Promise<object | null> => folder.parties.get(party)?.jwks ?? null
    const observe = createObserver({ level: 'silent' })
    const registry = await keepRegistry({ pool, now, observe }, folder)
    const house = { pool, now, keysOf, observe, registry } as Parameters<typeof keepPolicies>[0]
    const live = await keepPolicies(house, folder)
    try {
      const inForce = (): string | null => {
        const entry = live.now().agreements.get(ID)
        return entry === undefined ? 'gone' : isActive(entry, now().toISOString())
      }
      expect(inForce()).to.equal(null)
      await fillOutbox(database().url, 'agreement-suspended')
      clock.ahead = 91 * DAY
      const failed = await live.look().catch(codeOf)
      expect(failed, 'the suspension cannot be kept').to.be.a('string')
      expect(inForce()).to.equal('agreement-inactive')
      const rows = await query<{ state: string }>(database().url, 'SELECT state FROM agreement_version WHERE agreement = $1', [ID])
      expect(rows).to.deep.equal([{ state: 'active' }])
    } finally {
      await live.stop()
      await registry.stop()
      await pool.end()
      site.remove()
    }
  })
})
