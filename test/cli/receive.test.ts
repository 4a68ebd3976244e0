import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { buildManifest, pinsOf } from '../../gateway/seal/manifest.ts'
import { type Ran, sallyport } from '../support/command.ts'
import { DICTIONARY, type SealedDataset, sealedDataset } from '../support/dataset.ts'
import { type HttpGateway, NO_LOG, startHttpGateway } from '../support/http-gateway.ts'
import { newLogKey, TestLog } from '../support/log.ts'
import { answerOf } from '../support/log-server.ts'

describe('sallyport receive', () => {
  let gateway: HttpGateway
  let dataset: SealedDataset
  let folder = ''
  let offsets: number[] = []
  let dictionary = DICTIONARY
  let log: TestLog
  let receipt = ''
  let proofs: 'offered' | 'absent' = 'offered'

  async function begin(form: 'c2sp' | 'transport-only'): Promise<void> {
    dataset = await sealedDataset(form)
    // the dataset's own log, as the gateway shows it: its statement is entry 5 of 11 (a statement is JSON, by its schema)
    log = new TestLog(dataset.ring.log.current)
      .grow(5)
      .append(dataset.statement as unknown as Parameters<TestLog['append']>[0], dataset.salt)
      .grow(5)
    receipt = log.receipt(5)
    gateway = await startHttpGateway({
      log: {
        ...NO_LOG,
        checkpoint: async () => answerOf(log, '/log/checkpoint'),
        consistency: async (from, to) => (proofs === 'offered' ? answerOf(log, `/log/proof/consistency?from=${from}&to=${to}`) : null)
      }
    })
    proofs = 'offered'
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
      if (polls === 1) return { state: 'running', retryAfterSeconds: 1 }
      const manifests = [{ dataset: 'd-1', name: 'manifest' }]
      return { state: 'done', agreement: 'sealed-one', transactionTime: '2026-03-01T12:00:00.000Z', sealed, files, manifests, deleted: [] }
    }
    exports.file = async (_caller, _job, name) => {
      const path = join(dataset.shards, name)
      const encoding = sealed ? 'identity' : 'gzip'
      return {
        start: async (offset) => {
          offsets.push(offset)
          return createReadStream(path, { start: offset })
        },
        bytes: statSync(path).size,
        contentType: 'application/fhir+ndjson',
        encoding,
        etag: name
      }
    }
    const { statement, salt, keys, ring } = dataset
    exports.manifest = () => buildManifest(ring.manifest, { statement, salt, keys, receipt })
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
    gateway.exchange.exports.file = async (caller, job, name) => {
      const download = await whole.call(gateway.exchange.exports, caller, job, name)
      if (cuts === 0 || download.bytes < 2000) return download
      cuts -= 1
      const bytes = readFileSync(join(dataset.shards, name))
      async function* cutShort(offset: number): AsyncGenerator<Buffer> {
        offsets.push(offset)
        yield bytes.subarray(offset, offset + 1500)
        await new Promise((resolve) => setTimeout(resolve, 100))
        throw new Error('cut')
      }
      return { ...download, start: async (offset) => Readable.from(cutShort(offset)) }
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
    const other = pinsOf(readKeyRing(generateKeyRing('demo.example/log')))
    writeFileSync(join(folder, 'pins.json'), JSON.stringify({ ...other, log: dataset.pins.log }))
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

  describe('the checkpoints of the log it has seen', () => {
    const state = (): string => join(folder, 'out', '.sallyport', 'log')
    const sizes = (): string[] => {
      const kept = JSON.parse(readFileSync(join(state(), 'checkpoints.json'), 'utf8')) as { checkpoints: { note: string }[] }
      return kept.checkpoints.map(({ note }) => note.split('\n')[1] ?? '')
    }

    /** A second run after the log became another: its exit code and words; what was received before is taken away first. */
    async function again(): Promise<Ran> {
      rmSync(join(folder, 'out', 'd-1'), { recursive: true })
      rmSync(join(folder, 'out', '.sallyport', 'sealed-one.json'))
      gateway.exchange.acknowledged.length = 0
      gateway.exchange.kickedOff.length = 0
      return await receive()
    }

    it('are kept, for their owner alone, and the log goes on from them', async () => {
      await begin('c2sp')
      await receive()
      expect(statSync(join(state(), 'checkpoints.json')).mode & 0o777).to.equal(0o600)
      log.grow(4)
      const ran = await again()
      expect([ran.code, ran.err, sizes()]).to.deep.equal([0, '', ['11', '15']])
      expectOpened()
    })

    it('a log that was replaced by another history of the same key: 4, log-forked, and nothing is even asked for', async () => {
      await begin('c2sp')
      await receive()
      log = log.fork(6).grow(20, 'other')
      const ran = await again()
      expect([ran.code, ran.err.includes('[log-forked]')]).to.deep.equal([4, true])
      expect(ran.err).to.match(/kept: 11\n.*shown: 26\n.*evidence: .*alarm-log-forked-[0-9a-f]{16}\.json/s)
      expect(gateway.exchange.kickedOff).to.deep.equal([])
      expect(sizes()).to.deep.equal(['11'])
      expectNothing()
    })

    it('a log that is shorter than it was: 4, log-rolled-back', async () => {
      await begin('c2sp')
      await receive()
      log = log.fork(7)
      const ran = await again()
      expect([ran.code, ran.err.includes('[log-rolled-back]')]).to.deep.equal([4, true])
      expectNothing()
    })

    it('a log of another key or name than the pinned one: 4, log-foreign, at the first run already', async () => {
      await begin('c2sp')
      for (const origin of ['demo.example/log', 'other.example/log']) {
        log = new TestLog(newLogKey(origin)).grow(12)
        const ran = await receive()
        expect([ran.code, ran.err.includes('[log-foreign]')]).to.deep.equal([4, true])
        expectNothing()
      }
    })

    it('a receipt from another history than the one the gateway shows, though signed by the same key: 4, and nothing is opened', async () => {
      await begin('c2sp')
      log = log.fork(5).grow(10, 'shown to others')
      const ran = await receive()
      expect([ran.code, ran.err.includes('[log-forked]')]).to.deep.equal([4, true])
      expectNothing()
    })

    it('a receipt older than what was seen is proved to be of the same history', async () => {
      await begin('c2sp')
      log.grow(30)
      const ran = await receive()
      expect([ran.code, ran.err, sizes()]).to.deep.equal([0, '', ['41']])
      expectOpened()
    })

    it('a gateway that never offered proofs is held to sizes, and that is said; one that stops offering them: 4, log-unproved', async () => {
      await begin('c2sp')
      proofs = 'absent'
      await receive()
      log.grow(1)
      const ran = await again()
      expect([ran.code, ran.err.includes('offers no consistency proofs')]).to.deep.equal([0, true])
      proofs = 'offered'
      expect((await again()).code).to.equal(0)
      proofs = 'absent'
      log.grow(1)
      const stopped = await again()
      expect([stopped.code, stopped.err.includes('[log-unproved]')]).to.deep.equal([4, true])
      expectNothing()
    })
  })
})
