/**
 * What a recogniser of others answers about a bucket, for its subjects in their order: a few are asked about at a time, as many as hold a few megabytes of
 * text, so that memory is bounded. Decides nothing: a text without an answer is removed by core/scrub/outside.ts.
 */
import type { Answers } from '../../core/scrub/outside.ts'

/** Never throws; what it has no answer to is not in the map. */
export type Asking = (texts: Iterable<string>) => Promise<Answers>

/** UTF-16 units of text that are asked about before what they are in is released. */
const MOST_TEXT = 4 * 1024 * 1024

/** `ask` null: each in turn, with no answers wanted. */
export async function* answered<One>(
  all: readonly One[],
  textsIn: (one: One) => ReadonlySet<string>,
  ask: Asking | null
): AsyncGenerator<{ readonly one: One; readonly answers: Answers | null }> {
  if (ask === null) {
    for (const one of all) yield { one, answers: null }
    return
  }
  for (const { few, texts } of fews(all, textsIn)) {
    const answers = await ask(texts)
    for (const one of few) yield { one, answers }
  }
}

function* fews<One>(
  all: readonly One[],
  textsIn: (one: One) => ReadonlySet<string>
): Generator<{ readonly few: readonly One[]; readonly texts: ReadonlySet<string> }> {
  let few: One[] = []
  let texts = new Set<string>()
  let length = 0
  for (const one of all) {
    few.push(one)
    for (const text of textsIn(one)) {
      texts.add(text)
      length += text.length
    }
    if (length < MOST_TEXT) continue
    yield { few, texts }
    few = []
    texts = new Set()
    length = 0
  }
  if (few.length > 0) yield { few, texts }
}
