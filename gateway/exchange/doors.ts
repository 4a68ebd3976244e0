/**
 * The doors: what the HTTP side may ask of the exchange, and the shapes it is answered with. Every call takes the caller
 * that authentication proved; every object of another party answers 'not-found'. Errors are those of core/errors.ts.
 */

import type { Readable } from 'node:stream'
import type { Code } from '../core/errors.ts'
import type { Figures, Shortfall } from '../core/quality/figures.ts'
import type { Agreement } from '../generated/policy.ts'
import type { DisclosureState } from '../store/disclosures.ts'

/** Who asks: proved by a token, or by a session. */
export interface Caller {
  /** id of the party, or of the officer: the one is never the other */
  readonly party: string
  readonly role: 'hospital' | 'insurer' | 'officer'
  readonly scopes: readonly string[]
  /** not said: token */
  readonly by?: 'token' | 'session'
}

export type SubmissionState = 'open' | 'closed' | 'released' | 'destroyed'

/** Per agreement: where the disclosure stands, and counts that add up: received = released + withheld + rejected + held. */
/** How many records of a whole dataset. */
export interface DisclosureTotals {
  readonly received: number
  readonly released: number
  readonly held: number
  readonly withheld: Readonly<Record<string, number>>
  readonly rejected: Readonly<Record<string, number>>
}

/** Totals are for the source; to a party that sent in its name they are told where nothing but this submission is in the dataset. */
export interface DisclosureView extends Partial<DisclosureTotals> {
  readonly agreement: string
  readonly state: DisclosureState
  readonly dataset: string
  /** when a waiting disclosure may be released, by its agreement's release window; the moment it was due for any other */
  readonly due: string
  /** 0..1 */
  readonly progress: number
  /** of this submission, once the dataset was judged: figures, and the promises of the agreement that were not kept */
  readonly quality: { readonly figures: Figures; readonly shortfalls: readonly Shortfall[] } | null
}

export interface SubmissionView {
  readonly id: string
  readonly state: SubmissionState
  readonly openedAt: string
  readonly closedAt: string | null
  readonly received: number
  readonly rejected: Readonly<Record<string, number>>
  readonly files: readonly UploadView[]
  readonly agreements: readonly DisclosureView[]
}

/** `name` is printed only when it is a known pattern (Patient.ndjson, Patient.000.ndjson.gz, bundle.json …), else 'file-<n>'. */
export interface UploadView {
  readonly name: string
  readonly state: 'receiving' | 'kept' | 'failed'
  readonly bytes: number
  readonly received: number
  readonly rejected: Readonly<Record<string, number>>
}

/** One rejected record: where, never what. `path` is an element path of FHIR (Patient.birthDate) or ''. */
export interface IssueRow {
  readonly file: string
  readonly line: number
  readonly path: string
  readonly code: Code
}

export interface UploadRequest {
  readonly name: string
  readonly body: Readable
  readonly gzip: boolean
  readonly idempotencyKey: string | null
}

/** The hospital's door. */
export interface Submissions {
  /**
   * `agreement` null: all active agreements of which the caller is the source. The same idempotency key again answers the same submission.
   * RequestError agreement-unknown | agreement-inactive | agreement-expired | certificate-expired.
   */
  open(caller: Caller, agreement: string | null, idempotencyKey: string | null): Promise<SubmissionView>
  /** Resolves when durable and encrypted, MUST NOT before. The same key and body again answers the same view; another body: key-reused. */
  upload(caller: Caller, submission: string, request: UploadRequest): Promise<UploadView>
  close(caller: Caller, submission: string): Promise<SubmissionView>
  view(caller: Caller, submission: string): Promise<SubmissionView>
  issues(caller: Caller, submission: string): AsyncIterable<IssueRow>
}

/** A line that could not be taken, and why. */
export interface LineFault {
  readonly line: number
  readonly code: Code
}

/** What became of a list of opt-outs and Consents. */
export interface Loaded {
  /** lines */
  readonly named: number
  /** rows of the list that changed */
  readonly changed: number
  /** of the patients who are new in it, those of whom nothing was released under that name: to come, or mistyped */
  readonly unknown: number
  /** datasets that were withdrawn */
  readonly withdrawn: number
  /** lines that could not be taken */
  readonly refused: number
  /** the first of these */
  readonly faults: readonly LineFault[]
}

