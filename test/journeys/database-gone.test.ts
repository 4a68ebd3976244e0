/**
 * The database gone in mid-flight: callers are told 503 and when to come back, the gateway lives on and goes on by itself, nothing is
 * lost and nothing leaves unrecorded. By a line that is cut (in a commit, too, whose answer is then lost), by sessions that the server
 * ends, and by an embedded server that is killed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type DatabaseLine, openLine } from '../support/database-line.ts'
import { AT_ONCE, makeSite, type Process, type Site, startProcess, until } from '../support/gateway.ts'
import { faultsOf, query } from '../support/house.ts'
import { type Answer, miscounted, Party, type Submission } from '../support/journey.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'
import { prepareStops, type Stop, stopAt } from '../support/stops.ts'

const BOTH = { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': AT_ONCE }
const KEPT: Stop = { table: 'upload', event: 'UPDATE', when: "NEW.state = 'kept'" }
const CLOSED: Stop = { table: 'submission', event: 'UPDATE', when: "NEW.state = 'closed'" }
/** The commits that name a file, and the one that records. */
const RELEASE: readonly Stop[] = [
  { table: 'bucket_result', event: 'INSERT' },
  { table: 'shard', event: 'UPDATE', when: 'NEW.file IS NOT NULL' },
  { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'recorded'" },
  { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'ready'" }
]

function expectAway(answer: Answer): void {
  expect([answer.status, answer.code], answer.text).to.deep.equal([503, 'database-unavailable'])
  expect(answer.headers.get('retry-after')).to.match(/^[1-9][0-9]*$/)
}

describe('the database gone', function () {
  this.timeout(120_000)
  const database = useDatabase()
  let line: DatabaseLine
  let site: Site
  let gateway: Process
  let hospital: Party

  before(async () => {
    line = await openLine(database().url)
    site = makeSite({ ...database(), url: line.url }, BOTH, { SALLYPORT_CHECKPOINT_SECONDS: '0.2' })
    gateway = await startProcess(site)
    hospital = new Party(gateway, site, 'demo-hospital')
    await prepareStops(database().url)
  })
  after(async () => {
    await gateway?.stop()
    await line?.stop()
    site?.remove()
  })

  /** Asks again while the answer is 503 or an upload is still being given up, as a client does. */
  function insist(ask: () => Promise<Answer>): Promise<Answer> {
    return until(async () => {
      const answer = await ask()
      return answer.status === 503 || answer.code === 'upload-in-progress' ? null : answer
    })
  }

  /** The gateway has its sessions again. */
  function back(): Promise<true> {
    return until(async () => ((await hospital.ask('GET', '/readyz')).status === 200 ? true : null))
  }

  async function expectWhole(submission: string, received: number): Promise<void> {
    await insist(() => hospital.ask('GET', `/submissions/${submission}`))
    const done = await hospital.ended(submission)
    expect(miscounted(done)).to.deep.equal([])
    expect(
      done.agreements.map((d) => [d.state, d.received, d.released]),
      gateway.log().slice(-3000)
    ).to.deep.equal([
      ['ready', received, received],
      ['ready', received, received]
    ])
    const left = "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM work UNION ALL SELECT 1 FROM submission WHERE state = 'closed'"
    await until(async () => ((await query(database().url, left)).length === 0 ? true : null))
    expect(await faultsOf(database().url)).to.deep.equal([])
    const shards = await query<{ file: string }>(database().url, 'SELECT file FROM shard WHERE records > 0')
    const there = readdirSync(join(site.folder, 'data/files/shards'))
    expect(shards.filter(({ file }) => !there.includes(file))).to.deep.equal([])
  }

  it('is 503 with Retry-After at every door; readyz says so, livez goes on; then all is as before', async () => {
    const insurer = new Party(gateway, site, 'demo-insurer')
    await insurer.token()
    const id = await hospital.open()
    line.down()
    const body = ndjson(ward('down', 5))
    for (const ask of [
      () => hospital.ask('POST', '/submissions'),
      () => hospital.put(id, 'data.ndjson', body),
      () => hospital.close(id),
      () => hospital.ask('GET', `/submissions/${id}`),
      () => hospital.ask('GET', `/submissions/${id}/issues`),
      () =>
        insurer.ask('GET', '/fhir/Group/demo-safe-harbor/$export', undefined, { prefer: 'respond-async', accept: 'application/fhir+json' }),
      () => insurer.ask('GET', `/datasets/${id}/manifest`),
      // a refusal that cannot be told is none: neither of a known party nor of nobody
      () => insurer.ask('POST', '/submissions'),
      () => insurer.ask('GET', '/livez/nowhere')
    ]) {
      expectAway(await ask())
    }
    expect((await hospital.ask('GET', '/readyz')).status).to.equal(503)
    expect((await hospital.ask('GET', '/livez')).status).to.equal(200)
    line.up()
    expect((await insist(() => hospital.put(id, 'data.ndjson', body))).status).to.equal(202)
    expect((await insist(() => hospital.close(id))).status).to.equal(202)
    await back()
    await expectWhole(id, 10)
  })

  /** Does `ask` with the line cut where `stop` says; the answer is 503. */
  async function cutAt(stop: Stop, where: 'in the middle' | 'at the commit', ask: () => Promise<Answer>): Promise<void> {
    const stopped = await stopAt(database().url, stop, where)
    const answered = ask()
    try {
      await stopped.reached()
      line.cut()
    } finally {
      await stopped.release()
    }
    expectAway(await answered)
    await back()
  }

  it('in the transaction or the commit of an upload and of a close: 503, and what was committed is found again', async () => {
    const body = ndjson(ward('commit', 40))
    const id = await hospital.open()
    const put = (): Promise<Answer> => hospital.put(id, 'data.ndjson', body, { 'idempotency-key': 'commit' })
    const kept = async (): Promise<number> => (await hospital.view(id)).files.filter(({ state }) => state === 'kept').length
    await cutAt(KEPT, 'in the middle', put)
    expect(await kept()).to.equal(0)
    await cutAt(KEPT, 'at the commit', put)
    expect(await kept()).to.equal(1)
    expect((await put()).status).to.equal(202)
    await cutAt(CLOSED, 'in the middle', () => hospital.close(id))
    expect((await hospital.view(id)).state).to.equal('open')
    await cutAt(CLOSED, 'at the commit', () => hospital.close(id))
    expect((await insist(() => hospital.close(id))).status).to.equal(202)
    await expectWhole(id, 80)
  })

  for (const where of ['in the middle', 'at the commit'] as const) {
    it(`in each step of the release, ${where}: it is done once, and its files are there`, async () => {
      for (const [n, stop] of RELEASE.entries()) {
        const stopped = await stopAt(database().url, stop, where)
        const id = await hospital.send({ 'data.ndjson': ndjson(ward(`release${n}${where.length}-`, 20)) })
        try {
          await stopped.reached()
          line.cut()
        } finally {
          await stopped.release()
        }
        await back()
        await expectWhole(id, 40)
      }
    })
  }

  it('sessions that the server ends, again and again: the gateway is the same program and loses nothing', async () => {
    const end = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    const ending = { now: true }
    await hospital.token()
    const killing = (async () => {
      for (let times = 0; ending.now && times < 40; times += 1) {
        await query(database().url, end)
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
    })()
    const body = ndjson(ward('ended', 60, 3))
    const opened = await insist(() => hospital.ask('POST', '/submissions'))
    const { id } = JSON.parse(opened.text) as { id: string }
    expect((await insist(() => hospital.put(id, 'data.ndjson', body, { 'idempotency-key': 'ended' }))).status).to.equal(202)
    expect((await insist(() => hospital.close(id))).status).to.equal(202)
    await killing
    await expectWhole(id, 240)
    expect(gateway.child.exitCode).to.equal(null)
    const failures = gateway
      .log()
      .split('\n')
      .filter((event) => event.includes('"request-failed"') && !event.includes('"database-unavailable"'))
    expect(failures, 'none is our own').to.deep.equal([])
  })
})

describe('the embedded database killed', function () {
  this.timeout(120_000)

  it('kill -9 of the server: 503, the gateway brings it back, what was taken is released', async () => {
    const site = makeSite(null, BOTH)
    const gateway = await startProcess(site)
    try {
      const hospital = new Party(gateway, site, 'demo-hospital')
      const id = await hospital.open()
      expect((await hospital.put(id, 'data.ndjson', ndjson(ward('embedded', 20)))).status).to.equal(202)
      process.kill(postmasterOf(join(site.folder, 'data')), 'SIGKILL')
      const answers: Answer[] = []
      const closed = await until(async () => {
        const answer = await hospital.close(id)
        answers.push(answer)
        return answer.status === 202 ? answer : null
      })
      expect(closed.status).to.equal(202)
      for (const answer of answers.slice(0, -1)) expectAway(answer)
      const done = await until(async () => {
        const answer = await hospital.ask('GET', `/submissions/${id}`)
        const now = answer.status === 200 ? (JSON.parse(answer.text) as Submission) : null
        return now?.agreements.every(({ state }) => state === 'ready') === true ? now : null
      })
      expect(done.agreements.map(({ received, released }) => [received, released])).to.deep.equal([
        [40, 40],
        [40, 40]
      ])
    } finally {
      await gateway.stop()
      site.remove()
    }
  })
})

/** The number of the embedded server of a data folder: the database lies in it, or, for root, where it says. */
function postmasterOf(data: string): number {
  const dir = join(data, 'postgres')
  const home = existsSync(join(dir, 'elsewhere')) ? readFileSync(join(dir, 'elsewhere'), 'utf8').trim() : dir
  return Number(readFileSync(join(home, 'cluster', 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
}
