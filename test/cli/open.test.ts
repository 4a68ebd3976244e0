/** `sallyport open` and `sallyport keys`: what they write, what they end with, and that nothing is left when anything does not agree. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { certificateThumbprint, createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { DICTIONARY, type SealedDataset, sealedDataset } from '../support/dataset.ts'

const SALLYPORT = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))
const NODE = ['--disable-warning=ExperimentalWarning', SALLYPORT]

function sallyport(...words: readonly string[]) {
  return spawnSync(process.execPath, [...NODE, ...words], { encoding: 'utf8' })
}

describe('sallyport open', () => {
  let dataset: SealedDataset
  let words: (changes?: Readonly<Record<string, string>>) => string[]
  before(async () => {
    dataset = await sealedDataset('c2sp')
    const { folder, shards, manifest, pins, party } = dataset
    writeFileSync(join(folder, 'manifest.json'), manifest)
    writeFileSync(join(folder, 'pins.json'), JSON.stringify(pins))
    writeFileSync(join(folder, 'enc.jwk'), JSON.stringify(party.encryption))
    const all = {
      manifest: join(folder, 'manifest.json'),
      shards,
      pins: join(folder, 'pins.json'),
      key: join(folder, 'enc.jwk'),
      out: join(folder, 'out')
    }
    words = (changes = {}) => ['open', ...Object.entries({ ...all, ...changes }).flatMap(([name, value]) => [`--${name}`, value])]
  })
  afterEach(() => rmSync(join(dataset.folder, 'out'), { recursive: true, force: true }))
  after(() => rmSync(dataset.folder, { recursive: true }))

  it('verifies, opens and says so; the same as JSON', () => {
    const { status, stdout, stderr } = sallyport(...words())
    expect(status, stderr).to.equal(0)
    expect(stdout).to.include('Verified: signature, receipt (entry 5 of a log of 11), hashes.')
    expect(readFileSync(join(dataset.folder, 'out', 'Patient.ndjson'), 'utf8')).to.equal(dataset.lines.get('Patient.ndjson'))
    const json = JSON.parse(sallyport(...words(), '--json').stdout) as { dataset: string; verified: string[] }
    expect(json.dataset).to.equal('d-1')
    expect(json.verified).to.deep.equal(['signature', 'receipt', 'hashes'])
  })

  it('verifies a data dictionary against the statement and puts it beside the files; another ends with 3 and nothing is opened', () => {
    const dictionary = join(dataset.folder, 'given.json')
    writeFileSync(dictionary, DICTIONARY)
    const { status, stdout, stderr } = sallyport(...words({ dictionary }))
    expect(status, stderr).to.equal(0)
    expect(stdout).to.include('hashes, dictionary.')
    expect(readFileSync(join(dataset.folder, 'out', 'dictionary.json'), 'utf8')).to.equal(DICTIONARY)
    rmSync(join(dataset.folder, 'out'), { recursive: true })
    writeFileSync(dictionary, `${DICTIONARY} `)
    const other = sallyport(...words({ dictionary }))
    expect([other.status, other.stderr.includes('[hash-mismatch]')]).to.deep.equal([3, true])
    expect(other.stderr).to.include('dictionary.json')
    expect(existsSync(join(dataset.folder, 'out'))).to.equal(false)
  })

  it('a tampered shard ends with 3 and seal-broken, another key with wrong-recipient, and nothing is left', () => {
    const path = join(dataset.shards, dataset.statement.shards[0]?.name ?? '')
    const whole = readFileSync(path)
    writeFileSync(path, Buffer.concat([whole.subarray(0, -1), Buffer.of((whole.at(-1) ?? 0) ^ 1)]))
    const tampered = sallyport(...words())
    writeFileSync(path, whole)
    expect(tampered.status).to.equal(3)
    expect(tampered.stderr).to.include('[seal-broken]')
    expect(readdirSync(join(dataset.folder, 'out'))).to.deep.equal([])
    writeFileSync(join(dataset.folder, 'other.jwk'), JSON.stringify(generatePartyKeys('ec', 'other').encryption))
    const other = sallyport(...words({ key: join(dataset.folder, 'other.jwk') }))
    expect([other.status, other.stderr.includes('[wrong-recipient]')]).to.deep.equal([3, true])
    expect(existsSync(join(dataset.folder, 'out')) ? readdirSync(join(dataset.folder, 'out')) : []).to.deep.equal([])
  })

  it('a file that is no key or no pins is said plainly', () => {
    const noKey = sallyport(...words({ key: join(dataset.folder, 'pins.json') }))
    expect([noKey.status, noKey.stderr]).to.deep.equal([
      1,
      'sallyport: --key must be your private encryption key (JWK): sallyport keys generate --party makes one\n'
    ])
    const noPins = sallyport(...words({ pins: join(dataset.folder, 'enc.jwk') }))
    expect([noPins.status, noPins.stderr.includes('[signature-invalid]')]).to.deep.equal([3, true])
  })

  it('killed with SIGKILL at work, its leftovers are gone after the next run', async () => {
    const out = join(dataset.folder, 'out')
    const child = spawn(process.execPath, [...NODE, ...words()], { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    while (child.exitCode === null && !existsSync(out)) await new Promise((resolve) => setTimeout(resolve, 1))
    child.kill('SIGKILL')
    await ended
    expect(sallyport(...words()).status).to.equal(0)
    expect(readdirSync(out).sort()).to.deep.equal(['Condition.ndjson', 'Encounter.ndjson', 'Patient.ndjson'])
  })
})

describe('sallyport keys', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('generate writes a ring readable by its owner alone, prints the pins, and never overwrites', () => {
    const made = sallyport('keys', 'generate', '--out', join(folder, 'ring'), '--origin', 'demo.example/log')
    expect(made.status, made.stderr).to.equal(0)
    expect(made.stdout).to.include('demo.example/log+').and.not.include('"d"')
    expect(readdirSync(join(folder, 'ring')).sort()).to.deep.equal([
      'crosswalk.jwk',
      'log.jwk',
      'manifest.jwk',
      'token.jwk',
      'wrapping.jwk'
    ])
    for (const name of readdirSync(join(folder, 'ring'))) expect(statSync(join(folder, 'ring', name)).mode & 0o777).to.equal(0o600)
    expect(sallyport('keys', 'pins', '--keys', join(folder, 'ring')).stdout).to.equal(made.stdout)
    expect(sallyport('keys', 'generate', '--out', join(folder, 'ring')).status).to.equal(2)
    expect(sallyport('keys', 'pins', '--keys', join(folder, 'absent')).stderr).to.include('[key-missing]')
  })

  it('generate --party prints a JWKS without private members, of both kinds', () => {
    for (const [type, kty] of [
      ['ec', 'EC'],
      ['rsa', 'RSA']
    ] as const) {
      const { stdout, status } = sallyport('keys', 'generate', '--party', `p-${type}`, '--type', type, '--out', join(folder, 'party'))
      expect(status).to.equal(0)
      const { keys } = JSON.parse(stdout) as { keys: Record<string, string>[] }
      expect(keys.map((key) => [key['kty'], key['use'], key['kid']])).to.deep.equal([
        [kty, 'sig', `p-${type}-sig`],
        [kty, 'enc', `p-${type}-enc`]
      ])
      for (const name of ['d', 'p', 'q', 'k']) expect(keys.some((key) => name in key)).to.equal(false)
    }
  })
})

describe('the development authority', () => {
  it('its server and client certificates make a mutual TLS connection (RFC 8705), and its thumbprint is what TLS shows', async () => {
    const at = new Date()
    const authority = createAuthority('test authority', at)
    const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost', '127.0.0.1'] }, at)
    const client = issueCertificate(authority, { use: 'client', commonName: 'demo-insurer' }, at)
    const tls = { cert: server.certificate, key: server.privateKey, ca: authority.certificate, requestCert: true, rejectUnauthorized: true }
    const listening = createServer(tls, (incoming, answer) => {
      const shown = (incoming.socket as TLSSocket).getPeerX509Certificate()
      answer.end(shown?.toString())
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => listening.once('listening', resolve))
    const { port } = listening.address() as AddressInfo
    const seen = await new Promise<string>((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port,
        ca: authority.certificate,
        cert: client.certificate,
        key: client.privateKey,
        agent: false
      } as const
      const call = request(options, (answer) => {
        answer.setEncoding('utf8')
        let text = ''
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve(text))
      })
      call.on('error', reject).end()
    })
    listening.close()
    expect(certificateThumbprint(seen)).to.equal(certificateThumbprint(client.certificate))
  })
})
