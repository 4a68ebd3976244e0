/**
 * Asks a recogniser of others (a hospital's own model) what identifies in texts: HTTP POST of JSON to one configured address, https or this machine.
 * Bounded in time, for each request and for all of a piece of work, and in size. Whatever goes wrong is no answer, and a text without an answer is removed
 * (core/scrub/outside.ts); nothing of it is told. One that fails again and again is not asked any more in that piece of work.
 */
import { OperatorHint } from '../core/errors.ts'
import { isConfidential } from '../core/loopback.ts'
import { type Answers, answersTo, type OutsideSpan } from '../core/scrub/outside.ts'
import { bodyOf } from './body.ts'

export interface RecogniserPlace {
  readonly url: string
  /** sent as a bearer token */
  readonly token: string | null
  /** for each request, from the first byte out to the last byte in */
  readonly timeoutMs: number
  /** for all requests of a piece of work */
  readonly totalMs: number
}

/** A function that answers what it can; texts it has no answer to are not in the map. Never throws. */
export type Recognise = (texts: Iterable<string>) => Promise<Answers>

/** Called at the beginning of a piece of work: its time runs from then on. */
export type Recogniser = () => Recognise

/** A text that alone is longer is not asked about. */
const LONGEST_TEXT = 1 << 20
/** One text of a request that cannot be answered takes the others with it, so they are few. */
const MOST_REQUEST = 1 << 17
const MOST_ANSWER = 4 << 20
/** In a row. */
const MOST_FAILURES = 3

/** OperatorHint where the address is neither https nor on this machine: texts would cross a network in clear. */
export function createRecogniser(place: RecogniserPlace): Recogniser {
  if (!isConfidential(place.url))
    throw new OperatorHint('the recogniser must be at an https address, or at an http address of this machine')
  return () => pieceOfWork(place, performance.now() + place.totalMs)
}

/** `end`: of its time, as performance.now() tells it. */
function pieceOfWork(place: RecogniserPlace, end: number): Recognise {
  let failures = 0
  return async (texts) => {
    const answers = new Map<string, readonly OutsideSpan[]>()
    for (const batch of batches(texts)) {
      const left = end - performance.now()
      if (left < 1 || failures === MOST_FAILURES) break
      const got = await asked(place, batch, Math.min(left, place.timeoutMs))
      failures = got.size === 0 ? failures + 1 : 0
      for (const [text, spans] of got) answers.set(text, spans)
    }
    return answers
  }
}

/** Each text once, never a blank one. */
function* batches(texts: Iterable<string>): Generator<readonly string[]> {
  let batch: string[] = []
  let size = 0
  for (const text of new Set(texts)) {
    const length = Buffer.byteLength(JSON.stringify(text)) + 1
    if (text.trim() === '' || length > LONGEST_TEXT) continue
    if (size + length > MOST_REQUEST && size > 0) {
      yield batch
      batch = []
      size = 0
    }
    batch.push(text)
    size += length
  }
  if (batch.length > 0) yield batch
}

async function asked(place: RecogniserPlace, texts: readonly string[], milliseconds: number): Promise<Answers> {
  try {
    const response = await fetch(place.url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(Math.ceil(milliseconds)),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(place.token === null ? {} : { authorization: `Bearer ${place.token}` })
      },
      body: JSON.stringify({ texts })
    })
    const body = await bodyOf(response, MOST_ANSWER)
    return response.status === 200 ? answersTo(texts, JSON.parse(body.toString('utf8'))) : new Map()
  } catch {
    // no server, too slow, too long, no JSON: the error may quote what was sent, so nothing of it is kept
    return new Map()
  }
}
