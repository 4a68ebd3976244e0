/**
 * What the role that a running gateway connects as may do, where the owner of the tables is another: read and add to the log, and not change it, nor switch
 * off the triggers that refuse that too. Decides by a table; whatever is not in it is an ordinary table. Run by the owner after each migration.
 */
import { Client } from 'pg'
import { connectionOf, type Db, databaseFault, rows } from './pool.ts'

/** Append-only tables: what is not named here is revoked. Bodies of entries may be deleted as far as a trigger lets them. */
const GRANTED: Readonly<Record<string, string>> = {
  migration: 'SELECT',
  outbox: 'SELECT, INSERT, DELETE',
  log_entry: 'SELECT, INSERT',
  log_node: 'SELECT, INSERT',
  log_body: 'SELECT, INSERT, DELETE',
  log_head: 'SELECT, UPDATE',
  checkpoint: 'SELECT, INSERT',
  legal_hold: 'SELECT, INSERT, UPDATE',
  event_feed: 'SELECT, INSERT, UPDATE',
  subject_key: 'SELECT, INSERT, UPDATE',
  subject_alias: 'SELECT, INSERT, DELETE',
  subject_row: 'SELECT, INSERT',
  subject_tile: 'SELECT, INSERT',
  spent_jti: 'SELECT, INSERT, DELETE',
  revoked_token: 'SELECT, INSERT, DELETE',
  incident: 'SELECT, INSERT',
  redelivery: 'SELECT, INSERT',
  suspension: 'SELECT, INSERT, UPDATE',
  agreement_version: 'SELECT, INSERT, UPDATE',
  agreement_approval: 'SELECT, INSERT',
  agreement_attestation: 'SELECT, INSERT',
  agreement_warning: 'SELECT, INSERT',
  emergency: 'SELECT, INSERT, UPDATE',
  emergency_approval: 'SELECT, INSERT',
  policy_epoch: 'SELECT, UPDATE',
  gateway_names: 'SELECT, UPDATE',
  identity: 'SELECT, INSERT, UPDATE',
  identity_key: 'SELECT, INSERT, UPDATE',
  party_invitation: 'SELECT, INSERT, UPDATE',
  party_change: 'SELECT, INSERT, UPDATE',
  registry_epoch: 'SELECT, UPDATE'
}

/** Gateways that start at once grant one after the other. */
const GRANTING = 7_301_008

function statements(role: string): string[] {
  const all = [`GRANT USAGE ON SCHEMA public TO ${role}`, `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`]
  const tables = Object.entries(GRANTED).flatMap(([table, may]) => [
    `REVOKE ALL ON ${table} FROM ${role}`,
    `GRANT ${may} ON ${table} TO ${role}`
  ])
  return [...all, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`, ...tables]
}

/** Grants to `role`, in one transaction of the owner. */
export async function grantGateway(ownerUrl: string, role: string): Promise<void> {
  const client = new Client({ ...connectionOf(ownerUrl), connectionTimeoutMillis: 10_000, application_name: 'sallyport grants' })
  client.on('error', () => undefined) // the query that is under way rejects too
  try {
    await client.connect()
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [GRANTING])
    for (const statement of statements(client.escapeIdentifier(role))) await client.query(statement)
    await client.query('COMMIT')
  } catch (error) {
    throw databaseFault(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Does the role that is connected own the log, or may it do whatever it likes? Then no grant holds it. */
export async function ownsLog(db: Db): Promise<boolean> {
  const [row] = await rows<{ owns: boolean }>(
    db,
    `SELECT r.rolsuper OR pg_has_role(c.relowner, 'MEMBER') AS owns FROM pg_class c, pg_roles r
     WHERE c.oid = 'log_entry'::regclass AND r.rolname = current_user`
  )
  return row?.owns === true
}
