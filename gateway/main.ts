/**
 * Builds the parts from configuration, starts and stops them; with worker.ts the only file that knows them all. Decides the order:
 * database, schema, policies, threads, release loop, listener; and back. Refuses to start on any fault of configuration, policy or key.
 */
import { join } from 'node:path'
import type { Pool } from 'pg'
import { keepCertificate, listenersCertificate } from './certificate.ts'
import { agreementTexts } from './config/agreement-text.ts'
import type { Config } from './config/config.ts'
import { keepingOf } from './config/log-policy.ts'
import { loadPolicies } from './config/policies.ts'
import type { Secrets } from './config/secrets.ts'
import { loadWords } from './config/words.ts'
import { type OwnedCrew, startCrew } from './crew.ts'
import { openDatabase, prepareDatabase } from './database.ts'
import { startEmergencies } from './emergencies.ts'
import { openSubmissions } from './exchange/accept.ts'
import { openAccountings } from './exchange/accounting/accountings.ts'
import { openAgreements } from './exchange/agreement/agreement-door.ts'
import { openAgreementOfficers } from './exchange/agreement/agreement-officers.ts'
import { openAudit } from './exchange/audit/audit.ts'
import { openAuditEvents } from './exchange/audit/audit-search.ts'
import type { Refusals } from './exchange/audit/refusals.ts'
import { openConsents } from './exchange/consent/submitted-consents.ts'
import { openDisputes } from './exchange/dispute/dispute.ts'
import { openExports } from './exchange/exports/exports.ts'
import type { House } from './exchange/house.ts'
import { openAccessTokens } from './exchange/identity/access-tokens.ts'
import type { Parties } from './exchange/identity/parties-door.ts'
import { requireLog } from './exchange/log/log.ts'
import { watchLog } from './exchange/log/log-room.ts'
import { keepVerified, type Verification } from './exchange/log/log-verified.ts'
import { openPublicLog, type PublicLog } from './exchange/log/public-log.ts'
import type { StopReason } from './exchange/log/runs.ts'
import { startSequencer } from './exchange/log/sequencer.ts'
import { keepPolicies, type LivePolicies } from './exchange/policy-live.ts'
import { type ReleaseLoop, startReleases } from './exchange/release.ts'
import { startFeed } from './feed.ts'
import { createApp } from './http/app.ts'
import { DEFAULT_LIMITS, type Readiness } from './http/deps.ts'
import { type RunningServer, startServer } from './http/server.ts'
import { identities } from './identities.ts'
import { joinWith, type KeyAges, type OpenedKeys, openRing, ownKeys, tellKeys, withKeys } from './keys.ts'
import { startLimits } from './limits.ts'
import { createObserver } from './observe/observer.ts'
import { submissionSpan } from './observe/span.ts'
import { type OfficersIn, officersIn } from './officers-in.ts'
import { registered, startRegistry } from './parties.ts'
import { attend } from './rounds.ts'
import type { KeyFiles, KeyRing } from './seal/keyring.ts'
import { publishedKeys } from './seal/manifest.ts'
import { Started } from './started.ts'
import { makeRooms } from './store/directory.ts'
import { ownsLog } from './store/grants.ts'
import { openPool, rows, run } from './store/pool.ts'
import type { Replica } from './store/replicas.ts'
import { holdSession } from './store/session.ts'
import { startSweeping } from './sweeping.ts'
import { startTelemetry } from './telemetry.ts'
import type { WorkerSeed } from './worker.ts'

export const VERSION = '0.1.0'
const POOL_SIZE = 12
const LOG_READERS = 3
const GRACE_SECONDS = 20

export interface Gateway {
  readonly url: string
  readonly port: number
  /** `fault`: nobody asked for it. Stands in the log. */
  stop(reason?: StopReason): Promise<void>
}

function seedOf(config: Config, secrets: Secrets, rooms: Omit<WorkerSeed, 'limits' | 'recogniser'>): WorkerSeed {
  const { recogniser, limits } = config
  return { ...rooms, limits, recogniser: recogniser === null ? null : { ...recogniser, token: secrets.recogniserToken?.reveal() ?? null } }
}

