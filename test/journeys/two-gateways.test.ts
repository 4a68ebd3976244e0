/** Two gateway processes on one database and one folder: they share the work of a release, make one result together, and an assertion spent at one is spent at the other. */
import { join } from 'node:path'
import { expect } from 'chai'
import { openDataset } from '../../gateway/seal/open.ts'
import { signAssertion } from '../support/assertion.ts'
import { AT_ONCE, type Process, startProcess, until } from '../support/gateway.ts'
import { faultsOf, query, useGateway } from '../support/house.ts'
import { miscounted, Party, pullSealed } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

const PUBLIC = 'http://sallyport.example'

describe('two gateways on one database', function () {
  this.timeout(60_000)
  const house = useGateway(
    { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': AT_ONCE },
    { SALLYPORT_LOG_LEVEL: 'debug', SALLYPORT_WORKERS: '1' }
  )
  let second: Process
  before(async () => {
    second = await startProcess(house().site)
  })
  after(() => second?.stop())

  /** Steps of a dataset that a gateway says it has done. */
  function stepsOf(gateway: Process, dataset: string): string[] {
    const lines = gateway
      .log()
      .split('\n')
      .filter((line) => line.includes('"step-done"') && line.includes(dataset))
    return lines.map((line) => (JSON.parse(line) as { kind: string }).kind).filter((kind) => kind !== 'destroy')
  }

  it('share the work of a release, and there is one dataset for each agreement', async () => {
    const { site, gateway, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('shared', 300, 2)) })
    const there = new Party(second, site, 'demo-hospital')
    const done = await there.ended(id)
    expect(miscounted(done)).to.deep.equal([])
    expect(done.agreements.map(({ state, received, released }) => [state, received, released])).to.deep.equal([
      ['ready', 900, 900],
      ['ready', 900, 900]
    ])
    const datasets = done.agreements.map(({ dataset }) => dataset)
    await until(async () => ((await query(database, 'SELECT 1 FROM work UNION ALL SELECT 1 FROM outbox')).length === 0 ? true : null))
    for (const own of [gateway, second]) {
      expect(
        datasets.reduce((total, dataset) => total + stepsOf(own, dataset).length, 0),
        'both worked'
      ).to.be.greaterThan(10)
    }
    for (const dataset of datasets) {
      const steps = [...stepsOf(gateway, dataset), ...stepsOf(second, dataset)]
      const [made] = await query<{ n: number }>(database, 'SELECT (SELECT count(*) FROM shard WHERE disclosure = $1)::integer AS n', [
        dataset
      ])
      expect(steps.filter((kind) => kind === 'gate' || kind === 'record').sort()).to.deep.equal(['gate', 'record'])
      expect(steps.filter((kind) => kind === 'seal')).to.have.length(made?.n ?? -1)
      expect(steps.filter((kind) => kind === 'bucket').length).to.be.at.most(128)
    }
    expect(await faultsOf(database)).to.deep.equal([])
    const folder = join(site.folder, 'pulled')
    const manifest = await pullSealed(new Party(second, site, 'demo-insurer'), 'demo-safe-harbor', datasets[0] ?? '', folder)
    const opened = await openDataset({
      manifest,
      shards: join(folder, 'shards'),
      out: join(folder, 'out'),
      pins: site.pins,
      key: site.parties.get('demo-insurer')?.encryption ?? null
    })
    expect(opened.files.reduce((total, file) => total + file.records, 0)).to.equal(900)
  })

  it('an upload opened at one is sent to, closed and seen at the other; the work of one that is killed goes on at the other', async () => {
    const { site, gateway, database } = house()
    const third = await startProcess(site)
    const here = new Party(gateway, site, 'demo-hospital')
    const there = new Party(third, site, 'demo-hospital')
    const id = await here.open()
    expect((await there.put(id, 'Patient.ndjson', ndjson(ward('there', 150, 2)))).status).to.equal(202)
    expect((await here.put(id, 'Condition.ndjson', ndjson(ward('here', 150, 2)))).status).to.equal(202)
    expect((await there.close(id)).status).to.equal(202)
    await until(async () =>
      (await query(database, 'SELECT 1 FROM bucket_result b JOIN disclosure_submission d USING (disclosure) WHERE d.submission = $1', [id]))
        .length > 0
        ? true
        : null
    )
    await third.kill()
    const done = await here.ended(id)
    expect(miscounted(done)).to.deep.equal([])
    expect(done.agreements.map(({ state, received, released }) => [state, received, released])).to.deep.equal([
      ['ready', 900, 900],
      ['ready', 900, 900]
    ])
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('an assertion spent at one is spent at the other (RFC 7523 §3)', async () => {
    const { site } = house()
    const keys = site.parties.get('demo-insurer')
    if (keys === undefined) throw new Error('no such party')
    const behind = await Promise.all([
      startProcess(site, { SALLYPORT_PUBLIC_URL: PUBLIC }),
      startProcess(site, { SALLYPORT_PUBLIC_URL: PUBLIC })
    ])
    try {
      const ports = behind.map(
        (gateway) =>
          JSON.parse(
            gateway
              .log()
              .split('\n')
              .find((line) => line.includes('"started"')) ?? '{}'
          ) as { port: number }
      )
      const ask = async (port: number, assertion: string): Promise<number> => {
        const body = new URLSearchParams({
          grant_type: 'client_credentials',
          scope: 'system/*.rs',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion
        })
        return (await fetch(`http://127.0.0.1:${port}/oauth/token`, { method: 'POST', body })).status
      }
      const once = await signAssertion(keys.signing, 'demo-insurer', `${PUBLIC}/oauth/token`)
      expect(await ask(ports[0]?.port ?? 0, once)).to.equal(200)
      expect(await ask(ports[1]?.port ?? 0, once)).to.equal(401)
      const raced = await signAssertion(keys.signing, 'demo-insurer', `${PUBLIC}/oauth/token`)
      const answers = await Promise.all([0, 1, 0, 1, 0, 1].map((n) => ask(ports[n]?.port ?? 0, raced)))
      expect(answers.sort()).to.deep.equal([200, 401, 401, 401, 401, 401])
    } finally {
      await Promise.all(behind.map((gateway) => gateway.stop()))
    }
  })
})
