/** Reads the dictionaries of gateway/generated/words. Once a thread: about 30 ms and a few megabytes. */
import { createWords, WORD, type Words } from '../core/scrub/words.ts'

export function loadWords(): Words {
  const months =
    'jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov november dec december'
  return createWords(
    months.split(' ').map((word) => ({ word, bits: WORD.month })),
    64,
    { first: [], last: [], places: [] }
  )
}
