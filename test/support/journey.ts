/** A hospital and an insurer at a running gateway, as journeys use them: real HTTP, one function a step, every answer kept to be searched for leaks. */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before } from 'mocha'
import { Client } from 'pg'
import { leafHash, rootOfLeaves } from '../../gateway/core/log/merkle.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { type AgreementEdits, makeSite, type Process, type Site, startProcess, tokenFor, until } from './gateway.ts'
import { useDatabase } from './postgres.ts'

const CLI = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))

export interface Disclosure {
  readonly agreement: string
  readonly state: string
  readonly dataset: string
  readonly received: number
  readonly released: number
  readonly held: number
  readonly withheld: Readonly<Record<string, number>>
  readonly rejected: Readonly<Record<string, number>>
}

export interface Submission {
  readonly id: string
  readonly state: string
  readonly received: number
  readonly rejected: Readonly<Record<string, number>>
  readonly files: readonly { readonly name: string; readonly state: string; readonly received: number }[]
  readonly agreements: readonly Disclosure[]
}

/** An answer read whole. `code` is that of the first issue, when it is an OperationOutcome. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly code: string | null
  readonly headers: Headers
}

interface Outcome {
  readonly issue?: readonly {
    readonly details?: { readonly coding?: readonly { readonly code?: string }[] }
    readonly expression?: readonly string[]
    readonly extension?: readonly { readonly url: string; readonly valueUnsignedInt?: number }[]
  }[]
}

function codeIn(text: string): string | null {
  try {
    return (JSON.parse(text) as Outcome).issue?.[0]?.details?.coding?.[0]?.code ?? null // any other shape has no issue
  } catch {
    return null
  }
}

export interface Issue {
  readonly line: number
  readonly code: string
  readonly path: string
}

function issueOf(line: string): Issue {
  const issue = (JSON.parse(line) as Outcome).issue?.[0]
  const at = issue?.extension?.find((extension) => extension.url === 'urn:sallyport:issue:line')?.valueUnsignedInt ?? 0
  return { line: at, code: issue?.details?.coding?.[0]?.code ?? '', path: issue?.expression?.[0] ?? '' }
}

/** A party at a gateway. The token is asked for when it is first needed. */
export class Party {
  readonly answers: string[] = []
  readonly #url: string
  readonly #site: Site
  readonly #name: string
  #token: string | null = null

  constructor(gateway: Pick<Process, 'url'>, site: Site, name: string) {
    this.#url = gateway.url
    this.#site = site
    this.#name = name
  }

  async token(): Promise<string> {
    this.#token ??= await tokenFor(this.#url, this.#site, this.#name)
    return this.#token
  }

