/**
 * Each key of the gateway: on the ring, or only remembered by the database; its age, who has it, and what still needs it. Decides when a retired key may go:
 * no gateway that runs uses it, nothing is wrapped under it, what it signed is over. Refuses to drop one before.
 */
import type { Pool } from 'pg'
import { PolicyError } from '../../core/errors.ts'
import { type KeyRing, PURPOSES, type Purpose } from '../../seal/keyring.ts'
import { type GatewayKey, gatewayKeys, lockGatewayKeys, putGatewayKey, type ReplicaKey, replicaKeys } from '../../store/gateway-keys.ts'
import { transaction } from '../../store/pool.ts'
import { countWrapped } from '../../store/wrapped.ts'
import { appendAnew } from '../log/log.ts'
import { keysOn, nameOf, type RingKey } from './gateway-keys.ts'
import { namesUnder } from './names.ts'
import type { RewrapRoom } from './rewrap.ts'
import { WRAPPED } from './wrapped-columns.ts'

export interface KeyStatus {
  readonly purpose: Purpose
  readonly kid: string
  /** 'missing': the database has it in use or retired, and the ring has it not */
  readonly state: RingKey['state'] | 'missing' | 'lost' | 'dropped'
  readonly made: string
  readonly ageDays: number
  /** gateways that run and have it on their rings */
  readonly knownBy: readonly number[]
  /** what still needs it, in words; of none that is gone */
  readonly neededBy: readonly string[]
}

const DAY_MS = 86_400_000
/** Tokens last five minutes; clocks may differ. */
const TOKEN_MS = 10 * 60_000
/** Cursors of searches last an hour. */
const CURSOR_MS = 60 * 60_000

export function ageOf(made: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - made.getTime()) / DAY_MS))
}

/** All keys, by purpose; the one in use first. */
export async function keyStatus(pool: Pool, ring: KeyRing, now: Date): Promise<readonly KeyStatus[]> {
  const known = await gatewayKeys(pool)
  const running = await replicaKeys(pool)
  const under = await wrappedCounts(pool)
  const names = await namesUnder(pool)
  const remembered = new Map(known.map((key) => [nameOf(key), key]))
  const own = keysOn(ring)
  const had = new Set(own.map(nameOf))
  const seen: Seen = { running, under, names, now }
  return PURPOSES.flatMap((purpose) => [
    ...own.filter((key) => key.purpose === purpose).map((key) => told(purpose, key, remembered.get(nameOf(key)), seen)),
    ...known.filter((key) => key.purpose === purpose && !had.has(nameOf(key))).map((key) => told(purpose, gone(key), key, seen))
  ])
}

interface Seen {
  readonly running: readonly ReplicaKey[]
  /** words for what is wrapped under each kid */
  readonly under: ReadonlyMap<string, readonly string[]>
  readonly names: string | null
  readonly now: Date
}

interface Told extends Pick<KeyStatus, 'kid' | 'state'> {
  readonly made: Date | null
}

/** What is in none of the files. */
function gone({ kid, state, made_at }: GatewayKey): Told {
  return { kid, state: state === 'dropped' || state === 'lost' ? state : 'missing', made: made_at }
}

function told(purpose: Purpose, { kid, state, made }: Told, row: GatewayKey | undefined, seen: Seen): KeyStatus {
  const since = made ?? row?.made_at ?? seen.now
  const knownBy = seen.running.filter((key) => nameOf(key) === nameOf({ purpose, kid })).map(({ replica }) => replica)
  return {
    purpose,
    kid,
    state,
    made: since.toISOString(),
    ageDays: ageOf(since, seen.now),
    knownBy,
    neededBy: needs(purpose, { kid, state }, row, seen)
  }
}

/** Why this key cannot go. */
function needs(purpose: Purpose, { kid, state }: Pick<Told, 'kid' | 'state'>, row: GatewayKey | undefined, seen: Seen): string[] {
  if (state === 'dropped') return []
  const users = seen.running.filter((key) => key.state === 'current' && nameOf(key) === nameOf({ purpose, kid }))
  const retiredAt = row?.state === 'retired' ? row.since.getTime() : seen.now.getTime()
  const until = (ms: number, what: string): string[] =>
    state === 'retired' && retiredAt + ms > seen.now.getTime() ? [`${what} until ${new Date(retiredAt + ms).toISOString()}`] : []
  return [
    ...(state === 'current' ? ['in use'] : []),
    ...users.map(({ replica }) => `gateway ${replica} uses it`),
    ...(purpose === 'wrapping' ? (seen.under.get(kid) ?? []) : []),
    ...(purpose === 'wrapping' ? until(CURSOR_MS, 'cursors of searches') : []),
    ...(purpose === 'crosswalk' && seen.names === kid ? ['the secret of names'] : []),
    ...(purpose === 'token' ? until(TOKEN_MS, 'tokens') : [])
  ]
}

async function wrappedCounts(pool: Pool): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = new Map<string, string[]>()
  for (const place of WRAPPED) {
    for (const [kid, count] of await countWrapped(pool, place))
      all.set(kid, [...(all.get(kid) ?? []), `${count} of ${place.table}.${place.column}`])
  }
  return all
}

/** Notes that a key goes; `work` takes it away then. `lost`: it is on no ring any more, and what needs it is given up. PolicyError key-needed, with what does. */
export async function dropKnown(
  room: RewrapRoom,
  { purpose, kid }: { readonly purpose: Purpose; readonly kid: string },
  as: 'dropped' | 'lost'
): Promise<KeyStatus> {
  const { pool, ring, account } = room
  return transaction(pool, async (client) => {
    await lockGatewayKeys(client)
    const status = (await keyStatus(pool, ring, room.now())).find((key) => key.purpose === purpose && key.kid === kid)
    if (status === undefined) throw refused(`${purpose} ${kid}`, ['there is no such key: sallyport keys status'])
    if (as === 'dropped' && status.neededBy.length > 0) throw refused(`${purpose} ${kid}`, status.neededBy)
    if (as === 'lost') requireLost(status)
    const at = room.now()
    // what its public half proves stays known: only a private half goes
    const stays = as === 'dropped' && status.state === 'retired' && (purpose === 'log' || purpose === 'manifest')
    if (!stays) await putGatewayKey(client, { purpose, kid, state: as, made_at: new Date(status.made), since: at })
    await appendAnew(client, { v: 1, kind: 'key-dropped', at: at.toISOString(), account, purpose, thumbprint: kid, as })
    return status
  })
}

function requireLost({ purpose, kid, state, knownBy, neededBy }: KeyStatus): void {
  if (state !== 'missing') throw refused(`${purpose} ${kid}`, ['is not missing: nothing is given up that is there'])
  if (knownBy.length > 0) throw refused(`${purpose} ${kid}`, [`gateway ${knownBy[0]} has it: save its keys first`])
  if (purpose === 'crosswalk' && neededBy.length > 0)
    throw refused(`${purpose} ${kid}`, ['without it no opt-out is found, so nothing may leave: see the README on the loss of a key'])
}

function refused(path: string, messages: readonly string[]): PolicyError {
  return new PolicyError(
    'key-needed',
    messages.map((message) => ({ path, message }))
  )
}
