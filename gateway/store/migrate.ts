/**
 * Brings a database to the present schema: runs the files of schemas/sql that it has not seen, in order, in one transaction,
 * under an advisory lock that several gateways starting at once wait for. Refuses a database that is ahead of this program.
 */
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { OperatorHint, UpstreamError } from '../core/errors.ts'

const FOLDER = fileURLToPath(new URL('../../schemas/sql', import.meta.url))

/** Returns the names of the migrations that were run now: none at the second call. UpstreamError database-unavailable otherwise. */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  const quiet = (): void => undefined
  try {
    const ran = await runner({
      databaseUrl,
      dir: FOLDER,
      direction: 'up',
      migrationsTable: 'migration',
      checkOrder: true,
      advisoryLockMode: 'wait',
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet }
    })
    return ran.map((migration) => migration.name)
  } catch (error) {
    throw new UpstreamError('database-unavailable', 5, new OperatorHint(`The database could not be migrated: ${reasonOf(error)}`))
  }
}

/** PostgreSQL's message for a schema statement names tables and columns of ours, never data. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
