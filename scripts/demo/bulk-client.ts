/**
 * A stock FHIR bulk client in a page, as an insurer may already have one: SMART Backend Services, kick-off, status, download, gunzip by
 * fetch itself. Knows nothing of Sallyport: it shows that a transport-only agreement needs nothing else.
 */
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { importJWK, type JWK, SignJWT } from 'jose'
import { Agent, fetch, type Response } from 'undici'
import { DemoError } from './gateway.ts'

export interface BulkClient {
  readonly fhirBase: string
  readonly clientId: string
  readonly keyFile: string
  readonly caFile: string
}

export interface Exported {
  readonly transactionTime: string
  readonly files: number
  readonly records: number
  readonly byType: Readonly<Record<string, number>>
}

interface BulkManifest {
  readonly transactionTime: string
  readonly output: readonly { readonly type: string; readonly url: string; readonly count?: number }[]
}

async function expectStatus(answer: Response, ...allowed: readonly number[]): Promise<Response> {
  if (allowed.includes(answer.status)) return answer
  throw new DemoError(`the bulk client was answered ${answer.status}`)
}

async function signIn(client: BulkClient, agent: Agent): Promise<string> {
  const found = await expectStatus(await fetch(`${client.fhirBase}/.well-known/smart-configuration`, { dispatcher: agent }), 200)
  const { token_endpoint: endpoint } = (await found.json()) as { token_endpoint: string } // SMART says so; a client trusts its server's discovery
  const jwk = JSON.parse(readFileSync(client.keyFile, 'utf8')) as JWK // written by folder.ts
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: jwk.kid ?? '' })
    .setIssuer(client.clientId)
    .setSubject(client.clientId)
    .setAudience(endpoint)
    .setJti(crypto.randomUUID())
    .setExpirationTime('4m')
    .sign(await importJWK(jwk, 'ES384'))
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'system/*.read',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion
  })
  const granted = await expectStatus(await fetch(endpoint, { method: 'POST', body, dispatcher: agent }), 200)
  return ((await granted.json()) as { access_token: string }).access_token // RFC 6749 §5.1
}

async function exportGroup(client: BulkClient, agent: Agent, authorization: string, group: string): Promise<BulkManifest> {
  const headers = { authorization, accept: 'application/fhir+json', prefer: 'respond-async' }
  const started = await expectStatus(await fetch(`${client.fhirBase}/Group/${group}/$export`, { headers, dispatcher: agent }), 202)
  const status = started.headers.get('content-location') ?? ''
  for (;;) {
    const answer = await expectStatus(
      await fetch(status, { headers: { authorization, accept: 'application/json' }, dispatcher: agent }),
      200,
      202
    )
    if (answer.status === 200) return (await answer.json()) as BulkManifest // FHIR Bulk Data Access, "Response - Complete Status"
    await answer.text()
    await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1000)
  }
}

async function downloadTo(path: string, url: string, authorization: string, agent: Agent): Promise<number> {
  const answer = await expectStatus(
    await fetch(url, { headers: { authorization, accept: 'application/fhir+ndjson' }, dispatcher: agent }),
    200
  )
  if (answer.body === null) throw new DemoError('the bulk client was answered without a body')
  let records = 0
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      for (const byte of chunk) if (byte === 10) records += 1
      yield chunk
    }
  }
  await pipeline(Readable.fromWeb(answer.body), counted, createWriteStream(path))
  return records
}

/** Runs the export of one group into a folder. */
export async function bulkExport(client: BulkClient, group: string, folder: string): Promise<Exported> {
  mkdirSync(folder, { recursive: true })
  const agent = new Agent({ connect: { ca: readFileSync(client.caFile) } })
  const authorization = `Bearer ${await signIn(client, agent)}`
  const manifest = await exportGroup(client, agent, authorization, group)
  const byType: Record<string, number> = {}
  for (const [index, file] of manifest.output.entries()) {
    const records = await downloadTo(join(folder, `${index}.${file.type}.ndjson`), file.url, authorization, agent)
    if (file.count !== undefined && file.count !== records)
      throw new DemoError('the bulk client received another count of records than the manifest says')
    byType[file.type] = (byType[file.type] ?? 0) + records
  }
  await agent.close()
  const records = Object.values(byType).reduce((sum, count) => sum + count, 0)
  return { transactionTime: manifest.transactionTime, files: manifest.output.length, records, byType }
}
