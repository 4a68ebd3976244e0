/**
 * A whole gateway for a journey: a program of its own on a real database, with fresh keys and policies in a folder that goes
 * when the test ends. It can be killed and started again on the same data, and a second one can join it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Agreement } from '../../gateway/generated/policy.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { type Pins, pinsOf } from '../../gateway/seal/manifest.ts'
import { CLI, FLAGS, SETTINGS } from '../../scripts/launch.js'
import { signAssertion } from './assertion.ts'
import { attestedAnew } from './policies.ts'
import type { TestDatabase } from './postgres.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const START_MS = 60_000

/** Changes to a shipped agreement, by its id; null leaves it out. */
export type AgreementEdits = Readonly<Record<string, Readonly<Record<string, unknown>> | null>>

export interface Site {
  readonly folder: string
  readonly pins: Pins
  readonly parties: ReadonlyMap<string, PartyKeys>
  readonly env: Record<string, string>
  remove(): void
}

export interface Process {
  readonly url: string
  readonly child: ChildProcess
  readonly log: () => string
  stop(): Promise<number | null>
  kill(): Promise<void>
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

/** The agreements of a site whose test names none. */
const USUAL: ReadonlySet<string> = new Set(['demo-safe-harbor', 'demo-transport-only'])

/**
 * Folder, keys, policies and environment of a gateway on `database`, null for the embedded one. Of the shipped agreements it has the two usual ones and
 * whichever others `edits` names.
 */
export function makeSite(database: TestDatabase | null, edits: AgreementEdits = {}, env: Record<string, string> = {}): Site {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-journey-'))
  const policies = join(folder, 'policies')
  cpSync(join(ROOT, 'policies'), policies, { recursive: true })
  const keys = join(folder, 'keys')
  mkdirSync(keys, { mode: 0o700 })
  const ring = generateKeyRing('localhost/sallyport-log')
  for (const [name, text] of ring) writeFileSync(join(keys, name), text, { mode: 0o600 })
  const parties = new Map<string, PartyKeys>()
  for (const file of readdirSync(join(policies, 'parties'))) {
    const party = JSON.parse(readFileSync(join(policies, 'parties', file), 'utf8')) as { id: string }
    const pair = generatePartyKeys('ec', party.id)
    parties.set(party.id, pair)
    writeJson(join(policies, 'parties', file), { ...party, jwks: pair.jwks })
  }
  for (const id of readdirSync(join(policies, 'agreements'))) {
    const path = join(policies, 'agreements', id, 'agreement.json')
    const edit = edits[id]
    if (edit === null || (edit === undefined && !USUAL.has(id))) rmSync(join(policies, 'agreements', id), { recursive: true })
    else if (edit !== undefined) {
      const model = JSON.parse(readFileSync(path, 'utf8')) as Agreement
      writeJson(path, { ...model, noActualKnowledge: attestedAnew(model, edit), ...edit })
    }
  }
  return {
    folder,
    pins: pinsOf(readKeyRing(ring)),
    parties,
    env: {
      ...(database === null ? {} : { DATABASE_URL: database.url }),
      SALLYPORT_DATA_DIR: join(folder, 'data'),
      SALLYPORT_KEYS_DIR: keys,
      SALLYPORT_POLICIES_DIR: policies,
      SALLYPORT_PORT: '0',
      SALLYPORT_WORKERS: '2',
      SALLYPORT_CHECKPOINT_SECONDS: '1',
      SALLYPORT_LOG_LEVEL: 'info',
      ...env
    },
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}

/** Edits that let an agreement release as often as a test likes. */
export const AT_ONCE = {
  releaseWindow: {
    every: 'PT1S',
    attestation: { by: 'Test Privacy Office', date: '2026-01-01', text: 'A test: nobody is described by these records.' }
  }
} as const

/** Starts `sallyport serve` and resolves when it listens. */
export async function startProcess(site: Site, env: Record<string, string> = {}): Promise<Process> {
  const child = spawn(process.execPath, [...FLAGS, CLI, 'serve'], {
    env: { ...SETTINGS, PATH: process.env['PATH'], ...site.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const lines: string[] = []
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the gateway did not start: ${lines.join('')}`)), START_MS)
    child.stdout.on('data', (chunk: Buffer) => {
      const found = /listens on (\S+)/.exec(chunk.toString())
      if (found?.[1] === undefined) return
      clearTimeout(timer)
      resolve(found[1])
    })
    child.on('close', () => {
      clearTimeout(timer)
      reject(new Error(`the gateway ended: ${lines.join('')}`))
    })
  })
  return {
    url,
    child,
    log: () => lines.join(''),
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    }
  }
}

/** An access token for a party. */
export async function tokenFor(url: string, site: Site, party: string): Promise<string> {
  const keys = site.parties.get(party)
  if (keys === undefined) throw new Error('there is no such party at this site')
  const scope = party.includes('hospital') ? 'system/*.cu' : 'system/*.rs'
  const response = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(keys.signing, party, `${url}/oauth/token`)
    })
  })
  const body = (await response.json()) as { access_token?: string }
  if (body.access_token === undefined) throw new Error(`no token: ${response.status} ${JSON.stringify(body)}`)
  return body.access_token
}

/** Asks every 100 ms until `ask` answers something, at most `seconds`. */
export async function until<T>(ask: () => Promise<T | null>, seconds = 60): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (Date.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
