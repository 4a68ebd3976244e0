/** What changed among the policies and keys of a gateway since one last started. Decides what is added, changed or removed: by id, and by the state that goes with it. */
import type { Json } from '../digest.ts'

/** A policy or key as it is loaded: `state` is a policy's hash, or what a key is for; `about` what its entry says beside. */
export interface Loaded {
  readonly what: 'agreement' | 'profile' | 'party' | 'officer' | 'log' | 'key'
  readonly id: string
  readonly state: string
  readonly about: { readonly [member: string]: Json }
}

export interface Change {
  readonly change: 'added' | 'changed' | 'removed'
  readonly row: Loaded
  readonly before: string | null
  readonly after: string | null
}

/** The changes, in the order of what and id. A removed one tells what was last known about it. */
export function changesBetween(before: readonly Loaded[], after: readonly Loaded[]): Change[] {
  const earlier = new Map(before.map((row) => [nameOf(row), row]))
  const later = new Map(after.map((row) => [nameOf(row), row]))
  return [...new Set([...earlier.keys(), ...later.keys()])].sort().flatMap((name): Change[] => {
    const [was, is] = [earlier.get(name), later.get(name)]
    const row = is ?? was
    if (row === undefined || was?.state === is?.state) return []
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
    return [{ change, row, before: was?.state ?? null, after: is?.state ?? null }]
  })
}

function nameOf({ what, id }: Loaded): string {
  return `${what} ${id}`
}
