/**
 * ACCEPT: the hospital's door. receive → match agreements → cut → validate → keep (encrypted) → 202; the explicit close is in close.ts.
 * Decides when an upload is durable. Refuses uploads to a closed submission, a key reused for another body, and submissions no
 * agreement in force covers.
 */
import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { decideSubmission, sendsFor } from '../core/agreement/decide.ts'
import { hmac } from '../core/digest.ts'
import { codeOf, RefusedError, RequestError, UpstreamError } from '../core/errors.ts'
import { isOwnId } from '../core/own-id.ts'
import { newKey, unwrapLocal, wrapLocal } from '../seal/local.ts'
import { Draft, removeStored } from '../store/directory.ts'
import { transaction } from '../store/pool.ts'
import * as submissions from '../store/submissions.ts'
import * as uploads from '../store/uploads.ts'
import { readBody } from './accept/body.ts'
import { closeSubmission } from './accept/close.ts'
import { type Reading, readInto } from './accept/reading.ts'
import { submissionView, uploadView } from './accept/views.ts'
import { commitFile } from './commit-file.ts'
import type { Caller, IssueRow, Submissions, SubmissionView, UploadRequest, UploadView } from './doors.ts'
import { encodeIndex } from './frames.ts'
import type { House } from './house.ts'
import { labelOf } from './labels.ts'
import { append } from './log/log.ts'

const ISSUE_PAGE = 1000

/** The hospital's door on this house. */
export function openSubmissions(house: House): Submissions {
  // attempts of this process: any other of its rows is one whose failure could not be noted
  const running = new Set<string>()
  return {
    open: (caller, agreement, key) => open(house, caller, agreement, key),
    upload: async (caller, submission, request) => {
      const owner = await ownerOf(house, caller, submission)
      return house.traced(submission, 'upload', {}, () => upload(house, running, owner, submission, request))
    },
    close: async (caller, submission) => {
      const owner = await ownerOf(house, caller, submission)
      await house.traced(submission, 'close', {}, () => closeSubmission(house, owner, submission))
      return view(house, caller, submission)
    },
    view: (caller, submission) => view(house, caller, submission),
    issues: (caller, submission) => issues(house, caller, submission)
  }
}

async function view(house: House, caller: Caller, id: string): Promise<SubmissionView> {
  return submissionView(house.pool, await own(house, caller, id), caller.party)
}

async function own(house: House, caller: Caller, id: string): Promise<submissions.SubmissionRow> {
  const row = isOwnId(id) ? await submissions.findSubmission(house.pool, id, caller.party) : null
  if (row === null || !(row.party === caller.party || mayStillSend(house, caller, row))) throw new RequestError('not-found')
  return row
}

/** As the agreement reads now: who was taken out of it sees no more of what was sent in the source's name. */
function mayStillSend({ policies }: House, { party }: Caller, row: submissions.SubmissionRow): boolean {
  const entries = row.agreements.map((id) => policies.agreements.get(id))
  return entries.every((entry) => entry !== undefined && entry.agreement.source === row.party && sendsFor(party, entry))
}

interface Owner extends Caller {
  /** whose hands, where they are another party's */
  readonly sentBy: string | null
}

/** Whose the submission is: what is sent in a party's name is done as by that party, to the last. */
async function ownerOf(house: House, caller: Caller, id: string): Promise<Owner> {
  const { party } = await own(house, caller, id)
  return { ...caller, party, sentBy: party === caller.party ? null : caller.party }
}

/** HMAC of a sender's word (file name, Idempotency-Key): the word itself may hold PHI and is never kept. */
function wordMac(house: House, kind: string, party: string, word: string): Buffer {
  return hmac(house.ring.names(), kind, party, word)
}

async function open(house: House, caller: Caller, agreement: string | null, idempotencyKey: string | null): Promise<SubmissionView> {
  const decision = decideSubmission(caller.party, agreement, house.policies.agreements, house.now().toISOString())
  if (decision.verdict === 'deny') {
    const rules = decision.reasons.map(({ rule }) => rule)
    throw new RefusedError(decision.reasons[0].code, { kind: 'submission-refused', rules, policies: decision.policies })
  }
  const id = randomUUID()
  const agreements = decision.granted.map((granted) => granted.agreement.id)
  const [rules, policies] = [[...decision.rules], [...decision.policies]]
  const party = decision.granted[0]?.agreement.source ?? caller.party
  const sentBy = party === caller.party ? null : caller.party
  const row = await transaction(house.pool, async (client) => {
    const opened = await submissions.insertSubmission(client, {
      id,
      party,
      sentBy,
      agreements,
      sealedKey: wrapLocal(house.ring.wrapping, ['submission', id], newKey()),
      keyMac: idempotencyKey === null ? null : wordMac(house, 'submission key', caller.party, idempotencyKey)
    })
    const told = { v: 1, kind: 'submission-opened', at: house.now().toISOString(), submission: id, party } as const
    const by = sentBy === null ? {} : { sentBy }
    if (opened.id === id) await append(client, `submission-opened:${id}`, { ...told, ...by, agreements, rules, policies })
    return opened
  })
  // The same key answers the same submission; asked for another agreement it is a mistake, and the records would go elsewhere.
  if (agreement !== null && row.agreements.join() !== agreement) throw new RequestError('key-reused')
  return submissionView(house.pool, row, caller.party)
}

