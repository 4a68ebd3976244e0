/**
 * Keys of parties that are registered: added, retired, revoked, one beside the other, so that a party changes its key without missing a request. Decides which keys a party may have: its own
 * alone, each for one use, proved by itself where it signs, vouched for by a key that signs now (a token that was stolen adds none), and none that was there before. One that an operator adds opens nothing until another operator confirms it by its thumbprint: else one
 * operator were any party. An encryption key is vouched for by who adds it: nobody gains by naming a key
 * that is not the party's, for what is sealed to it the party could not open. A retired key takes no token with it; a revoked one is dead at once on every replica, and with it whatever
 * was signed in with before. Refuses to retire what is needed still.
 */
import { RequestError } from '../../core/errors.ts'
import { canSignIn, type Reason } from '../../core/identity/party-life.ts'
import type { Party, PublicJwk } from '../../generated/policy.ts'
import { proverAmong, verifyKeyProof } from '../../seal/key-proof.ts'
import type { PublicJwk as RingJwk } from '../../seal/keyring.ts'
import { listVersions } from '../../store/agreements.ts'
import type { ChangeRow } from '../../store/party-changes.ts'
import * as store from '../../store/registry.ts'
import { withTexts } from '../agreement/agreements.ts'
import { thumbprint } from './known.ts'
import { requireFree } from './parties.ts'
import { begin } from './party-changes.ts'
import { invalid, requireKeys } from './party-document.ts'
import { type Acting, acting, note, noteDocument, type PartyWord, partyNow, type RegistryRoom, rowOf, stepped } from './registry-room.ts'

export interface KeyOutcome {
  readonly id: string
  readonly kid: string
  /** RFC 7638 */
  readonly thumbprint: string
  readonly state: store.KeyRow['state'] | 'waiting'
}

interface Keeping {
  readonly row: store.IdentityRow
  readonly party: Party
}

/** RequestError party-unknown | party-out-of-state | not-an-operator. */
async function keeping(doing: Acting, id: string, act: 'add-key' | 'retire-key' | 'revoke-key'): Promise<Keeping> {
  const row = await rowOf(doing, id)
  stepped(row?.standing ?? 'unknown', act, doing.word.as)
  const party = row === null ? null : await partyNow(doing, row)
  if (row === null || party === null) throw new RequestError('party-unknown')
  return { row, party }
}

/**
 * `proof`: by the key itself, where it signs. `voucher`: the same claim by a key with which the party, or the officer who keeps its keys, signs now. At the desk neither is asked.
 * `gateway`: the public URL it is proved for.
 */
export interface KeyOffer {
  readonly key: PublicJwk
  readonly proof: string | null
  readonly voucher: string | null
  readonly gateway: string | null
}

/** RequestError as above, party-key-taken, party-key-unproved; PolicyError party-invalid. */
export async function addKey(room: RegistryRoom, id: string, offer: KeyOffer, word: PartyWord): Promise<KeyOutcome> {
  const { key } = offer
  const print = thumbprint(key)
  return acting(room, word, async (doing) => {
    const { row, party } = await keeping(doing, id, 'add-key')
    if (party.jwks === undefined || (party.certificates !== undefined && key.use === 'sig'))
      throw invalid([{ path: '/jwks', message: 'the keys of this party are served by itself, or come with a certificate' }])
    await requireProved(doing, party, offer)
    await requireAddable(doing, { row, party }, key)
    const told = { id, kid: key.kid, thumbprint: print }
    if (word.as !== 'self') {
      await begin(doing, id, { what: 'key', hash: print, content: JSON.stringify(key) })
      return { ...told, state: 'waiting' }
    }
    await enterKey(doing, row, key)
    return { ...told, state: 'active' }
  })
}

