/** Several sequencers on one log: one signs for all, and whoever is there signs when it does no more. */
import { expect } from 'chai'
import { startSequencer } from '../../gateway/exchange/log/sequencer.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { until } from '../support/gateway.ts'
import { useLog } from '../support/logged.ts'

const AT = '2026-01-01T00:00:00Z'

describe('exchange/sequencer', () => {
  const log = useLog()

  it('what another replica signed is told and not signed again; once nobody did since the last look, this one does', async () => {
    const { pool, ring, folder, add, place } = log()
    const grown: bigint[] = []
    const house = { pool, ring, folder, observe: createObserver({ level: 'silent' }) }
    const seen = (size: bigint): Promise<true> => until(async () => (grown.includes(size) ? true : null), 10)
    await add('file-delivered', AT)
    const sequencer = startSequencer(house, 50, (size) => grown.push(size))
    try {
      await seen(1n)
      await add('file-delivered', AT)
      await place()
      // whoever holds the head keeps everybody from placing and signing: this one tells of it all the same
      const other = await pool.connect()
      await other.query('BEGIN; SELECT 1 FROM log_head FOR UPDATE')
      await seen(2n)
      await add('file-delivered', AT)
      await other.query('ROLLBACK')
      other.release()
      await seen(3n)
    } finally {
      await sequencer.stop()
    }
    expect(grown).to.deep.equal([1n, 2n, 3n])
  })
})
