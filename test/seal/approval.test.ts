/** Signed words about agreements: what does not verify under a registered key is refused, alike whatever it is. */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { CompactSign, importJWK } from 'jose'
import { RequestError } from '../../gateway/core/errors.ts'
import type { Approval } from '../../gateway/generated/policy.ts'
import { claimOf, signApproval, verifyApproval } from '../../gateway/seal/approval.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { type PublicJwk, thumbprintOf } from '../../gateway/seal/keyring.ts'

const WORD: Approval = {
  v: 1,
  agreement: 'demo',
  version: 1,
  hash: `sha256:${'a'.repeat(64)}`,
  as: 'source',
  decision: 'approve',
  officer: 'Test Officer',
  at: '2026-06-01T12:00:00Z'
}
const KEYS = generatePartyKeys('ec', 'demo')
const TYPE = 'sallyport-approval+jwt'

async function codeOf(jws: string, keys: readonly PublicJwk[] = KEYS.jwks.keys): Promise<string> {
  try {
    await verifyApproval(jws, keys)
    return 'verified'
  } catch (error) {
    if (error instanceof RequestError) return error.code
    throw error
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Signed by the registered key, whatever header and payload. */
async function signed(payload: string, header: Readonly<Record<string, string>> = {}): Promise<string> {
  const key = await importJWK({ ...KEYS.signing }, 'ES384')
  return new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'ES384', typ: TYPE, kid: 'demo-sig', ...header }).sign(key)
}

describe('seal/approval', () => {
  for (const type of ['ec', 'rsa'] as const)
    it(`what a registered key signed says what was signed, and by which key (${type})`, async () => {
      const keys = generatePartyKeys(type, 'demo')
      const found = await verifyApproval(signApproval(WORD, keys.signing), keys.jwks.keys)
      const [jwk] = keys.jwks.keys
      expect(found.approval).to.deep.equal(WORD)
      expect(found.key).to.equal(jwk === undefined ? '' : thumbprintOf(jwk))
    })

  it('another key, no key, a key twice, or one for encryption: refused', async () => {
    const jws = signApproval(WORD, KEYS.signing)
    expect(await codeOf(jws, generatePartyKeys('ec', 'demo').jwks.keys)).to.equal('approval-invalid')
    expect(await codeOf(jws, [])).to.equal('approval-invalid')
    expect(await codeOf(jws, [...KEYS.jwks.keys, ...KEYS.jwks.keys])).to.equal('approval-invalid')
    expect(
      await codeOf(
        jws,
        KEYS.jwks.keys.map((key) => ({ ...key, use: 'enc' }))
      )
    ).to.equal('approval-invalid')
  })

  it('any byte changed: refused', async () => {
    const jws = signApproval(WORD, KEYS.signing)
    for (let at = 0; at < jws.length - 1; at += 7) {
      const other = jws[at] === 'A' ? 'B' : 'A'
      expect(await codeOf(`${jws.slice(0, at)}${other}${jws.slice(at + 1)}`), String(at)).to.equal('approval-invalid')
    }
  })

  it('another type of JWS by the same key, as a sign-in is, is no approval', async () => {
    expect(await codeOf(await signed(JSON.stringify(WORD)))).to.equal('verified')
    expect(await codeOf(await signed(JSON.stringify(WORD), { typ: 'JWT' }))).to.equal('approval-invalid')
    expect(await codeOf(await signed(JSON.stringify(WORD), { kid: 'other' }))).to.equal('approval-invalid')
  })

  it('alg none, and HS256 with the public key as its secret: refused', async () => {
    const payload = encoded(WORD)
    expect(await codeOf(`${encoded({ alg: 'none', typ: TYPE, kid: 'demo-sig' })}.${payload}.`)).to.equal('approval-invalid')
    const head = encoded({ alg: 'HS256', typ: TYPE, kid: 'demo-sig' })
    const mac = createHmac('sha256', JSON.stringify(KEYS.jwks.keys[0])).update(`${head}.${payload}`).digest('base64url')
    expect(await codeOf(`${head}.${payload}.${mac}`)).to.equal('approval-invalid')
  })

  for (const [what, payload] of [
    ['a member more', JSON.stringify({ ...WORD, note: 'x' })],
    ['a member less', JSON.stringify({ ...WORD, hash: undefined })],
    ['a day that is no moment', JSON.stringify({ ...WORD, at: '2026-06-01' })],
    ['an unknown capacity', JSON.stringify({ ...WORD, as: 'owner' })],
    ['no JSON', 'approved'],
    ['an array', '[]']
  ] as const)
    it(`${what} under a good signature: refused`, async () => {
      expect(await codeOf(await signed(payload))).to.equal('approval-invalid')
    })

  it('malformed and huge: refused before anything is verified', async () => {
    for (const text of ['', '.', '..', 'a.b', 'a.b.c.d', `${'a'.repeat(9000)}.b.c`, '\u0000'])
      expect(await codeOf(text), text.slice(0, 10)).to.equal('approval-invalid')
    expect(() => claimOf('a.b.c')).to.throw(RequestError)
  })

  it('only a private signing key with a kid signs', () => {
    const bare = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
    for (const key of [KEYS.jwks.keys[0] ?? {}, { ...KEYS.signing, kid: undefined }, { ...bare, kid: 'k' }])
      expect(() => signApproval(WORD, key)).to.throw(TypeError)
  })
})
