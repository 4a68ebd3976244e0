/** The house around a running gateway, as journeys need it: its database and log read directly, its policies written, its officers' commands run. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before } from 'mocha'
import { Client } from 'pg'
import { leafHash } from '../../gateway/core/log/merkle.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import type { Ran } from './command.ts'
import { type AgreementEdits, approve, makeSite, type Process, type Site, signingKey, startProcess } from './gateway.ts'
import { attestedAnew } from './policies.ts'
import { useDatabase } from './postgres.ts'
import { rootOfLeaves } from './trees.ts'

const CLI = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))

/** Runs one query on a connection of its own. */
export async function query<Row>(url: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text, [...values])).rows as Row[]
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** What is wrong with the log and the datasets of a house, in sentences; nothing when all is well. Reads the tables, trusts no gateway. */
export async function faultsOf(url: string): Promise<string[]> {
  const faults: string[] = []
  // before the entries: what is signed meanwhile is of entries that were not read yet
  const checkpoints = await query<{ size: string; root: Buffer }>(url, 'SELECT size, root FROM checkpoint ORDER BY size')
  const entries = await query<{ index: string; entry: Buffer; leaf_hash: Buffer }>(
    url,
    'SELECT index, entry, leaf_hash FROM log_entry ORDER BY index'
  )
  entries.forEach((row, n) => {
    if (Number(row.index) !== n) faults.push(`the entry at ${n} is numbered ${row.index}`)
    if (!leafHash(row.entry).equals(row.leaf_hash)) faults.push(`the leaf hash of entry ${n} is not that of its bytes`)
  })
  for (const { size, root } of checkpoints) {
    const leaves = entries.slice(0, Number(size)).map((row) => row.leaf_hash)
    if (leaves.length !== Number(size) || !rootOfLeaves(leaves).equals(root))
      faults.push(`the checkpoint of ${size} is not the root of its leaves`)
  }
  const unrecorded = await query<{ id: string; state: string }>(
    url,
    `SELECT id, state FROM disclosure d WHERE state IN ('recorded', 'ready', 'recalled') AND NOT EXISTS (
       SELECT 1 FROM logged l WHERE l.disclosure = d.id AND l.kind = 'dataset-released' AND l.statement::jsonb = d.statement::jsonb)
     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE state = 'recorded' AND o.disclosure = d.id AND o.kind = 'dataset-released')`
  )
  for (const { id, state } of unrecorded) faults.push(`dataset ${id} is ${state} and has no entry`)
  const rowless = await query<{ id: string }>(
    url,
    `SELECT d.id FROM disclosure d WHERE (SELECT count(*) FROM subject_row r WHERE r.disclosure = d.id) <>
       CASE WHEN d.statement::json->>'subjectsRoot' IS NULL THEN 0 ELSE (d.statement::json->'subjects'->>'released')::integer END`
  )
  for (const { id } of rowless) faults.push(`dataset ${id} has not as many rows of subjects as its statement says`)
  const uncovered = await query<{ id: string }>(
    url,
    `SELECT d.id FROM disclosure d JOIN logged l ON l.disclosure = d.id AND l.kind = 'dataset-released'
     WHERE d.manifest IS NOT NULL AND l.index >= (SELECT max(size) FROM checkpoint)`
  )
  for (const { id } of uncovered) faults.push(`dataset ${id} has a manifest and no checkpoint covers its entry`)
  return faults
}

/** A gateway for the tests of one describe block: a database, a site and a program of its own; all gone when the block ends. */
export function useGateway(
  edits: AgreementEdits,
  env: Readonly<Record<string, string>> = {},
  furnish: (site: Site) => Site = (site) => site
): () => { readonly site: Site; readonly gateway: Process; readonly database: string } {
  const database = useDatabase()
  const kept: { site: Site | null; gateway: Process | null } = { site: null, gateway: null }
  before(async function () {
    this.timeout(60_000)
    kept.site = furnish(makeSite(database(), edits, env))
    kept.gateway = await startProcess(kept.site)
  })
  after(async function () {
    this.timeout(60_000)
    await kept.gateway?.stop()
    kept.site?.remove()
  })
  return () => {
    if (kept.site === null || kept.gateway === null) throw new Error('the gateway is there inside tests and hooks only')
    return { site: kept.site, gateway: kept.gateway, database: database().url }
  }
}

/** Adds a party with fresh keys to the policies of a site whose gateway has not started. */
export function addParty(site: Site, id: string, role: 'hospital' | 'insurer'): Site {
  const keys = generatePartyKeys('ec', id)
  const party = { id, role, name: id, address: '4 Example Street, Sampletown, MA 00000, USA', fhirBases: [], jwks: keys.jwks }
  writeFileSync(join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'parties', `${id}.json`), JSON.stringify(party))
  writeFileSync(signingKey(site, id), JSON.stringify(keys.signing))
  return { ...site, parties: new Map([...site.parties, [id, keys]]) }
}

const SEES = { sees: ['metadata', 'content'] }

/** Adds an officer of the house with fresh keys to the policies of a site whose gateway has not started. */
export function addOfficer(site: Site, id: string, roles: readonly string[], rest: Readonly<Record<string, unknown>> = SEES): Site {
  const keys = generatePartyKeys('ec', id)
  const folder = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'officers')
  mkdirSync(folder, { recursive: true })
  const signing = keys.jwks.keys.filter(({ use }) => use === 'sig')
  writeFileSync(
    join(folder, `${id}.json`),
    JSON.stringify({ id, name: `Example Officer ${id}`, office: 'Privacy Office', roles, ...rest, jwks: { keys: signing } })
  )
  writeFileSync(join(site.folder, `${id}-sig.jwk`), JSON.stringify(keys.signing))
  return { ...site, parties: new Map([...site.parties, [id, keys]]) }
}

/** At the desk: an officer of `addOfficer`, with the key that signs his or her words. */
export function signedBy({ folder }: Pick<Site, 'folder'>, id: string): readonly string[] {
  return ['--officer', id, '--key', join(folder, `${id}-sig.jwk`)]
}

/**
 * Writes agreement `id` of a site: demo-safe-harbor with these members in place of its own, in a version newer than the one that is there, attested for it and
 * signed by all. In force from the gateway's next start.
 */
export function writeAgreement(site: Site, id: string, members: Readonly<Record<string, unknown>>): void {
  const agreements = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'agreements')
  const model = JSON.parse(readFileSync(join(agreements, 'demo-safe-harbor', 'agreement.json'), 'utf8')) as Agreement
  const path = join(agreements, id, 'agreement.json')
  const version = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Agreement).version + 1 : 1
  const changes = { version, ...members }
  mkdirSync(join(agreements, id), { recursive: true })
  writeFileSync(path, JSON.stringify({ ...model, id, noActualKnowledge: attestedAnew(model, changes), ...changes }))
  approve(site, id)
}

/** Takes the signatures of agreement `id` of a site away: a draft, never in force. */
export function asDraft(site: Site, id: string): void {
  rmSync(join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'agreements', id, 'approvals'), { recursive: true })
}

/** An officer's command at this site. */
export function officer(site: Site, words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...words], {
    env: { PATH: process.env['PATH'], ...site.env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, out, err })))
}

/** Files below a folder that hold one of these words, as bytes. */
export function filesThatHold(folder: string, words: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => {
      const bytes = readFileSync(path)
      return words.some((word) => bytes.includes(word))
    })
}
