/**
 * What is done to who is registered: a party or officer is suspended, resumed, revoked. Decides by core/identity/party-life.ts. Commits each with its entry; in force on every
 * replica within a second, tokens and sessions of before included. Refuses by name whatever the table does not allow; who is revoked never comes back.
 */

import { randomBytes } from 'node:crypto'
import { sha256Hex } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import type { PartyState, Reason } from '../../core/identity/party-life.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import type { Party } from '../../generated/policy.ts'
import * as store from '../../store/registry.ts'
import { thumbprint } from './known.ts'
import { besideFaults, documentHash, invalid } from './party-document.ts'
import {
  type Acting,
  acting,
  note,
  noteDocument,
  type PartyOutcome,
  type PartyWord,
  type RegistryRoom,
  rowOf,
  stepped
} from './registry-room.ts'
import { requireSigned } from './two-operators.ts'

const STANDING_ACTS = {
  suspend: 'identity-suspended',
  resume: 'identity-resumed',
  revoke: 'identity-revoked'
} as const satisfies Readonly<Record<string, EntryKind>>

export type StandingAct = keyof typeof STANDING_ACTS

/** RequestError party-unknown | party-out-of-state | not-an-operator. */
export async function changeStanding(
  room: RegistryRoom,
  id: string,
  act: StandingAct,
  word: PartyWord & { readonly reason: Reason }
): Promise<PartyOutcome> {
  return acting(room, word, async (doing) => {
    const row = await rowOf(doing, id)
    const state = stepped(row?.standing ?? 'unknown', act, word.as)
    if (state !== 'active' && state !== 'suspended' && state !== 'revoked') throw new RequestError('party-out-of-state')
    await store.setStanding(doing.client, id, state, doing.done)
    await note(doing, STANDING_ACTS[act], id, { what: row?.kind ?? 'party' })
    return { id, state }
  })
}

const WAITING_MS = 7 * 86_400_000

/** An operator's at the gateway's machine, without an invitation: waits until another confirms it by its hash. RequestError, or PolicyError party-invalid. */
export async function registerParty(
  room: RegistryRoom,
  party: Party,
  word: PartyWord
): Promise<PartyOutcome & { readonly document: string }> {
  return acting(room, word, async (doing) => {
    requireSigned(word)
    const { client, done } = doing
    const state = stepped(await stateOf(doing, party.id), 'register', word.as)
    await requireRoom(doing, party)
    const [hash, document] = [sha256Hex(randomBytes(32)), documentHash(party)]
    const expires = new Date(done.at.getTime() + WAITING_MS)
    const row = {
      hash,
      party: party.id,
      role: party.role,
      invited_by: word.officer,
      signer: word.key ?? null,
      how: 'desk',
      expires
    } as const
    await store.insertInvitation(client, row, done.at)
    // a code that nobody has: it was never open
    await store.moveInvitation(client, hash, 'waiting', JSON.stringify(party))
    await note(doing, 'party-offered', party.id, { role: party.role, document, keys: printsOf(party) })
    return { id: party.id, state, document }
  })
}

function printsOf({ jwks }: Party): string[] {
  return (jwks?.keys ?? []).map(thumbprint).sort()
}

/** Nothing of it is another's. RequestError party-key-taken; PolicyError party-invalid. */
async function requireRoom(doing: Acting, party: Party): Promise<void> {
  await requireNoOverlap(doing, party)
  await requireFree(doing, printsOf(party))
}

/** PolicyError party-invalid. */
export async function requireNoOverlap(doing: Acting, party: Party): Promise<void> {
  const faults = besideFaults(party, await everyParty(doing))
  if (faults.length > 0) throw invalid(faults)
}

/** Its standing, or where its invitation is; unknown: there is neither. */
export async function stateOf(doing: Acting, id: string): Promise<PartyState> {
  const row = await rowOf(doing, id)
  if (row !== null) return row.standing
  const [standing] = await store.standingInvitations(doing.client, id)
  return standing === undefined ? 'unknown' : standing.state === 'open' ? 'invited' : 'waiting'
}

/** Enters a party whose state allows it. RequestError party-out-of-state | party-key-taken; PolicyError party-invalid. */
export async function enterParty(doing: Acting, party: Party, how: 'desk' | 'invited'): Promise<PartyOutcome> {
  const { client, done } = doing
  const { jwks, ...rest } = party
  const keys = jwks?.keys ?? []
  await requireRoom(doing, party)
  if ((await store.insertParty(client, party.id, JSON.stringify(rest), done)) !== 1) throw new RequestError('party-out-of-state')
  for (const key of keys)
    await store.insertKey(
      client,
      { identity: party.id, thumbprint: thumbprint(key), kid: key.kid, jwk: JSON.stringify(key), state: 'active' },
      done
    )
  const row = await rowOf(doing, party.id)
  if (row === null) throw new RequestError('party-unknown')
  await noteDocument(doing, row)
  await note(doing, 'party-registered', party.id, {
    role: party.role,
    how,
    document: documentHash(party),
    keys: printsOf(party)
  })
  return { id: party.id, state: 'active' }
}

/** Documents without keys: names and bases of all. */
async function everyParty({ client, room: { folder } }: Acting): Promise<Party[]> {
  const live = (await store.liveDocuments(client)).map((document) => JSON.parse(document) as Party) // validated before it was kept
  return [...folder.parties.values(), ...live]
}

/** RequestError party-key-taken: whosever it is or was, in the database or in a file. */
export async function requireFree({ client, room: { folder } }: Acting, thumbprints: readonly string[]): Promise<void> {
  const filed = [...folder.parties.values(), ...folder.officers.values()].flatMap(({ jwks }) => (jwks?.keys ?? []).map(thumbprint))
  const wanted = new Set(thumbprints)
  const taken = filed.some((print) => wanted.has(print)) || (await store.ownersOf(client, thumbprints)).some(({ own }) => own)
  if (taken) throw new RequestError('party-key-taken')
}