  async ask(method: string, path: string, body?: RequestInit['body'], headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const authorization = `Bearer ${await this.token()}`
    const response = await fetch(path.startsWith('http') ? path : `${this.#url}${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body, duplex: 'half' })
    } as RequestInit)
    const text = await response.text()
    this.answers.push(text)
    return { status: response.status, text, code: codeIn(text), headers: response.headers }
  }

  async open(agreement?: string): Promise<string> {
    const answer = await this.ask('POST', `/submissions${agreement === undefined ? '' : `?agreement=${agreement}`}`)
    if (answer.status !== 201) throw new Error(`not opened: ${answer.status} ${answer.text}`)
    return (JSON.parse(answer.text) as Submission).id
  }

  put(submission: string, name: string, body: RequestInit['body'], headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask('PUT', `/submissions/${submission}/files/${name}`, body, { 'content-type': 'application/fhir+ndjson', ...headers })
  }

  close(submission: string): Promise<Answer> {
    return this.ask('POST', `/submissions/${submission}/close`)
  }

  async view(submission: string): Promise<Submission> {
    const answer = await this.ask('GET', `/submissions/${submission}`)
    if (answer.status !== 200) throw new Error(`no view: ${answer.status} ${answer.text}`)
    return JSON.parse(answer.text) as Submission
  }

  async issues(submission: string): Promise<Issue[]> {
    const { text } = await this.ask('GET', `/submissions/${submission}/issues`)
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map(issueOf)
  }

  /** Opens, uploads each file, closes. */
  async send(files: Readonly<Record<string, string>>, agreement?: string): Promise<string> {
    const submission = await this.open(agreement)
    for (const [name, body] of Object.entries(files)) {
      const answer = await this.put(submission, name, body)
      if (answer.status !== 202) throw new Error(`not taken: ${answer.status} ${answer.text}`)
    }
    const closed = await this.close(submission)
    if (closed.status !== 202) throw new Error(`not closed: ${closed.status} ${closed.text}`)
    return submission
  }

  /** The submission once each of its disclosures is in one of `states`. */
  ended(submission: string, states: readonly string[] = ['ready', 'held', 'refused', 'empty']): Promise<Submission> {
    return until(async () => {
      const now = await this.view(submission)
      return now.agreements.length > 0 && now.agreements.every(({ state }) => states.includes(state)) ? now : null
    })
  }
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0)
}

/** received = released + withheld + rejected + held, per agreement and exactly; what differs, else nothing. */
export function miscounted(submission: Submission): Disclosure[] {
  return submission.agreements.filter((d) => d.received !== d.released + d.held + sum(d.withheld) + sum(d.rejected))
}

interface Listing {
  readonly output: readonly { readonly url: string }[]
  readonly extension?: Readonly<Record<string, { readonly files?: readonly { readonly url: string }[] }>>
}

/** The urls of an export, sealed shards among them, once it is done. */
export async function exported(insurer: Party, agreement: string): Promise<string[]> {
  const started = await insurer.ask('GET', `/fhir/Group/${agreement}/$export`, undefined, { prefer: 'respond-async', accept: 'application/fhir+json' })
  if (started.status !== 202) throw new Error(`no export: ${started.status} ${started.text}`)
  const listing = await until(async () => {
    const polled = await insurer.ask('GET', started.headers.get('content-location') ?? '')
    return polled.status === 200 ? (JSON.parse(polled.text) as Listing) : null
  })
  return [...listing.output, ...Object.values(listing.extension ?? {}).flatMap((own) => own.files ?? [])].map(({ url }) => url)
}

/** A sealed dataset pulled into `folder`: its manifest, and its shards in `shards`. */
export async function pullSealed(insurer: Party, agreement: string, dataset: string, folder: string): Promise<string> {
  const { text } = await insurer.ask('GET', `/datasets/${dataset}/manifest`)
  mkdirSync(join(folder, 'shards'), { recursive: true })
  for (const url of await exported(insurer, agreement)) {
    const name = new URL(url).pathname.split('/').at(-1) ?? ''
    if (!name.startsWith(dataset)) continue
    const file = await fetch(url, { headers: { authorization: `Bearer ${await insurer.token()}` } })
    if (file.status !== 200) throw new Error(`no shard: ${file.status}`)
    writeFileSync(join(folder, 'shards', name.slice(dataset.length + 1)), Buffer.from(await file.arrayBuffer()))
  }
  return text
}

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
  const entries = await query<{ index: string; entry: Buffer; leaf_hash: Buffer }>(
    url,
    'SELECT index, entry, leaf_hash FROM log_entry ORDER BY index'
  )
  entries.forEach((row, n) => {
    if (Number(row.index) !== n) faults.push(`the entry at ${n} is numbered ${row.index}`)
    if (!leafHash(row.entry).equals(row.leaf_hash)) faults.push(`the leaf hash of entry ${n} is not that of its bytes`)
  })
  const checkpoints = await query<{ size: string; root: Buffer }>(url, 'SELECT size, root FROM checkpoint ORDER BY size')
  for (const { size, root } of checkpoints) {
    const leaves = entries.slice(0, Number(size)).map((row) => row.leaf_hash)
    if (leaves.length !== Number(size) || !rootOfLeaves(leaves).equals(root))
      faults.push(`the checkpoint of ${size} is not the root of its leaves`)
  }
  const unrecorded = await query<{ id: string; state: string }>(
    url,
    `SELECT id, state FROM disclosure d WHERE state IN ('recorded', 'ready', 'recalled') AND NOT EXISTS (
       SELECT 1 FROM log_entry l WHERE l.disclosure = d.id AND l.kind = 'dataset-released' AND l.statement::jsonb = d.statement::jsonb)
     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE state = 'recorded' AND o.disclosure = d.id AND o.kind = 'dataset-released')`
  )
  for (const { id, state } of unrecorded) faults.push(`dataset ${id} is ${state} and has no entry`)
  const uncovered = await query<{ id: string }>(
    url,
    `SELECT d.id FROM disclosure d JOIN log_entry l ON l.disclosure = d.id AND l.kind = 'dataset-released'
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
  return { ...site, parties: new Map([...site.parties, [id, keys]]) }
}

/** Writes agreement `id` of a site: demo-safe-harbor with these members in place of its own. In force from the gateway's next start. */
export function writeAgreement(site: Site, id: string, members: Readonly<Record<string, unknown>>): void {
  const agreements = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'agreements')
  const model = JSON.parse(readFileSync(join(agreements, 'demo-safe-harbor', 'agreement.json'), 'utf8')) as object
  mkdirSync(join(agreements, id), { recursive: true })
  writeFileSync(join(agreements, id, 'agreement.json'), JSON.stringify({ ...model, id, ...members }))
}

/** An officer's command at this site. */
export function officer(site: Site, words: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
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
