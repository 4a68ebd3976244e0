/**
 * `npm run audit`: are packages of the lock file known to be faulty? Asks the registry by `npm audit`, for half a minute at most. Three outcomes: nothing that matters is known (0); one
 * that is shipped has a fault of high or critical severity (1); or the registry did not answer: that is said loudly, with the reason, and ends with 0, for no network is no fault of the
 * code, or with 1 where SALLYPORT_AUDIT=required. What npm said and nobody understands is a failure, never an answer.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SECONDS = 30
const FAILING = ['high', 'critical']

export type Verdict =
  | { readonly outcome: 'ok' | 'vulnerable' | 'not understood'; readonly said: string }
  | { readonly outcome: 'not checked'; readonly said: string; readonly reason: string }

/** As npm ended: `code` null where it was killed at the end of its time. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
}

/** What npm says where nobody could be asked: codes of Node and npm for names, connections and certificates on the way. */
const UNREACHED =
  /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EPIPE|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ENOTCACHED)$/
/** A registry that keeps no advisories, as mirrors do, or that cannot answer now. */
const NO_ADVISORIES: ReadonlySet<unknown> = new Set([404, 405, 501])

/** What `npm audit --json` ended with, by its words. */
export function verdictOf({ code, stdout }: Ran): Verdict {
  if (code === null) return notChecked('no answer in time')
  const told = objectIn(stdout)
  const counts = countsIn(told)
  if (counts !== null) return counted(counts)
  const reason = reasonIn(told)
  if (reason !== null) return notChecked(reason)
  return { outcome: 'not understood', said: `audit: FAILED: npm audit ended with ${code} and said nothing that is understood` }
}

function notChecked(reason: string): Verdict {
  return {
    outcome: 'not checked',
    reason,
    said: `audit: *** NOT CHECKED *** ${reason}: whether packages are known to be faulty is not known`
  }
}

function counted(counts: Readonly<Record<string, number>>): Verdict {
  const found = Object.entries(counts).filter(([severity, count]) => severity !== 'total' && count > 0)
  const told = found.length === 0 ? 'nothing known' : found.map(([severity, count]) => `${count} ${severity}`).join(', ')
  return { outcome: found.some(([severity]) => FAILING.includes(severity)) ? 'vulnerable' : 'ok', said: `audit: ${told}` }
}

type Told = Readonly<Record<string, unknown>>

function objectIn(text: string): Told {
  try {
    const told: unknown = JSON.parse(text)
    return typeof told === 'object' && told !== null ? (told as Told) : {} // members are looked at one by one
  } catch {
    return {}
  }
}

/** Every severity that npm knows, each a count: half of them is no answer. null: there is none. */
function countsIn({ metadata }: Told): Readonly<Record<string, number>> | null {
  const counts = (metadata as { vulnerabilities?: Record<string, unknown> } | null | undefined)?.vulnerabilities ?? {}
  return ['low', 'moderate', ...FAILING, 'total'].every((severity) => Number.isInteger(counts[severity]))
    ? (counts as Readonly<Record<string, number>>)
    : null
}

/** Why nobody answered; null: npm does not say that nobody did. */
function reasonIn({ statusCode, error }: Told): string | null {
  const { code } = (error ?? {}) as { code?: unknown }
  if (typeof code === 'string' && UNREACHED.test(code)) return `the registry was not reached (${code})`
  const status = typeof statusCode === 'number' ? statusCode : null
  if (status !== null && (NO_ADVISORIES.has(status) || status >= 500)) return `the registry keeps no advisories, or cannot say (${status})`
  return null
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { stdout, status, error } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--package-lock-only'], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: SECONDS * 1000,
    maxBuffer: 64 * 1024 ** 2
  })
  // an npm that is not there, or that ended by anything but the clock, is none that did not reach the registry
  const late = error !== undefined && 'code' in error && error.code === 'ETIMEDOUT'
  const { outcome, said } = verdictOf({ code: late ? null : (status ?? 1), stdout: stdout ?? '' })
  const fine = outcome === 'ok' || (outcome === 'not checked' && process.env['SALLYPORT_AUDIT'] !== 'required')
  const place = outcome === 'ok' ? process.stdout : process.stderr
  place.write(`${said}\n`)
  process.exitCode = fine ? 0 : 1
}
