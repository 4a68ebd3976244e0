/**
 * The profile as the engine reads it, all of it read-only: a document of schemas/policy/profile.json, with what it extends already laid under it
 * (extend.ts). Decides nothing.
 */
import type { AggregateProfile } from '../../../generated/policy.ts'
import type { Json } from '../../digest.ts'
import type { CoverName } from '../../scrub/cover/cover.ts'

export type Verb =
  | 'keep'
  | 'code'
  | 'year'
  | 'birth-year'
  | 'shift'
  | 'birth-shift'
  | 'age-90'
  | 'observed'
  | 'zip3'
  | 'state'
  | 'coding'
  | 'quantity'
  | 'reference'
  | 'generalize'
  | 'perturb'
  | 'substitute'
  | 'surrogate'
  | 'scrub'
  | 'by-element'
  | 'decade'
  | 'period'
  | 'roll-up'
  | 'mask'
  | 'remove'

export interface Rule {
  readonly verb: Verb
  readonly because: string
  readonly source: string
  readonly pattern?: string
  /** Of code with a pattern: whose check digits what was matched carries. */
  readonly checked?: 'gs1' | 'loinc'
  readonly elements?: readonly string[]
  readonly atMost?: number
  /** Of generalize and roll-up: a name of the profile's hierarchies. */
  readonly hierarchy?: string
  /** Of substitute. */
  readonly with?: Json
  /** Of perturb: half of it to each side, as it is or times the value; places after the point that stay. Of period: years. */
  readonly span?: number
  readonly range?: 'fixed' | 'proportional'
  readonly roundTo?: number
  /** Of scrub: what stands in place of an identifier; a placeholder where nothing is said. */
  readonly cover?: CoverName
}

interface Grounds {
  readonly because: string
  readonly source: string
}

/** The next coarser value; what a hierarchy does not cover is removed. */
export type Hierarchy = Grounds &
  (
    | { readonly kind: 'prefix'; readonly length: number }
    | { readonly kind: 'bins'; readonly edges: readonly number[]; readonly unit?: string }
    | { readonly kind: 'codes'; readonly map: Readonly<Record<string, string>> }
    | { readonly kind: 'dates'; readonly to: 'year' | 'month' }
  )

/** Of an expert determination, 45 CFR 164.514(b)(1). Days are YYYY-MM-DD in UTC; `expires` is the first no longer in force. */
export interface Certificate {
  readonly id: string
  readonly expert: string
  readonly method: string
  readonly threshold: { readonly k: number; readonly risk: number }
  /** ISO 8601 duration: the least time between releases. */
  readonly every: string
  readonly issued: string
  readonly expires: string
  readonly demo: boolean
}

export interface ResourceRule {
  readonly because: string
  readonly keep: readonly string[]
  readonly absent: Readonly<Record<string, string>>
}

export interface ExtensionRule {
  readonly url: string
  readonly on: readonly string[]
  readonly value: 'valueCode' | 'valueBoolean' | 'omb'
  readonly codes?: Readonly<Record<string, string>>
  readonly because: string
  readonly source: string
}

export interface CodeSystem {
  readonly system: string
  readonly title: string
  readonly pattern?: string
  /** Element paths (Procedure.code), or how they end (item.revenue); anywhere when absent. */
  readonly on?: readonly string[]
  readonly because: string
}

export interface ObservedCode {
  readonly system: string
  readonly code: string
  readonly because: string
}

export type DerivedName = 'length-of-stay' | 'days-to-next-admission' | 'readmission-30' | 'age-at-event' | 'last-a1c-of-year'

export interface DerivedRule {
  readonly name: DerivedName
  readonly on: readonly string[]
  readonly because: string
  readonly source: string
}

/** One level of a quasi-identifier: all that is done at it, by element path as in `generalized`. */
export interface RiskLevel {
  readonly label: string
  readonly rules: Readonly<Record<string, Rule>>
}

/** What others know of a person and the Patient shows. */
export interface QuasiIdentifier extends Grounds {
  readonly name: string
  readonly from: readonly string[]
  readonly as?: 'year'
  /** Whoever has none of these elements: a class of its own (and the default), or not released. */
  readonly missing?: 'class' | 'suppress'
  /** `system|code` of events that tell it, too: by the last date of a record that holds one; at every level the element that does goes. */
  readonly codes?: readonly string[]
  readonly levels: readonly RiskLevel[]
}

export interface SensitiveAttribute extends Grounds {
  readonly name: string
  readonly from: readonly string[]
  /** value → `system|code`, a * at the end for all that begin so; whoever has several has each of them */
  readonly values: Readonly<Record<string, readonly string[]>>
}

/** What the events of a person show together. */
export type RiskPattern = Grounds & { readonly name: string } & (
    | { readonly kind: 'visits'; readonly on: string; readonly edges: readonly number[] }
    | { readonly kind: 'interval'; readonly from: readonly string[]; readonly edges: readonly number[] }
    | {
        readonly kind: 'rare-code'
        readonly from: readonly string[]
        readonly codes: readonly string[]
        readonly levels: readonly RiskLevel[]
      }
  )

/** By what a person could be found in a dataset, and how it is made coarser. */
export interface RiskRule {
  readonly quasiIdentifiers: readonly QuasiIdentifier[]
  readonly sensitive?: readonly SensitiveAttribute[]
  readonly patterns?: readonly RiskPattern[]
  readonly metric?: 'loss' | 'precision' | 'discernibility' | 'average-class-size'
}

export type RecordMode = 'safe-harbor' | 'limited-data-set' | 'expert-determination'

/** A profile under which records leave. */
export interface RecordProfile {
  readonly name: string
  readonly version: number
  readonly mode: RecordMode
  readonly title: string
  readonly legalBasis: string
  /** For the reader: it is already laid under. */
  readonly extends?: { readonly name: string; readonly version: number }
  /** Of expert-determination, and only of that. */
  readonly certificate?: Certificate
  readonly labels?: 'none' | 'summary'
  readonly datatypes: Readonly<Record<string, Rule>>
  readonly elements: Readonly<Record<string, Rule>>
  readonly resources: Readonly<Record<string, ResourceRule>>
  /** Resource types of which nothing leaves, and why. With resources, all 146. */
  readonly refused?: Readonly<Record<string, string>>
  readonly hierarchies?: Readonly<Record<string, Hierarchy>>
  readonly shared: readonly string[]
  readonly extensions: readonly ExtensionRule[]
  readonly codeSystems: readonly CodeSystem[]
  readonly units: readonly string[]
  readonly ageCodes: readonly ObservedCode[]
  readonly vitalDateCodes: readonly ObservedCode[]
  readonly zip3: Grounds & { readonly allowed: readonly string[] }
  readonly derived: readonly DerivedRule[]
  readonly generalized: Readonly<Record<string, Rule>>
  /** With it the risk gate recodes the whole dataset, and `generalized` is not used. */
  readonly risk?: RiskRule
}

/** Ages over 89 are one category, and years that show one go; a limited data set shows every age (45 CFR 164.514(e)(2)). */
export function agesCollapse({ mode }: RecordProfile): boolean {
  return mode !== 'limited-data-set'
}

/** What an agreement may name: records leave, or only counts do. */
export type Profile = RecordProfile | AggregateProfile

export function isRecordProfile(profile: Profile): profile is RecordProfile {
  return profile.mode !== 'aggregate-only'
}
