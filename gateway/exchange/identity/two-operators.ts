/**
 * Acts that make somebody sign in, by two operators: one begins, another confirms. Decides whether a word at the desk is the officer's, by a signature under a key that is
 * registered for him or her, about this very act, made just now; and whether two are two people. Refuses an id that is only claimed.
 */
import { RequestError } from '../../core/errors.ts'
import { isOne } from '../../core/identity/person.ts'
import { activeOfficer, type Registry } from '../../core/identity/registry.ts'
import { type PublicJwk, thumbprintOf } from '../../seal/keyring.ts'
import { type PartySpoken, partyClaimOf, verifyPartyWord } from '../../seal/party-word.ts'
import { findIdentity } from '../../store/registry.ts'
import { FIRST_RUN } from './first-run.ts'
import type { Acting, PartyWord } from './registry-room.ts'

export type Spoken = Pick<PartySpoken, 'act' | 'party' | 'about'>

/** Made just now, or signed elsewhere and carried here. */
const MOST_MS = 900_000
const SKEW_MS = 60_000

/** The word of the operator who signed `jws` about this very act. RequestError approval-invalid | approval-clock | not-an-operator. */
export async function spokenWord(
  { registry, now }: { readonly registry: Registry; readonly now: () => Date },
  jws: string,
  spoken: Spoken
): Promise<PartyWord & { readonly key: string }> {
  const { officer } = partyClaimOf(jws)
  const known = activeOfficer(registry, officer, now())
  if (known?.roles.includes('operator') !== true) throw new RequestError('not-an-operator')
  const keys = known.jwks.keys as readonly PublicJwk[] // the schema's keys are public JWKs
  const { word, key } = await verifyPartyWord(
    jws,
    keys.filter((one) => !registry.revokedKeys.has(`${officer} ${thumbprintOf(one)}`))
  )
  if (word.act !== spoken.act || word.party !== spoken.party || word.about !== spoken.about) throw new RequestError('approval-invalid')
  const age = now().getTime() - Date.parse(word.at)
  if (!(age > -SKEW_MS && age < MOST_MS)) throw new RequestError('approval-clock')
  return { as: 'desk', officer, key }
}

/** RequestError approval-invalid: at the desk an id is a claim. */
export function requireSigned({ as, key }: PartyWord): void {
  if (as === 'desk' && key === undefined) throw new RequestError('approval-invalid')
}

/** Who began it, as it was kept. */
export interface Beginner {
  readonly officer: string
  readonly signer: string | null
}

/** RequestError self-approval: one id, one person, or one key. Whoever has no file any more, or was suspended since, is nobody's other. */
export async function requireOther({ client, room: { folder }, word }: Acting, { officer, signer }: Beginner): Promise<void> {
  const [first, second] = [folder.officers.get(officer), folder.officers.get(word.officer)]
  const known = [officer, word.officer].every((id) => id === FIRST_RUN || folder.officers.has(id))
  const one = officer === word.officer || (first !== undefined && second !== undefined && isOne(first, second))
  const beginner = await findIdentity(client, officer)
  if (beginner !== null && beginner.standing !== 'active') throw new RequestError('not-an-operator')
  if (!known || one || (signer !== null && signer === word.key))
    throw new RequestError('self-approval', 'Another operator confirms it: neither who began it, nor the same person, nor by the same key.')
}