/** An agreement as its own sides see it: versions with their texts and who signed each, the oldest first. */
export interface OwnAgreement {
  readonly agreement: string
  /** of the version that speaks for it */
  readonly state: string
  readonly versions: readonly {
    readonly version: number
    readonly hash: string
    readonly state: string
    readonly since: string
    readonly document: Agreement
    readonly signed: readonly {
      readonly as: string
      readonly officer: string
      readonly key: string
      readonly decision: string
      readonly at: string
    }[]
  }[]
}

/** What became of a version. */
export interface AgreementOutcome {
  readonly agreement: string
  readonly version: number
  readonly hash: string
  readonly state: string
}

/** Both sides' door to what they signed. An agreement of others looks like none: agreement-unknown. */
export interface AgreementsDoor {
  list(caller: Caller): Promise<readonly OwnAgreement[]>
  read(caller: Caller, id: string): Promise<OwnAgreement>
  /** A signed approval or rejection: compact JWS. */
  speak(caller: Caller, id: string, jws: string): Promise<AgreementOutcome>
  /** In force on every replica within two seconds. */
  suspend(caller: Caller, id: string, word: { readonly officer: string; readonly reason: string }): Promise<AgreementOutcome>
}

/** The hospital's door for what its patients say no to. */
export interface ConsentsDoor {
  /** In force when it resolves, on running jobs too. */
  load(caller: Caller, change: 'opt-out' | 'opt-in', text: string): Promise<Loaded>
}

export interface ExportFile {
  /** path segment under the job: opaque */
  readonly name: string
  readonly type: string
  readonly count: number
  readonly bytes: number
  readonly dataset: string
}

/** A manifest (compact or JSON JWS) of one dataset of a sealed agreement. */
export interface ExportManifest {
  readonly dataset: string
  readonly name: string
}

export type ExportStatus =
  | { readonly state: 'running'; readonly retryAfterSeconds: number }
  | {
      readonly state: 'done'
      readonly agreement: string
      /** the gateway's release time up to which this export is complete; use as the next _since */
      readonly transactionTime: string
      readonly sealed: boolean
      readonly files: readonly ExportFile[]
      readonly manifests: readonly ExportManifest[]
      readonly deleted: readonly ExportFile[]
    }

export interface ExportRequest {
  readonly agreement: string
  /** instant; only datasets released after it */
  readonly since: string | null
  /** resource types; empty = all agreed */
  readonly types: readonly string[]
}

/** A file that may be fetched. `encoding: 'gzip'` when it is gzip (transport-only); sealed shards are opaque bytes. */
export interface Download {
  /** The bytes from `offset` on. Each call is an access of its own, and its entry is durable when it resolves. */
  start(offset: number): Promise<Readable>
  readonly bytes: number
  readonly contentType: string
  readonly encoding: 'gzip' | 'identity'
  readonly etag: string
}

/** The insurer's door. The right to each file is checked again at each download. */
export interface Exports {
  kickOff(caller: Caller, request: ExportRequest): Promise<{ readonly job: string }>
  status(caller: Caller, job: string): Promise<ExportStatus>
  cancel(caller: Caller, job: string): Promise<void>
  file(caller: Caller, job: string, name: string): Promise<Download>
  /** The signed manifest of a dataset: JSON text, see schemas/log/manifest.json. */
  manifest(caller: Caller, dataset: string): Promise<string>
  /** The data dictionary of a dataset: canonical JSON whose SHA-256 the statement names. */
  dictionary(caller: Caller, dataset: string): Promise<string>
  /** The insurer confirms what it opened and verified; an entry is made. */
  acknowledge(caller: Caller, dataset: string): Promise<void>
  /** An officer has what left offered again to its recipient; an entry is made. */
  redeliver(caller: Caller, dataset: string, reason: string): Promise<Redelivery>
}

/** A dataset that stands in its recipient's next export once more. `offered`: RFC 3339. */
export interface Redelivery {
  readonly dataset: string
  readonly agreement: string
  readonly recipient: string
  readonly offered: string
}
