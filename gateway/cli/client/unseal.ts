/**
 * From downloaded files to an opened dataset: its manifest is verified against the pins first, each shard is then found among the downloads
 * by the hash the statement names, and seal/open.ts opens them. Refuses a dataset with a shard missing, and a receipt of another history of the log.
 */
import type { JsonWebKey } from 'node:crypto'
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IntegrityError } from '../../core/errors.ts'
import { parseReceipt } from '../../core/log/receipt.ts'
import { type Pins, verifyManifest } from '../../seal/manifest.ts'
import { openDataset, type Verified } from '../../seal/open.ts'

export interface OpenedDataset {
  readonly dataset: string
  readonly agreement: string
  readonly profile: string
  readonly sealedForm: string
  readonly folder: string
  readonly records: number
  /** aggregate-only: made by the gateway out of records that stayed there, by resource type */
  readonly made?: Readonly<Record<string, number>>
  readonly subjects: {
    readonly released: number
    readonly generalized: number
    readonly suppressed: number
    readonly smallestGroup: number
    readonly k: number
  }
  readonly byType: Readonly<Record<string, number>>
  readonly log: { readonly index: string; readonly size: string }
  readonly verified: readonly Verified[]
}

export interface UnsealRequest {
  readonly manifest: string
  /** canonical JSON of the data dictionary, as it was served */
  readonly dictionary: string
  readonly dataset: string
  /** sha256 (hex) → downloaded file */
  readonly downloads: ReadonlyMap<string, string>
  readonly work: string
  readonly out: string
  readonly pins: Pins
  readonly key: JsonWebKey | null
  /** throws where the checkpoint of the receipt is not of the log's one history: nothing is opened then */
  readonly agrees: (checkpoint: string) => Promise<void>
}

/** What an aggregate-only dataset holds, in words: no record, and no number of fewer patients than k. */
export function madeWords(made: Readonly<Record<string, number>>, k: number): string {
  const types = Object.entries(made).map(([type, count]) => `${count} ${type}s`)
  return `${types.join(', ')} and no record: every number in it is of at least ${k} patients, or hidden`
}

/** Opens one dataset into `<out>/<dataset>`, its manifest and data dictionary beside the records. IntegrityError on anything that does not agree. */
export async function unseal(request: UnsealRequest): Promise<OpenedDataset> {
  const { statement, receipt } = await verifyManifest(request.manifest, request.pins)
  // A true manifest of another dataset is still not the one asked for.
  if (statement.dataset !== request.dataset) throw new IntegrityError('proof-invalid')
  await request.agrees(parseReceipt(receipt)?.checkpoint ?? '')
  const shards = join(request.work, request.dataset)
  await rm(shards, { recursive: true, force: true })
  await mkdir(shards, { recursive: true, mode: 0o700 })
  for (const shard of statement.shards) {
    const path = request.downloads.get(shard.sha256)
    if (path === undefined) throw new IntegrityError('hash-mismatch', { shard: shard.name, found: 'no download with this hash' })
    await link(path, join(shards, shard.name))
  }
  const folder = join(request.out, request.dataset)
  const { manifest, dictionary, pins, key } = request
  const opened = await openDataset({ manifest, dictionary, shards, out: folder, pins, key })
  await writeFile(join(folder, 'manifest.json'), manifest)
  await rm(shards, { recursive: true, force: true })
  const { subjects, counts, agreement, profile, sealedForm } = statement
  return {
    dataset: request.dataset,
    agreement: agreement.id,
    profile: `${profile.name} ${profile.version}`,
    sealedForm,
    folder,
    records: counts.released,
    ...(counts.made === undefined ? {} : { made: counts.made }),
    subjects,
    byType: Object.fromEntries(opened.files.map((file) => [file.type, file.records])),
    log: { index: String(opened.index), size: String(opened.logSize) },
    verified: opened.verified
  }
}
