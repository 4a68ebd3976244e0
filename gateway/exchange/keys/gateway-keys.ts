/**
 * The gateway's ring against what the database remembers of it, when a gateway starts and at the desk. Decides that a ring fits: it has every key that
 * something still needs, and every gateway that runs knows the one this ring would use, so that none meets what it cannot open or verify. Refuses another
 * ring than the database's, and a promotion that came before all had the new key; both with what to do.
 */
import type { Pool, PoolClient } from 'pg'
import { type Fault, PolicyError } from '../../core/errors.ts'
import { type KeyRing, PURPOSES, type Purpose, ringKeys } from '../../seal/keyring.ts'
import {
  deleteGatewayKey,
  type GatewayKey,
  gatewayKeys,
  lockGatewayKeys,
  putGatewayKey,
  putReplicaKeys,
  type ReplicaKey,
  replicaKeys
} from '../../store/gateway-keys.ts'
import { transaction } from '../../store/pool.ts'

/** A key on the ring. */
export interface RingKey {
  readonly purpose: Purpose
  readonly kid: string
  readonly state: 'current' | 'next' | 'retired'
  readonly made: Date | null
}

/** Retired ones of these go on to open, or to prove; what a retired token key signed is over within minutes. */
const KEPT: ReadonlySet<string> = new Set<Purpose>(['manifest', 'log', 'wrapping', 'crosswalk'])

export function keysOn(ring: KeyRing): RingKey[] {
  return PURPOSES.flatMap((purpose) => ringKeys(ring, purpose).map((key) => ({ purpose, ...key })))
}

function isNeeded({ purpose, state }: GatewayKey): boolean {
  return state === 'current' || (state === 'retired' && KEPT.has(purpose))
}

/** What the database needs and the ring has not. PolicyError key-missing, a fault for each. */
function requireKept(known: readonly GatewayKey[], keys: readonly RingKey[]): void {
  const have = new Set(keys.map(nameOf))
  const faults = known
    .filter((key) => isNeeded(key) && !have.has(nameOf(key)))
    .map(({ purpose, kid, state }): Fault => {
      const what = state === 'current' ? 'the key in use' : 'a retired key that is still needed'
      return {
        path: `${purpose} ${kid}`,
        message: `is ${what} of this database, and these keys have it not: put back the ring that belongs to it. Lost for good: sallyport keys drop --help`
      }
    })
  const gone = new Set(known.filter(({ state }) => state === 'dropped' || state === 'lost').map(nameOf))
  const back = keys
    .filter((key) => key.state === 'current' && gone.has(nameOf(key)))
    .map(({ purpose, kid }): Fault => ({ path: `${purpose} ${kid}`, message: 'was dropped: these keys are older than the database' }))
  if (faults.length + back.length > 0) throw new PolicyError('key-missing', [...faults, ...back])
}

/** Does every gateway that runs know the keys that would be in use? PolicyError key-unknown. */
function requireKnown(running: readonly ReplicaKey[], keys: readonly RingKey[]): void {
  const replicas = new Set(running.map(({ replica }) => replica))
  const known = new Set(running.map((key) => `${key.replica} ${nameOf(key)}`))
  const faults = keys
    .filter(({ state }) => state === 'current')
    .flatMap((key) =>
      [...replicas]
        .filter((replica) => !known.has(`${replica} ${nameOf(key)}`))
        .map((replica) => ({
          path: `${key.purpose} ${key.kid}`,
          message: `gateway ${replica} does not know it: stage it (sallyport keys rotate ${key.purpose} --stage), restart that gateway, then promote`
        }))
    )
  if (faults.length > 0) throw new PolicyError('key-unknown', faults)
}

/** A change of the files of keys, one at a time and while no gateway joins; `work` is told what those that run have. */
export function changingKeys<T>(pool: Pool, work: (running: readonly ReplicaKey[]) => Promise<T>): Promise<T> {
  return transaction(pool, async (client) => {
    await lockGatewayKeys(client)
    return work(await replicaKeys(client))
  })
}

/** May this staged key come into use? PolicyError key-unknown while a gateway that runs does not know it. */
export function requirePromotable(running: readonly ReplicaKey[], key: Pick<RingKey, 'purpose' | 'kid'>): void {
  requireKnown(running, [{ ...key, state: 'current', made: null }])
}

/** A gateway that joins, or the desk for it (`replica` null): the ring fits, and the database remembers it. Inside a transaction. */
export async function enterKeys(client: PoolClient, ring: KeyRing, replica: number | null, at: Date): Promise<void> {
  await lockGatewayKeys(client)
  const keys = keysOn(ring)
  const known = await gatewayKeys(client)
  requireKept(known, keys)
  const running = await replicaKeys(client)
  requireKnown(running, keys)
  for (const key of forgotten(known, keys, running)) await deleteGatewayKey(client, key)
  for (const key of changedBy(known, keys, at)) await putGatewayKey(client, key)
  if (replica !== null) await putReplicaKeys(client, replica, keys)
}

/** Does the ring have what the database needs? PolicyError key-missing. */
export async function requireRing(pool: Pool, ring: KeyRing): Promise<void> {
  requireKept(await gatewayKeys(pool), keysOn(ring))
}

/** The same as joining, without a gateway: where none runs, a command is the first with a promoted key. */
export function enterDesk(pool: Pool, ring: KeyRing, at: Date): Promise<void> {
  return transaction(pool, (client) => enterKeys(client, ring, null, at))
}

/** Staged keys that nobody has any more. */
function forgotten(known: readonly GatewayKey[], keys: readonly RingKey[], running: readonly ReplicaKey[]): GatewayKey[] {
  const had = new Set([...keys, ...running].map(nameOf))
  return known.filter((key) => key.state === 'next' && !had.has(nameOf(key)))
}

/** Rows that this ring makes or changes: the ones it retires before the one it brings into use, for only one may be. */
function changedBy(known: readonly GatewayKey[], keys: readonly RingKey[], at: Date): GatewayKey[] {
  const before = new Map(known.map((key) => [nameOf(key), key]))
  const inUse = new Set(known.filter(({ state }) => state === 'current').map(nameOf))
  // a ring that has the key in use as next is one promotion behind: what stands stays
  const behind = new Set(keys.filter((key) => key.state === 'next' && inUse.has(nameOf(key))).map(({ purpose }) => purpose))
  return keys
    .flatMap((key): GatewayKey[] => {
      const is = before.get(nameOf(key))
      const state = behind.has(key.purpose) && key.state === 'current' ? 'retired' : key.state
      const { purpose, kid, made } = key
      return isChange(is?.state, state) && !(behind.has(purpose) && is !== undefined)
        ? [{ purpose, kid, state, made_at: is?.made_at ?? made ?? at, since: at }]
        : []
    })
    .sort((a, b) => Number(a.state === 'current') - Number(b.state === 'current'))
}

/** Forward only: what is retired, dropped or given up does not come back. */
const ORDER = ['next', 'current', 'retired', 'dropped', 'lost'] as const

function isChange(before: GatewayKey['state'] | undefined, after: RingKey['state']): boolean {
  return before === undefined || ORDER.indexOf(after) > ORDER.indexOf(before)
}

export function nameOf({ purpose, kid }: { readonly purpose: string; readonly kid: string }): string {
  return `${purpose} ${kid}`
}