/** RequestError party-key-unproved. */
async function requireProved(doing: Acting, party: Party, { key, proof, voucher, gateway }: KeyOffer): Promise<void> {
  if (gateway === null) return
  const { word, done } = doing
  const claim = { gateway, party: party.id, about: thumbprint(key) }
  if (key.use === 'sig') await verifyKeyProof(proof ?? '', key as RingJwk, claim, done.at) // one of its kinds, by the schema
  if (word.as !== 'self') return
  const signing = [...(party.jwks?.keys ?? []), ...(await keepersKeys(doing))].filter(({ use }) => use === 'sig')
  const by = proverAmong(voucher ?? '', signing)
  if (by === null) throw new RequestError('party-key-unproved')
  await verifyKeyProof(voucher ?? '', by as RingJwk, claim, done.at)
}

/** Of the officer who acts for the party; a party itself has none here. */
async function keepersKeys({ client, room, word }: Acting): Promise<readonly PublicJwk[]> {
  const officer = room.folder.officers.get(word.officer)
  if (officer === undefined) return []
  const rows = await store.keysOfIdentity(client, officer.id)
  const revoked = new Set(rows.filter(({ state }) => state === 'revoked').map((key) => key.thumbprint))
  return officer.jwks.keys.filter((key) => !revoked.has(thumbprint(key)))
}

/** Of one party in a day: rows of keys are kept for ever, and each act reads those of its party while all others wait. */
const MOST_A_DAY = 50

/** RequestError party-key-taken: another's, one that was there before, or under the name of one that was; too-many-requests; PolicyError party-invalid. */
async function requireAddable(doing: Acting, { row, party }: Keeping, key: PublicJwk): Promise<void> {
  const dayAgo = new Date(doing.done.at.getTime() - 86_400_000)
  if (doing.word.as === 'self' && (await store.countKeysSince(doing.client, row.id, dayAgo)) >= MOST_A_DAY)
    throw new RequestError('too-many-requests', 'A party changes 50 keys a day at most.')
  const rows = await store.keysOfIdentity(doing.client, row.id)
  await requireFree(doing, [thumbprint(key)])
  requireKeys([...(party.jwks?.keys ?? []), key])
  // agreements name a recipient's key by its kid: it never becomes another
  if (rows.some(({ kid, thumbprint: print }) => kid === key.kid || print === thumbprint(key))) throw new RequestError('party-key-taken')
}

async function enterKey(doing: Acting, row: store.IdentityRow, key: PublicJwk, by: { readonly begunBy?: string } = {}): Promise<void> {
  const print = thumbprint(key)
  const added = { identity: row.id, thumbprint: print, kid: key.kid, jwk: JSON.stringify(key), state: 'active' } as const
  await store.insertKey(doing.client, added, doing.done)
  await noteDocument(doing, row)
  await note(doing, 'key-registered', row.id, { key: print, use: key.use, ...by })
}

/** What another operator confirmed: everything is asked again. */
export async function enterConfirmedKey(doing: Acting, id: string, { content, officer }: ChangeRow): Promise<void> {
  const kept = await keeping(doing, id, 'add-key')
  const key = JSON.parse(content) as PublicJwk // validated before it was kept
  await requireAddable(doing, kept, key)
  await enterKey(doing, kept.row, key, { begunBy: officer })
}

/** The key that `name` names, by kid or thumbprint. RequestError party-unknown, where it names none; bad-request, where it names two. */
function named(keys: readonly PublicJwk[], name: string): PublicJwk {
  const [key, ...others] = keys.filter((one) => one.kid === name || thumbprint(one) === name)
  if (key === undefined) throw new RequestError('party-unknown')
  if (others.length > 0) throw new RequestError('bad-request', 'Name the key by its thumbprint: another has that kid.')
  return key
}

/** For a rotation, once nobody signs with it any more. RequestError also party-key-needed. */
export async function retireKey(room: RegistryRoom, id: string, name: string, word: PartyWord): Promise<KeyOutcome> {
  return acting(room, word, async (doing) => {
    const { row, party } = await keeping(doing, id, 'retire-key')
    const keys = party.jwks?.keys ?? []
    const key = named(keys, name)
    const stays = party.certificates !== undefined || canSignIn(keys.filter((one) => one !== key))
    if (!stays || (await isSealedTo(doing, id, key))) throw new RequestError('party-key-needed')
    const print = thumbprint(key)
    await store.endKey(
      doing.client,
      { identity: id, thumbprint: print, kid: key.kid, state: 'retired', own: key.use === 'sig' },
      doing.done
    )
    await noteDocument(doing, row)
    await note(doing, 'key-retired', id, { key: print, use: key.use })
    return { id, kid: key.kid, thumbprint: print, state: 'retired' }
  })
}

