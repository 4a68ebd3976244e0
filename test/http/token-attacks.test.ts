/** What is tried at the token endpoint: each is refused as every other is, byte for byte, so that nothing can be learnt from which rule it broke. */
import { constants, createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto'
import { expect } from 'chai'
import { publicPart } from '../../gateway/seal/generate.ts'
import { thumbprintOf } from '../../gateway/seal/keyring.ts'
import { useDatabase } from '../support/postgres.ts'
import { assertionOf, claimsFor, formOf, startTokenGateway, type TokenGateway, type Words, World } from '../support/token-gateway.ts'

const NOT_COMPARED = new Set(['date', 'x-request-id', 'connection', 'keep-alive'])

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** All of an answer that another could differ in. */
async function told(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => !NOT_COMPARED.has(name))
  return JSON.stringify([response.status, headers, await response.text()])
}

describe('attacks on the token endpoint (RFC 7523, RFC 7515, RFC 8725, SMART Backend Services)', () => {
  const database = useDatabase()
  const world = new World()
    .addParty('demo-hospital', 'hospital')
    .addParty('demo-insurer', 'insurer', {}, 'rsa')
    .addParty('away-insurer', 'insurer', { jwksUri: 'https://keys.example/jwks.json' })
    .addOfficer('demo-operator', ['operator'])
  const kept: { gateway: TokenGateway | null; refusal: string } = { gateway: null, refusal: '' }
  const gateway = (): TokenGateway => kept.gateway ?? expect.fail('it is there inside tests only')
  const keyOf = (party: string): JsonWebKey => world.keys.get(party)?.signing ?? {}

  before(async () => {
    kept.gateway = await startTokenGateway(world, database().url)
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })
    kept.refusal = await told(await ask(await assertionOf(stranger, claimsFor('nobody', gateway().url), { kid: 'one' })))
    expect(kept.refusal).to.contain('invalid_client')
  })
  after(() => kept.gateway?.stop())

  function ask(assertion: string, at: TokenGateway = gateway()): Promise<Response> {
    return fetch(`${at.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(formOf(assertion)) })
  }

  /** An assertion of demo-hospital with these changes. */
  function made(claims: Words = {}, header: Words = {}): Promise<string> {
    return assertionOf(keyOf('demo-hospital'), claimsFor('demo-hospital', gateway().url, claims), header)
  }

  async function expectRefused(assertion: string): Promise<void> {
    expect(await told(await ask(assertion))).to.equal(kept.refusal)
  }

  /** Signed over exactly this header and these claims, as texts. */
  function signedAsText(header: string, claims: string): string {
    const input = `${encode(header)}.${encode(claims)}`
    const key = createPrivateKey({ key: keyOf('demo-hospital'), format: 'jwk' })
    return `${input}.${sign('sha384', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }

  const HEADER = JSON.stringify({ alg: 'ES384', typ: 'JWT', kid: 'demo-hospital-sig' })

  it('the same assertion without any of this is granted: what follows is refused for what it says it is', async () => {
    expect((await ask(await made())).status).to.equal(200)
    expect((await ask(signedAsText(HEADER, JSON.stringify(claimsFor('demo-hospital', gateway().url))))).status).to.equal(200)
  })

  it('jku that is the registered address of its keys (SMART: "if present, SHALL be the same as registered") is granted, and the same of another party is not', async () => {
    const jku = 'https://keys.example/jwks.json'
    const own = await assertionOf(keyOf('away-insurer'), claimsFor('away-insurer', gateway().url), { jku })
    expect((await ask(own)).status).to.equal(200)
    const spelt = await assertionOf(keyOf('away-insurer'), claimsFor('away-insurer', gateway().url), { jku: `${jku}?` })
    await expectRefused(spelt)
  })

  const HEADERS: Readonly<Record<string, Words>> = {
    'x5u: keys are never fetched from where an assertion says (RFC 8725 §3.10)': { x5u: 'https://attacker.example/cert.pem' },
    'x5c: a party registered by keys is proved by no certificate': { x5c: ['MIIB'] },
    'jku elsewhere: SMART, "not whitelisted: the signature verification fails"': { jku: 'https://attacker.example/jwks.json' },
    'jku of another party': { jku: 'https://keys.example/jwks.json' },
    'jku that is no string': { jku: ['https://keys.example/jwks.json'] },
    'kid with a path in it is compared, not opened': { kid: '../../../../dev/null' },
    'kid with SQL in it is compared, not asked': { kid: "' UNION SELECT 'x' --" },
    'kid with a shell in it': { kid: '|/usr/bin/id' },
    'kid of another party': { kid: 'demo-insurer-sig' },
    'kid of the encryption key (RFC 7517 §4.2)': { kid: 'demo-hospital-enc' },
    'kid that is all but it': { kid: 'demo-hospital-sig ' },
    'kid empty': { kid: '' },
    'typ of another kind of token (RFC 8725 §3.11)': { typ: 'at+jwt' },
    'typ missing: SMART asks for "JWT"': { typ: undefined },
    'jwk embedded, of its own key': { jwk: { kty: 'EC' } },
    'zip: nothing is unpacked': { zip: 'DEF' }
  }
  for (const [attack, header] of Object.entries(HEADERS)) {
    it(`header: ${attack}`, async () => {
      await expectRefused(await made({}, header))
    })
  }

  const RAW_HEADERS: Readonly<Record<string, string>> = {
    'crit unknown (RFC 7515 §4.1.11)': '{"alg":"ES384","typ":"JWT","kid":"demo-hospital-sig","crit":["x"],"x":1}',
    'crit empty': '{"alg":"ES384","typ":"JWT","kid":"demo-hospital-sig","crit":[]}',
    'b64 false (RFC 7797)': '{"alg":"ES384","typ":"JWT","kid":"demo-hospital-sig","b64":false,"crit":["b64"]}',
    'b64 false without crit': '{"alg":"ES384","typ":"JWT","kid":"demo-hospital-sig","b64":false}',
    'kid twice: two readers could read two (RFC 8725 §2.6)': '{"alg":"ES384","typ":"JWT","kid":"x","kid":"demo-hospital-sig"}',
    'alg twice': '{"alg":"none","alg":"ES384","typ":"JWT","kid":"demo-hospital-sig"}',
    'alg twice, once escaped': '{"\\u0061lg":"none","alg":"ES384","typ":"JWT","kid":"demo-hospital-sig"}',
    'kid that is a number': '{"alg":"ES384","typ":"JWT","kid":1}',
    'kid that is an object': '{"alg":"ES384","typ":"JWT","kid":{"toString":"demo-hospital-sig"}}',
    'alg in lower case': '{"alg":"es384","typ":"JWT","kid":"demo-hospital-sig"}',
    'a byte order mark': '\ufeff{"alg":"ES384","typ":"JWT","kid":"demo-hospital-sig"}',
    'a list': '[{"alg":"ES384","typ":"JWT","kid":"demo-hospital-sig"}]',
    'deep': `{"alg":"ES384","typ":"JWT","kid":"demo-hospital-sig","x":${'['.repeat(50)}${']'.repeat(50)}}`
  }
  for (const [attack, header] of Object.entries(RAW_HEADERS)) {
    it(`header: ${attack}`, async () => {
      await expectRefused(signedAsText(header, JSON.stringify(claimsFor('demo-hospital', gateway().url))))
    })
  }

  it('claims: iss twice, the second one the signer (RFC 8725 §2.6)', async () => {
    const claims = JSON.stringify(claimsFor('demo-hospital', gateway().url))
    await expectRefused(signedAsText(HEADER, `{"iss":"demo-insurer",${claims.slice(1)}`))
  })

  const CLAIMS: Readonly<Record<string, (url: string, now: number) => Words>> = {
    'iss is not sub (SMART: both the client_id)': () => ({ sub: 'demo-insurer' }),
    'iss and sub of another party': () => ({ iss: 'demo-insurer', sub: 'demo-insurer' }),
    'iss of a member of every object': () => ({ iss: '__proto__', sub: '__proto__' }),
    'iss that is a list': () => ({ iss: ['demo-hospital'], sub: ['demo-hospital'] }),
    'aud of another server': () => ({ aud: 'https://elsewhere.example/oauth/token' }),
    'aud: the origin alone': (url) => ({ aud: url }),
    'aud with a slash at its end': (url) => ({ aud: `${url}/oauth/token/` }),
    'aud with a query': (url) => ({ aud: `${url}/oauth/token?x` }),
    'aud in upper case': (url) => ({ aud: `${url}/OAUTH/TOKEN` }),
    'aud: ours and another (RFC 8725 §3.9)': (url) => ({ aud: [`${url}/oauth/token`, 'https://elsewhere.example/oauth/token'] }),
    'aud: ours twice': (url) => ({ aud: [`${url}/oauth/token`, `${url}/oauth/token`] }),
    'aud: a list in a list': (url) => ({ aud: [[`${url}/oauth/token`]] }),
    'aud: an empty list': () => ({ aud: [] }),
    'aud: an object': (url) => ({ aud: { 0: `${url}/oauth/token`, length: 1 } }),
    'aud missing': () => ({ aud: undefined }),
    'exp far ahead (SMART: five minutes)': (_url, now) => ({ exp: now + 3600 }),
    'exp beyond what a number holds': () => ({ exp: 1e308 }),
    'exp a text': (_url, now) => ({ exp: String(now + 100) }),
    'exp missing': () => ({ exp: undefined }),
    'exp past': (_url, now) => ({ exp: now - 30 }),
    'nbf to come': (_url, now) => ({ nbf: now + 60 }),
    'iat to come': (_url, now) => ({ iat: now + 60 }),
    'iat of an hour ago': (_url, now) => ({ iat: now - 3600 }),
    'jti missing': () => ({ jti: undefined }),
    'jti empty': () => ({ jti: '' }),
    'jti of 256 characters': () => ({ jti: 'j'.repeat(256) }),
    'jti a number': () => ({ jti: 1 })
  }
  for (const [attack, claims] of Object.entries(CLAIMS)) {
    it(`claims: ${attack}`, async () => {
      await expectRefused(await made(claims(gateway().url, Math.floor(Date.now() / 1000))))
    })
  }

  it('alg none, in every spelling, is no algorithm of a registered key (RFC 8725 §3.2)', async () => {
    const claims = encode(claimsFor('demo-hospital', gateway().url))
    for (const alg of ['none', 'None', 'NONE', '']) {
      const head = encode({ alg, typ: 'JWT', kid: 'demo-hospital-sig' })
      for (const signature of ['', 'AA']) await expectRefused(`${head}.${claims}.${signature}`)
    }
  })

  it('HS256, HS384 and HS512 with the public key as the secret: the algorithm is the key’s (RFC 8725 §2.1)', async () => {
    const jwk = publicPart(keyOf('demo-insurer'))
    const pem = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    for (const bits of ['256', '384', '512']) {
      for (const secret of [pem, JSON.stringify(jwk), String(jwk.n)]) {
        const input = `${encode({ alg: `HS${bits}`, typ: 'JWT', kid: 'demo-insurer-sig' })}.${encode(claimsFor('demo-insurer', gateway().url))}`
        await expectRefused(`${input}.${createHmac(`sha${bits}`, secret).update(input).digest('base64url')}`)
      }
    }
  })

  it('ES and RS confused: each by the other’s name, and by algorithms SMART does not name (RS256, PS384, ES256)', async () => {
    const as = (party: string, alg: string, how: object): string => {
      const input = `${encode({ alg, typ: 'JWT', kid: `${party}-sig` })}.${encode(claimsFor(party, gateway().url))}`
      const key = createPrivateKey({ key: keyOf(party), format: 'jwk' })
      return `${input}.${sign(`sha${alg.slice(2)}`, Buffer.from(input), { key, ...how }).toString('base64url')}`
    }
    const ieee = { dsaEncoding: 'ieee-p1363' }
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    expect((await ask(as('demo-insurer', 'RS384', {}))).status).to.equal(200)
    await expectRefused(as('demo-hospital', 'RS384', ieee))
    await expectRefused(as('demo-insurer', 'ES384', {}))
    await expectRefused(as('demo-insurer', 'RS256', {}))
    await expectRefused(as('demo-insurer', 'RS512', {}))
    await expectRefused(as('demo-insurer', 'PS384', pss))
    await expectRefused(as('demo-hospital', 'ES256', ieee))
    await expectRefused(as('demo-hospital', 'ES384', {})) // DER, not r and s
  })

  it('an embedded jwk, and a signature by it: no key is taken from what it should prove (RFC 8725 §3.10)', async () => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const jwk = own.publicKey.export({ format: 'jwk' })
    const claims = claimsFor('demo-hospital', gateway().url)
    for (const header of [{ jwk }, { jwk, kid: undefined }, { jwk, kid: 'demo-hospital-sig' }])
      await expectRefused(await assertionOf(own.privateKey.export({ format: 'jwk' }), claims, header))
  })

  it('a signature of nothing: r and s zero (RFC 7518 §3.4)', async () => {
    const [head, payload] = (await made()).split('.')
    await expectRefused(`${head}.${payload}.${Buffer.alloc(96).toString('base64url')}`)
    await expectRefused(`${head}.${payload}.`)
  })

  it('base64url that is not canonical: padding, other alphabets, white space, loose bits, more parts (RFC 7515 §2)', async () => {
    const jwt = await made()
    const [head = '', payload = '', signature = ''] = jwt.split('.')
    const loose = `${signature.slice(0, -1)}${String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1)}`
    for (const other of [
      `${jwt}=`,
      `${head}=.${payload}.${signature}`,
      ` ${jwt}`,
      `${jwt}\n`,
      `${jwt}.`,
      `${jwt}.${signature}`,
      `${head}..${signature}`,
      `${head}.${payload}.${loose}`
    ])
      await expectRefused(other)
    await expectRefused(JSON.stringify({ protected: head, payload, signature }))
    await expectRefused(`${head}.${payload}.${signature}`.padEnd(9000, 'A'))
  })

  it('a replayed jti: once, also where the second comes at the same moment, and with other claims beside (RFC 7523 §3)', async () => {
    const assertion = await made({ jti: 'only-once' })
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(assertion)))
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1)
    await expectRefused(assertion)
    await expectRefused(await made({ jti: 'only-once', extra: 1 }))
  })

  it('a replayed jti on another replica: the spent ones are in the database of all', async () => {
    const publicUrl = 'https://gateway.example'
    const [one, two] = await Promise.all([1, 2].map(() => startTokenGateway(world, database().url, { publicUrl })))
    if (one === undefined || two === undefined) throw new Error('two were started')
    const at = (port: number, assertion: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/oauth/token`, { method: 'POST', body: new URLSearchParams(formOf(assertion)) })
    try {
      const assertion = await made({ aud: `${publicUrl}/oauth/token` })
      const answers = await Promise.all([one, two, one, two].map(({ server }) => at(server.port, assertion)))
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 401, 401, 401])
    } finally {
      await Promise.all([one.stop(), two.stop()])
    }
  })

  it('another party’s jti is not its own: one cannot spend for the other', async () => {
    const claims = { jti: 'of-both' }
    expect((await ask(await made(claims))).status).to.equal(200)
    const other = await assertionOf(keyOf('demo-insurer'), claimsFor('demo-insurer', gateway().url, claims), { alg: 'RS384' })
    expect((await ask(other)).status).to.equal(200)
  })

  it('a party that is suspended or revoked, an officer whose days are over, a key that was revoked', async () => {
    const assertion = await made()
    const { registry } = world
    world.change({ standings: new Map([['demo-hospital', 'suspended']]) })
    await expectRefused(assertion)
    world.change({ standings: new Map([['demo-hospital', 'revoked']]) })
    await expectRefused(assertion)
    world.change({ standings: new Map(), revokedKeys: new Set([`demo-hospital ${thumbprintOf(publicPart(keyOf('demo-hospital')))}`]) })
    await expectRefused(assertion)
    const officer = registry.officers.get('demo-operator') ?? expect.fail()
    world.change({ officers: new Map([['demo-operator', { ...officer, until: '2020-01-01' }]]) })
    await expectRefused(await assertionOf(keyOf('demo-operator'), claimsFor('demo-operator', gateway().url), {}))
    world.registry = registry
    expect((await ask(assertion)).status, 'it was never spent').to.equal(200)
  })

  it('two ways to prove a client in one request are none (RFC 6749 §2.3), and a header that is no way is told of its scheme (§5.2)', async () => {
    const answer = await fetch(`${gateway().url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: 'Bearer abc' },
      body: new URLSearchParams(formOf(await made()))
    })
    expect([answer.status, answer.headers.get('www-authenticate')]).to.deep.equal([401, 'Basic realm="sallyport"'])
  })

  it('a refusal is not kept by anyone on the way, and says so (RFC 6749 §5.1)', () => {
    const [status, headers] = JSON.parse(kept.refusal) as [number, [string, string][]]
    expect(status).to.equal(401)
    expect(Object.fromEntries(headers)).to.include({ 'cache-control': 'no-store', 'pragma': 'no-cache' })
    expect(headers.map(([name]) => name)).to.not.include('www-authenticate')
  })
})
