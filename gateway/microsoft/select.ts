/**
 * Which nodes of a resource an operand names, walked over the tree without the FHIRPath library. Decides as Microsoft's tool does (ResourceProcessor): a
 * contained resource or the resource of a Bundle entry is a context of its own, so nodesByType and nodesByName never look inside one; their look-up table
 * holds such a resource itself, and not the resource it begins with.
 */
import type { Walk } from './expression.ts'
import type { Node } from './tree.ts'

/** The nodes of one context by type and by name, made when first asked for. */
export class Nodes {
  readonly #root: Node
  #byType: Map<string, Node[]> | null = null
  #byName: Map<string, Node[]> | null = null

  constructor(root: Node) {
    this.#root = root
  }

  get root(): Node {
    return this.#root
  }

  /** Every node below, sub-resources themselves too, in document order. */
  below(by: 'type' | 'name', of: string): readonly Node[] {
    if (this.#byType === null || this.#byName === null) this.#index()
    return (by === 'type' ? this.#byType : this.#byName)?.get(of) ?? []
  }

  #index(): void {
    const byType = new Map<string, Node[]>()
    const byName = new Map<string, Node[]>()
    const add = (node: Node): void => {
      for (const child of node.children) {
        put(byType, child.type, child)
        put(byName, child.name, child)
        if (!child.isResource) add(child)
      }
    }
    add(this.#root)
    this.#byType = byType
    this.#byName = byName
  }
}

function put(map: Map<string, Node[]>, key: string, node: Node): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [node])
  else list.push(node)
}

export function walked(walk: Walk, nodes: Nodes): readonly Node[] {
  let found = heads(walk, nodes)
  for (const [at, step] of walk.steps.entries()) {
    found = at === 0 && walk.head.by === 'self' && step === nodes.root.type ? found : found.flatMap((node) => childrenOf(node, step))
  }
  return found
}

function heads({ head, lookUp }: Walk, nodes: Nodes): readonly Node[] {
  if (head.by === 'self') return [nodes.root]
  const below = nodes.below(head.by, head.of)
  if (lookUp) return below
  const own = below.filter((node) => !node.isResource)
  return (head.by === 'type' ? nodes.root.type : nodes.root.name) === head.of ? [nodes.root, ...own] : own
}

function childrenOf(node: Node, name: string): readonly Node[] {
  return node.children.filter((child) => child.name === name)
}
