/**
 * kill -9 at every step of both passes: the gateway is killed while a submission is uploaded, closed, released, gated, sealed, recorded
 * and destroyed, and started again on the same data. Nothing is lost, nothing is released twice, the log stays whole. First inside each
 * transaction and in its commit, where the test stops it; then at moments drawn from a seed.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sweepFiles } from '../../gateway/exchange/sweep.ts'
import { openDataset } from '../../gateway/seal/open.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { createRandom } from '../../gateway/synthetic/random.ts'
import { AT_ONCE, makeSite, type Process, type Site, startProcess, until } from '../support/gateway.ts'
import { faultsOf, query } from '../support/house.ts'
import { type Answer, miscounted, Party, pullSealed } from '../support/journey.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'
import { prepareStops, type Stop, stopAt, stopStarting } from '../support/stops.ts'

type Where = 'in the middle' | 'at the commit'

interface Step extends Stop {
  readonly step: string
  /** both, where it is not said */
  readonly where?: readonly Where[]
}

function moves(step: string, from: string, to: string): Step {
  return { step, table: 'disclosure', event: 'UPDATE', when: `OLD.state = '${from}' AND NEW.state = '${to}'` }
}

const KEPT: Step = { step: 'an upload is kept', table: 'upload', event: 'UPDATE', when: "NEW.state = 'kept'" }
const CLOSED: Step = { step: 'the submission is closed', table: 'submission', event: 'UPDATE', when: "NEW.state = 'closed'" }
/** The release pass, in order; without a checkpoint, so that nothing gets ahead of the test. */
const RELEASE: readonly Step[] = [
  moves('the release begins', 'waiting', 'releasing'),
  { step: 'subjects enter the crosswalk', table: 'crosswalk', event: 'INSERT' },
  { step: 'a bucket is done', table: 'bucket_result', event: 'INSERT' },
  moves('the gate has judged', 'gating', 'sealing'),
  { step: 'a shard is sealed', table: 'shard', event: 'UPDATE', when: 'NEW.file IS NOT NULL' },
  { step: 'subjects get their keys', table: 'subject_key', event: 'INSERT', where: ['at the commit'] },
  { step: 'rows of subjects are laid down', table: 'subject_row', event: 'INSERT', where: ['in the middle'] },
  moves('the dataset is recorded', 'recording', 'recorded'),
  { step: 'the submission is destroyed', table: 'submission', event: 'UPDATE', when: "NEW.state = 'destroyed'" }
]
const LOG: readonly Step[] = [
  { step: 'entries get their place', table: 'log_entry', event: 'INSERT' },
  { step: 'a checkpoint is signed', table: 'checkpoint', event: 'INSERT' },
  moves('the manifest is made', 'recorded', 'ready')
]
const NO_CHECKPOINT = { SALLYPORT_CHECKPOINT_SECONDS: '3600' }
const AT_ONCE_TOO = { SALLYPORT_CHECKPOINT_SECONDS: '0.05' }
const ROUNDS = 3
const SEED = 'killed-1'

