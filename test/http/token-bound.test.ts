/** Tokens that are bound to a client certificate (RFC 8705): good on a connection that brings it, while the party has it, and nowhere else. */
import { type RequestOptions, request } from 'node:https'
import { expect } from 'chai'
import { ROUTES } from '../../gateway/http/routes.ts'
import { type Certified, certificateThumbprint, createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { useDatabase } from '../support/postgres.ts'
import { assertionOf, claimsFor, formOf, startTokenGateway, type TokenGateway, World } from '../support/token-gateway.ts'

type Body = Readonly<Record<string, unknown>>

describe('a token bound to a client certificate (RFC 8705 §3) is refused from any other connection, at every route', () => {
  const at = new Date()
  const authority = createAuthority('Test authority', at)
  const own = issueCertificate(authority, { use: 'client', commonName: 'demo-insurer' }, at)
  const others = issueCertificate(authority, { use: 'client', commonName: 'other-insurer' }, at)
  const thumbprint = certificateThumbprint(own.certificate)
  const database = useDatabase()
  const world = new World()
    .addParty('demo-insurer', 'insurer', { certificateThumbprints: [thumbprint] })
    .addParty('other-insurer', 'insurer', { certificateThumbprints: [certificateThumbprint(others.certificate)] })
  const kept: { gateway: TokenGateway | null } = { gateway: null }
  before(async () => {
    const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost', '127.0.0.1'] }, at)
    const tls = { cert: server.certificate, key: server.privateKey, clientCa: authority.certificate }
    kept.gateway = await startTokenGateway(world, database().url, { tls })
  })
  after(() => kept.gateway?.stop())

  function ask(path: string, options: RequestOptions, client: Certified | null, body = ''): Promise<readonly [number, Body]> {
    const certificate = client === null ? {} : { cert: client.certificate, key: client.privateKey }
    return new Promise((resolve, reject) => {
      const sent = request(
        `${kept.gateway?.url}${path}`,
        { ...options, ca: authority.certificate, agent: false, ...certificate },
        (response) => {
          response
            .setEncoding('utf8')
            .toArray()
            .then((chunks) => resolve([response.statusCode ?? 0, JSON.parse(chunks.join('') || '{}') as Body]), reject)
        }
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async function bound(): Promise<string> {
    const url = kept.gateway?.url ?? ''
    const assertion = await assertionOf(world.keys.get('demo-insurer')?.signing ?? {}, claimsFor('demo-insurer', url), {})
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const [, body] = await ask('/oauth/token', { method: 'POST', headers }, own, new URLSearchParams(formOf(assertion)).toString())
    return String(body['access_token'])
  }

  it('of another party’s certificate, of none; the claim is cnf x5t#S256 (§3.1)', async () => {
    const token = await bound()
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).cnf).to.deep.equal({ 'x5t#S256': thumbprint })
    const headers = { authorization: `Bearer ${token}` }
    expect((await ask('/fhir/jobs/none', { headers }, own))[0]).to.equal(404)
    for (const row of ROUTES.filter(({ power }) => power !== null)) {
      const path = row.path.replaceAll(/[:*]\w+/g, 'none')
      for (const client of [others, null]) {
        const [status, body] = await ask(path, { method: row.method, headers }, client)
        expect([status, JSON.stringify(body).includes('token-invalid')], `${row.method} ${row.path}`).to.deep.equal([401, true])
      }
    }
  })

  it('of its own, once the party has that certificate no longer', async () => {
    const headers = { authorization: `Bearer ${await bound()}` }
    const party = world.registry.parties.get('demo-insurer') ?? expect.fail()
    world.change({
      parties: new Map([...world.registry.parties, ['demo-insurer', { ...party, certificateThumbprints: ['A'.repeat(43)] }]])
    })
    expect((await ask('/fhir/jobs/none', { headers }, own))[0]).to.equal(401)
  })
})
