/**
 * What stops an agreement, puts it in force again or ends it: the word of a side, of an officer at the desk or of one who signed in. Decides on which version it acts, by
 * core/agreement/life.ts. That it was done is told to both sides, why to officers alone. Refuses a side that versions are not of, and a resumption of what could not come into force.
 */
import type { PoolClient } from 'pg'
import { wordFault } from '../../core/agreement/approval.ts'
import { type Act, type Actor, nextState } from '../../core/agreement/life.ts'
import { type Code, RequestError } from '../../core/errors.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import { requireWord } from '../../core/printable.ts'
import * as store from '../../store/agreements.ts'
import { transaction } from '../../store/pool.ts'
import { requireSound } from './agreement-faults.ts'
import { type AgreementRoom, keptWords, verifiedWord } from './agreement-words.ts'
import { move, note, type Outcome, outcomeOf, requireRoom, stepped, type Version, withTexts } from './agreements.ts'
import { requireAttested } from './attested.ts'

/** Who suspends, resumes or revokes, and why; all of it stands in the log, and the other side does not read it. */
export interface OfficersWord {
  readonly as: Exclude<Actor, 'proposer' | 'gateway'>
  readonly officer: string
  readonly reason: string
  /** the side that speaks, by whom versions between others are not touched; without it an officer of the house does */
  readonly party?: string
  /** of the operating system, at the desk; of the officer who signed in */
  readonly account?: string
  /** the officer's own signed word that resumes or revokes; kept in the entry */
  readonly jws?: string
}

const ACTS = {
  suspend: 'agreement-suspended',
  resume: 'agreement-resumed',
  revoke: 'agreement-revoked'
} as const satisfies Partial<Record<Act, EntryKind>>

export type OfficersAct = keyof typeof ACTS

/** On the version that speaks for the agreement; a revocation on all that have not ended. RequestError agreement-unknown | out-of-state | not-an-approver | attestation-due | bad-request. */
export async function actOn(room: AgreementRoom, id: string, act: OfficersAct, word: OfficersWord): Promise<Outcome> {
  requireWord(word)
  return transaction(room.pool, async (client) => {
    await store.lockAgreements(client)
    const rows = (await store.listVersions(client, id)).filter((row) => isOf(row, word.party))
    const can = rows.filter(({ state }) => !('code' in nextState(state, act, word.as)))
    const row = can.findLast(({ state }) => state === 'active' || state === 'suspended') ?? can.at(-1)
    if (row === undefined) throw new RequestError(rows.length === 0 ? 'agreement-unknown' : refusedBy(rows, act, word.as))
    const [version] = await withTexts(client, [row])
    if (version === undefined) throw new RequestError('agreement-unknown')
    const at = room.now()
    if (word.jws !== undefined) await requireSigned(client, room, version, { act, jws: word.jws, at })
    if (act === 'resume') {
      requireSound(version.agreement, room.policies)
      await requireRoom(client, version)
      await requireAttested(client, room, version, at)
    }
    const state = stepped(row.state, act, word.as)
    await move(client, version, state, at)
    await note(client, ACTS[act], version, at, { as: word.as })
    if (act === 'revoke')
      await revokeOthers(
        client,
        can.filter(({ hash }) => hash !== row.hash),
        word.as,
        at
      )
    await note(client, 'agreement-reason', version, at, { act, ...word })
    return outcomeOf(version, state)
  })
}

/** With the version that speaks go all that were to come in its place: what is approved already would be in force on its first day. */
async function revokeOthers(client: PoolClient, rows: readonly store.VersionRow[], as: OfficersWord['as'], at: Date): Promise<void> {
  for (const version of await withTexts(client, rows)) {
    await move(client, version, stepped(version.row.state, 'revoke', as), at)
    await note(client, ACTS.revoke, version, at, { as })
  }
}

/** Signed of this very text since it came into its state: a word of an earlier suspension lifts no later one. RequestError with the code that refuses it. */
async function requireSigned(
  client: PoolClient,
  room: AgreementRoom,
  version: Version,
  { act, jws, at }: { readonly act: OfficersAct; readonly jws: string; readonly at: Date }
): Promise<void> {
  const word = await verifiedWord(room, jws, version.agreement)
  if (word.approval.as !== 'privacy-officer') throw new RequestError('not-an-approver')
  if (word.approval.decision !== act) throw new RequestError('approval-of-another')
  const given = await keptWords(version, await store.listApprovals(client, [version.hash]))
  // who approved may resume; who proposed never
  const proposed = given.filter(({ approval }) => approval.as === 'proposer')
  const fault = wordFault(version, proposed, word, { at: at.toISOString(), live: 'yes', since: version.row.since.toISOString() })
  if (fault !== null) throw new RequestError(fault)
}

function isOf({ source, recipient }: store.VersionRow, party: string | undefined): boolean {
  return party === undefined || source === party || recipient === party
}

function refusedBy(rows: readonly store.VersionRow[], act: Act, who: Actor): Code {
  const steps = rows.map(({ state }) => nextState(state, act, who))
  return steps.some((step) => 'code' in step && step.code === 'not-an-approver') ? 'not-an-approver' : 'out-of-state'
}
