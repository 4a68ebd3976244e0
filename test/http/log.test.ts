/** The log's public read side over loopback and real Postgres, read as a stranger would who holds the public key: C2SP tlog-checkpoint, tlog-tiles, tlog-proof. */
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { emptyRoot, leafHash } from '../../gateway/core/log/merkle.ts'
import { verifyConsistency } from '../../gateway/core/log/proofs.ts'
import { openPublicLog } from '../../gateway/exchange/log/public-log.ts'
import { logVerifiers, openCheckpoint, verifyReceipt } from '../../gateway/seal/receipt.ts'
import { checkReceipt } from '../../gateway/seal/verify/proof.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { addEntries, growTo, useLog } from '../support/sealed-log.ts'
import { rootOfLeaves } from '../support/trees.ts'

const SIZES = [1, 2, 255, 256, 257, 300]

describe('http: the open log', () => {
  const log = useLog()
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway({ log: openPublicLog(log().pool) })
  })
  after(() => gateway.stop())

  async function get(
    path: string,
    headers: Record<string, string> = {}
  ): Promise<{ status: number; headers: Headers; bytes: Buffer; text: string; code: string }> {
    const response = await fetch(`${gateway.url}/log/${path}`, { headers })
    const bytes = Buffer.from(await response.arrayBuffer())
    const text = bytes.toString('utf8')
    const code = text.startsWith('{"resourceType"')
      ? String(/"code":"([a-z-]+)","display|urn:sallyport:code","code":"([a-z-]+)"/.exec(text)?.[2])
      : ''
    return { status: response.status, headers: response.headers, bytes, text, code }
  }

  function verifiers(): ReturnType<typeof logVerifiers> {
    return logVerifiers([log().ring.log.current.vkey])
  }

  async function rootAt(size: number): Promise<Buffer> {
    const { rows } = await log().pool.query('SELECT entry FROM log_entry WHERE index < $1 ORDER BY index', [size])
    return rootOfLeaves(rows.map(({ entry }: { entry: Buffer }) => leafHash(entry)))
  }

  function unbundled(bytes: Buffer): Buffer[] {
    const entries: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readUInt16BE(at)
      entries.push(bytes.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
    return entries
  }

  it('before the first checkpoint nothing is there', async () => {
    await addEntries(log().pool, 0, 1) // waits, and is not in the log yet
    for (const path of ['checkpoint', 'tile/0/000.p/1', 'tile/entries/000.p/1', 'proof/inclusion?index=0', 'proof/consistency?from=0&to=1'])
      expect(await get(path), path).to.deep.include({ status: 404, code: 'not-found' })
    await growTo(log(), SIZES)
  })

  it('a checkpoint is a signed note, not to be kept', async () => {
    const { status, headers, text } = await get('checkpoint')
    expect([status, headers.get('content-type'), headers.get('cache-control')]).to.deep.equal([
      200,
      'text/plain; charset=utf-8',
      'no-store'
    ])
    const checkpoint = openCheckpoint(text, verifiers())
    expect(checkpoint.size).to.equal(300n)
    expect(checkpoint.root.equals(await rootAt(300))).to.equal(true)
  })

  it('a stranger rebuilds the root from entry bundles, and finds each level 0 tile to be their hashes', async () => {
    const leaves: Buffer[] = []
    for (const tile of ['000', '001.p/44']) {
      const entries = unbundled((await get(`tile/entries/${tile}`)).bytes).map(leafHash)
      expect(Buffer.concat(entries).equals((await get(`tile/0/${tile}`)).bytes)).to.equal(true)
      leaves.push(...entries)
    }
    const { root } = openCheckpoint((await get('checkpoint')).text, verifiers())
    expect(rootOfLeaves(leaves).equals(root)).to.equal(true)
    expect((await get('tile/1/000.p/1')).bytes.equals(rootOfLeaves(leaves.slice(0, 256)))).to.equal(true)
  })

  it('full tiles never change and say so, partial ones are kept a minute; entries stand under /log/entries as well', async () => {
    for (const [path, kept] of [
      ['tile/0/000', 'public, max-age=31536000, immutable'],
      ['tile/entries/000', 'public, max-age=31536000, immutable'],
      ['entries/000', 'public, max-age=31536000, immutable'],
      ['tile/0/001.p/44', 'public, max-age=60'],
      ['tile/1/000.p/1', 'public, max-age=60'],
      ['entries/001.p/2', 'public, max-age=60']
    ]) {
      const { status, headers } = await get(path ?? '')
      expect([status, headers.get('cache-control'), headers.get('content-type')], path).to.deep.equal([
        200,
        kept,
        'application/octet-stream'
      ])
    }
    expect((await get('entries/001.p/2')).bytes.equals((await get('tile/entries/001.p/2')).bytes)).to.equal(true)
  })

  it('entry bundles are gzip where the caller takes it, and say that this varies', async () => {
    const { hostname, port } = new URL(gateway.url)
    const { request } = await import('node:http')
    const raw = (accept: string | null): Promise<{ encoding: string | undefined; bytes: Buffer }> =>
      new Promise((resolve, reject) => {
        const headers = accept === null ? {} : { 'accept-encoding': accept }
        request({ hostname, port, path: '/log/tile/entries/000', headers }, (res) => {
          res.toArray().then((chunks) => resolve({ encoding: res.headers['content-encoding'], bytes: Buffer.concat(chunks) }), reject)
        })
          .on('error', reject)
          .end()
      })
    const plain = await raw(null)
    expect(plain.encoding).to.equal(undefined)
    const zipped = await raw('br;q=1.0, gzip;q=0.5')
    expect([zipped.encoding, gunzipSync(zipped.bytes).equals(plain.bytes)]).to.deep.equal(['gzip', true])
    for (const none of ['gzip;q=0', 'identity', 'br, gzip; q=0.0, deflate']) expect((await raw(none)).encoding, none).to.equal(undefined)
  })

  it('leaves say when, what kind and a commitment; parties, datasets and what entries say are nowhere in what is open', async () => {
    const [leaf] = unbundled((await get('tile/entries/000')).bytes)
    expect(Object.keys(JSON.parse(leaf?.toString() ?? '') as object)).to.deep.equal(['at', 'commitment', 'kind', 'v'])
    for (const path of ['tile/entries/000', 'tile/0/000', 'entries/001.p/44', 'proof/inclusion?index=3', 'checkpoint']) {
      const { text } = await get(path, { 'accept-encoding': 'identity' })
      for (const word of ['demo-insurer', 'demo-hospital', '00000000-0000-4000', 'recipient', 'test:'])
        expect(text, path).not.to.contain(word)
    }
  })

  it('every entry has an inclusion proof under every checkpoint that covers it, by index and by leaf hash (hex, base64, base64url)', async () => {
    const { rows } = await log().pool.query('SELECT entry FROM log_entry ORDER BY index')
    const entries = rows.map(({ entry }: { entry: Buffer }) => entry)
    for (const [index, size] of [
      [0, 1],
      [0, 300],
      [1, 2],
      [254, 255],
      [255, 256],
      [255, 257],
      [256, 257],
      [299, 300],
      [128, 255]
    ] as const) {
      const leaf = entries[index] ?? Buffer.alloc(0)
      const hash = leafHash(leaf)
      const ways = [
        `index=${index}`,
        `hash=${hash.toString('hex')}`,
        `hash=${hash.toString('base64url')}`,
        `hash=${encodeURIComponent(hash.toString('base64'))}`,
        `hash=${hash.toString('base64')}`
      ]
      for (const way of ways) {
        const { text, status } = await get(`proof/inclusion?${way}&size=${size}`)
        expect(status, way).to.equal(200)
        const verified = verifyReceipt(text, leaf, verifiers())
        expect([verified.index, verified.checkpoint.size]).to.deep.equal([BigInt(index), BigInt(size)])
        expect(checkReceipt(text, null, verifiers()).ok, 'it brings its entry along').to.equal(true)
      }
    }
    expect(verifyReceipt((await get('proof/inclusion?index=7')).text, entries[7] ?? Buffer.alloc(0), verifiers()).checkpoint.size).to.equal(
      300n
    )
  })

  it('trees of all sizes are proved to be the beginning of larger ones; from nothing and to itself the proof is empty', async () => {
    for (const [from, to] of [
      [0, 1],
      [0, 300],
      [1, 2],
      [1, 300],
      [255, 256],
      [256, 257],
      [3, 299],
      [256, 300],
      [300, 300],
      [0, 0],
      [7, 7]
    ] as const) {
      const { text, status } = await get(`proof/consistency?from=${from}&to=${to}`)
      expect(status, `${from} ${to}`).to.equal(200)
      const proof = text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => Buffer.from(line, 'base64'))
      const [root1, root2] = [from === 0 ? emptyRoot() : await rootAt(from), to === 0 ? emptyRoot() : await rootAt(to)]
      expect(verifyConsistency({ size1: BigInt(from), size2: BigInt(to), root1, root2, proof }), `${from} ${to}`).to.equal(true)
      if (from === 0 || from === to) expect(text).to.equal('')
    }
  })

  it('entries that no signed checkpoint covers yet are not there, not even those that have their place', async () => {
    const { pool } = log()
    await pool.query("INSERT INTO log_entry (index, key, kind, at, entry, leaf_hash) VALUES (300, 'x', 'x', now(), 'x', sha256('x'))")
    const hash = (await pool.query("SELECT encode(sha256('x'), 'hex') AS hash")).rows[0] as { hash: string }
    for (const path of [
      'tile/0/001.p/45',
      'tile/entries/001.p/45',
      'proof/inclusion?index=300',
      `proof/inclusion?hash=${hash.hash}`,
      'proof/consistency?from=1&to=301',
      'proof/inclusion?index=1&size=301'
    ])
      expect(await get(path), path).to.deep.include({ status: 404, code: 'not-found' })
    await pool.query(
      'ALTER TABLE log_entry DISABLE TRIGGER USER; DELETE FROM log_entry WHERE index = 300; ALTER TABLE log_entry ENABLE TRIGGER USER'
    )
  })

  it('no proof under a size that was never signed', async () => {
    expect(await get('proof/inclusion?index=1&size=7')).to.deep.include({ status: 404, code: 'not-found' })
  })

  for (const path of [
    'tile/0/0',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/x/000',
    'tile/0/x000/000',
    'tile/0/000/',
    'tile/entries/000/',
    'tile/entries/1',
    'entries/0',
    'tile/0/000?x=1',
    'tile/0/x999/x999/x999/x999/x999/x999/x999/999',
    'proof/inclusion',
    'proof/inclusion?index=01',
    'proof/inclusion?index=-1',
    'proof/inclusion?index=1.0',
    'proof/inclusion?index=1e2',
    'proof/inclusion?index=0x1',
    'proof/inclusion?index=9223372036854775808',
    'proof/inclusion?index=18446744073709551616',
    'proof/inclusion?index=1&hash=00',
    'proof/inclusion?index=1&index=2',
    'proof/inclusion?hash=zz',
    `proof/inclusion?hash=${'0'.repeat(63)}`,
    `proof/inclusion?hash=${'0'.repeat(65)}`,
    `proof/inclusion?hash=${"'".repeat(43)}`,
    'proof/inclusion?index=5&size=5',
    'proof/inclusion?index=5&size=0',
    'proof/inclusion?index=1&leaf=2',
    'proof/consistency',
    'proof/consistency?from=1',
    'proof/consistency?from=2&to=1',
    'proof/consistency?from=-1&to=1',
    'proof/consistency?from=1&to=2&to=3',
    'checkpoint?x=1',
    `proof/inclusion?index=${'9'.repeat(4000)}`
  ])
    it(`malformed, and refused with a stable code: ${path.slice(0, 70)}`, async () => {
      const { status, code, headers } = await get(path)
      expect([400, 404], path).to.include(status)
      expect(['bad-request', 'unsupported-parameter', 'not-found']).to.include(code)
      expect(headers.get('cache-control')).to.equal('no-store')
    })

  for (const path of [
    'tile/0/x999/999',
    'tile/63/000',
    'tile/8/000.p/1',
    'tile/2/000.p/1',
    'tile/0/x018/x446/x744/x073/x709/x551/615',
    'proof/inclusion?index=9223372036854775807',
    'proof/consistency?from=1&to=9223372036854775807'
  ])
    it(`well formed and beyond the log: ${path}`, async () => expect(await get(path)).to.deep.include({ status: 404, code: 'not-found' }))

  it('readers beyond a bound are told to come again, and the others are answered', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => get('proof/inclusion?index=200')))
    const statuses = new Set(answers.map(({ status }) => status))
    expect([...statuses].every((status) => status === 200 || status === 429)).to.equal(true)
    expect(answers.filter(({ status }) => status === 200).length).to.be.greaterThan(60)
    for (const { status, headers } of answers) if (status === 429) expect(headers.get('retry-after')).to.equal('1')
  })
})
