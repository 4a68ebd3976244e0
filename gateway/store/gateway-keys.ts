/** What the database remembers of the gateway's own keys (`gateway_key`), and what each replica that lives has (`replica_key`). Decides nothing. */
import type { PoolClient } from 'pg'
import { type Db, rows, run } from './pool.ts'
import { isDead } from './replicas.ts'

export interface GatewayKey {
  readonly purpose: string
  readonly kid: string
  readonly state: 'next' | 'current' | 'retired' | 'dropped' | 'lost'
  readonly made_at: Date
  readonly since: Date
}

export interface ReplicaKey {
  readonly replica: number
  readonly purpose: string
  readonly kid: string
  readonly state: 'next' | 'current' | 'retired'
}

/** Nobody else joins, promotes or drops until the transaction ends. */
export async function lockGatewayKeys(client: PoolClient): Promise<void> {
  await run(client, 'LOCK TABLE gateway_key IN EXCLUSIVE MODE')
}

export async function gatewayKeys(db: Db): Promise<GatewayKey[]> {
  return rows<GatewayKey>(db, 'SELECT purpose, kid, state, made_at, since FROM gateway_key ORDER BY purpose, made_at, kid')
}

export async function putGatewayKey(client: PoolClient, key: GatewayKey): Promise<void> {
  await run(
    client,
    `INSERT INTO gateway_key (purpose, kid, state, made_at, since) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (purpose, kid) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since`,
    [key.purpose, key.kid, key.state, key.made_at, key.since]
  )
}

export async function deleteGatewayKey(client: PoolClient, { purpose, kid }: Pick<GatewayKey, 'purpose' | 'kid'>): Promise<void> {
  await run(client, 'DELETE FROM gateway_key WHERE purpose = $1 AND kid = $2', [purpose, kid])
}

/** The keys of the replicas that live. */
export async function replicaKeys(db: Db): Promise<ReplicaKey[]> {
  return rows<ReplicaKey>(
    db,
    `SELECT replica, purpose, kid, state FROM replica_key k WHERE NOT ${isDead('k.replica')} ORDER BY replica, purpose, kid`
  )
}

/** Those of one replica, and no more those of the dead. */
export async function putReplicaKeys(client: PoolClient, replica: number, keys: readonly Omit<ReplicaKey, 'replica'>[]): Promise<void> {
  await run(client, `DELETE FROM replica_key k WHERE k.replica = $1 OR ${isDead('k.replica')}`, [replica])
  await run(client, `INSERT INTO replica_key (replica, purpose, kid, state) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])`, [
    replica,
    keys.map(({ purpose }) => purpose),
    keys.map(({ kid }) => kid),
    keys.map(({ state }) => state)
  ])
}
