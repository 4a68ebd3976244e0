/**
 * kill -9 after a patient said no: the gateway is killed inside each transaction that cuts a dataset again, and in its commit; forgetting a patient is cut off where
 * its row goes. Begun again, each goes on: nothing of the patient leaves, the rest leaves once, the log stays whole.
 */
import { expect } from 'chai'
import { AT_ONCE, makeSite, type Process, type Site, startProcess, until } from '../support/gateway.ts'
import { faultsOf, officer, query } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'
import { prepareStops, type Stop, stopAt, stopStarting } from '../support/stops.ts'

const AGREEMENT = 'demo-safe-harbor'
const NO_CHECKPOINT = { SALLYPORT_CHECKPOINT_SECONDS: '3600' }
const moves = (from: string, to: string): Stop => ({
  table: 'disclosure',
  event: 'UPDATE',
  when: `OLD.state = '${from}' AND NEW.state = '${to}'`
})
const CUT_AGAIN: readonly Stop[] = [
  { table: 'bucket_result', event: 'INSERT' },
  moves('gating', 'sealing'),
  { table: 'shard', event: 'UPDATE', when: 'NEW.file IS NOT NULL' },
  moves('recording', 'recorded')
]
const PATIENT = ['--party', 'demo-hospital', '--patient', 'cut0', '--json'] as const
const WORD = ['--officer', 'Test Privacy Office', '--reason', 'a test'] as const

describe('kill -9 after a no', function () {
  this.timeout(120_000)
  const database = useDatabase()
  let site: Site
  let gateway: Process
  before(async () => {
    site = makeSite(database(), { [AGREEMENT]: { ...AT_ONCE, k: 2 }, 'demo-transport-only': null }, { SALLYPORT_WORKERS: '1' })
    await prepareStops(database().url)
  })
  afterEach(() => gateway?.kill())
  after(() => site?.remove())

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    gateway = await startProcess(site, env)
  }
  const asHospital = (): Party => new Party(gateway, site, 'demo-hospital')
  let submission = ''

  it('while it is cut again: in every transaction and every commit', async () => {
    await start()
    submission = await asHospital().send({ 'data.ndjson': ndjson(ward('cut', 12)) })
    const first = await asHospital().ended(submission)
    expect(first.agreements.map(({ state, released }) => `${state} ${released}`)).to.deep.equal(['ready 24'])
    await gateway.kill()
    expect(JSON.parse((await officer(site, ['consent', 'opt-out', ...PATIENT])).out)).to.include({ changed: 1, withdrawn: 1 })
    for (const step of CUT_AGAIN)
      for (const where of ['in the middle', 'at the commit'] as const) {
        const stopped = await stopStarting(database().url, step, where, () => start(NO_CHECKPOINT))
        await stopped.reached()
        await gateway.kill()
        await stopped.release()
      }
    await start()
    const done = await until(async () => {
      const view = await asHospital().view(submission)
      return view.agreements.some(({ state }) => state === 'ready') ? view : null
    })
    expect(miscounted(done)).to.deep.equal([])
    expect(done.agreements.map(({ state, released }) => `${state} ${released}`)).to.deep.equal(['withdrawn 24', 'ready 22'])
    const kinds = await query<{ kind: string; n: number }>(
      database().url,
      "SELECT kind, count(*)::integer AS n FROM logged WHERE kind IN ('dataset-released', 'dataset-withdrawn') GROUP BY kind ORDER BY kind"
    )
    expect(kinds.map(({ kind, n }) => `${kind} ${n}`)).to.deep.equal(['dataset-released 2', 'dataset-withdrawn 1'])
    expect(await faultsOf(database().url)).to.deep.equal([])
  })

  it('while a patient is forgotten: the same again goes on, and unlinks', async () => {
    const linked = async (): Promise<number> =>
      (await query<{ n: number }>(database().url, 'SELECT count(*)::integer AS n FROM crosswalk'))[0]?.n ?? 0
    const before = await linked()
    const stopped = await stopAt(database().url, { table: 'crosswalk', event: 'DELETE' }, 'in the middle')
    const forgetting = officer(site, ['subject', 'forget', ...PATIENT, ...WORD])
    await stopped.reached()
    const cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    await query(database().url, cut)
    expect((await forgetting).code).to.not.equal(0)
    await stopped.release()
    expect(await linked(), 'nothing of it stands').to.equal(before)
    const again = await officer(site, ['subject', 'forget', ...PATIENT, ...WORD])
    expect(again.code, again.err).to.equal(0)
    expect(JSON.parse(again.out)).to.include({ state: 'done', unlinked: 1 })
    expect(await linked()).to.equal(before - 1)
    const told = await query(
      database().url,
      "SELECT 1 FROM outbox WHERE kind = 'subject-forgotten' UNION ALL SELECT 1 FROM log_entry WHERE kind = 'subject-forgotten'"
    )
    expect(told).to.have.length(1)
  })
})