/** Does an agreement in force, or to come, name it? A newer version must name the new key first. */
async function isSealedTo({ client }: Acting, id: string, { kid, use }: PublicJwk): Promise<boolean> {
  if (use !== 'enc') return false
  const standing = (await listVersions(client)).filter(
    ({ recipient, state }) => recipient === id && ['proposed', 'approved', 'active', 'suspended'].includes(state)
  )
  return (await withTexts(client, standing)).some(({ agreement }) => agreement.recipientKey === kid)
}

/**
 * For one that others may have: of a party or an officer, retired before or served at a jwksUri, too. Tokens and sessions of before are dead with it. RequestError
 * party-unknown | party-out-of-state, where it is revoked already | party-key-taken, where it is another's.
 */
export async function revokeKey(
  room: RegistryRoom,
  id: string,
  name: string,
  word: PartyWord & { readonly reason: Reason }
): Promise<KeyOutcome> {
  // before the lock: a party's server may take its time, or be away
  const served = (await room.keysOf(id).catch(() => null))?.keys ?? []
  return acting(room, word, async (doing) => {
    const row = await rowOf(doing, id)
    stepped(row?.standing ?? 'unknown', 'revoke-key', word.as)
    if (row === null) throw new RequestError('party-unknown')
    const { kid, print, own } = await dying(doing, row, served as readonly PublicJwk[], name) // as intake reads them
    await store.endKey(doing.client, { identity: id, thumbprint: print, kid, state: 'revoked', own }, doing.done)
    await store.setNotBefore(doing.client, id, doing.done.epoch)
    if (row.kind === 'party') await noteDocument(doing, row)
    await note(doing, 'key-revoked', id, { key: print })
    return { id, kid, thumbprint: print, state: 'revoked' }
  })
}

interface Dying {
  readonly kid: string
  readonly print: string
  /** proved: it signs, and stands in a row or a file. What a party only serves, or has sealed to it, it may have taken from others */
  readonly own: boolean
}

/** Among its keys of now, those it serves, and those it had. An operator may name the thumbprint of one that it served once. */
async function dying(doing: Acting, row: store.IdentityRow, served: readonly PublicJwk[], name: string): Promise<Dying> {
  const party = await partyNow(doing, row)
  const filed = doing.room.folder.officers.get(row.id)?.jwks.keys ?? []
  const rows = await store.keysOfIdentity(doing.client, row.id)
  const revoked = new Set(rows.filter(({ state }) => state === 'revoked').map((key) => key.thumbprint))
  if (revoked.has(name)) throw new RequestError('party-out-of-state')
  const inline = party?.jwks?.keys ?? filed
  const elsewhere = party?.jwksUri === undefined && party?.certificates === undefined ? [] : served
  const now = [...inline, ...elsewhere.filter((key) => !inline.some((one) => thumbprint(one) === thumbprint(key)))].filter(
    (key) => !revoked.has(thumbprint(key))
  )
  if (now.some((key) => key.kid === name || thumbprint(key) === name)) {
    const key = named(now, name)
    const print = thumbprint(key)
    const inlined = inline.some((one) => thumbprint(one) === print)
    // it takes the key from nobody else; yet a party names no other's
    if (!inlined && doing.word.as === 'self') await requireFree(doing, [print])
    const own = inlined && key.use === 'sig'
    return { kid: key.kid, print, own }
  }
  const past = rows.findLast((key) => key.state === 'retired' && (key.kid === name || key.thumbprint === name))
  if (past !== undefined) return { kid: past.kid, print: past.thumbprint, own: past.own }
  if (doing.word.as === 'self' || !/^[A-Za-z0-9_-]{43}$/.test(name)) throw new RequestError('party-unknown')
  return { kid: name, print: name, own: false }
}
