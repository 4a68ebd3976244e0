/**
 * Parties over HTTP: the keys of one's own, the standing of all for operators, and registration by invitation. Decides how addresses and bodies are read; whose a party is, the
 * exchange says. Refuses ids and names of keys of any other shape as if nothing had them.
 */
import { RequestError } from '../core/errors.ts'
import type { StandingAct } from '../exchange/identity/parties.ts'
import { type Asked, type AskedByParty, onlyKnown, sendJson } from './asked.ts'
import { readObject } from './body.ts'
import { guarded } from './guard.ts'
import { requireMachine } from './origin.ts'

const PARTY_BYTES = 64 * 1024
const SMALL_BYTES = 16 * 1024
/** RFC 7517: a partner chooses its kid. */
const KEY_NAME = /^[\x20-\x7e]{1,200}$/

type Body = { readonly [member: string]: unknown }

/** A set of keys stands in a party in a registration. */
const DEPTH = 7

function bodyOf({ req, res, deps }: Asked, bytes = SMALL_BYTES): Promise<Body> {
  return readObject(req, res, bytes, deps.limits.stallSeconds, DEPTH)
}

function idOf({ params, query }: AskedByParty): string {
  onlyKnown(query, [])
  const id = params['id']
  if (typeof id === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) return id
  throw new RequestError('not-found')
}

function keyOf({ params }: AskedByParty): string {
  const name = params['key']
  if (typeof name === 'string' && KEY_NAME.test(name)) return name
  throw new RequestError('not-found')
}

function reasonIn(body: Body): unknown {
  const { reason, ...rest } = body
  if (Object.keys(rest).length > 0) throw new RequestError('bad-request', 'Give reason, and nothing else.')
  return reason
}

/** GET /parties: all for operators and auditors, its own for a party. */
export async function answerParties(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, { parties: await asked.deps.parties.list(asked.caller) })
}

/** GET /parties/{id}. */
export async function answerParty(asked: AskedByParty): Promise<void> {
  sendJson(asked.res, 200, await asked.deps.parties.read(asked.caller, idOf(asked)))
}

/** POST /parties/{id}/keys: {key, proof}; 202 where another operator has to confirm it. */
export async function answerNewKey(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  // before the body is read: a party of others is none
  asked.deps.parties.requireKept(asked.caller, id)
  const added = await asked.deps.parties.addKey(asked.caller, id, await bodyOf(asked))
  sendJson(asked.res, added.state === 'waiting' ? 202 : 201, added)
}

/** DELETE /parties/{id}/keys/{key}: retired, by kid or thumbprint. */
export async function answerRetirement(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  asked.deps.parties.requireKept(asked.caller, id)
  sendJson(asked.res, 200, await asked.deps.parties.retireKey(asked.caller, id, keyOf(asked)))
}

/** POST /parties/{id}/keys/{key}/revocation: {reason}. */
export async function answerKeyRevocation(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  asked.deps.parties.requireKept(asked.caller, id)
  sendJson(asked.res, 200, await asked.deps.parties.revokeKey(asked.caller, id, keyOf(asked), reasonIn(await bodyOf(asked))))
}

/** POST /parties/{id}/suspension, /resumption, /revocation: {reason}. */
export function answerStanding(act: StandingAct): (asked: AskedByParty) => Promise<void> {
  return async (asked) => {
    const id = idOf(asked)
    sendJson(asked.res, 200, await asked.deps.parties.act(asked.caller, id, act, reasonIn(await bodyOf(asked))))
  }
}

/** POST /parties/{id}/confirmation: {hash}. */
export async function answerChangeConfirmation(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  sendJson(asked.res, 200, await asked.deps.parties.confirmChange(asked.caller, id, await bodyOf(asked)))
}

/** GET /invitations. */
export async function answerInvitations(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, { invitations: await asked.deps.parties.invitations(asked.caller) })
}

/** POST /invitations: {id, role, days}. The code stands in this answer and nowhere else. */
export async function answerInvitation(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 201, await asked.deps.parties.invite(asked.caller, await bodyOf(asked)))
}

/** POST /invitations/{id}/confirmation: {document}. */
export async function answerConfirmation(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  sendJson(asked.res, 200, await asked.deps.parties.confirm(asked.caller, id, await bodyOf(asked)))
}

/** DELETE /invitations/{id}: taken back, or declined. */
export async function answerDecline(asked: AskedByParty): Promise<void> {
  sendJson(asked.res, 200, await asked.deps.parties.decline(asked.caller, idOf(asked)))
}

/** POST /registration: {invitation, party, proofs}. Failures count for the address, as those to sign in do. */
export async function answerRegistration(asked: Asked): Promise<void> {
  requireMachine(asked.deps, asked.req)
  onlyKnown(asked.query, [])
  const body = await bodyOf(asked, PARTY_BYTES)
  sendJson(asked.res, 202, await guarded(asked, () => asked.deps.parties.offer(body)))
}
