/** Opening a dataset on the recipient's side: what agrees appears, and after anything that does not, nothing decrypted is left. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { generateKeyRing, generatePartyKeys, publicPart } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { newKey } from '../../gateway/seal/local.ts'
import { buildManifest, parsePins, pinsOf } from '../../gateway/seal/manifest.ts'
import { type OpenRequest, openDataset } from '../../gateway/seal/open.ts'
import { unwrapDataKey, wrapForRecipient } from '../../gateway/seal/wrap.ts'
import { receiptFor, type SealedDataset, sealedDataset } from '../support/dataset.ts'

function requestOf(dataset: SealedDataset, changes: Partial<OpenRequest> = {}): OpenRequest {
  const { manifest, shards, pins } = dataset
  return { manifest, shards, pins, key: dataset.party.encryption, out: join(dataset.folder, 'out'), ...changes }
}

/** The code it fails with; fails the test when anything was left in the folder. */
async function refusal(request: OpenRequest): Promise<string> {
  let code = 'opened'
  try {
    await openDataset(request)
  } catch (error) {
    code = error instanceof IntegrityError ? error.code : String(error)
  }
  expect(existsSync(request.out) ? readdirSync(request.out) : [], 'nothing is left').to.deep.equal([])
  return code
}

for (const [form, keyType] of [
  ['c2sp', 'ec'],
  ['c2sp', 'rsa'],
  ['cms', 'ec'],
  ['cms', 'rsa'],
  ['transport-only', 'ec']
] as const) {
  describe(`seal: opening a dataset, ${form}, recipient key ${keyType}`, () => {
    let dataset: SealedDataset
    before(async () => {
      dataset = await sealedDataset(form, keyType)
    })
    after(() => rmSync(dataset.folder, { recursive: true }))
    afterEach(() => rmSync(join(dataset.folder, 'out'), { recursive: true, force: true }))

    it('files appear by type, whole, shards joined in order', async () => {
      const opened = await openDataset(requestOf(dataset))
      expect(opened.files).to.deep.equal([
        { name: 'Patient.ndjson', type: 'Patient', records: 403 },
        { name: 'Encounter.ndjson', type: 'Encounter', records: 50 },
        { name: 'Condition.ndjson', type: 'Condition', records: 0 }
      ])
      expect([opened.index, opened.logSize]).to.deep.equal([5n, 11n])
      for (const [name, lines] of dataset.lines) expect(readFileSync(join(dataset.folder, 'out', name), 'utf8')).to.equal(lines)
      expect(readdirSync(join(dataset.folder, 'out')).sort()).to.deep.equal(['Condition.ndjson', 'Encounter.ndjson', 'Patient.ndjson'])
    })

    it('one flipped byte anywhere in any shard: seal-broken, and nothing decrypted is left', async () => {
      // An empty file served in clear has no byte to flip.
      for (const shard of dataset.statement.shards.filter((row) => row.bytes > 0)) {
        const path = join(dataset.shards, shard.name)
        const whole = readFileSync(path)
        const places = [0, 24, 56, 60, 16384 + 60, Math.floor(whole.length / 2), whole.length - 17, whole.length - 1].filter(
          (at) => at < whole.length
        )
        for (const at of places) {
          const altered = Buffer.from(whole)
          altered[at] = (altered[at] as number) ^ 1
          writeFileSync(path, altered)
          expect(await refusal(requestOf(dataset)), `${shard.name} at ${at}`).to.equal('seal-broken')
        }
        for (const bytes of [whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)]), whole.subarray(0, 10), Buffer.alloc(0)]) {
          writeFileSync(path, bytes)
          expect(await refusal(requestOf(dataset)), `${shard.name} of ${bytes.length}`).to.equal('seal-broken')
        }
        writeFileSync(path, whole)
      }
    })

    it('a shard put in the place of another: seal-broken; a missing one: hash-mismatch', async () => {
      const [first, second] = dataset.statement.shards.map((shard) => join(dataset.shards, shard.name)) as [string, string]
      const [one, two] = [readFileSync(first), readFileSync(second)]
      writeFileSync(first, two)
      writeFileSync(second, one)
      expect(await refusal(requestOf(dataset))).to.equal('seal-broken')
      writeFileSync(first, one)
      rmSync(second)
      expect(await refusal(requestOf(dataset))).to.equal('hash-mismatch')
      writeFileSync(second, two)
    })
  })
}