describe('kill -9', function () {
  this.timeout(120_000)
  const database = useDatabase()
  let site: Site
  let gateway: Process
  let hospital: Party

  async function start(env: Record<string, string> = {}): Promise<void> {
    gateway = await startProcess(site, env)
    hospital = new Party(gateway, site, 'demo-hospital')
  }

  before(async () => {
    site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': AT_ONCE }, { SALLYPORT_WORKERS: '1' })
    await prepareStops(database().url)
  })
  afterEach(() => gateway?.kill())
  after(() => site?.remove())

  /** Kills the gateway where `step` says, while it does `work`. */
  async function killAt(step: Stop, where: Where, work: () => Promise<unknown>): Promise<void> {
    const stopped = await stopAt(database().url, step, where)
    const cut = work().catch((error: unknown) => error)
    await stopped.reached()
    await gateway.kill()
    await cut
    await stopped.release()
  }

  /** Kills starting gateways at each step in turn, in the middle and at the commit. */
  async function killStarting(steps: readonly Step[], env: Record<string, string>): Promise<void> {
    for (const step of steps) {
      for (const where of step.where ?? (['in the middle', 'at the commit'] as const)) {
        const stopped = await stopStarting(database().url, step, where, () => start(env))
        await stopped.reached().catch(() => expect.fail(`no gateway came to where ${step.step}, ${where}: ${gateway.log().slice(-1000)}`))
        await gateway.kill()
        await stopped.release()
      }
    }
  }

  /** What a submission must have come to, whatever happened on the way. */
  async function expectWhole(submission: string, received: number): Promise<void> {
    const done = await hospital.ended(submission)
    expect(done.received).to.equal(received)
    expect(miscounted(done)).to.deep.equal([])
    expect(done.agreements.map(({ agreement, state, received: all, released }) => [agreement, state, all, released])).to.deep.equal([
      ['demo-safe-harbor', 'ready', received, received],
      ['demo-transport-only', 'ready', received, received]
    ])
    const left = "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM work UNION ALL SELECT 1 FROM submission WHERE state = 'closed'"
    await until(async () => ((await query(database().url, left)).length === 0 ? true : null))
    expect(await faultsOf(database().url)).to.deep.equal([])
    const insurer = new Party(gateway, site, 'demo-insurer')
    const folder = join(site.folder, submission)
    const manifest = await pullSealed(insurer, 'demo-safe-harbor', done.agreements[0]?.dataset ?? '', folder)
    const key = site.parties.get('demo-insurer')?.encryption ?? null
    const opened = await openDataset({ manifest, shards: join(folder, 'shards'), out: join(folder, 'out'), pins: site.pins, key })
    expect(opened.files.reduce((total, file) => total + file.records, 0)).to.equal(received)
  }

  it('inside every transaction and in every commit: the next start goes on from there', async () => {
    const lines = ndjson(ward('steps', 40, 2))
    await start(NO_CHECKPOINT)
    const id = await hospital.open()
    const put = (): Promise<Answer> => hospital.put(id, 'data.ndjson', lines, { 'idempotency-key': 'steps' })
    await killAt(KEPT, 'in the middle', put)
    await start(NO_CHECKPOINT)
    expect((await hospital.view(id)).files.filter(({ state }) => state === 'kept')).to.deep.equal([])
    await killAt(KEPT, 'at the commit', put)
    await start(NO_CHECKPOINT)
    expect((await hospital.view(id)).files.map(({ state, received }) => [state, received])).to.deep.equal([['kept', 120]])
    expect((await put()).status, 'what was kept answers again').to.equal(202)
    await killAt(CLOSED, 'in the middle', () => hospital.close(id))
    await start(NO_CHECKPOINT)
    expect((await hospital.view(id)).state).to.equal('open')
    await killAt(CLOSED, 'at the commit', () => hospital.close(id))
    await killStarting(RELEASE, NO_CHECKPOINT)
    await killStarting(LOG, AT_ONCE_TOO)
    await start()
    expect((await hospital.close(id)).status, 'closing again').to.equal(202)
    await expectWhole(id, 120)
  })

  it('at random moments, three times over (seed killed-1)', async () => {
    const random = createRandom(SEED, 'moments')
    for (let round = 0; round < ROUNDS; round += 1) {
      const lines = ndjson(ward(`round${round}-`, 60, 3))
      await start(AT_ONCE_TOO)
      const id = await hospital.open()
      const sending = (async () => {
        await hospital.put(id, 'data.ndjson', lines, { 'idempotency-key': `round${round}` })
        await hospital.close(id)
      })().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 1200)))
      await gateway.kill()
      await sending
      await start(AT_ONCE_TOO)
      await hospital.put(id, 'data.ndjson', lines, { 'idempotency-key': `round${round}` })
      await hospital.close(id)
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 1000)))
      await gateway.kill()
      await start(AT_ONCE_TOO)
      await expectWhole(id, 240)
      await gateway.kill()
    }
  })

  it('what the killed attempts left behind is swept after a day, and nothing else', async () => {
    const folder = join(site.folder, 'data/files')
    const files = (room: string): string[] => readdirSync(join(folder, room)).sort()
    const pool = openPool(database().url, 1)
    try {
      expect([...files('uploads'), ...files('buckets')], 'kills leave orphans').to.have.length.greaterThan(0)
      expect(await sweepFiles({ pool, folder, now: () => new Date() }), 'young ones stay').to.equal(0)
      await sweepFiles({ pool, folder, now: () => new Date(Date.now() + 2 * 24 * 3600_000) })
    } finally {
      await pool.end()
    }
    const named = async (table: 'shard' | 'bucket_result'): Promise<string[]> =>
      (await query<{ file: string }>(database().url, `SELECT file::text FROM ${table} WHERE file IS NOT NULL ORDER BY 1`)).map(
        ({ file }) => file
      )
    expect(files('uploads')).to.deep.equal([])
    expect(files('buckets'), 'what nobody received may be cut again').to.deep.equal(await named('bucket_result'))
    expect(files('shards')).to.deep.equal(await named('shard'))
  })
})
