/**
 * A rehearsal: steps run against the database as it is, and whatever they write is rolled back. Their transactions become savepoints of one that never commits.
 * Steps must come one after the other, as those of a bucket do.
 */
import type { Pool, PoolClient } from 'pg'
import { databaseFault } from './pool.ts'

const WITHIN: ReadonlyMap<string, string> = new Map([
  ['BEGIN', 'SAVEPOINT rehearsed'],
  ['COMMIT', 'RELEASE SAVEPOINT rehearsed'],
  ['ROLLBACK', 'ROLLBACK TO SAVEPOINT rehearsed']
])

type Question = string | { readonly text: string; readonly values?: unknown[] }

function asked(client: PoolClient): (question: Question) => Promise<unknown> {
  return (question) => {
    const text = typeof question === 'string' ? question : question.text
    const within = WITHIN.get(text)
    return within === undefined ? client.query(question as never) : client.query(within) // as rows() and run() ask
  }
}

/** `work` gets a pool of one connection. UpstreamError database-unavailable. */
export async function rehearse<T>(pool: Pool, work: (pool: Pool) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw databaseFault(error)
  })
  const query = asked(client)
  // all that store/ ever asks of a pool
  const inside = { query, connect: async () => ({ query, release: () => undefined }) } as unknown as Pool
  try {
    await client.query('BEGIN')
    return await work(inside)
  } finally {
    const broken = await client.query('ROLLBACK').then(
      () => undefined,
      () => new Error('rollback failed')
    )
    client.release(broken)
  }
}
