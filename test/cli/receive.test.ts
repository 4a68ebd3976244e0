import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { pinsOf } from '../../gateway/seal/manifest.ts'
import { type Ran, sallyport } from '../support/command.ts'
import { DICTIONARY, type SealedDataset, sealedDataset } from '../support/dataset.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

describe('sallyport receive', () => {
  let gateway: HttpGateway
  let dataset: SealedDataset
  let folder = ''
  let offsets: number[] = []
  let dictionary = DICTIONARY

  async function begin(form: 'c2sp' | 'transport-only'): Promise<void> {
    gateway = await startHttpGateway()
    dataset = await sealedDataset(form)
    folder = mkdtempSync(join(tmpdir(), 'receive-'))
    offsets = []
    dictionary = DICTIONARY
    writeFileSync(join(folder, 'key.jwk'), JSON.stringify(gateway.keys.get('demo-insurer')?.signing))
    writeFileSync(join(folder, 'enc.jwk'), JSON.stringify(dataset.party.encryption))
    writeFileSync(join(folder, 'pins.json'), JSON.stringify(dataset.pins))
    serveDataset(form)
  }

  /** The exchange's insurer side, over the files of the sealed dataset. */
  function serveDataset(form: 'c2sp' | 'transport-only'): void {
    const sealed = form === 'c2sp'
    const { exports } = gateway.exchange
    const files = dataset.statement.shards.map((shard) => ({
      name: shard.name,
      type: shard.type,
      count: shard.records,
      bytes: shard.bytes,
      dataset: 'd-1'
    }))
    let polls = 0
    exports.status = async () => {
      polls += 1
      if (polls === 1) return { state: 'running', progress: 0.5, retryAfterSeconds: 1 }
      const manifests = [{ dataset: 'd-1', name: 'manifest' }]
      return { state: 'done', agreement: 'sealed-one', transactionTime: '2026-03-01T12:00:00.000Z', sealed, files, manifests, deleted: [] }
    }
    exports.file = async (_caller, _job, name, offset) => {
      offsets.push(offset)
      const path = join(dataset.shards, name)
      const encoding = sealed ? 'identity' : 'gzip'
      return {
        stream: createReadStream(path, { start: offset }),
        bytes: statSync(path).size,
        contentType: 'application/fhir+ndjson',
        encoding,
        etag: name
      }
    }
    exports.manifest = async () => dataset.manifest
    exports.dictionary = async () => dictionary
    exports.acknowledge = async (_caller, id) => {
      gateway.exchange.acknowledged.push(id)
    }
  }

  afterEach(async () => {
    await gateway.stop()
    rmSync(folder, { recursive: true })
    rmSync(dataset.folder, { recursive: true })
  })

  function receive(...more: readonly string[]): Promise<Ran> {
    const who = ['--server', gateway.url, '--party', 'demo-insurer', '--key', join(folder, 'key.jwk')]
    const what = [
      '--agreement',
      'sealed-one',
      '--out',
      join(folder, 'out'),
      '--enc-key',
      join(folder, 'enc.jwk'),
      '--pins',
      join(folder, 'pins.json')
    ]
    return sallyport(['receive', ...who, ...what, ...more])
  }

  function expectOpened(): void {
    for (const [name, lines] of dataset.lines) expect(readFileSync(join(folder, 'out', 'd-1', name), 'utf8') === lines).to.equal(true)
    expect(gateway.exchange.acknowledged).to.deep.equal(['d-1'])
  }

  function expectNothing(): void {
    const left = existsSync(join(folder, 'out', 'd-1')) ? readdirSync(join(folder, 'out', 'd-1')) : []
    expect(left).to.deep.equal([])
    expect(gateway.exchange.acknowledged).to.deep.equal([])
  }

  it('downloads, verifies, opens and acknowledges a sealed dataset; the next run asks for what came since', async () => {
    await begin('c2sp')
    const ran = await receive('--json')
    expect(ran.err).to.equal('')
    expect(ran.code).to.equal(0)
    expectOpened()
    const receipt = JSON.parse(ran.out) as { datasets: { verified: string[]; subjects: { k: number } }[] } // as printed
    expect(receipt.datasets[0]?.verified).to.deep.equal(['signature', 'receipt', 'hashes', 'dictionary'])
    expect(readFileSync(join(folder, 'out', 'd-1', 'dictionary.json'), 'utf8')).to.equal(DICTIONARY)
    await receive()
    expect(gateway.exchange.kickedOff.map((request) => request.since)).to.deep.equal([null, '2026-03-01T12:00:00.000Z'])
  })

  it('opens and verifies a transport-only dataset by its hashes', async () => {
    await begin('transport-only')
    expect((await receive()).code).to.equal(0)
    expectOpened()
  })

  it('asks for the rest of a file whose connection was cut', async () => {
    await begin('c2sp')
    const whole = gateway.exchange.exports.file
    let cuts = 2
    gateway.exchange.exports.file = async (caller, job, name, offset) => {
      const download = await whole.call(gateway.exchange.exports, caller, job, name, offset)
      if (cuts === 0 || download.bytes < 2000) return download
      cuts -= 1
      const bytes = readFileSync(join(dataset.shards, name)).subarray(offset, offset + 1500)
      const stream = Readable.from(
        (async function* () {
          yield bytes
          await new Promise((resolve) => setTimeout(resolve, 100))
          throw new Error('cut')
        })()
      )
      return { ...download, stream }
    }
    expect((await receive()).code).to.equal(0)
    expect(offsets.filter((offset) => offset > 0)).to.have.length.above(0)
    expectOpened()
  })

  it('leaves nothing and ends with 3 when a shard was altered', async () => {
    await begin('c2sp')
    const path = join(dataset.shards, dataset.statement.shards[0]?.name ?? '')
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const ran = await receive()
    expect(ran.code).to.equal(3)
    expect(ran.err).to.contain('[hash-mismatch]')
    expectNothing()
  })

  it('leaves nothing and ends with 3 when the data dictionary is not the one the statement names', async () => {
    await begin('c2sp')
    dictionary = '{"types":["Patient"]}'
    const ran = await receive()
    expect(ran.code).to.equal(3)
    expect(ran.err).to.contain('[hash-mismatch]').and.contain('dictionary.json')
    expectNothing()
  })

  it('leaves nothing and ends with 3 when the manifest is not signed by the pinned gateway', async () => {
    await begin('c2sp')
    writeFileSync(join(folder, 'pins.json'), JSON.stringify(pinsOf(readKeyRing(generateKeyRing('demo.example/log')))))
    const ran = await receive()
    expect(ran.code).to.equal(3)
    expect(ran.err).to.contain('[signature-invalid]')
    expectNothing()
  })

  it('ends with 3 when the dataset was sealed for another', async () => {
    await begin('c2sp')
    const other = await sealedDataset('c2sp')
    writeFileSync(join(folder, 'enc.jwk'), JSON.stringify({ ...other.party.encryption, kid: 'other' }))
    const ran = await receive()
    rmSync(other.folder, { recursive: true })
    expect(ran.code).to.equal(3)
    expect(ran.err).to.contain('[wrong-recipient]')
    expectNothing()
  })
})
