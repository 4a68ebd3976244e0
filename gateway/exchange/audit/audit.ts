/**
 * What is told of who came to the doors, beside what the stages tell of their own effects: tokens granted, refusals, and what officers looked at. Each is
 * committed before it is answered. Decides what an entry says of a disclosure: its dataset, agreement, policies and both parties, and never a person.
 */
import type { Pool } from 'pg'
import type { Json } from '../../core/digest.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import { type Db, transaction } from '../../store/pool.ts'
import type { House } from '../house.ts'
import { appendAnew } from '../log/log.ts'
import type { Refusals, Refused } from './refusals.ts'
import { recordGrants, type TokenGranted } from './token-grants.ts'

/** What the doors over HTTP tell. Each MUST be awaited before the answer. */
export interface Audit {
  /** `replayed`: its assertion was spent before, and there is no entry */
  tokenGranted(event: TokenGranted): Promise<'granted' | 'replayed'>
  refused(refused: Refused): Promise<void>
}

export function openAudit(house: Pick<House, 'pool' | 'ring' | 'now'>, refusals: Refusals): Audit {
  return {
    tokenGranted: recordGrants(house),
    refused: (refused) => refusals.note(refused)
  }
}

/** What every entry about a disclosure names. */
export function aboutDisclosure(row: DisclosureRow): {
  [member in 'dataset' | 'agreement' | 'policy' | 'profile' | 'source' | 'recipient']: string
} {
  const { id: dataset, agreement, agreement_hash: policy, profile_hash: profile, source, recipient } = row
  return { dataset, agreement, policy, profile, source, recipient }
}

/** Who reads at the officers' desk: the account of the operating system, until officers sign in. */
export interface Reading {
  readonly account: string
  readonly at: Date
  /** what was looked at; members name registers and counts, never a person */
  readonly what:
    | 'datasets'
    | 'holds'
    | 'opt-outs'
    | 'legal-holds'
    | 'incidents'
    | 'suspensions'
    | 'agreements'
    | 'rosters'
    | 'quality'
    | 'disputes'
    | 'lockouts'
    | 'emergencies'
    | 'parties'
    | 'invitations'
  readonly about?: { readonly [member: string]: Json }
}

/** Reads, and commits that it was read, before anything is shown. */
export function readAtDesk<T>(
  pool: Pool,
  { account, at, what, about = {} }: Reading,
  read: (db: Db) => Promise<readonly T[]>
): Promise<readonly T[]> {
  return transaction(pool, async (client) => {
    const found = await read(client)
    const told = { v: 1, kind: 'register-read', at: at.toISOString(), account, what, rows: found.length, ...about } as const
    await appendAnew(client, told)
    return found
  })
}
