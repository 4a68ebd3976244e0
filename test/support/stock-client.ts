/**
 * Stock FHIR bulk clients as they speak on the wire, written after smart-on-fhir/bulk-data-client 2 and @medplum/cli 5: the same requests
 * in the same order, with the same headers, and the same expectations of each answer. They know nothing of Sallyport.
 */
import { type JsonWebKey, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { importJWK, SignJWT } from 'jose'
import { request } from 'undici'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** as it came: what is gzip stays gzip */
  readonly body: Buffer
}

export interface BulkManifest {
  readonly transactionTime: string
  readonly requiresAccessToken: boolean
  readonly output: readonly { readonly type: string; readonly url: string; readonly count: number }[]
  readonly deleted: readonly unknown[]
  readonly error: readonly unknown[]
}

export interface Downloaded {
  readonly type: string
  /** the last part of the URL, under which clients save it */
  readonly name: string
  readonly count: number
  readonly answer: Answer
  readonly lines: readonly string[]
}

type Headers = Readonly<Record<string, string>>

export async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  headers: Headers = {},
  body: string | null = null
): Promise<Answer> {
  const answer = await request(url, { method, headers, body })
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) }
}

function bodyOf<T>(answer: Answer): T {
  return JSON.parse(answer.body.toString()) as T // each caller names what the standard says stands there
}

function expected(answer: Answer, ...statuses: readonly number[]): Answer {
  if (!statuses.includes(answer.status)) throw new Error(`answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`)
  return answer
}

function unpacked(answer: Answer): string {
  return (answer.headers['content-encoding'] === 'gzip' ? gunzipSync(answer.body) : answer.body).toString()
}

function downloaded(file: BulkManifest['output'][number], answer: Answer): Downloaded {
  const lines = unpacked(answer)
    .split('\n')
    .filter((line) => line !== '')
  return { type: file.type, name: new URL(file.url).pathname.split('/').at(-1) ?? '', count: file.count, answer, lines }
}

/** `since`: an instant with an offset, as moment writes it. */
export interface SmartOptions {
  readonly since?: string
  readonly types?: string
}

/** smart-on-fhir/bulk-data-client: discovers at the origin's root, signs in with a kid, asks a tenth of Retry-After, takes any encoding. */
export class SmartClient {
  readonly #base: string
  readonly #client: string
  readonly #key: JsonWebKey
  #token: string | null = null

  /** `base` ends with a slash. */
  constructor(base: string, client: string, key: JsonWebKey) {
    this.#base = base
    this.#client = client
    this.#key = key
  }

