/**
 * A configuration of Microsoft's tool (FHIR-anonymization.md, configuration-sample.json) as it is followed here: its rules in order, its parameters,
 * and what it does about a processing error. Decides nothing; read.ts makes it and refuses what it cannot follow. The keys in it are secrets.
 */
import type { Expression } from './expression.ts'
import type { Node } from './tree.ts'

export type MethodName = 'keep' | 'redact' | 'dateShift' | 'cryptoHash' | 'encrypt' | 'perturb' | 'substitute' | 'generalize'

/** Their eight methods; a configuration may write them in any case. */
export const METHODS: readonly MethodName[] = [
  'keep',
  'redact',
  'dateShift',
  'cryptoHash',
  'encrypt',
  'perturb',
  'substitute',
  'generalize'
]

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** `span`: width of the noise around the value; proportional spans are a share of it. `roundTo`: decimals; integers always round to whole numbers. */
export interface PerturbSetting {
  readonly span: number
  readonly proportional: boolean
  readonly roundTo: number
}

/** A path from nodes of one type (or one resource) to nodes of their tree, compiled. May throw words of the library. */
export type OfNodes = (from: readonly Node[]) => readonly Node[]

/** `onward` goes on from what the walk found, `whole` begins at the resource. */
export interface Search {
  readonly onward: OfNodes
  readonly whole: OfNodes
}

/** An expression over one value ($this), compiled: what it comes to. May throw words of the library, which may repeat the value. */
export type OfValue = (node: Node) => readonly unknown[]

/** Cases in order: the first whose condition holds gives the value. */
export interface GeneralizeSetting {
  readonly cases: readonly { readonly condition: OfValue; readonly value: OfValue }[]
  readonly otherValues: 'redact' | 'keep'
}

export interface Rule {
  /** its number in the file, from 1, by which it is named in messages */
  readonly number: number
  readonly path: string
  readonly expression: Expression
  /** for each operand, what the library does of it; null where the walk says it all */
  readonly searches: readonly (Search | null)[]
  readonly method: MethodName
  readonly replaceWith: Json
  readonly perturb: PerturbSetting | null
  readonly generalize: GeneralizeSetting | null
}

/** '' for a key means: none given, so a random one for the run. */
export interface Parameters {
  readonly dateShiftKey: string
  readonly dateShiftScope: 'resource' | 'file' | 'folder'
  readonly dateShiftFixedOffsetInDays: number | null
  readonly cryptoHashKey: string
  readonly encryptKey: string
  readonly enablePartialAgesForRedact: boolean
  readonly enablePartialDatesForRedact: boolean
  readonly enablePartialZipCodesForRedact: boolean
  readonly restrictedZipCodeTabulationAreas: readonly string[]
}

export interface Configuration {
  readonly rules: readonly Rule[]
  readonly parameters: Parameters
  /** raise: the run stops at the first record that cannot be processed; skip: such a record is left out. */
  readonly processingErrors: 'raise' | 'skip'
}
