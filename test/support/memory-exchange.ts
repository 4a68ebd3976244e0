/** The doors of the exchange in memory, to try the HTTP side alone. Keeps the contract of exchange/doors.ts and nothing of the gateway's work. */
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import { RequestError } from '../../gateway/core/errors.ts'
import type {
  Caller,
  Download,
  ExportRequest,
  ExportStatus,
  Exports,
  IssueRow,
  Submissions,
  SubmissionView,
  UploadView
} from '../../gateway/exchange/doors.ts'

export interface MemoryAgreement {
  readonly id: string
  readonly source: string
  readonly recipient: string
  readonly sealed: boolean
  /** lines by type */
  readonly content: Readonly<Record<string, readonly string[]>>
}

interface KeptSubmission {
  readonly party: string
  readonly key: string | null
  view: SubmissionView
  readonly keys: Map<string, { readonly sha256: string; readonly view: UploadView }>
  readonly bodies: Map<string, Buffer>
  readonly issues: IssueRow[]
}

interface Job {
  readonly party: string
  readonly request: ExportRequest
  polls: number
}

export interface MemoryExchange {
  readonly submissions: Submissions
  readonly exports: Exports
  readonly kept: ReadonlyMap<string, KeptSubmission>
  readonly kickedOff: ExportRequest[]
  readonly acknowledged: string[]
  /** Set to make every call fail so, as when the database is gone. */
  fault: Error | null
  /** How many status calls say 'running' first. */
  runningPolls: number
  retryAfterSeconds: number
  /** How a body is read: replaced to be slow. */
  read: (body: Readable) => Promise<Buffer>
}

export async function readWhole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function notFound(): never {
  throw new RequestError('not-found')
}

export function memoryExchange(agreements: readonly MemoryAgreement[]): MemoryExchange {
  const kept = new Map<string, KeptSubmission>()
  const jobs = new Map<string, Job>()
  const kickedOff: ExportRequest[] = []
  const acknowledged: string[] = []
  const house: MemoryExchange = {
    kept,
    kickedOff,
    acknowledged,
    fault: null,
    runningPolls: 1,
    retryAfterSeconds: 2,
    read: readWhole,
    submissions: memorySubmissions(() => house, kept, agreements),
    exports: memoryExports(() => house, jobs, agreements)
  }
  return house
}

function memorySubmissions(
  house: () => MemoryExchange,
  kept: Map<string, KeptSubmission>,
  agreements: readonly MemoryAgreement[]
): Submissions {
  const find = (caller: Caller, id: string): KeptSubmission => {
    const { fault } = house()
    if (fault !== null) throw fault
    const found = kept.get(id)
    return found === undefined || found.party !== caller.party ? notFound() : found
  }
  return {
    async open(caller, agreement, idempotencyKey) {
      const { fault } = house()
      if (fault !== null) throw fault
      if (agreement !== null && !agreements.some((a) => a.id === agreement && a.source === caller.party))
        throw new RequestError('agreement-unknown')
      const earlier = [...kept.values()].find((one) => one.party === caller.party && one.key !== null && one.key === idempotencyKey)
      if (earlier !== undefined) return earlier.view
      const view: SubmissionView = {
        id: randomUUID(),
        state: 'open',
        openedAt: new Date().toISOString(),
        closedAt: null,
        received: 0,
        rejected: {},
        files: [],
        agreements: []
      }
      kept.set(view.id, { party: caller.party, key: idempotencyKey, view, keys: new Map(), bodies: new Map(), issues: [] })
      return view
    },
    async upload(caller, submission, request) {
      const found = find(caller, submission)
      const raw = await house().read(request.body)
      const sha256 = createHash('sha256').update(raw).digest('hex')
      const earlier = request.idempotencyKey === null ? undefined : found.keys.get(request.idempotencyKey)
      if (earlier !== undefined) {
        if (earlier.sha256 !== sha256) throw new RequestError('key-reused')
        return earlier.view
      }
      if (found.view.state !== 'open') throw new RequestError('submission-closed')
      const bytes = request.gzip ? unpack(raw) : raw
      const lines = bytes
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
      if (lines.length === 0) throw new RequestError('empty-body')
      lines.forEach((line, i) => {
        if (!line.startsWith('{')) found.issues.push({ file: 'file-1', line: i + 1, path: '', code: 'not-json' })
      })
      const view: UploadView = { name: 'file-1', state: 'kept', bytes: bytes.length, received: lines.length, rejected: {} }
      if (request.idempotencyKey !== null) found.keys.set(request.idempotencyKey, { sha256, view })
      found.bodies.set(request.name, bytes)
      found.view = { ...found.view, received: found.view.received + lines.length, files: [...found.view.files, view] }
      return view
    },
    async close(caller, submission) {
      const found = find(caller, submission)
      found.view = { ...found.view, state: 'closed', closedAt: new Date().toISOString() }
      return found.view
    },
    async view(caller, submission) {
      return find(caller, submission).view
    },
    async *issues(caller, submission) {
      yield* find(caller, submission).issues
    }
  }
}

