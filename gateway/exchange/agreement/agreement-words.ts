/**
 * Signed words about agreements, verified. Decides under which keys a word must verify: those the party it speaks for has registered, or those of the officer
 * it names, who may still sign in and is what he or she speaks as. A word that counts is kept with the key that signed it, so that it can be verified again when that key is no longer registered.
 */
import type { Pool } from 'pg'
import type { SignedWord, Subject } from '../../core/agreement/approval.ts'
import type { Policies } from '../../core/agreement/policies.ts'
import { RequestError } from '../../core/errors.ts'
import type { KeyHint } from '../../core/identity/key-hint.ts'
import { activeOfficer, type Registry } from '../../core/identity/registry.ts'
import type { Agreement, Approval } from '../../generated/policy.ts'
import { claimOf, type VerifiedApproval, verifyApproval } from '../../seal/approval.ts'
import { type PublicJwk, thumbprintOf } from '../../seal/keyring.ts'
import { hintOfWord } from '../../seal/signed-word.ts'
import type { ApprovalRow } from '../../store/agreements.ts'
import type { House } from '../house.ts'

/** What acts on agreements stand on: a running gateway's, or an officer's desk. */
export interface AgreementRoom {
  readonly pool: Pool
  readonly now: () => Date
  readonly policies: Pick<Policies, 'parties' | 'officers' | 'profiles'>
  /** who of the officers may still speak, and as what */
  readonly registry: Registry
  readonly keysOf: House['keysOf']
}

async function registered(
  room: AgreementRoom,
  { as, officer: name }: Approval,
  { source, recipient }: Agreement,
  hint: KeyHint
): Promise<readonly PublicJwk[]> {
  const of = async (party: string): Promise<readonly PublicJwk[]> => (await room.keysOf(party, hint))?.keys ?? []
  if (as === 'source' || as === 'recipient') return of(as === 'source' ? source : recipient)
  if (room.policies.officers.has(name)) {
    const officer = activeOfficer(room.registry, name, room.now())
    // by file alone: what was granted for an hour signs nothing that stands for a year
    if (officer === null || !officer.roles.includes(as)) throw new RequestError('not-an-approver')
    return officer.jwks.keys as readonly PublicJwk[] // the schema's keys are public JWKs
  }
  if (as === 'privacy-officer') throw new RequestError('not-an-approver')
  return ofBoth([of(source), of(recipient)], hint)
}

/** Where one side's keys cannot be had, the other's count all the same. UpstreamError when it may be the one that is missing. */
async function ofBoth(sides: readonly Promise<readonly PublicJwk[]>[], { kid }: KeyHint): Promise<readonly PublicJwk[]> {
  const asked = await Promise.allSettled(sides)
  const keys = asked.flatMap((side) => (side.status === 'fulfilled' ? side.value : []))
  const failed = asked.find((side) => side.status === 'rejected')
  if (failed !== undefined && !keys.some((key) => key.kid === kid)) throw failed.reason
  return keys
}

/** Has the keys that parties serve fetched before any lock is held: they are kept, so nobody waits behind a lock for a party's server. */
export async function fetchedFirst({ keysOf }: Pick<AgreementRoom, 'keysOf'>, jws: string, parties: readonly string[]): Promise<void> {
  const hint = hintOfWord(jws)
  await Promise.allSettled([...new Set(parties)].map((party) => keysOf(party, hint)))
}

/** Verified under the keys registered now. RequestError approval-invalid | not-an-approver. */
export async function verifiedWord(room: AgreementRoom, jws: string, agreement: Agreement): Promise<VerifiedApproval> {
  return verifyApproval(jws, await registered(room, claimOf(jws), agreement, hintOfWord(jws)))
}

export function rowOfWord(hash: string, { approval, key, jwk, jws }: VerifiedApproval): ApprovalRow {
  return { hash, role: approval.as, officer: approval.officer, key, jwk: JSON.stringify(jwk), jws }
}

/** What the words of a version say, each verified again under the key that was kept with it. RequestError approval-invalid | approval-of-another. */
export async function keptWords({ agreement, hash }: Subject, kept: readonly ApprovalRow[]): Promise<SignedWord[]> {
  const words: SignedWord[] = []
  for (const row of kept) {
    const jwk = JSON.parse(row.jwk) as PublicJwk // written by rowOfWord
    const { approval } = await verifyApproval(row.jws, [jwk])
    const same = approval.agreement === agreement.id && approval.version === agreement.version && approval.hash === hash
    if (!same || approval.as !== row.role || thumbprintOf(jwk) !== row.key) throw new RequestError('approval-of-another')
    words.push({ approval, key: row.key })
  }
  return words
}
