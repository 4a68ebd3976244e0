/** The main job, whole: a hospital sends, the gateway releases and records, an insurer pulls, verifies and opens. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openDataset } from '../../gateway/seal/open.ts'
import { syntheticFeed } from '../support/feed.ts'
import { AT_ONCE, makeSite, type Process, type Site, startProcess, tokenFor, until } from '../support/gateway.ts'
import { useDatabase } from '../support/postgres.ts'

interface View {
  readonly id: string
  readonly state: string
  readonly received: number
  readonly agreements: readonly {
    agreement: string
    state: string
    dataset: string
    received: number
    released: number
    held: number
    withheld: Record<string, number>
    rejected: Record<string, number>
  }[]
}

interface Remote {
  readonly type: string
  readonly url: string
  readonly count: number
}

interface Manifest {
  readonly output: readonly Remote[]
  readonly extension: Record<string, { readonly files: readonly Remote[] }>
}

describe('the main job', function () {
  this.timeout(120_000)
  const database = useDatabase()
  let site: Site
  let gateway: Process

  before(async () => {
    site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': AT_ONCE })
    gateway = await startProcess(site)
  })
  after(async () => {
    await gateway?.stop()
    site?.remove()
  })

  async function view(token: string, id: string): Promise<View> {
    return (await (await fetch(`${gateway.url}/submissions/${id}`, { headers: { authorization: `Bearer ${token}` } })).json()) as View
  }

  async function exportOf(token: string, agreement: string): Promise<Manifest> {
    const started = await fetch(`${gateway.url}/fhir/Group/${agreement}/$export`, {
      headers: { authorization: `Bearer ${token}`, prefer: 'respond-async', accept: 'application/fhir+json' }
    })
    expect(started.status).to.equal(202)
    const job = started.headers.get('content-location') ?? ''
    return until(async () => {
      const polled = await fetch(job, { headers: { authorization: `Bearer ${token}` } })
      return polled.status === 200 ? ((await polled.json()) as Manifest) : null
    })
  }

  it('a feed sent with one request becomes a dataset that verifies and opens, and every count adds up', async () => {
    const token = await tokenFor(gateway.url, site, 'demo-hospital')
    const sent = await fetch(`${gateway.url}/submissions?close=true`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+ndjson' },
      body: await syntheticFeed(300)
    })
    const accepted = (await sent.json()) as View
    expect(sent.status, JSON.stringify(accepted)).to.equal(202)
    const done = await until(async () => {
      const now = await view(token, accepted.id)
      return now.agreements.length > 0 && now.agreements.every((d) => ['ready', 'held', 'refused', 'empty'].includes(d.state)) ? now : null
    })
    for (const disclosure of done.agreements) {
      expect(disclosure.state, JSON.stringify(disclosure) + gateway.log().slice(-2000)).to.equal('ready')
      const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, n) => total + n, 0)
      expect(disclosure.received).to.equal(done.received)
      expect(disclosure.received).to.equal(disclosure.released + disclosure.held + sum(disclosure.withheld) + sum(disclosure.rejected))
      expect(disclosure.released).to.be.greaterThan(0)
    }
    const insurer = await tokenFor(gateway.url, site, 'demo-insurer')
    const sealed = done.agreements.find((d) => d.agreement === 'demo-safe-harbor')
    const manifest = await (
      await fetch(`${gateway.url}/datasets/${sealed?.dataset}/manifest`, { headers: { authorization: `Bearer ${insurer}` } })
    ).text()
    const shards = join(site.folder, 'shards')
    mkdirSync(shards)
    const listing = await exportOf(insurer, 'demo-safe-harbor')
    const files = Object.values(listing.extension).flatMap((own) => own.files)
    expect(listing.output, 'a stock client is offered nothing it could not read').to.deep.equal([])
    expect(files.length).to.be.greaterThan(0)
    for (const { url } of files) {
      const file = await fetch(url, { headers: { authorization: `Bearer ${insurer}` } })
      expect(file.status).to.equal(200)
      const name = new URL(url).pathname.split('/').at(-1) ?? ''
      writeFileSync(join(shards, name.slice(name.indexOf('.') + 1)), Buffer.from(await file.arrayBuffer()))
    }
    const opened = await openDataset({
      manifest,
      shards,
      out: join(site.folder, 'out'),
      pins: site.pins,
      key: site.parties.get('demo-insurer')?.encryption ?? null
    })
    expect(opened.files.reduce((total, file) => total + file.records, 0)).to.equal(sealed?.released)
    expect(readFileSync(join(site.folder, 'out', 'Patient.ndjson'), 'utf8')).to.contain('"resourceType":"Patient"')
  })

  it('an export asked for while a release is being made is 202 with X-Progress and Retry-After, then 200 with that dataset (Bulk Data Access IG)', async () => {
    const token = await tokenFor(gateway.url, site, 'demo-hospital')
    const sent = await fetch(`${gateway.url}/submissions?close=true&agreement=demo-transport-only`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+ndjson' },
      body: await syntheticFeed(300, 'asked for early')
    })
    const { id } = (await sent.json()) as View
    const begun = await until(async () => {
      const [disclosure] = (await view(token, id)).agreements
      return disclosure === undefined || disclosure.state === 'waiting' ? null : disclosure
    })
    expect(begun.state, 'the release is not over before the export is asked for').to.not.equal('ready')
    const insurer = await tokenFor(gateway.url, site, 'demo-research')
    const started = await fetch(`${gateway.url}/fhir/Group/demo-transport-only/$export`, {
      headers: { authorization: `Bearer ${insurer}`, prefer: 'respond-async', accept: 'application/fhir+json' }
    })
    const job = started.headers.get('content-location') ?? ''
    const first = await fetch(job, { headers: { authorization: `Bearer ${insurer}` } })
    expect(first.status).to.equal(202)
    expect(first.headers.get('x-progress')).to.be.a('string')
    expect(first.headers.get('retry-after')).to.match(/^[1-9][0-9]*$/)
    const listing = await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const polled = await fetch(job, { headers: { authorization: `Bearer ${insurer}` } })
      return polled.status === 200 ? ((await polled.json()) as Manifest) : null
    })
    expect(listing.output.map(({ url }) => new URL(url).pathname.includes(begun.dataset))).to.include(true)
  })

  it('many files of one submission at once are all kept: none makes another fail', async () => {
    const token = await tokenFor(gateway.url, site, 'demo-hospital')
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+ndjson' }
    const opened = await fetch(`${gateway.url}/submissions?agreement=demo-transport-only`, {
      method: 'POST',
      headers: { authorization: headers.authorization }
    })
    const { id } = (await opened.json()) as View
    const large = await syntheticFeed(100, 'large among small')
    const bodies = Array.from({ length: 40 }, (_, n) =>
      n % 10 === 0 ? large : `{"resourceType":"Organization","id":"o${n}","name":"Ward"}\n`
    )
    const answers: number[] = []
    // as many at a time as a party may have under way
    for (let at = 0; at < bodies.length; at += 8) {
      const sent = bodies.slice(at, at + 8).map(async (body, n) => {
        const url = `${gateway.url}/submissions/${id}/files/data.${at + n}.ndjson`
        return (await fetch(url, { method: 'PUT', headers: { ...headers, 'idempotency-key': `k${at + n}` }, body })).status
      })
      answers.push(...(await Promise.all(sent)))
    }
    expect(answers).to.deep.equal(bodies.map(() => 202))
  })
})
