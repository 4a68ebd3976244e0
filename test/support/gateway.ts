/**
 * A whole gateway for a journey: a program of its own on a real database, with fresh keys and policies in a folder that goes
 * when the test ends. It can be killed and started again on the same data, and a second one can join it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contentHash, type Json } from '../../gateway/core/digest.ts'
import type { Agreement, Approval } from '../../gateway/generated/policy.ts'
import { signApproval } from '../../gateway/seal/approval.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { type Pins, pinsOf } from '../../gateway/seal/manifest.ts'
import { CLI, FLAGS, SETTINGS } from '../../scripts/launch.js'
import { signAssertion } from './assertion.ts'
import { attestedAnew, profileIn } from './policies.ts'
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

/** Fresh keys for every party and officer of the site. */
function registerAll(folder: string): ReadonlyMap<string, PartyKeys> {
  mkdirSync(join(folder, 'signing'))
  const made = ['parties', 'officers'].map((kind) => {
    const place = join(folder, 'policies', kind)
    return readdirSync(place).map((file): [string, PartyKeys] => {
      const one = JSON.parse(readFileSync(join(place, file), 'utf8')) as { id: string }
      const pair = generatePartyKeys('ec', one.id)
      writeJson(join(place, file), { ...one, jwks: pair.jwks })
      writeJson(signingKey({ folder }, one.id), pair.signing)
      return [one.id, pair]
    })
  })
  return new Map(made[0])
}

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
  const parties = registerAll(folder)
  for (const id of readdirSync(join(policies, 'agreements'))) {
    const path = join(policies, 'agreements', id, 'agreement.json')
    const edit = edits[id]
    if (edit === null || (edit === undefined && !USUAL.has(id))) rmSync(join(policies, 'agreements', id), { recursive: true })
    else if (edit !== undefined) {
      const model = JSON.parse(readFileSync(path, 'utf8')) as Agreement
      writeJson(path, { ...model, noActualKnowledge: attestedAnew(model, edit), ...edit })
    }
  }
  for (const id of readdirSync(join(policies, 'agreements'))) approve({ folder }, id)
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

/** Where the private key lies with which a party or an officer of the site signs. */
export function signingKey({ folder }: Pick<Site, 'folder'>, who: string): string {
  return join(folder, 'signing', `${who}.jwk`)
}

/** Signed words about agreement `id` of a site, as it stands in its folder; each by whoever may. */
export function wordOn(site: Pick<Site, 'folder'>, id: string, as: Approval['as'], changes: Partial<Approval> = {}): string {
  const text = readFileSync(join(site.folder, 'policies', 'agreements', id, 'agreement.json'), 'utf8')
  const agreement = JSON.parse(text) as Agreement
  const { version, source, recipient } = agreement
  const signer = { 'proposer': 'demo-author', source, recipient, 'privacy-officer': 'demo-privacy-officer' }[as]
  const decision = as === 'proposer' ? 'propose' : 'approve'
  const hash = contentHash(agreement as unknown as Json)
  const officer = as === 'source' || as === 'recipient' ? `Test Officer of ${signer}` : signer
  const word = { v: 1, agreement: id, version, hash, as, decision, officer, at: new Date().toISOString(), ...changes } as const
  return signApproval(word, JSON.parse(readFileSync(signingKey(site, signer), 'utf8')))
}

/** Lays the four signatures beside agreement `id` of a site: it is in force from the gateway's next start. */
export function approve(site: Pick<Site, 'folder'>, id: string): void {
  const place = join(site.folder, 'policies', 'agreements', id, 'approvals')
  mkdirSync(place, { recursive: true })
  for (const as of ['proposer', 'source', 'recipient', 'privacy-officer'] as const)
    writeFileSync(join(place, `${as}.jws`), wordOn(site, id, as))
}

/** After a profile of a site was changed: its agreements name the text that is there now, signed anew. */
export function nameProfiles(site: Site): Site {
  const policies = site.env['SALLYPORT_POLICIES_DIR'] ?? ''
  for (const id of readdirSync(join(policies, 'agreements'))) {
    const path = join(policies, 'agreements', id, 'agreement.json')
    const agreement = JSON.parse(readFileSync(path, 'utf8')) as Agreement
    writeJson(path, { ...agreement, profile: profileIn(policies, agreement.profile.name, agreement.profile.version) })
    approve(site, id)
  }
  return site
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

/** An access token for a party, of the scope its role usually has or of another. */
export async function tokenFor(url: string, site: Site, party: string, asked?: string): Promise<string> {
  const keys = site.parties.get(party)
  if (keys === undefined) throw new Error('there is no such party at this site')
  const scope = asked ?? (party.includes('hospital') ? 'system/*.cu' : 'system/*.rs')
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
