/**
 * A gateway from its doors inward, without HTTP, at a moment that the test chooses: real database, files, worker threads and policies of a site. For
 * what depends on the day, which a running program cannot be told.
 */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { loadPolicies } from '../../gateway/config/policies.ts'
import { canonicalJson, type Json } from '../../gateway/core/digest.ts'
import { type OwnedCrew, startCrew } from '../../gateway/crew.ts'
import { openSubmissions } from '../../gateway/exchange/accept.ts'
import type { Caller, Exports, Submissions } from '../../gateway/exchange/doors.ts'
import { openExports } from '../../gateway/exchange/exports/exports.ts'
import type { House, Observe } from '../../gateway/exchange/house.ts'
import { keepRegistry } from '../../gateway/exchange/identity/registry-live.ts'
import { watchLog } from '../../gateway/exchange/log/log-room.ts'
import { startSequencer } from '../../gateway/exchange/log/sequencer.ts'
import { keepPolicies, type LivePolicies } from '../../gateway/exchange/policy-live.ts'
import { startReleases } from '../../gateway/exchange/release.ts'
import { openRing } from '../../gateway/keys.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import type { KeyRing } from '../../gateway/seal/keyring.ts'
import { readKeyFiles } from '../../gateway/seal/keysource.ts'
import { makeRooms } from '../../gateway/store/directory.ts'
import { keepPolicy } from '../../gateway/store/policies.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { joinReplicas, type Replica } from '../../gateway/store/replicas.ts'
import { makeSite, type Site } from './gateway.ts'
import { asDraft } from './house.ts'
import { useDatabase } from './postgres.ts'

export const AS_HOSPITAL: Caller = { party: 'demo-hospital', role: 'hospital', scopes: ['system/*.cu'] }
export const AS_INSURER: Caller = { party: 'demo-insurer', role: 'insurer', scopes: ['system/*.rs'] }

const LIMITS = { recordBytes: 1 << 20, bundleBytes: 1 << 24, depth: 64, expansion: 100, uploadBytes: 1 << 28 }

/** What became of the records of one submission under its first agreement. */
export interface Ended {
  readonly state: string
  readonly dataset: string
  readonly released: number
  readonly withheld: Readonly<Record<string, number>>
}

const ENDED: ReadonlySet<string> = new Set(['ready', 'refused', 'held', 'empty'])

export interface Inside {
  readonly submissions: Submissions
  readonly exports: Exports
  readonly pool: Pool
  readonly ring: KeyRing
  /** Sets the clock of the gateway, which then goes on from there. */
  setClock(at: Date): void
  /** Reads the policies anew, as a restart does. */
  readPolicies(): Promise<void>
  /** Opens, uploads one file and closes under an agreement; the id of the submission. */
  send(agreement: string, text: string): Promise<string>
  /** The first disclosure of a submission of the hospital's once it has ended; null before. */
  ended(submission: string): Promise<Ended | null>
  /** Runs the release loop until `ended` answers something; `after` is told of each step that was done. */
  release<T>(ended: () => Promise<T | null>, after?: (kind: string) => void): Promise<T>
  stop(): Promise<void>
}

interface Stands {
  readonly pool: Pool
  readonly crew: OwnedCrew
  readonly replica: Replica
  readonly folder: string
  readonly policies: () => LivePolicies
  readonly now: () => Date
  readonly observe: Observe
  readonly ring: KeyRing
}

function houseOn(stands: Stands): House {
  const { pool, folder, ring, crew, now, observe, replica } = stands
  return {
    pool,
    folder,
    ring,
    crew,
    now,
    observe,
    logRoom: watchLog(pool, 20_000),
    limits: LIMITS,
    replica: replica.number,
    get policies() {
      return stands.policies().now()
    },
    get registry() {
      return stands.policies().registry()
    },
    requireFreshPolicies: () => undefined,
    keysOf: async (party) => stands.policies().now().parties.get(party)?.jwks ?? null,
    traced: (_submission, _name, _attributes, work) => work()
  }
}

