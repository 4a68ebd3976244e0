/**
 * Generalize, as in Microsoft's tool (GeneralizeProcessor): the first case whose condition holds for a value gives what it becomes; a value of no case is
 * redacted or kept. A condition that comes to nothing counts as holding, as there. Works on primitive values only: a rule that meets anything else stops the run.
 */
import type { GeneralizeSetting, Rule } from './configuration.ts'
import { RuleFailure } from './failure.ts'
import type { Done } from './labels.ts'
import { isPrimitive, type Node, pathOf, setValue, valueAt } from './tree.ts'

export function generalize(node: Node, { generalize: setting, number }: Rule, _means: unknown, done: Set<Done>): void {
  if (!isPrimitive(node)) throw new RuleFailure('not-applicable', number, pathOf(node))
  if (setting === null || valueAt(node) === null) return
  setValue(node, generalized(node, setting, number))
  done.add('generalize')
}

function generalized(node: Node, setting: GeneralizeSetting, rule: number): unknown {
  try {
    for (const { condition, value } of setting.cases) if (holds(condition(node))) return single(value(node))
  } catch {
    throw new RuleFailure('processing', rule, pathOf(node)) // the library's message may repeat the value
  }
  return setting.otherValues === 'keep' ? valueAt(node) : null
}

function holds(result: readonly unknown[]): boolean {
  if (result.length > 1) throw new RangeError('more than one value')
  return result[0] !== false
}

function single(result: readonly unknown[]): unknown {
  const [value = null] = result
  if (result.length > 1 || (typeof value === 'object' && value !== null)) throw new RangeError('not one value')
  return value
}
