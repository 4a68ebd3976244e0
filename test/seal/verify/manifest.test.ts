/** Manifests checked without the gateway: with the pins the whole, with the log's key alone what they say; hostile ones refused under a stable name. */
import { rmSync } from 'node:fs'
import { expect } from 'chai'
import { buildManifest, verifyManifest } from '../../../gateway/seal/manifest.ts'
import { parseVkey } from '../../../gateway/seal/note.ts'
import { parseKeys } from '../../../gateway/seal/verify/keys.ts'
import { checkManifest } from '../../../gateway/seal/verify/manifest.ts'
import { type SealedDataset, sealedDataset } from '../../support/dataset.ts'
import { newLogKey } from '../../support/log.ts'

describe('verify: manifests', () => {
  let dataset: SealedDataset
  before(async () => {
    dataset = await sealedDataset('c2sp')
  })
  after(() => rmSync(dataset.folder, { recursive: true }))

  const pins = () => parseKeys(JSON.stringify(dataset.pins)) ?? { log: [], manifest: [] }
  const check = (text: string, keys = pins()): string => {
    const checked = checkManifest(text, keys)
    return checked.ok ? 'proved' : checked.failed
  }

  it('with the pins the whole is proved; with the log’s key alone, what it says; under another key, neither', () => {
    expect(check(dataset.manifest)).to.equal('proved')
    const checked = checkManifest(dataset.manifest, { ...pins(), manifest: [] })
    expect(checked.ok && checked.found.signed).to.equal('not looked at')
    const vkey = newLogKey('demo.example/log').vkey
    const stranger = parseVkey(vkey)
    expect(check(dataset.manifest, { ...pins(), log: stranger === null ? [] : [stranger] })).to.equal('signature')
    const otherKid = pins().manifest.map((key) => ({ ...key, kid: 'other' }))
    expect(check(dataset.manifest, { ...pins(), manifest: otherKid })).to.equal('signature')
  })

  it('one flipped bit anywhere is found, and the gateway’s own reader finds it too', async function () {
    this.timeout(60_000)
    const bytes = Buffer.from(dataset.manifest)
    for (let at = 0; at < bytes.length; at += 7) {
      const altered = Buffer.from(bytes)
      altered[at] = (altered[at] as number) ^ 1
      expect(check(altered.toString('latin1')), `byte ${at}`).to.be.oneOf(['format', 'signature', 'inclusion'])
      if (at % 49 === 0)
        expect(await verifyManifest(altered.toString('latin1'), dataset.pins).catch(() => null), `byte ${at}`).to.equal(null)
    }
  })

  it('RFC 7515 §4: a member that stands twice, others beside, white space, and another algorithm, type or critical header are refused', () => {
    const { manifest } = dataset
    const jws = JSON.parse(manifest) as Record<string, string>
    const header = Buffer.from(jws['protected'] ?? '', 'base64url').toString()
    const withHeader = (text: string): string => JSON.stringify({ ...jws, protected: Buffer.from(text).toString('base64url') })
    const hostile: readonly (readonly [string, string])[] = [
      [manifest.replace('{', '{"payload":"e30",'), 'format'],
      [manifest.replace('{', '{"header":{},'), 'format'],
      [manifest.replace(':', ': '), 'format'],
      [`${manifest} `, 'format'],
      [`${manifest}${manifest}`, 'format'],
      [manifest.replace('"payload":"', '"payload":"='), 'format'],
      [withHeader(header.replace('ES256', 'none')), 'signature'],
      [withHeader(header.replace('ES256', 'HS256')), 'signature'],
      [withHeader(header.replace('{', '{"kid":"x",')), 'signature'],
      [withHeader(header.replace('{', '{"crit":["exp"],')), 'signature'],
      [withHeader(header.replace('manifest+jwt', 'token+jwt')), 'signature'],
      [JSON.stringify({ ...jws, signature: '' }), 'signature'],
      [JSON.stringify({ ...jws, signature: `${jws['signature']}AAAA` }), 'signature']
    ]
    for (const [text, failed] of hostile) expect(check(text), text.slice(0, 60)).to.equal(failed)
  })

  it('signed by the gateway itself, with a statement, salt or receipt that do not belong together: inclusion', async () => {
    const { statement, salt, keys, ring, receipt } = dataset
    const other = { ...statement, counts: { ...statement.counts, released: statement.counts.released + 1 } }
    expect(check(await buildManifest(ring.manifest, { statement: other, salt, keys, receipt }))).to.equal('inclusion')
    expect(check(await buildManifest(ring.manifest, { statement, salt: Buffer.alloc(32), keys, receipt }))).to.equal('inclusion')
    expect(check(await buildManifest(ring.manifest, { statement, salt, keys, receipt: receipt.replace('index 5', 'index 4') }))).to.equal(
      'inclusion'
    )
    expect(check(await buildManifest(ring.manifest, { statement, salt: Buffer.alloc(31), keys, receipt }))).to.equal('format')
  })
})