describe('seal: manifests', () => {
  let dataset: SealedDataset
  before(async () => {
    dataset = await sealedDataset('c2sp')
  })
  after(() => rmSync(dataset.folder, { recursive: true }))

  it('one flipped byte anywhere in the manifest: signature-invalid', async () => {
    for (let at = 0; at < dataset.manifest.length; at += 41) {
      const altered = Buffer.from(dataset.manifest)
      altered[at] = (altered[at] as number) ^ 1
      const text = altered.toString('latin1')
      expect(await refusal(requestOf(dataset, { manifest: text })), `at ${at}`).to.equal('signature-invalid')
    }
    for (const text of ['', '{}', 'null', '[]', dataset.manifest.slice(0, -1)]) {
      expect(await refusal(requestOf(dataset, { manifest: text }))).to.equal('signature-invalid')
    }
  })

  it('another gateway’s pins: signature-invalid; the right manifest key with another log: proof-invalid', async () => {
    const others = pinsOf(readKeyRing(generateKeyRing('demo.example/log')))
    expect(await refusal(requestOf(dataset, { pins: others }))).to.equal('signature-invalid')
    expect(await refusal(requestOf(dataset, { pins: { ...dataset.pins, log: others.log } }))).to.equal('proof-invalid')
    const renamed = pinsOf(readKeyRing(generateKeyRing('other.example/log')))
    expect(await refusal(requestOf(dataset, { pins: { ...dataset.pins, log: renamed.log } }))).to.equal('proof-invalid')
  })

  it('a receipt altered in any line, or of another statement: proof-invalid, though the gateway itself signed it', async () => {
    const { statement, salt, keys, ring, receipt } = dataset
    const lines = receipt.split('\n')
    for (let at = 0; at < lines.length - 1; at++) {
      const altered = lines.with(at, `${lines[at]}x`).join('\n')
      const manifest = await buildManifest(ring.manifest, { statement, salt, keys, receipt: altered })
      expect(await refusal(requestOf(dataset, { manifest })), `line ${at}`).to.equal('proof-invalid')
    }
    const other = { ...statement, counts: { ...statement.counts, released: statement.counts.released - 1 } }
    for (const parts of [
      { statement: other, salt, keys, receipt },
      { statement, salt: Buffer.alloc(32), keys, receipt },
      { statement, salt, keys, receipt: receiptFor(ring, Buffer.from('another entry')) },
      { statement, salt, keys, receipt: receipt.replace('index 5', 'index 4') },
      { statement, salt, keys, receipt: receipt.replaceAll('\n', '\r\n') }
    ]) {
      expect(await refusal(requestOf(dataset, { manifest: await buildManifest(ring.manifest, parts) }))).to.equal('proof-invalid')
    }
  })

  it('signatures of witnesses we do not know are passed over; a forged one under the log’s key refuses', async () => {
    const { statement, salt, keys, ring, receipt } = dataset
    const witness = `\u2014 witness.example ${Buffer.alloc(76, 7).toString('base64')}\n`
    const signature = receipt.split('\n').find((line) => line.startsWith('\u2014')) ?? ''
    const key = Buffer.from(signature.split(' ')[2] ?? '', 'base64').subarray(0, 4)
    const forged = `\u2014 demo.example/log ${Buffer.concat([key, Buffer.alloc(64, 7)]).toString('base64')}\n`
    const witnessed = await buildManifest(ring.manifest, { statement, salt, keys, receipt: receipt + witness })
    const out = join(dataset.folder, 'witnessed')
    expect((await openDataset(requestOf(dataset, { manifest: witnessed, out }))).index).to.equal(5n)
    const bad = await buildManifest(ring.manifest, { statement, salt, keys, receipt: receipt + forged })
    expect(await refusal(requestOf(dataset, { manifest: bad }))).to.equal('proof-invalid')
  })

  it('a statement with a member the schema does not know: signature-invalid', async () => {
    const { salt, keys, ring } = dataset
    const statement = { ...dataset.statement, extra: 1 }
    const manifest = await buildManifest(ring.manifest, { statement, salt, keys, receipt: dataset.receipt })
    expect(await refusal(requestOf(dataset, { manifest }))).to.equal('signature-invalid')
  })

  it('another recipient’s key: wrong-recipient; another key under our kid: seal-broken', async () => {
    expect(await refusal(requestOf(dataset, { key: generatePartyKeys('ec', 'other').encryption }))).to.equal('wrong-recipient')
    expect(await refusal(requestOf(dataset, { key: generatePartyKeys('ec', 'demo').encryption }))).to.equal('seal-broken')
    expect(await refusal(requestOf(dataset, { key: generatePartyKeys('rsa', 'demo').encryption }))).to.equal('seal-broken')
    expect(await refusal(requestOf(dataset, { key: null }))).to.equal('wrong-recipient')
  })

  it('the pins are read from one key or several, and nothing else', () => {
    expect(parsePins(JSON.stringify(dataset.pins))).to.deep.equal(dataset.pins)
    expect(parsePins(JSON.stringify({ manifest: dataset.pins.manifest[0], log: dataset.pins.log[0], token: {} }))).to.deep.equal(
      dataset.pins
    )
    for (const text of ['', '{}', '[]', '{"manifest":{},"log":"x"}']) expect(() => parsePins(text)).to.throw(IntegrityError)
  })

  it('what a killed run left in the target is swept at the next start, and a stopped run leaves nothing', async () => {
    const out = join(dataset.folder, 'swept')
    mkdirSync(join(out, '.sallyport-opening-999999999'), { recursive: true })
    writeFileSync(join(out, '.sallyport-opening-999999999', 'Patient.ndjson'), 'left')
    await openDataset(requestOf(dataset, { out }))
    expect(readdirSync(out).sort()).to.deep.equal(['Condition.ndjson', 'Encounter.ndjson', 'Patient.ndjson'])
    const stopped = join(dataset.folder, 'stopped')
    let thrown: unknown
    await openDataset(requestOf(dataset, { out: stopped, signal: AbortSignal.abort(new Error('stopped')) })).catch((error: unknown) => {
      thrown = error
    })
    expect(thrown).to.be.instanceOf(Error).with.property('message', 'stopped')
    expect(readdirSync(stopped)).to.deep.equal([])
  })
})

