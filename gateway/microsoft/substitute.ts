/**
 * Substitute, as in Microsoft's tool (SubstituteProcessor): a node becomes the value the rule gives. Of a complex node, children are replaced name by name and
 * place by place, children the new value does not name go, and what an earlier rule has had stays as that rule left it. Refuses a value of the wrong kind.
 */
import type { Json, Rule } from './configuration.ts'
import { RuleFailure } from './failure.ts'
import type { Done } from './labels.ts'
import { dataOf, type Holder, isObject, isPrimitive, type Node, NotFhir, pathOf, replaceData, touchAll } from './tree.ts'

export function substitute(node: Node, { replaceWith, number }: Rule, _means: unknown, done: Set<Done>): void {
  try {
    const { value, shadow } = merged(node, replaceWith ?? (isPrimitive(node) ? null : {}))
    replaceData(node, value, shadow)
  } catch (error) {
    if (error instanceof NotFhir) throw new RuleFailure('processing', number, pathOf(node))
    throw error
  }
  touchAll(node, number)
  done.add('substitute')
}

interface Merged {
  readonly value: unknown
  /** what stands beside a primitive value */
  readonly shadow: Holder | null
}

function merged(node: Node, wanted: Json): Merged {
  if (isPrimitive(node)) {
    if (typeof wanted === 'object' && wanted !== null) throw new NotFhir(pathOf(node))
    return { value: node.rule === 0 ? wanted : dataOf(node), shadow: node.children.length === 0 ? null : mergedObject(node, {}) }
  }
  if (node.rule > 0) return { value: dataOf(node), shadow: null }
  if (!isObject(wanted)) throw new NotFhir(pathOf(node))
  return { value: mergedObject(node, wanted as Readonly<Record<string, Json>>), shadow: null } // sound: wanted is Json
}

function mergedObject(node: Node, wanted: Readonly<Record<string, Json>>): Holder {
  const out: Holder = node.isResource ? { resourceType: node.type } : {}
  const groups = Map.groupBy(node.children, (child) => (typeof child.slot === 'number' ? child.name : child.slot))
  const stays = new Set(node.children.filter((child) => child.rule > 0).map(({ name }) => name))
  for (const [key, children] of groups) write(out, key, children, wanted[key])
  for (const [key, value] of Object.entries(wanted)) if (!groups.has(key) && !isTaken(key, stays)) out[key] = structuredClone(value)
  return out
}

/** A choice element holds one value: one that stays leaves no room for another type. */
function isTaken(key: string, stays: ReadonlySet<string>): boolean {
  return [...stays].some((name) => key !== name && key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length)))
}

/** Writes what becomes of the children that stood under one key. */
function write(out: Holder, key: string, children: readonly Node[], wanted: Json | undefined): void {
  const targets: readonly Json[] = wanted === undefined ? [] : Array.isArray(wanted) ? wanted : [wanted]
  const items = children.flatMap((child, at) => {
    const target = targets[at]
    return target !== undefined || keeps(child) ? [merged(child, target ?? (isPrimitive(child) ? null : {}))] : []
  })
  const values = [...items.map(({ value }) => value), ...structuredClone(targets.slice(children.length))]
  const shadows = items.map(({ shadow }) => shadow)
  if (values.length === 0) return
  const listed = typeof children[0]?.slot === 'number'
  out[key] = listed ? values : values[0]
  if (shadows.some((shadow) => shadow !== null)) out[`_${key}`] = listed ? shadows : shadows[0]
}

/** Has an earlier rule had the node, or anything below it? */
function keeps(node: Node): boolean {
  return node.rule > 0 || node.children.some(keeps)
}
