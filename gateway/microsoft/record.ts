/**
 * One record through a configuration, as Microsoft's tool does it: the resource, then each contained resource and each resource of a Bundle entry as a context
 * of its own; rules in order, the first that touches a node has it and everything below it. What no rule touches stays as it came. Refuses a record that
 * is not FHIR R4, and one a rule fails on.
 */
import type { Configuration, Rule } from './configuration.ts'
import type { Operand } from './expression.ts'
import { RuleFailure } from './failure.ts'
import { addLabels, type Done } from './labels.ts'
import type { Means } from './means.ts'
import { METHOD, type Method } from './methods.ts'
import { prune } from './prune.ts'
import { Nodes, walked } from './select.ts'
import { type Holder, isPrimitive, type Node, pathOf, restoreNumbers, treeOf, valueAt } from './tree.ts'

/** What a run tells about its records, when it is asked to; holds paths and numbers only. */
export interface Watch {
  /** a rule's number, or 0 for none, and the element path of a node that had a value */
  node(rule: number, path: string): void
}

export interface Followed {
  /** The record, changed in place. Throws NotFhir and RuleFailure. */
  followed(resource: object): object
}

interface Run {
  readonly rulesOf: (type: string) => readonly Rule[]
  readonly means: Means
}

/** Sorts the rules by resource type once. */
export function follow(configuration: Configuration, means: Means, watch: Watch | null): Followed {
  const byType = new Map<string, readonly Rule[]>()
  const rulesOf = (type: string): readonly Rule[] => {
    const rules = byType.get(type) ?? configuration.rules.filter(({ expression: { resourceType } }) => ['', type].includes(resourceType))
    byType.set(type, rules)
    return rules
  }
  return {
    followed(resource) {
      const root = treeOf(resource)
      context(root, { rulesOf, means })
      if (watch !== null) tell(root, watch)
      restoreNumbers(root)
      prune(resource as Holder) // sound: a tree was made of it
      return resource
    }
  }
}

/** A resource, then the resources in it. What was done to those counts for it, too; a contained one bears no labels itself. */
function context(root: Node, run: Run): Set<Done> {
  const done = new Set<Done>()
  const nodes = new Nodes(root)
  for (const rule of run.rulesOf(root.type)) {
    const method = METHOD.get(rule.method)
    if (method !== undefined) for (const node of found(rule, nodes)) touch(node, rule, method, run.means, done)
  }
  for (const inner of resourcesIn(root)) for (const label of context(inner, run)) done.add(label)
  if (root.name !== 'contained') addLabels(root, done)
  return done
}

function resourcesIn(node: Node): Node[] {
  return node.children.flatMap((child) => (child.isResource ? [child] : resourcesIn(child)))
}

/** Operands may find the same node twice: the first touch counts. */
function found(rule: Rule, nodes: Nodes): readonly Node[] {
  const { whole, operands } = rule.expression
  if (whole) return [nodes.root]
  return operands.flatMap((operand, at) => {
    const all = search(rule, operand, at, nodes)
    return operand.onlyType === null ? all : all.filter(({ type }) => type === operand.onlyType)
  })
}

function search(rule: Rule, operand: Operand, at: number, nodes: Nodes): readonly Node[] {
  const from = walked(operand.walk, nodes)
  const library = rule.searches[at] ?? null
  if (library === null || from.length === 0) return from
  try {
    return areAlike(from) ? library.onward(from) : library.whole([nodes.root])
  } catch {
    throw new RuleFailure('processing', rule.number, nodes.root.type) // the library's message may repeat values
  }
}

/** The library can begin with objects of one type; of a primitive value it would not know where it stood. */
function areAlike(nodes: readonly Node[]): boolean {
  const first = nodes[0]
  if (first === undefined || first.isResource) return nodes.length === 1
  return !isPrimitive(first) && nodes.every(({ definition, isResource }) => definition === first.definition && !isResource)
}

function touch(node: Node, rule: Rule, method: Method, means: Means, done: Set<Done>): void {
  if (node.rule > 0) return
  method(node, rule, means, done)
  node.rule = rule.number
  for (const child of node.children) if (!child.isResource) touch(child, rule, method, means, done)
}

function tell(node: Node, watch: Watch): void {
  if (isPrimitive(node) && (node.rule > 0 || valueAt(node) !== null)) watch.node(node.rule, pathOf(node))
  for (const child of node.children) tell(child, watch)
}
