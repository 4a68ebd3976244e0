/**
 * Secrets that parties prove themselves by, where their agreements allow it. Decides that one is made by an operator, shown once, kept as its hash, and opens nothing until another
 * operator confirms it; then it stands in place of the one before, and whatever the party signed in with until then is dead, for a secret is changed because somebody may know it.
 * Refuses a party that is not registered.
 */
import { RequestError } from '../../core/errors.ts'
import { makeSecret } from '../../seal/secret.ts'
import { deleteSecret, setSecret } from '../../store/client-secrets.ts'
import type { ChangeRow } from '../../store/party-changes.ts'
import * as store from '../../store/registry.ts'
import { begin, hashOfContent } from './party-changes.ts'
import { type Acting, acting, note, type PartyWord, partyNow, type RegistryRoom, rowOf } from './registry-room.ts'

/** A secret that was looked up just before it went is computed for a moment still, and its token comes after: a token of so soon is asked for again. */
const UNDER_WAY_SECONDS = 2

/** RequestError party-unknown. */
async function requireParty(act: Acting, id: string): Promise<void> {
  const row = await rowOf(act, id)
  if (row === null || row.kind !== 'party' || row.standing === 'revoked' || (await partyNow(act, row)) === null)
    throw new RequestError('party-unknown')
}

/** The new secret, which nobody can show again, and the hash by which another operator confirms it. */
export async function giveSecret(
  room: RegistryRoom,
  id: string,
  word: PartyWord
): Promise<{ readonly secret: string; readonly hash: string }> {
  const { secret, salt, hash } = await makeSecret()
  const content = JSON.stringify({ salt: salt.toString('base64'), hash: hash.toString('base64') })
  const change = { what: 'secret', hash: hashOfContent(content), content } as const
  await acting(room, word, async (act) => {
    await requireParty(act, id)
    await begin(act, id, change)
  })
  return { secret, hash: change.hash }
}

/** What another operator confirmed. */
export async function setConfirmedSecret(act: Acting, id: string, { content, officer }: ChangeRow): Promise<void> {
  await requireParty(act, id)
  const { salt, hash } = JSON.parse(content) as { readonly salt: string; readonly hash: string } // kept by giveSecret
  await setSecret(act.client, id, { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }, act.done.at)
  await store.setNotBefore(act.client, id, act.done.epoch, UNDER_WAY_SECONDS)
  await note(act, 'client-secret-set', id, { begunBy: officer })
}

/** RequestError party-unknown. What is not there needs no taking away. */
export async function removeSecret(room: RegistryRoom, id: string, word: PartyWord): Promise<'removed' | 'was not there'> {
  return acting(room, word, async (act) => {
    await requireParty(act, id)
    if (!(await deleteSecret(act.client, id))) return 'was not there'
    await store.setNotBefore(act.client, id, act.done.epoch, UNDER_WAY_SECONDS)
    await note(act, 'client-secret-removed', id)
    return 'removed'
  })
}
