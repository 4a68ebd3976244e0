/** Access tokens and client assertions: who is let in, and that every refusal looks the same. */
import { createHmac, createPrivateKey, type JsonWebKey, randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { SignJWT } from 'jose'
import { RequestError, UpstreamError } from '../../gateway/core/errors.ts'
import { type KeysOf, verifyAssertion } from '../../gateway/seal/assertion.ts'
import { generateKeyRing, generatePartyKeys, publicPart } from '../../gateway/seal/generate.ts'
import { readKeyRing, thumbprintOf } from '../../gateway/seal/keyring.ts'
import { type Grant, issueToken, readToken } from '../../gateway/seal/token.ts'

const AT = new Date('2026-03-01T12:00:00Z')
const NOW = AT.getTime() / 1000
const AUDIENCE = 'https://gateway.example/oauth/token'
const ISSUER = 'https://gateway.example'
const GRANT: Grant = { party: 'demo-insurer', role: 'insurer', scopes: ['system/*.rs'], certificate: null }

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return error instanceof RequestError ? error.code : `not a RequestError: ${String(error)}`
  }
  return 'accepted'
}

function shifted(seconds: number): Date {
  return new Date(AT.getTime() + seconds * 1000)
}

describe('seal: access tokens (RFC 9068)', () => {
  const ring = readKeyRing(generateKeyRing('demo.example/log')).token

  it('a token read is the grant issued, certificate binding included (RFC 8705 §3.1)', async () => {
    const bound = { ...GRANT, certificate: 'A'.repeat(43) }
    for (const grant of [GRANT, bound]) {
      const read = await readToken(ring, ISSUER, await issueToken(ring, ISSUER, { ...grant, key: 'k', jti: 'one' }, AT, 300), AT)
      expect(read).to.deep.equal({ ...grant, key: 'k', jti: 'one', issuedAt: NOW, expires: NOW + 300 })
    }
  })

  it('a token past its time is token-expired; of another issuer, key or shape token-invalid', async () => {
    const token = await issueToken(ring, ISSUER, GRANT, AT, 300)
    const others = readKeyRing(generateKeyRing('demo.example/log')).token
    expect(await codeOf(readToken(ring, ISSUER, token, shifted(300)))).to.equal('token-expired')
    expect(await codeOf(readToken(ring, 'https://other.example', token, AT))).to.equal('token-invalid')
    expect(await codeOf(readToken(others, ISSUER, token, AT))).to.equal('token-invalid')
    expect(await codeOf(readToken(ring, ISSUER, `${token}x`, AT))).to.equal('token-invalid')
    expect(await codeOf(readToken(ring, ISSUER, 'a.b.c', AT))).to.equal('token-invalid')
  })

  it('alg none and HS256 with the public key are token-invalid', async () => {
    const [, payload] = (await issueToken(ring, ISSUER, GRANT, AT, 300)).split('.')
    for (const alg of ['none', 'HS256']) {
      const head = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid: ring.current.kid })).toString('base64url')
      const mac = createHmac('sha256', JSON.stringify(ring.current.publicJwk)).update(`${head}.${payload}`).digest('base64url')
      expect(await codeOf(readToken(ring, ISSUER, `${head}.${payload}.${alg === 'none' ? '' : mac}`, AT))).to.equal('token-invalid')
    }
  })

  it('of the sixteen texts that decode to the same signature one is the token (RFC 4648 §3.5)', async () => {
    const token = await issueToken(ring, ISSUER, GRANT, AT, 300)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const answers = await Promise.all([...alphabet].map((last) => codeOf(readToken(ring, ISSUER, token.slice(0, -1) + last, AT))))
    expect(answers.filter((answer) => answer === 'accepted')).to.have.length(1)
  })

  it('a token never lives longer than 300 seconds', async () => {
    let thrown: unknown
    await issueToken(ring, ISSUER, GRANT, AT, 301).catch((error: unknown) => {
      thrown = error
    })
    expect(thrown).to.be.instanceOf(RangeError)
  })
})

