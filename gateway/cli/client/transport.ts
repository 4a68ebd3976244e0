/**
 * HTTP as a patient client speaks it: over TLS with the authority the user named (and their own certificate, RFC 8705), tried again on
 * 408, 429, 502, 503, 504 and broken connections, waiting as Retry-After says or twice as long each time. Refuses plain
 * HTTP to any other machine, and redirects: a token must not travel where the user did not point.
 */
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher } from 'undici'
import { OperatorHint, PolicyError } from '../../core/errors.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** makes the body anew for each try */
  readonly body?: () => Readable | string
  /** gives up, between tries too */
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  header(name: string): string | null
  readonly body: Readable
  text(): Promise<string>
}

export interface Trust {
  /** PEM files; null: the system's authorities, no client certificate */
  readonly ca: string | null
  readonly cert: string | null
  readonly certKey: string | null
}

export interface Transport {
  /** The last answer, whatever its status, once tries are used up. Throws when no answer came. */
  send(call: Call): Promise<Answer>
  close(): Promise<void>
}

const TRIES = 8
/** Of a server that has not answered once: more probably the address is wrong than that it restarts just now. */
const FIRST_TRIES = 4
const FIRST_WAIT_MS = 400
const LONGEST_WAIT_MS = 30_000
/** A server that says 'in an hour' is not waited for here: the command ends with 75 and may be run again. */
const LONGEST_RETRY_AFTER_MS = 120_000
const TEMPORARY = new Set([408, 429, 502, 503, 504])
const BROKEN = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_(SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT))$/

/** Milliseconds before try number `attempt` + 1, null when there shall be none. */
export function waitBefore(
  attempt: number,
  status: number,
  retryAfter: string | null,
  now: number,
  chance: number,
  tries: number = TRIES
): number | null {
  if (!TEMPORARY.has(status) || attempt >= tries) return null
  const asked = retryAfterMs(retryAfter, now)
  if (asked !== null) return asked > LONGEST_RETRY_AFTER_MS ? null : asked
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * (0.75 + chance / 2)
}

/** Retry-After as seconds or as a date (RFC 9110 §10.2.3). */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

export function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

/** The origin the user named, without a slash at the end. Throws PolicyError config-invalid, with the option that named it. */
export function serverBase(text: string, option = '--server'): string {
  const refuse = (message: string): never => {
    throw new PolicyError('config-invalid', [{ path: option, message }])
  }
  if (!URL.canParse(text)) return refuse('is not a well-formed address, such as https://gateway.example.org:8480')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    return refuse('must be https:// (http:// only on this machine)')
  }
  return text.replace(/\/+$/, '')
}

function answerOf(response: Dispatcher.ResponseData): Answer {
  return {
    status: response.statusCode,
    header: (name) => {
      const value = response.headers[name.toLowerCase()]
      return (Array.isArray(value) ? value[0] : value) ?? null
    },
    body: response.body,
    text: () => response.body.text()
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

async function once(agent: Agent, call: Call): Promise<Answer> {
  const url = new URL(call.url)
  const body = call.body?.() ?? null
  const request = {
    origin: url.origin,
    path: url.pathname + url.search,
    method: call.method,
    headers: { ...call.headers },
    body,
    signal: call.signal ?? null
  }
  return answerOf(await agent.request(request))
}

const UNTRUSTED = /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS_CERT)/

/** What a failed connection means, in the words and the exit code of cli/failures.ts. */
function meaningOf(cause: unknown): unknown {
  const code = codeOf(cause)
  if (UNTRUSTED.test(code)) {
    return new OperatorHint("the gateway's certificate is not signed by an authority trusted here, or is for another name: see --ca", {
      cause
    })
  }
  return code.startsWith('UND_ERR') ? Object.assign(new Error('the connection was cut', { cause }), { code: 'ECONNRESET' }) : cause
}

/** `met`: has this server answered before, anything at all. */
async function patiently(agent: Agent, met: { yet: 'no' | 'yes' }, call: Call): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await once(agent, call)
      met.yet = 'yes'
      const wait = waitBefore(attempt, answer.status, answer.header('retry-after'), Date.now(), Math.random())
      if (wait === null) return answer
      await answer.text()
      await sleep(wait, undefined, { signal: call.signal })
    } catch (error) {
      const wait = BROKEN.test(codeOf(error))
        ? waitBefore(attempt, 503, null, Date.now(), Math.random(), met.yet === 'yes' ? TRIES : FIRST_TRIES)
        : null
      if (wait === null) throw meaningOf(error)
      await sleep(wait, undefined, { signal: call.signal })
    }
  }
}

/** Reads the PEM files now, so that a wrong path is said before anything is sent. */
export function createTransport(trust: Trust): Transport {
  const connect = {
    ...(trust.ca === null ? {} : { ca: readFileSync(trust.ca) }),
    ...(trust.cert === null ? {} : { cert: readFileSync(trust.cert) }),
    ...(trust.certKey === null ? {} : { key: readFileSync(trust.certKey) })
  }
  const agent = new Agent({ connect, headersTimeout: 600_000, bodyTimeout: 120_000 })
  const met: { yet: 'no' | 'yes' } = { yet: 'no' }
  return { send: (call) => patiently(agent, met, call), close: () => agent.close() }
}
