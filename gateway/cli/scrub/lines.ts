/**
 * Lines of a stream of bytes, cut at line feeds only: what other marks a text or JSON string may hold (U+2028) is part of it. Refuses, each by a code and
 * without an end to the rest: a line that is too long, and bytes that are not UTF-8, for what cannot be read right cannot be searched.
 */
export interface Line {
  readonly text: string
  /** what stood between the text and the line feed: a carriage return or nothing */
  readonly end: '' | '\r'
}

export type Fault = 'too-long' | 'not-utf8'

/** Only the first line may begin with a byte order mark that is none of its text. */
type Place = 'first' | 'later'

export const LONGEST = 16 * 1024 * 1024
const FEED = 0x0a

/** A last line without a line feed counts too. A byte order mark is no part of the text. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Line | Fault> {
  let rest = createRest()
  let place: Place = 'first'
  for await (const chunk of stream) {
    let from = 0
    for (let end = chunk.indexOf(FEED); end >= 0; end = chunk.indexOf(FEED, from)) {
      yield lineOf(rest, chunk.subarray(from, end), place)
      rest = createRest()
      place = 'later'
      from = end + 1
    }
    hold(rest, chunk.subarray(from))
  }
  if (rest.length > 0) yield lineOf(rest, Buffer.alloc(0), place)
}

interface Rest {
  readonly pieces: Buffer[]
  length: number
}

function createRest(): Rest {
  return { pieces: [], length: 0 }
}

/** Of a line that is too long no more is held. */
function hold(rest: Rest, piece: Buffer): void {
  rest.length += piece.length
  if (rest.length > LONGEST) rest.pieces.length = 0
  else if (piece.length > 0) rest.pieces.push(piece)
}

function lineOf(rest: Rest, last: Buffer, place: Place): Line | Fault {
  hold(rest, last)
  if (rest.length > LONGEST) return 'too-long'
  const text = decoded(rest.pieces.length === 1 ? (rest.pieces[0] ?? last) : Buffer.concat(rest.pieces), place)
  if (text === null) return 'not-utf8'
  return text.endsWith('\r') ? { text: text.slice(0, -1), end: '\r' } : { text, end: '' }
}

function decoded(bytes: Buffer, place: Place): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: place === 'later' }).decode(bytes)
  } catch {
    return null
  }
}
