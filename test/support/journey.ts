/** A hospital and an insurer at a running gateway, as journeys use them: real HTTP, one function a step, every answer kept to be searched for leaks. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Process, type Site, tokenFor, until } from './gateway.ts'

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
  const started = await insurer.ask('GET', `/fhir/Group/${agreement}/$export`, undefined, {
    prefer: 'respond-async',
    accept: 'application/fhir+json'
  })
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
