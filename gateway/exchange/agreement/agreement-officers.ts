/**
 * The officers' door to agreements, for officers who signed in: what the commands at the desk do, by the same functions and under the same entries. Who may, stands in
 * core/identity/powers.ts; what approves, suspends, resumes and revokes, only by a word of the caller's own. Refuses an officer whose file does not say so, words of others, and records beyond a bound; keeps no text or record that was only asked about.
 */
import type { Readable } from 'node:stream'
import { certificateOf } from '../../core/agreement/certificate.ts'
import { type Checked, checkedOf } from '../../core/agreement/checked.ts'
import { isActive } from '../../core/agreement/decide.ts'
import { type AgreementDiff, diff } from '../../core/agreement/diff.ts'
import { type Asked, type Draft, draftFault, draftOf } from '../../core/agreement/draft.ts'
import { explainAgreement, type Section } from '../../core/agreement/explain.ts'
import { consentOf } from '../../core/agreement/fhir/consent.ts'
import { contractOf } from '../../core/agreement/fhir/contract.ts'
import { speaking } from '../../core/agreement/life.ts'
import { type HashedAgreement, profileOf } from '../../core/agreement/policies.ts'
import type { Code, Fault } from '../../core/errors.ts'
import { RequestError } from '../../core/errors.ts'
import type { Words } from '../../core/scrub/words/words.ts'
import { claimOf } from '../../seal/approval.ts'
import { listVersions, versionsOf } from '../../store/agreements.ts'
import { readBody } from '../accept/body.ts'
import { readAtDesk } from '../audit/audit.ts'
import type { AgreementOutcome, AgreementsDoor, Caller } from '../doors.ts'
import type { House } from '../house.ts'
import { type SignedIn, signedIn } from '../identity/signed-in.ts'
import { type QualityTold, qualityTold } from '../release/quality-told.ts'
import { actOn } from './agreement-acts.ts'
import { ownAgreement, refusedByName, roomOf, spoken } from './agreement-door.ts'
import { type History, historyOf } from './agreement-history.ts'
import { signaturesOf } from './agreement-signatures.ts'
import type { AgreementRoom } from './agreement-words.ts'
import { propose, withTexts } from './agreements.ts'
import { inForceHere } from './in-force.ts'
import { type Simulated, simulateAll } from './simulate.ts'

export interface Inspected {
  /** null when its shape is wrong */
  readonly agreement: HashedAgreement | null
  readonly faults: readonly Fault[]
}

/** What reads texts that were sent: config/agreement-text.ts. */
export interface Texts {
  inspect(text: string): Inspected
  proposal(text: string): Inspected & { readonly word: string }
}

interface Named {
  readonly id: string
  readonly version: number
  readonly hash: string
}

/** Beside what both sides may: all agreements, and what is done to them. */
export interface AgreementOfficers extends AgreementsDoor {
  /** A first text, kept by nobody. */
  draft(caller: Caller, asked: Omit<Asked, 'at'>): Promise<Draft>
  /** As `agreement check`, without the golden cases: they stand in the folder. */
  check(caller: Caller, id: string, text: string): Promise<Checked>
  /** Against the version in force here. RequestError agreement-invalid | agreement-unknown. */
  diff(caller: Caller, id: string, text: string): Promise<AgreementDiff & { readonly old: Named; readonly new: Named }>
  /** {agreement, word}: the text, and the caller's signed proposal of it. */
  propose(caller: Caller, id: string, text: string): Promise<AgreementOutcome>
  /** `jws`: the caller's own word, signed since the agreement came into the state that it ends. */
  act(
    caller: Caller,
    id: string,
    what: 'resume' | 'revoke',
    word: { readonly jws: string; readonly reason: string }
  ): Promise<AgreementOutcome>
  /** Of the version that speaks for the agreement (null), or of that number. */
  explain(
    caller: Caller,
    id: string,
    version: number | null
  ): Promise<Named & { readonly state: string; readonly sections: readonly Section[] }>
  history(caller: Caller, id: string): Promise<History>
  /** A FHIR R4 resource. */
  exported(caller: Caller, id: string, as: 'consent' | 'contract'): Promise<object>
  /** NDJSON or a Bundle, gzip or not, of MOST_SIMULATED bytes unpacked. */
  simulate(caller: Caller, id: string, body: Readable): Promise<Simulated & { readonly inForce: Code | 'yes' }>
  quality(caller: Caller, asked: { readonly agreement: string | null; readonly last: number }): Promise<readonly QualityTold[]>
}