async function keptPolicies(site: Site, pool: Pool, now: () => Date, observe: Observe): Promise<LivePolicies> {
  const policies = loadPolicies(site.env['SALLYPORT_POLICIES_DIR'] ?? '')
  for (const { profile, hash } of policies.profiles.values())
    await keepPolicy(pool, { hash, kind: 'profile', body: canonicalJson(profile as unknown as Json) })
  const registry = await keepRegistry({ pool, now, observe }, policies)
  const live = await keepPolicies(
    { pool, now, observe, registry, keysOf: async (party) => policies.parties.get(party)?.jwks ?? null },
    policies
  )
  return {
    ...live,
    stop: async () => {
      await live.stop()
      await registry.stop()
    }
  }
}

export async function openInside(site: Site, databaseUrl: string): Promise<Inside> {
  const folder = join(site.folder, 'files')
  await makeRooms(folder)
  const pool = openPool(databaseUrl, 6)
  const { files: keys, ring } = await openRing(pool, readKeyFiles(site.env['SALLYPORT_KEYS_DIR'] ?? ''))
  const clock = { ahead: 0 }
  const now = (): Date => new Date(Date.now() + clock.ahead)
  const silent = createObserver({ level: 'silent' })
  const kept = { policies: await keptPolicies(site, pool, now, silent), after: (_kind: string): void => undefined }
  const replica = await joinReplicas(pool)
  const crew = startCrew({ databaseUrl, folder, keys, parties: kept.policies.now().parties, limits: LIMITS, recogniser: null }, 1)
  const observe: Observe = { ...silent, stepDone: ({ kind }) => kept.after(kind) }
  const house = houseOn({
    pool,
    crew,
    replica,
    folder,
    observe,
    ring,
    policies: () => kept.policies,
    now
  })
  const submissions = openSubmissions(house)
  return {
    pool,
    ring,
    submissions,
    exports: openExports(house),
    setClock: (at) => {
      clock.ahead = at.getTime() - Date.now()
    },
    readPolicies: async () => {
      await kept.policies.stop()
      kept.policies = await keptPolicies(site, pool, now, silent)
    },
    send: async (agreement, text) => {
      const { id } = await submissions.open(AS_HOSPITAL, agreement, null)
      await submissions.upload(AS_HOSPITAL, id, {
        name: 'data.ndjson',
        body: Readable.from([Buffer.from(text)]),
        gzip: false,
        idempotencyKey: null
      })
      await submissions.close(AS_HOSPITAL, id)
      return id
    },
    ended: async (submission) => {
      const [disclosure] = (await submissions.view(AS_HOSPITAL, submission)).agreements
      if (disclosure === undefined || !ENDED.has(disclosure.state)) return null
      const { state, dataset, released = 0, withheld = {} } = disclosure
      return { state, dataset, released, withheld }
    },
    release: async (ended, after = () => undefined) => {
      kept.after = after
      const loop = startReleases(house, 100)
      const sequencer = startSequencer(house, 100, () => loop.covered())
      try {
        for (let answer = await ended(); ; answer = await ended()) {
          if (answer !== null) return answer
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      } finally {
        await sequencer.stop()
        await loop.stop()
        kept.after = () => undefined
      }
    },
    stop: async () => {
      await kept.policies.stop()
      await crew.stop()
      await replica.release()
      await pool.end()
    }
  }
}

/** One for a whole file: on a site whose shipped agreements stand aside and that `furnish` gives others. */
export function useInside(furnish: (site: Site) => void): () => { readonly site: Site; readonly inside: Inside; readonly url: string } {
  const database = useDatabase()
  const kept: { site: Site | null; inside: Inside | null } = { site: null, inside: null }
  before(async () => {
    const site = makeSite(database(), { 'demo-transport-only': null })
    kept.site = site
    asDraft(site, 'demo-safe-harbor')
    furnish(site)
    kept.inside = await openInside(site, database().url)
  })
  after(async () => {
    await kept.inside?.stop()
    kept.site?.remove()
  })
  return () => {
    const { site, inside } = kept
    if (site === null || inside === null) throw new Error('it is there inside tests and hooks only')
    return { site, inside, url: database().url }
  }
}
