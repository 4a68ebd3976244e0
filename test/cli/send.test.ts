import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { RequestError, UpstreamError } from '../../gateway/core/errors.ts'
import { certificateThumbprint, createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { type Ran, sallyport } from '../support/command.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { readWhole } from '../support/memory-exchange.ts'

const PATIENT = '{"resourceType":"Patient","id":"a"}\n'
const ENCOUNTER = '{"resourceType":"Encounter","id":"b"}\n'

describe('sallyport send', () => {
  let gateway: HttpGateway
  let folder = ''

  beforeEach(async () => {
    gateway = await startHttpGateway()
    folder = mkdtempSync(join(tmpdir(), 'send-'))
    mkdirSync(join(folder, 'feed'))
    writeFileSync(join(folder, 'feed', 'Patient.ndjson'), PATIENT)
    writeFileSync(join(folder, 'feed', 'Encounter.000.ndjson.gz'), gzipSync(ENCOUNTER))
    writeFileSync(join(folder, 'feed', 'optouts.ndjson'), '{"patient":"a"}\n')
    writeFileSync(join(folder, 'key.jwk'), JSON.stringify(gateway.keys.get('demo-hospital')?.signing))
  })
  afterEach(async () => {
    await gateway.stop()
    rmSync(folder, { recursive: true })
  })

  function send(...more: readonly string[]): Promise<Ran> {
    const who = ['--server', gateway.url, '--party', 'demo-hospital', '--key', join(folder, 'key.jwk'), '--state', join(folder, 'state')]
    return sallyport(['send', '--agreement', 'sealed-one', ...who, ...more, join(folder, 'feed')])
  }

  const bodies = (): string[][] =>
    [...gateway.exchange.kept.values()].map((one) => [...one.bodies].map(([name, body]) => `${name} ${body}`).sort())

  it('sends every FHIR file of a folder as one submission, gzip as it is, and closes it', async () => {
    const ran = await send('--json')
    expect(ran.err).to.equal('')
    expect(ran.code).to.equal(0)
    expect(bodies()).to.deep.equal([[`Encounter.000.ndjson.gz ${ENCOUNTER}`, `Patient.ndjson ${PATIENT}`]])
    expect(JSON.parse(ran.out)).to.include({ state: 'closed', received: 2 })
  })

  it('sends every byte of a file larger than any buffer', async () => {
    const large = PATIENT.repeat(100_000)
    writeFileSync(join(folder, 'feed', 'Large.ndjson'), large)
    expect((await send()).code).to.equal(0)
    const kept = [...gateway.exchange.kept.values()][0]?.bodies.get('Large.ndjson')
    expect(kept?.toString() === large).to.equal(true)
  })

  it('does not send the same feed twice unasked', async () => {
    await send()
    const again = await send()
    expect(again.code).to.equal(1)
    expect(again.err).to.contain('--again')
    expect((await send('--again')).code).to.equal(0)
    expect(gateway.exchange.kept.size).to.equal(2)
  })

  it('sends a file again from its beginning when the gateway gave it up as too slow', async () => {
    let patients = 0
    gateway.exchange.read = async (body) => {
      const whole = await readWhole(body)
      if (whole.toString() === PATIENT && ++patients === 1) throw new RequestError('too-slow')
      return whole
    }
    expect((await send('--parallel', '1')).code).to.equal(0)
    expect(patients).to.equal(2)
    expect(gateway.exchange.kept.size).to.equal(1)
  })

  it('goes on where it stopped: the same submission, and only the file it does not keep', async () => {
    let refuse = true
    let uploads = 0
    gateway.exchange.read = async (body) => {
      const whole = await readWhole(body)
      uploads += 1
      if (refuse && whole.toString() === PATIENT) throw new RequestError('not-utf8')
      return whole
    }
    const first = await send('--parallel', '1')
    expect(first.code).to.equal(1)
    expect(first.err).to.contain('[not-utf8]')
    refuse = false
    uploads = 0
    expect((await send()).code).to.equal(0)
    expect(uploads).to.equal(1)
    expect(gateway.exchange.kept.size).to.equal(1)
  })

  it('waits and tries again while the gateway says 503', async () => {
    gateway.exchange.fault = new UpstreamError('database-unavailable', 1)
    setTimeout(() => {
      gateway.exchange.fault = null
    }, 900)
    expect((await send()).code).to.equal(0)
  })

  it('ends with 75 when nothing answers at that address', async () => {
    await gateway.stop()
    const ran = await send()
    expect([ran.code, ran.out]).to.deep.equal([75, ''])
    expect(ran.err).to.contain('nothing answers at that address (ECONNREFUSED)')
    gateway = await startHttpGateway()
  })

  it('ends with 75 when the gateway says to come back much later; the same command then goes on', async () => {
    gateway.exchange.fault = new UpstreamError('database-unavailable', 3600)
    const later = await send()
    expect([later.code, later.out]).to.deep.equal([75, ''])
    expect(later.err).to.contain('[database-unavailable]')
    gateway.exchange.fault = null
    expect((await send()).code).to.equal(0)
    expect(gateway.exchange.kept.size).to.equal(1)
  })

  it('ends with 75 when the gateway has no room for another file; the same command sends the rest', async () => {
    let fail = true
    gateway.exchange.read = async (body) => {
      const whole = await readWhole(body)
      if (fail && whole.toString() === PATIENT) throw new UpstreamError('storage-full', 3600)
      return whole
    }
    const first = await send('--parallel', '1')
    expect([first.code, first.err.includes('[storage-full]')]).to.deep.equal([75, true])
    fail = false
    expect((await send()).code).to.equal(0)
    expect(bodies()).to.deep.equal([[`Encounter.000.ndjson.gz ${ENCOUNTER}`, `Patient.ndjson ${PATIENT}`]])
  })

  it('ends with 3 when the key is not the registered one, with 2 when used wrongly', async () => {
    writeFileSync(join(folder, 'key.jwk'), JSON.stringify(gateway.keys.get('other-hospital')?.signing))
    const denied = await send()
    expect(denied.code).to.equal(3)
    expect(denied.err).to.contain('[invalid_client]')
    expect((await sallyport(['send', 'nothing'])).code).to.equal(2)
  })

  it('speaks TLS with the authority it was given, and with a client certificate where the party has one (RFC 8705)', async () => {
    const authority = createAuthority('Test authority', new Date())
    const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['127.0.0.1'] }, new Date())
    const client = issueCertificate(authority, { use: 'client', commonName: 'demo-hospital' }, new Date())
    await gateway.stop()
    gateway = await startHttpGateway({ tls: { cert: server.certificate, key: server.privateKey, clientCa: authority.certificate } })
    const certificates = [certificateThumbprint(client.certificate)]
    gateway.parties.set('demo-hospital', { id: 'demo-hospital', role: 'hospital', certificates })
    const files = { 'key.jwk': JSON.stringify(gateway.keys.get('demo-hospital')?.signing), 'ca.pem': authority.certificate }
    for (const [name, text] of Object.entries({ ...files, 'cert.pem': client.certificate, 'cert.key': client.privateKey })) {
      writeFileSync(join(folder, name), text)
    }
    const ca = ['--ca', join(folder, 'ca.pem')]
    const untrusted = await send()
    expect(untrusted.code).to.equal(1)
    expect(untrusted.err).to.contain('--ca')
    expect((await send(...ca)).err).to.contain('[invalid_client]')
    expect((await send(...ca, '--cert', join(folder, 'cert.pem'), '--cert-key', join(folder, 'cert.key'))).code).to.equal(0)
  })

  it('refuses plain HTTP to another machine', async () => {
    const ran = await sallyport([
      'send',
      '--server',
      'http://gateway.example.org',
      '--party',
      'p',
      '--key',
      join(folder, 'key.jwk'),
      join(folder, 'feed')
    ])
    expect(ran.code).to.equal(2)
    expect(ran.err).to.contain('--server: must be https://')
  })

  it('writes what was rejected as OperationOutcomes, never the value', async () => {
    writeFileSync(join(folder, 'feed', 'Bad.ndjson'), `${PATIENT}secret words\n`)
    const issues = join(folder, 'issues.ndjson')
    expect((await send('--issues', issues)).code).to.equal(0)
    expect(readFileSync(issues, 'utf8')).to.contain('not-json').and.not.contain('secret')
  })
})
