/**
 * What officers' commands stand on: the database and the key ring of the gateway that the environment describes, whether it runs or
 * not. Opens both, runs the command, closes both. Refuses what `serve` would refuse, and a database whose schema is another version's: it is the gateway that
 * brings a database to the present one, save for what may be told before any gateway runs.
 */
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { type Config, readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { OperatorHint } from '../core/errors.ts'
import type { KeyFiles, KeyRing } from '../seal/keyring.ts'
import type { KeySource } from '../seal/keysource.ts'
import { keySourceHere } from './keys/passphrase.ts'

export interface Desk {
  readonly pool: Pool
  readonly ring: KeyRing
  /** folder of the encrypted files */
  readonly folder: string
  readonly policiesDir: string
  readonly partners: Config['partners']
  /** whose hands these are, as the operating system says */
  readonly account: string
}

/** An account without a name (a container's) is told by its number. */
function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

/** What PostgreSQL refuses a role or a server, by SQLSTATE: trouble of whoever set them up. */
const REFUSED: Readonly<Record<string, string>> = {
  '42501':
    'The role of DATABASE_URL may not do this. What officers do and read is an entry, so most commands write to the log; log fsck --no-record and log checkpoint only read.',
  '25006': 'The database takes no writes (a standby, or set to read only). log fsck --no-record and log checkpoint only read.'
}

/** PostgreSQL's own words may repeat a row: its code is told, and not where in the driver it was read. */
function told(error: unknown, code: string | null): unknown {
  if (code === null) return error
  return new OperatorHint(`${REFUSED[code] ?? 'The database refused a statement.'} (${code})`, { cause: error })
}

/** What the commands that look after keys stand on: the ring as its source has it, whether or not it fits the database. */
export interface KeysDesk extends Pick<Desk, 'pool' | 'account'> {
  readonly source: KeySource
  readonly files: KeyFiles
  readonly config: Config
}

/** `schema`: only a command whose effect must be able to precede the first gateway brings it up to date. */
export async function atDesk<T>(work: (desk: Desk) => Promise<T>, schema: 'as it is' | 'brought up to date' = 'as it is'): Promise<T> {
  const { openRing } = await import('../keys.ts')
  return atKeysDesk(async ({ pool, files, config, account }) => {
    const { ring } = await openRing(pool, files)
    const { policiesDir, partners } = config
    return work({ pool, ring, folder: join(config.dataDir, 'files'), policiesDir, partners, account })
  }, schema)
}

/** The same for commands that look after keys. */
export async function atKeysDesk<T>(
  work: (desk: KeysDesk) => Promise<T>,
  schema: 'as it is' | 'brought up to date' = 'as it is'
): Promise<T> {
  const { config, secrets } = readConfig(readEnvironment())
  const { openDatabase, prepareDatabase } = await import('../database.ts')
  const { readKeyRing } = await import('../seal/keyring.ts')
  const { requireSchema } = await import('../store/migrate.ts')
  const { openPool, sqlStateOf } = await import('../store/pool.ts')
  const source = await keySourceHere(config, secrets)
  const files = source.read()
  readKeyRing(files) // its faults before anything is started
  const database = await openDatabase(config, secrets, () => undefined)
  const { url, server } = database
  try {
    if (schema === 'as it is') await requireSchema(url)
    else await prepareDatabase(database)
    const pool = openPool(url, 4)
    try {
      return await work({ pool, source, files, config, account: accountName() })
    } catch (error) {
      throw told(error, sqlStateOf(error))
    } finally {
      await pool.end()
    }
  } finally {
    await server?.stop()
  }
}
