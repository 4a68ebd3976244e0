/** TLS at the listener, and tokens bound to client certificates (RFC 8705). */
import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { type Certified, certificateThumbprint, createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Readonly<Record<string, unknown>>
}

describe('http: TLS and client certificates (RFC 8705)', () => {
  const at = new Date()
  const authority = createAuthority('Test authority', at)
  const stranger = createAuthority('Another authority', at)
  const own = issueCertificate(authority, { use: 'client', commonName: 'demo-insurer' }, at)
  const others = issueCertificate(authority, { use: 'client', commonName: 'other-insurer' }, at)
  const selfMade = issueCertificate(stranger, { use: 'client', commonName: 'demo-insurer' }, at)
  let gateway: HttpGateway

  before(async () => {
    const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost', '127.0.0.1'] }, at)
    gateway = await startHttpGateway({ tls: { cert: server.certificate, key: server.privateKey, clientCa: authority.certificate } })
    const certificates = [certificateThumbprint(own.certificate), certificateThumbprint(selfMade.certificate)]
    gateway.parties.set('demo-insurer', { id: 'demo-insurer', role: 'insurer', certificates })
  })
  after(() => gateway.stop())

  function ask(path: string, options: RequestOptions, client: Certified | null, body = ''): Promise<Answer> {
    const certificate = client === null ? {} : { cert: client.certificate, key: client.privateKey }
    return new Promise((resolve, reject) => {
      const sent = request(`${gateway.url}${path}`, { ...options, ca: authority.certificate, agent: false, ...certificate }, (response) => {
        response
          .setEncoding('utf8')
          .toArray()
          .then((chunks) => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(chunks.join('')) as Answer['body'] })
          }, reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async function signIn(client: Certified | null, party = 'demo-insurer'): Promise<Answer> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await gateway.assertion(party),
      scope: 'system/*.rs'
    })
    return ask(
      '/oauth/token',
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      client,
      form.toString()
    )
  }

  function look(token: string, client: Certified | null): Promise<Answer> {
    return ask('/fhir/jobs/none', { headers: { authorization: `Bearer ${token}` } }, client)
  }

  it('a party with registered certificates signs in with one of them only, and its token works on that connection only', async () => {
    const granted = await signIn(own)
    expect(granted.status).to.equal(200)
    const token = granted.body['access_token'] as string
    expect((await look(token, own)).status).to.equal(404)
    expect((await look(token, null)).status).to.equal(401)
    expect((await look(token, others)).status).to.equal(401)
  })

  it('no certificate, another party’s, and one of an unknown authority (even if registered) are invalid_client', async () => {
    for (const client of [null, others, selfMade]) {
      const answer = await signIn(client)
      expect([answer.status, answer.body['error']]).to.deep.equal([401, 'invalid_client'])
    }
  })

  it('a token without cnf is refused once its party has certificates, and one bound to a certificate no longer registered', async () => {
    expect((await look(await gateway.token('demo-insurer'), own)).status).to.equal(401)
    const bound = await gateway.token('demo-insurer', undefined, { certificate: certificateThumbprint(others.certificate) })
    expect((await look(bound, others)).status).to.equal(401)
  })

  it('a party without certificates signs in without one; its token is not bound', async () => {
    const token = (await signIn(null, 'other-insurer')).body['access_token'] as string
    expect((await look(token, null)).status).to.equal(404)
    expect((await look(token, others)).status).to.equal(404)
  })

  it('HSTS is set, TLS is 1.2 or newer, and 1.1 is refused', async () => {
    expect((await ask('/livez', {}, null)).headers['strict-transport-security']).to.equal('max-age=63072000')
    const old = await new Promise<string>((resolve) => {
      const socket = connect({
        port: gateway.server.port,
        host: '127.0.0.1',
        ca: authority.certificate,
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0'
      })
      socket.once('secureConnect', () => resolve('connected')).once('error', () => resolve('refused'))
    })
    expect(old).to.equal('refused')
  })

  it('plain HTTP on the TLS port gets no answer', async () => {
    const answer = await fetch(gateway.url.replace('https:', 'http:')).then(
      () => 'answered',
      () => 'refused'
    )
    expect(answer).to.equal('refused')
    expect(new X509Certificate(own.certificate).checkIssued(new X509Certificate(authority.certificate))).to.equal(true)
  })
})
