/**
 * The gateway's own keys, as main and the desk stand on them: the one source that is configured, the secret of names from the database beside them, and what
 * is told of their ages. Decides which source is asked: SALLYPORT_KEYS_FILE, else SALLYPORT_KEY_* where any is set, else the folder. Refuses with the source's
 * words; and to start for others on keys in a folder that nobody named.
 */
import type { Pool } from 'pg'
import type { Config } from './config/config.ts'
import type { Secrets } from './config/secrets.ts'
import { codeOf, PolicyError } from './core/errors.ts'
import type { Observe } from './exchange/house.ts'
import { enterKeys, keysOn, requireRing } from './exchange/keys/gateway-keys.ts'
import { ageOf } from './exchange/keys/key-status.ts'
import { openNames } from './exchange/keys/names.ts'
import type { Readiness } from './http/deps.ts'
import { type KeyFiles, type KeyRing, NAMES_FILE, type Purpose, readKeyRing } from './seal/keyring.ts'
import { environmentSource, fileSource, folderSource, type KeySource } from './seal/keysource.ts'
import { gatewayKeys } from './store/gateway-keys.ts'
import { joinReplicas, type Replica } from './store/replicas.ts'

/** `ask`: a passphrase that the configuration does not give (a command asks for it). */
export function keySourceOf(config: Config, secrets: Secrets, ask: () => string = neverAsked): KeySource {
  if (config.keysFile !== null) return fileSource(config.keysFile, () => secrets.keysPassphrase?.reveal() ?? ask())
  const given = new Map([...secrets.keys].map(([purpose, secret]) => [purpose, secret.reveal()] as const))
  return given.size > 0 ? environmentSource(given) : folderSource(config.keysDir)
}

function neverAsked(): never {
  throw new PolicyError('key-missing', [
    { path: 'SALLYPORT_KEYS_PASSPHRASE', message: 'is needed, or SALLYPORT_KEYS_PASSPHRASE_FILE: SALLYPORT_KEYS_FILE is set' }
  ])
}

export interface OwnKeys {
  readonly files: KeyFiles
  readonly kind: KeySource['kind']
  readonly maxAgeDays: number
}

/** What a start takes no word of ours for: whoever copies the data has the keys, too. */
const BESIDE_DATA =
  'is needed for a gateway that others call: else its keys lie in clear beside the data they open. Keep them under a passphrase (sallyport keys encrypt --help), give them as SALLYPORT_KEY_*, or name the folder'

/** What the source has, with its faults before anything is started. PolicyError key-missing | keys-closed | config-invalid. */
export function ownKeys(config: Config, secrets: Secrets): OwnKeys {
  const source = keySourceOf(config, secrets)
  if (source.kind === 'folder' && config.keysBesideData)
    throw new PolicyError('config-invalid', [{ path: 'SALLYPORT_KEYS_DIR', message: BESIDE_DATA }])
  const files = source.read()
  readKeyRing(files)
  return { files, kind: source.kind, maxAgeDays: config.keyMaxAgeDays }
}

export interface OpenedKeys {
  /** with the secret of names: what a worker makes its ring of */
  readonly files: KeyFiles
  readonly ring: KeyRing
}

/** The ring whole, once it fits the database. PolicyError key-missing. */
export async function openRing(pool: Pool, files: KeyFiles): Promise<OpenedKeys> {
  const ring = readKeyRing(files)
  await requireRing(pool, ring)
  const all = new Map([...files, [NAMES_FILE, await openNames(pool, ring)]])
  return { files: all, ring: readKeyRing(all) }
}

/** Joins the other replicas, and says each time which keys this one has. */
export function joinWith(ring: KeyRing, pool: Pool, observe: Pick<Observe, 'stepFailed'>): Promise<Replica> {
  return joinReplicas(pool, (client, number) => enterKeys(client, ring, number, new Date()), {
    failed: (attempts, error) => observe.stepFailed({ kind: 'replica', target: 'keys', code: codeOf(error), attempts, error })
  })
}

interface KeysObserver {
  keysInClear(event: Record<string, never>): void
  keyOld(event: { readonly kind: Purpose; readonly days: number }): void
}

export interface KeyAges {
  /** days since the key in use of each purpose was made */
  now(): Readonly<Record<Purpose, number>>
  /** is one older than the policy has it? */
  old(): boolean
}

/** Ages of the keys in use, and a warning of each that is too old, and of keys in clear: once, at the start. */
export async function tellKeys(pool: Pool, ring: KeyRing, { kind, maxAgeDays }: OwnKeys, observe: KeysObserver): Promise<KeyAges> {
  const known = new Map((await gatewayKeys(pool)).map((key) => [`${key.purpose} ${key.kid}`, key.made_at]))
  const inUse = keysOn(ring).filter(({ state }) => state === 'current')
  const made = inUse.map(({ purpose, kid, made: said }) => [purpose, said ?? known.get(`${purpose} ${kid}`) ?? new Date()] as const)
  const now = (): Readonly<Record<Purpose, number>> => {
    const at = new Date()
    return Object.fromEntries(made.map(([purpose, since]) => [purpose, ageOf(since, at)])) as Record<Purpose, number> // one of each purpose
  }
  const tooOld = (): [string, number][] => Object.entries(now()).filter(([, days]) => days > maxAgeDays)
  if (kind === 'folder') observe.keysInClear({})
  for (const [purpose, days] of tooOld()) observe.keyOld({ kind: purpose as Purpose, days }) // a key of the record above
  return { now, old: () => tooOld().length > 0 }
}

/** For /readyz: an old key is told, and makes nothing unready. */
export function withKeys(ready: Readiness, ages: KeyAges): Readiness {
  return { ok: ready.ok, checks: { ...ready.checks, keys: !ages.old() }, keyDays: ages.now() }
}
