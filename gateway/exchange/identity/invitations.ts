/**
 * How a party registers itself: by an invitation that an operator made for that id and role, once, for some days; with a proof of each of its keys. Decides nothing by what
 * is offered alone: it waits until another officer than who invited confirms the very document, whose hash the party told by another way. So neither who steals a code, nor
 * one officer, makes a party. Whatever is wrong with a code or a proof is refused with the same words: unknown, used, expired, of another id or role.
 *
 * Signing keys are proved by a signature each, over the gateway, the party, the code and the whole document. Encryption keys stand in that document and are so
 * signed for: one that is not the party's own gains nobody anything, for what is sealed to it the party could not open, and a key of another identity that is registered here is refused.
 */
import { randomBytes } from 'node:crypto'
import { sha256Hex } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import type { Party, PublicJwk } from '../../generated/policy.ts'
import { proofOf, verifyKeyProof } from '../../seal/key-proof.ts'
import type { PublicJwk as RingJwk } from '../../seal/keyring.ts'
import { transaction } from '../../store/pool.ts'
import * as store from '../../store/registry.ts'
import type { House } from '../house.ts'
import { thumbprint } from './known.ts'
import { enterParty, stateOf } from './parties.ts'
import { declineChanges } from './party-changes.ts'
import { aboutOffer, documentHash, invalid } from './party-document.ts'
import { type Acting, acting, note, type PartyOutcome, type PartyWord, type RegistryRoom, rowOf, stepped } from './registry-room.ts'
import { requireOther, requireSigned } from './two-operators.ts'

export const MOST_INVITED_DAYS = 30
const DAY_MS = 86_400_000
const CODE = /^[A-Za-z0-9_-]{43}$/

export interface Invited {
  readonly id: string
  readonly role: Party['role']
  /** 256 random bits: given once, kept by nobody here */
  readonly code: string
  readonly expires: Date
}

/** In place of an earlier one that nobody used. RequestError party-out-of-state, bad-request. */
export async function invite(
  room: RegistryRoom,
  { id, role, days }: { readonly id: string; readonly role: Party['role']; readonly days: number },
  word: PartyWord
): Promise<Invited> {
  if (!(Number.isInteger(days) && days >= 1 && days <= MOST_INVITED_DAYS))
    throw new RequestError('bad-request', `An invitation is good for 1 to ${MOST_INVITED_DAYS} days.`)
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(id))
    throw new RequestError('bad-request', 'An id has small letters, digits and hyphens.')
  const code = randomBytes(32).toString('base64url')
  return acting(room, word, async (doing) => {
    requireSigned(word)
    stepped(await stateOf(doing, id), 'invite', word.as)
    for (const { hash } of await store.standingInvitations(doing.client, id))
      await store.moveInvitation(doing.client, hash, 'declined', null)
    const expires = new Date(doing.done.at.getTime() + days * DAY_MS)
    const row = {
      hash: sha256Hex(code),
      party: id,
      role,
      invited_by: word.officer,
      signer: word.key ?? null,
      how: 'invited',
      expires
    } as const
    await store.insertInvitation(doing.client, row, doing.done.at)
    await note(doing, 'party-invited', id, { role, expires: expires.toISOString() })
    return { id, role, code, expires }
  })
}

/** What whoever holds a code offers. */
export interface Offer {
  readonly code: string
  readonly party: Party
  /** compact JWS, one of each signing key */
  readonly proofs: readonly string[]
}

export interface OfferRoom extends RegistryRoom {
  /** this gateway's public URL */
  readonly gateway: string
  /** the keys that this address serves. UpstreamError partner-unavailable */
  readonly keysAt: (party: Party) => ReturnType<House['keysOf']>
}

/** Waits for an officer. RequestError registration-refused, for whatever is wrong with the code or a proof; PolicyError party-invalid. */
export async function offer(room: OfferRoom, { code, party, proofs }: Offer): Promise<PartyOutcome & { readonly document: string }> {
  // told to anybody: it needs no code
  for (const member of ['endpoints', 'certificates'] as const)
    if (party[member] !== undefined) throw invalid([{ path: `/${member}`, message: 'is for an operator of the gateway to say' }])
  const hash = sha256Hex(CODE.test(code) ? code : '')
  // before anything is fetched or verified for a stranger; asked again below
  await transaction(room.pool, (client) => usable(client, hash, party, room.now()))
  await requireProofs(room, { code, party, proofs })
  return acting(room, { as: 'guest', officer: party.id }, async (doing) => {
    const { invited_by } = await usable(doing.client, hash, party, doing.done.at)
    const state = stepped('invited', 'offer', 'guest')
    await store.moveInvitation(doing.client, hash, 'waiting', JSON.stringify(party))
    const keys = (party.jwks?.keys ?? []).map(thumbprint).sort()
    await note(doing, 'party-offered', party.id, { role: party.role, document: documentHash(party), invitedBy: invited_by, keys })
    return { id: party.id, state, document: documentHash(party) }
  })
}

