/**
 * Secrets that parties prove themselves by, where their agreements allow it. Decides that one is made by an operator alone, shown once, kept as its hash, and in place of the one
 * before; whatever the party signed in with until then is dead, for a secret is changed because somebody may know it. Refuses a party that is not registered.
 */
import { RequestError } from '../../core/errors.ts'
import { makeSecret } from '../../seal/secret.ts'
import { deleteSecret, setSecret } from '../../store/client-secrets.ts'
import * as store from '../../store/registry.ts'
import { type Acting, acting, note, type PartyWord, partyNow, type RegistryRoom, rowOf } from './registry-room.ts'

/** RequestError party-unknown. */
async function requireParty(act: Acting, id: string): Promise<void> {
  const row = await rowOf(act, id)
  if (row === null || row.kind !== 'party' || row.standing === 'revoked' || (await partyNow(act, row)) === null)
    throw new RequestError('party-unknown')
}

/** The new secret, which nobody can show again. */
export async function giveSecret(room: RegistryRoom, id: string, word: PartyWord): Promise<string> {
  const made = await makeSecret()
  await acting(room, word, async (act) => {
    await requireParty(act, id)
    await setSecret(act.client, id, made, act.done.at)
    await store.setNotBefore(act.client, id, act.done.at, act.done.epoch)
    await note(act, 'client-secret-set', id)
  })
  return made.secret
}

/** RequestError party-unknown. What is not there needs no taking away. */
export async function removeSecret(room: RegistryRoom, id: string, word: PartyWord): Promise<'removed' | 'was not there'> {
  return acting(room, word, async (act) => {
    await requireParty(act, id)
    if (!(await deleteSecret(act.client, id))) return 'was not there'
    await store.setNotBefore(act.client, id, act.done.at, act.done.epoch)
    await note(act, 'client-secret-removed', id)
    return 'removed'
  })
}
