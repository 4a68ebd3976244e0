/**
 * What is done to agreements: proposed, approved or rejected by signed words; brought into force and ended as the
 * day comes (what stops one: agreement-acts.ts). Decides by core/agreement/life.ts and approval.ts. Each change of state commits with its entry, one at a time, and wakes every replica. Refuses by name
 * whatever the table does not allow, and an agreement that cannot be in force beside another.
 */
import type { PoolClient } from 'pg'
import { faultsAmong } from '../../core/agreement/among.ts'
import { isComplete, type Subject, type Times, wordFault } from '../../core/agreement/approval.ts'
import { type Act, type Actor, type AgreementState, dueAct, nextState } from '../../core/agreement/life.ts'
import type { HashedAgreement } from '../../core/agreement/policies.ts'
import { canonicalJson, type Json } from '../../core/digest.ts'
import { type Code, IntegrityError, PolicyError, RequestError } from '../../core/errors.ts'
import type { EntryKind } from '../../core/log/kinds.ts'
import type { Agreement } from '../../generated/policy.ts'
import { claimOf } from '../../seal/approval.ts'
import * as store from '../../store/agreements.ts'
import { keepPolicy, keptPolicies } from '../../store/policies.ts'
import { transaction } from '../../store/pool.ts'
import { appendAnew } from '../log/log.ts'
import { requireSound } from './agreement-faults.ts'
import { type AgreementRoom, fetchedFirst, keptWords, rowOfWord, verifiedWord } from './agreement-words.ts'

/** A version with its text. */
export interface Version extends Subject {
  readonly row: store.VersionRow
  /** why it may not come into force, as its text and signatures are; where nobody asked it is absent */
  readonly fault?: Code | null
}

/** What an act on an agreement led to. */
export interface Outcome {
  readonly agreement: string
  readonly version: number
  readonly hash: string
  readonly state: AgreementState
}

export function outcomeOf({ agreement, hash }: Subject, state: AgreementState): Outcome {
  return { agreement: agreement.id, version: agreement.version, hash, state }
}

/** The texts of these versions. IntegrityError policy-missing: gone, or not what its hash says. */
export async function withTexts(client: Parameters<typeof keptPolicies>[0], found: readonly store.VersionRow[]): Promise<Version[]> {
  const bodies = await keptPolicies(
    client,
    found.map(({ hash }) => hash)
  )
  return found.map((row) => {
    const body = bodies.get(row.hash)
    if (body === undefined) throw new IntegrityError('policy-missing', { policy: row.hash })
    return { row, hash: row.hash, agreement: JSON.parse(body) as Agreement } // validated before it was kept, and the hash says it is the same text
  })
}

/** An entry about a version, for both sides. */
export async function note(
  client: PoolClient,
  kind: EntryKind & `agreement-${string}`,
  { agreement, hash }: Subject,
  at: Date,
  more: { readonly [member: string]: Json }
): Promise<void> {
  const { id, version, source, recipient } = agreement
  const told = { v: 1, kind, at: at.toISOString(), agreement: id, version, policy: hash, source, recipient, ...more } as const
  // the row that changes with it makes it once
  await appendAnew(client, told)
}

/** The state after the act. RequestError out-of-state | not-an-approver. */
export function stepped(state: AgreementState, act: Act, who: Actor): AgreementState {
  const step = nextState(state, act, who)
  if ('code' in step) throw new RequestError(step.code)
  return step.state
}

export async function move(client: PoolClient, version: Subject, state: AgreementState, at: Date): Promise<void> {
  if ((await store.setVersionState(client, version.hash, state, at)) !== 1) throw new RequestError('out-of-state')
}

/** When an earlier version was last stopped: whoever signed before did not know. */
function stoppedAt(versions: readonly store.VersionRow[]): string | null {
  const stopped = versions.filter(({ state }) => state === 'suspended' || state === 'revoked').map(({ since }) => since.toISOString())
  return stopped.toSorted().at(-1) ?? null
}

export type Live = Times['live']

/** Proposes a text, in the caller's transaction, which holds the agreements. RequestError with the code that refuses it. */
export async function proposeIn(
  client: PoolClient,
  room: AgreementRoom,
  entry: HashedAgreement,
  { jws, live }: { readonly jws: string; readonly live: Live }
): Promise<Version> {
  const { agreement, hash } = entry
  const before = await store.listVersions(client, agreement.id)
  if (before.some((row) => row.hash === hash)) throw new RequestError('out-of-state')
  if (before.some((row) => row.source !== agreement.source || row.recipient !== agreement.recipient))
    throw new RequestError('agreement-of-others')
  if (before.some(({ version }) => version >= agreement.version)) throw new RequestError('version-edited')
  const word = await verifiedWord(room, jws, agreement)
  if (word.approval.as !== 'proposer') throw new RequestError('not-an-approver')
  const at = room.now()
  const fault = wordFault(entry, [], word, { at: at.toISOString(), live, since: stoppedAt(before) })
  if (fault !== null) throw new RequestError(fault)
  const state = stepped('draft', 'propose', 'proposer')
  const origin = live === 'yes' ? 'live' : 'folder'
  const { id, version, source, recipient } = agreement
  const row = { hash, agreement: id, version, source, recipient, origin, state, since: at } as const
  await keepPolicy(client, { hash, kind: 'agreement', body: canonicalJson(agreement as unknown as Json) }) // from JSON.parse
  await store.insertVersion(client, row)
  await store.insertApproval(client, rowOfWord(hash, word))
  await note(client, 'agreement-proposed', entry, at, { officer: word.approval.officer, key: word.key, signed: word.approval.at })
  return { row, agreement, hash }
}

