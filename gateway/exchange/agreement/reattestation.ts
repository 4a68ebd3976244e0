/**
 * Attesting anew what is in force, and what becomes of what is not: warnings 60, 30 and 7 days before, each an entry made once, then the agreement suspends itself.
 * Decides by core/agreement/reattestation.ts and approval.ts. Refuses a word of anybody but a privacy officer who did not propose the version, of another moment or text.
 */
import { wordFault } from '../../core/agreement/approval.ts'
import type { Policies } from '../../core/agreement/policies.ts'
import { profileOf } from '../../core/agreement/policies.ts'
import { overdue, type Term, warningOf } from '../../core/agreement/reattestation.ts'
import { RequestError } from '../../core/errors.ts'
import { claimOf } from '../../seal/approval.ts'
import * as store from '../../store/agreements.ts'
import { transaction } from '../../store/pool.ts'
import type { House } from '../house.ts'
import { type AgreementRoom, keptWords, rowOfWord, verifiedWord } from './agreement-words.ts'
import { move, note, type Outcome, outcomeOf, stepped, type Version, withTexts } from './agreements.ts'
import { termsNow } from './attested.ts'

/** A version with its days. */
export interface Timed extends Version {
  readonly terms: readonly Term[]
}

/** Lets a signed word attest a version anew, with the profile it names. It resumes nothing: that is an act of its own. */
export async function reattest(room: AgreementRoom, jws: string): Promise<Outcome> {
  const claim = claimOf(jws)
  return transaction(room.pool, async (client) => {
    await store.lockAgreements(client)
    const row = (await store.listVersions(client, claim.agreement)).find(({ version }) => version === claim.version)
    const [version] = row === undefined ? [] : await withTexts(client, [row])
    if (version === undefined) throw new RequestError('agreement-unknown')
    const word = await verifiedWord(room, jws, version.agreement)
    const { as, decision, officer, at: signed } = word.approval
    if (decision !== 'reattest') throw new RequestError('not-an-approver')
    const at = room.now()
    const given = await keptWords(version, await store.listApprovals(client, [version.hash]))
    // who approved may attest, as often as it is due; who proposed never
    const proposed = given.filter(({ approval }) => approval.as === 'proposer')
    const fault = wordFault(version, proposed, word, { at: at.toISOString(), live: 'yes', since: null })
    if (fault !== null) throw new RequestError(fault)
    if (version.row.state !== 'active' && version.row.state !== 'suspended') throw new RequestError('out-of-state')
    if ((await store.insertAttestation(client, rowOfWord(version.hash, word))) !== 1) throw new RequestError('approval-replayed')
    const profile = profileOf(room.policies, version.agreement)?.hash ?? null
    await note(client, 'agreement-reattested', version, at, { as, officer, key: word.key, signed, profile })
    return outcomeOf(version, version.row.state)
  })
}

interface Warning {
  readonly agreement: string
  readonly kind: Term['what']
  readonly days: number
}

interface Room extends Pick<AgreementRoom, 'pool' | 'now'> {
  readonly policies: Pick<Policies, 'profiles'>
  readonly observe: Pick<House['observe'], 'agreementAttestationDue'>
  /** Warnings that were made, as far as it is known here: the database knows for sure. */
  readonly warned: Set<string>
}

function warningsOf({ hash, terms }: Timed, day: string): { readonly term: Term; readonly days: number; readonly key: string }[] {
  return terms.flatMap((term) => {
    const days = warningOf(term, day)
    return days === null ? [] : [{ term, days, key: `${hash} ${term.what} ${term.due} ${days}` }]
  })
}

/** What the day makes of versions, in memory as `versions`: a warning, or suspended. How many were suspended. */
export async function keepAttested(room: Room, versions: readonly Timed[]): Promise<number> {
  const at = room.now()
  const day = at.toISOString().slice(0, 10)
  const isDue = (version: Timed): boolean =>
    version.row.state === 'active' &&
    (overdue(version.terms, day) !== null || warningsOf(version, day).some(({ key }) => !room.warned.has(key)))
  const due = versions.filter(isDue)
  if (due.length === 0) return 0
  const { told, suspended } = await transaction(room.pool, async (client) => {
    await store.lockAgreements(client)
    const now = new Map((await store.listVersions(client)).map((row) => [row.hash, row]))
    const terms = await termsNow(client, due, room.policies, new Map())
    const standing = due.flatMap((version): Timed[] => {
      const row = now.get(version.hash)
      return row?.state === 'active' ? [{ ...version, row, terms: terms.get(version.hash) ?? [] }] : []
    })
    const told: Warning[] = []
    const suspended: string[] = []
    for (const version of standing) {
      const term = overdue(version.terms, day)
      if (term === null) told.push(...(await warn(client, version, at)))
      else suspended.push(await suspend(client, version, term, at))
    }
    return { told, suspended }
  })
  for (const version of due) for (const { key } of warningsOf(version, day)) room.warned.add(key)
  for (const warning of told) room.observe.agreementAttestationDue(warning)
  return suspended.length
}

type Client = Parameters<typeof note>[0]

async function warn(client: Client, version: Timed, at: Date): Promise<Warning[]> {
  const made: Warning[] = []
  for (const { term, days } of warningsOf(version, at.toISOString().slice(0, 10))) {
    const { what, due } = term
    if ((await store.insertWarning(client, version.hash, { what, due, days })) !== 1) continue
    await note(client, 'agreement-attestation-due', version, at, { what, due, days })
    made.push({ agreement: version.agreement.id, kind: what, days })
  }
  return made
}

async function suspend(client: Client, version: Timed, { what, due }: Term, at: Date): Promise<string> {
  await move(client, version, stepped(version.row.state, 'suspend', 'gateway'), at)
  const reason = what === 'agreement' ? `It was not attested anew before ${due}.` : `Its certificate ended before ${due}.`
  await note(client, 'agreement-suspended', version, at, { as: 'gateway', officer: 'gateway', reason, what, due })
  return version.hash
}
