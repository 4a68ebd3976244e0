/** The profile as the engine reads it (schemas/policy/profile.json), all of it read-only. Decides nothing. */
export type Verb =
  | 'keep'
  | 'code'
  | 'year'
  | 'birth-year'
  | 'age-90'
  | 'observed'
  | 'zip3'
  | 'state'
  | 'coding'
  | 'quantity'
  | 'reference'
  | 'by-element'
  | 'decade'
  | 'mask'
  | 'remove'

export interface Rule {
  readonly verb: Verb
  readonly because: string
  readonly source: string
  readonly pattern?: string
  readonly elements?: readonly string[]
  readonly atMost?: number
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

export interface Profile {
  readonly name: string
  readonly version: number
  readonly mode: 'safe-harbor'
  readonly title: string
  readonly legalBasis: string
  readonly datatypes: Readonly<Record<string, Rule>>
  readonly elements: Readonly<Record<string, Rule>>
  readonly resources: Readonly<Record<string, ResourceRule>>
  readonly shared: readonly string[]
  readonly extensions: readonly ExtensionRule[]
  readonly codeSystems: readonly CodeSystem[]
  readonly units: readonly string[]
  readonly ageCodes: readonly ObservedCode[]
  readonly vitalDateCodes: readonly ObservedCode[]
  readonly zip3: {
    readonly because: string
    readonly source: string
    readonly allowed: readonly string[]
  }
  readonly derived: readonly DerivedRule[]
  readonly generalized: Readonly<Record<string, Rule>>
}
