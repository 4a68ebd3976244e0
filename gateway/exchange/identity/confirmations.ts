/** What becomes of a change once a second operator confirms it: a key is registered, a secret counts, other words stand. Decides nothing; each act asks everything again. */
import { setConfirmedSecret } from './client-secrets.ts'
import { enterAmendment } from './party-amendments.ts'
import { type ChangeView, confirmChange, type Effects } from './party-changes.ts'
import { enterConfirmedKey } from './party-keys.ts'
import type { PartyWord, RegistryRoom } from './registry-room.ts'

const EFFECTS: Effects = { key: enterConfirmedKey, secret: setConfirmedSecret, amendment: enterAmendment }

/** `hash`: the thumbprint of a key, the hash of all else, as whoever asked for it told it. RequestError party-unknown | party-out-of-state | self-approval | approval-invalid. */
export function confirmOf(room: RegistryRoom, id: string, hash: string, word: PartyWord): Promise<ChangeView & { readonly id: string }> {
  return confirmChange(room, id, { hash, effects: EFFECTS }, word)
}
