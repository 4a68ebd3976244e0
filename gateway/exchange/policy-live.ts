/**
 * The policies in force, live: what the folder said at start, with the agreements as the database knows them now. Decides which version speaks for an agreement,
 * and believes none whose signatures do not verify. Replaced as a whole when any replica changes an agreement: at its call, and a second later at the latest where that
 * was missed. An agreement that came with the folder is gone where the folder no longer has it.
 */
import type { Pool, PoolClient } from 'pg'
import { isComplete } from '../core/agreement/approval.ts'
import { certificateOf } from '../core/agreement/certificate.ts'
import { type AgreementState, speaking } from '../core/agreement/life.ts'
import { type FolderPolicies, type HashedAgreement, type Policies, profileOf } from '../core/agreement/policies.ts'
import { overdue } from '../core/agreement/reattestation.ts'
import { type Code, codeOf, RequestError, UpstreamError } from '../core/errors.ts'
import { among, withStandings } from '../core/identity/in-force.ts'
import type { Registry } from '../core/identity/registry.ts'
import type { Agreement } from '../generated/policy.ts'
import * as store from '../store/agreements.ts'
import { run } from '../store/pool.ts'
import { holdSession } from '../store/session.ts'
import { isSound } from './agreement/agreement-faults.ts'
import { type Draft, takeOver } from './agreement/agreement-folder.ts'
import { type AgreementRoom, keptWords } from './agreement/agreement-words.ts'
import { keepDays, type Version, withTexts } from './agreement/agreements.ts'
import { termsNow, type VerifiedWords } from './agreement/attested.ts'
import { keepAttested, type Timed } from './agreement/reattestation.ts'
import type { House } from './house.ts'
import { type LiveRegistry, registryNow } from './identity/registry-live.ts'
import { Looking } from './looking.ts'

/** What was read and verified once, for it never changes while a gateway runs: texts by hash, with the code of why they are not in force, and words that attest. */
interface Known {
  readonly texts: Map<string, { readonly agreement: Agreement; readonly fault: Code | null }>
  readonly words: VerifiedWords
}

interface Snapshot {
  readonly epoch: number
  /** UTC, YYYY-MM-DD: on another day what is overdue is not in force any more, whoever keeps that */
  readonly day: string
  readonly policies: Policies
  /** those the day may change */
  readonly versions: readonly Timed[]
  readonly drafts: readonly Draft[]
}

/** What the day and the folder add to what is kept. */
interface Seen {
  readonly drafts: readonly Draft[]
  readonly at: Date
}

/** States that stand on three approvals. */
const APPROVED: ReadonlySet<AgreementState> = new Set(['approved', 'active', 'suspended'])

async function learn(pool: Pool, folder: FolderPolicies, { texts: known }: Known, found: readonly store.VersionRow[]): Promise<void> {
  const fresh = found.filter(({ hash, state }) => !known.has(hash) && state !== 'superseded')
  if (fresh.length === 0) return
  const texts = await withTexts(pool, fresh)
  const kept = Map.groupBy(
    await store.listApprovals(
      pool,
      fresh.map(({ hash }) => hash)
    ),
    ({ hash }) => hash
  )
  for (const version of texts) {
    const fault = APPROVED.has(version.row.state) ? await faultOf(version, kept.get(version.hash) ?? [], folder) : null
    // what is still being signed is read again when it is
    if (version.row.state !== 'proposed') known.set(version.hash, { agreement: version.agreement, fault })
  }
}

/** Of its signatures; and of its text, which was sound among the parties and profiles when it was signed. */
async function faultOf(version: Version, kept: readonly store.ApprovalRow[], folder: FolderPolicies): Promise<Code | null> {
  try {
    if (!isComplete(await keptWords(version, kept))) return 'approvals-missing'
    if (profileOf(folder, version.agreement) === undefined) return 'profile-mismatch'
    return isSound(version.agreement, folder) ? null : 'agreement-invalid'
  } catch (error) {
    if (error instanceof RequestError) return error.code
    throw error
  }
}

