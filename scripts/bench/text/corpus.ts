/**
 * What a corpus of labelled texts is to this benchmark, and how each is parted: a text whose SHA-256 begins with a byte of which the remainder by ten is
 * below three is set aside. Nobody reads those texts or what was missed in them; of them only totals are printed. A
 * corpus of which that is not true (wasRead) has no part set aside.
 */
import { createHash } from 'node:crypto'
import type { Known } from '../../../gateway/core/scrub/known/known.ts'

/** An identifier that whoever labelled the text found in it. */
export interface Gold {
  readonly label: string
  readonly value: string
  /** [start, end) in UTF-16 units of the text: every place where it stands; none where the label's value is not in the text */
  readonly spans: readonly (readonly [start: number, end: number])[]
}

export interface Sample {
  readonly text: string
  /** null: nobody labelled this text, so that only what is touched can be told */
  readonly gold: readonly Gold[] | null
  readonly known: Known | null
}

export interface Corpus {
  readonly name: string
  /** what the labels are worth */
  readonly says: string
  /** null where the data are not there */
  readonly samples: readonly Sample[] | null
  /** some of its texts were read before they were parted: all count as tuned on */
  readonly wasRead?: true
}

export type Part = 'dev' | 'set aside'

export function partOf({ wasRead }: Corpus, text: string): Part {
  if (wasRead) return 'dev'
  return (createHash('sha256').update(text).digest()[0] ?? 0) % 10 < 3 ? 'set aside' : 'dev'
}

/** Every place where `value` stands as whole words, whatever its case. */
export function placesOf(text: string, value: string): (readonly [number, number])[] {
  if (value.trim() === '') return []
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${value.trim().replaceAll(/[$()*+.?[\\\]^{|}/]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'giu')
  return Array.from(text.matchAll(pattern), (match) => [match.index, match.index + match[0].length] as const)
}
