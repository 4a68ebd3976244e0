/** The insurer's side of a real dataset: whatever was altered on the way, sallyport ends with 3 and its code, and no plaintext is on disk. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { generateKeyRing, generatePartyKeys } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { pinsOf } from '../../gateway/seal/manifest.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { filesThatHold, officer, query, useGateway } from '../support/house.ts'
import { Party, pullSealed } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

/** The bytes with one bit of the byte at `at` (from the end, when negative) turned over. */
function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  const place = at < 0 ? copy.length + at : at
  copy[place] = (copy[place] ?? 0) ^ 1
  return copy
}

describe('the insurer’s side', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
  let folder = ''
  let dataset = ''
  before(async () => {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('insured', 20)) })
    dataset = (await hospital.ended(id)).agreements[0]?.dataset ?? ''
    folder = join(site.folder, 'insurer')
    writeFileSync(join(site.folder, 'key.jwk'), JSON.stringify(site.parties.get('demo-insurer')?.signing))
    writeFileSync(join(site.folder, 'enc.jwk'), JSON.stringify(site.parties.get('demo-insurer')?.encryption))
    writeFileSync(join(site.folder, 'pins.json'), JSON.stringify(site.pins))
    const manifest = await pullSealed(new Party(gateway, site, 'demo-insurer'), 'demo-safe-harbor', dataset, folder)
    writeFileSync(join(folder, 'manifest.json'), manifest)
  })

  /** Runs `sallyport open` on the dataset with these files in place of its own. Exit code, its code in brackets, plaintext left behind. */
  async function open(changes: Readonly<Record<string, string | Buffer>> = {}): Promise<readonly [number, string, readonly string[]]> {
    const { site } = house()
    const place = join(site.folder, `open-${Object.keys(changes).join('-') || 'whole'}-${readdirSync(site.folder).length}`)
    mkdirSync(join(place, 'shards'), { recursive: true })
    for (const name of readdirSync(join(folder, 'shards')))
      writeFileSync(join(place, 'shards', name), changes[name] ?? readFileSync(join(folder, 'shards', name)))
    for (const [name, from] of [
      ['manifest.json', folder],
      ['enc.jwk', site.folder],
      ['pins.json', site.folder]
    ] as const) {
      writeFileSync(join(place, name), changes[name] ?? readFileSync(join(from, name)))
    }
    const files = ['--manifest', join(place, 'manifest.json'), '--key', join(place, 'enc.jwk'), '--pins', join(place, 'pins.json')]
    const { code, err } = await officer(site, ['open', ...files, '--shards', join(place, 'shards'), '--out', join(place, 'out')])
    return [code, /\[([a-z-]+)\]/.exec(err)?.[1] ?? err, filesThatHold(place, ['"resourceType"'])]
  }

  it('the dataset as it was sent opens', async () => {
    const [code, words, plain] = await open()
    expect([code, words]).to.deep.equal([0, ''])
    expect(plain.map((path) => path.split('/').at(-1)).sort()).to.deep.equal(['Condition.ndjson', 'Patient.ndjson'])
  })

  it('a tampered shard, manifest, receipt or key: exit 3, its code, nothing left', async () => {
    const [shard = ''] = readdirSync(join(folder, 'shards'))
    const bytes = readFileSync(join(folder, 'shards', shard))
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8')
    const jws = JSON.parse(manifest) as { payload: string }
    const payload = JSON.parse(Buffer.from(jws.payload, 'base64url').toString()) as { receipt: string; keys: string[] }
    const repacked = (change: object): string =>
      JSON.stringify({ ...jws, payload: Buffer.from(JSON.stringify({ ...payload, ...change })).toString('base64url') })
    const strangers = pinsOf(readKeyRing(generateKeyRing('localhost/sallyport-log')))
    const other = generatePartyKeys('ec', 'demo-insurer').encryption
    const tries: readonly (readonly [what: string, changes: Readonly<Record<string, string | Buffer>>, code: string])[] = [
      ['the first byte of a shard', { [shard]: flipped(bytes, 0) }, 'seal-broken'],
      ['the last byte of a shard', { [shard]: flipped(bytes, -1) }, 'seal-broken'],
      ['a shard cut short', { [shard]: bytes.subarray(0, -100) }, 'seal-broken'],
      ['a byte of the manifest', { 'manifest.json': flipped(Buffer.from(manifest), manifest.length >> 1) }, 'signature-invalid'],
      [
        'a receipt of another entry',
        { 'manifest.json': repacked({ receipt: payload.receipt.replace(/index \d+/, 'index 0') }) },
        'signature-invalid'
      ],
      ['wrapped keys left out', { 'manifest.json': repacked({ keys: [] }) }, 'signature-invalid'],
      ['another gateway’s log', { 'pins.json': JSON.stringify({ ...house().site.pins, log: strangers.log }) }, 'proof-invalid'],
      ['another gateway', { 'pins.json': JSON.stringify(strangers) }, 'signature-invalid'],
      ['another recipient’s key', { 'enc.jwk': JSON.stringify({ ...other, kid: 'other' }) }, 'wrong-recipient'],
      ['another key under the same kid', { 'enc.jwk': JSON.stringify(other) }, 'seal-broken']
    ]
    for (const [what, changes, code] of tries) expect(await open(changes), what).to.deep.equal([3, code, []])
  })

  it('a shard altered on the gateway’s own disk is refused by receive; as it was, it is received, once', async () => {
    const { site, gateway, database } = house()
    const [row] = await query<{ file: string }>(
      database,
      'SELECT file FROM shard WHERE disclosure = $1 AND records > 0 ORDER BY part LIMIT 1',
      [dataset]
    )
    const path = join(site.folder, 'data/files/shards', row?.file ?? '')
    const whole = readFileSync(path)
    const out = join(site.folder, 'received')
    const who = [
      '--server',
      gateway.url,
      '--party',
      'demo-insurer',
      '--key',
      join(site.folder, 'key.jwk'),
      '--enc-key',
      join(site.folder, 'enc.jwk')
    ]
    const receive = () =>
      officer(site, ['receive', '--agreement', 'demo-safe-harbor', '--out', out, '--pins', join(site.folder, 'pins.json'), ...who])
    writeFileSync(path, flipped(whole, whole.length >> 1))
    const refused = await receive()
    expect([refused.code, /\[([a-z-]+)\]/.exec(refused.err)?.[1]], refused.err).to.deep.equal([3, 'hash-mismatch'])
    expect(existsSync(out) ? filesThatHold(out, ['"resourceType"']) : []).to.deep.equal([])
    writeFileSync(path, whole)
    const taken = await receive()
    expect(taken.code, taken.err).to.equal(0)
    expect(filesThatHold(out, ['"resourceType"'])).to.have.length(2)
    const acknowledged = await query(
      database,
      "SELECT 1 FROM outbox WHERE kind = 'dataset-acknowledged' UNION ALL SELECT 1 FROM log_entry WHERE kind = 'dataset-acknowledged'"
    )
    expect(acknowledged).to.have.length(1)
  })
})
