/**
 * The statement of a released dataset: what the log commits to and the recipient can hold the gateway to. Decides its members (the
 * JSON Schema is schemas/log/statement.json); it names policies, counts and files, and never a person.
 */

/** How shards are sealed. */
export type SealedForm = 'c2sp' | 'cms' | 'transport-only'

/** Which rule of 45 CFR 164.514 makes the release lawful. */
type Mode = 'safe-harbor' | 'limited-data-set' | 'expert-determination' | 'aggregate-only'

/** One file of a dataset, one resource type. `plain…` is what was sealed: NDJSON in gzip. Hashes: 64 hex digits of SHA-256. */
export interface ShardRow {
  readonly name: string
  readonly type: string
  readonly records: number
  readonly bytes: number
  readonly sha256: string
  readonly plainBytes: number
  readonly plainSha256: string
}

type Counts = Readonly<Record<string, number>>

/** A promise of the agreement that was not kept, as entries and statements tell of it. */
export interface ToldShortfall {
  readonly submission: string
  readonly measure: string
  readonly of: string | null
  readonly figure: number
  readonly limit: number
  readonly below: string
}

/** A policy as it was: its id or name, its version, and the hash of its canonical form ('sha256:…'). */
interface PolicyName {
  readonly version: number
  readonly hash: string
}

export interface DatasetStatement {
  readonly v: 1
  readonly kind: 'dataset-released'
  /** RFC 3339, UTC */
  readonly at: string
  readonly dataset: string
  readonly agreement: PolicyName & { readonly id: string }
  readonly profile: PolicyName & { readonly name: string }
  readonly source: string
  readonly recipient: string
  readonly purposeOfUse: string
  readonly mode: Mode
  /** id of the expert's certificate that was in force; null in every other mode */
  readonly certificate: string | null
  readonly submissions: readonly string[]
  readonly releasedThrough: string
  readonly sealedForm: SealedForm
  /** received = released + withheld + rejected + held */
  readonly counts: {
    readonly received: number
    readonly released: number
    readonly held: number
    readonly withheld: Counts
    readonly rejected: Counts
    readonly byType: Counts
    /** aggregate-only: made by the gateway out of records that stayed, by resource type; not among the others */
    readonly made?: Counts
  }
  readonly subjects: {
    readonly released: number
    readonly generalized: number
    readonly suppressed: number
    readonly smallestGroup: number
    readonly k: number
  }
  /** root of the tree of `subjects.released` rows, one a subject (core/accounting/row.ts), 'sha256:…'; null where no record leaves; older ones lack it */
  readonly subjectsRoot?: string | null
  /** where the agreement promises quality: which promises were not kept, by submission; figures to three places; absent of a dataset that is cut again */
  readonly quality?: readonly ToldShortfall[]
  /** hash of the data dictionary, 'sha256:…' */
  readonly dictionary: string
  readonly shards: readonly ShardRow[]
  readonly engine: string
}
