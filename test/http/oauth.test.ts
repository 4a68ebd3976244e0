/** The token endpoint and discovery: SMART Backend Services to the letter, and what an attacker may try. */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { SignJWT } from 'jose'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

describe('http: POST /oauth/token (RFC 6749, RFC 7523, SMART Backend Services)', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  async function post(form: Readonly<Record<string, string>> | string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    const response = await fetch(`${gateway.url}/oauth/token`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
  }

  function form(assertion: string, scope = 'system/*.rs'): Record<string, string> {
    return { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion: assertion, scope }
  }

  it('an insurer signs in and uses its token', async () => {
    const answer = await post(form(await gateway.assertion('demo-insurer')))
    expect(answer.status).to.equal(200)
    expect(answer.body).to.include({ token_type: 'bearer', scope: 'system/*.rs', expires_in: 300 })
    expect(answer.headers.get('cache-control')).to.equal('no-store')
    expect(answer.headers.get('pragma')).to.equal('no-cache')
    const used = await fetch(`${gateway.url}/fhir/jobs/none`, {
      headers: { authorization: `Bearer ${answer.body['access_token'] as string}` }
    })
    expect(used.status).to.equal(404)
  })

  it('scopes are cut to the role, never widened', async () => {
    const cases: readonly (readonly [party: string, asked: string, granted: string | null])[] = [
      ['demo-insurer', 'system/*.read', 'system/*.read'],
      ['demo-insurer', 'system/*.*', 'system/*.read'],
      ['demo-insurer', 'system/*.cruds openid', 'system/*.rs'],
      ['demo-insurer', 'system/Patient.rs system/Patient.u', 'system/Patient.rs'],
      ['demo-insurer', 'sallyport/submit', null],
      ['demo-insurer', 'system/*.write', null],
      ['demo-insurer', 'user/*.read patient/*.read', null],
      ['demo-insurer', 'system/Patient.rs?name=x', null],
      ['demo-hospital', 'sallyport/submit', 'sallyport/submit'],
      ['demo-hospital', 'system/*.cruds', 'system/*.cu'],
      ['demo-hospital', 'system/*.write', 'system/*.write'],
      ['demo-hospital', 'system/*.rs', null],
      ['demo-hospital', 'system/Patient.cu', null]
    ]
    for (const [party, asked, granted] of cases) {
      const answer = await post(form(await gateway.assertion(party), asked))
      if (granted === null) expect(answer.body, asked).to.have.property('error', 'invalid_scope')
      else expect(answer.body, asked).to.have.property('scope', granted)
    }
  })

  it('no scope asked for is that of the role (RFC 6749 §3.3): @medplum/cli sends none', async () => {
    for (const [party, granted] of [
      ['demo-insurer', 'system/*.rs'],
      ['demo-hospital', 'system/*.cu']
    ] as const) {
      expect((await post(form(await gateway.assertion(party), ''))).body).to.have.property('scope', granted)
    }
  })

  it('a scope that is none is invalid_scope, another grant unsupported_grant_type, a broken form invalid_request', async () => {
    const assertion = await gateway.assertion('demo-insurer')
    expect((await post({ ...form(assertion), scope: 'system/*.rs  two' })).body).to.have.property('error', 'invalid_scope')
    expect((await post({ ...form(assertion), grant_type: 'password' })).body).to.have.property('error', 'unsupported_grant_type')
    expect((await post({ ...form(assertion), grant_type: '' })).body).to.have.property('error', 'invalid_request')
    expect((await post(`${new URLSearchParams(form(assertion)).toString()}&scope=system%2F*.rs`)).body).to.have.property(
      'error',
      'invalid_request'
    )
    expect((await post(JSON.stringify(form(assertion)), { 'content-type': 'application/json' })).body).to.have.property(
      'error',
      'invalid_request'
    )
    expect((await post('x'.repeat(20_000))).status).to.equal(413)
    expect((await post('grant_type=client_credentials%FF')).status).to.equal(400)
  })

  it('every faulty assertion is the same 401 invalid_client, byte for byte', async () => {
    const now = Math.floor(Date.now() / 1000)
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const own = gateway.keys.get('demo-insurer')
    const [head = '', payload = ''] = (await gateway.assertion('demo-insurer')).split('.')
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const hmacHead = encode({ alg: 'HS384', typ: 'JWT', kid: own?.jwks.keys[0]?.kid })
    const forged = await new SignJWT({
      iss: 'demo-insurer',
      sub: 'demo-insurer',
      aud: `${gateway.url}/oauth/token`,
      jti: 'f',
      exp: now + 100
    })
      .setProtectedHeader({ alg: 'ES384', kid: own?.jwks.keys[0]?.kid ?? '', jwk: stranger.publicKey.export({ format: 'jwk' }) })
      .sign(stranger.privateKey)
    const attacks: Readonly<Record<string, string>> = {
      'not a JWT': 'x',
      'alg none': `${encode({ alg: 'none' })}.${payload}.`,
      'HS384 with the public key': `${hmacHead}.${payload}.${createHmac('sha384', JSON.stringify(own?.jwks.keys[0])).update(`${hmacHead}.${payload}`).digest('base64url')}`,
      'embedded jwk of a stranger': forged,
      'no signature': `${head}.${payload}.`,
      'wrong audience': await gateway.assertion('demo-insurer', { aud: 'https://elsewhere.example/oauth/token' }),
      'audience is the origin': await gateway.assertion('demo-insurer', { aud: gateway.url }),
      'audience with others': await gateway.assertion('demo-insurer', { aud: [`${gateway.url}/oauth/token`, 'https://elsewhere.example'] }),
      'iss is not sub': await gateway.assertion('demo-insurer', { sub: 'demo-hospital' }),
      'of another party': await gateway.assertion('demo-insurer', { iss: 'demo-hospital', sub: 'demo-hospital' }),
      'unknown party': await gateway.assertion('demo-insurer', { iss: 'nobody', sub: 'nobody' }),
      'expired': await gateway.assertion('demo-insurer', { exp: now - 60 }),
      'six minutes ahead': await gateway.assertion('demo-insurer', { exp: now + 360 }),
      'no jti': await gateway.assertion('demo-insurer', { jti: undefined }),
      'unknown kid': await gateway.assertion('demo-insurer', {}, { kid: '../../etc/passwd' }),
      'crit unknown': await gateway.assertion('demo-insurer', {}, { crit: ['x'], x: 1 }).catch(() => 'x.y.z')
    }
    const seen = new Set<string>()
    for (const [attack, assertion] of Object.entries(attacks)) {
      const answer = await post(form(assertion))
      expect(answer.status, attack).to.equal(401)
      seen.add(JSON.stringify(answer.body))
    }
    const named = await post({ ...form(await gateway.assertion('demo-insurer')), client_id: 'demo-hospital' })
    seen.add(JSON.stringify(named.body))
    expect([...seen]).to.deep.equal(['{"error":"invalid_client","error_description":"The client assertion is not valid."}'])
  })

  it('a jti serves once, whatever else the second request asks (RFC 7523 §3)', async () => {
    const assertion = await gateway.assertion('demo-insurer')
    expect((await post(form(assertion, 'openid'))).body).to.have.property('error', 'invalid_scope')
    expect((await post(form(assertion))).body).to.have.property('error', 'invalid_client')
  })

  it('twenty times the same assertion at once: one token', async () => {
    const assertion = await gateway.assertion('demo-insurer')
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(form(assertion))))
    expect(answers.filter((answer) => answer.status === 200)).to.have.length(1)
  })

  it('the party of a valid assertion must be registered still', async () => {
    const assertion = await gateway.assertion('other-insurer')
    const known = gateway.parties.get('other-insurer')
    gateway.parties.delete('other-insurer')
    expect((await post(form(assertion))).body).to.have.property('error', 'invalid_client')
    if (known !== undefined) gateway.parties.set('other-insurer', known)
  })

  it('no assertion, scope or form of the caller occurs in an observation', async () => {
    await post(form(await gateway.assertion('demo-insurer'), 'planted-word'))
    await post('grant_type=planted-word')
    expect(JSON.stringify(gateway.observed)).to.not.contain('planted-word').and.to.not.contain('eyJ')
  })
})

