/**
 * The database of a gateway or of a command at its desk: the one that is configured, or the embedded one. Decides as whom it is migrated, and that the gateway's
 * role may do no more than it must. Refuses what PostgreSQL refuses.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config/config.ts'
import type { Secrets } from './config/secrets.ts'
import { grantGateway } from './store/grants.ts'
import { migrate } from './store/migrate.ts'
import { type PostgresServer, startPostgres } from './store/postgres-server.ts'

/** The database: the one that is configured, or the embedded one. `owner`: as which it is migrated; where that is another, the one at `url` owns nothing. */
export interface Database {
  readonly url: string
  readonly owner: string
  readonly server: PostgresServer | null
}

export async function openDatabase(config: Config, secrets: Secrets, log: (state: string) => void): Promise<Database> {
  if (secrets.databaseUrl !== null) {
    const url = secrets.databaseUrl.reveal()
    return { url, owner: secrets.databaseOwnerUrl?.reveal() ?? url, server: null }
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const server = await startPostgres({ dir: join(config.dataDir, 'postgres'), log })
  return { url: server.gatewayUrl, owner: server.url, server }
}

/** Brings the database to the present schema, and the role at `url` to what it may do. The names of the migrations that were run. */
export async function prepareDatabase({ url, owner }: Database): Promise<readonly string[]> {
  const migrations = await migrate(owner)
  if (owner !== url) await grantGateway(owner, decodeURIComponent(new URL(url).username))
  return migrations
}
