/**
 * The demo's folder: keys of everyone, certificates, a copy of the policies with the fresh public keys of parties and officers, and what they sign of each agreement. Everything lies below
 * .sallyport, which git ignores; folders of earlier demos whose gateway is gone are removed.
 */
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { contentHash, type Json } from '../../gateway/core/digest.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'
import { signApproval } from '../../gateway/seal/approval.ts'
import { createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { readKeyFiles } from '../../gateway/seal/keysource.ts'
import { pinsOf } from '../../gateway/seal/manifest.ts'
import { AGREEMENTS, HOSPITAL } from './agreements.ts'

const AUTHOR = 'demo-author'
const OFFICER = 'demo-privacy-officer'

export interface DemoFolder {
  readonly path: string
  readonly url: string
  /** file names by what they are */
  readonly files: {
    readonly ca: string
    readonly pins: string
    readonly log: string
    readonly feed: string
    readonly received: string
    readonly state: string
  }
  /** the private keys of a party: signing and encryption */
  keyOf(party: string, use: 'sig' | 'enc'): string
  /** what `sallyport serve` and the officers' commands are configured by */
  readonly environment: Readonly<Record<string, string>>
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Folders of demos that are over hold synthetic or borrowed data: they are not left lying about. One whose gateway still runs is left alone. */
function sweepEarlier(root: string): void {
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    if (!name.startsWith('demo-')) continue
    const files = ['demo.pid', 'gateway.pid'].map((file) => join(root, name, file)).filter((file) => existsSync(file))
    if (!files.some((file) => isAlive(Number(readFileSync(file, 'utf8'))))) rmSync(join(root, name), { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo // a TCP listener's address is never a path
      probe.close(() => done(port))
    })
  })
}

function writeSecret(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
}

function register(folder: string, kind: 'parties' | 'officers', id: string): void {
  const keys: PartyKeys = generatePartyKeys('ec', id)
  writeSecret(join(folder, kind, `${id}-sig.jwk`), JSON.stringify(keys.signing))
  if (kind === 'parties') writeSecret(join(folder, kind, `${id}-enc.jwk`), JSON.stringify(keys.encryption))
  const path = join(folder, 'policies', kind, `${id}.json`)
  const known = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> // our own file, a JSON object
  writeFileSync(path, `${JSON.stringify({ ...known, jwks: keys.jwks }, null, 2)}\n`)
}

/** What four people sign of an agreement as it stands: without it, it is a draft. */
function approve(folder: string, id: string): void {
  const place = join(folder, 'policies', 'agreements', id)
  if (!existsSync(place)) return
  const agreement = JSON.parse(readFileSync(join(place, 'agreement.json'), 'utf8')) as Agreement // our own file, checked by the gateway
  const { version, source, recipient } = agreement
  const word = { v: 1, agreement: id, version, hash: contentHash(agreement as unknown as Json), at: new Date().toISOString() } as const
  const rows = [
    ['proposer', 'officers', AUTHOR, AUTHOR],
    ['source', 'parties', source, `Demo Officer, ${source}`],
    ['recipient', 'parties', recipient, `Demo Officer, ${recipient}`],
    ['privacy-officer', 'officers', OFFICER, OFFICER]
  ] as const
  mkdirSync(join(place, 'approvals'), { recursive: true })
  for (const [as, kind, signer, officer] of rows) {
    const key = JSON.parse(readFileSync(join(folder, kind, `${signer}-sig.jwk`), 'utf8'))
    const decision = as === 'proposer' ? 'propose' : 'approve'
    writeFileSync(join(place, 'approvals', `${as}.jws`), signApproval({ ...word, as, decision, officer }, key))
  }
}

function makeKeyRing(folder: string, origin: string): void {
  for (const [name, text] of generateKeyRing(origin)) writeSecret(join(folder, 'keys', name), text)
  writeFileSync(join(folder, 'pins.json'), JSON.stringify(pinsOf(readKeyRing(readKeyFiles(join(folder, 'keys')))), null, 2))
}

/** The authority's own key is not written: the demo needs no further certificate. */
function makeCertificates(folder: string): void {
  const authority = createAuthority('Sallyport demo authority', new Date())
  const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost', '127.0.0.1'] }, new Date())
  writeFileSync(join(folder, 'tls', 'ca.pem'), authority.certificate)
  writeFileSync(join(folder, 'tls', 'server.pem'), server.certificate)
  writeSecret(join(folder, 'tls', 'server.key'), server.privateKey)
}

/** Another k in the demo's own copy of the agreements; of one that could not have it, the least it may have. */
function changeK(folder: string, k: number): void {
  for (const { id, leastK } of AGREEMENTS) {
    const path = join(folder, 'policies', 'agreements', id, 'agreement.json')
    if (!existsSync(path)) continue
    const agreement = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> // our own file, a JSON object
    writeFileSync(path, `${JSON.stringify({ ...agreement, k: Math.max(k, leastK) }, null, 2)}\n`)
  }
}

/** Makes everything a gateway and its parties need before they first meet. `k` null: as the agreements say. */
export async function makeFolder(root: string, k: number | null): Promise<DemoFolder> {
  sweepEarlier(root)
  const path = resolve(root, `demo-${new Date().toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}`)
  for (const name of ['keys', 'parties', 'officers', 'tls', 'data']) mkdirSync(join(path, name), { recursive: true, mode: 0o700 })
  writeFileSync(join(path, 'demo.pid'), String(process.pid))
  cpSync(new URL('../../policies', import.meta.url), join(path, 'policies'), { recursive: true })
  for (const party of new Set([HOSPITAL, ...AGREEMENTS.map(({ recipient }) => recipient)])) register(path, 'parties', party)
  for (const officer of [AUTHOR, OFFICER]) register(path, 'officers', officer)
  if (k !== null) changeK(path, k)
  for (const { id } of AGREEMENTS) approve(path, id)
  makeKeyRing(path, 'demo.sallyport.example/log')
  makeCertificates(path)
  const port = await freePort()
  const at = (...names: string[]): string => join(path, ...names)
  return {
    path,
    url: `https://localhost:${port}`,
    files: {
      ca: at('tls', 'ca.pem'),
      pins: at('pins.json'),
      log: at('gateway.log'),
      feed: at('feed'),
      received: at('received'),
      state: at('state')
    },
    keyOf: (party, use) => at('parties', `${party}-${use}.jwk`),
    environment: {
      SALLYPORT_LISTEN_HOST: '127.0.0.1',
      SALLYPORT_PORT: String(port),
      SALLYPORT_PUBLIC_URL: `https://localhost:${port}`,
      SALLYPORT_DATA_DIR: at('data'),
      SALLYPORT_KEYS_DIR: at('keys'),
      SALLYPORT_POLICIES_DIR: at('policies'),
      SALLYPORT_TLS_CERT: at('tls', 'server.pem'),
      SALLYPORT_TLS_KEY: at('tls', 'server.key'),
      SALLYPORT_CHECKPOINT_SECONDS: '0.25'
    }
  }
}
