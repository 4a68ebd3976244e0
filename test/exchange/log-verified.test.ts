/** The daily verification: once a day over all replicas, its result an entry; a fault is told of at once. */
import { expect } from 'chai'
import { verifyDaily } from '../../gateway/exchange/log-verified.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { growTo, type SealedLog, useLog } from '../support/sealed-log.ts'

describe('exchange/log-verified', () => {
  const log = useLog()
  const told: string[] = []

  function standing(rooms: SealedLog, at: string): Parameters<typeof verifyDaily>[0] {
    return { ...rooms, now: () => new Date(at), observe: createObserver({ level: 'error', write: (line) => told.push(line) }) }
  }

  async function said(rooms: SealedLog): Promise<Record<string, unknown>[]> {
    const { rows } = await rooms.pool.query("SELECT statement FROM outbox WHERE kind = 'log-verified' ORDER BY id")
    return rows.map(({ statement }: { statement: string }) => JSON.parse(statement) as Record<string, unknown>)
  }

  it('of replicas that try at once one verifies, and none does again that day', async () => {
    await growTo(log(), [5, 30])
    const morning = standing(log(), '2026-05-05T06:00:00Z')
    const reports = await Promise.all([verifyDaily(morning), verifyDaily(morning), verifyDaily(morning)])
    expect(reports.filter((report) => report !== null)).to.have.length(1)
    expect(await verifyDaily(standing(log(), '2026-05-05T23:59:59Z'))).to.equal(null)
    const [entry] = await said(log())
    expect(entry).to.include({
      kind: 'log-verified',
      at: '2026-05-05T06:00:00.000Z',
      size: '30',
      verified: '30',
      expired: '0',
      checkpoints: 3
    })
    expect(entry).to.not.have.property('fault')
    expect(told).to.deep.equal([])
  })

  it('the next day it is verified again; a fault stands in the entry and is told of', async () => {
    await log().pool.query("ALTER TABLE log_entry DISABLE TRIGGER USER; UPDATE log_entry SET kind = 'log-read' WHERE index = 7")
    const report = await verifyDaily(standing(log(), '2026-05-06T06:00:00Z'))
    expect(report?.fault).to.deep.equal({ table: 'log_entry', index: '7', fault: 'kind' })
    expect((await said(log()))[1]).to.include({ fault: 'log_entry 7: kind', verified: '0' })
    expect(JSON.parse(told[0] ?? '')).to.include({ event: 'integrity-broken', code: 'log-altered', target: 'log_entry:7:kind' })
  })
})
