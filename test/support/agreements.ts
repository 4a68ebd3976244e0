/** Agreements of a site and their life on a database, without a gateway: written into its folder, proposed, and signed by whoever may. */
import { join } from 'node:path'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { loadPolicies } from '../../gateway/config/policies.ts'
import type { FolderPolicies, HashedAgreement } from '../../gateway/core/agreement/policies.ts'
import { codeOf } from '../../gateway/core/errors.ts'
import { registryOf } from '../../gateway/core/identity/registry.ts'
import type { AgreementRoom } from '../../gateway/exchange/agreement/agreement-words.ts'
import { propose, speak } from '../../gateway/exchange/agreement/agreements.ts'
import { policiesNow } from '../../gateway/exchange/policy-live.ts'
import type { Agreement, Approval } from '../../gateway/generated/policy.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { makeSite, type Site, wordOn } from './gateway.ts'
import { asDraft, writeAgreement } from './house.ts'
import { useDatabase } from './postgres.ts'

export const WORD = { as: 'privacy-officer', officer: 'Test Privacy Office', reason: 'a test' } as const
export const SIDES = ['source', 'recipient', 'privacy-officer'] as const

/** The code that refuses it, or 'done'. */
export async function refusal(act: () => Promise<unknown>): Promise<string> {
  try {
    await act()
    return 'done'
  } catch (error) {
    return codeOf(error)
  }
}

export interface Agreements {
  readonly url: () => string
  readonly pool: () => Pool
  readonly site: () => Site
  /** milliseconds that the room's clock is ahead */
  readonly clock: { ahead: number }
  /** As it was read since it was last written. */
  readonly folder: () => FolderPolicies
  readonly reread: () => void
  readonly write: (id: string, members: Partial<Agreement>) => void
  /** Writes a text and takes its signatures away: nothing is in force by the folder. */
  readonly draft: (id: string, members?: Partial<Agreement>) => void
  readonly room: () => AgreementRoom
  readonly entry: (id: string) => HashedAgreement
  readonly said: (id: string, as: Approval['as'], changes?: Partial<Approval>) => string
  /** Proposes it and has the three approve it: the states after each. */
  readonly approveAll: (id: string) => Promise<string>
  readonly stateOf: (id: string) => Promise<string | undefined>
}

/** For one describe block. */
export function useAgreements(): Agreements {
  const database = useDatabase()
  const kept: { site: Site | null; pool: Pool | null; read: FolderPolicies | null } = { site: null, pool: null, read: null }
  before(() => {
    kept.site = makeSite(database(), { 'demo-transport-only': null })
    asDraft(kept.site, 'demo-safe-harbor')
    kept.pool = openPool(database().url, 4)
  })
  after(async () => {
    await kept.pool?.end()
    kept.site?.remove()
  })
  const inside = <T>(value: T | null): T => {
    if (value === null) throw new Error('it is there inside tests and hooks only')
    return value
  }
  const [pool, site, clock] = [() => inside(kept.pool), () => inside(kept.site), { ahead: 0 }] as const
  const folder = (): FolderPolicies => {
    kept.read ??= loadPolicies(join(site().folder, 'policies'))
    return kept.read
  }
  const write = (id: string, members: Partial<Agreement>): void => {
    writeAgreement(site(), id, members)
    kept.read = null
  }
  const room = (): AgreementRoom => {
    const policies = folder()
    const now = (): Date => new Date(Date.now() + clock.ahead)
    return {
      pool: pool(),
      policies,
      registry: registryOf(policies),
      now,
      keysOf: async (party) => policies.parties.get(party)?.jwks ?? null
    }
  }
  const entry = (id: string): HashedAgreement => inside(folder().agreements.get(id) ?? null)
  const said: Agreements['said'] = (id, as, changes = {}) => wordOn(site(), id, as, changes)
  return {
    url: () => database().url,
    pool,
    site,
    clock,
    folder,
    reread: () => {
      kept.read = null
    },
    write,
    draft: (id, members = {}) => {
      write(id, members)
      asDraft(site(), id)
    },
    room,
    entry,
    said,
    approveAll: async (id) => {
      await propose(room(), entry(id), said(id, 'proposer'))
      const states: string[] = []
      for (const as of SIDES) states.push((await speak(room(), said(id, as))).state)
      return states.join(' ')
    },
    stateOf: async (id) => (await policiesNow(pool(), folder(), new Date())).agreements.get(id)?.state
  }
}
