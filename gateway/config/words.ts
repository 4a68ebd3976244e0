/** Reads the dictionaries of gateway/generated/words, made by scripts/generate/words.ts. Once a thread: some 100 ms and 6 MB. */
import { readFileSync } from 'node:fs'
import { patternWords } from '../core/scrub/patterns/find.ts'
import { contextWords } from '../core/scrub/words/context.ts'
import { createWords, readWords, type WordEntry, type Words } from '../core/scrub/words/words.ts'

const FILE = new URL('../generated/words/words.txt', import.meta.url)

export function loadWords(): Words {
  return createWords(entries(readFileSync(FILE, 'utf8')))
}

function* entries(text: string): Generator<WordEntry> {
  yield* readWords(text)
  yield* contextWords()
  yield* patternWords()
}