/** The view of an earlier upload under the same key, when its body is this body. */
async function again(house: House, request: UploadRequest, nameMac: Buffer, before: uploads.UploadRow): Promise<UploadView> {
  const reader = await readBody(request.body, { gzip: false }, { ...house.limits, expansion: Number.POSITIVE_INFINITY })
  for await (const _ of reader.chunks) {
    // read to the end: the digest is of the whole body
  }
  const { sha256 } = reader.digest()
  if (!before.name_mac.equals(nameMac) || before.body_sha256?.equals(sha256) !== true) throw new RequestError('key-reused')
  return uploadView(before)
}

async function upload(house: House, running: Set<string>, caller: Owner, id: string, request: UploadRequest): Promise<UploadView> {
  const started = performance.now()
  const submission = await own(house, caller, id)
  const nameMac = wordMac(house, 'file name', caller.party, request.name)
  const keyMac = request.idempotencyKey === null ? null : wordMac(house, 'upload key', caller.party, request.idempotencyKey)
  const before = keyMac === null ? null : await uploads.findByKey(house.pool, id, keyMac)
  if (before !== null) return again(house, request, nameMac, before)
  if (submission.state !== 'open' || submission.sealed_key === null) throw new RequestError('submission-closed')
  const attempt = randomUUID()
  await uploads.failDeadUploads(house.pool, id, house.replica, [...running])
  const row = { id: attempt, submission: id, nameMac, label: labelOf(request.name), keyMac, replica: house.replica }
  running.add(attempt)
  try {
    if (!(await uploads.beginUpload(house.pool, row))) throw new RequestError('upload-in-progress')
  } catch (error) {
    running.delete(attempt)
    throw error
  }
  const view = await receive(house, caller, submission, request, attempt, nameMac)
    .catch(async (error: unknown) => {
      house.observe.uploadFailed({ submission: id, party: caller.party, code: codeOf(error) })
      await uploads.failUpload(house.pool, attempt).catch(() => undefined) // the database may be what failed: failDeadUploads finds the row later
      throw error
    })
    .finally(() => running.delete(attempt))
  const rejected = Object.values(view.rejected).reduce((sum, n) => sum + n, 0)
  house.observe.uploadKept({
    submission: id,
    party: caller.party,
    received: view.received,
    rejected,
    bytes: view.bytes,
    milliseconds: performance.now() - started
  })
  return view
}

async function receive(
  house: House,
  caller: Owner,
  submission: submissions.SubmissionRow,
  request: UploadRequest,
  attempt: string,
  nameMac: Buffer
): Promise<UploadView> {
  const sealedKey = submission.sealed_key as Buffer // checked by the caller
  const key = unwrapLocal(house.ring.wrapping, ['submission', submission.id], sealedKey)
  const ownBases = house.policies.parties.get(caller.party)?.fhirBases ?? []
  const draft = await Draft.begin(house.folder, 'uploads', attempt)
  let reading: Reading
  let digest: { sha256: Buffer; bytes: number }
  try {
    const reader = await readBody(request.body, request, house.limits)
    const order = { party: caller.party, sentBy: caller.sentBy, ownBases, submission: submission.id, sealedKey, upload: attempt, key }
    reading = await readInto(house, order, reader.chunks, draft)
    if (reading.received === 0) throw new RequestError('empty-body')
    digest = reader.digest()
  } catch (error) {
    await draft.drop()
    throw error
  }
  await draft.keep()
  const replaced = await keep(house, submission, attempt, nameMac, reading, digest)
  await removeStored(house.folder, 'uploads', replaced)
  const kept = (await uploads.listUploads(house.pool, submission.id)).find((row) => row.id === attempt)
  if (kept === undefined) throw new RequestError('upload-in-progress')
  return uploadView(kept)
}

/** The commit after which the answer is 202. Ids of uploads it replaced. */
async function keep(
  house: House,
  { id: submission, party }: submissions.SubmissionRow,
  attempt: string,
  nameMac: Buffer,
  reading: Reading,
  digest: { sha256: Buffer; bytes: number }
): Promise<string[]> {
  const replaced = await commitFile(house.folder, 'uploads', attempt, () =>
    transaction(house.pool, async (client) => {
      if ((await submissions.lockSubmission(client, submission))?.state !== 'open') throw new RequestError('submission-closed')
      const earlier = await uploads.replaceKept(client, submission, nameMac)
      const row = {
        id: attempt,
        bytes: digest.bytes,
        received: reading.received,
        rejected: reading.rejected,
        index: encodeIndex(reading.places),
        bodySha256: digest.sha256
      }
      if ((await uploads.keepUpload(client, row)) !== 1) throw new UpstreamError('database-unavailable')
      await uploads.insertIssues(client, attempt, reading.issues)
      await noteRejected(house, client, { submission, upload: attempt, party }, reading)
      return earlier
    })
  )
  return replaced ?? []
}

/** What could not be read is told by reason, with the upload that held it. */
async function noteRejected(
  house: House,
  client: PoolClient,
  about: { readonly submission: string; readonly upload: string; readonly party: string },
  { received, rejected }: Reading
): Promise<void> {
  if (Object.keys(rejected).length === 0) return
  const told = { v: 1, kind: 'records-rejected', at: house.now().toISOString(), ...about, received, rejected: { ...rejected } } as const
  await append(client, `records-rejected:${about.upload}`, told)
}

async function* issues(house: House, caller: Caller, id: string): AsyncGenerator<IssueRow> {
  await own(house, caller, id)
  let after = { ordinal: 0, n: -1 }
  for (;;) {
    const page = await uploads.issuesPage(house.pool, id, after, ISSUE_PAGE)
    for (const row of page) yield { file: row.label, line: row.line, path: row.path, code: row.code as IssueRow['code'] } // written from Code only
    const last = page.at(-1)
    if (last === undefined || page.length < ISSUE_PAGE) return
    after = { ordinal: last.ordinal, n: last.n }
  }
}
