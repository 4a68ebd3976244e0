/** A registry on real Postgres without a gateway: invented parties, whoever acts on them, and replicas that watch. */
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import type { FolderPolicies } from '../../gateway/core/agreement/policies.ts'
import { confirm } from '../../gateway/exchange/identity/invitations.ts'
import { registerParty } from '../../gateway/exchange/identity/parties.ts'
import { keepRegistry, type LiveRegistry } from '../../gateway/exchange/identity/registry-live.ts'
import type { PartyWord, RegistryRoom } from '../../gateway/exchange/identity/registry-room.ts'
import type { Officer, Party } from '../../gateway/generated/policy.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { useDatabase } from './postgres.ts'

/** Two operators at the desk, as they stand once their words were verified. */
export const DESK = { as: 'desk', officer: 'first-operator', reason: 'unspecified', key: 'first' } as const satisfies PartyWord
export const OTHER = { as: 'desk', officer: 'second-operator', reason: 'unspecified', key: 'second' } as const satisfies PartyWord

/** Registered by one and confirmed by the other. */
export async function register(room: RegistryRoom, party: Party): Promise<void> {
  const { document } = await registerParty(room, party, DESK)
  await confirm(room, party.id, document, OTHER)
}

/** The party that keeps its own keys. */
export function self(id: string): PartyWord {
  return { as: 'self', officer: id, party: id }
}

export function partyOf(id: string, role: Party['role'] = 'hospital', keys: PartyKeys = generatePartyKeys('ec', id)): Party {
  const jwks = keys.jwks as unknown as NonNullable<Party['jwks']> // kty, kid, use and alg are there
  return { id, role, name: `Example ${id}`, address: '4 Example Street, Sampletown, MA 00000, USA', fhirBases: [], jwks }
}

export function officerOf(id: string, roles: Officer['roles'] = ['operator']): Officer {
  const keys = generatePartyKeys('ec', id).jwks.keys.filter(({ use }) => use === 'sig')
  return { id, name: `Example Officer ${id}`, office: 'Identity Office', roles, jwks: { keys: keys as Officer['jwks']['keys'] } }
}

type Folder = Pick<FolderPolicies, 'parties' | 'officers'>

export interface OwnRegistry {
  readonly url: string
  readonly pool: Pool
  readonly folder: Folder
  readonly room: RegistryRoom
  /** one more replica; stopped when the block ends */
  watch(folder?: Folder): Promise<LiveRegistry>
}

/** For one describe block; `filed` are in the folder. */
export function useRegistry(filed: readonly Party[], officers: readonly Officer[] = []): () => OwnRegistry {
  const database = useDatabase()
  const folder = { parties: new Map(filed.map((one) => [one.id, one])), officers: new Map(officers.map((one) => [one.id, one])) }
  const kept: { pool: Pool | null; live: LiveRegistry[] } = { pool: null, live: [] }
  before(() => {
    kept.pool = openPool(database().url, 24)
  })
  after(async () => {
    for (const live of kept.live) await live.stop()
    await kept.pool?.end()
  })
  return () => {
    const { pool } = kept
    if (pool === null) throw new Error('it is there inside tests and hooks only')
    const now = (): Date => new Date()
    return {
      url: database().url,
      pool,
      folder,
      room: { pool, now, folder, keysOf: async () => null },
      watch: async (own = folder) => {
        const live = await keepRegistry({ pool, now, observe: createObserver({ level: 'silent' }) }, own)
        kept.live.push(live)
        return live
      }
    }
  }
}