  /** The token endpoint by both ways; the real client takes whichever answers first. An answer that may be cached makes it stop in silence. */
  async discover(): Promise<readonly [smart: string, capability: string]> {
    const smart = expected(
      await ask('GET', new URL('/.well-known/smart-configuration', this.#base).href, { accept: 'application/json' }),
      200
    )
    const metadata = expected(await ask('GET', `${this.#base}metadata`, { accept: 'application/json' }), 200)
    for (const { headers } of [smart, metadata]) {
      if (!String(headers['cache-control']).includes('no-store')) throw new Error('discovery may be cached')
    }
    const { rest } = bodyOf<{
      rest: { mode: string; security: { extension: { url: string; extension: { url: string; valueUri: string }[] }[] } }[]
    }>(metadata)
    const uris = rest
      .find(({ mode }) => mode === 'server')
      ?.security.extension.find(({ url }) => url === 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris')
    return [bodyOf<{ token_endpoint: string }>(smart).token_endpoint, uris?.extension.find(({ url }) => url === 'token')?.valueUri ?? '']
  }

  async token(): Promise<string> {
    if (this.#token !== null) return this.#token
    const [endpoint] = await this.discover()
    const alg = this.#key['alg'] as string // a JWK of ours has one
    const assertion = await new SignJWT({ iss: this.#client, sub: this.#client, aud: endpoint, jti: randomUUID().slice(0, 20) })
      .setProtectedHeader({ alg, typ: 'JWT', kid: String(this.#key['kid']) })
      .setIssuedAt()
      .setExpirationTime('4m')
      .sign(await importJWK(this.#key as Parameters<typeof importJWK>[0], alg))
    const form = new URLSearchParams({
      scope: 'system/*.read',
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    const granted = bodyOf<{ access_token?: string; expires_in?: number }>(
      expected(await ask('POST', endpoint, headers, form.toString()), 200)
    )
    if (granted.access_token === undefined || !granted.expires_in) throw new Error('no access_token or no expires_in')
    this.#token = granted.access_token
    return this.#token
  }

  /** The status endpoint. */
  async kickOff(group: string, options: SmartOptions = {}): Promise<string> {
    const url = new URL(`Group/${group}/$export`, this.#base)
    if (options.since !== undefined) url.searchParams.append('_since', options.since)
    if (options.types !== undefined) url.searchParams.append('_type', options.types)
    await ask('GET', `${this.#base}metadata`, { accept: 'application/json' })
    const headers = { accept: 'application/fhir+json', prefer: 'respond-async', authorization: `Bearer ${await this.token()}` }
    return String(expected(await ask('GET', url.href, headers), 202).headers['content-location'])
  }

  async wait(status: string): Promise<BulkManifest> {
    for (;;) {
      const answer = expected(
        await ask('GET', status, { accept: 'application/json', authorization: `Bearer ${await this.token()}` }),
        200,
        202
      )
      if (answer.status === 200) return bodyOf<BulkManifest>(answer)
      const seconds = String(answer.headers['retry-after'])
      if (!/^\d+$/.test(seconds)) throw new Error('Retry-After is not in whole seconds')
      await sleep(Math.min(Math.max(Number(seconds) * 100, 1000), 10_000))
    }
  }

  /** All files at once. */
  download(manifest: BulkManifest): Promise<Downloaded[]> {
    return Promise.all(
      manifest.output.map(async (file) => {
        const headers = { 'accept-encoding': 'gzip, deflate, br, identity', authorization: `Bearer ${await this.token()}` }
        return downloaded(file, expected(await ask('GET', file.url, headers), 200))
      })
    )
  }

  async cancel(status: string): Promise<number> {
    return (await ask('DELETE', status, { accept: 'application/json', authorization: `Bearer ${await this.token()}` })).status
  }
}

const MEDPLUM = { accept: 'application/fhir+json, */*; q=0.1', 'x-medplum': 'extended' }

/** @medplum/cli: `login --auth-type jwt-assertion` (no scope, no kid, RS384) and `bulk export -e Group/…` (POST with no body, asks every second). */
export async function medplumExport(origin: string, client: string, key: JsonWebKey, group: string): Promise<Downloaded[]> {
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS384', typ: 'JWT' })
    .setIssuer(client)
    .setSubject(client)
    .setAudience(`${origin}/oauth/token`)
    .setJti(randomUUID().replaceAll('-', ''))
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(await importJWK(key as Parameters<typeof importJWK>[0], 'RS384'))
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion
  })
  const post = { ...MEDPLUM, 'content-type': 'application/x-www-form-urlencoded' }
  const granted = bodyOf<{ access_token: string }>(expected(await ask('POST', `${origin}/oauth/token`, post, form.toString()), 200))
  const headers = { ...MEDPLUM, authorization: `Bearer ${granted.access_token}` }
  const started = expected(await ask('POST', `${origin}/fhir/Group/${group}/$export`, { ...headers, prefer: 'respond-async' }), 202)
  for (;;) {
    const answer = expected(await ask('GET', String(started.headers['content-location']), headers), 200, 202)
    if (answer.status === 202) await sleep(1000)
    else {
      const take = { ...headers, accept: '*/*', 'accept-encoding': 'gzip, deflate' }
      return Promise.all(
        bodyOf<BulkManifest>(answer).output.map(async (file) => downloaded(file, expected(await ask('GET', file.url, take), 200)))
      )
    }
  }
}
