/** Disputes and what parties say in them. One statement a function. */
import type { About, DisputeState, Outcome } from '../core/dispute/life.ts'
import { type Db, rows, run } from './pool.ts'

export interface DisputeRow {
  readonly id: string
  readonly disclosure: string
  readonly agreement: string
  readonly source: string
  /** null: never told of the dataset, so no party of the dispute */
  readonly recipient: string | null
  readonly opened_by: string
  readonly about: About
  readonly state: DisputeState
  /** canonical JSON */
  readonly frozen: string
  readonly result: object | null
  readonly outcome: Outcome | null
  readonly opened_at: Date
  readonly answer_by: Date
  readonly decide_by: Date
  readonly closed_at: Date | null
}

export interface StatementRow {
  readonly dispute: string
  readonly n: number
  readonly party: string
  readonly sealed: Buffer
  readonly digest: string
  readonly at: Date
}

export async function insertDispute(db: Db, row: Omit<DisputeRow, 'state' | 'result' | 'outcome' | 'closed_at'>): Promise<number> {
  return run(
    db,
    `INSERT INTO dispute (id, disclosure, agreement, source, recipient, opened_by, about, frozen, opened_at, answer_by, decide_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      row.id,
      row.disclosure,
      row.agreement,
      row.source,
      row.recipient,
      row.opened_by,
      row.about,
      row.frozen,
      row.opened_at,
      row.answer_by,
      row.decide_by
    ]
  )
}

export async function findDispute(db: Db, id: string): Promise<DisputeRow | null> {
  return (await rows<DisputeRow>(db, 'SELECT * FROM dispute WHERE id = $1', [id]))[0] ?? null
}

/** One of that party: one of others costs what none costs. */
export async function findDisputeOf(db: Db, id: string, party: string): Promise<DisputeRow | null> {
  return (await rows<DisputeRow>(db, 'SELECT * FROM dispute WHERE id = $1 AND (source = $2 OR recipient = $2)', [id, party]))[0] ?? null
}

export async function lockDispute(db: Db, id: string): Promise<DisputeRow | null> {
  return (await rows<DisputeRow>(db, 'SELECT * FROM dispute WHERE id = $1 FOR UPDATE', [id]))[0] ?? null
}

/** Of a party, or all (null), newest first. */
export async function listDisputes(db: Db, party: string | null, limit: number): Promise<DisputeRow[]> {
  return rows<DisputeRow>(
    db,
    'SELECT * FROM dispute WHERE $1::text IS NULL OR source = $1 OR recipient = $1 ORDER BY opened_at DESC, id LIMIT $2',
    [party, limit]
  )
}

/** Disputes of the dataset by this party that are not closed. */
export async function countOpen(db: Db, disclosure: string, party: string): Promise<number> {
  const sql = "SELECT count(*) AS n FROM dispute WHERE disclosure = $1 AND opened_by = $2 AND state <> 'closed'"
  return (await rows<{ n: number }>(db, sql, [disclosure, party]))[0]?.n ?? 0
}

export async function moveDispute(db: Db, id: string, to: DisputeState): Promise<number> {
  return run(db, 'UPDATE dispute SET state = $2 WHERE id = $1', [id, to])
}

export async function keepReplay(db: Db, id: string, result: object): Promise<number> {
  return run(db, "UPDATE dispute SET state = 'replayed', result = $2 WHERE id = $1", [id, JSON.stringify(result)])
}

export async function closeDispute(db: Db, id: string, outcome: Outcome, at: Date): Promise<number> {
  return run(db, "UPDATE dispute SET state = 'closed', outcome = $2, closed_at = $3 WHERE id = $1", [id, outcome, at])
}

export async function insertStatement(db: Db, row: StatementRow): Promise<number> {
  return run(db, 'INSERT INTO dispute_statement (dispute, n, party, sealed, digest, at) VALUES ($1, $2, $3, $4, $5, $6)', [
    row.dispute,
    row.n,
    row.party,
    row.sealed,
    row.digest,
    row.at
  ])
}

export async function statementsOf(db: Db, dispute: string): Promise<StatementRow[]> {
  return rows<StatementRow>(db, 'SELECT * FROM dispute_statement WHERE dispute = $1 ORDER BY n', [dispute])
}
