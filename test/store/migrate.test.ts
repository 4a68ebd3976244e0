/** Migrations: run once, wait for one another, and never twice; in public, whoever runs them. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { Client } from 'pg'
import { OperatorHint, UpstreamError } from '../../gateway/core/errors.ts'
import { grantGateway } from '../../gateway/store/grants.ts'
import { guardFault } from '../../gateway/store/guards.ts'
import { migrate, requireSchema } from '../../gateway/store/migrate.ts'
import { connectionOf, OPTIONS, openPool } from '../../gateway/store/pool.ts'
import { query } from '../support/house.ts'
import { bareDatabase, type TestDatabase, useDatabase } from '../support/postgres.ts'

const SQL = new URL('../../schemas/sql/', import.meta.url)

async function onBare(work: (bare: TestDatabase) => Promise<void>): Promise<void> {
  const bare = await bareDatabase()
  try {
    await work(bare)
  } finally {
    await bare.drop()
  }
}

/** The sentence for the operator of a database that is refused. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown)
  expect(error).to.be.instanceOf(UpstreamError).with.property('code', 'database-unavailable')
  const { cause } = error as UpstreamError
  expect(cause).to.be.instanceOf(OperatorHint)
  return (cause as OperatorHint).message
}

/** A database as the migrations before `next` leave it. */
async function madeBefore(url: string, next: string): Promise<void> {
  await query(url, 'CREATE TABLE migration (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)')
  for (const file of readdirSync(SQL)
    .sort()
    .filter((name) => name < next)) {
    await query(url, readFileSync(new URL(file, SQL), 'utf8'))
    await query(url, 'INSERT INTO migration (name, run_on) VALUES ($1, now())', [file.replace(/\.sql$/, '')])
  }
}

/** Makes a role that may sign in, gives its URL on the database, and takes it away. */
async function asRole(bare: TestDatabase, work: (name: string, url: string) => Promise<void>): Promise<void> {
  const name = `test_owner_${process.pid}`
  await query(bare.url, `CREATE ROLE ${name} LOGIN PASSWORD 'test'; GRANT CREATE ON SCHEMA public TO ${name}`)
  const address = new URL(bare.url)
  address.username = name
  address.password = 'test'
  try {
    await work(name, address.href)
  } finally {
    await query(bare.url, `DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`)
  }
}

const OURS = encodeURI(` ${OPTIONS}`)

