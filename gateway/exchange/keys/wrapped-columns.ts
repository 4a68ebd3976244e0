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
  {
    table: 'opt_out',
    column: 'sealed',
    key: { key: 'bytea', rule: 'bytea' },
    also: [],
    context: (row) => labelPlace(bytes(row, 'key').toString('hex'))
  },
  {
    table: 'opt_out',
    column: 'scope',
    key: { key: 'bytea', rule: 'bytea' },
    also: [],
    context: (row) => scopePlace(bytes(row, 'key'), bytes(row, 'rule'))
  },
  {
    table: 'surrogate_deleted',
    column: 'sealed',
    key: { agreement: 'text', key: 'bytea' },
    also: [],
    context: (row) => deletedPlace(text(row, 'agreement'), bytes(row, 'key'))
  }
]

/** What every other bytea column holds. */
const MAC = 'an HMAC under the secret of names'
const NAMES = 'sealed under the secret of names'
const OWN_KEY = 'sealed under a key that is itself wrapped (of the submission, dataset or subject)'
const HASH = 'a hash'
const SALT = 'a salt'

export const NOT_WRAPPED: ReadonlyMap<string, string> = new Map([
  ['gateway_names.sealed', 'the secret of names, under the crosswalk key: rewrapped by itself'],
  ['submission.key_mac', MAC],
  ['upload.name_mac', MAC],
  ['upload.key_mac', MAC],
  ['crosswalk.key', MAC],
  ['crosswalk.sealed', NAMES],
  ['released_subject.key', MAC],
  ['released_subject.class_mac', MAC],
  ['released_subject.view_mac', MAC],
  ['released_subject.told', MAC],
  ['released_before.key', MAC],
  ['released_before.class_mac', MAC],
  ['released_before.view_mac', MAC],
  ['released_before.told', MAC],
  ['aggregate_told.sealed', NAMES],
  ['opt_out.key', MAC],
  ['opt_out.rule', MAC],
  ['surrogate_deleted.key', MAC],
  ['subject_consent.name', MAC],
  ['roster_member.key', MAC],
  ['submitted_member.key', MAC],
  ['subject_key.mac', MAC],
  ['subject_alias.mac', MAC],
  ['suspension.mac', MAC],
  ['dispute_statement.sealed', NAMES],
  ['bucket_result.subjects', OWN_KEY],
  ['bucket_result.levels', OWN_KEY],
  ['bucket_result.quality', OWN_KEY],
  ['subject_row.sealed', OWN_KEY],
  ['upload.index', 'lengths and buckets of segments'],
  ['upload.body_sha256', HASH],
  ['shard.sha256', HASH],
  ['shard.plain_sha256', HASH],
  ['spent_jti.jti_sha256', HASH],
  ['client_secret.hash', HASH],
  ['client_secret.salt', 'of that hash'],
  ['subject_tile.hashes', HASH],
  ['log_entry.leaf_hash', HASH],
  ['log_node.hash', HASH],
  ['log_head.range', HASH],
  ['checkpoint.root', HASH],
  ['log_entry.entry', 'a leaf of the log'],
  ['outbox.entry', 'a leaf of the log'],
  ['outbox.salt', SALT],
  ['outbox.seed', SALT],
  ['log_body.salt', SALT],
  ['log_body.seed', SALT],
  ['disclosure.salt', SALT],
  ['client_secret.salt', SALT],
  ['client_secret.hash', HASH],
  ['officer_session.secret_sha256', HASH],
  ['officer_session.before_sha256', HASH],
  ['officer_session.earlier_sha256', HASH],
  ['officer_session.subject_sha256', HASH],
  ['officer_session.provider_sha256', HASH],
  ['sign_in_failure.key', MAC]
])
