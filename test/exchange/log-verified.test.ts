/** The daily verification: once a day over all replicas, its result an entry; a fault is told of at once. */
import { expect } from 'chai'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { keepVerified, verifyDaily } from '../../gateway/exchange/log/log-verified.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { asOwner } from '../support/logged.ts'
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
    expect((await said(log()))[1]).to.include({ fault: 'log_entry 7: kind', faults: 2, verified: '29' })
    expect(JSON.parse(told[0] ?? '')).to.include({ event: 'integrity-broken', code: 'log-altered', target: 'log_entry:7:kind' })
  })
})

describe('exchange/log-verified: what would put it off', () => {
  const log = useLog()
  const told: string[] = []

  function standing(at: string): Parameters<typeof keepVerified>[0] {
    return { ...log(), now: () => new Date(at), observe: createObserver({ level: 'error', write: (line) => told.push(line) }) }
  }

  it('a key taken for another entry does not: it is verified, named, and logged under another key', async () => {
    await growTo(log(), [10])
    await asOwner(log().pool, "UPDATE log_entry SET key = 'log-verified:2026-03-02', kind = 'log-verified' WHERE index = 4")
    const report = await verifyDaily(standing('2026-03-02T06:00:00Z'))
    expect(report?.fault).to.deep.equal({ table: 'log_entry', index: '4', fault: 'kind' })
    const { rows } = await log().pool.query("SELECT key FROM outbox WHERE kind = 'log-verified'")
    expect((rows as { key: string }[])[0]?.key).to.match(/^log-verified:2026-03-02:./)
    await asOwner(log().pool, "UPDATE log_entry SET key = 'test:4', kind = 'file-delivered' WHERE index = 4")
    await sequence(log())
    expect(await verifyDaily(standing('2026-03-02T07:00:00Z')), 'once a day all the same').to.equal(null)
  })

  it('a session that holds its lock for ever: after 26 hours it is told at each look, and readiness shows it', async () => {
    const holder = await log().pool.connect()
    await holder.query('SELECT pg_advisory_lock(7301007)')
    told.length = 0
    try {
      const early = keepVerified(standing('2026-03-03T07:59:00Z'))
      await early.look()
      expect([early.overdue(), told.length]).to.deep.equal([false, 0])
      const late = keepVerified(standing('2026-03-03T08:01:00Z'))
      await late.look()
      await late.look()
      expect(late.overdue()).to.equal(true)
      expect(told.map((line) => (JSON.parse(line) as { code: string }).code)).to.deep.equal(['log-unverified', 'log-unverified'])
    } finally {
      await holder.query('SELECT pg_advisory_unlock(7301007)')
      holder.release()
    }
    const after = keepVerified(standing('2026-03-03T08:02:00Z'))
    await after.look()
    expect(after.overdue()).to.equal(false)
  })
})
