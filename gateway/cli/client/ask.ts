/**
 * Reading what a gateway shows to anyone: bounded in bytes and in time, over a session or without one. Refuses longer answers: nothing of the log that is
 * asked for here is larger.
 */

import { OperatorHint } from '../../core/errors.ts'
import type { Ask } from './log-watch.ts'
import { refusalOf } from './refusal.ts'
import type { Answer, Call } from './transport.ts'

const MOST_BYTES = 1 << 16
/** Tries again included. */
const MOST_MS = 180_000

/** `send`: of a transport, or of a session. `stop`: gives up at once. */
export function askOf(server: string, send: (call: Call) => Promise<Answer>, stop: AbortSignal | null = null): Ask {
  return async (path) => {
    const late = AbortSignal.timeout(MOST_MS)
    const signal = stop === null ? late : AbortSignal.any([stop, late])
    try {
      const answer = await send({ method: 'GET', url: `${server}${path}`, headers: { accept: 'text/plain' }, signal })
      const text = await boundedText(answer)
      if (answer.status === 200) return text
      if (answer.status === 404) return null
      throw await refusalOf({ ...answer, text: async () => text })
    } catch (error) {
      if (late.aborted) throw Object.assign(new Error('no answer in time', { cause: error }), { code: 'ETIMEDOUT' })
      throw error
    }
  }
}

async function boundedText(answer: Answer): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new OperatorHint('the server answered with more than a Sallyport gateway would')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
