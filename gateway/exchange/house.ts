/**
 * What the exchange stands on: the parts that main (and, the smaller set, each worker) builds once and hands to every step.
 * Decides nothing. Effects come from here; time comes from `now`, so that a step can be run at any moment in a test.
 */
import type { Pool } from 'pg'
import type { Policies } from '../core/agreement/policies.ts'
import type { Said } from '../core/consent/consent.ts'
import type { Code } from '../core/errors.ts'
import type { KeyHint } from '../core/identity/key-hint.ts'
import type { Registry } from '../core/identity/registry.ts'
import type { KeyRing, PublicJwk } from '../seal/keyring.ts'
import type { IssueRow } from './doors.ts'
import type { SegmentPlace } from './frames.ts'
import type { LogRoom } from './log/log-room.ts'

/** What a worker thread has, too. */
export interface Rooms {
  readonly pool: Pool
  /** folder of the encrypted files */
  readonly folder: string
  readonly ring: KeyRing
}

export interface ReadLimits {
  readonly recordBytes: number
  readonly bundleBytes: number
  readonly depth: number
}

/** Issues kept per upload; the counts by code go on beyond it. */
export const MAX_ISSUES = 10_000

/** A run of lines or Bundle entries for a worker to read; `bytes` is transferred, not copied. */
export interface PartTask {
  readonly party: string
  /** another party, that sends in its name; null: itself */
  readonly sentBy: string | null
  readonly ownBases: readonly string[]
  readonly submission: string
  readonly sealedKey: Uint8Array
  readonly upload: string
  readonly part: number
  readonly kind: 'lines' | 'entries'
  readonly firstLine: number
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  /** for entries: the table of names of their Bundle */
  readonly names: SharedArrayBuffer | null
}

export interface PartResult {
  /** the sealed segments, one behind the other */
  readonly sealed: Uint8Array
  readonly places: readonly SegmentPlace[]
  readonly received: number
  /** by code, all of them */
  readonly rejected: Readonly<Record<string, number>>
  /** the first of them, one by one: at most MAX_ISSUES */
  readonly issues: readonly Omit<IssueRow, 'file'>[]
  /** what its Consents say */
  readonly said: readonly Said[]
}

/** The gate's word on a dataset. */
export interface Judgement {
  readonly verdict: 'release' | 'hold' | 'refuse' | 'empty'
  readonly agreement: string
  /** of a refusal, where it is not that too few look alike */
  readonly reason?: Code
}

/** A claimed piece of work on a disclosure: a step commits only if the claim still stands. */
export interface WorkRef {
  readonly disclosure: string
  readonly work: number
  readonly replica: number
  /** when it was begun, by the house's clock: what patients say is asked as of then */
  readonly now: string
}

/** A bucket to release; of `largest` bytes is the largest subject that is taken in, others are withheld. */
export interface BucketTask extends WorkRef {
  readonly bucket: number
  readonly largest: number
}

/** A shard to seal; to that key, where the form is sealed to one. */
export interface ShardTask extends WorkRef {
  readonly part: number
  readonly recipientKey: PublicJwk | null
}

/** The worker threads. Each call is one task; it rejects with the error of core/errors.ts that the task threw, or with ThreadDied. */
export interface Crew {
  /** Reads, validates, identifies, groups and seals a part. */
  readPart(task: PartTask): Promise<PartResult>
  /** The rows of names (core/fhir/names.ts) of a part of Bundle entries. */
  readNames(task: Pick<PartTask, 'kind' | 'firstLine' | 'bytes' | 'offsets'>): Promise<Uint8Array>
  releaseBucket(task: BucketTask): Promise<void>
  /** What became of the dataset; null when the step had nothing to do any more. */
  judge(task: WorkRef): Promise<Judgement | null>
  sealShard(task: ShardTask): Promise<void>
  readonly size: number
}

export interface House extends Rooms {
  /** those in force at this moment: ask each time, for they change */
  readonly policies: Policies
  /** who is known at this moment: ask each time. Its parties and officers are those of `policies` */
  readonly registry: Registry
  /** UpstreamError when nobody could say lately whether these are still in force */
  readonly requireFreshPolicies: () => void
  readonly logRoom: LogRoom
  readonly crew: Crew
  readonly replica: number
  readonly limits: ReadLimits & { readonly expansion: number; readonly uploadBytes: number }
  readonly now: () => Date
  /** the registered public keys of a party, null when it is unknown; `hint`: what a signed text says of its key, believed by nobody */
  readonly keysOf: (party: string, hint?: KeyHint) => Promise<{ readonly keys: readonly PublicJwk[] } | null>
  readonly observe: Observe
  /** Runs `work` inside a span of the submission's trace. */
  readonly traced: <T>(submission: string, name: StageName, attributes: { readonly kind?: string }, work: () => Promise<T>) => Promise<T>
}

/** Stages as traces name them. */
export type StageName = 'upload' | 'close' | 'release-bucket' | 'gate' | 'seal-shard' | 'record' | 'destroy'

/** The business events that the exchange tells of; observe/ turns each into a log line, a counter and a span event. */
export interface Observe {
  uploadKept(event: { submission: string; party: string; received: number; rejected: number; bytes: number; milliseconds: number }): void
  submissionClosed(event: { submission: string; party: string; agreements: number }): void
  agreementNotInForce(event: { agreement: string; code: Code }): void
  agreementAttestationDue(event: { agreement: string; kind: string; days: number }): void
  policiesChanged(event: { agreements: number }): void
  stepDone(event: { kind: string; target: string; milliseconds: number }): void
  stepFailed(event: { kind: string; target: string; code: Code; attempts: number; error: unknown }): void
  datasetReady(event: { dataset: string; agreement: string; released: number; withheld: number }): void
  datasetHeld(event: { dataset: string; agreement: string }): void
  datasetRefused(event: { dataset: string; agreement: string; code: Code }): void
  submissionOpened(event: { submission: string; party: string; agreements: number }): void
  uploadFailed(event: { submission: string; party: string; code: Code }): void
  submissionDestroyed(event: { submission: string }): void
  integrityBroken(event: { code: Code; target: string }): void
  keysNotVacuumed(event: Record<string, never>): void
  exportStarted(event: { agreement: string; party: string }): void
  fileDelivered(event: { dataset: string; party: string; bytes: number }): void
  acknowledged(event: { dataset: string; party: string }): void
}
