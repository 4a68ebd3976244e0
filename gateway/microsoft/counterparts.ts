/** Which rules of a configuration of Microsoft's tool our profile does not follow as they are, and what it does instead. Decides nothing: it reads what was decided. */
import type { Configuration, MethodName, Rule } from './configuration.ts'
import { isOpaque } from './coverage.ts'
import type { Kept } from './kept.ts'

export interface Difference {
  readonly rule: number
  readonly path: string
  readonly method: MethodName
  readonly here: string
}

const METHODS_HERE: ReadonlyMap<MethodName, string> = new Map<MethodName, string>([
  [
    'dateShift',
    'No shift: Safe Harbor leaves the year alone. Shifted dates need a profile of mode expert-determination, with its certificate.'
  ],
  [
    'cryptoHash',
    'No hash: ids and references become random surrogates that differ by subject and agreement; any other hashed value is removed.'
  ],
  ['encrypt', 'No counterpart: what can be decrypted is not de-identified. Removed.'],
  ['generalize', 'No counterpart is made: cases are expressions. Removed; a hierarchy of the profile can be written instead.']
])

/** `idle`: rules that name nothing in FHIR R4. */
export function differences({ rules }: Configuration, kept: readonly Kept[], idle: readonly Rule[]): readonly Difference[] {
  const removing = new Set(kept.flatMap(({ decision, theirs }) => (decision.kind === 'removed' && theirs !== null ? [theirs] : [])))
  return rules.flatMap((rule) =>
    (idle.includes(rule) ? [IDLE] : sentencesOf(rule, removing)).map((here) => ({
      rule: rule.number,
      path: rule.path,
      method: rule.method,
      here
    }))
  )
}

const IDLE = 'Names no element of FHIR R4: it does nothing, there and here.'

function sentencesOf(rule: Rule, removing: ReadonlySet<Rule>): string[] {
  const said: string[] = []
  const here = METHODS_HERE.get(rule.method)
  if (here !== undefined) said.push(here)
  if (rule.method === 'substitute' && removing.has(rule)) said.push('The value does not fit what our profile keeps there. Removed.')
  if (rule.method === 'keep') said.push('Keeps nothing here: what our profile removes stays removed.')
  if (isOpaque(rule)) said.push('No counterpart: what its expression finds cannot be told from the path. Not followed.')
  else if (rule.expression.operands.some(({ text }) => text !== null))
    said.push(
      rule.method === 'keep'
        ? 'Its condition has no counterpart. Not followed.'
        : 'Its condition has no counterpart: taken to hold for every value.'
    )
  return said
}
