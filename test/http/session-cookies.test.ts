/** The cookies of sessions as they are sent over https, and where there are none. */
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { expect } from 'chai'
import { RequestError } from '../../gateway/core/errors.ts'
import { cookieOf } from '../../gateway/http/sessions.ts'
import { createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const SECRET = 'S'.repeat(43)

describe('http: cookies of sessions (RFC 6265bis §4.1.3)', () => {
  const at = new Date()
  const authority = createAuthority('Test authority', at)
  const used: string[] = []
  let gateway: HttpGateway
  before(async () => {
    const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost', '127.0.0.1'] }, at)
    gateway = await startHttpGateway({
      tls: { cert: server.certificate, key: server.privateKey, clientCa: null },
      sessions: () => ({
        depart: async () => ({ url: new URL('https://login.example/'), away: 'A' }),
        arrive: async () => ({ secret: SECRET, returnTo: '/session' }),
        awaited: () => true,
        comeByLink: async () => ({ secret: SECRET, returnTo: '/session' }),
        async use(secret) {
          used.push(secret)
          throw new RequestError('session-ended')
        },
        signOut: async () => undefined,
        logOut: async () => undefined,
        list: async () => [],
        revoke: async () => 0
      })
    })
  })
  after(() => gateway.stop())

  function ask(path: string, cookie = ''): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(`${gateway.url}${path}`, { ca: authority.certificate, agent: false, headers: { cookie } }, (res) => {
        res.resume()
        resolve(res)
      })
        .on('error', reject)
        .end()
    })
  }

  it('over https: __Host-, Secure, HttpOnly, the whole path and no Domain; Strict, and Lax for the browser that is away', async () => {
    expect((await ask('/session/callback?code=x')).headers['set-cookie']).to.deep.equal([
      '__Host-sallyport-away=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      `__Host-sallyport=${SECRET}; Path=/; HttpOnly; Secure; SameSite=Strict`
    ])
    expect((await ask('/session/sign-in')).headers['set-cookie']).to.deep.equal([
      '__Host-sallyport-away=A; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax'
    ])
  })

  it('over https a cookie without those promises is no session: of the name for plain http, of another prefix or case', async () => {
    for (const name of ['sallyport-not-for-production', 'sallyport', '__Secure-sallyport', '__host-sallyport', '__HOST-sallyport'])
      await ask('/session', `${name}=${SECRET}`)
    expect(used).to.deep.equal([])
    const refused = await ask('/session', `__Host-sallyport=${SECRET}`)
    expect(used).to.deep.equal([SECRET])
    expect(refused.headers['set-cookie']).to.deep.equal(['__Host-sallyport=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict'])
  })

  it('over plain http there are sessions on this machine alone', () => {
    const req = { headers: { cookie: `__Host-sallyport=${SECRET}; sallyport-not-for-production=B` } } as IncomingMessage // all that is read of it
    expect(() => cookieOf({ publicUrl: 'http://gateway.example' }, req, 'session'))
      .to.throw(RequestError)
      .with.property('code', 'not-found')
    expect(cookieOf({ publicUrl: 'http://localhost:8480' }, req, 'session')).to.equal('B')
    expect(cookieOf({ publicUrl: 'https://gateway.example' }, req, 'session')).to.equal(SECRET)
  })
})