interface Parts {
  readonly pool: Pool
  readonly ring: KeyRing
  readonly house: House
  readonly officers: OfficersIn
  readonly releases: ReleaseLoop
  readonly replica: Replica
  readonly parties: (publicUrl: string) => Parties
  readonly refusals: Refusals
  readonly log: PublicLog
  readonly verification: Verification
  readonly keyAges: KeyAges
}

async function startDatabase(
  config: Config,
  secrets: Secrets,
  observe: ReturnType<typeof createObserver>,
  started: Started
): Promise<string> {
  const database = await openDatabase(config, secrets, (state) => observe.databaseChanged({ state }))
  const { url, server } = database
  if (server !== null) started.add(() => server.stop())
  observe.migrated({ migrations: (await prepareDatabase(database)).length })
  return url
}

function startThreads({ workers }: Config, seed: WorkerSeed, started: Started): OwnedCrew {
  const crew = startCrew(seed, workers)
  started.add(() => crew.stop())
  return crew
}

type Rooms = Pick<House, 'pool' | 'folder' | 'ring' | 'crew' | 'now' | 'keysOf' | 'observe'> & Pick<Parts, 'officers' | 'replica'>

/** What changes is asked each time. */
function houseOf({ limits }: Config, { live, officers, replica, ...rooms }: Rooms & { readonly live: LivePolicies }): House {
  return {
    ...rooms,
    get policies() {
      return live.now()
    },
    get registry() {
      return officers.known(live.registry())
    },
    requireFreshPolicies: () => {
      live.requireFresh()
      replica.requireAlive()
    },
    logRoom: watchLog(rooms.pool, limits.waitingEntries),
    get replica() {
      return replica.number
    },
    limits,
    traced: submissionSpan
  }
}

async function startParts(config: Config, secrets: Secrets, observe: ReturnType<typeof createObserver>, started: Started): Promise<Parts> {
  const read = loadPolicies(config.policiesDir)
  const own = ownKeys(config, secrets)
  const folder = join(config.dataDir, 'files')
  await makeRooms(folder)
  const url = await startDatabase(config, secrets, observe, started)
  const { pool, files, ring } = await openRecorded(url, { folder, own: own.files, observe }, started)
  const replica = await joinWith(ring, pool, observe)
  started.add(() => replica.release())
  const crew = startThreads(config, seedOf(config, secrets, { databaseUrl: url, folder, keys: files, parties: read.parties }), started)
  const now = (): Date => new Date()
  const { registry, keysOf } = await startRegistry(config, { pool, now, observe }, read, started)
  const live = await keepPolicies({ pool, now, keysOf, observe, registry }, read)
  started.add(() => live.stop())
  const officers = officersIn(config, secrets, observe)
  const house = houseOf(config, { pool, folder, ring, live, officers, crew, replica, now, keysOf, observe })
  return {
    ...(await startWork(house, config, started)),
    pool,
    ring,
    house,
    officers,
    replica,
    keyAges: await tellKeys(pool, ring, own, observe),
    parties: registered(house, read, config, observe),
    log: publicLog(url, started),
    verification: keepVerified(house)
  }
}

/** The pool of a database that the keys fit, and whose log fits the folder's. */
async function openRecorded(
  url: string,
  { folder, own, observe }: Pick<House, 'folder'> & { readonly own: KeyFiles; readonly observe: ReturnType<typeof createObserver> },
  started: Started
): Promise<OpenedKeys & Pick<Parts, 'pool'>> {
  const pool = openPool(url, POOL_SIZE)
  started.add(() => pool.end())
  const keys = await openRing(pool, own)
  await requireLog({ pool, folder, ring: keys.ring })
  if (await ownsLog(pool)) observe.logOwned({})
  return { pool, ...keys }
}

/** What a gateway does by itself, once it has said that it is here. */
async function startWork(house: House, config: Config, started: Started): Promise<Pick<Parts, 'releases' | 'refusals'>> {
  const attendance = await attend(house, VERSION)
  started.add((reason) => attendance.stop(reason))
  const releases = startReleases(house, config.checkpointSeconds * 1000)
  started.add(() => releases.stop())
  const sequencer = startSequencer(house, config.checkpointSeconds * 1000, () => releases.covered())
  started.add(() => sequencer.stop())
  return { releases, refusals: attendance.refusals }
}

