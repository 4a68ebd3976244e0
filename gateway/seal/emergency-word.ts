/** A signed word about a request for roles beyond a file (schemas/policy/emergency.json), typ sallyport-emergency+jwt: signed-word.ts decides whether it is what it claims to be, and refuses. */
import type { JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { EmergencyWord } from '../generated/policy.ts'
import type { PublicJwk } from './keyring.ts'
import { claimOfWord, signWord, type VerifiedWord, verifyWord, type WordForm } from './signed-word.ts'

const FORM: WordForm<EmergencyWord> = {
  typ: 'sallyport-emergency+jwt',
  is: new Ajv({ strict: true }).compile<EmergencyWord>(
    JSON.parse(readFileSync(new URL('../../schemas/policy/emergency.json', import.meta.url), 'utf8'))
  )
}

/** The compact JWS. Throws TypeError when the JWK is not a private signing key with a kid. */
export function signEmergencyWord(word: EmergencyWord, jwk: JsonWebKey): string {
  return signWord(FORM, word, jwk)
}

/** What it claims, not yet believed. RequestError approval-invalid. */
export function emergencyClaimOf(jws: string): EmergencyWord {
  return claimOfWord(FORM, jws)
}

/** RequestError approval-invalid. */
export function verifyEmergencyWord(jws: string, keys: readonly PublicJwk[]): Promise<VerifiedWord<EmergencyWord>> {
  return verifyWord(FORM, jws, keys)
}
