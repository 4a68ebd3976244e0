/**
 * The folder's way into force: a document with its signed words beside it, taken over at start. Decides nothing that core/agreement does not: a text comes into
 * force by the same four signatures as by any other way. Whatever is not so signed is a draft, told and not in force; it hinders nothing else.
 */
import type { PoolClient } from 'pg'
import type { FolderPolicies, HashedAgreement } from '../../core/agreement/policies.ts'
import { type Code, codeOf, PolicyError, RequestError } from '../../core/errors.ts'
import { claimOf } from '../../seal/approval.ts'
import { listApprovals, listVersions, lockAgreements } from '../../store/agreements.ts'
import { transaction } from '../../store/pool.ts'
import type { AgreementRoom } from './agreement-words.ts'
import { proposeIn, speakIn, type Version } from './agreements.ts'

/** A document of the folder that is not in force as it stands there, and why. */
export interface Draft {
  readonly agreement: string
  readonly code: Code
}

/** Takes over what is signed; each document by itself. What was suspended, revoked or replaced stays so. */
export async function takeOver(room: AgreementRoom, folder: FolderPolicies): Promise<readonly Draft[]> {
  const drafts: Draft[] = []
  for (const [id, entry] of folder.agreements) {
    try {
      await takeOne(room, entry, folder.approvals.get(id) ?? [])
    } catch (error) {
      if (!isOfThisDocument(error)) throw error
      drafts.push({ agreement: id, code: codeOf(error) })
    }
  }
  return drafts
}

/** Not the gateway's own trouble. A partner whose key server is away keeps its own agreements waiting, and nothing else. */
function isOfThisDocument(error: unknown): boolean {
  return error instanceof RequestError || error instanceof PolicyError || codeOf(error) === 'partner-unavailable'
}

/** The proposal first: nobody approves what is not proposed. */
function inOrder(words: readonly string[]): readonly string[] {
  const rank = (jws: string): number => (claimOf(jws).as === 'proposer' ? 0 : 1)
  return words.toSorted((a, b) => rank(a) - rank(b))
}

/** The version as it stands, proposed by the first of the words where it was not; and the words that remain. RequestError with the code that refuses it. */
async function begun(
  client: PoolClient,
  room: AgreementRoom,
  entry: HashedAgreement,
  words: readonly string[]
): Promise<readonly [Version, readonly string[]] | null> {
  const { agreement, hash } = entry
  const rows = await listVersions(client, agreement.id)
  const row = rows.find((known) => known.hash === hash)
  if (row !== undefined) {
    if (row.state !== 'proposed') return null
    const given = new Set((await listApprovals(client, [hash])).map(({ jws }) => jws))
    return [{ row, agreement, hash }, words.filter((jws) => !given.has(jws))]
  }
  if (rows.some(({ version }) => version >= agreement.version)) throw new RequestError('version-edited')
  const [first, ...rest] = words
  if (first === undefined) throw new RequestError('approvals-missing')
  return [await proposeIn(client, room, entry, { jws: first, live: 'no' }), rest]
}

async function takeOne(room: AgreementRoom, entry: HashedAgreement, words: readonly string[]): Promise<void> {
  await transaction(room.pool, async (client) => {
    await lockAgreements(client)
    const found = await begun(client, room, entry, inOrder(words))
    if (found === null) return
    const [version, rest] = found
    const state = { now: version.row.state }
    for (const jws of rest)
      state.now = await speakIn(client, room, { ...version, row: { ...version.row, state: state.now } }, { jws, live: 'no' })
    // half-signed it would stand as proposed for ever, and could not be signed again in the folder
    if (state.now === 'proposed') throw new RequestError('approvals-missing')
  })
}
