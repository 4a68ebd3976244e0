/** What the listener speaks of TLS (RFC 9325), asked by a real client, OpenSSL by way of node:tls. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { keepCertificate } from '../../gateway/certificate.ts'
import { CIPHERS } from '../../gateway/http/tls.ts'
import { type Certified, createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

/** Suites of yesterday: CBC, RSA key exchange, no encryption, nobody proved, 8-byte tags, DHE. 3DES and RC4 are in no OpenSSL that could ask for them. */
const REFUSED = [
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-ECDSA-AES128-CCM8',
  'AES128-GCM-SHA256',
  'AES256-SHA',
  'NULL-SHA256',
  'ECDHE-ECDSA-NULL-SHA',
  'AECDH-AES256-SHA',
  'DHE-RSA-AES256-GCM-SHA384'
]

describe('http: TLS, hardened (RFC 9325)', () => {
  const at = new Date()
  const authority = createAuthority('Test authority', at)
  const made = (): Certified =>
    issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost', '127.0.0.1'] }, at)
  const first = made()
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway({ tls: { cert: first.certificate, key: first.privateKey, clientCa: null } })
  })
  after(() => gateway.stop())

  /** The connection, or the code of what refused it. */
  function reach(options: ConnectionOptions, port = gateway.server.port): Promise<TLSSocket | string> {
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', ca: authority.certificate, ...options })
      socket
        .once('secureConnect', () => resolve(socket))
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  }

  async function spoken(options: ConnectionOptions): Promise<string> {
    const socket = await reach(options)
    if (typeof socket === 'string') return socket
    const said = `${socket.getProtocol()} ${socket.getCipher().name}`
    socket.destroy()
    return said
  }

  it('TLS 1.2 and 1.3 are spoken, 1.0 and 1.1 are refused', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
      expect(await spoken({ minVersion: version, maxVersion: version })).to.match(new RegExp(`^${version} `))
    for (const version of ['TLSv1', 'TLSv1.1'] as const)
      expect(await spoken({ minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }), version).to.match(/PROTOCOL_VERSION/)
  })

  it('the suites are a short list: each is AEAD with an ephemeral key exchange', () => {
    for (const suite of CIPHERS) expect(suite).to.match(/^(?:TLS|ECDHE-(?:ECDSA|RSA))[_-].*(?:GCM|POLY1305)/)
  })

  for (const suite of REFUSED)
    it(`${suite} is refused`, async () => {
      expect(await spoken({ maxVersion: 'TLSv1.2', ciphers: `${suite}:@SECLEVEL=0` })).to.match(/HANDSHAKE_FAILURE|NO_CIPHER|ECONNRESET/)
    })

  it('the gateway’s order of suites counts, not the caller’s', async () => {
    const weakFirst = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384'
    expect(await spoken({ maxVersion: 'TLSv1.2', ciphers: weakFirst })).to.match(/AES256-GCM-SHA384$/)
  })

  it('only http/1.1 is agreed on: who offers h2 alone is refused (RFC 7301 §3.2), and a foreign name gets our certificate, no other', async () => {
    expect(await spoken({ ALPNProtocols: ['h2'] })).to.match(/NO_APPLICATION_PROTOCOL|ECONNRESET/)
    const agreed = await reach({ ALPNProtocols: ['h2', 'http/1.1'] })
    if (typeof agreed === 'string') throw new Error(agreed)
    expect(agreed.alpnProtocol).to.equal('http/1.1')
    agreed.destroy()
    expect(await spoken({ servername: 'elsewhere.example' })).to.equal('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('renegotiation is refused (RFC 9325 §3.5 asks for less)', async () => {
    const socket = await reach({ maxVersion: 'TLSv1.2' })
    if (typeof socket === 'string') throw new Error(socket)
    const outcome = await Promise.race([
      new Promise((resolve) => {
        socket.renegotiate({}, (fault) => resolve(fault === null ? 'renegotiated' : 'refused'))
        socket.once('close', () => resolve('refused')).on('error', () => resolve('refused'))
      }),
      wait(1500, 'unanswered')
    ])
    socket.destroy()
    expect(outcome).to.not.equal('renegotiated')
  })

  it('a ticket opens its session until its key is renewed: then the handshake is a full one, so recorded connections stay closed', async () => {
    const short = await startHttpGateway({
      tls: { cert: first.certificate, key: first.privateKey, clientCa: null },
      limits: { ticketSeconds: 1 }
    })
    try {
      const { port } = short.server
      const began = await reach({ maxVersion: 'TLSv1.2' }, port)
      if (typeof began === 'string') throw new Error(began)
      const session = began.getSession()
      began.destroy()
      if (session === undefined) throw new Error('no session')
      const again = await reach({ maxVersion: 'TLSv1.2', session }, port)
      if (typeof again === 'string') throw new Error(again)
      expect(again.isSessionReused()).to.equal(true)
      again.destroy()
      await wait(1300)
      const later = await reach({ maxVersion: 'TLSv1.2', session }, port)
      if (typeof later === 'string') throw new Error(later)
      expect(later.isSessionReused()).to.equal(false)
      later.destroy()
    } finally {
      await short.stop()
    }
  })

  it('a certificate is changed without a restart: new connections get the new one, those that stand go on; a faulty one changes nothing and is told once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
    const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem'), clientCa: null }
    const write = ({ certificate }: Certified, { privateKey }: Certified): void => {
      writeFileSync(tls.cert, certificate)
      writeFileSync(tls.key, privateKey)
    }
    const told: string[] = []
    write(first, first)
    const keeping = keepCertificate(
      tls,
      { cert: first.certificate, key: first.privateKey, clientCa: null },
      gateway.server,
      { certificateRenewed: ({ days }) => told.push(`renewed ${days > 0}`), certificateFaulty: () => told.push('faulty') },
      0.05
    )
    const serial = async (): Promise<string> => {
      const socket = await reach({})
      if (typeof socket === 'string') throw new Error(socket)
      const { serialNumber } = socket.getPeerCertificate()
      socket.destroy()
      return serialNumber
    }
    try {
      const standing = await reach({})
      if (typeof standing === 'string') throw new Error(standing)
      const before = await serial()
      const second = made()
      write(second, first)
      await wait(300)
      expect([told, await serial()]).to.deep.equal([['faulty'], before])
      write(second, second)
      await wait(300)
      expect(told).to.deep.equal(['faulty', 'renewed true'])
      expect(await serial()).to.not.equal(before)
      expect(await spoken({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })).to.match(/PROTOCOL_VERSION/)
      standing.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
      expect(String(await new Promise((resolve) => standing.once('data', resolve)))).to.match(/^HTTP\/1\.1 200 /)
      standing.destroy()
      rmSync(tls.cert)
      await wait(200)
      expect(told).to.deep.equal(['faulty', 'renewed true', 'faulty'])
    } finally {
      await keeping.stop()
      rmSync(folder, { recursive: true })
    }
  })
})
