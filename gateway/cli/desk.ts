/**
 * What officers' commands stand on: the database and the key ring of the gateway that the environment describes, whether it runs or
 * not. Opens both, runs the command, closes both. Refuses what `serve` would refuse.
 */
import type { Pool } from 'pg'
import { readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import type { KeyRing } from '../seal/keyring.ts'

export interface Desk {
  readonly pool: Pool
  readonly ring: KeyRing
  readonly policiesDir: string
}

export async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
  const { config, secrets } = readConfig(readEnvironment())
  const { keyFiles, openDatabase } = await import('../main.ts')
  const { readKeyRing } = await import('../seal/keyring.ts')
  const { migrate } = await import('../store/migrate.ts')
  const { openPool } = await import('../store/pool.ts')
  const ring = readKeyRing(keyFiles(config, secrets))
  const { url, server } = await openDatabase(config, secrets, () => undefined)
  try {
    await migrate(url)
    const pool = openPool(url, 2)
    try {
      return await work({ pool, ring, policiesDir: config.policiesDir })
    } finally {
      await pool.end()
    }
  } finally {
    await server?.stop()
  }
}
