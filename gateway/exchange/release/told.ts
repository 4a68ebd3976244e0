/**
 * What aggregate-only releases told, kept so that the next one can be laid beside it: who was counted with which stays, and which cells were told. Sealed
 * under the crosswalk key, as that names the same people. Only releases that were recorded count.
 */
import type { Told } from '../../core/aggregate/behind.ts'
import { lengthPrefixed } from '../../core/digest.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { openSegment, sealSegment } from '../../seal/segment.ts'
import { keepAggregate, recordedAggregates } from '../../store/aggregates.ts'
import type { Db } from '../../store/pool.ts'
import { crossingScope } from '../crosswalk.ts'
import { pack, unpack } from '../frames.ts'

interface Dataset {
  readonly id: string
  readonly agreement: string
  readonly recipient: string
}

function placeOf(scope: string, dataset: string): Buffer {
  return lengthPrefixed('aggregate told', scope, dataset)
}

/** Keeps what the dataset would tell; it counts once the dataset is recorded. */
export async function keepTold(db: Db, ring: KeyRing, dataset: Dataset, told: Told): Promise<void> {
  const scope = crossingScope(dataset)
  const sealed = sealSegment(ring.names(), placeOf(scope, dataset.id), pack(Buffer.from(JSON.stringify(told), 'utf8')))
  await keepAggregate(db, { disclosure: dataset.id, scope, sealed })
}

/** What earlier releases of the same agreement to the same recipient told. */
export async function toldBefore(db: Db, ring: KeyRing, dataset: Dataset): Promise<Told[]> {
  const scope = crossingScope(dataset)
  const rows = await recordedAggregates(db, scope, dataset.id)
  return rows.map(
    ({ disclosure, sealed }) => JSON.parse(unpack(openSegment(ring.names(), placeOf(scope, disclosure), sealed)).toString('utf8')) as Told // sealed by keepTold only
  )
}
