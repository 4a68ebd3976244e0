/**
 * What was frozen against what a replay made: the same, or where it differs. Decides equality of counts by reason, of files by their hash, of figures of quality.
 * Says what could not be replayed, which is no difference: nothing is claimed of it.
 */
import { canonicalJson, type Json } from '../digest.ts'

type Counts = Readonly<Record<string, number>>

export interface Result {
  readonly received: number
  readonly released: number
  readonly rejected: Counts
  readonly withheld: Counts
  /** SHA-256 of each file as it was sealed, by name */
  readonly files: Readonly<Record<string, string>>
  /** figures by submission */
  readonly quality: Readonly<Record<string, unknown>>
}

export interface Difference {
  readonly what: string
  readonly was: Json
  readonly is: Json
}

/** Places where the two differ, in their order; `unasked`: types of which files could not be made again. */
export function differences(was: Result, is: Result, unasked: ReadonlySet<string> = new Set()): Difference[] {
  return [
    ...one('received', was.received, is.received),
    ...one('released', was.released, is.released),
    ...each('rejected', was.rejected, is.rejected, 0),
    ...each('withheld', was.withheld, is.withheld, 0),
    ...each('file', was.files, is.files, null).filter(({ what }) => !unasked.has(what)),
    ...each('quality', was.quality as Readonly<Record<string, Json>>, is.quality as Readonly<Record<string, Json>>, null)
  ]
}

function one(what: string, was: Json, is: Json): Difference[] {
  return canonicalJson(was) === canonicalJson(is) ? [] : [{ what, was, is }]
}

function each(what: string, was: Readonly<Record<string, Json>>, is: Readonly<Record<string, Json>>, none: Json): Difference[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()
  return names.flatMap((name) =>
    one(`${what} ${name}`, Object.hasOwn(was, name) ? (was[name] ?? none) : none, Object.hasOwn(is, name) ? (is[name] ?? none) : none)
  )
}

/** What was presented against what was sent, by SHA-256: every one, each once. The fault, or null. */
export function inputFault(
  frozen: readonly { readonly sha256: string }[],
  presented: readonly string[]
): { readonly missing: number; readonly unknown: number } | null {
  const left = frozen.map(({ sha256 }) => sha256)
  let unknown = 0
  for (const sha256 of presented) {
    const at = left.indexOf(sha256)
    if (at < 0) unknown += 1
    else left.splice(at, 1)
  }
  return left.length === 0 && unknown === 0 ? null : { missing: left.length, unknown }
}
