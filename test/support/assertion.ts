/** Client assertions as a party makes them (RFC 7523), for tests. */
import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'

export async function signAssertion(
  jwk: import('node:crypto').JsonWebKey & { kid?: string; alg?: string },
  party: string,
  audience: string,
  jti: string = randomUUID()
): Promise<string> {
  const alg = jwk.alg ?? 'ES384'
  return new SignJWT({ jti })
    .setProtectedHeader({ alg, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }), typ: 'JWT' })
    .setIssuer(party)
    .setSubject(party)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('4m')
    .sign(await importJWK(jwk as Parameters<typeof importJWK>[0], alg))
}