type Standing = Pick<House, 'pool' | 'ring' | 'now' | 'policies' | 'registry' | 'keysOf'>

/** Some 6,000 records: enough to ask, and little to hold. */
export const MOST_SIMULATED = 8 * 1024 * 1024

export function openAgreementOfficers(house: Standing, texts: Texts, loadWords: () => Words): AgreementOfficers {
  const room = (): AgreementRoom => roomOf(house)
  const readings = readingsOf(house, room)
  return {
    ...readings,
    draft: async (caller, asked) => {
      signedIn(house, caller, 'draft-agreements')
      const fault = draftFault({ ...asked, at: '' }, house.policies)
      if (fault !== null) throw new RequestError('bad-request', fault)
      return draftOf({ ...asked, at: house.now().toISOString() }, house.policies)
    },
    check: async (caller, id, text) => {
      signedIn(house, caller, 'draft-agreements')
      const { agreement, faults } = named(id, texts.inspect(text))
      return checkedOf(agreement, faults, house.now().toISOString())
    },
    diff: async (caller, id, text) => {
      signedIn(house, caller, 'draft-agreements')
      const fresh = whole(named(id, texts.inspect(text)))
      const old = await inForceHere(house.pool, id)
      return { old: nameOf(old), new: nameOf(fresh), ...diff(old.agreement, fresh.agreement) }
    },
    propose: async (caller, id, text) => {
      const { account } = signedIn(house, caller, 'propose-agreements')
      const { word, ...found } = texts.proposal(text)
      const entry = whole(named(id, found))
      requireOwn(account, word)
      return refusedByName(() => propose(room(), entry, word))
    },
    speak: async (caller, id, jws) => {
      const { account } = signedIn(house, caller, 'approve-agreements')
      requireOwn(account, jws)
      if (claimOf(jws).agreement !== id) throw new RequestError('approval-of-another')
      return spoken(room(), jws)
    },
    suspend: async (caller, id, { officer, reason }) => {
      const who = signedIn(house, caller, 'approve-agreements')
      if (officer !== who.account) throw new RequestError('not-an-approver', 'Give your own id as officer.')
      return actOn(room(), id, 'suspend', { ...who, as: 'privacy-officer', reason })
    },
    act: async (caller, id, what, { jws, reason }) => {
      const who = signedIn(house, caller, 'govern-agreements')
      requireOwn(who.account, jws)
      return refusedByName(() => actOn(room(), id, what, { ...who, as: 'privacy-officer', reason, jws }))
    },
    simulate: async (caller, id, body) => simulated(house, signedIn(house, caller, 'simulate-agreements'), { id, body, loadWords })
  }
}

/** What is only looked at. */
function readingsOf(
  house: Standing,
  room: () => AgreementRoom
): Pick<AgreementOfficers, 'list' | 'read' | 'explain' | 'history' | 'exported' | 'quality'> {
  const { pool } = house
  return {
    list: async (caller) => {
      const { account, of } = signedIn(house, caller, 'read-agreements')
      return readAtDesk(pool, { account, at: house.now(), what: 'agreements' }, async (db) => {
        const rows = Map.groupBy(await versionsOf(db, null, of), ({ agreement }) => agreement)
        return Promise.all([...rows].map(([id, own]) => ownAgreement(db, id, own)))
      })
    },
    read: async (caller, id) => {
      const { account, of } = signedIn(house, caller, 'read-agreements')
      const [found] = await readAtDesk(pool, { account, at: house.now(), what: 'agreements', about: { agreement: id } }, async (db) => {
        const rows = await versionsOf(db, id, of)
        return rows.length === 0 ? [] : [await ownAgreement(db, id, rows)]
      })
      return found ?? unknown()
    },
    explain: async (caller, id, version) => explained(house, signedIn(house, caller, 'inspect-agreements'), id, version),
    history: async (caller, id) => historyOf(room(), id, signedIn(house, caller, 'inspect-agreements').account),
    exported: async (caller, id, as) => {
      const { account } = signedIn(house, caller, 'inspect-agreements')
      const found = await inForceHere(pool, id)
      const entry = { ...found, certificate: certificateIn(house, found) }
      if (as === 'consent') return consentOf(entry, house.policies)
      return contractOf(entry, house.policies, await signaturesOf(pool, { agreement: id, hash: found.hash }, { account, at: house.now() }))
    },
    quality: async (caller, asked) =>
      qualityTold(pool, { account: signedIn(house, caller, 'inspect-agreements').account, at: house.now() }, asked)
  }
}

