/** What a server's refusal means for the person at the command line: its stable code as our own error, so that exit codes agree. */
import { CODES, type Code, OperatorHint, RequestError, UpstreamError } from '../../core/errors.ts'
import type { Answer } from './transport.ts'
import { retryAfterMs } from './transport.ts'

function isCode(text: unknown): text is Code {
  return typeof text === 'string' && Object.hasOwn(CODES, text)
}

/** Printable, short: a server's sentence may be shown, its bytes may not drive a terminal. */
function sentence(text: unknown): string | undefined {
  return typeof text === 'string' && /^[\x20-\x7e]{1,240}$/.test(text) ? text : undefined
}

interface Refused {
  readonly code?: unknown
  readonly hint?: unknown
}

/** OperationOutcome (FHIR) or an OAuth error (RFC 6749 §5.2). */
function readRefusal(body: string): Refused {
  try {
    const outcome = JSON.parse(body) as {
      error?: unknown
      issue?: { diagnostics?: unknown; details?: { coding?: { code?: unknown }[] } }[]
    } // read with ?. below
    if (typeof outcome.error === 'string') return { code: outcome.error }
    const issue = outcome.issue?.[0]
    return { code: issue?.details?.coding?.[0]?.code, hint: issue?.diagnostics }
  } catch {
    return {}
  }
}

/** The error an answer of 400 and more stands for. Reads its body. */
export async function refusalOf(answer: Answer): Promise<Error> {
  const { code, hint } = readRefusal(await answer.text())
  if (!isCode(code)) return new OperatorHint(`the server answered ${answer.status}, and not as a Sallyport gateway does: check --server`)
  if (answer.status === 503) return new UpstreamError(code, (retryAfterMs(answer.header('retry-after'), Date.now()) ?? 5000) / 1000)
  return new RequestError(code, sentence(hint))
}
