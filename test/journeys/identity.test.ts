/** Who is let in, at a real gateway: tokens and assertions that are not what they must be, and objects of one party asked for by another. */
import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { importJWK, SignJWT } from 'jose'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { readKeyFiles } from '../../gateway/seal/keysource.ts'
import { issueToken } from '../../gateway/seal/token.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { addParty, useGateway, writeAgreement } from '../support/house.ts'
import { exported, Party } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

const ES384 = 'ES384'

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

describe('identity at a running gateway', function () {
  this.timeout(60_000)
  const house = useGateway(
    { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': AT_ONCE },
    { SALLYPORT_LIMIT_FREE_FAILURES: '1000' },
    (site) => {
      const whole = addParty(addParty(site, 'other-hospital', 'hospital'), 'other-insurer', 'insurer')
      // who has no agreement gets no scope to send or fetch with
      writeAgreement(whole, 'between-others', { source: 'other-hospital', recipient: 'other-insurer', recipientKey: 'other-insurer-enc' })
      return whole
    }
  )

  async function statusOf(path: string, authorization?: string): Promise<readonly [number, string]> {
    const response = await fetch(`${house().gateway.url}${path}`, { headers: authorization === undefined ? {} : { authorization } })
    const body = JSON.parse(await response.text())
    return [response.status, body.issue[0].details.coding[0].code]
  }

  async function askToken(assertion: string): Promise<readonly [number, string]> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/*.cu system/*.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion
    })
    const response = await fetch(`${house().gateway.url}/oauth/token`, { method: 'POST', body })
    return [response.status, ((await response.json()) as { error?: string }).error ?? '']
  }

  it('access tokens: missing, expired, of another gateway, alg none, HS256 with the public key, unknown kid', async () => {
    const { site, gateway } = house()
    const ring = readKeyRing(readKeyFiles(join(site.folder, 'keys')))
    const grant = { party: 'demo-hospital', role: 'hospital', scopes: ['system/*.cu'], certificate: null } as const
    const path = `/submissions/${randomUUID()}`
    const token = await issueToken(ring.token, gateway.url, grant, new Date(), 300)
    const [head = '', payload = '', signature = ''] = token.split('.')
    const { kid, publicJwk } = ring.token.current
    const hs256 = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`
    expect(await statusOf(path, `Bearer ${token}`)).to.deep.equal([404, 'not-found'])
    expect(await statusOf(path)).to.deep.equal([401, 'token-missing'])
    const long = new Date(Date.now() - 400_000)
    expect(await statusOf(path, `Bearer ${await issueToken(ring.token, gateway.url, grant, long, 300)}`)).to.deep.equal([
      401,
      'token-expired'
    ])
    for (const forged of [
      await issueToken(ring.token, 'https://other.example', grant, new Date(), 300),
      await issueToken(ring.token, gateway.url, { ...grant, role: 'insurer' }, new Date(), 300),
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
      `${hs256}.${createHmac('sha256', JSON.stringify(publicJwk)).update(hs256).digest('base64url')}`,
      `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'unknown' })}.${payload}.${signature}`,
      `${head}.${encode({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'other-hospital' })}.${signature}`
    ]) {
      expect(await statusOf(path, `Bearer ${forged}`)).to.deep.equal([401, 'token-invalid'])
    }
  })

  it('assertions: wrong aud, expired, of another party, replayed, alg none, HS256 with the public key, unknown kid', async () => {
    const { site, gateway } = house()
    const keys = site.parties.get('demo-hospital')
    if (keys === undefined) throw new Error('no such party')
    const key = await importJWK(keys.signing as Parameters<typeof importJWK>[0], ES384)
    const kid = String(keys.signing['kid'])
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: 'demo-hospital', sub: 'demo-hospital', aud: `${gateway.url}/oauth/token`, iat: now, exp: now + 200 }
    const sign = (changes: Readonly<Record<string, unknown>>, header: Readonly<Record<string, string>> = {}): Promise<string> =>
      new SignJWT({ ...claims, jti: randomUUID(), ...changes }).setProtectedHeader({ alg: ES384, kid, typ: 'JWT', ...header }).sign(key)
    const good = await sign({})
    const [, payload = ''] = (await sign({})).split('.')
    const hs256 = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${payload}`
    const published = JSON.stringify(keys.jwks.keys.find((known) => known.kid === kid))
    expect(await askToken(good)).to.deep.equal([200, ''])
    const refused = {
      replayed: good,
      'wrong aud': await sign({ aud: `${gateway.url}/fhir` }),
      expired: await sign({ iat: now - 400, exp: now - 100 }),
      'longer than five minutes': await sign({ exp: now + 900 }),
      'of another party': await sign({ iss: 'other-hospital', sub: 'other-hospital' }),
      'alg none': `${encode({ alg: 'none', kid })}.${payload}.`,
      'HS256 with the public key': `${hs256}.${createHmac('sha256', published).update(hs256).digest('base64url')}`,
      'unknown kid': await sign({}, { kid: 'unknown' }),
      'kid of its encryption key': await sign({}, { kid: String(keys.encryption['kid']) })
    }
    for (const [what, assertion] of Object.entries(refused)) expect(await askToken(assertion), what).to.deep.equal([401, 'invalid_client'])
  })

  it('objects of one party are 404 to another, as are those that never were; the other role is 403', async () => {
    const { site, gateway } = house()
    const party = (name: string): Party => new Party(gateway, site, name)
    const hospital = party('demo-hospital')
    const insurer = party('demo-insurer')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('own', 5)) })
    const dataset = (await hospital.ended(id)).agreements.find(({ agreement }) => agreement === 'demo-safe-harbor')?.dataset ?? ''
    const [file = ''] = await exported(insurer, 'demo-safe-harbor')
    const started = await insurer.ask('GET', '/fhir/Group/demo-safe-harbor/$export', undefined, {
      prefer: 'respond-async',
      accept: 'application/fhir+json'
    })
    const job = new URL(started.headers.get('content-location') ?? '').pathname
    expect((await insurer.ask('GET', file)).status).to.equal(200)
    const nevers = [randomUUID(), 'no-id']
    const asked: readonly (readonly [string, string, string])[] = [
      ['other-hospital', 'GET', `/submissions/${id}`],
      ['other-hospital', 'GET', `/submissions/${id}/issues`],
      ['other-hospital', 'POST', `/submissions/${id}/close`],
      ['other-hospital', 'PUT', `/submissions/${id}/files/data.ndjson`],
      ['other-insurer', 'GET', `/datasets/${dataset}/manifest`],
      ['other-insurer', 'POST', `/datasets/${dataset}/acknowledgement`],
      ['other-insurer', 'GET', job],
      ['other-insurer', 'GET', new URL(file).pathname],
      ['other-insurer', 'DELETE', job],
      ['demo-research', 'GET', `/datasets/${dataset}/manifest`]
    ]
    const others = new Map(['other-hospital', 'other-insurer', 'demo-research'].map((name) => [name, party(name)]))
    for (const [name, method, path] of asked) {
      const one = others.get(name)
      const body = method === 'PUT' ? ndjson(ward('thief', 1)) : undefined
      const type = { 'content-type': 'application/fhir+ndjson' }
      const theirs = await one?.ask(method, path, body, type)
      expect([theirs?.status, theirs?.code], `${method} ${path}`).to.deep.equal([404, 'not-found'])
      for (const never of nevers) {
        const nowhere = path.replaceAll(id, never).replaceAll(dataset, never)
        const nothing = await one?.ask(method, nowhere.replace(/\/fhir\/jobs\/[^/]+/, `/fhir/jobs/${never}`), body, type)
        expect(theirs?.text, 'told apart from what never was').to.equal(nothing?.text)
      }
    }
    expect((await insurer.ask('GET', `${job}/files/no-id.Patient.1.ndjson`)).code).to.equal('not-found')
    const unknown = await others
      .get('other-insurer')
      ?.ask('GET', '/fhir/Group/demo-safe-harbor/$export', undefined, { prefer: 'respond-async' })
    expect([unknown?.status, unknown?.code]).to.deep.equal([404, 'agreement-unknown'])
    expect((await insurer.ask('GET', `/submissions/${id}`)).code).to.equal('scope-missing')
    expect((await hospital.ask('GET', `/datasets/${dataset}/manifest`)).status).to.equal(403)
    expect((await hospital.view(id)).files, 'nothing was added').to.have.length(1)
  })

  it('no token, assertion or key stands in the log or in a file of data', () => {
    const { site, gateway } = house()
    for (const keys of site.parties.values()) expect(gateway.log()).not.to.contain((keys.signing as { d?: string }).d ?? '-')
    const ring = JSON.parse(readFileSync(join(site.folder, 'keys', 'token.jwk'), 'utf8')) as { d?: string; keys?: { d: string }[] }
    expect(gateway.log())
      .not.to.contain(ring.d ?? ring.keys?.[0]?.d ?? '-')
      .and.not.to.match(/eyJ[A-Za-z0-9_-]{10}/)
  })
})
