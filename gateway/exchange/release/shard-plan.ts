/** Which shards a dataset has: files of one resource type each, cut at bucket borders, of a bounded size. Decides their names. */
import type { Agreement } from '../../generated/policy.ts'
import type { BucketRow } from '../../store/results.ts'

/** A shard holds at most about this many bytes of NDJSON. */
const SHARD_BYTES = 256 * 1024 * 1024

/** Shards of one type each, cut at bucket borders: `Observation.1.ndjson.gz.c2sp`. */
export function shardPlan(
  buckets: readonly BucketRow[],
  form: Agreement['sealedForm']
): { name: string; type: string; firstBucket: number; lastBucket: number }[] {
  const types = [...new Set(buckets.flatMap((bucket) => bucket.index.map((segment) => segment.type)))].sort()
  const ending = form === 'transport-only' ? 'ndjson.gz' : `ndjson.gz.${form}`
  return types.flatMap((type) => {
    const plan: { name: string; type: string; firstBucket: number; lastBucket: number }[] = []
    let bytes = Number.POSITIVE_INFINITY
    for (const { bucket, index } of buckets) {
      const segment = index.find((entry) => entry.type === type)
      if (segment === undefined) continue
      const last = plan.at(-1)
      if (last === undefined || bytes + segment.plainBytes > SHARD_BYTES) {
        plan.push({ name: `${type}.${plan.length + 1}.${ending}`, type, firstBucket: bucket, lastBucket: bucket })
        bytes = segment.plainBytes
      } else {
        last.lastBucket = bucket
        bytes += segment.plainBytes
      }
    }
    return plan
  })
}