function entryOf(version: Version, state: AgreementState, { profiles }: Policies): HashedAgreement | null {
  const { agreement, hash } = version
  const profile = profileOf({ profiles }, agreement)
  return profile === undefined ? null : { agreement, hash, certificate: certificateOf(profile.profile), state }
}

/** With their texts and days. */
async function timed(pool: Pool, folder: FolderPolicies, known: Known, found: readonly store.VersionRow[]): Promise<Timed[]> {
  await learn(pool, folder, known, found)
  const read = await withTexts(
    pool,
    found.filter(({ hash, state }) => state === 'proposed' && !known.texts.has(hash))
  )
  const unread = new Map(read.map((version) => [version.hash, version.agreement]))
  const versions = found.flatMap((row): Version[] => {
    const agreement = known.texts.get(row.hash)?.agreement ?? unread.get(row.hash)
    return agreement === undefined ? [] : [{ row, hash: row.hash, agreement, fault: known.texts.get(row.hash)?.fault ?? null }]
  })
  const standing = versions.filter(({ row }) => row.state === 'active')
  const terms = await termsNow(pool, standing, folder, known.words)
  return versions.map((version) => ({ ...version, terms: terms.get(version.hash) ?? [] }))
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

/** What is overdue is not in force meanwhile either, until it is suspended for all to see. */
function stateOn({ row: { state }, terms }: Timed, at: Date): AgreementState {
  return state === 'active' && overdue(terms, dayOf(at)) !== null ? 'suspended' : state
}

async function snapshot(pool: Pool, folder: FolderPolicies, known: Known, { drafts, at }: Seen): Promise<Snapshot> {
  const epoch = await store.policyEpoch(pool)
  const found = (await store.listVersions(pool)).filter(({ origin, agreement }) => origin === 'live' || folder.agreements.has(agreement))
  const versions = await timed(pool, folder, known, found)
  const agreements = new Map(folder.agreements)
  const faults = new Map(drafts.map((draft) => [draft.agreement, draft.code]))
  for (const [id, own] of Map.groupBy(versions, ({ row }) => row.agreement)) {
    const row = speaking(own.map((version) => version.row))
    const version = own.find((candidate) => candidate.row === row)
    if (version === undefined || row === null) continue
    const { fault = null } = version
    const entry = entryOf(version, fault === null ? stateOn(version, at) : 'draft', folder)
    if (fault !== null || entry === null) faults.set(id, fault ?? 'profile-mismatch')
    if (entry === null) agreements.delete(id)
    else agreements.set(id, entry)
  }
  return {
    epoch,
    day: dayOf(at),
    policies: { ...folder, agreements },
    versions,
    drafts: [...faults].map(([agreement, code]) => ({ agreement, code }))
  }
}

/** The policies as they are now, for whoever asks once: an officer's desk. */
export async function policiesNow(pool: Pool, folder: FolderPolicies, at: Date): Promise<Policies> {
  const registry = await registryNow(pool, folder, at)
  const read = await snapshot(pool, among(folder, registry), { texts: new Map(), words: new Map() }, { drafts: [], at })
  return withStandings(read.policies, registry)
}

export interface LivePolicies {
  /** Those in force: ask each time, for they change. */
  now(): Policies
  registry(): Registry
  /** UpstreamError database-unavailable when for some seconds nobody could say whether they still are. */
  requireFresh(): void
  /** Reads them now. */
  look(): Promise<void>
  stop(): Promise<void>
}

type Standing = Pick<House, 'pool' | 'now' | 'keysOf'> & {
  readonly registry: LiveRegistry
  readonly observe: Pick<House['observe'], 'agreementNotInForce' | 'agreementAttestationDue' | 'policiesChanged' | 'stepFailed'>
}

const POLL_MS = 1000
/** With the second between two questions of a download it leaves a second of the five in which it must stop. */
const FRESH_MS = 3000

class Live {
  readonly #house: Standing
  readonly #folder: FolderPolicies
  readonly #known: Known = { texts: new Map(), words: new Map() }
  readonly #warned = new Set<string>()
  readonly #drafts: readonly Draft[]
  #snapshot: Snapshot
  #view: { readonly snapshot: Snapshot; readonly registry: Registry; readonly policies: Policies } | null = null
  #confirmed = performance.now()
  readonly #looking = new Looking(() => this.#lookOnce())
  /** Of its own where it has one: whoever waits for the pool is no reason to doubt what is in force. */
  client: PoolClient | null = null

  constructor(house: Standing, folder: FolderPolicies, drafts: readonly Draft[]) {
    this.#house = house
    this.#folder = folder
    this.#drafts = drafts
    this.#snapshot = { epoch: -1, day: '', policies: folder, versions: [], drafts: [] }
  }

  /** Made once of each snapshot and each registry. */
  now(): Policies {
    const [snapshot, registry] = [this.#snapshot, this.#house.registry.now()]
    if (this.#view?.snapshot !== snapshot || this.#view.registry !== registry)
      this.#view = { snapshot, registry, policies: withStandings(snapshot.policies, registry) }
    return this.#view.policies
  }

  requireFresh(): void {
    this.#house.registry.requireFresh()
    if (performance.now() - this.#confirmed > FRESH_MS) throw new UpstreamError('database-unavailable')
  }

  look(): Promise<void> {
    return this.#looking.start()
  }

  async #lookOnce(): Promise<void> {
    const { pool, observe, now } = this.#house
    const at = performance.now()
    if ((await store.policyEpoch(this.client ?? pool)) !== this.#snapshot.epoch || dayOf(now()) !== this.#snapshot.day) {
      const before = this.#snapshot
      // whoever signed was registered before: a side that is not known yet would make the text look broken
      await this.#house.registry.look()
      this.#snapshot = await snapshot(pool, this.#among(), this.#known, { drafts: this.#drafts, at: now() })
      for (const draft of this.#snapshot.drafts)
        if (!before.drafts.some(({ agreement, code }) => agreement === draft.agreement && code === draft.code))
          observe.agreementNotInForce(draft)
      observe.policiesChanged({ agreements: [...this.now().agreements.values()].filter(({ state }) => state === 'active').length })
    }
    this.#confirmed = at
    // raises the epoch when it changes anything, so that every replica looks again
    try {
      await keepDays(this.#house, this.#snapshot.versions)
    } finally {
      await keepAttested({ pool, now, observe, policies: this.#among(), warned: this.#warned }, this.#snapshot.versions)
    }
  }

  #among(): FolderPolicies {
    return among(this.#folder, this.#house.registry.now())
  }

  /** A look that fails is told of; the next one tries again. */
  stir(): void {
    this.look().catch((error: unknown) => this.failed(1, error))
  }

  failed(attempts: number, error: unknown): void {
    this.#house.observe.stepFailed({ kind: 'policies', target: 'agreements', code: codeOf(error), attempts, error })
  }

  still(): Promise<void> {
    return this.#looking.still()
  }
}

/** Takes over what the folder holds, reads what is in force, and keeps it so until it is stopped. */
export async function keepPolicies(house: Standing, folder: FolderPolicies): Promise<LivePolicies> {
  const registry = house.registry.now()
  const room: AgreementRoom = { ...house, registry, policies: among(folder, registry) }
  const live = new Live(house, folder, await takeOver(room, folder))
  await live.look()
  const session = await holdSession(
    house.pool,
    async (client: PoolClient) => {
      client.on('notification', () => live.stir())
      await run(client, 'LISTEN sallyport_policy')
      live.client = client
    },
    { failed: (attempts, error) => live.failed(attempts, error) }
  )
  const timer = setInterval(() => live.stir(), POLL_MS)
  return {
    now: () => live.now(),
    registry: () => house.registry.now(),
    requireFresh: () => live.requireFresh(),
    look: () => live.look(),
    stop: async () => {
      clearInterval(timer)
      live.client = null
      await live.still()
      await session.release()
    }
  }
}
