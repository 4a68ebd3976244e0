/**
 * Access tokens one by one: POST /oauth/introspect (RFC 7662) and POST /oauth/revocations for operators, POST /oauth/revoke (RFC 7009) for the client that has it. Decides that
 * a token which is not good is told of in no way but that; refuses to end another's.
 */
import { RefusedError, RequestError } from '../core/errors.ts'
import { type Asked, type AskedByParty, sendJson } from './asked.ts'
import { claimIn, proveClient, readForm, replayed, requireRate } from './client-proof.ts'
import type { Identities, StandingGrant } from './deps.ts'
import { guardedButSigned, proving } from './guard.ts'
import { requireMachine } from './origin.ts'

const JTI = /^[A-Za-z0-9-]{1,64}$/

/** What a token says, if it would be taken now on a connection that brings its certificate; else null. Where nobody can say whether it would be, that is the answer (503). */
async function goodGrant(identities: Identities, token: string): Promise<StandingGrant | null> {
  const grant = await signedGrant(identities, token)
  if (grant === null) return null
  const party = identities.party(grant.party)
  const bound =
    party !== null && (grant.certificate === null ? party.certificates.length === 0 : party.certificates.includes(grant.certificate))
  return bound && party.role === grant.role && identities.stands(grant) ? grant : null
}

async function signedGrant(identities: Identities, token: string): Promise<StandingGrant | null> {
  try {
    return await identities.readToken(token)
  } catch (error) {
    if (error instanceof RequestError) return null
    throw error
  }
}

export async function answerIntrospection(asked: AskedByParty): Promise<void> {
  const { deps, caller } = asked
  const token = (await readForm(asked, ['token', 'token_type_hint'])).get('token')
  if (token === undefined) throw new RequestError('invalid_request')
  const grant = await goodGrant(deps.identities, token)
  await deps.accessTokens.looked(caller, grant, grant === null ? 'inactive' : 'active')
  asked.res.setHeader('Pragma', 'no-cache')
  sendJson(asked.res, 200, grant === null ? { active: false } : told(grant, deps.publicUrl))
}

/** RFC 7662 §2.2. */
function told(
  { party, role, scopes, certificate, key, jti, issuedAt, expires }: StandingGrant,
  issuer: string
): Readonly<Record<string, unknown>> {
  return {
    active: true,
    scope: scopes.join(' '),
    client_id: party,
    token_type: 'bearer',
    exp: expires,
    iat: Math.floor(issuedAt),
    sub: party,
    aud: issuer,
    iss: issuer,
    jti,
    role,
    key,
    ...(certificate === null ? {} : { cnf: { 'x5t#S256': certificate } })
  }
}

/** Of any token: by itself, or by its id as the entry `token-granted` names it. One that is not good any more: nothing is left to do (RFC 7009 §2.2). */
export async function answerTokenRevocation(asked: AskedByParty): Promise<void> {
  const { deps, caller } = asked
  const form = await readForm(asked, ['token', 'token_type_hint', 'jti'])
  const [token, jti] = [form.get('token'), form.get('jti')]
  if ((token === undefined) === (jti === undefined)) throw new RequestError('invalid_request')
  if (jti !== undefined && !JTI.test(jti)) throw new RequestError('not-found')
  if (jti !== undefined) await deps.accessTokens.endById(caller.party, jti)
  else await end(asked, caller.party, await signedGrant(deps.identities, token ?? ''))
  sendJson(asked.res, 200, {})
}

/** A client ends its own token: it proves itself as at the token endpoint. */
async function revoke(asked: Asked, seconds: number): Promise<void> {
  const { identities } = asked.deps
  const form = await readForm(asked, ['token', 'token_type_hint'])
  const party = await proving(asked, claimIn(asked, form, seconds), async () => {
    const { party: client, jti, expires } = await proveClient(asked, form)
    requireRate(asked, client.id)
    if (!(await identities.spendJti(client.id, jti, expires))) throw replayed(asked, client.id)
    return client
  })
  const token = form.get('token')
  if (token === undefined) throw new RequestError('invalid_request')
  const grant = await signedGrant(identities, token)
  if (grant !== null && grant.party !== party.id) throw new RefusedError('invalid_request', { party: party.id, proved: true })
  await end(asked, party.id, grant)
  asked.res.setHeader('Pragma', 'no-cache')
  sendJson(asked.res, 200, {})
}

export async function answerClientRevocation(asked: Asked): Promise<void> {
  requireMachine(asked.deps, asked.req)
  await guardedButSigned(asked, (seconds) => revoke(asked, seconds))
}

async function end({ deps }: Asked, by: string, grant: StandingGrant | null): Promise<void> {
  if (grant !== null) await deps.accessTokens.end(by, { jti: grant.jti, party: grant.party, expires: new Date(grant.expires * 1000) })
}
