/** Break-glass as tests need it: officers of every role with keys of their own, a clock, and replicas on a real database. */
import { after, before, beforeEach } from 'mocha'
import type { Pool } from 'pg'
import { type Code, codeOf } from '../../gateway/core/errors.ts'
import { askerOf } from '../../gateway/core/identity/held.ts'
import type { Registry } from '../../gateway/core/identity/registry.ts'
import type { Caller } from '../../gateway/exchange/doors.ts'
import { type Asking, type EmergencyView, openEmergencies } from '../../gateway/exchange/identity/emergencies.ts'
import { RegistryReader, registryNow } from '../../gateway/exchange/identity/registry-live.ts'
import type { EmergencyWord, Officer } from '../../gateway/generated/policy.ts'
import { signEmergencyWord } from '../../gateway/seal/emergency-word.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { standingEmergencies } from '../../gateway/store/emergencies.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { entriesIn } from './entries.ts'
import { query } from './house.ts'
import { useDatabase } from './postgres.ts'

export const START = Date.parse('2026-03-01T10:00:00Z')
export const HOUR = 3_600_000
export const ASKING: Asking = { roles: ['compliance-reviewer'], sees: ['content'], hours: 2, reason: 'a test of what is broken open' }

const ROLES: Readonly<Record<string, Partial<Officer> & Pick<Officer, 'roles'>>> = {
  'op-one': { roles: ['operator'] },
  'op-two': { roles: ['operator'] },
  'priv-one': { roles: ['privacy-officer'] },
  'priv-two': { roles: ['privacy-officer'] },
  'review-one': { roles: ['compliance-reviewer'], sees: ['metadata', 'content'] },
  'author-one': { roles: ['proposer'] },
  'audit-one': { roles: ['auditor'], until: '2026-12-31' },
  'admin-one': { roles: ['hospital-admin'], party: 'demo-hospital' }
}
const KEYS = new Map(Object.keys(ROLES).map((id) => [id, generatePartyKeys('ec', id)]))
export const OFFICERS = new Map(
  Object.entries(ROLES).map(([id, rest]): [string, Officer] => {
    const keys = (KEYS.get(id)?.jwks.keys ?? []).filter(({ use }) => use === 'sig') as Officer['jwks']['keys'] // made just now
    return [id, { id, name: `Example Person ${id}`, office: 'Office of tests', jwks: { keys }, ...rest }]
  })
)

const FOLDER = { parties: new Map(), officers: OFFICERS }

export function by(id: string): Caller {
  return { party: id, role: 'officer', scopes: [] }
}

/** For one describe block; everything that was asked for in a test has ended in the next. */
export function useEmergencies() {
  const database = useDatabase()
  const clock = { at: START }
  const now = (): Date => new Date(clock.at)
  const kept: { pool: Pool | null } = { pool: null }
  const pool = (): Pool => {
    if (kept.pool === null) throw new Error('the database is there inside tests and hooks only')
    return kept.pool
  }
  before(async () => {
    kept.pool = openPool(database().url, 4)
    await registryNow(pool(), FOLDER, now())
  })
  after(() => kept.pool?.end())
  beforeEach(async () => {
    clock.at = START
    await query(
      database().url,
      "TRUNCATE outbox; UPDATE emergency SET state = 'ended', ended = now(), ended_by = 'time' WHERE state <> 'ended'"
    )
  })

  /** A replica: it sees what it last read. */
  function replica(change: (registry: Registry) => Registry = (registry) => registry) {
    const reader = new RegistryReader(pool(), FOLDER, { emergencies: standingEmergencies })
    const room = {
      pool: pool(),
      now,
      get registry() {
        return change(reader.now())
      }
    }
    const powers = async (id: string): Promise<string> => {
      await reader.look()
      const officer = OFFICERS.get(id)
      if (officer === undefined) throw new Error('no such officer in the test')
      const { roles = [], sees = [] } = askerOf(room.registry, officer, now())
      return [...roles, ...sees].join(' ')
    }
    return { doors: openEmergencies(room), room, powers, look: () => reader.look() }
  }
  /** One that has read what is there now. */
  async function doors() {
    const own = replica()
    await own.look()
    return own.doors
  }

  function word(id: string, view: Pick<EmergencyView, 'id' | 'hash'>, changes: Partial<EmergencyWord> = {}, key = id): string {
    const said = {
      v: 1,
      emergency: view.id,
      hash: view.hash,
      decision: 'approve',
      officer: id,
      at: now().toISOString(),
      ...changes
    } as const
    return signEmergencyWord(said, KEYS.get(key)?.signing ?? {})
  }

  async function refused(act: Promise<unknown>): Promise<Code | 'taken'> {
    return act.then(
      () => 'taken' as const,
      (error: unknown) => codeOf(error)
    )
  }
  const ask = async (asking: Partial<Asking> = {}, who = 'op-one'): Promise<EmergencyView> =>
    (await doors()).ask(by(who), { ...ASKING, ...asking })
  const approve = async (who: string, view: EmergencyView): Promise<EmergencyView> =>
    (await doors()).approve(by(who), view.id, { hash: view.hash })

  async function granted(asking: Partial<Asking> = {}): Promise<EmergencyView> {
    const view = await ask(asking)
    await approve('priv-one', view)
    return approve('author-one', view)
  }

  async function entries(): Promise<unknown[]> {
    return (await entriesIn(database().url)).map(({ kind, account }) => [kind, account])
  }

  return { url: () => database().url, clock, now, replica, doors, word, refused, ask, approve, granted, entries }
}