describe('store/migrate', () => {
  const database = useDatabase()

  it('a second run finds nothing to do', async () => {
    expect(await migrate(database().url)).to.deep.equal([])
  })

  it('gateways that start at once wait for one another: each migration runs once', async () => {
    await onBare(async (bare) => {
      const runs = await Promise.all([migrate(bare.url), migrate(bare.url), migrate(bare.url)])
      const names = runs.flat()
      expect(names).to.not.deep.equal([])
      expect(new Set(names).size).to.equal(names.length)
    })
  })

  it('a log with entries of before migration 006 is not upgraded: what was found, and what to do; nothing is changed', async () => {
    await onBare(async ({ url }) => {
      await madeBefore(url, '006')
      await query(
        url,
        `INSERT INTO log_entry (index, key, kind, entry, leaf_hash, at)
           VALUES (0, 'test', 'file-delivered', '{"v":1,"kind":"file-delivered","at":"2026-01-01T00:00:00Z"}', sha256('x'), '2026-01-01T00:00:00Z');
         INSERT INTO log_body (index, at, statement, salt) VALUES (0, '2026-01-01T00:00:00Z', '{"recipient":"demo-insurer"}', 'x')`
      )
      const said = await refusal(migrate(url))
      expect(said).to.contain('its log holds entries of before migration 006 (1), whose keys nothing proves; nothing was changed')
      expect(said).to.contain('stays with the version that made it').and.contain('an empty database')
      expect(await query(url, 'SELECT max(name) AS newest FROM migration')).to.deep.equal([{ newest: '005_log_bodies' }])
      await refusal(requireSchema(url)).then((text) => expect(text).to.contain('of an older version (it lacks migration 006_log_proved)'))
    })
  })

  it('an empty log of before migration 006 is upgraded, and one of before 010 that holds an entry', async () => {
    await onBare(async ({ url }) => {
      await madeBefore(url, '006')
      expect((await migrate(url))[0]).to.equal('006_log_proved')
      await requireSchema(url)
    })
    await onBare(async ({ url }) => {
      await madeBefore(url, '010')
      await query(
        url,
        `INSERT INTO log_entry (index, key, kind, entry, leaf_hash, at) VALUES (0, 'test', 'hold-released', 'x', sha256('x'), '2026-01-01T00:00:00Z');
         INSERT INTO log_body (index, at, statement, salt, seed, parties)
           VALUES (0, '2026-01-01T00:00:00Z', '{"source":"demo-hospital","recipient":"demo-insurer"}', 'x', 'x', '{demo-hospital,demo-insurer}')`
      )
      expect((await migrate(url))[0]).to.equal('010_log_policy')
      expect(await query(url, 'SELECT parties FROM log_body')).to.deep.equal([{ parties: ['demo-hospital'] }])
    })
  })

  it('a role that has a schema of its own name, or another search_path, makes, grants and finds the tables in public', async () => {
    await onBare((bare) =>
      asRole(bare, async (name, url) => {
        await query(bare.url, `CREATE SCHEMA AUTHORIZATION ${name}; ALTER ROLE ${name} SET search_path = "$user", pg_catalog`)
        await migrate(url)
        await grantGateway(url, name)
        expect(await query(bare.url, `SELECT relname FROM pg_class WHERE relnamespace = '${name}'::regnamespace`)).to.deep.equal([])
        for (const each of [url, `${url}${url.includes('?') ? '&' : '?'}options=-c%20work_mem%3D8MB`]) {
          const pool = openPool(each, 1)
          expect(await guardFault(pool)).to.equal(null)
          expect((await pool.query('SELECT size FROM log_head')).rows).to.deep.equal([{ size: 0 }])
          if (each !== url) expect((await pool.query('SHOW work_mem')).rows, 'options of the URL stay').to.deep.equal([{ work_mem: '8MB' }])
          await pool.end()
        }
        await requireSchema(url)
      })
    )
  })

  it('a log that lies in another schema is not begun anew in public', async () => {
    await onBare(async ({ url }) => {
      await query(url, 'CREATE SCHEMA hospital; CREATE TABLE hospital.log_head (size bigint)')
      expect(await refusal(migrate(url))).to.contain('A log lies in the schema hospital')
      expect(await query(url, "SELECT to_regclass('public.log_head') AS made")).to.deep.equal([{ made: null }])
    })
  })

  for (const [url, connection] of [
    ['postgres://u:p@h/d', 'postgres://u:p@h/d'],
    ['postgres://u:p@h/d?host=%2Frun', 'postgres://u:p@h/d?host=%2Frun'],
    ['/run/postgresql d', '/run/postgresql d'],
    ['postgres://h/d?options=-c%20jit%3Doff&host=%2Frun', `postgres://h/d?options=-c%20jit%3Doff${OURS}&host=%2Frun`],
    ['postgres://u:50%@h/d?options=', `postgres://u:50%@h/d?options=${OURS}`]
  ] as const)
    it(`search_path is public beside what the address says: ${url}`, () => {
      expect(connectionOf(url)).to.deep.equal({ connectionString: connection, options: OPTIONS })
      const { connectionParameters } = new Client(connectionOf(url)) as unknown as { connectionParameters: { options: string } }
      expect(connectionParameters.options.endsWith(OPTIONS), connectionParameters.options).to.equal(true)
    })

  it('whoever only reads is told of a database without tables, and makes none', async () => {
    await onBare(async ({ url }) => {
      expect(await refusal(requireSchema(url))).to.contain('holds no tables of Sallyport')
      expect(await query(url, "SELECT to_regclass('public.migration') AS made")).to.deep.equal([{ made: null }])
    })
  })

  it('a database that is ahead of this program is refused: an older gateway must not write to it', async () => {
    const client = new Client({ connectionString: database().url })
    await client.connect()
    await client.query(`INSERT INTO migration (name, run_on) VALUES ('999_later', now())`)
    await client.end()
    for (const refuses of [migrate, requireSchema]) expect(await refusal(refuses(database().url))).to.contain('run the newer version')
  })

  it('a server that is not there is database-unavailable', async () => {
    const error = await migrate('postgres://nobody:x@127.0.0.1:1/none').catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(UpstreamError).with.property('code', 'database-unavailable')
  })
})
