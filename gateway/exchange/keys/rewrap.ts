/**
 * Moves what is wrapped under retired keys to the ones in use, in batches, while gateways run. Decides nothing of what is wrapped: each row is opened in its
 * place and sealed to it again. Broken off it goes on where it was, for what is done is no longer found. Refuses while a gateway that runs still wraps under
 * another key. A row that does not open stops nothing: it stays, and is counted.
 */
import type { Pool } from 'pg'
import { IntegrityError, PolicyError } from '../../core/errors.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { unwrapLocal, wrapLocal } from '../../seal/local.ts'
import { replicaKeys } from '../../store/gateway-keys.ts'
import { transaction } from '../../store/pool.ts'
import { countWrapped, replaceWrapped, rowsNotUnder, type WrappedRow } from '../../store/wrapped.ts'
import { appendAnew } from '../log/log.ts'
import { enterDesk } from './gateway-keys.ts'
import { rewrapNames } from './names.ts'
import { WRAPPED, type WrappedColumn } from './wrapped-columns.ts'

const BATCH = 500

export interface Rewrapped {
  readonly table: string
  readonly column: string
  readonly moved: number
  /** they do not open: `sallyport keys status` names their keys */
  readonly unopened: number
}

export interface RewrapRoom {
  readonly pool: Pool
  readonly ring: KeyRing
  readonly account: string
  readonly now: () => Date
}

/** `show` is told how many rows of how many are done. */
export async function rewrap(room: RewrapRoom, show: (done: number, total: number, place: string) => void): Promise<readonly Rewrapped[]> {
  await requirePromoted(room)
  await enterDesk(room.pool, room.ring, room.now())
  const { kid } = room.ring.wrapping.current
  const total = (await Promise.all(WRAPPED.map((place) => countWrapped(room.pool, place))))
    .flatMap((counts) => [...counts])
    .reduce((sum, [under, count]) => sum + (under === kid ? 0 : count), 0)
  const did: Rewrapped[] = []
  for (const place of WRAPPED) {
    const before = did.reduce((sum, { moved, unopened }) => sum + moved + unopened, 0)
    did.push(await rewrapColumn(room, place, (done) => show(before + done, total, place.table)))
  }
  const names = await transaction(room.pool, (client) => rewrapNames(client, room.ring))
  const all = [...did, { table: 'gateway_names', column: 'sealed', moved: names === 'done' ? 1 : 0, unopened: 0 }]
  const moved = all.reduce((sum, one) => sum + one.moved, 0)
  if (moved > 0)
    await appendAnew(room.pool, {
      v: 1,
      kind: 'keys-rewrapped',
      at: room.now().toISOString(),
      account: room.account,
      wrapping: kid,
      crosswalk: room.ring.crosswalk.current.kid,
      moved
    })
  return all
}

/** What gateways that run wrap under another key would be left behind. PolicyError key-unknown. */
async function requirePromoted({ pool, ring }: RewrapRoom): Promise<void> {
  const faults = (await replicaKeys(pool))
    .filter(({ purpose, state }) => state === 'current' && (purpose === 'wrapping' || purpose === 'crosswalk'))
    .filter(({ purpose, kid }) => ring[purpose as 'wrapping' | 'crosswalk'].current.kid !== kid)
    .map(({ replica, purpose, kid }) => ({
      path: `${purpose} ${kid}`,
      message: `is what gateway ${replica} uses: restart it with the promoted key`
    }))
  if (faults.length > 0) throw new PolicyError('key-unknown', faults)
}

async function rewrapColumn({ pool, ring }: RewrapRoom, place: WrappedColumn, show: (done: number) => void): Promise<Rewrapped> {
  const { table, column } = place
  let [moved, unopened] = [0, 0]
  let after: readonly unknown[] | null = null
  for (;;) {
    const found: WrappedRow[] = await rowsNotUnder(pool, place, ring.wrapping.current.kid, after, BATCH)
    const last = found.at(-1)
    if (last === undefined) return { table, column, moved, unopened }
    after = Object.keys(place.key).map((name) => last[name])
    const changed = found.flatMap((row) => wrappedAnew(ring, place, row))
    moved += await replaceWrapped(pool, place, changed)
    unopened += found.length - changed.length
    show(moved + unopened)
  }
}

function wrappedAnew(
  ring: KeyRing,
  place: WrappedColumn,
  row: WrappedRow
): readonly { readonly row: WrappedRow; readonly wrapped: Buffer }[] {
  try {
    const context = place.context(row)
    return [{ row, wrapped: wrapLocal(ring.wrapping, context, unwrapLocal(ring.wrapping, context, row.wrapped)) }]
  } catch (error) {
    if (error instanceof IntegrityError) return []
    throw error
  }
}
