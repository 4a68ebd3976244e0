/**
 * Minimum necessary (45 CFR 164.502(b), 164.514(d)): which elements of a record an agreement lets through, before any de-identification.
 * An element that is listed brings all that stands in it; 'item.net' brings item, but of it only net. What is not listed stays in.
 */
import type { Agreement } from '../../generated/policy.ts'

/** 'all' of the element, 'part' of it (some of its children), or 'none'. */
export type Reach = 'all' | 'part' | 'none'

interface Mask {
  readonly children: Map<string, Mask>
  whole: boolean
}

/** Without these a record is not a record. */
const IMPLIED: ReadonlySet<string> = new Set(['id', 'resourceType'])

/** Compiled once; `path` in the names the JSON uses, without indices: `item.net`. */
export function elementAllowed(resources: Agreement['resources']): (type: string, path: string) => Reach {
  const masks = new Map(Object.entries(resources).map(([type, paths]) => [type, maskOf(paths)]))
  return (type, path) => {
    const mask = masks.get(type)
    if (mask === undefined) return 'none'
    return IMPLIED.has(path) ? 'all' : reachOf(mask, path.split('.'))
  }
}

function maskOf(paths: readonly string[]): Mask {
  const root: Mask = { children: new Map(), whole: false }
  for (const path of paths) {
    let at = root
    for (const name of path.split('.')) {
      const child = at.children.get(name) ?? { children: new Map(), whole: false }
      at.children.set(name, child)
      at = child
    }
    at.whole = true
  }
  return root
}

function reachOf(root: Mask, path: readonly string[]): Reach {
  let at: Mask | undefined = root
  for (const name of path) {
    at = at.children.get(name)
    if (at === undefined) return 'none'
    if (at.whole) return 'all'
  }
  return 'part'
}
