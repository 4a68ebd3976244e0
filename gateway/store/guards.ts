/**
 * What keeps the tables of the log from changes, beside proofs: triggers and their functions, and that nothing else hangs on the tables. Decides by one table of
 * digests, made from what the migrations make (PostgreSQL 18 writes them out); a test compares it, so a migration that changes a guard changes this table. What is gone,
 * switched off, altered or added is named.
 */
import { sha256Hex } from '../core/digest.ts'
import type { LogFault } from '../core/log/fsck.ts'
import { type Db, rows } from './pool.ts'

/** Name → the first 16 hex digits of SHA-256 of its definition. */
export const GUARDS: Readonly<Record<string, string>> = {
  'function may_shred': 'e3e4e5cf2b799e2e',
  'function refuse_change': '19d47000e8c5a455',
  'function refuse_early_deletion': 'a9af8416e111dd8f',
  'function refuse_early_shredding': 'e339a22a3328378b',
  'function refuse_early_unnaming': '86df43b2b4469b68',
  'function refuse_going_back': 'd6b83f162a580c01',
  'function refuse_other_suspension': '39010032088332cd',
  'setting session_replication_role': '181fdd46fc4a7246',
  'trigger checkpoint.checkpoint_append_only': '90b89ada236527a7',
  'trigger checkpoint.checkpoint_no_truncate': '9d0a11795b325ed9',
  'trigger event_feed.event_feed_forward': 'cd9ee961e7424887',
  'trigger incident.incident_append_only': '5ed269f70665e8ff',
  'trigger incident.incident_no_truncate': 'c186c881c1b87bbf',
  'trigger legal_hold.legal_hold_no_truncate': 'b5a743a061cefb16',
  'trigger legal_hold.legal_hold_only_lifted': 'cd0beb965fd9c785',
  'trigger legal_hold.legal_hold_stays': '1359d7c62b4d6955',
  'trigger log_body.log_body_kept': '3c2edb661e626bee',
  'trigger log_body.log_body_no_truncate': '81ae24f508e5fa15',
  'trigger log_body.log_body_no_update': 'e2cda160732c0d3c',
  'trigger log_entry.log_entry_append_only': '963e3cb7bfaa7157',
  'trigger log_entry.log_entry_no_truncate': '07e89aa49424feb7',
  'trigger log_head.log_head_grows': '9061e75eba2344e5',
  'trigger log_head.log_head_no_truncate': 'caf918ded4b09130',
  'trigger log_head.log_head_stays': '113544ae299efc75',
  'trigger log_node.log_node_append_only': 'a1aa1969c5d9b044',
  'trigger log_node.log_node_no_truncate': 'e2c3981a1386beef',
  'trigger subject_alias.subject_alias_kept': 'c2c3615d66e9706d',
  'trigger subject_alias.subject_alias_no_truncate': '0b25e72c3b0c1862',
  'trigger subject_alias.subject_alias_no_update': 'bf3bb3dcdaea3b9b',
  'trigger subject_key.subject_key_kept': '3a3ac622fde99c8f',
  'trigger subject_key.subject_key_no_delete': '7756c7e812ec961c',
  'trigger subject_key.subject_key_no_truncate': '999a1df97c5b98df',
  'trigger subject_row.subject_row_append_only': '6d13334868d26b8d',
  'trigger subject_row.subject_row_no_truncate': '930067702724c875',
  'trigger subject_tile.subject_tile_append_only': '93d49c87c6907f83',
  'trigger subject_tile.subject_tile_no_truncate': '5c3455f0c0cf8990',
  'trigger suspension.suspension_lifted_once': 'dde8285800a20ce3',
  'trigger suspension.suspension_no_delete': '6bb2c2002413e0ee',
  'trigger suspension.suspension_no_truncate': '49e2280ee9b47a1d',
  'view logged': '269c839e0c79117f'
}

const TABLES = `('outbox', 'log_entry', 'log_body', 'log_node', 'log_head', 'checkpoint', 'legal_hold', 'event_feed', 'subject_key', 'subject_alias',
  'subject_row', 'subject_tile', 'incident', 'suspension')`

/** Only what stands in the schema of the log, and is not PostgreSQL's own. */
const FOUND = `WITH t AS (SELECT c.oid, c.relname, c.relkind, c.relrowsecurity FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN ${TABLES})
  SELECT 'trigger ' || t.relname || '.' || g.tgname AS name, g.tgenabled::text || ' ' || pg_get_triggerdef(g.oid) AS is
    FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
  UNION SELECT 'function ' || p.proname, pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.prokind = 'f' AND p.pronamespace = 'public'::regnamespace
    AND (p.proname = 'may_shred' OR p.oid IN (SELECT g.tgfoid FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal))
  UNION ALL SELECT 'rule ' || t.relname || '.' || r.rulename, pg_get_ruledef(r.oid) FROM t JOIN pg_rewrite r ON r.ev_class = t.oid
  UNION ALL SELECT 'policy ' || t.relname || '.' || p.polname, p.polcmd::text FROM t JOIN pg_policy p ON p.polrelid = t.oid
  UNION ALL SELECT 'row security of ' || t.relname, 'on' FROM t WHERE t.relrowsecurity
  UNION ALL SELECT 'table ' || t.relname, 'not the one' FROM t WHERE t.relkind <> 'r' OR to_regclass(t.relname) <> t.oid
  UNION ALL SELECT 'view ' || c.relname, pg_get_viewdef(c.oid) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = 'logged'
  UNION ALL SELECT 'setting session_replication_role', current_setting('session_replication_role')`

/** The guards as they are. */
export async function readGuards(db: Db): Promise<Map<string, string>> {
  const found = await rows<{ name: string; is: string }>(db, FOUND)
  return new Map(found.map(({ name, is }) => [name, sha256Hex(is).slice(0, 16)]))
}

/** The first guard, by name, that is not what the migrations made; or null. */
export async function guardFault(db: Db): Promise<LogFault | null> {
  const found = await readGuards(db)
  const names = [...new Set([...Object.keys(GUARDS), ...found.keys()])].sort()
  const odd = names.find((name) => found.get(name) !== GUARDS[name])
  if (odd === undefined) return null
  return { table: 'guard', index: odd, fault: !found.has(odd) ? 'missing' : GUARDS[odd] === undefined ? 'stray' : 'guard' }
}
