/**
 * The end of what is known of subjects: six years after the last day of a year its keys are destroyed, and with them what its rows say and whom they are
 * about; hashes, tiles and proofs stay. Never under a legal hold: the database refuses it, too.
 */
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { transaction } from '../store/pool.ts'
import { dropAliases, shredKeys } from '../store/subject-rows.ts'
import { append } from './log.ts'

const BATCH = 10_000

/** Destroys what is due by `now`; how many keys. Each batch is a transaction with its entries, which count and name nobody. */
export async function shredSubjects({ pool, now }: { readonly pool: Pool; readonly now: () => Date }): Promise<number> {
  let all = 0
  for (;;) {
    const at = now()
    const keys = await transaction(pool, async (client) => {
      const shredded = await shredKeys(client, at, BATCH)
      if (shredded.length > 0) await dropAliases(client)
      for (const { party: source, year, keys: subjects } of shredded)
        await append(client, `subjects-shredded:${randomUUID()}`, {
          v: 1,
          kind: 'subjects-shredded',
          at: at.toISOString(),
          source,
          year,
          subjects
        })
      return shredded.reduce((sum, row) => sum + row.keys, 0)
    })
    all += keys
    if (keys < BATCH) return all
  }
}