function unpack(raw: Buffer): Buffer {
  try {
    return gunzipSync(raw)
  } catch {
    throw new RequestError('not-gzip')
  }
}

function memoryExports(house: () => MemoryExchange, jobs: Map<string, Job>, agreements: readonly MemoryAgreement[]): Exports {
  const jobOf = (caller: Caller, id: string): Job => {
    const { fault } = house()
    if (fault !== null) throw fault
    const found = jobs.get(id)
    return found === undefined || found.party !== caller.party ? notFound() : found
  }
  const agreementOf = (caller: Caller, id: string): MemoryAgreement =>
    agreements.find((a) => a.id === id && a.recipient === caller.party) ?? notFound()
  const fileBytes = (agreement: MemoryAgreement, type: string): Buffer => {
    const text = (agreement.content[type] ?? notFound()).map((line) => `${line}\n`).join('')
    return agreement.sealed ? Buffer.from(text) : gzipSync(text)
  }
  return {
    async kickOff(caller, request) {
      agreementOf(caller, request.agreement)
      const job = randomUUID()
      jobs.set(job, { party: caller.party, request, polls: 0 })
      house().kickedOff.push(request)
      return { job }
    },
    async status(caller, id): Promise<ExportStatus> {
      const job = jobOf(caller, id)
      job.polls += 1
      if (job.polls <= house().runningPolls) return { state: 'running', retryAfterSeconds: house().retryAfterSeconds }
      const agreement = agreementOf(caller, job.request.agreement)
      const types = Object.keys(agreement.content).filter((type) => job.request.types.length === 0 || job.request.types.includes(type))
      const files = types.map((type) => ({
        name: `${type}.0.ndjson`,
        type,
        count: agreement.content[type]?.length ?? 0,
        bytes: fileBytes(agreement, type).length,
        dataset: 'dataset-1'
      }))
      return {
        state: 'done',
        agreement: agreement.id,
        transactionTime: '2025-06-30T00:00:00.000Z',
        sealed: agreement.sealed,
        files,
        manifests: [{ dataset: 'dataset-1', name: 'manifest.json' }],
        deleted: []
      }
    },
    async cancel(caller, id) {
      jobOf(caller, id)
      jobs.delete(id)
    },
    async file(caller, id, name): Promise<Download> {
      const agreement = agreementOf(caller, jobOf(caller, id).request.agreement)
      const bytes = fileBytes(agreement, name.split('.')[0] ?? '')
      return {
        start: async (offset) => Readable.from([bytes.subarray(offset)]),
        bytes: bytes.length,
        contentType: agreement.sealed ? 'application/octet-stream' : 'application/fhir+ndjson',
        encoding: agreement.sealed ? 'identity' : 'gzip',
        etag: createHash('sha256').update(bytes).digest('hex').slice(0, 16)
      }
    },
    async manifest(caller, dataset) {
      if (caller.party !== agreements[0]?.recipient || dataset !== 'dataset-1') return notFound()
      return '{"payload":"e30","signatures":[]}'
    },
    async dictionary(caller, dataset) {
      if (caller.party !== agreements[0]?.recipient || dataset !== 'dataset-1') return notFound()
      return '{"types":[]}'
    },
    async acknowledge(caller, dataset) {
      if (caller.party !== agreements[0]?.recipient || dataset !== 'dataset-1') return notFound()
      house().acknowledged.push(dataset)
    },
    redeliver: async () => notFound()
  }
}
