/**
 * What acts on the registry stand on, and what they have in common: one at a time, under the lock of the epoch; each by somebody who may, by the table of
 * core/identity/party-life.ts; with its entry, and with the party as it is afterwards where its document changed, in the same transaction. Refuses by name whatever the table does
 * not allow.
 */
import type { Pool, PoolClient } from 'pg'
import type { Json } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import { nextPartyState, type PartyAct, type PartyActor, type PartyState, type Reason } from '../../core/identity/party-life.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import type { Party } from '../../generated/policy.ts'
import { transaction } from '../../store/pool.ts'
import * as store from '../../store/registry.ts'
import type { House } from '../house.ts'
import { noteParty } from '../log/changes.ts'
import { appendAnew } from '../log/log.ts'
import { ANYBODY, type Folder, partyAs, thumbprint } from './known.ts'

export interface RegistryRoom {
  readonly pool: Pool
  readonly now: () => Date
  /** what the files of this gateway, or of this desk, say */
  readonly folder: Folder
  /** what a party serves at its jwksUri */
  readonly keysOf: House['keysOf']
}

/** Who acts, and why. */
export interface PartyWord {
  readonly as: PartyActor
  /** id of an officer, or of the party itself */
  readonly officer: string
  /** the party that acts on itself, by its own token or by an officer who keeps its keys: it reads the entry */
  readonly party?: string
  readonly reason?: Reason
  /** at the desk: RFC 7638 of the registered key that signed this very act; without it an id is a claim */
  readonly key?: string
  /** of the operating system, at the desk */
  readonly account?: string
}

/** What an act led to. */
export interface PartyOutcome {
  readonly id: string
  readonly state: PartyState
}

/** One act: its transaction, and what every statement of it carries. */
export interface Acting {
  readonly client: PoolClient
  readonly room: RegistryRoom
  readonly word: PartyWord
  readonly done: store.Done
}

/** Runs `work` while no other act does. */
export async function acting<T>(room: RegistryRoom, word: PartyWord, work: (act: Acting) => Promise<T>): Promise<T> {
  return transaction(room.pool, async (client) => {
    const epoch = await store.nextEpoch(client)
    // asked behind the lock: acts are in the order of their moments
    const done = { officer: word.officer, reason: word.reason ?? null, at: room.now(), epoch }
    return work({ client, room, word, done })
  })
}

/** The state after the act. RequestError party-unknown | party-out-of-state | not-an-operator. */
export function stepped(state: PartyState, act: PartyAct, who: PartyActor): PartyState {
  const step = nextPartyState(state, act, who)
  if ('code' in step) throw new RequestError(step.code)
  return step.state
}

/** An entry about an identity. */
export async function note(
  { client, word, done }: Acting,
  kind: EntryKind,
  id: string,
  more: { readonly [member: string]: Json } = {}
): Promise<void> {
  const { as, officer, party, reason, account, key: signer } = word
  const by = signer === undefined ? {} : { signer }
  const who = { as, officer, ...(party === undefined ? {} : { party }), ...(account === undefined ? {} : { account }), ...by }
  const why = reason === undefined ? {} : { reason }
  // the row that changes with it makes it once
  await appendAnew(client, { v: 1, kind, at: done.at.toISOString(), id, ...who, ...why, ...more })
}

/** Its row; one of the folder's that nobody entered yet is entered by it. */
export async function rowOf({ client, room, done }: Acting, id: string): Promise<store.IdentityRow | null> {
  const row = await store.findIdentity(client, id)
  if (row !== null) return row
  const kind = room.folder.parties.has(id) ? 'party' : room.folder.officers.has(id) ? 'officer' : null
  if (kind === null) return null
  await store.enterFolder(client, kind, [id], done)
  return store.findIdentity(client, id)
}

/** The party as it is registered at this moment of the act; null: there is none. */
export async function partyNow({ client, room }: Acting, row: store.IdentityRow): Promise<Party | null> {
  const filed = room.folder.parties.get(row.id)
  const rows = await store.keysOfIdentity(client, row.id)
  const owners = await store.ownersOf(client, (filed?.jwks?.keys ?? []).map(thumbprint))
  const others = new Map(
    owners
      .filter(({ identity, state, own }) => identity !== row.id && (state === 'active' || own))
      .map((owner) => [owner.thumbprint, owner.state === 'active' ? owner.identity : ANYBODY])
  )
  return partyAs(row, filed, { rows, ownerOf: (print) => others.get(print) })
}

/** Its document by hash, and the entry of the change, where there is one: whoever asks later who it was then finds it. */
export async function noteDocument(act: Acting, row: store.IdentityRow): Promise<Party> {
  const party = await partyNow(act, row)
  if (party === null) throw new RequestError('party-unknown')
  await noteParty(act.client, party, act.done.at)
  return party
}
