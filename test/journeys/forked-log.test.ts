/**
 * A gateway whose database was replaced by another history of its log, same key and all: it can sign what it likes, and whoever saw the log before finds out.
 * The insurer's receive and a witness alarm and open nothing; what was received before stays proved, offline.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { logVerifiers } from '../../gateway/seal/receipt.ts'
import { checkCheckpoint } from '../../gateway/seal/verify/proof.ts'
import { type Ran, sallyport } from '../support/command.ts'
import { AT_ONCE, makeSite, type Process, type Site, startProcess } from '../support/gateway.ts'
import { officer } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { copyOf, type TestDatabase, useDatabase } from '../support/postgres.ts'
import { type Received, type Receiver, receiver } from '../support/receive.ts'
import { ndjson, ward } from '../support/records.ts'

describe('a log that was replaced by another history', function () {
  this.timeout(120_000)
  const database = useDatabase()
  let site: Site
  let gateway: Process
  let copy: TestDatabase
  let pins = ''

  before(async () => {
    site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
    pins = join(site.folder, 'pins.json')
    writeFileSync(pins, JSON.stringify(site.pins))
    gateway = await startProcess(site)
    await release('both')
    await gateway.stop()
    copy = await copyOf(database())
    gateway = await startProcess(site)
    await release('first')
    await release('first-again')
  })
  after(async () => {
    await gateway?.stop()
    await copy?.drop()
    site?.remove()
  })

  /** A dataset that is ready. One that the gateway refused (after five attempts at a step) has ended, too, and would be missed only much later. */
  async function release(prefix: string): Promise<void> {
    const hospital = new Party(gateway, site, 'demo-hospital')
    const { agreements } = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(ward(prefix, 12)) }))
    const ended = agreements.map(({ state }) => state)
    const fault = gateway
      .log()
      .split('\n')
      .findLast((line) => line.includes('"code":'))
    expect(ended, fault).to.deep.equal(['ready'])
  }

  /** The insurer's folder is the same at each gateway, though its address changes. */
  const insurer = (): Receiver => receiver(gateway, site, 'demo-insurer', 'demo-safe-harbor')
  const witness = (): Promise<Ran> =>
    sallyport(['witness', '--once', '--url', gateway.url, '--key', pins, '--state', join(site.folder, 'witness')])

  it('before it was: received, witnessed, and proved offline with the pins alone', async () => {
    expect((await witness()).code).to.equal(0)
    const run = await insurer().run('--json')
    expect([run.code, run.err]).to.deep.equal([0, ''])
    const { datasets } = JSON.parse(run.out) as Received // as printed
    expect(datasets).to.have.length(3)
    for (const { dataset } of datasets) {
      const { code, out } = await sallyport(['verify', join(insurer().out, dataset, 'manifest.json'), '--key', pins, '--json'])
      expect([code, JSON.parse(out)['dataset'], JSON.parse(out)['signature']]).to.deep.equal([0, dataset, 'by the manifest key'])
    }
    await release('seen')
    expect([(await insurer().run()).code, (await witness()).code]).to.deep.equal([0, 0])
    expect(insurer().opened()).to.have.length(4)
  })

  it('an export of it is proved offline, and an altered one is not', async () => {
    const file = join(site.folder, 'export.ndjson')
    const made = await officer(site, ['log', 'export', file, '--bodies', 'all'])
    expect([made.code, made.err]).to.deep.equal([0, ''])
    const { code, out } = await sallyport(['verify', file, '--key', pins, '--json'])
    expect([code, JSON.parse(out)['what'], JSON.parse(out)['bodiesWithheld']]).to.deep.equal([0, 'export', 0])
    writeFileSync(file, readFileSync(file, 'utf8').replace('demo-insurer', 'demo-insured'))
    expect((await sallyport(['verify', file, '--key', pins])).out).to.match(/^not proved: commitment: line \d+/)
  })

  const sizeOf = (text = ''): number => Number.parseInt(text, 10)
  const sizeShown = async (): Promise<number> => sizeOf((await (await fetch(`${gateway.url}/log/checkpoint`)).text()).split('\n')[1])

  /** The insurer and a witness look again: both end with 4 and this code. */
  async function bothAlarm(code: string): Promise<void> {
    for (const ran of [await insurer().run(), await witness()]) {
      expect([ran.code, ran.err.includes(`[${code}]`)], ran.err).to.deep.equal([4, true])
    }
  }

  it('a database of before, put in its place: shorter than what was seen, then longer and another: 4 each time, nothing opened', async () => {
    const seen = await sizeShown()
    await gateway.stop()
    // whoever swaps the database takes away what the gateway itself would notice it by
    rmSync(join(site.folder, 'data', 'files', 'checkpoints'), { recursive: true })
    gateway = await startProcess(site, { DATABASE_URL: copy.url })
    const before = insurer().opened()
    await bothAlarm('log-rolled-back')
    for (let n = 0; (await sizeShown()) <= seen && n < 12; n++) await release(`other-${n}-`)
    await bothAlarm('log-forked')
    expect(insurer().opened()).to.deep.equal(before)
  })

  it('the evidence of both is two checkpoints that the log signed and that cannot both be true', () => {
    for (const folder of [join(site.folder, 'witness'), join(insurer().out, '.sallyport', 'log')]) {
      const [name = ''] = readdirSync(folder).filter((one) => one.startsWith('alarm-log-forked'))
      const { kept, shown } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { kept: string; shown: string }
      expect(kept).not.to.equal(shown)
      for (const note of [kept, shown]) {
        expect(note).to.match(/^localhost\/sallyport-log\n\d+\n[^\n]+\n\n\u2014 localhost\/sallyport-log /)
        expect(checkCheckpoint(note, logVerifiers(site.pins.log)).ok).to.equal(true)
      }
    }
  })

  it('a fresh folder cannot know: who never saw the first history is shown a consistent one', async () => {
    const fresh = join(site.folder, 'fresh')
    mkdirSync(fresh)
    expect((await sallyport(['witness', '--once', '--url', gateway.url, '--key', pins, '--state', fresh])).code).to.equal(0)
  })
})