describe('seal: data keys (RFC 7516, RFC 7518)', () => {
  for (const [type, alg] of [
    ['ec', 'ECDH-ES+A256KW'],
    ['rsa', 'RSA-OAEP-256']
  ] as const) {
    it(`${alg}: a wrapped key opens for its recipient and dataset only`, async () => {
      const party = generatePartyKeys(type, 'demo')
      const key = newKey()
      const jwe = await wrapForRecipient(key, publicPart(party.encryption), 'd-1')
      const header = JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>
      expect(header).to.deep.include({ alg, enc: 'A256GCM', kid: 'demo-enc', dataset: 'd-1' })
      expect((await unwrapDataKey([jwe], party.encryption, 'd-1')).equals(key)).to.equal(true)
      const codes = await Promise.all([
        codeOf(unwrapDataKey([jwe], party.encryption, 'd-2')),
        codeOf(unwrapDataKey([`${jwe.slice(0, -3)}AAA`], party.encryption, 'd-1')),
        codeOf(unwrapDataKey([], party.encryption, 'd-1')),
        codeOf(wrapForRecipient(key, publicPart(party.signing), 'd-1'))
      ])
      expect(codes).to.deep.equal(['seal-broken', 'seal-broken', 'wrong-recipient', 'policy-invalid'])
    })
  }
})

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'accepted'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
