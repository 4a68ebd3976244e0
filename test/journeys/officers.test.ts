/**
 * What agreements and officers decide, at a real gateway: agreements expired, suspended and of others; a dataset that is held, then
 * released or refused; a dataset recalled; patients who opt out and in again. Each decision is an entry of the log.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openDataset } from '../../gateway/seal/open.ts'
import { AT_ONCE, type Process, startProcess, until } from '../support/gateway.ts'
import { addParty, faultsOf, officer, query, useGateway, writeAgreement } from '../support/house.ts'
import { exported, miscounted, Party, pullSealed, type Submission } from '../support/journey.ts'
import { ndjson, patient, ward } from '../support/records.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const WORD = ['--officer', 'Test Privacy Office', '--reason', 'a test'] as const
const OTHERS = { source: 'other-hospital', recipient: 'demo-insurer' } as const

describe('agreements and officers', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null }, {}, (bare) => {
    const site = addParty(bare, 'other-hospital', 'hospital')
    writeAgreement(site, 'expired', { effective: '2020-01-01', expires: '2021-01-01' })
    writeAgreement(site, 'not-yet', { effective: '2039-01-01' })
    writeAgreement(site, 'suspended', AT_ONCE)
    writeAgreement(site, 'of-others', { ...AT_ONCE, ...OTHERS })
    writeAgreement(site, 'strict', { ...AT_ONCE, belowK: ['suppress'], suppressionLimit: 0 })
    writeAgreement(site, 'doomed', AT_ONCE)
    writeAgreement(site, 'vanishing', AT_ONCE)
    return site
  })
  let hospital: Party
  let insurer: Party
  const again: { gateway: Process | null } = { gateway: null }
  before(async () => {
    await prepareStops(house().database)
    hospital = new Party(house().gateway, house().site, 'demo-hospital')
    insurer = new Party(house().gateway, house().site, 'demo-insurer')
    const ran = await officer(house().site, ['agreement', 'suspend', 'suspended', ...WORD])
    expect(ran.code, ran.err).to.equal(0)
  })
  after(() => again.gateway?.stop())

  function entriesOf(dataset: string): Promise<string[]> {
    const text =
      "SELECT kind FROM logged WHERE disclosure = $1 AND kind NOT IN ('disclosure-permitted', 'file-delivered', 'dataset-acknowledged') ORDER BY index"
    return query<{ kind: string }>(house().database, text, [dataset]).then((rows) => rows.map(({ kind }) => kind))
  }

  async function ended(submission: string, state: string): Promise<Submission['agreements'][number]> {
    const done = await hospital.ended(submission, [state])
    expect(miscounted(done)).to.deep.equal([])
    const [disclosure] = done.agreements
    if (disclosure === undefined) throw new Error('no disclosure')
    return disclosure
  }

  async function statusOfManifest(dataset: string): Promise<number> {
    return (await insurer.ask('GET', `/datasets/${dataset}/manifest`)).status
  }

  it('agreements expired, not yet in force, suspended and of others grant nothing, at either door', async () => {
    for (const [agreement, status, code] of [
      ['expired', 403, 'agreement-expired'],
      ['not-yet', 403, 'agreement-expired'],
      ['suspended', 403, 'agreement-inactive'],
      ['of-others', 404, 'agreement-unknown'],
      ['never-was', 404, 'agreement-unknown']
    ] as const) {
      const opened = await hospital.ask('POST', `/submissions?agreement=${agreement}`)
      expect([opened.status, opened.code], agreement).to.deep.equal([status, code])
      if (agreement === 'of-others') continue // the insurer is its recipient
      const asked = await insurer.ask('GET', `/fhir/Group/${agreement}/$export`, undefined, {
        prefer: 'respond-async',
        accept: 'application/fhir+json'
      })
      expect([asked.status, asked.code], agreement).to.deep.equal([status, code])
    }
    const other = new Party(house().gateway, house().site, 'other-hospital')
    const theirs = await other.ask('POST', '/submissions?agreement=demo-safe-harbor')
    expect([theirs.status, theirs.code]).to.deep.equal([404, 'agreement-unknown'])
    // who is a side of none gets no scope to fetch with
    const none = new Party(house().gateway, house().site, 'demo-research')
    const refused = await none.ask('POST', '/submissions').catch((error: unknown) => String(error))
    expect(refused).to.be.a('string').and.contain('invalid_scope')
  })

  it('the same Idempotency-Key opens the same submission once; for another agreement it is key-reused', async () => {
    const open = (agreement: string): ReturnType<Party['ask']> =>
      hospital.ask('POST', `/submissions?agreement=${agreement}`, undefined, { 'idempotency-key': 'once' })
    const [first, same, other] = [await open('strict'), await open('strict'), await open('doomed')]
    expect([first.status, same.text]).to.deep.equal([201, first.text])
    expect([other.status, other.code]).to.deep.equal([409, 'key-reused'])
  })

  it('held: listed with sizes and no identity; released by an officer without those the gate suppressed', async () => {
    const id = await hospital.send({ 'data.ndjson': ndjson([...ward('many', 5), patient('rare', { birthDate: '1931-01-01' })]) }, 'strict')
    const held = await ended(id, 'held')
    expect([held.received, held.released, held.held, held.withheld]).to.deep.equal([11, 0, 10, { 'too-few-like-them': 1 }])
    expect(await statusOfManifest(held.dataset)).to.equal(404)
    const list = await officer(house().site, ['hold', 'list', '--json'])
    expect(list.code, list.err).to.equal(0)
    const rows = JSON.parse(list.out) as { dataset: string; gate: { released: number; suppressed: number } }[]
    expect(rows.map((row) => [row.dataset, row.gate.released, row.gate.suppressed])).to.deep.equal([[held.dataset, 5, 1]])
    expect(list.out).not.to.match(/rare|many|1931/)
    const wordless = await officer(house().site, ['hold', 'release', held.dataset, '--officer', '', '--reason', ' '])
    expect([wordless.code, wordless.err.includes('[bad-request]')]).to.deep.equal([2, true])
    expect((await officer(house().site, ['hold', 'release', held.dataset, ...WORD])).code).to.equal(0)
    const done = await ended(id, 'ready')
    expect([done.released, done.held, done.withheld]).to.deep.equal([10, 0, { 'too-few-like-them': 1 }])
    expect(await entriesOf(held.dataset)).to.deep.equal(['dataset-held', 'hold-released', 'dataset-released'])
    expect((await officer(house().site, ['hold', 'release', held.dataset, ...WORD])).code, 'a second time').to.equal(1)
    const folder = join(house().site.folder, 'held')
    const manifest = await pullSealed(insurer, 'strict', held.dataset, folder)
    const key = house().site.parties.get('demo-insurer')?.encryption ?? null
    const opened = await openDataset({ manifest, shards: join(folder, 'shards'), out: join(folder, 'out'), pins: house().site.pins, key })
    expect(opened.files.map(({ records }) => records).sort()).to.deep.equal([5, 5])
  })

  it('held and refused: nothing leaves, the records are destroyed, the refusal is an entry', async () => {
    const id = await hospital.send({ 'data.ndjson': ndjson([...ward('few', 3), patient('rare2', { birthDate: '1932-01-01' })]) }, 'strict')
    const held = await ended(id, 'held')
    expect((await officer(house().site, ['hold', 'refuse', held.dataset, ...WORD])).code).to.equal(0)
    const refused = await ended(id, 'refused')
    expect([refused.released, refused.held, refused.withheld]).to.deep.equal([0, 0, { 'hold-refused': 6, 'too-few-like-them': 1 }])
    await until(async () => ((await hospital.view(id)).state === 'destroyed' ? true : null))
    expect(await statusOfManifest(held.dataset)).to.equal(404)
    expect((await exported(insurer, 'strict')).filter((url) => url.includes(held.dataset))).to.deep.equal([])
    await until(async () => ((await entriesOf(held.dataset)).length === 2 ? true : null))
    expect(await entriesOf(held.dataset)).to.deep.equal(['dataset-held', 'hold-refused'])
  })

  it('recalled: from that moment no file, no manifest and no export has it; the recall is an entry', async () => {
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('recall', 4)) }, 'demo-safe-harbor')
    const { dataset } = await ended(id, 'ready')
    const urls = (await exported(insurer, 'demo-safe-harbor')).filter((url) => url.includes(dataset))
    expect([urls.length > 0, await statusOfManifest(dataset)]).to.deep.equal([true, 200])
    expect((await officer(house().site, ['dataset', 'recall', dataset, ...WORD])).code).to.equal(0)
    expect(await statusOfManifest(dataset)).to.equal(404)
    for (const url of urls) expect((await insurer.ask('GET', url)).status).to.equal(404)
    expect((await insurer.ask('POST', `/datasets/${dataset}/acknowledgement`)).status).to.equal(404)
    expect((await exported(insurer, 'demo-safe-harbor')).filter((url) => url.includes(dataset))).to.deep.equal([])
    await until(async () => ((await entriesOf(dataset)).length === 2 ? true : null))
    expect(await entriesOf(dataset)).to.deep.equal(['dataset-released', 'dataset-recalled'])
    expect((await officer(house().site, ['dataset', 'recall', dataset, ...WORD])).code, 'a second time').to.equal(1)
  })

  it('an opt-out is honoured under the next release, in every way of naming the patient; an opt-in takes it back', async () => {
    const { site } = house()
    const lines = ndjson(ward('consent', 6))
    const patients = [
      '--patient',
      'consent0',
      '--patient',
      'Patient/consent1',
      '--patient',
      'https://fhir.demo-hospital.example/r4/Patient/consent2'
    ]
    const out = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', ...patients, '--json'])
    expect(JSON.parse(out.out), out.err).to.include({ named: 3, changed: 3, withdrawn: 0, refused: 0 })
    const first = await ended(await hospital.send({ 'data.ndjson': lines }, 'demo-safe-harbor'), 'ready')
    expect([first.released, first.withheld]).to.deep.equal([6, { 'opted-out': 6 }])
    const listed = JSON.parse((await officer(site, ['consent', 'list', '--party', 'demo-hospital', '--json'])).out) as { patient: string }[]
    expect(listed.map(({ patient: name }) => name)).to.have.members(['Patient/consent0', 'Patient/consent1', 'Patient/consent2'])
    const back = await officer(site, ['consent', 'opt-in', '--party', 'demo-hospital', ...patients.slice(0, 4), '--json'])
    expect(JSON.parse(back.out)).to.include({ named: 2, changed: 2, withdrawn: 0, refused: 0 })
    const second = await ended(await hospital.send({ 'data.ndjson': lines }, 'demo-safe-harbor'), 'ready')
    expect([second.released, second.withheld]).to.deep.equal([10, { 'opted-out': 2 }])
    const entries = await query<{ statement: string }>(
      house().database,
      "SELECT statement FROM logged WHERE kind = 'consent-changed' ORDER BY index"
    )
    expect(entries.map(({ statement }) => JSON.parse(statement).subjects)).to.deep.equal([3, 2])
    expect(entries.map(({ statement }) => statement).join()).not.to.contain('consent0')
  })

  it('an opt-out while the shards are sealed: the dataset is judged again, without the patient', async () => {
    const { site, database } = house()
    const stopped = await stopAt(database, { table: 'shard', event: 'UPDATE', when: 'NEW.file IS NOT NULL' }, 'in the middle')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('running', 5)) }, 'demo-safe-harbor')
    await stopped.reached()
    const out = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'running0', '--json'])
    await stopped.release()
    expect(JSON.parse(out.out), out.err).to.include({ named: 1, changed: 1, withdrawn: 0, refused: 0 })
    const done = await ended(id, 'ready')
    expect([done.released, done.withheld]).to.deep.equal([8, { 'opted-out': 2 }])
    await until(async () => ((await entriesOf(done.dataset)).length === 1 ? true : null))
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('an opt-out while the record is made waits for it: it is in force before the record or after, never between', async () => {
    const { site, database } = house()
    const stopped = await stopAt(database, { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'recorded'" }, 'in the middle')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('between', 5)) }, 'demo-safe-harbor')
    await stopped.reached()
    const said: string[] = []
    const out = officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'between0', '--json']).then(() =>
      said.push('opted out')
    )
    await until(async () =>
      (await query(database, "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT INTO opt_out%'"))
        .length > 0
        ? true
        : null
    )
    said.push('recorded')
    await stopped.release()
    await out
    expect(said).to.deep.equal(['recorded', 'opted out'])
    // what was recorded a moment before is withdrawn by it, and cut again
    const { agreements } = await hospital.ended(id, ['withdrawn', 'ready'])
    expect(agreements.map(({ state, released }) => `${state} ${released}`)).to.deep.equal(['withdrawn 10', 'ready 8'])
  })

  it('held, an opt-out, released: judged and held again, and each decision of an officer is an entry', async () => {
    const { site, database } = house()
    const id = await hospital.send(
      { 'data.ndjson': ndjson([...ward('twice', 5), patient('rare3', { birthDate: '1933-01-01' })]) },
      'strict'
    )
    const { dataset } = await ended(id, 'held')
    expect((await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'twice0'])).code).to.equal(0)
    expect((await officer(site, ['hold', 'release', dataset, ...WORD])).code).to.equal(0)
    const held = await until(async () => {
      const now = (await hospital.view(id)).agreements[0]
      return now?.state === 'held' && now.withheld['opted-out'] === 2 ? now : null
    })
    expect([held.released, held.held]).to.deep.equal([0, 8])
    expect((await officer(site, ['hold', 'release', dataset, ...WORD])).code).to.equal(0)
    const done = await ended(id, 'ready')
    expect([done.released, done.withheld]).to.deep.equal([8, { 'opted-out': 2, 'too-few-like-them': 1 }])
    expect(await entriesOf(dataset)).to.deep.equal(['dataset-held', 'hold-released', 'dataset-held', 'hold-released', 'dataset-released'])
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('an agreement revoked while its dataset is made: refused with an entry, nothing is released', async () => {
    const { site, database, gateway } = house()
    const stopped = await stopAt(database, { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'recording'" }, 'in the middle')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('doomed', 4)) }, 'doomed')
    await stopped.reached()
    await gateway.kill()
    await stopped.release()
    const revoked = await officer(site, ['agreement', 'revoke', 'doomed', ...WORD])
    expect(revoked.code, revoked.err).to.equal(0)
    again.gateway = await startProcess(site)
    hospital = new Party(again.gateway, site, 'demo-hospital')
    insurer = new Party(again.gateway, site, 'demo-insurer')
    const { dataset } = await ended(id, 'refused')
    await until(async () => ((await entriesOf(dataset)).length === 1 ? true : null))
    expect(await entriesOf(dataset)).to.deep.equal(['dataset-refused'])
    expect(await statusOfManifest(dataset)).to.equal(404)
    await until(async () => ((await hospital.view(id)).state === 'destroyed' ? true : null))
    const left = 'SELECT 1 FROM shard WHERE disclosure = $1 UNION ALL SELECT 1 FROM bucket_result WHERE disclosure = $1'
    expect(await query(database, left, [dataset]), 'what was sealed by then is gone').to.deep.equal([])
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('an agreement gone when the submission is closed: refused with an entry, and the records are destroyed', async () => {
    const { site, database } = house()
    const id = await hospital.open('vanishing')
    expect((await hospital.put(id, 'data.ndjson', ndjson(ward('late', 3)))).status).to.equal(202)
    await again.gateway?.kill()
    rmSync(join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'agreements', 'vanishing'), { recursive: true })
    again.gateway = await startProcess(site)
    hospital = new Party(again.gateway, site, 'demo-hospital')
    expect((await hospital.close(id)).status).to.equal(202)
    const { state, agreements } = await hospital.view(id)
    expect([state, agreements]).to.deep.equal(['destroyed', []])
    const kinds = 'SELECT kind FROM log_entry WHERE key LIKE $1 ORDER BY kind'
    const entries = await until(async () => {
      const found = await query<{ kind: string }>(database, kinds, [`%${id}%`])
      return found.length === 4 ? found.map(({ kind }) => kind) : null
    })
    expect(entries).to.deep.equal(['submission-destroyed', 'submission-opened', 'submission-received', 'submission-refused'])
    expect((await hospital.close(id)).status, 'a second time').to.equal(202)
    expect(await faultsOf(database)).to.deep.equal([])
  })
})
