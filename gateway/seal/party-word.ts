/** A signed word of an operator about a party, at the desk, typ sallyport-party+jwt: signed-word.ts decides whether it is what it claims to be, and refuses. */
import type { JsonWebKey } from 'node:crypto'
import type { PublicJwk } from './keyring.ts'
import { claimOfWord, signWord, type VerifiedWord, verifyWord, type WordForm } from './signed-word.ts'

export const SPOKEN_ACTS = ['invite', 'register', 'add-key', 'secret', 'amend', 'confirm'] as const

export interface PartySpoken {
  readonly v: 1
  readonly act: (typeof SPOKEN_ACTS)[number]
  readonly party: string
  /** what the act is about: the hash of a document, the thumbprint of a key, the role that is invited */
  readonly about: string
  readonly officer: string
  readonly at: string
}

const TEXTS = ['party', 'about', 'officer', 'at'] as const

const FORM: WordForm<PartySpoken> = {
  typ: 'sallyport-party+jwt',
  is: (value): value is PartySpoken => {
    if (typeof value !== 'object' || value === null) return false
    const word = value as { readonly [member: string]: unknown } // looked at here
    const texts = TEXTS.every((name) => typeof word[name] === 'string')
    return Object.keys(word).length === 6 && word['v'] === 1 && texts && SPOKEN_ACTS.some((act) => act === word['act'])
  }
}

/** The compact JWS. Throws TypeError when the JWK is not a private signing key with a kid. */
export function signPartyWord(word: PartySpoken, jwk: JsonWebKey): string {
  return signWord(FORM, word, jwk)
}

/** What it claims, not yet believed. RequestError approval-invalid. */
export function partyClaimOf(jws: string): PartySpoken {
  return claimOfWord(FORM, jws)
}

/** RequestError approval-invalid. */
export function verifyPartyWord(jws: string, keys: readonly PublicJwk[]): Promise<VerifiedWord<PartySpoken>> {
  return verifyWord(FORM, jws, keys)
}