for (const type of ['ec', 'rsa'] as const) {
  describe(`seal: client assertions, ${type === 'ec' ? 'ES384' : 'RS384'} (SMART Backend Services)`, () => {
    const keys = generatePartyKeys(type, 'demo')
    const alg = type === 'ec' ? 'ES384' : 'RS384'
    const keysOf: KeysOf = async (party) => (party === 'demo' ? { ...keys.jwks, by: 'keys' } : null)

    async function assertion(
      claims: Record<string, unknown>,
      header: Record<string, unknown> = {},
      key: JsonWebKey = keys.signing
    ): Promise<string> {
      const payload = { iss: 'demo', sub: 'demo', aud: AUDIENCE, jti: randomUUID(), exp: NOW + 300, ...claims }
      return new SignJWT(payload)
        .setProtectedHeader({ alg, kid: 'demo-sig', typ: 'JWT', ...header })
        .sign(createPrivateKey({ key, format: 'jwk' }))
    }

    it('an assertion as the specification asks proves the party, and names the jti to spend', async () => {
      const proved = await verifyAssertion(await assertion({ jti: 'once' }), keysOf, [AUDIENCE], AT)
      expect(proved).to.deep.include({ party: 'demo', jti: 'once', key: thumbprintOf(publicPart(keys.signing)) })
      expect(proved.expires.getTime()).to.be.at.least((NOW + 300) * 1000)
    })

    it('no kid means the only signing key there is; with two it is invalid_client (RFC 7515 §4.1.4; @medplum/cli names none)', async () => {
      const jwt = await assertion({}, { kid: undefined })
      expect((await verifyAssertion(jwt, keysOf, [AUDIENCE], AT)).party).to.equal('demo')
      const two: KeysOf = async () => ({ keys: [...keys.jwks.keys, ...generatePartyKeys(type, 'next').jwks.keys], by: 'keys' })
      expect(await codeOf(verifyAssertion(jwt, two, [AUDIENCE], AT))).to.equal('invalid_client')
      const other = await assertion({}, { kid: undefined }, generatePartyKeys(type, 'demo').signing)
      expect(await codeOf(verifyAssertion(other, keysOf, [AUDIENCE], AT))).to.equal('invalid_client')
    })

    it('every fault is invalid_client: time, audience, issuer, subject, kid, key, jti, another party', async () => {
      const faults: [string, Promise<string>][] = [
        ['expired', assertion({ exp: NOW - 60 })],
        ['too long a life', assertion({ exp: NOW + 360 })],
        ['no exp', assertion({ exp: undefined })],
        ['another audience', assertion({ aud: 'https://other.example/token' })],
        ['two audiences', assertion({ aud: [AUDIENCE, 'https://other.example/token'] })],
        ['iss is not sub', assertion({ sub: 'other' })],
        ['unknown party', assertion({ iss: 'other', sub: 'other' })],
        ['no jti', assertion({ jti: undefined })],
        ['empty jti', assertion({ jti: '' })],
        ['not yet', assertion({ nbf: NOW + 120 })],
        ['unknown kid', assertion({}, { kid: 'other' })],
        ['an empty kid', assertion({}, { kid: '' })],
        ['the encryption key', assertion({}, { kid: 'demo-enc' })],
        ['another key', assertion({}, {}, generatePartyKeys(type, 'demo').signing)],
        ['not a JWT', Promise.resolve('a.b')],
        ['long', Promise.resolve('a'.repeat(9000))]
      ]
      for (const [name, jwt] of faults)
        expect(await codeOf(verifyAssertion(await jwt, keysOf, [AUDIENCE], AT)), name).to.equal('invalid_client')
    })

    it('clocks differ by 10 seconds at most, to the second: exp, nbf and iat at their edges (SMART; RFC 7519 §4.1.4)', async () => {
      const edges: readonly (readonly [claim: string, from: number, within: number, beyond: number])[] = [
        ['exp', NOW, -9, -10],
        ['exp', NOW + 300, 10, 11],
        ['nbf', NOW, 10, 11],
        ['iat', NOW, 10, 11],
        ['iat', NOW - 300, -10, -11]
      ]
      for (const [claim, from, within, beyond] of edges) {
        const ask = async (seconds: number): Promise<string> =>
          codeOf(verifyAssertion(await assertion({ [claim]: from + seconds }), keysOf, [AUDIENCE], AT))
        expect([await ask(within), await ask(beyond)], `${claim} ${within}`).to.deep.equal(['accepted', 'invalid_client'])
      }
    })

    it('alg none and HS256 with the public key are invalid_client', async () => {
      const [, payload] = (await assertion({})).split('.')
      for (const forged of ['none', 'HS256', 'HS384']) {
        const head = Buffer.from(JSON.stringify({ alg: forged, typ: 'JWT', kid: 'demo-sig' })).toString('base64url')
        const mac = createHmac(forged === 'HS384' ? 'sha384' : 'sha256', JSON.stringify(publicPart(keys.signing))).update(
          `${head}.${payload}`
        )
        const jwt = `${head}.${payload}.${forged === 'none' ? '' : mac.digest('base64url')}`
        expect(await codeOf(verifyAssertion(jwt, keysOf, [AUDIENCE], AT)), forged).to.equal('invalid_client')
      }
    })

    it('keys that cannot be fetched now are no keys: nobody learns by it that there is such a party', async () => {
      const failing = async (): Promise<null> => {
        throw new UpstreamError('partner-unavailable')
      }
      expect(await codeOf(verifyAssertion(await assertion({}), failing, [AUDIENCE], AT))).to.equal('invalid_client')
    })
  })
}
