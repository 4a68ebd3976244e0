/** What stops a record: a rule that cannot do its work on it. Says which rule and where, never what stands there. */

/**
 * processing: this value could not be processed (their AnonymizerProcessingException: raise or skip). not-applicable: the rule can never work on a node
 * of this type (their AnonymizerRuleNotApplicableException: always stops the run).
 */
export type FailureKind = 'processing' | 'not-applicable'

export class RuleFailure extends Error {
  readonly kind: FailureKind
  readonly rule: number
  readonly path: string
  constructor(kind: FailureKind, rule: number, path: string) {
    super('a rule could not be followed')
    this.kind = kind
    this.rule = rule
    this.path = path
  }
}
