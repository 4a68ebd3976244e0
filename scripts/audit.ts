/**
 * `npm run audit`: are packages of the lock file known to be faulty? Asks the registry by `npm audit`, for half a minute at most. Ends with 1 when one that is shipped has a fault of
 * high or critical severity. Where the registry does not answer it says that nothing was checked and ends with 0: no network is no fault of the code, and is never told as well.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SECONDS = 30
const FAILING = ['high', 'critical']

export interface Verdict {
  readonly ok: boolean
  readonly said: string
}

/** What `npm audit --json` said, by its words. */
export function verdictOf(output: string): Verdict {
  const counts = countsIn(output)
  if (counts === null) return { ok: true, said: 'audit: not checked: registry unreachable' }
  const found = Object.entries(counts).filter(([severity, count]) => severity !== 'total' && count > 0)
  const told = found.length === 0 ? 'nothing known' : found.map(([severity, count]) => `${count} ${severity}`).join(', ')
  return { ok: !found.some(([severity]) => FAILING.includes(severity)), said: `audit: ${told}` }
}

/** null: no answer of the registry. */
function countsIn(output: string): Readonly<Record<string, number>> | null {
  try {
    const { metadata } = JSON.parse(output) as { metadata?: { vulnerabilities?: Readonly<Record<string, number>> } }
    return metadata?.vulnerabilities ?? null
  } catch {
    return null
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--package-lock-only'], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: SECONDS * 1000,
    maxBuffer: 64 * 1024 ** 2
  })
  const { ok, said } = verdictOf(stdout ?? '')
  process.stdout.write(`${said}\n`)
  process.exitCode = ok ? 0 : 1
}
