/**
 * Drugs that are given for a condition of a sensitive category, by their names in a display or a text, whatever code system the coding is of: every product,
 * strength and package has a code of its own. Decides word by word. Refuses nothing.
 */
import { byWord, NONE } from './beginnings.ts'
import type { Category } from './categories.ts'
import { DRUGS } from './codes.ts'

const NAMES = byWord(DRUGS)

/** Asked first, for nearly no text has one: five times as fast as to look up each word (measured). */
const ANY_NAME = new RegExp(`(?:^|[^a-z])(?:${[...NAMES.keys()].join('|')})(?![a-z])`, 'i')

/** The categories of the drugs that are named. */
export function drugsIn(text: string): readonly Category[] {
  if (!ANY_NAME.test(text)) return NONE
  const words = text.toLowerCase().split(/[^a-z]+/)
  return words.flatMap((word) => NAMES.get(word) ?? NONE)
}
