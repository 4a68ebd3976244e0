/** The one row that holds the secret of names, wrapped. Decides nothing. */
import type { PoolClient } from 'pg'
import { type Db, rows, run } from './pool.ts'

export interface NamesRow {
  /** rows were named before there was such a secret: by the crosswalk key itself */
  readonly adopted: boolean
  readonly sealed: Buffer | null
}

export async function namesRow(db: Db): Promise<NamesRow | null> {
  const [row] = await rows<NamesRow>(db, 'SELECT adopted, sealed FROM gateway_names')
  return row ?? null
}

/** The same, until the transaction ends. */
export async function lockNamesRow(client: PoolClient): Promise<NamesRow | null> {
  const [row] = await rows<NamesRow>(client, 'SELECT adopted, sealed FROM gateway_names FOR UPDATE')
  return row ?? null
}

export async function putNames(client: PoolClient, sealed: Buffer): Promise<number> {
  return run(client, 'UPDATE gateway_names SET sealed = $1', [sealed])
}

/** The crosswalk key a gateway started with before there was such a secret; null for none. */
export async function formerCrosswalkKey(db: Db): Promise<string | null> {
  const [row] = await rows<{ kid: string }>(
    db,
    `SELECT substring(id FROM 11) AS kid FROM loaded WHERE what = 'key' AND state = 'current' AND id LIKE 'crosswalk %'`
  )
  return row?.kid ?? null
}
