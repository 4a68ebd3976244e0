/**
 * Every column that holds something wrapped under the gateway's wrapping key, and where each row of it was sealed to. Decides what `keys rewrap` moves; a test
 * holds it against every bytea column of the schema, so that a migration that adds one says here, or in NOT_WRAPPED, what it holds.
 */
import type { WrappedPlace, WrappedRow } from '../../store/wrapped.ts'
import { keyContext } from '../accounting/subject-rows.ts'
import { labelPlace, scopePlace } from '../consent/consent.ts'
import { deletedPlace } from '../consent/withdraw.ts'

export interface WrappedColumn extends WrappedPlace {
  /** where a row is sealed to: the context that wrapLocal was given */
  readonly context: (row: WrappedRow) => readonly string[]
}

// Types of columns as PostgreSQL's driver gives them: uuid and text as string, bytea as Buffer, integer as number.
const text = (row: WrappedRow, name: string): string => String(row[name])
const bytes = (row: WrappedRow, name: string): Buffer => row[name] as Buffer

export const WRAPPED: readonly WrappedColumn[] = [
  { table: 'submission', column: 'sealed_key', key: { id: 'uuid' }, also: [], context: (row) => ['submission', text(row, 'id')] },
  { table: 'disclosure', column: 'sealed_key', key: { id: 'uuid' }, also: [], context: (row) => ['dataset', text(row, 'id')] },
  {
    table: 'subject_key',
    column: 'sealed',
    key: { id: 'bigint' },
    also: ['party', 'year', 'mac'],
    context: (row) => keyContext(text(row, 'party'), Number(row['year']), bytes(row, 'mac'))
  },
  { table: 'opt_out', column: 'sealed', key: { key: 'bytea', rule: 'bytea' }, also: [], context: (row) => labelPlace(bytes(row, 'key').toString('hex')) },
  { table: 'opt_out', column: 'scope', key: { key: 'bytea', rule: 'bytea' }, also: [], context: (row) => scopePlace(bytes(row, 'key'), bytes(row, 'rule')) },
  {
    table: 'surrogate_deleted',
    column: 'sealed',
    key: { agreement: 'text', key: 'bytea' },
    also: [],
    context: (row) => deletedPlace(text(row, 'agreement'), bytes(row, 'key'))
  }
]
