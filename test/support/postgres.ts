/**
 * Real PostgreSQL for tests: one server for the whole run (embedded, or that of DATABASE_URL), and for each test file a database
 * cloned from a template that holds the migrated, empty schema. Skips nothing: where there is no server the test fails.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, before } from 'mocha'
import { Client } from 'pg'
import { readEnvironment } from '../../gateway/config/env.ts'
import { sha256 } from '../../gateway/core/digest.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { startPostgres } from '../../gateway/store/postgres-server.ts'

export interface TestDatabase {
  readonly name: string
  /** for pg, and as DATABASE_URL of a gateway that a test starts */
  readonly url: string
  /** Cuts every connection first. */
  drop(): Promise<void>
}

interface TestServer {
  readonly url: string
  stop(): Promise<void>
}

/** Test servers are many and short: the same programs, smaller. fsync stays on. */
const SETTINGS = { shared_buffers: '32MB', max_wal_size: '256MB' }
const DIR = fileURLToPath(new URL('../../.sallyport/test-postgres', import.meta.url))
const SQL = new URL('../../schemas/sql/', import.meta.url)

/** Lock under which the template is made: several runs may share a server. */
const TEMPLATE_LOCK = 7_301_005

function once<T>(make: () => Promise<T>): { get(): Promise<T>; made(): Promise<T> | null } {
  const kept: { value: Promise<T> | null } = { value: null }
  return {
    get: () => (kept.value ??= make()),
    made: () => kept.value
  }
}

const server = once<TestServer>(async () => {
  const url = readEnvironment()['DATABASE_URL']
  const started = url === undefined ? await startPostgres({ dir: DIR, settings: SETTINGS }) : { url, stop: async () => undefined }
  await sweep(started.url)
  return started
})

const template = once(async () => {
  const { url } = await server.get()
  const files = readdirSync(SQL).sort()
  const name = `template_${sha256(files.map((file) => readFileSync(new URL(file, SQL), 'utf8')).join('\n'))
    .toString('hex')
    .slice(0, 16)}`
  await withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const { rows } = await client.query('SELECT datistemplate AS done FROM pg_database WHERE datname = $1', [name])
    if (rows[0]?.done === true) return
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) // a run was killed while it was made
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
    await migrate(at(url, name))
    await client.query(`ALTER DATABASE ${name} IS_TEMPLATE true`)
  })
  return name
})

after(async () => {
  await (await server.made())?.stop()
})

/** The same server, another database. */
function at(url: string, database: string): string {
  const address = new URL(url)
  address.pathname = `/${database}`
  return address.href
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** Drops the databases of runs that were killed: their names hold the number of the program that made them. */
async function sweep(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname ~ '^test_[0-9]+_[0-9a-f]+$'`
    )
    for (const { name } of rows) {
      if (!alive(Number(name.split('_')[1]))) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    }
  })
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function createDatabase(source: string): Promise<TestDatabase> {
  const { url } = await server.get()
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`
  await withClient(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${source}`))
  return {
    name,
    url: at(url, name),
    drop: () => withClient(url, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)))
  }
}

/** A database of one's own, migrated and empty. Drop it when done. */
export async function testDatabase(): Promise<TestDatabase> {
  return await createDatabase(await template.get())
}

/** A copy of a database nobody is connected to. */
export function copyOf(database: TestDatabase): Promise<TestDatabase> {
  return createDatabase(database.name)
}

/** A database of one's own without any table. */
export function bareDatabase(): Promise<TestDatabase> {
  return createDatabase('template0')
}

/**
 * For a describe block: makes a migrated database before its tests and drops it after them.
 * `const database = useDatabase()` … `database().url` inside a test.
 */
export function useDatabase(): () => TestDatabase {
  const kept: { value: TestDatabase | null } = { value: null }
  before(async function () {
    this.timeout(60_000)
    kept.value = await testDatabase()
  })
  after(async () => {
    await kept.value?.drop()
  })
  return () => {
    if (kept.value === null) throw new Error('the database is there inside tests and hooks only')
    return kept.value
  }
}
