/**
 * What is registered of a live party beside its keys: name, address, bases, where it serves its keys, its certificates. Decides that one operator tells the whole document
 * anew and another confirms it by its hash; what the party signed in with is dead where something it signs in by was taken away. Refuses another id or role, keys (those are added and
 * retired one by one), and a party of the folder: its file says who it is.
 */
import { canonicalJson, type Json } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import type { Party } from '../../generated/policy.ts'
import type { ChangeRow } from '../../store/party-changes.ts'
import * as store from '../../store/registry.ts'
import { requireNoOverlap } from './parties.ts'
import { begin } from './party-changes.ts'
import { documentHash, invalid, readParty } from './party-document.ts'
import {
  type Acting,
  acting,
  note,
  noteDocument,
  type PartyOutcome,
  type PartyWord,
  partyNow,
  type RegistryRoom,
  rowOf,
  stepped
} from './registry-room.ts'

interface Amended {
  readonly row: store.IdentityRow
  readonly before: Party
  /** with the keys that are registered, where keys are */
  readonly party: Party
}

/** RequestError party-unknown | party-out-of-state | not-an-operator; PolicyError party-invalid. */
async function amended(doing: Acting, told: { readonly id: string }): Promise<Amended> {
  const row = await rowOf(doing, told.id)
  stepped(row?.standing ?? 'unknown', 'amend', doing.word.as)
  const before = row === null ? null : await partyNow(doing, row)
  if (row === null || before === null) throw new RequestError('party-unknown')
  if (row.origin !== 'live') throw invalid([{ path: '/', message: 'is of a file: the folder says who it is' }])
  if ('jwks' in told) throw invalid([{ path: '/jwks', message: 'is not told here: keys are added and retired one by one' }])
  const party = readParty(before.jwks === undefined ? told : { ...told, jwks: before.jwks })
  if (party.role !== before.role) throw invalid([{ path: '/role', message: 'is another than it was' }])
  await requireNoOverlap(doing, party)
  return { row, before, party }
}

/** Waits until another operator confirms it. */
export async function amendParty(
  room: RegistryRoom,
  told: { readonly id: string },
  word: PartyWord
): Promise<PartyOutcome & { readonly document: string }> {
  return acting(room, word, async (doing) => {
    const { row } = await amended(doing, told)
    const document = hashOfAmendment(told)
    await begin(doing, told.id, { what: 'amendment', hash: document, content: canonicalJson(told as unknown as Json) }) // from JSON
    return { id: told.id, state: row.standing, document }
  })
}

/** Of what was told, as whoever confirms it may compute it. */
export function hashOfAmendment(told: { readonly id: string }): string {
  return documentHash(told as Party) // of its text alone
}

/** What another operator confirmed: everything is asked again. */
export async function enterAmendment(doing: Acting, id: string, { content, hash, officer }: ChangeRow): Promise<void> {
  const told = JSON.parse(content) as { readonly id: string } // read again below
  const { row, before, party } = await amended(doing, told)
  const { jwks: _keys, ...document } = party
  await store.setDocument(doing.client, id, JSON.stringify(document), doing.done)
  if (lost(before, party)) await store.setNotBefore(doing.client, id, doing.done.epoch)
  await noteDocument(doing, { ...row, document: JSON.stringify(document) })
  await note(doing, 'party-amended', id, { document: hash, begunBy: officer })
}

/** Was anything that it signed in by taken away? One beside another is a rotation. */
function lost(before: Party, after: Party): boolean {
  const kept = new Set(after.certificateThumbprints ?? [])
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
  const gone = (before.certificateThumbprints ?? []).some((print) => !kept.has(print))
  return gone || !same(before.certificates, after.certificates) || !same(before.jwksUri, after.jwksUri)
}
