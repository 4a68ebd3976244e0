/** One scrubber with the shipped dictionaries for all tests of text: loading them takes longer than most tests. */
import { loadWords } from '../../gateway/config/words.ts'
import { placeholders } from '../../gateway/core/scrub/cover/cover.ts'
import type { Known } from '../../gateway/core/scrub/known/known.ts'
import { createScrubber, type Scrubbed } from '../../gateway/core/scrub/scrubber.ts'

export const WORDS = loadWords()
const scrubber = createScrubber(WORDS, { keep: new Set(['TIME']), year: 2026 })

export function scrub(text: string, known: Known | null = null): Scrubbed {
  return scrubber.scrub(text, known, placeholders)
}

/** The text with its placeholders. */
export function scrubbed(text: string, known: Known | null = null): string {
  return scrub(text, known).text
}
