/**
 * A patient who says no later, at a real gateway: what nobody fetched is withdrawn and cut again without it, though what was sent is destroyed; what was received
 * is named for deletion, without a reason; a subject that stays is never among fewer than k for having been counted with one who left.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { AT_ONCE, until } from '../support/gateway.ts'
import { faultsOf, officer, query, useGateway } from '../support/house.ts'
import { type Disclosure, exported, Party } from '../support/journey.ts'
import { receiver } from '../support/receive.ts'
import { ndjson, patient, ward } from '../support/records.ts'

const ENDED = ['ready', 'held', 'refused', 'empty', 'withdrawn', 'recalled']

describe('a later opt-out', function () {
  this.timeout(90_000)
  const house = useGateway({ 'demo-safe-harbor': { ...AT_ONCE, k: 3 }, 'demo-transport-only': AT_ONCE })

  async function send(lines: Parameters<typeof ndjson>[0], agreement: string): Promise<{ id: string; dataset: string; hospital: Party }> {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const id = await hospital.send({ 'data.ndjson': ndjson(lines) }, agreement)
    const dataset = (await hospital.ended(id)).agreements[0]?.dataset ?? ''
    await until(async () => ((await hospital.view(id)).state === 'destroyed' ? true : null))
    return { id, dataset, hospital }
  }

  async function optOut(patientId: string, ...more: readonly string[]): Promise<{ changed: number; withdrawn: number }> {
    const ran = await officer(house().site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', patientId, ...more, '--json'])
    expect(ran.code, ran.err).to.equal(0)
    return JSON.parse(ran.out) as { changed: number; withdrawn: number }
  }

  /** The disclosures of a submission, once all have ended. */
  async function ended(hospital: Party, id: string): Promise<readonly Disclosure[]> {
    return (await hospital.ended(id, ENDED)).agreements
  }

  async function entries(dataset: string): Promise<{ kind: string; told: Record<string, unknown> }[]> {
    const sql = 'SELECT kind, statement FROM logged WHERE disclosure = $1 ORDER BY index'
    const rows = await query<{ kind: string; statement: string }>(house().database, sql, [dataset])
    return rows.map(({ kind, statement }) => ({ kind, told: JSON.parse(statement) as Record<string, unknown> }))
  }

  it('after sealing: withdrawn and cut again under a new id without the patient, though the records sent are destroyed', async () => {
    const { id, dataset, hospital } = await send(ward('sealed', 6), 'demo-safe-harbor')
    expect(await optOut('sealed0')).to.include({ changed: 1, withdrawn: 1 })
    const [before, after, ...none] = await ended(hospital, id)
    expect(none).to.deep.equal([])
    expect([before?.dataset, before?.state]).to.deep.equal([dataset, 'withdrawn'])
    expect([after?.state, after?.received, after?.released, after?.withheld]).to.deep.equal(['ready', 12, 10, { 'opted-out': 2 }])
    const insurer = new Party(house().gateway, house().site, 'demo-insurer')
    const urls = await exported(insurer, 'demo-safe-harbor')
    expect(urls.some((url) => url.includes(dataset))).to.equal(false)
    expect(urls.some((url) => url.includes(after?.dataset ?? '?'))).to.equal(true)
    expect((await insurer.ask('GET', `/datasets/${dataset}/manifest`)).status).to.equal(404)
    // beside what was cut from it, it would tell of the patient
    for (const unasked of [dataset, after?.dataset ?? ''])
      expect((await insurer.ask('GET', `/fhir/AuditEvent?entity=${unasked}&_tag=dataset-released&_summary=count`)).text).to.match(
        /"total": ?0\b/
      )
    expect((await insurer.ask('POST', `/datasets/${after?.dataset}/acknowledgement`)).code, 'nothing of it was fetched').to.equal(
      'bad-request'
    )
    for (const [method, what] of [
      ['GET', 'manifest'],
      ['POST', 'acknowledgement']
    ] as const)
      expect((await insurer.ask(method, `/datasets/${after?.dataset}/${what}`)).status, what).to.be.oneOf([200, 204])
    expect((await insurer.ask('GET', `/fhir/AuditEvent?entity=${after?.dataset}&_tag=dataset-released&_summary=count`)).text).to.match(
      /"total": ?1\b/
    )
    const withdrawn = await until(async () => (await entries(dataset)).find(({ kind }) => kind === 'dataset-withdrawn') ?? null)
    expect(withdrawn.told).to.include({ recut: after?.dataset, fetched: 'no' })
    const released = (await entries(after?.dataset ?? '')).find(({ kind }) => kind === 'dataset-released')
    expect(
      (released?.told as { counts?: { withheld: object } } | undefined)?.counts?.withheld,
      'one patient is none to count'
    ).to.deep.equal({
      'not-releasable': 2
    })
    await until(async () => {
      const left = await query(
        house().database,
        'SELECT 1 FROM bucket_result WHERE disclosure = $1 UNION ALL SELECT 1 FROM shard WHERE disclosure = $1 AND file IS NOT NULL',
        [dataset]
      )
      return left.length === 0 ? true : null
    })
    expect(await faultsOf(house().database)).to.deep.equal([])
  })

  it('a group that the patient only just filled to k is suppressed in what is cut again: nobody received the patient, so nobody holds it', async () => {
    const rare = ['rare0', 'rare1', 'rare2'].map((one) => patient(one, { birthDate: '1931-01-01' }))
    const { id, hospital } = await send([...ward('usual', 4), ...rare], 'demo-safe-harbor')
    await optOut('rare0')
    const after = (await ended(hospital, id))[1]
    expect([after?.state, after?.withheld]).to.deep.equal(['held', { 'opted-out': 1, 'too-few-like-them': 2 }])
  })

  it('with a dataset nobody fetched those recorded after it are cut again, too: their gate took the patient to be held', async () => {
    const first = await send(ward('chain', 4), 'demo-safe-harbor')
    const second = await send(
      [...ward('links', 4), ...['link0', 'link1'].map((one) => patient(one, { birthDate: '1960-02-03' }))],
      'demo-safe-harbor'
    )
    expect((await optOut('chain0')).withdrawn).to.equal(2)
    const both = [await ended(first.hospital, first.id), await ended(second.hospital, second.id)]
    expect(both.map((one) => one.map(({ state, released }) => `${state} ${released}`))).to.deep.equal([
      ['withdrawn 8', 'ready 6'],
      ['withdrawn 10', 'ready 10']
    ])
    expect(await faultsOf(house().database)).to.deep.equal([])
  })

  it('after delivery: withdrawn, not cut again, and the next export names the surrogate in deleted[], without a reason', async () => {
    const { site, gateway } = house()
    const insurer = receiver(gateway, site, 'demo-insurer', 'demo-safe-harbor')
    const { id, dataset, hospital } = await send(ward('given', 5), 'demo-safe-harbor')
    expect((await insurer.run('--json')).code).to.equal(0)
    const lines = readFileSync(join(insurer.out, dataset, 'Patient.ndjson'), 'utf8')
      .trim()
      .split('\n')
    const surrogates = lines.map((line) => (JSON.parse(line) as { id: string }).id)
    expect(await optOut('given1')).to.include({ changed: 1, withdrawn: 1 })
    expect((await ended(hospital, id)).map(({ state }) => state)).to.deep.equal(['withdrawn'])
    const second = await insurer.run('--json')
    expect([second.code, second.err]).to.deep.equal([0, ''])
    expect(JSON.parse(second.out)).to.deep.include({ datasets: [], deleted: 1 })
    const text = readFileSync(join(insurer.out, 'deleted.ndjson'), 'utf8')
    const told = JSON.parse(text) as { type: string; entry: { request: { method: string; url: string } }[] }
    expect(told.type).to.equal('transaction')
    const [request] = told.entry.map((entry) => entry.request)
    expect([request?.method, surrogates.includes((request?.url ?? '').slice('Patient/'.length))]).to.deep.equal(['DELETE', true])
    expect(text).not.to.match(/opt|consent|given1/i)
    expect(JSON.parse((await insurer.run('--json')).out), 'once').to.deep.include({ datasets: [], deleted: 0 })
    expect(readdirSync(insurer.out)).to.include(dataset)
    const [deletion] = await until(async () => {
      const found = await query<{ statement: string }>(house().database, "SELECT statement FROM logged WHERE kind = 'deletions-named'")
      return found.length > 0 ? found : null
    })
    expect(JSON.parse(deletion?.statement ?? '{}')).to.include({ surrogates: 1, recipient: 'demo-insurer' })
  })

  it('whoever was never released is named to nobody, and another agreement names nobody either', async () => {
    const { site, gateway } = house()
    await optOut('nobody-knows')
    const insurer = new Party(gateway, site, 'demo-research')
    const started = await insurer.ask('GET', '/fhir/Group/demo-transport-only/$export', undefined, { prefer: 'respond-async' })
    const done = await until(async () => {
      const polled = await insurer.ask('GET', started.headers.get('content-location') ?? '')
      return polled.status === 200 ? (JSON.parse(polled.text) as { deleted: unknown[] }) : null
    })
    expect(done.deleted).to.deep.equal([])
    const job = new URL(started.headers.get('content-location') ?? '').pathname
    expect((await insurer.ask('GET', `${job}/files/deleted.ndjson`)).status).to.equal(404)
  })

  it('after one file of several was fetched: withdrawn, cut again, and named for deletion too', async () => {
    const { site, gateway } = house()
    const { id, dataset, hospital } = await send(ward('part', 6), 'demo-transport-only')
    const insurer = new Party(gateway, site, 'demo-research')
    const urls = (await exported(insurer, 'demo-transport-only')).filter((url) => url.includes(dataset))
    expect((await insurer.ask('GET', urls[0] ?? '')).status).to.equal(200)
    await optOut('part0')
    for (const url of urls) expect((await insurer.ask('GET', url)).status, 'from the commit on').to.equal(404)
    const states = (await ended(hospital, id)).map(({ state, released }) => [state, released])
    expect(states).to.deep.equal([
      ['withdrawn', 12],
      ['ready', 10]
    ])
    const started = await insurer.ask('GET', '/fhir/Group/demo-transport-only/$export', undefined, { prefer: 'respond-async' })
    const done = await until(async () => {
      const polled = await insurer.ask('GET', started.headers.get('content-location') ?? '')
      return polled.status === 200 ? (JSON.parse(polled.text) as { deleted: { url: string; count: number }[] }) : null
    })
    expect(done.deleted.map(({ count }) => count)).to.deep.equal([1])
    expect((await insurer.ask('GET', done.deleted[0]?.url ?? '')).text).to.contain('"DELETE"')
  })

  it('back in and sent again: released under the same surrogate, and no longer to be deleted', async () => {
    const { site, gateway } = house()
    expect((await officer(site, ['consent', 'opt-in', '--party', 'demo-hospital', '--patient', 'given1'])).code).to.equal(0)
    const { dataset } = await send(ward('given', 5), 'demo-safe-harbor')
    const insurer = receiver(gateway, site, 'demo-insurer', 'demo-safe-harbor')
    const run = await insurer.run('--json', '--since', '2020-01-01T00:00:00Z')
    expect(run.code, run.err).to.equal(0)
    const ids = readFileSync(join(insurer.out, dataset, 'Patient.ndjson'), 'utf8')
    const told = existsSync(join(insurer.out, 'deleted.ndjson')) ? readFileSync(join(insurer.out, 'deleted.ndjson'), 'utf8') : ''
    const [url = ''] = /Patient\/[0-9a-f]{32}/.exec(told) ?? []
    expect(ids).to.contain(url.slice('Patient/'.length))
    expect(JSON.parse(run.out)).to.include({ deleted: 0 })
    expect(await faultsOf(house().database)).to.deep.equal([])
  })

  it('a no to some of what was received: the surrogate is named though the rest was released again before the recipient asked', async () => {
    const { site, gateway } = house()
    const insurer = receiver(gateway, site, 'demo-insurer', 'demo-safe-harbor')
    const first = await send(ward('partly', 5), 'demo-safe-harbor')
    expect((await insurer.run('--json')).code).to.equal(0)
    const surrogatesOf = (dataset: string): string[] =>
      readFileSync(join(insurer.out, dataset, 'Patient.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id)
    const held = surrogatesOf(first.dataset)
    expect(await optOut('partly1', '--recipient', 'demo-insurer', '--category', 'hiv')).to.include({ changed: 1, withdrawn: 1 })
    const second = await send(ward('partly', 5), 'demo-safe-harbor')
    const run = await insurer.run('--json')
    expect(JSON.parse(run.out)).to.include({ deleted: 1 })
    const told = readFileSync(join(insurer.out, 'deleted.ndjson'), 'utf8').trim().split('\n').at(-1) ?? ''
    const [, surrogate = ''] = /Patient\/([0-9a-f]{32})/.exec(told) ?? []
    // delete, then load: what was sent anew is the patient's again, under the same surrogate
    expect(held).to.include(surrogate)
    expect(surrogatesOf(second.dataset)).to.include(surrogate)
    // once the no is taken back and the patient released whole, nothing is left to delete
    const back = [
      'consent',
      'opt-in',
      '--party',
      'demo-hospital',
      '--patient',
      'partly1',
      '--recipient',
      'demo-insurer',
      '--category',
      'hiv'
    ]
    expect((await officer(site, back)).code).to.equal(0)
    await send(ward('partly', 5), 'demo-safe-harbor')
    expect(JSON.parse((await insurer.run('--json', '--since', '2020-01-01T00:00:00Z')).out)).to.include({ deleted: 0 })
  })

  it('suspended: no export and no dataset, but what is to be deleted is told at once', async () => {
    const { site, gateway } = house()
    const insurer = new Party(gateway, site, 'demo-research')
    const begun = new Date().toISOString()
    const { dataset } = await send(ward('late', 6), 'demo-transport-only')
    const [file = ''] = (await exported(insurer, 'demo-transport-only')).filter((url) => url.includes(dataset))
    expect((await insurer.ask('GET', file)).status).to.equal(200)
    const word = ['--officer', 'Privacy Office', '--reason', 'a question']
    expect((await officer(site, ['agreement', 'suspend', 'demo-transport-only', ...word])).code).to.equal(0)
    const kickOff = (): ReturnType<Party['ask']> =>
      insurer.ask('GET', `/fhir/Group/demo-transport-only/$export?_since=${begun}`, undefined, { prefer: 'respond-async' })
    await until(async () => ((await kickOff()).status === 403 ? true : null))
    await optOut('late1')
    const started = await kickOff()
    expect(started.status, 'now there is something to delete').to.equal(202)
    const job = started.headers.get('content-location') ?? ''
    const polled = await insurer.ask('GET', job)
    expect(polled.status, 'it waits for nothing').to.equal(200)
    const done = JSON.parse(polled.text) as {
      output: unknown[]
      deleted: { url: string; count: number }[]
      extension: { sallyport: object }
    }
    expect([done.output, done.deleted.map(({ count }) => count)]).to.deep.equal([[], [1]])
    expect(done.extension.sallyport).to.deep.include({ files: [], manifests: [] })
    expect((await insurer.ask('GET', done.deleted[0]?.url ?? '')).text).to.contain('"DELETE"')
    expect((await insurer.ask('GET', `${new URL(job).pathname}/files/${file.split('/').at(-1)}`)).status).to.be.oneOf([403, 404])
    const stranger = new Party(gateway, site, 'demo-insurer')
    const theirs = await stranger.ask('GET', '/fhir/Group/demo-transport-only/$export', undefined, { prefer: 'respond-async' })
    expect(theirs.code, 'what others are to delete is nobody else\u2019s').to.equal('agreement-unknown')
    expect(await faultsOf(house().database)).to.deep.equal([])
  })
})
