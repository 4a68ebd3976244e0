/**
 * Brings a database to the present schema: runs the files of schemas/sql that it has not seen, in order, in one transaction,
 * under an advisory lock that several gateways starting at once wait for. Refuses a database that is ahead of this program, and one whose tables
 * lie in another schema than public. For whoever only reads, it looks whether the schema is the present one, and changes nothing.
 */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { Client } from 'pg'
import { OperatorHint, UpstreamError } from '../core/errors.ts'
import { connectionOf } from './pool.ts'

const FOLDER = fileURLToPath(new URL('../../schemas/sql', import.meta.url))
const TABLE = 'migration'

function ours(): string[] {
  return readdirSync(FOLDER).map((file) => file.replace(/\.sql$/, ''))
}

/** Names of the migrations that were run on the database. */
async function ranOn(client: Client): Promise<readonly string[]> {
  const there = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [`public.${TABLE}`])
  if (there.rows[0]?.there !== true) return []
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM public.${TABLE} ORDER BY name`)
  return rows.map((row) => row.name)
}

/** An older gateway must not write to what a newer one has changed. */
function refuseNewer(ran: readonly string[]): void {
  const known = new Set(ours())
  const newer = ran.find((name) => !known.has(name))
  if (newer !== undefined)
    throw new OperatorHint(`The database holds migration ${newer}, which this version does not have: run the newer version.`)
}

/** A log that lies elsewhere is not begun anew in silence. */
async function refuseElsewhere(client: Client): Promise<void> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'log_head' AND relkind = 'r'
       AND to_regclass('public.log_head') IS NULL ORDER BY 1`
  )
  const [found] = rows
  if (found !== undefined)
    throw new OperatorHint(
      `A log lies in the schema ${found.schema} of this database, and this version keeps its tables in public: move all of them there (ALTER TABLE … SET SCHEMA public), with their functions and the view, or use another database.`
    )
}

async function run(client: Client): Promise<readonly string[]> {
  refuseNewer(await ranOn(client))
  await refuseElsewhere(client)
  const quiet = (): void => undefined
  const ran = await runner({
    dbClient: client,
    dir: FOLDER,
    direction: 'up',
    migrationsTable: TABLE,
    checkOrder: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet }
  })
  return ran.map((migration) => migration.name)
}

async function look(client: Client): Promise<void> {
  const ran = await ranOn(client)
  refuseNewer(ran)
  const missing = ours().find((name) => !ran.includes(name))
  if (missing !== undefined)
    throw new OperatorHint(
      ran.length === 0
        ? 'The database holds no tables of Sallyport: look at DATABASE_URL (or SALLYPORT_DATA_DIR), or start the gateway on it once (npx sallyport serve), which makes them.'
        : `The database is of an older version (it lacks migration ${missing}), and this command changes no schema: use that version's program, or start this version's gateway (npx sallyport serve), which brings it to the present one.`
    )
}

/** One connection for `work`. `failed` begins the sentence that an operator reads. */
async function connected<T>(databaseUrl: string, failed: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...connectionOf(databaseUrl), connectionTimeoutMillis: 10_000, application_name: 'sallyport migrate' })
  client.on('error', () => undefined) // the query that is under way rejects too
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    if (error instanceof OperatorHint) throw new UpstreamError('database-unavailable', 5, error)
    // PostgreSQL's message for a schema statement names tables and columns of ours, never data; the runner puts a stack behind it
    const reason = error instanceof Error ? error.message.split('\n')[0] : 'unknown'
    throw new UpstreamError('database-unavailable', 5, new OperatorHint(`${failed}: ${reason}`, { cause: error }))
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Returns the names of the migrations that were run now: none at the second call. UpstreamError database-unavailable otherwise. */
export function migrate(databaseUrl: string): Promise<readonly string[]> {
  return connected(databaseUrl, 'The database could not be migrated', run)
}

/** Resolves when the schema is this program's; UpstreamError database-unavailable, with what to do, when it is not. Only reads. */
export function requireSchema(databaseUrl: string): Promise<void> {
  return connected(databaseUrl, 'The database could not be read', look)
}
