/**
 * The stages of a disclosure that may not be skipped, as types. `Cleared`: the risk gate (or an officer, after it) let the dataset go
 * on to sealing. `Recorded`: the log holds its statement under a signed checkpoint, so it may be forwarded. Neither can be made but by
 * parsing a row that the step before committed; sealing takes only Cleared, forwarding only Recorded, and the compiler knows it.
 */
import { IntegrityError } from './errors.ts'

/** The columns of a disclosure's row that say how far it came. */
export interface StageRow {
  readonly id: string
  readonly agreement: string
  readonly agreement_hash: string
  readonly profile_hash: string
  readonly recipient: string
  readonly state: string
  readonly sealed_key: Buffer
  readonly gate: object | null
  readonly manifest: string | null
  readonly at: Date | null
  readonly created_at: Date
}

/** A dataset that may be sealed. */
export class Cleared {
  readonly #brand = 'cleared'
  readonly dataset: string
  readonly row: StageRow

  private constructor(row: StageRow) {
    this.dataset = row.id
    this.row = row
  }

  /** From a row in state 'sealing', which only the gate's or an officer's transaction sets. IntegrityError internal for any other. */
  static parse(row: StageRow): Cleared {
    if (row.state !== 'sealing' || row.gate === null) throw new IntegrityError('internal', { dataset: row.id, stage: 'not cleared' })
    return new Cleared(row)
  }

  /** `cleared`: what the brand says, so that no look-alike passes at run time either. */
  get stage(): string {
    return this.#brand
  }
}

/** A dataset that may be forwarded. */
export class Recorded {
  readonly #brand = 'recorded'
  readonly dataset: string
  readonly row: StageRow
  /** the signed manifest: statement, receipt and wrapped key */
  readonly manifest: string

  private constructor(row: StageRow, manifest: string) {
    this.dataset = row.id
    this.row = row
    this.manifest = manifest
  }

  /** From a row in state 'ready', which is set only once a checkpoint covers its entry; null for any other: not yet, or no more. */
  static parse(row: StageRow): Recorded | null {
    return row.state === 'ready' && row.manifest !== null ? new Recorded(row, row.manifest) : null
  }

  get stage(): string {
    return this.#brand
  }
}
