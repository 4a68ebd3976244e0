/**
 * The connection to PostgreSQL. Decides how a transaction begins and ends and which database errors mean "try again".
 * Refuses nothing by itself: statements live one to a function in the files beside this one.
 */
import { DatabaseError, Pool, type PoolClient, type QueryResultRow, types } from 'pg'
import { UpstreamError } from '../core/errors.ts'

/** What a statement runs on: the pool, or one client inside a transaction. */
export type Db = Pool | PoolClient

/** int8 as a number: every count here stays below 2^53 (checked: a larger one throws). */
function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint of the database exceeds 2^53')
  return value
}

export const OPTIONS = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c search_path=public'

/**
 * For pg: the database at `url`, where a name without a schema is one of public, whatever the role or the database has as its own search_path, and whose server lets go within half a
 * minute of a line that went without a word. Options that
 * stand in `url` stay, before ours; pg takes those of a URL over its own member.
 */
export function connectionOf(url: string): { readonly connectionString: string; readonly options: string } {
  return { connectionString: url.replace(/([?&]options=[^&#]*)/g, `$1${encodeURI(` ${OPTIONS}`)}`), options: OPTIONS }
}

/** Opens a pool of at most `size` connections; statements are cut off after `statementSeconds`. */
export function openPool(url: string, size: number, statementSeconds = 60): Pool {
  types.setTypeParser(types.builtins.INT8, safeInteger)
  const pool = new Pool({
    ...connectionOf(url),
    max: size,
    // a server that went without a word is noticed by connections that wait, too: asked after so long, and given up some ten seconds later
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementSeconds * 1000,
    application_name: 'sallyport'
  })
  // An idle client that loses its server emits at the pool, one that is taken out at itself: the next query fails and is reported there. From its first
  // moment, for the server's last word may come in one packet with its first, before whoever asked for the client has it.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return pool
}

/** PostgreSQL error classes that mean the server is away, full or busy, not that we are wrong: 08, 53, 57, 40, and socket errors. */
const TEMPORARY = /^(08|53|57P|57014|40|ECONN|EPIPE|ENOENT|ETIMEDOUT|EAI_AGAIN|25P03|55P03)/

/** The SQLSTATE of what PostgreSQL answered instead of rows; null for any other error. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.code ?? null) : null
}

/** An UpstreamError when the database could not answer; anything else as it came. */
export function databaseFault(error: unknown): unknown {
  if (error instanceof UpstreamError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const lost =
    error instanceof Error &&
    /Connection terminated|Client was closed|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after/.test(
      error.message
    )
  if (code === '53100') return new UpstreamError('storage-full', 30, error)
  return TEMPORARY.test(code) || lost ? new UpstreamError('database-unavailable', 5, error) : error
}

/** One statement; rows as `Row`. The caller names the row shape that its SQL selects. With a `name` each connection plans it once: for hot paths. */
export async function rows<Row extends QueryResultRow>(
  db: Db,
  text: string,
  values: readonly unknown[] = [],
  name?: string
): Promise<Row[]> {
  try {
    return (await db.query<Row>({ text, values: [...values], ...(name === undefined ? {} : { name }) })).rows
  } catch (error) {
    throw databaseFault(error)
  }
}

/** One statement for its effect; how many rows it touched. `name` as above. */
export async function run(db: Db, text: string, values: readonly unknown[] = [], name?: string): Promise<number> {
  try {
    return (await db.query({ text, values: [...values], ...(name === undefined ? {} : { name }) })).rowCount ?? 0
  } catch (error) {
    throw databaseFault(error)
  }
}

/** Runs `work` in one transaction: commits what it returns, rolls back what it throws. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    throw databaseFault(error)
  }
  let broken: Error | undefined
  try {
    await run(client, 'BEGIN')
    const result = await work(client)
    await run(client, 'COMMIT')
    return result
  } catch (error) {
    try {
      await client.query('ROLLBACK')
    } catch (rollback) {
      broken = rollback instanceof Error ? rollback : new Error('rollback failed')
    }
    throw databaseFault(error)
  } finally {
    client.release(broken)
  }
}
