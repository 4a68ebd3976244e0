/** Stock FHIR bulk clients at a real gateway, under an agreement that is transport-only: they need nothing of ours. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { AT_ONCE, approve, type Site, signingKey } from '../support/gateway.ts'
import { useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { MARK, ndjson, ward } from '../support/records.ts'
import { ask, type Downloaded, medplumExport, SmartClient } from '../support/stock-client.ts'

const GROUP = 'demo-transport-only'
const CLIENT = 'demo-research'
const PATIENTS = 40

/** @medplum/cli signs with RS384 alone, so this party has an RSA key. */
function withRsaKeys(site: Site): Site {
  const keys = generatePartyKeys('rsa', CLIENT)
  const path = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'parties', `${CLIENT}.json`)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), jwks: keys.jwks }))
  writeFileSync(signingKey(site, CLIENT), JSON.stringify(keys.signing))
  approve(site, GROUP)
  return { ...site, parties: new Map([...site.parties, [CLIENT, keys]]) }
}

function expectWhole(files: readonly Downloaded[]): void {
  expect(files.map(({ type }) => type).sort()).to.deep.equal(['Condition', 'Patient'])
  for (const { type, count, lines, name } of files) {
    expect(lines.length, 'the count of the manifest is that of the lines').to.equal(count)
    expect(count).to.equal(type === 'Patient' ? PATIENTS : PATIENTS * 2)
    for (const line of lines) expect((JSON.parse(line) as { resourceType: string }).resourceType).to.equal(type)
    expect(lines.join('').includes(MARK)).to.equal(false)
    // clients save what they unpacked under the last part of the URL
    expect(name).to.match(/\.ndjson$/)
  }
}

describe('stock bulk clients', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': null, [GROUP]: AT_ONCE }, {}, withRsaKeys)
  const smart = (): SmartClient => new SmartClient(`${house().gateway.url}/fhir/`, CLIENT, house().site.parties.get(CLIENT)?.signing ?? {})

  before(async () => {
    const hospital = new Party(house().gateway, house().site, 'demo-hospital')
    const { agreements } = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(ward('stock', PATIENTS, 2)) }))
    expect(agreements.map(({ state }) => state)).to.deep.equal(['ready'])
  })

  it('smart-on-fhir/bulk-data-client: discovery, sign-in, kick-off, status, gzip files, each line of its type', async () => {
    const client = smart()
    const { url } = house().gateway
    expect(await client.discover()).to.deep.equal([`${url}/oauth/token`, `${url}/oauth/token`])
    const manifest = await client.wait(await client.kickOff(GROUP))
    expect(manifest).to.include({ requiresAccessToken: true }).and.deep.include({ deleted: [], error: [] })
    const files = await client.download(manifest)
    expectWhole(files)
    for (const { answer } of files) {
      expect(answer.headers).to.include({ 'content-encoding': 'gzip', 'content-type': 'application/fhir+ndjson' })
    }
  })

  it('smart-on-fhir/bulk-data-client: _type; _since with an offset gives later releases alone, which may be none; DELETE ends a job', async () => {
    const client = smart()
    const all = await client.wait(await client.kickOff(GROUP, { types: 'Patient' }))
    expect(all.output.map(({ type }) => type)).to.deep.equal(['Patient'])
    const since = all.transactionTime.replace('Z', '+00:00')
    const job = await client.kickOff(GROUP, { since })
    expect((await client.wait(job)).output).to.deep.equal([])
    expect(await client.cancel(job)).to.equal(202)
    expect(await client.cancel(job)).to.equal(404)
  })

  it('@medplum/cli: sign-in without scope and kid, kick-off by POST without a body, asked every second', async () => {
    const { site, gateway } = house()
    expectWhole(await medplumExport(gateway.url, CLIENT, site.parties.get(CLIENT)?.signing ?? {}, GROUP))
  })

  it('a file as it travels is gzip that gunzip -t and zcat read; without Accept-Encoding it is NDJSON', async function () {
    const client = smart()
    const manifest = await client.wait(await client.kickOff(GROUP))
    for (const { type, count, answer } of await client.download(manifest)) {
      const path = join(house().site.folder, `${type}.ndjson.gz`)
      writeFileSync(path, answer.body)
      const tested = spawnSync('gunzip', ['-t', path])
      if (tested.error !== undefined) {
        console.log('      skipped: no gunzip')
        this.skip()
      }
      expect([tested.status, tested.stderr.toString()]).to.deep.equal([0, ''])
      expect(spawnSync('zcat', [path]).stdout.toString().trimEnd().split('\n').length).to.equal(count)
    }
    const [file] = manifest.output
    const plain = await ask('GET', file?.url ?? '', { authorization: `Bearer ${await client.token()}` })
    expect(plain.headers['content-encoding']).to.equal(undefined)
    expect(plain.body.toString().trimEnd().split('\n').length).to.equal(file?.count)
  })
})
