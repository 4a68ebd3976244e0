/**
 * The secret of names: under it patients and senders are named (HMACs) and crosswalk rows are sealed. Random, made once a database, kept there wrapped under
 * the crosswalk key; so that key rotates, and an opt-out, a surrogate or a roster is found as before. Where rows were named before there was such a secret,
 * it is the crosswalk key of then. Refuses to make another where there is one that does not open: a patient's no that is no longer found would be no no.
 */
import type { Pool, PoolClient } from 'pg'
import { IntegrityError, PolicyError } from '../../core/errors.ts'
import { everyKey, type KeyRing } from '../../seal/keyring.ts'
import { newKey, unwrapLocal, wrapLocal, wrappedUnder } from '../../seal/local.ts'
import { formerCrosswalkKey, lockNamesRow, type NamesRow, namesRow, putNames } from '../../store/gateway-names.ts'
import { transaction } from '../../store/pool.ts'

const PLACE = ['names']

/** The text of the secret, to stand beside those of the ring (NAMES_FILE). PolicyError key-missing, which names the crosswalk key it needs. */
export async function openNames(pool: Pool, ring: KeyRing): Promise<string> {
  const row = await namesRow(pool)
  const sealed = row?.sealed ?? (await transaction(pool, (client) => firstNames(client, ring)))
  requireCrosswalk(ring, wrappedUnder(sealed))
  return JSON.stringify({ kty: 'oct', k: unwrapLocal(ring.crosswalk, PLACE, sealed).toString('base64url') })
}

/** Wrapped anew under the crosswalk key in use, where it was under another. */
export async function rewrapNames(client: PoolClient, ring: KeyRing): Promise<'done' | 'as it was'> {
  const row = await lockNamesRow(client)
  if (row?.sealed === null || row === null || wrappedUnder(row.sealed) === ring.crosswalk.current.kid) return 'as it was'
  requireCrosswalk(ring, wrappedUnder(row.sealed))
  const changed = await putNames(client, wrapLocal(ring.crosswalk, PLACE, unwrapLocal(ring.crosswalk, PLACE, row.sealed)))
  if (changed !== 1) throw new IntegrityError('not-recorded', { table: 'gateway_names' })
  return 'done'
}

/** The kid of the crosswalk key that opens it; null where there is none yet. */
export async function namesUnder(pool: Pool): Promise<string | null> {
  const sealed = (await namesRow(pool))?.sealed ?? null
  return sealed === null ? null : wrappedUnder(sealed)
}

async function firstNames(client: PoolClient, ring: KeyRing): Promise<Buffer> {
  const row = await lockNamesRow(client)
  if (row === null) throw new IntegrityError('key-missing', { purpose: 'crosswalk', row: 'gateway_names is not there' })
  if (row.sealed !== null) return row.sealed
  const sealed = wrapLocal(ring.crosswalk, PLACE, await secretFor(client, ring, row))
  if ((await putNames(client, sealed)) !== 1) throw new IntegrityError('not-recorded', { table: 'gateway_names' })
  return sealed
}

async function secretFor(client: PoolClient, ring: KeyRing, { adopted }: NamesRow): Promise<Uint8Array> {
  if (!adopted) return newKey()
  const former = await formerCrosswalkKey(client)
  const key = everyKey(ring.crosswalk).find(({ kid }) => former === null || kid === former)
  if (key === undefined) throw missing(former ?? '')
  return key.secret.export()
}

function requireCrosswalk(ring: KeyRing, kid: string): void {
  if (!everyKey(ring.crosswalk).some((key) => key.kid === kid)) throw missing(kid)
}

function missing(kid: string): PolicyError {
  return new PolicyError('key-missing', [
    {
      path: `crosswalk ${kid}`,
      message:
        'opens the names of patients in this database, and these keys have it not: put it back from the backup of keys. Nothing is done without it'
    }
  ])
}
