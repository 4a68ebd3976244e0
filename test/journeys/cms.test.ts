/** An agreement sealed as CMS: a recipient without our command opens its shards with openssl, and `sallyport receive` opens the same. */
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { sha256 } from '../../gateway/core/digest.ts'
import type { DatasetStatement } from '../../gateway/core/log/statement.ts'
import { verifyManifest } from '../../gateway/seal/manifest.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { useGateway } from '../support/house.ts'
import { Party, pullSealed } from '../support/journey.ts'
import { type Received, receiver } from '../support/receive.ts'
import { MARK, ndjson, ward } from '../support/records.ts'

const AGREEMENT = 'demo-safe-harbor'

describe('sealed as CMS', function () {
  this.timeout(60_000)
  const house = useGateway({ [AGREEMENT]: { ...AT_ONCE, sealedForm: 'cms' }, 'demo-transport-only': null })
  let folder = ''
  let statement: DatasetStatement
  before(async () => {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const done = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(ward('cms', 20, 2)) }))
    expect(done.agreements.map(({ state }) => state)).to.deep.equal(['ready'])
    folder = join(site.folder, 'cms')
    const manifest = await pullSealed(new Party(gateway, site, 'demo-insurer'), AGREEMENT, done.agreements[0]?.dataset ?? '', folder)
    statement = (await verifyManifest(manifest, site.pins)).statement
  })

  it('openssl cms -decrypt opens every shard: gzip of the records that the statement counts', function () {
    const version = spawnSync('openssl', ['version']).stdout?.toString() ?? ''
    if (!version.startsWith('OpenSSL 3')) {
      console.log('      skipped: no openssl')
      this.skip()
    }
    const key = join(folder, 'key.pem')
    const jwk = house().site.parties.get('demo-insurer')?.encryption ?? {}
    writeFileSync(key, createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }))
    expect(readdirSync(join(folder, 'shards')).sort()).to.deep.equal(statement.shards.map(({ name }) => name).sort())
    for (const shard of statement.shards) {
      const out = join(folder, 'opened.gz')
      const path = join(folder, 'shards', shard.name)
      const done = spawnSync('openssl', ['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', path, '-inkey', key, '-out', out])
      expect([done.status, done.stderr.toString()], shard.name).to.deep.equal([0, ''])
      const bytes = readFileSync(out)
      expect(sha256(bytes).toString('hex')).to.equal(shard.plainSha256)
      const text = gunzipSync(bytes).toString()
      expect(text.trimEnd().split('\n').length).to.equal(shard.records)
      expect([text.includes(`"resourceType":"${shard.type}"`), text.includes(MARK)]).to.deep.equal([true, false])
    }
  })

  it('sallyport receive verifies and opens the same dataset', async () => {
    const { site, gateway } = house()
    const run = await receiver(gateway, site, 'demo-insurer', AGREEMENT).run('--json')
    expect([run.code, run.err]).to.deep.equal([0, ''])
    const { datasets } = JSON.parse(run.out) as Received // as printed
    expect(datasets.map((one) => [one.dataset, one.sealedForm, one.records])).to.deep.equal([[statement.dataset, 'cms', 60]])
  })
})
