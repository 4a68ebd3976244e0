/**
 * Brings a database to the present schema: runs the files of schemas/sql that it has not seen, in order, in one transaction,
 * under an advisory lock that several gateways starting at once wait for. Refuses a database that is ahead of this program.
 */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { Client } from 'pg'
import { OperatorHint, UpstreamError } from '../core/errors.ts'

const FOLDER = fileURLToPath(new URL('../../schemas/sql', import.meta.url))
const TABLE = 'migration'

/** An older gateway must not write to what a newer one has changed. */
async function refuseNewer(client: Client): Promise<void> {
  const there = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [TABLE])
  if (there.rows[0]?.there !== true) return
  const known = new Set(readdirSync(FOLDER).map((file) => file.replace(/\.sql$/, '')))
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${TABLE} ORDER BY name`)
  const newer = rows.find((row) => !known.has(row.name))
  if (newer !== undefined)
    throw new OperatorHint(`The database holds migration ${newer.name}, which this version does not have: run the newer version.`)
}

async function run(client: Client): Promise<readonly string[]> {
  await client.connect()
  await refuseNewer(client)
  const quiet = (): void => undefined
  const ran = await runner({
    dbClient: client,
    dir: FOLDER,
    direction: 'up',
    migrationsTable: TABLE,
    checkOrder: true,
    advisoryLockMode: 'wait',
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet }
  })
  return ran.map((migration) => migration.name)
}

/** Returns the names of the migrations that were run now: none at the second call. UpstreamError database-unavailable otherwise. */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000, application_name: 'sallyport migrate' })
  client.on('error', () => undefined) // the query that is under way rejects too
  try {
    return await run(client)
  } catch (error) {
    if (error instanceof OperatorHint) throw new UpstreamError('database-unavailable', 5, error)
    // PostgreSQL's message for a schema statement names tables and columns of ours, never data
    const reason = error instanceof Error ? error.message : 'unknown'
    throw new UpstreamError('database-unavailable', 5, new OperatorHint(`The database could not be migrated: ${reason}`, { cause: error }))
  } finally {
    await client.end().catch(() => undefined)
  }
}
