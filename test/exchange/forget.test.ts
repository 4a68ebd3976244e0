/** A patient who is forgotten while its hospital's datasets are on their way: real database, files and policies of a site. */
import { expect } from 'chai'
import { type Forgotten, forgetSubject } from '../../gateway/exchange/consent/forget.ts'
import { joinReplicas } from '../../gateway/store/replicas.ts'
import { addWork, claimWork } from '../../gateway/store/work.ts'
import { AT_ONCE, makeSite } from '../support/gateway.ts'
import { officer, query } from '../support/house.ts'
import { openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'

const WORD = { officer: 'Test Privacy Office', account: 'test', reason: 'a test' }

describe('exchange/forget', function () {
  this.timeout(60_000)
  const database = useDatabase()

  it('waits for a dataset that is being cut, not for one that rests because its agreement is suspended', async () => {
    const site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
    const inside = await openInside(site, database().url)
    const replica = await joinReplicas(inside.pool)
    try {
      await inside.send('demo-safe-harbor', ndjson(ward('f', 3)))
      // as its first step leaves it
      const [dataset] = await query<{ id: string }>(database().url, "UPDATE disclosure SET state = 'releasing' RETURNING id")
      await addWork(inside.pool, 'bucket', dataset?.id ?? '', [0])
      const { ring } = inside
      const party = 'demo-hospital'
      const patients = [{ party, base: '', type: 'Patient', id: 'f0' }]
      const forget = async (): Promise<Forgotten['state']> =>
        (await forgetSubject({ pool: inside.pool, ring }, { ...WORD, at: new Date(), party, patients, parties: new Set([party]) })).state
      expect(await forget(), 'it is being cut').to.equal('begun')
      await claimWork(inside.pool, replica.number, [], 1)
      const suspended = await officer(site, [
        'agreement',
        'suspend',
        'demo-safe-harbor',
        '--officer',
        WORD.officer,
        '--reason',
        WORD.reason
      ])
      expect(suspended.code, suspended.err).to.equal(0)
      expect(await forget(), 'somebody is still at it').to.equal('begun')
      await replica.release()
      expect(await forget(), 'it rests').to.equal('done')
    } finally {
      await replica.release()
      await inside.stop()
      site.remove()
    }
  })
})
