/** A signed word about an agreement (schemas/policy/approval.json), typ sallyport-approval+jwt: signed-word.ts decides whether it is what it claims to be, and refuses. */
import type { JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { Approval } from '../generated/policy.ts'
import type { PublicJwk } from './keyring.ts'
import { claimOfWord, signWord, type VerifiedWord, verifyWord, type WordForm } from './signed-word.ts'

/** Compiled once: a start with a thousand agreements reads four thousand words. */
const FORM: WordForm<Approval> = {
  typ: 'sallyport-approval+jwt',
  is: new Ajv({ strict: true }).compile<Approval>(
    JSON.parse(readFileSync(new URL('../../schemas/policy/approval.json', import.meta.url), 'utf8'))
  )
}

export interface VerifiedApproval extends Omit<VerifiedWord<Approval>, 'word'> {
  readonly approval: Approval
}

/** The compact JWS. Throws TypeError when the JWK is not a private signing key with a kid. */
export function signApproval(approval: Approval, jwk: JsonWebKey): string {
  return signWord(FORM, approval, jwk)
}

/** What it claims, not yet believed: to find the keys it must verify under. RequestError approval-invalid. */
export function claimOf(jws: string): Approval {
  return claimOfWord(FORM, jws)
}

/** Verified under the one of `keys` that its kid names. RequestError approval-invalid. */
export async function verifyApproval(jws: string, keys: readonly PublicJwk[]): Promise<VerifiedApproval> {
  const { word: approval, ...signed } = await verifyWord(FORM, jws, keys)
  return { approval, ...signed }
}
