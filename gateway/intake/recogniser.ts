/**
 * Asks a recogniser of others (a hospital's own model) what identifies in texts: HTTP POST of JSON to one configured address, https or this machine.
 * Bounded in time and size. Whatever goes wrong is no answer, and a text without an answer is removed (core/scrub/outside.ts); nothing of it is told.
 */
import { OperatorHint } from '../core/errors.ts'
import { type Answers, answersTo, type OutsideSpan } from '../core/scrub/outside.ts'

export interface RecogniserPlace {
  readonly url: string
  /** sent as a bearer token */
  readonly token: string | null
  /** for each request, from the first byte out to the last byte in */
  readonly timeoutMs: number
}

/** A function that answers what it can; texts it has no answer to are not in the map. Never throws. */
export type Recognise = (texts: readonly string[]) => Promise<Answers>

const MOST_REQUEST = 1 << 20
const MOST_ANSWER = 4 << 20
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** OperatorHint where the address is neither https nor on this machine: texts would cross a network in clear. */
export function createRecogniser(place: RecogniserPlace): Recognise {
  const url = URL.parse(place.url)
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))))
    throw new OperatorHint('the recogniser must be at an https address, or at an http address of this machine')
  return async (texts) => {
    const answers = new Map<string, readonly OutsideSpan[]>()
    for (const batch of batches(texts)) for (const [text, spans] of await asked(place, batch)) answers.set(text, spans)
    return answers
  }
}

/** Each text once; a text that alone is too long is not asked about. */
function* batches(texts: readonly string[]): Generator<readonly string[]> {
  let batch: string[] = []
  let size = 0
  for (const text of new Set(texts)) {
    const length = Buffer.byteLength(JSON.stringify(text)) + 1
    if (text.trim() === '' || length > MOST_REQUEST) continue
    if (size + length > MOST_REQUEST) {
      yield batch
      batch = []
      size = 0
    }
    batch.push(text)
    size += length
  }
  if (batch.length > 0) yield batch
}

async function asked(place: RecogniserPlace, texts: readonly string[]): Promise<Answers> {
  try {
    const response = await fetch(place.url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(place.timeoutMs),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(place.token === null ? {} : { authorization: `Bearer ${place.token}` })
      },
      body: JSON.stringify({ texts })
    })
    const body = await bounded(response)
    return response.status === 200 ? answersTo(texts, JSON.parse(body)) : new Map()
  } catch {
    // no server, too slow, too long, no JSON: the error may quote what was sent, so nothing of it is kept
    return new Map()
  }
}

async function bounded(response: Response): Promise<string> {
  const bytes: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array // fetch bodies give bytes
    length += part.length
    if (length > MOST_ANSWER) throw new RangeError('too long')
    bytes.push(part)
  }
  return Buffer.concat(bytes).toString('utf8')
}
