/**
 * What officers' commands stand on: the database and the key ring of the gateway that the environment describes, whether it runs or
 * not. Opens both, runs the command, closes both. Refuses what `serve` would refuse.
 */
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import type { KeyRing } from '../seal/keyring.ts'

export interface Desk {
  readonly pool: Pool
  readonly ring: KeyRing
  /** folder of the encrypted files */
  readonly folder: string
  readonly policiesDir: string
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

export async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
  const { config, secrets } = readConfig(readEnvironment())
  const { openDatabase, prepareDatabase } = await import('../database.ts')
  const { keyFiles } = await import('../main.ts')
  const { readKeyRing } = await import('../seal/keyring.ts')
  const { openPool } = await import('../store/pool.ts')
  const ring = readKeyRing(keyFiles(config, secrets))
  const database = await openDatabase(config, secrets, () => undefined)
  const { url, server } = database
  try {
    await prepareDatabase(database)
    const pool = openPool(url, 4)
    try {
      return await work({ pool, ring, folder: join(config.dataDir, 'files'), policiesDir: config.policiesDir, account: accountName() })
    } finally {
      await pool.end()
    }
  } finally {
    await server?.stop()
  }
}
