/** A bulk export as a FHIR client runs it: kick off, ask as often as Retry-After allows, read the manifest. Refuses files at another address than the server's. */
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorHint } from '../../core/errors.ts'
import { count, type JsonObject, object, objects, parseObject, text } from './json.ts'
import { refusalOf } from './refusal.ts'
import type { Session } from './session.ts'
import { retryAfterMs } from './transport.ts'

export interface RemoteFile {
  readonly url: string
  readonly type: string
  readonly records: number
}

export interface BulkExport {
  readonly transactionTime: string
  readonly sealed: boolean
  /** shards of sealed datasets, or NDJSON of transport-only ones */
  readonly files: readonly RemoteFile[]
  readonly manifests: readonly { readonly dataset: string; readonly url: string; readonly dictionary: string }[]
  /** Bundles of DELETE entries */
  readonly deleted: readonly RemoteFile[]
}

export interface KickOff {
  readonly agreement: string
  readonly since: string | null
}

/** The address to ask. */
export async function kickOff(session: Session, request: KickOff): Promise<string> {
  const query = request.since === null ? '' : `?_since=${encodeURIComponent(request.since)}`
  const url = `${session.server}/fhir/Group/${encodeURIComponent(request.agreement)}/$export${query}`
  const answer = await session.call({ method: 'GET', url, headers: { accept: 'application/fhir+json', prefer: 'respond-async' } })
  await answer.text()
  return sameServer(session, answer.header('content-location') ?? '')
}

/** The export once it is done; null when the server no longer knows this job. */
export async function awaitExport(session: Session, job: string, progress: (share: number) => void): Promise<BulkExport | null> {
  for (;;) {
    const answer = await session.attempt({ method: 'GET', url: job, headers: { accept: 'application/json' } })
    if (answer.status === 404) return null
    if (answer.status >= 400) throw await refusalOf(answer)
    const body = await answer.text()
    if (answer.status === 200) return parseExport(session, parseObject(body))
    progress(Number(/\d+/.exec(answer.header('x-progress') ?? '')?.[0] ?? 0) / 100)
    await sleep(retryAfterMs(answer.header('retry-after'), Date.now()) ?? 1000)
  }
}

/** A token travels with every request: never to another address. */
function sameServer(session: Session, url: string): string {
  if (!URL.canParse(url) || new URL(url).origin !== new URL(session.server).origin) {
    throw new OperatorHint('the server names files at another address: use the address it calls its own as --server')
  }
  return url
}

function remoteFile(session: Session, from: JsonObject): RemoteFile {
  return { url: sameServer(session, text(from, 'url')), type: text(from, 'type'), records: count(from, 'count') }
}

function parseExport(session: Session, from: JsonObject): BulkExport {
  const extension = from['extension'] === undefined ? {} : object(from['extension'])
  const own = extension['sallyport'] === undefined ? {} : object(extension['sallyport'])
  const sealed = own['sealed'] === true
  return {
    transactionTime: text(from, 'transactionTime'),
    sealed,
    files: objects(sealed ? own['files'] : from['output']).map((file) => remoteFile(session, file)),
    manifests: objects(own['manifests']).map((one) => ({
      dataset: plainName(text(one, 'dataset')),
      url: sameServer(session, text(one, 'url')),
      dictionary: sameServer(session, text(one, 'dictionary'))
    })),
    deleted: objects(from['deleted']).map((file) => remoteFile(session, file))
  }
}

/** A dataset's id becomes a folder's name: nothing that climbs out of it. */
function plainName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(name)) return name
  throw new OperatorHint('the server names a dataset in a way that cannot be a folder')
}
