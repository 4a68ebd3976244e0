/** Opt-outs: subjects, by an HMAC of who they are, and what each says no to. A row without a scope: its records leave under no agreement. In force from the commit on. */
import { type Db, rows, run } from './pool.ts'

/** What a row denies, sealed, and the HMAC that names it; both empty: everything. */
export interface OptOutScope {
  readonly key: Buffer
  readonly rule: Buffer
  readonly scope: Buffer | null
}

/** A row as it is kept. */
export interface KeptOptOut extends OptOutScope {
  readonly sealed: Buffer
  /** YYYY-MM-DD: when it denies more than now; null: never */
  readonly turnsOn: string | null
}

export interface OptOutRow extends OptOutScope {
  readonly party: string
  readonly sealed: Buffer
  readonly at: Date
  readonly forgotten_at: Date | null
}

/** Those that were not there. */
export async function insertOptOuts(db: Db, party: string, added: readonly KeptOptOut[]): Promise<{ key: Buffer; rule: Buffer }[]> {
  return rows(
    db,
    `INSERT INTO opt_out (key, party, sealed, rule, scope, turns_on)
     SELECT key, $1, sealed, rule, scope, turns_on
     FROM unnest($2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::date[]) AS t (key, sealed, rule, scope, turns_on)
     ON CONFLICT DO NOTHING RETURNING key, rule`,
    [
      party,
      added.map((row) => row.key),
      added.map((row) => row.sealed),
      added.map((row) => row.rule),
      added.map((row) => row.scope),
      added.map((row) => row.turnsOn)
    ]
  )
}

/** A rule that has changed: what it says now stands. */
export async function replaceOptOut(db: Db, row: KeptOptOut): Promise<number> {
  return run(db, 'UPDATE opt_out SET sealed = $3, scope = $4, turns_on = $5, at = now() WHERE key = $1 AND rule = $2', [
    row.key,
    row.rule,
    row.sealed,
    row.scope,
    row.turnsOn
  ])
}

/** Rules whose day has come, at most `most` of one party, in the order of their keys: it is taken away; where another follows, give it back. */
export async function turnedOptOuts(db: Db, day: string, most: number): Promise<(OptOutScope & { readonly party: string })[]> {
  return rows<OptOutScope & { readonly party: string }>(
    db,
    `UPDATE opt_out SET turns_on = NULL WHERE turns_on <= $1 AND (key, rule) IN (
       SELECT key, rule FROM opt_out WHERE turns_on <= $1 AND party = (SELECT min(party) FROM opt_out WHERE turns_on <= $1) ORDER BY key, rule LIMIT $2
     ) RETURNING key, party, rule, scope`,
    [day, most]
  )
}

/** When the rule denies more than now. */
export async function setTurn(db: Db, key: Buffer, rule: Buffer, turnsOn: string): Promise<number> {
  return run(db, 'UPDATE opt_out SET turns_on = $3 WHERE key = $1 AND rule = $2', [key, rule, turnsOn])
}

/** Takes them back; of a forgotten subject none. Those that were there. */
export async function deleteOptOuts(db: Db, gone: readonly Omit<OptOutScope, 'scope'>[]): Promise<{ key: Buffer; rule: Buffer }[]> {
  return rows(
    db,
    `DELETE FROM opt_out o USING unnest($1::bytea[], $2::bytea[]) AS t (key, rule)
     WHERE o.key = t.key AND o.rule = t.rule AND o.forgotten_at IS NULL RETURNING o.key, o.rule`,
    [gone.map(({ key }) => key), gone.map(({ rule }) => rule)]
  )
}

/** From now on these keep denying everything and name nobody: what the list said of them beside that is gone. How many were not forgotten before. */
export async function forgetOptOuts(db: Db, keys: readonly Buffer[]): Promise<number> {
  await run(db, "DELETE FROM opt_out WHERE key = ANY($1::bytea[]) AND rule <> ''", [keys])
  return run(db, "UPDATE opt_out SET sealed = '', forgotten_at = now() WHERE key = ANY($1::bytea[]) AND forgotten_at IS NULL", [keys])
}

export async function listOptOuts(db: Db, party: string | null): Promise<OptOutRow[]> {
  return rows<OptOutRow>(db, 'SELECT * FROM opt_out WHERE $1::text IS NULL OR party = $1 ORDER BY at, key, rule', [party])
}

/** All that stands in the list under these keys. */
export async function optedOut(db: Db, keys: readonly Buffer[]): Promise<OptOutScope[]> {
  if (keys.length === 0) return []
  return rows<OptOutScope & Record<string, unknown>>(db, 'SELECT key, rule, scope FROM opt_out WHERE key = ANY($1::bytea[])', [keys])
}

/** The same, and nobody else changes them before the caller's transaction ends. */
export async function lockOptOuts(db: Db, keys: readonly Buffer[]): Promise<OptOutScope[]> {
  return rows<OptOutScope & Record<string, unknown>>(
    db,
    'SELECT key, rule, scope FROM opt_out WHERE key = ANY($1::bytea[]) ORDER BY key, rule FOR UPDATE',
    [keys]
  )
}

/** Which of these are names that a dataset has, or had, somebody under. */
export async function releasedNames(db: Db, names: readonly Buffer[]): Promise<{ name: Buffer }[]> {
  if (names.length === 0) return []
  return rows(db, 'SELECT DISTINCT name FROM subject_consent WHERE name = ANY($1::bytea[])', [names])
}

/** No opt-out or opt-in commits until the caller's transaction ends. Take it before anything that `append` touches. */
export async function holdOptOuts(db: Db): Promise<void> {
  await run(db, 'LOCK TABLE opt_out IN SHARE MODE')
}
