/**
 * The registry, live: who is known at this moment, as the database and the folder say. Decides how old the answer may be: read again when any replica changes it, at
 * its call and a second later at the latest where that was missed, and only what is newer than what was read. Refuses to answer who may sign in once nobody could say for three
 * seconds.
 */
import type { Pool, PoolClient } from 'pg'
import { codeOf, UpstreamError } from '../../core/errors.ts'
import type { Emergency, Registry } from '../../core/identity/registry.ts'
import { type PublicJwk, thumbprintOf } from '../../seal/keyring.ts'
import { type Db, run, transaction } from '../../store/pool.ts'
import * as store from '../../store/registry.ts'
import { holdSession } from '../../store/session.ts'
import type { House } from '../house.ts'
import { Looking } from '../looking.ts'
import { ANYBODY, type Folder, Known } from './known.ts'

type Emergencies = (db: Db) => Promise<readonly Emergency[]>

interface Reading {
  readonly emergencies?: Emergencies
  /** none: for who asks for names and addresses only */
  readonly keys?: 'none'
}

/** Reads what is newer than what it has: for whoever asks now and then, as a desk or a worker thread. */
export class RegistryReader {
  readonly #pool: Pool
  readonly #known: Known
  readonly #reading: Reading
  #seen = -1

  constructor(pool: Pool, folder: Folder, reading: Reading = {}) {
    this.#pool = pool
    this.#known = new Known(folder)
    this.#reading = reading
  }

  now(): Registry {
    return this.#known.registry
  }

  /** How many rows were read. `db`: a connection of its own, where there is one. */
  async look(db: Db = this.#pool): Promise<number> {
    const epoch = await store.registryEpoch(db)
    if (epoch === this.#seen) return 0
    const identities = await store.identitiesSince(db, this.#seen)
    const keys = this.#reading.keys === 'none' ? [] : await store.keysSince(db, this.#seen, this.#known.filed)
    const emergencies = (await this.#reading.emergencies?.(db)) ?? []
    this.#known.take({ identities, keys, tokens: await store.revokedTokens(db), emergencies })
    // what was committed while it read is read once more
    this.#seen = epoch
    return identities.length + keys.length
  }
}

/** Enters the folder's, who are not there yet: a row each, so that their standing can change. */
async function enter(pool: Pool, folder: Folder, at: Date): Promise<void> {
  const missing = await store.notEntered(pool, [...folder.parties.keys(), ...folder.officers.keys()])
  if (missing.length === 0) return
  const among = (ids: ReadonlyMap<string, unknown>): string[] => missing.filter((id) => ids.has(id))
  await transaction(pool, async (client) => {
    const epoch = await store.nextEpoch(client)
    await store.enterFolder(client, 'party', among(folder.parties), { at, epoch })
    await store.enterFolder(client, 'officer', among(folder.officers), { at, epoch })
  })
}

/** As it is now, for whoever asks once: an officer's desk. The folder's are those of this desk. */
export async function registryNow(pool: Pool, folder: Folder, at: Date): Promise<Registry> {
  await enter(pool, folder, at)
  const reader = new RegistryReader(pool, folder)
  await reader.look()
  return reader.now()
}

export interface LiveRegistry {
  /** As it is: ask each time. */
  now(): Registry
  /** UpstreamError database-unavailable when for some seconds nobody could say whether it still is. */
  requireFresh(): void
  /** `now`, if it is fresh. */
  fresh(): Registry
  /** Reads it now. */
  look(): Promise<void>
  stop(): Promise<void>
}

type Standing = Pick<House, 'pool' | 'now'> & {
  readonly observe: Pick<House['observe'], 'stepFailed'>
  /** what was granted for a while; not given: nothing was */
  readonly emergencies?: Emergencies
}

const POLL_MS = 1000
/** As policies: with the second between two questions of a download it leaves a second of the five in which it must stop. */
const FRESH_MS = 3000

/** Enters the folder's, reads who is registered, and keeps it so until it is stopped. */
export async function keepRegistry({ pool, now, observe, emergencies }: Standing, folder: Folder): Promise<LiveRegistry> {
  await enter(pool, folder, now())
  const reader = new RegistryReader(pool, folder, emergencies === undefined ? {} : { emergencies })
  const held: { confirmed: number; client: PoolClient | null } = { confirmed: 0, client: null }
  const looking = new Looking(async () => {
    const at = performance.now()
    await reader.look(held.client ?? pool)
    held.confirmed = at
  })
  await looking.start()
  const failed = (attempts: number, error: unknown): void =>
    observe.stepFailed({ kind: 'registry', target: 'parties', code: codeOf(error), attempts, error })
  const stir = (): void => {
    looking.start().catch((error: unknown) => failed(1, error))
  }
  const session = await holdSession(
    pool,
    async (client) => {
      client.on('notification', stir)
      await run(client, 'LISTEN sallyport_registry')
      held.client = client
    },
    { failed }
  )
  const timer = setInterval(stir, POLL_MS)
  const requireFresh = (): void => {
    if (performance.now() - held.confirmed > FRESH_MS) throw new UpstreamError('database-unavailable')
  }
  return {
    now: () => reader.now(),
    requireFresh,
    fresh: () => {
      requireFresh()
      return reader.now()
    },
    look: () => looking.start(),
    stop: async () => {
      clearInterval(timer)
      held.client = null
      await looking.still()
      await session.release()
    }
  }
}

/** Registered keys without those that are dead; none of whoever may not sign in, wherever they are served from. */
export function livingKeys<More extends readonly unknown[], Keys extends { readonly keys: readonly PublicJwk[] }>(
  keysOf: (id: string, ...more: More) => Promise<Keys | null>,
  registry: () => Registry
): (id: string, ...more: More) => Promise<Keys | null> {
  return async (id, ...more) => {
    if (registry().standings.has(id)) return null
    const found = await keysOf(id, ...more)
    // asked again: what was fetched took a while
    const { standings, revokedKeys } = registry()
    if (found === null || standings.has(id)) return null
    // what comes by a certificate is known by its kid, too
    const names = (key: PublicJwk): string[] => [
      thumbprintOf(key),
      ...(typeof key.kid === 'string' && key.kid.length === 43 ? [key.kid] : [])
    ]
    const isDead = (key: PublicJwk): boolean =>
      names(key).some((name) => revokedKeys.has(`${id} ${name}`)) || revokedKeys.has(`${ANYBODY} ${thumbprintOf(key)}`)
    return { ...found, keys: found.keys.filter((key) => !isDead(key)) }
  }
}