describe('http: sign-ins that fail are counted by address', () => {
  it('after the limit every try is 429 with Retry-After in whole seconds, then the address may try again', async () => {
    const gateway = await startHttpGateway({ limits: { failedSignInsPerMinute: 3 } })
    try {
      const answers: Response[] = []
      for (let i = 0; i < 5; i++) {
        const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) })
        await answer.arrayBuffer()
        answers.push(answer)
      }
      expect(answers.map((answer) => answer.status)).to.deep.equal([400, 400, 400, 429, 429])
      expect(answers[4]?.headers.get('retry-after')).to.match(/^\d+$/)
    } finally {
      await gateway.stop()
    }
  })
})

describe('http: tokens granted are counted by party', () => {
  it('each is an entry for ever, so a party gets a tenth as many as it may make requests, 600 at once are not: 429, Retry-After, RFC 6749 in shape; others go on', async () => {
    const gateway = await startHttpGateway({ limits: { connectionsPerAddress: 1000 } })
    const ask = async (party: string): Promise<Response> => {
      const assertion = await gateway.assertion(party)
      const form = { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion: assertion }
      return fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
    }
    try {
      const began = performance.now()
      const answers = await Promise.all(Array.from({ length: 600 }, () => ask('demo-insurer')))
      const granted = answers.filter(({ status }) => status === 200)
      expect(granted.length).to.be.within(100, 100 + 10 * Math.ceil((performance.now() - began) / 1000))
      const [refused] = answers.filter(({ status }) => status !== 200)
      expect([refused?.status, refused?.headers.get('retry-after')]).to.deep.equal([429, '1'])
      expect(refused?.headers.get('content-type')).to.match(/^application\/json/)
      expect(await refused?.json()).to.include({ error: 'temporarily_unavailable' })
      expect(gateway.audited.filter(({ event }) => event === 'tokenGranted')).to.have.length(granted.length)
      expect(
        gateway.audited.filter(({ event }) => event === 'refused'),
        'of nobody known'
      ).to.deep.equal([])
      expect((await ask('demo-hospital')).status, 'nor does the address pay for it').to.equal(200)
    } finally {
      await gateway.stop()
    }
  })
})