export async function propose(room: AgreementRoom, entry: HashedAgreement, jws: string): Promise<Outcome> {
  await fetchedFirst(room, jws, [entry.agreement.source, entry.agreement.recipient])
  return transaction(room.pool, async (client) => {
    await store.lockAgreements(client)
    return outcomeOf(entry, (await proposeIn(client, room, entry, { jws, live: 'yes' })).row.state)
  })
}

/** Lets an approval or a rejection count, in the caller's transaction; the third approval brings the version on its way. */
export async function speakIn(
  client: PoolClient,
  room: AgreementRoom,
  version: Version,
  { jws, live }: { readonly jws: string; readonly live: Live }
): Promise<AgreementState> {
  const { row } = version
  const word = await verifiedWord(room, jws, version.agreement)
  const given = await keptWords(version, await store.listApprovals(client, [version.hash]))
  const at = room.now()
  const others = (await store.listVersions(client, row.agreement)).filter(({ hash }) => hash !== version.hash)
  const fault = wordFault(version, given, word, { at: at.toISOString(), live, since: stoppedAt(others) })
  if (fault !== null) throw new RequestError(fault)
  const { as, decision, officer } = word.approval
  if (decision !== 'approve' && decision !== 'reject') throw new RequestError('out-of-state')
  const state = stepped(row.state, decision, as)
  await store.insertApproval(client, rowOfWord(version.hash, word))
  const told = { as, officer, key: word.key, signed: word.approval.at }
  if (decision === 'reject') {
    await move(client, version, state, at)
    await note(client, 'agreement-rejected', version, at, told)
    return state
  }
  await note(client, 'agreement-approved', version, at, told)
  return isComplete([...given, word]) ? complete(client, room, version) : state
}

/** A signed approval or rejection of a proposed version. */
export async function speak(room: AgreementRoom, jws: string): Promise<Outcome> {
  const claim = claimOf(jws)
  const standing = await store.listVersions(room.pool, claim.agreement)
  await fetchedFirst(
    room,
    jws,
    standing.flatMap(({ source, recipient }) => [source, recipient])
  )
  return transaction(room.pool, async (client) => {
    await store.lockAgreements(client)
    const rows = await store.listVersions(client, claim.agreement)
    const row = rows.find(({ version }) => version === claim.version) ?? rows.findLast(({ state }) => state === 'proposed')
    const [version] = row === undefined ? [] : await withTexts(client, [row])
    if (version === undefined) throw new RequestError('agreement-unknown')
    return outcomeOf(version, await speakIn(client, room, version, { jws, live: 'yes' }))
  })
}

/** PolicyError agreements-conflict when it may not be in force beside what stands; versions of the same agreement follow each other. */
export async function requireRoom(client: PoolClient, { agreement }: Subject): Promise<void> {
  const rows = await store.standingBetween(client, agreement.source, agreement.recipient)
  const beside = await withTexts(
    client,
    rows.filter((row) => row.agreement !== agreement.id)
  )
  const faults = faultsAmong([agreement, ...beside.map((other) => other.agreement)]).filter((fault) => fault.agreement === agreement.id)
  if (faults.length > 0) throw new PolicyError('agreements-conflict', faults)
}

async function complete(client: PoolClient, room: AgreementRoom, version: Version): Promise<AgreementState> {
  requireSound(version.agreement, room.policies)
  await requireRoom(client, version)
  const state = stepped('proposed', 'complete', 'gateway')
  const at = room.now()
  await move(client, version, state, at)
  const approved = { ...version, row: { ...version.row, state } }
  return dueAct(approved.row, version.agreement, at.toISOString().slice(0, 10)) === 'activate' ? activate(client, approved, at) : state
}

/** Brings it into force in place of the version before. While that is suspended it waits: a newer text lifts no suspension. */
async function activate(client: PoolClient, version: Version, at: Date): Promise<AgreementState> {
  const rows = await store.listVersions(client, version.row.agreement)
  if (rows.some(({ state }) => state === 'suspended')) return version.row.state
  const before = rows.find(({ state }) => state === 'active')
  if (before !== undefined) await move(client, { ...version, hash: before.hash }, stepped(before.state, 'supersede', 'gateway'), at)
  const state = stepped(version.row.state, 'activate', 'gateway')
  await move(client, version, state, at)
  await note(client, 'agreement-activated', version, at, { supersedes: before?.hash ?? null })
  return state
}

/** What may not come into force still ends. */
function isDue({ row, agreement, fault = null }: Version, day: string): boolean {
  const act = dueAct(row, agreement, day)
  return act !== null && (fault === null || act !== 'activate')
}

/** What the day makes of versions, in memory as `versions`: activated, or expired. How many. */
export async function keepDays(room: Pick<AgreementRoom, 'pool' | 'now'>, versions: readonly Version[]): Promise<number> {
  const at = room.now()
  const day = at.toISOString().slice(0, 10)
  const due = versions.filter((version) => isDue(version, day))
  if (due.length === 0) return 0
  return transaction(room.pool, async (client) => {
    await store.lockAgreements(client)
    const now = new Map((await store.listVersions(client)).map((row) => [row.hash, row]))
    const acted: AgreementState[] = []
    for (const version of due) {
      const row = now.get(version.hash)
      const act = row === undefined ? null : dueAct(row, version.agreement, day)
      if (row === undefined || act === null) continue
      const state = act === 'expire' ? await expire(client, { ...version, row }, at) : await activate(client, { ...version, row }, at)
      if (state !== row.state) acted.push(state)
    }
    return acted.length
  })
}

async function expire(client: PoolClient, version: Version, at: Date): Promise<AgreementState> {
  const state = stepped(version.row.state, 'expire', 'gateway')
  await move(client, version, state, at)
  await note(client, 'agreement-expired', version, at, { expires: version.agreement.expires })
  return state
}
