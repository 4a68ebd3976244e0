/** Counts for a report: what each rule did, which rules matched nothing, what no rule covered. Names only what FHIR or the profile names; the sender's own words count as '?'. */
import { EXTENSION_URLS } from '../../generated/terms.ts'
import type { Json } from '../digest.ts'
import { membersOf, type Value } from './values/values.ts'

export interface RuleCount {
  readonly path: string
  readonly verb: string
  readonly rule: string
  seen: number
  kept: number
  changed: number
  removed: number
}

export interface Tally {
  readonly rules: Map<string, RuleCount>
  readonly uncovered: Map<string, number>
  /** Extensions that were removed, by URL; '?' is one HL7 does not publish. */
  readonly stripped: Map<string, number>
}

export function createTally(): Tally {
  return { rules: new Map(), uncovered: new Map(), stripped: new Map() }
}

/** Remembers the counts as they are: what is given puts them back, where a subject has to be done again. */
export function heldTally({ rules, uncovered, stripped }: Tally): () => void {
  const rows = [...rules.values()].map((row) => ({ row, before: { ...row } }))
  const maps = [uncovered, stripped].map((map) => ({ map, before: [...map] }))
  return () => {
    for (const { row, before } of rows) Object.assign(row, before)
    for (const { map, before } of maps) {
      map.clear()
      for (const [name, times] of before) map.set(name, times)
    }
  }
}

/** The row of an element, made at compile time so that rules that match nothing show as zero. */
export function ruleCount(tally: Tally, path: string, verb: string, rule: string): RuleCount {
  const found = tally.rules.get(path)
  if (found !== undefined) return found
  const made: RuleCount = {
    path,
    verb,
    rule,
    seen: 0,
    kept: 0,
    changed: 0,
    removed: 0
  }
  tally.rules.set(path, made)
  return made
}

/** One element went through its rule: what came in, what left. */
export function count(row: RuleCount, before: Json, after: Json | undefined): void {
  row.seen++
  if (after === undefined) row.removed++
  else if (after === before || JSON.stringify(after) === JSON.stringify(before)) row.kept++
  else row.changed++
}

export function countUncovered(tally: Tally, path: string): void {
  tally.uncovered.set(path, (tally.uncovered.get(path) ?? 0) + 1)
}

const PUBLISHED: ReadonlySet<string> = new Set(EXTENSION_URLS.split('\t'))

/** Counts the extensions of an element, or beside a primitive, that did not stay; its own URL may be the sender's words. */
export function strippedIn(tally: Tally): (before: Value, after: Value) => void {
  return (before, after) => {
    const kept = new Set(extensionsIn(after).map((item) => membersOf(item)?.['url']))
    for (const item of extensionsIn(before)) {
      const url = membersOf(item)?.['url']
      if (kept.has(url)) continue
      const name = typeof url === 'string' && PUBLISHED.has(url) ? url : '?'
      tally.stripped.set(name, (tally.stripped.get(name) ?? 0) + 1)
    }
  }
}

function extensionsIn(value: Value): readonly Json[] {
  const list = Array.isArray(value) ? value : membersOf(value)?.['extension']
  return Array.isArray(list) ? list : []
}