describe('http: discovery', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  it('smart-configuration is the same at the origin and at the FHIR base, and not cacheable', async () => {
    const answers = await Promise.all(
      ['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration'].map((path) => fetch(gateway.url + path))
    )
    const [root, base] = await Promise.all(answers.map((answer) => answer.json()))
    expect(root).to.deep.equal(base)
    expect(root).to.deep.include({
      token_endpoint: `${gateway.url}/oauth/token`,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      grant_types_supported: ['client_credentials']
    })
    expect(answers.map((answer) => answer.headers.get('cache-control'))).to.deep.equal(['no-store', 'no-store'])
  })

  it('the CapabilityStatement names the token endpoint in the oauth-uris extension, as stock clients read it', async () => {
    const answer = await fetch(`${gateway.url}/fhir/metadata?_format=json`)
    const body = (await answer.json()) as {
      rest: { mode: string; security: { extension: { url: string; extension: { url: string; valueUri: string }[] }[] } }[]
    }
    const uris = body.rest
      .find((rest) => rest.mode === 'server')
      ?.security.extension.find((one) => one.url.endsWith('/oauth-uris'))?.extension
    expect(uris).to.deep.equal([{ url: 'token', valueUri: `${gateway.url}/oauth/token` }])
    expect(answer.headers.get('content-type')).to.contain('application/fhir+json')
    expect(answer.headers.get('cache-control')).to.equal('no-store')
  })

  it('public keys hold no private part, and URLs never come from the Host header', async () => {
    expect(await (await fetch(`${gateway.url}/keys`)).text()).to.not.contain('"d"')
    const { request } = await import('node:http')
    const text = await new Promise<string>((resolve, reject) => {
      request(
        `${gateway.url}/.well-known/smart-configuration`,
        { headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } },
        (response) => {
          response
            .setEncoding('utf8')
            .toArray()
            .then((chunks) => resolve(chunks.join('')), reject)
        }
      ).end()
    })
    expect(text).to.not.contain('evil.example')
  })

  it('readyz says what is missing by our names; livez only that the gateway lives', async () => {
    const unready = await startHttpGateway({ ready: async () => ({ ok: false, checks: { database: false, keys: true } }) })
    const broken = await startHttpGateway({
      ready: async () => {
        throw new Error('password of the database')
      }
    })
    try {
      const answer = await fetch(`${unready.url}/readyz`)
      expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).to.deep.equal([
        503,
        '5',
        { status: 'not-ready', checks: { database: false, keys: true } }
      ])
      const failed = await fetch(`${broken.url}/readyz`)
      expect([failed.status, (await failed.text()).includes('password')]).to.deep.equal([503, false])
      expect((await fetch(`${gateway.url}/livez`)).status).to.equal(200)
      expect((await fetch(`${gateway.url}/readyz`, { method: 'HEAD' })).status).to.equal(200)
    } finally {
      await unready.stop()
      await broken.stop()
    }
  })
})
