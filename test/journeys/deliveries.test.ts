/**
 * Each access to what was released is an entry of its own, so that what is fetched with a stolen token does not hide behind its owner's. A download in
 * pieces is told piece by piece, and its records are counted by their share.
 */
import { expect } from 'chai'
import { type Entry, entriesIn } from '../support/entries.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { useGateway } from '../support/house.ts'
import { type Answer, exported, Party } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

describe('each access to a dataset is told', function () {
  this.timeout(120_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': AT_ONCE })
  let insurer: Party
  let research: Party
  const datasets = new Map<string, string>()
  before(async () => {
    const { gateway, site } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    insurer = new Party(gateway, site, 'demo-insurer')
    research = new Party(gateway, site, 'demo-research')
    const { agreements } = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(ward('told', 24)) }))
    for (const { agreement, dataset } of agreements) datasets.set(agreement, dataset)
  })

  const told = (): Promise<Entry[]> => entriesIn(house().database, 'file-delivered')

  /** What was told while `act` ran. */
  async function during(act: () => Promise<unknown>): Promise<Entry[]> {
    const before = (await told()).length
    await act()
    return (await told()).slice(before)
  }

  async function patientsOf(agreement: string, party = insurer): Promise<string> {
    return (await exported(party, agreement)).find((url) => url.includes('.Patient.')) ?? ''
  }

  function get(path: string, headers: Readonly<Record<string, string>> = {}, party = insurer): Promise<Answer> {
    return party.ask('GET', path, undefined, headers)
  }

  it('a file that is fetched five times with one token from one job is five deliveries, and so are manifest and dictionary', async () => {
    const file = await patientsOf('demo-safe-harbor')
    const dataset = datasets.get('demo-safe-harbor') ?? ''
    for (const path of [file, `/datasets/${dataset}/manifest`, `/datasets/${dataset}/dictionary`]) {
      const entries = await during(async () => {
        for (let n = 0; n < 5; n++) expect((await get(path)).status).to.equal(200)
      })
      const records = path === file ? 24 : undefined // what `review unusual-volume` adds up
      expect(entries.map((entry) => [entry['dataset'], entry['records']])).to.deep.equal(Array(5).fill([dataset, records]))
    }
  })

  it('a download that goes on says from which byte, and counts the share of its records; past the end nothing is told', async () => {
    const file = await patientsOf('demo-safe-harbor')
    const [whole] = await during(() => get(file))
    const [records, bytes] = [Number(whole?.['records']), Number(whole?.['bytes'])]
    const half = Math.floor(bytes / 2)
    const entries = await during(async () => {
      for (const from of [1, 1, half]) expect((await get(file, { range: `bytes=${from}-` })).status).to.equal(206)
      const past = await get(file, { range: `bytes=${bytes}-` })
      expect([past.status, past.headers.get('content-range')]).to.deep.equal([416, `bytes */${bytes}`])
    })
    expect(entries.map((entry) => [entry['from'], entry['bytes'], entry['records']])).to.deep.equal([
      [1, bytes - 1, records],
      [1, bytes - 1, records],
      [half, bytes - half, Math.ceil((records * (bytes - half)) / bytes)]
    ])
  })

  it('a request that asks for a rest and is given the whole is one delivery: another file by If-Range, or unpacked', async () => {
    const sealed = await patientsOf('demo-safe-harbor')
    const clear = await patientsOf('demo-transport-only', research)
    const asked: readonly (readonly [string, Readonly<Record<string, string>>, Party])[] = [
      [sealed, { 'range': 'bytes=9-', 'if-range': '"another"' }, insurer],
      [clear, { 'range': 'bytes=9-', 'accept-encoding': 'identity' }, research]
    ]
    for (const [file, headers, party] of asked) {
      const entries = await during(async () => expect((await get(file, headers, party)).status).to.equal(200))
      expect(entries.map((entry) => [entry['from'], entry['records']])).to.deep.equal([[undefined, 24]])
    }
  })
})
