/**
 * An agreement is stopped, and changed, while two gateways work under it: downloads end in the middle on both, jobs rest and go on, and what four people signed is
 * in force on both. The times are measured and printed.
 */

import { readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { entriesIn } from '../support/entries.ts'
import { AT_ONCE, type Process, signingKey, startProcess, tokenFor, until, wordOn } from '../support/gateway.ts'
import { asDraft, faultsOf, officer, query, useGateway, writeAgreement } from '../support/house.ts'
import { exported, Party } from '../support/journey.ts'
import { type Pull, pull } from '../support/pull.ts'
import { ndjson, ward } from '../support/records.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const ID = 'demo-safe-harbor'
const WORD = ['--officer', 'Test Privacy Office', '--reason', 'a test'] as const
const KICK_OFF = { prefer: 'respond-async', accept: 'application/fhir+json' }
/** Nothing on this machine buffers so much. */
const BYTES = 1_500_000_000

describe('an agreement suspended, resumed and changed under two gateways', function () {
  this.timeout(90_000)
  const house = useGateway({ [ID]: AT_ONCE, 'demo-transport-only': null }, { SALLYPORT_WORKERS: '1' })
  let second: Process
  let hospital: Party
  let insurers: readonly Party[]
  before(async () => {
    const { site, gateway, database } = house()
    await prepareStops(database)
    second = await startProcess(site)
    hospital = new Party(gateway, site, 'demo-hospital')
    insurers = [gateway, second].map((one) => new Party(one, site, 'demo-insurer'))
  })
  after(() => second?.stop())

  async function command(...words: string[]): Promise<string> {
    const ran = await officer(house().site, ['agreement', ...words])
    expect([ran.code, ran.err]).to.deep.equal([0, ''])
    return ran.out
  }
  /** What puts it in force again is a privacy officer's own signed word. */
  function signed(): string[] {
    const who = 'demo-privacy-officer'
    return ['--officer', who, '--key', signingKey(house().site, who), '--reason', 'a test']
  }
  async function since(): Promise<number> {
    const text = "SELECT since FROM agreement_version WHERE agreement = $1 AND state IN ('active', 'suspended')"
    return (await query<{ since: Date }>(house().database, text, [ID]))[0]?.since.getTime() ?? 0
  }
  /** The moment from which each gateway answers a kick-off so. */
  function answersFrom(status: number): Promise<number[]> {
    return Promise.all(
      insurers.map((insurer) =>
        until(async () => {
          const { status: answered } = await insurer.ask('GET', `/fhir/Group/${ID}/$export`, undefined, KICK_OFF)
          return answered === status ? Date.now() : null
        }, 30)
      )
    )
  }

  it('suspended in mid-download: both gateways end it within 5 s, refuse from then on within 2 s, and it is an entry', async () => {
    const { site, database } = house()
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('stopped', 5)) }, ID)
    const { dataset } = (await hospital.ended(id, ['ready'])).agreements[0] ?? { dataset: '' }
    // a file as large as hospitals have: its bytes do not matter, for nobody receives them whole
    const [shard] = await query<{ name: string; file: string }>(
      database,
      'SELECT name, file FROM shard WHERE disclosure = $1 ORDER BY name',
      [dataset]
    )
    const folder = readdirSync(join(site.folder, 'data', 'files'), { recursive: true, encoding: 'utf8' })
    const path = folder.find((name) => name.endsWith(shard?.file ?? '-')) ?? ''
    truncateSync(join(site.folder, 'data', 'files', path), BYTES)
    await query(database, 'UPDATE shard SET bytes = $2 WHERE disclosure = $1 AND name = $3', [dataset, BYTES, shard?.name])
    const pulls: Pull[] = []
    for (const [n, insurer] of insurers.entries()) {
      const url = (await exported(insurer, ID)).find((one) => one.includes(shard?.name ?? '-')) ?? ''
      const at = [house().gateway, second][n]?.url ?? ''
      pulls.push(pull(`${at}${new URL(url).pathname}`, await insurer.token()))
    }
    await Promise.all(pulls.map(({ begun }) => begun))
    const refused = answersFrom(403)
    await command('suspend', ID, ...WORD)
    const suspended = await since()
    const ends = await Promise.all(pulls.map(({ ended }) => ended))
    const told = (times: readonly number[]): string => times.map((at) => `${at - suspended} ms`).join(', ')
    const inForce = await refused
    console.log(`      downloads ended after ${told(ends.map(({ at }) => at))}; refused from ${told(inForce)}`)
    for (const { at, bytes } of ends) {
      expect(at - suspended).to.be.within(0, 5000)
      expect(bytes).to.be.below(BYTES)
    }
    for (const at of inForce) expect(at - suspended).to.be.below(2000)
    expect(await entriesIn(database, 'agreement-suspended')).to.have.length(1)
    for (const insurer of insurers) expect((await insurer.ask('GET', `/datasets/${dataset}/manifest`)).status).to.equal(403)
    expect((await officer(house().site, ['agreement', 'resume', ID, ...WORD])).code, 'unsigned').to.equal(2)
    await command('resume', ID, ...signed())
    const resumed = await since()
    for (const at of await answersFrom(202)) expect(at - resumed).to.be.below(2000)
  })

  it('suspended before a step: the job rests there, loses nothing, and goes on when it is resumed', async () => {
    const { database } = house()
    const stopped = await stopAt(database, { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'recording'" }, 'in the middle')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('resting', 4)) }, ID)
    await stopped.reached()
    await command('suspend', ID, ...WORD)
    await stopped.release()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const resting = (await hospital.view(id)).agreements[0]
    expect(resting?.state).to.not.be.oneOf(['ready', 'refused', 'recorded'])
    await command('resume', ID, ...signed())
    const done = (await hospital.ended(id, ['ready', 'refused'])).agreements[0]
    expect([done?.state, done?.released]).to.deep.equal(['ready', 8])
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('over HTTP a side reads its own agreements and stops them; it signs only by its own key, and resumes nothing', async () => {
    const { site, gateway } = house()
    const bearer = async (party: string): Promise<string> => `Bearer ${await tokenFor(gateway.url, site, party, 'sallyport/agreements')}`
    const ask = async (path: string, party: string, type?: string, body?: string): Promise<{ status: number; text: string }> => {
      const headers = { authorization: await bearer(party), ...(type === undefined ? {} : { 'content-type': type }) }
      const answer = await fetch(`${gateway.url}${path}`, body === undefined ? { headers } : { method: 'POST', headers, body })
      return { status: answer.status, text: await answer.text() }
    }
    const listed = JSON.parse((await ask('/agreements', 'demo-insurer')).text) as { agreements: { agreement: string; state: string }[] }
    expect(listed.agreements.map(({ agreement, state }) => [agreement, state])).to.deep.equal([[ID, 'active']])
    const own = JSON.parse((await ask(`/agreements/${ID}`, 'demo-hospital')).text) as {
      versions: { document: { id: string }; signed: unknown[] }[]
    }
    expect(own.versions.map(({ document, signed }) => [document.id, signed.length])).to.deep.equal([[ID, 4]])
    expect((await ask(`/agreements/${ID}`, 'demo-research')).text, 'of others: as if it were none').to.equal(
      (await ask('/agreements/never-was', 'demo-research')).text
    )
    const again = await ask(`/agreements/${ID}/approvals`, 'demo-insurer', 'application/jose', wordOn(site, ID, 'recipient'))
    expect([again.status, again.text.includes('approval-replayed')]).to.deep.equal([409, true])
    const word = JSON.stringify({ officer: 'Test Officer', reason: 'a test' })
    expect((await ask(`/agreements/${ID}/suspension`, 'demo-research', 'application/json', word)).status).to.equal(404)
    const stopped = await ask(`/agreements/${ID}/suspension`, 'demo-insurer', 'application/json', word)
    expect([stopped.status, JSON.parse(stopped.text).state]).to.deep.equal([200, 'suspended'])
    await answersFrom(403)
    await command('resume', ID, ...signed())
    await answersFrom(202)
  })

  it('a new version, signed by four: in force on both within 2 s of the last signature', async () => {
    const { site, database } = house()
    writeAgreement(site, ID, { ...AT_ONCE, k: 4 })
    const file = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'agreements', ID)
    const words = (who: string, name: string): string[] => ['--officer', name, '--key', signingKey(site, who)]
    asDraft(site, ID)
    expect(JSON.parse(await command('propose', file, ...words('demo-author', 'demo-author'), '--json'))).to.include({
      version: 2,
      state: 'proposed'
    })
    await command('approve', ID, '--as', 'source', ...words('demo-hospital', 'Test Officer, Hospital'))
    await command('approve', ID, '--as', 'recipient', ...words('demo-insurer', 'Test Officer, Insurer'))
    const before = await query<{ hash: string }>(database, "SELECT hash FROM agreement_version WHERE agreement = $1 AND state = 'active'", [
      ID
    ])
    const jws = join(site.folder, 'last.jws')
    writeFileSync(jws, wordOn(site, ID, 'privacy-officer'))
    expect(JSON.parse(await command('approve', ID, '--jws', jws, '--json'))).to.include({ version: 2, state: 'active' })
    const active = await since()
    const [hash] = await query<{ hash: string }>(database, "SELECT hash FROM agreement_version WHERE agreement = $1 AND state = 'active'", [
      ID
    ])
    expect(hash?.hash).to.not.equal(before[0]?.hash)
    const permitted = `SELECT 1 FROM (SELECT kind, statement::text FROM logged UNION ALL SELECT kind, statement::text FROM outbox) e
      WHERE kind = 'export-permitted' AND statement::json->>'policy' = $1 AND statement::json->>'export' = $2`
    const times = await Promise.all(
      insurers.map((insurer) =>
        until(async () => {
          const { headers } = await insurer.ask('GET', `/fhir/Group/${ID}/$export`, undefined, KICK_OFF)
          const job = /jobs\/([0-9a-f-]+)/.exec(headers.get('content-location') ?? '')?.[1]
          return (await query(database, permitted, [hash?.hash, job])).length === 1 ? Date.now() - active : null
        })
      )
    )
    console.log(`      the new version was in force after ${times.map((ms) => `${ms} ms`).join(', ')}`)
    for (const ms of times) expect(ms).to.be.below(2000)
    const told = JSON.parse(await command('history', ID, '--json')) as {
      versions: { state: string; signed: unknown[] }[]
      entries: { kind: string }[]
    }
    expect(told.versions.map(({ state, signed }) => [state, signed.length])).to.deep.equal([
      ['superseded', 4],
      ['active', 4]
    ])
    expect(told.entries.filter(({ kind }) => kind === 'agreement-suspended')).to.have.length(3)
  })
})
