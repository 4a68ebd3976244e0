/** Refusals over a real database: none is lost, none is told twice, and no flood of them fills the log. */
import { expect } from 'chai'
import type { Pool } from 'pg'
import { UpstreamError } from '../../gateway/core/errors.ts'
import { Refusals, type Refused, settleRefusals } from '../../gateway/exchange/audit/refusals.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { entriesIn, fillOutbox } from '../support/entries.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { freshRing } from '../support/ring.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const KNOWN: Refused = {
  route: '/datasets/:id/manifest',
  reason: 'not-found',
  address: '192.0.2.7',
  party: 'demo-insurer',
  told: {}
}
const STRANGER: Refused = { ...KNOWN, reason: 'token-missing', party: null }
const START = Date.parse('2026-03-01T10:00:05Z')

describe('exchange/refusals', function () {
  this.timeout(30_000)
  const database = useDatabase()
  const ring = freshRing()
  const clock = { at: START }
  let pool: Pool
  before(async () => {
    pool = openPool(database().url, 8)
    await prepareStops(database().url)
  })
  beforeEach(async () => {
    clock.at = START
    await query(database().url, 'TRUNCATE outbox, refusal')
  })
  after(() => pool.end())

  const now = (): Date => new Date(clock.at)
  const gateway = (replica: number): Refusals => new Refusals({ pool, ring, now, replica })
  const later = (): Promise<number> => {
    clock.at += 2 * 60_000
    return settleRefusals({ pool, now })
  }

  async function times(kind: string): Promise<number> {
    return (await entriesIn(database().url, kind)).reduce((sum, entry) => sum + Number(entry['times']), 0)
  }

  it('of a known party: an entry before the answer, with route, code, agreement and rules; its party may read it', async () => {
    const told = { kind: 'export-refused', agreement: 'one', rules: ['one@1/status'], policies: ['sha256:00'] } as const
    await gateway(1).note({ ...KNOWN, reason: 'agreement-inactive', told })
    const [entry] = await entriesIn(database().url)
    expect(entry).to.deep.include({
      kind: 'export-refused',
      party: 'demo-insurer',
      reason: 'agreement-inactive',
      agreement: 'one',
      times: 1
    })
    expect(entry).to.deep.include({ route: KNOWN.route, rules: ['one@1/status'], policies: ['sha256:00'], readers: ['demo-insurer'] })
  })

  it('the same refusal of the same party within a minute is counted, at once or one by one: one entry, and one of how often more', async () => {
    const refusals = gateway(1)
    await Promise.all(Array.from({ length: 200 }, () => refusals.note(KNOWN)))
    for (let n = 0; n < 50; n += 1) await refusals.note(KNOWN)
    expect(await times('request-refused')).to.equal(1)
    await refusals.flush()
    expect(await later()).to.equal(1)
    expect(await times('request-refused')).to.equal(250)
    expect(await later(), 'told once').to.equal(0)
    await refusals.note(KNOWN)
    expect(await times('request-refused'), 'the next minute is another').to.equal(251)
  })

  it('whoever only claims to be a party proves nothing, the first time and every time after: 30 junk assertions accuse nobody', async () => {
    const refusals = gateway(1)
    const junk = { ...STRANGER, reason: 'invalid_client', told: { kind: 'token-refused', party: 'demo-insurer', proved: false } } as const
    for (let n = 0; n < 30; n += 1) await refusals.note(junk)
    await refusals.note({ ...STRANGER, told: { party: 'demo-insurer' } })
    await refusals.flush()
    await later()
    const entries = (await entriesIn(database().url)).map(({ kind, party, times, proved }) => [kind, party, times, proved])
    expect(entries).to.deep.equal([
      ['token-refused', 'demo-insurer', 1, false],
      ['request-refused', 'demo-insurer', 1, false],
      ['token-refused', 'demo-insurer', 29, false]
    ])
  })

  it('of nobody known: counted by address and minute over all gateways, one entry when the minute is over', async () => {
    const [one, two] = [gateway(1), gateway(2)]
    for (const refusals of [one, two]) {
      for (let n = 0; n < 10; n += 1) await refusals.note(STRANGER)
      await refusals.note({ ...STRANGER, reason: 'not-found' })
      await refusals.flush()
    }
    expect(await entriesIn(database().url)).to.deep.equal([])
    await later()
    const [entry, ...more] = await entriesIn(database().url)
    expect(more).to.deep.equal([])
    expect(entry).to.deep.include({ kind: 'requests-refused', times: 22, reasons: { 'token-missing': 20, 'not-found': 2 }, readers: [] })
    expect(entry?.['minute']).to.equal('2026-03-01T10:00:00.000Z')
  })

  it('an address is an HMAC: it stands in no table', async () => {
    const refusals = gateway(1)
    await refusals.note(KNOWN)
    await refusals.note(STRANGER)
    await refusals.note({ ...STRANGER, told: { kind: 'token-refused', party: 'demo-hospital', proved: false } })
    await later()
    const rows = await query<{ row: string }>(database().url, 'SELECT o::text AS row FROM outbox o UNION ALL SELECT r::text FROM refusal r')
    expect(rows).to.have.length(3)
    for (const { row } of rows) expect(row).not.to.contain('192.0.2')
    for (const entry of await entriesIn(database().url)) expect(entry['address']).to.match(/^[0-9a-f]{32}$/)
  })

  it('a flood from ten thousand addresses, claiming parties or not, is 60 rows a minute and one sum, and nothing of it is lost', async () => {
    const refusals = gateway(1)
    const flood = Array.from({ length: 10_000 }, (_, n) => `2001:db8::${n.toString(16)}`)
    for (const [n, address] of flood.entries()) {
      const told = n % 3 === 0 ? ({ kind: 'token-refused', party: 'demo-insurer', proved: false } as const) : {}
      await refusals.note({ ...STRANGER, reason: 'invalid_client', address, told })
    }
    await refusals.note(KNOWN)
    await refusals.flush()
    await later()
    const entries = await entriesIn(database().url)
    expect(entries).to.have.length(60 + 1 + 1)
    expect(entries.reduce((sum, entry) => sum + Number(entry['times']), 0)).to.equal(10_001)
    expect(entries.find((entry) => entry['address'] === 'others')?.['times']).to.equal(10_000 - 60)
  })

  it('an entry that cannot be kept refuses to be a refusal; the next try makes it, once', async () => {
    const refusals = gateway(1)
    const room = await fillOutbox(database().url, 'request-refused')
    const failed = await Promise.allSettled([refusals.note(KNOWN), refusals.note(KNOWN)])
    expect(failed.map((one) => one.status === 'rejected' && one.reason instanceof UpstreamError && one.reason.code)).to.deep.equal([
      'storage-full',
      'storage-full'
    ])
    await room()
    await refusals.note(KNOWN)
    await refusals.flush()
    await later()
    expect(await times('request-refused')).to.equal(1)
  })

  it('a session ended in the middle of settling leaves the counts; the next settling makes their entry once', async () => {
    const { url } = database()
    await gateway(1).note(STRANGER)
    const stopped = await stopAt(url, { table: 'outbox', event: 'INSERT' }, 'in the middle')
    const settling = later().catch((error: unknown) => error)
    await stopped.reached()
    await query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%outbox%'`
    )
    expect(await settling).to.be.instanceOf(UpstreamError)
    await stopped.release()
    expect(await entriesIn(url)).to.deep.equal([])
    expect(await later()).to.equal(1)
    expect(await times('requests-refused')).to.equal(1)
  })
})
