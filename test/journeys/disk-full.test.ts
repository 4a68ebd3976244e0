/** A full disk: 503 storage-full with Retry-After, nothing kept and nothing left behind; the release waits. With room again the same requests succeed. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { AT_ONCE, until } from '../support/gateway.ts'
import { faultsOf, useGateway } from '../support/house.ts'
import { type Answer, miscounted, Party } from '../support/journey.ts'
import { bundle, ndjson, patient, ward } from '../support/records.ts'

/** Every file of the gateway ends here (setrlimit RLIMIT_FSIZE): its writes fail with EFBIG, as they would with ENOSPC. */
const SMALL = 512

describe('a full disk', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
  let hospital: Party
  before(function () {
    if (spawnSync('prlimit', ['--version']).status !== 0) this.skip()
    hospital = new Party(house().gateway, house().site, 'demo-hospital')
  })
  afterEach(() => room('unlimited'))

  function room(bytes: number | 'unlimited'): void {
    const { status, stderr } = spawnSync('prlimit', ['--pid', String(house().gateway.child.pid), `--fsize=${bytes}:`], { encoding: 'utf8' })
    expect(status, stderr).to.equal(0)
  }

  function files(): string[] {
    return readdirSync(join(house().site.folder, 'data/files'), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && basename(file.parentPath) !== 'checkpoints') // the log's own, which grows with refusals, too
      .map((file) => file.name)
  }

  function expectFull(answer: Answer): void {
    expect([answer.status, answer.code], answer.text).to.deep.equal([503, 'storage-full'])
    expect(answer.headers.get('retry-after')).to.match(/^[1-9][0-9]*$/)
    expect(files()).to.deep.equal([])
  }

  it('an upload is 503 storage-full and leaves nothing; with room again the same upload is taken', async () => {
    const id = await hospital.open()
    const lines = ndjson(ward('full', 300, 2))
    const large = JSON.stringify(
      bundle(
        Array.from({ length: 20 }, (_, n) => ({
          ...patient(`p${n}`),
          text: { status: 'empty', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(1024 * 1024)}</div>` }
        }))
      )
    )
    room(SMALL)
    expectFull(await hospital.put(id, 'data.ndjson', lines, { 'idempotency-key': 'full' }))
    expectFull(await hospital.put(id, 'bundle.json', large))
    expect((await hospital.view(id)).files).to.deep.equal([])
    room('unlimited')
    expect((await hospital.put(id, 'data.ndjson', lines, { 'idempotency-key': 'full' })).status).to.equal(202)
    expect((await hospital.put(id, 'bundle.json', large)).status).to.equal(202)
  })

  it('a release waits for room, however often it is tried, and then ends as ever', async () => {
    const id = await hospital.open()
    expect((await hospital.put(id, 'data.ndjson', ndjson(ward('wait', 300, 2)))).status).to.equal(202)
    room(SMALL)
    expect((await hospital.close(id)).status).to.equal(202)
    await until(async () => (house().gateway.log().split('"code":"storage-full"').length > 6 ? true : null))
    expect((await hospital.view(id)).agreements.map(({ state }) => state)).to.deep.equal(['releasing'])
    room('unlimited')
    const done = await hospital.ended(id)
    expect(miscounted(done)).to.deep.equal([])
    expect(done.agreements.map(({ state, released }) => [state, released])).to.deep.equal([['ready', 900]])
    expect(await faultsOf(house().database)).to.deep.equal([])
  })
})
