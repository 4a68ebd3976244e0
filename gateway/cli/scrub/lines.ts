/** Lines of a stream of bytes, cut at line feeds only: what other marks a text or JSON string may hold (U+2028) is part of it. Bounds a line's length. */
import { OperatorHint } from '../../core/errors.ts'

const LONGEST = 64 * 1024 * 1024

/** Without their line feeds; a last line without one counts too. */
export async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  let pieces: string[] = []
  let length = 0
  for await (const chunk of stream) {
    const parts = String(chunk).split('\n')
    const rest = parts.pop() ?? ''
    for (const part of parts) {
      yield pieces.length === 0 ? part : pieces.join('') + part
      pieces = []
      length = 0
    }
    pieces.push(rest)
    length += rest.length
    if (length > LONGEST) throw new OperatorHint('a line is longer than 64 Mi characters')
  }
  const last = pieces.join('')
  if (last !== '') yield last
}