/** On connections of its own: whoever reads the open log keeps no release waiting. */
function publicLog(url: string, started: Started): PublicLog {
  const readers = openPool(url, LOG_READERS)
  started.add(() => readers.end())
  return openPublicLog(readers)
}

/** Wakes the release loop when any replica adds work. While the session is lost, the loop looks every second. */
async function listen(pool: Pool, releases: ReleaseLoop, started: Started): Promise<void> {
  const session = await holdSession(pool, async (client) => {
    client.on('notification', () => releases.wake())
    await run(client, 'LISTEN sallyport_work')
  })
  started.add(() => session.release())
}

async function readiness({ pool, replica, verification, keyAges }: Parts): Promise<Readiness> {
  const database = await rows(pool, 'SELECT 1').then(
    () => true,
    () => false
  )
  // work goes on over a log that was not verified lately; whoever watches the gateway is told
  const checks = { database, replica: replica.alive(), verified: !verification.overdue() }
  return withKeys({ ok: checks.database && checks.replica, checks }, keyAges)
}

async function startListener(
  config: Config,
  parts: Parts,
  observe: ReturnType<typeof createObserver>,
  started: Started
): Promise<RunningServer> {
  const { ring, house } = parts
  const limits = { ...DEFAULT_LIMITS, ...config.limits, stallSeconds: config.stallSeconds }
  const bounds = await startLimits(house, limits, started)
  const emergencies = startEmergencies(house, observe, started)
  const tls = listenersCertificate(config)
  const server = await startServer({ host: config.listenHost, port: config.port, publicUrl: config.publicUrl, tls, limits }, (publicUrl) =>
    createApp({
      submissions: openSubmissions(house),
      exports: openExports(house),
      consents: openConsents(house),
      agreements: openAgreements(house),
      agreementOfficers: openAgreementOfficers(
        house,
        agreementTexts(() => house.policies),
        loadWords
      ),
      auditEvents: openAuditEvents(house),
      disputes: openDisputes(house),
      parties: parts.parties(publicUrl),
      accountings: openAccountings(house),
      identities: identities(house, publicUrl, config.officers),
      sessions: parts.officers.open(house, publicUrl),
      accessTokens: openAccessTokens(house),
      audit: openAudit(house, parts.refusals),
      observe,
      limits,
      ...bounds,
      emergencies,
      publicUrl,
      version: VERSION,
      now: Date.now,
      ready: () => readiness(parts),
      publicKeys: () => publishedKeys(ring),
      log: parts.log,
      logRoom: house.logRoom
    })
  )
  started.add(keepCertificate(config.tls, tls, server, observe).stop)
  return server
}

/** Starts a gateway and resolves when it listens. Whatever fails on the way stops what was started before it. */
export async function startGateway(config: Config, secrets: Secrets): Promise<Gateway> {
  const observe = createObserver({ level: config.logLevel })
  const telemetry = await startTelemetry({ endpoint: config.otlpEndpoint })
  const started = new Started()
  started.add(() => telemetry.stop())
  try {
    const parts = await startParts(config, secrets, observe, started)
    const keeping = keepingOf(parts.house.policies.log)
    await listen(parts.pool, parts.releases, started)
    started.add(startFeed(config, parts.house, VERSION, observe).stop)
    const server = await startListener(config, parts, observe, started)
    parts.officers.tell(server.publicUrl, parts.house.now())
    const sweeping = startSweeping(parts, keeping, observe)
    observe.started({ port: server.port, workers: config.workers, version: VERSION, replica: parts.replica.number })
    return {
      url: server.publicUrl,
      port: server.port,
      stop: async (reason = 'asked') => {
        const at = performance.now()
        observe.stopping({})
        sweeping.stop()
        await server.stop(GRACE_SECONDS)
        await started.stop(reason)
        observe.stopped({ seconds: (performance.now() - at) / 1000 })
      }
    }
  } catch (error) {
    await started.stop('fault')
    throw error
  }
}
