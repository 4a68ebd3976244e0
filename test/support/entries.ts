/** Entries as a database has them, placed or waiting, read without the gateway; and an outbox that takes none of a kind, as a full disk would have it. */
import { query } from './house.ts'

export type Entry = Readonly<Record<string, unknown>> & { readonly kind: string }

/** What the entries say, those of some kinds or all, in the order they were made; with the parties that may read each. */
export async function entriesIn(url: string, ...kinds: readonly string[]): Promise<(Entry & { readonly readers: readonly string[] })[]> {
  const found = await query<{ statement: string; parties: string[] }>(
    url,
    `SELECT statement, parties FROM (
       SELECT index AS n, kind, statement, parties, 0 AS waiting FROM logged UNION ALL SELECT id, kind, statement, parties, 1 FROM outbox) e
     WHERE cardinality($1::text[]) = 0 OR kind = ANY ($1) ORDER BY waiting, n`,
    [kinds]
  )
  return found.map(({ statement, parties }) => ({ ...(JSON.parse(statement) as Entry), readers: parties }))
}

/** From now on no entry of these kinds can be kept: PostgreSQL says that the disk is full (53100). Answers how to make room again. */
export async function fillOutbox(url: string, ...kinds: readonly string[]): Promise<() => Promise<unknown>> {
  const list = kinds.map((kind) => `'${kind}'`).join(', ')
  await query(
    url,
    `CREATE OR REPLACE FUNCTION test_full() RETURNS trigger LANGUAGE plpgsql AS
     'BEGIN RAISE EXCEPTION USING ERRCODE = ''disk_full'', MESSAGE = ''no space left''; END'`
  )
  await query(
    url,
    `CREATE TRIGGER test_full BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.kind IN (${list})) EXECUTE FUNCTION test_full()`
  )
  return () => query(url, 'DROP TRIGGER test_full ON outbox')
}