function unknown(): never {
  throw new RequestError('agreement-unknown')
}

/** The id in the address is the name of the folder: the text must bear it. */
function named(id: string, { agreement, faults }: Inspected): Inspected {
  if (agreement === null || agreement.agreement.id === id) return { agreement, faults }
  return { agreement, faults: [{ path: '/id', message: 'must be the id in the address' }, ...faults] }
}

/** RequestError agreement-invalid: POST …/check lists its faults. */
function whole({ agreement, faults }: Inspected): HashedAgreement {
  if (agreement === null || faults.length > 0) throw new RequestError('agreement-invalid')
  return agreement
}

function nameOf({ agreement: { id, version }, hash }: Pick<HashedAgreement, 'agreement' | 'hash'>): Named {
  return { id, version, hash }
}

/** RequestError approval-invalid | not-an-approver: who carries another's word is not that other. */
function requireOwn(account: string, jws: string): void {
  if (claimOf(jws).officer !== account) throw new RequestError('not-an-approver', 'Sign it yourself, with your id as officer.')
}

function certificateIn({ policies }: Standing, { agreement }: Pick<HashedAgreement, 'agreement'>): HashedAgreement['certificate'] {
  const profile = profileOf(policies, agreement)?.profile
  return profile === undefined ? null : certificateOf(profile)
}

async function explained(
  house: Standing,
  { account }: SignedIn,
  id: string,
  version: number | null
): ReturnType<AgreementOfficers['explain']> {
  const [found] = await readAtDesk(house.pool, { account, at: house.now(), what: 'agreements', about: { agreement: id } }, async (db) => {
    const rows = await listVersions(db, id)
    const row = version === null ? speaking(rows) : rows.find((one) => one.version === version)
    return row === null || row === undefined ? [] : withTexts(db, [row])
  })
  if (found === undefined) return unknown()
  const { agreement, hash, row } = found
  const entry = { agreement, hash, state: row.state, certificate: certificateIn(house, found) }
  return { ...nameOf(found), state: row.state, sections: explainAgreement(entry, house.policies) }
}

interface Presented {
  readonly id: string
  readonly body: Readable
  readonly loadWords: () => Words
}

async function simulated(
  house: Standing,
  { account }: SignedIn,
  { id, body, loadWords }: Presented
): ReturnType<AgreementOfficers['simulate']> {
  const { pool, ring, policies } = house
  const found = await inForceHere(pool, id)
  const profile = profileOf(policies, found.agreement)?.profile
  if (profile === undefined) throw new RequestError('agreement-invalid', 'Its profile is not here as it was approved.')
  const entry = { ...found, certificate: certificateOf(profile) }
  const at = house.now().toISOString()
  const { chunks } = await readBody(body, { gzip: false }, { expansion: 100, uploadBytes: MOST_SIMULATED })
  const said = await simulateAll({ pool, ring, parties: policies.parties, entry, profile, at, loadWords }, account, bounded(chunks))
  return { inForce: isActive(entry, at) ?? 'yes', ...said }
}

/** RequestError too-large. */
async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > MOST_SIMULATED) throw new RequestError('too-large')
    yield chunk
  }
}
