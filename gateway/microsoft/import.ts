/**
 * The whole of an import: a profile of ours, everything the deny-list would have let through with what becomes of it here, and the rules that are not followed as
 * they are. Decides nothing of its own.
 */
import type { RecordProfile } from '../core/deidentify/profile/profile.ts'
import type { Configuration } from './configuration.ts'
import { type Difference, differences } from './counterparts.ts'
import { type Kept, keptElements } from './kept.ts'
import { idleRules, type LetThrough, letThrough } from './let-through.ts'
import { type Naming, overlayOf } from './overlay.ts'

export interface Imported {
  readonly profile: object
  readonly letThrough: readonly (LetThrough & { readonly here: string | null })[]
  readonly differences: readonly Difference[]
}

export function importConfiguration(configuration: Configuration, base: RecordProfile, naming: Naming): Imported {
  const kept = keptElements(configuration, base)
  return {
    profile: overlayOf(kept, configuration, base, naming),
    letThrough: letThrough(configuration).map((one) => ({ ...one, here: hereOf(one, kept, base) })),
    differences: differences(configuration, kept, idleRules(configuration))
  }
}

/** What our profile does with what stands at the path or below; null of a datatype, which is judged where it stands. */
function hereOf({ path }: LetThrough, kept: readonly Kept[], base: RecordProfile): string | null {
  const [root = ''] = path.split('.')
  if (base.resources[root] === undefined && base.refused?.[root] !== undefined) return 'the whole record is withheld'
  if (base.resources[root] === undefined) return null
  const left = kept.filter(({ path: at, decision }) => (at === path || at.startsWith(`${path}.`)) && decision.kind !== 'removed')
  if (left.length === 0) return 'removed'
  return left.map(({ path: at, ours }) => `${at === path ? '' : `${at.slice(path.length + 1)}: `}${ours.verb}`).join(', ')
}