/** RequestError registration-refused. */
async function usable(client: Acting['client'], hash: string, { id, role }: Party, at: Date): Promise<store.InvitationRow> {
  const row = await store.lockInvitation(client, hash)
  if (row === null || row.state !== 'open' || row.expires <= at || row.party !== id || row.role !== role)
    throw new RequestError('registration-refused')
  return row
}

/** Each signing key that is told or served, and at least one. */
async function requireProofs(room: OfferRoom, { code, party, proofs }: Offer): Promise<void> {
  const served = party.jwks ?? (await room.keysAt(party)) ?? { keys: [] }
  const signing = (served.keys as readonly PublicJwk[]).filter(({ use }) => use === 'sig')
  if (signing.length === 0) throw new RequestError('registration-refused')
  const claim = { gateway: room.gateway, party: party.id, about: aboutOffer(code, party) }
  try {
    for (const key of signing) await verifyKeyProof(proofOf(proofs, key.kid), key as RingJwk, claim, room.now()) // one of its kinds, by the schema
  } catch {
    throw new RequestError('registration-refused')
  }
}

export interface Waiting {
  readonly id: string
  readonly role: Party['role']
  readonly state: 'invited' | 'waiting'
  readonly invitedBy: string
  readonly expires: string
  /** what was offered, and its hash */
  readonly party: Party | null
  readonly document: string | null
}

export async function listInvitations(room: Pick<RegistryRoom, 'pool'>): Promise<Waiting[]> {
  return (await store.standingInvitations(room.pool)).map((row) => {
    const party = row.document === null ? null : (JSON.parse(row.document) as Party) // validated before it was kept
    return {
      id: row.party,
      role: row.role,
      state: row.state === 'open' ? 'invited' : 'waiting',
      invitedBy: row.invited_by,
      expires: row.expires.toISOString(),
      party,
      document: party === null ? null : documentHash(party)
    }
  })
}

/** RequestError party-unknown | party-out-of-state. */
async function standing(doing: Acting, id: string, act: 'confirm' | 'decline'): Promise<store.InvitationRow> {
  const state = await stateOf(doing, id)
  stepped(state, act, doing.word.as)
  const [row] = await store.standingInvitations(doing.client, id)
  if (row === undefined) throw new RequestError('party-unknown')
  return row
}

/** `document`: the hash that the party told by another way. RequestError self-approval, party-out-of-state, bad-request, party-key-taken; PolicyError party-invalid. */
export async function confirm(room: RegistryRoom, id: string, document: string, word: PartyWord): Promise<PartyOutcome> {
  return acting(room, word, async (doing) => {
    requireSigned(word)
    const row = await standing(doing, id, 'confirm')
    await requireOther(doing, { officer: row.invited_by, signer: row.signer })
    if (row.how === 'desk' && row.expires <= doing.done.at) throw new RequestError('party-out-of-state')
    const party = JSON.parse(row.document ?? '{}') as Party // validated before it was kept
    if (documentHash(party) !== document)
      throw new RequestError('bad-request', 'What was offered has another hash: ask the party for its own.')
    await store.moveInvitation(doing.client, row.hash, 'confirmed', null)
    return enterParty(doing, party, row.how)
  })
}

/** Takes an invitation back, or declines what was offered, or what waits of a party that is registered. RequestError party-unknown | party-out-of-state. */
export async function decline(room: RegistryRoom, id: string, word: PartyWord): Promise<PartyOutcome> {
  return acting(room, word, async (doing) => {
    const known = await rowOf(doing, id)
    if (known !== null) {
      const state = stepped(known.standing, 'decline-change', word.as)
      if ((await declineChanges(doing, id)) === 0) throw new RequestError('party-out-of-state')
      await note(doing, 'party-declined', id)
      return { id, state }
    }
    const row = await standing(doing, id, 'decline')
    await store.moveInvitation(doing.client, row.hash, 'declined', null)
    await note(doing, 'party-declined', id)
    return { id, state: 'unknown' }
  })
}
