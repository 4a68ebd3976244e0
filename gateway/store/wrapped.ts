/**
 * Columns that hold something wrapped under a key of the gateway: 8 bytes of its kid, then the rest. Table and column names are ours
 * (exchange/keys/wrapped-columns.ts), never a caller's. Decides nothing.
 */
import { type Db, rows, run } from './pool.ts'

export interface WrappedPlace {
  readonly table: string
  readonly column: string
  /** columns of its primary key, with their types */
  readonly key: Readonly<Record<string, 'uuid' | 'bigint' | 'text' | 'bytea'>>
  /** what else the context is made of */
  readonly also: readonly string[]
}

/** A row: its key, what else was asked for, and what is wrapped. */
export type WrappedRow = Readonly<Record<string, unknown>> & { readonly wrapped: Buffer }

/** So many rows are wrapped under each kid. */
export async function countWrapped(db: Db, { table, column }: WrappedPlace): Promise<ReadonlyMap<string, number>> {
  const found = await rows<{ kid: string; count: string }>(
    db,
    `SELECT encode(substring(${column} FOR 8), 'hex') AS kid, count(*) AS count FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1`
  )
  return new Map(found.map(({ kid, count }) => [kid, Number(count)]))
}

/** Up to `limit` rows that are not wrapped under this key, in the order of their key, from behind `after` on. */
export async function rowsNotUnder(
  db: Db,
  { table, column, key, also }: WrappedPlace,
  kid: string,
  after: readonly unknown[] | null,
  limit: number
): Promise<WrappedRow[]> {
  const columns = Object.keys(key)
  const behind = after === null ? '' : `AND (${columns.join(', ')}) > (${columns.map((name, n) => `$${n + 3}::${key[name]}`).join(', ')})`
  return rows<WrappedRow>(
    db,
    `SELECT ${[...columns, ...also].join(', ')}, ${column} AS wrapped FROM ${table}
     WHERE ${column} IS NOT NULL AND substring(${column} FOR 8) <> decode($1, 'hex') ${behind} ORDER BY ${columns.join(', ')} LIMIT $2`,
    [kid, limit, ...(after ?? [])]
  )
}

/** Puts what was wrapped anew in the place of what was there, where that still stands. How many. */
export async function replaceWrapped(
  db: Db,
  { table, column, key }: WrappedPlace,
  changed: readonly { readonly row: WrappedRow; readonly wrapped: Buffer }[]
): Promise<number> {
  const columns = Object.keys(key)
  const lists = columns.map((name, n) => `$${n + 3}::${key[name]}[]`)
  return run(
    db,
    `UPDATE ${table} t SET ${column} = u.after FROM unnest($1::bytea[], $2::bytea[], ${lists.join(', ')}) AS u(before, after, ${columns.join(', ')})
     WHERE t.${column} = u.before AND ${columns.map((name) => `t.${name} = u.${name}`).join(' AND ')}`,
    [
      changed.map(({ row }) => row.wrapped),
      changed.map(({ wrapped }) => wrapped),
      ...columns.map((name) => changed.map(({ row }) => row[name]))
    ]
  )
}
