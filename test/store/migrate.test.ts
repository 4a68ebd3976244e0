/** Migrations: run once, wait for one another, and never twice. */
import { expect } from 'chai'
import { Client } from 'pg'
import { OperatorHint, UpstreamError } from '../../gateway/core/errors.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { bareDatabase, useDatabase } from '../support/postgres.ts'

describe('store/migrate', () => {
  const database = useDatabase()

  it('a second run finds nothing to do', async () => {
    expect(await migrate(database().url)).to.deep.equal([])
  })

  it('gateways that start at once wait for one another: each migration runs once', async () => {
    const bare = await bareDatabase()
    try {
      const runs = await Promise.all([migrate(bare.url), migrate(bare.url), migrate(bare.url)])
      const names = runs.flat()
      expect(names).to.not.deep.equal([])
      expect(new Set(names).size).to.equal(names.length)
    } finally {
      await bare.drop()
    }
  })

  it('a database that is ahead of this program is refused: an older gateway must not write to it', async () => {
    const client = new Client({ connectionString: database().url })
    await client.connect()
    await client.query(`INSERT INTO migration (name, run_on) VALUES ('999_later', now())`)
    await client.end()
    const error = await migrate(database().url).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(UpstreamError).with.property('code', 'database-unavailable')
    expect(error).to.have.property('cause').that.is.instanceOf(OperatorHint)
  })

  it('a server that is not there is database-unavailable', async () => {
    const error = await migrate('postgres://nobody:x@127.0.0.1:1/none').catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(UpstreamError).with.property('code', 'database-unavailable')
  })
})
