/** What keeps and deletes what entries say: the bodies that are old enough, and the legal holds that keep them all the same. Triggers refuse what the statements here do not ask for. */
import { type Hold, KEEPING, type KeepingEntry } from '../core/log/expiry.ts'
import type { StoredEntry } from '../core/log/fsck.ts'
import { SELECTED, selectedEntry } from './log-rows.ts'
import { type Db, rows, run } from './pool.ts'

export interface LegalHoldRow {
  readonly id: string
  /** null: from the beginning */
  readonly first: Date | null
  /** null: without end */
  readonly last: Date | null
  readonly reason: string
  readonly officer: string
  readonly placed_at: Date
  readonly lifted_at: Date | null
}

/** Until the end of the transaction nobody places a hold: one that is placed holds from then on, without a gap. */
export async function lockHolds(db: Db): Promise<number> {
  return run(db, 'LOCK TABLE legal_hold IN SHARE MODE')
}

/**
 * Deletes up to `limit` bodies from before a moment that no legal hold covers, in the order of the log; those of the last six years never, nor what proves a
 * deletion or a hold. Age goes by the youngest moment up to an entry: none falls by more than a day, so the first entry that is young enough to stay is among
 * those of a day. Answers what was deleted.
 */
export async function deleteBodies(db: Db, before: Date, limit: number): Promise<StoredEntry[]> {
  const deleted = await rows<Parameters<typeof selectedEntry>[0] & Record<string, unknown>>(
    db,
    `WITH young AS (SELECT min(at) AS at FROM log_entry WHERE at >= $1),
     old AS (SELECT b.index FROM log_body b JOIN log_entry e USING (index) WHERE b.at < $1 AND b.at <= now() - interval '6 years'
       AND b.index < coalesce((SELECT min(y.index) FROM log_entry y, young WHERE y.at BETWEEN young.at AND young.at + interval '1 day'), 9223372036854775807)
       AND e.kind <> ALL($3) AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL AND b.at BETWEEN h.first AND h.last)
       ORDER BY b.index LIMIT $2),
     gone AS (DELETE FROM log_body b USING old, log_entry e WHERE b.index = old.index AND e.index = b.index RETURNING ${SELECTED})
     SELECT * FROM gone ORDER BY index::bigint`,
    [before, limit, KEEPING]
  )
  return deleted.map(selectedEntry)
}

const MOMENT = (column: string): string =>
  `CASE WHEN isfinite(${column}) THEN regexp_replace(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z$', 'Z') END`

/** What the log says of holds and deletions, in its order with what waits last, and the rows of the holds: of one moment. */
export async function readKeeping(db: Db): Promise<{ readonly holds: Hold[]; readonly entries: KeepingEntry[] }> {
  const found = await rows<{ index: string | null; statement: string | null; hold: Hold | null }>(
    db,
    `SELECT index, statement, hold FROM (SELECT e.index::text AS index, b.statement, NULL::json AS hold, e.index AS n FROM log_entry e JOIN log_body b USING (index)
       WHERE e.kind IN ('hold-placed', 'hold-lifted', 'bodies-expired')
     UNION ALL SELECT NULL, statement, NULL, 4611686018427387904 + id FROM outbox WHERE kind IN ('hold-placed', 'hold-lifted', 'bodies-expired')
     UNION ALL SELECT NULL, NULL, json_build_object('id', id, 'first', ${MOMENT('first')}, 'last', ${MOMENT('last')}, 'officer', officer,
       'reason', reason, 'placed', ${MOMENT('placed_at')}, 'lifted', ${MOMENT('lifted_at')}), 0 FROM legal_hold) kept ORDER BY n`
  )
  const entries = found.flatMap(({ index, statement }) =>
    statement === null ? [] : [{ index: index === null ? null : BigInt(index), statement }]
  )
  return { holds: found.flatMap(({ hold }) => (hold === null ? [] : [hold])), entries }
}

export async function insertHold(
  db: Db,
  hold: Pick<LegalHoldRow, 'id' | 'first' | 'last' | 'reason' | 'officer'>,
  at: Date
): Promise<number> {
  return run(
    db,
    `INSERT INTO legal_hold (id, first, last, reason, officer, placed_at)
     VALUES ($1, coalesce($2::timestamptz, '-infinity'), coalesce($3::timestamptz, 'infinity'), $4, $5, $6)`,
    [hold.id, hold.first, hold.last, hold.reason, hold.officer, at]
  )
}

/** 0: there is none in force under this id. */
export async function liftHold(db: Db, id: string, at: Date): Promise<number> {
  return run(db, 'UPDATE legal_hold SET lifted_at = $2 WHERE id = $1 AND lifted_at IS NULL', [id, at])
}

export async function listHolds(db: Db): Promise<LegalHoldRow[]> {
  return rows<LegalHoldRow & Record<string, unknown>>(
    db,
    `SELECT id, CASE WHEN isfinite(first) THEN first END AS first, CASE WHEN isfinite(last) THEN last END AS last, reason, officer, placed_at, lifted_at
     FROM legal_hold ORDER BY placed_at, id`
  )
}
