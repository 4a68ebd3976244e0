/**
 * The embedded PostgreSQL server: a real one, fsync on, on a unix socket, never two on one folder. Finds a server that a killed
 * gateway left behind and takes it over, else starts one; several gateways on one folder share it and the last to stop
 * stops it. Each holds one connection with a shared advisory lock, so the server itself knows who is there.
 */
import { spawn } from 'node:child_process'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { sha256 } from '../core/digest.ts'
import { type Cluster, isPostmaster, openCluster, postmasterOf, SERVER_ENVIRONMENT, SUPERUSER } from './postgres-cluster.ts'
import { cannot, choosePlace } from './postgres-place.ts'

export interface PostgresServer {
  /** for pg, as the owner of everything: a unix socket, the password inside. A secret. */
  readonly url: string
  /** the same as a role that owns nothing: what a running gateway connects as */
  readonly gatewayUrl: string
  /** of the postmaster now running */
  readonly pid: number
  /** Close your own pools first. Stops the server unless another gateway is there. */
  stop(): Promise<void>
}

/** What becomes of the server: found = one that runs already is used; gone = it ended under us and is started again; lost = that failed. */
export type ServerState = 'started' | 'found' | 'gone' | 'lost'

export interface PostgresOptions {
  /** absolute or relative folder, made when missing; the cluster lies in it (or is named in it, see postgres-place.ts) */
  readonly dir: string
  readonly log?: (state: ServerState) => void
  /** extra server settings, for tests and small machines */
  readonly settings?: Readonly<Record<string, string>>
}

/** Advisory lock in database `postgres`: shared by every gateway that uses the server, taken alone by the one that stops it. */
const PRESENCE = 7_301_004
const DATABASE = 'sallyport'
const GATEWAY_ROLE = 'sallyport_gateway'
const PATIENCE_MS = 60_000

/** 'terse' and 'panic' keep values of rows and statements out of the server's own log. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  fsync: 'on',
  full_page_writes: 'on',
  max_connections: '200',
  shared_buffers: '64MB',
  log_error_verbosity: 'terse',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off'
}

function addressOf(cluster: Cluster, database: string, user = SUPERUSER, password = cluster.password): string {
  return `postgres://${user}:${password}@localhost/${database}?host=${encodeURIComponent(cluster.sockets)}`
}

/** The password of the role that owns nothing: it does not tell the owner's. */
function gatewayPassword(cluster: Cluster): string {
  return sha256(`${GATEWAY_ROLE} ${cluster.password}`).toString('hex')
}

interface Keeper {
  readonly client: Client
  /** settles when the connection is over, whoever ended it */
  readonly gone: Promise<void>
}

/** A connection that holds the shared lock, or null when nobody answers yet (starting, stopping, or not there). */
async function keeperOf(cluster: Cluster): Promise<Keeper | null> {
  const client = new Client({
    connectionString: addressOf(cluster, 'postgres'),
    application_name: 'sallyport keeper',
    connectionTimeoutMillis: 5_000
  })
  client.on('error', () => undefined) // 'end' follows, and that is what is watched
  const gone = new Promise<void>((done) => {
    client.once('end', () => done())
  })
  try {
    await client.connect()
    await client.query('SELECT pg_advisory_lock_shared($1)', [PRESENCE])
    return { client, gone }
  } catch (error) {
    await client.end().catch(() => undefined)
    if (error instanceof Error && 'code' in error && error.code === '28P01') {
      throw cannot('The password file of the embedded database does not fit the database.', error)
    }
    return null
  }
}

/** Starts a postmaster of its own session: Ctrl-C goes to the gateway alone, which then stops the server in order. */
async function launch(cluster: Cluster, settings: Readonly<Record<string, string>>): Promise<{ running(): boolean }> {
  const size = await stat(cluster.log).then(
    (found) => found.size,
    () => 0
  )
  const log = await open(cluster.log, size > 8 * 1024 * 1024 ? 'w' : 'a', 0o600)
  const all = { ...SETTINGS, ...settings, unix_socket_directories: cluster.sockets }
  const args = ['-D', cluster.data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const child = spawn(join(cluster.place.native, 'bin', 'postgres'), args, {
    ...cluster.place.account,
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', log.fd, log.fd]
  })
  const failed = new AbortController()
  child.on('error', () => failed.abort())
  child.unref()
  await log.close()
  return { running: () => !failed.signal.aborted && child.exitCode === null && child.signalCode === null }
}

async function lastWords(cluster: Cluster): Promise<string> {
  const text = await readFile(cluster.log, 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-3).join(' · ')
}

interface Running {
  readonly keeper: Keeper
  readonly pid: number
  readonly started: boolean
}

/**
 * Finds or starts the server. PostgreSQL itself refuses a second postmaster on a folder (postmaster.pid, and shared memory
 * that is still in use), so of two starters at once one fails and finds the other's server at its next look.
 */
async function bringUp(cluster: Cluster, settings: Readonly<Record<string, string>>, leaving: AbortSignal): Promise<Running> {
  const deadline = Date.now() + PATIENCE_MS
  const mine: { running(): boolean }[] = []
  while (Date.now() < deadline && !leaving.aborted) {
    const keeper = await keeperOf(cluster)
    const found = await postmasterOf(cluster)
    if (keeper !== null && found !== null && !found.stale) return { keeper, pid: found.pid, started: mine.length > 0 }
    await keeper?.client.end().catch(() => undefined)
    if ((found === null || found.stale) && mine.at(-1)?.running() !== true) {
      if (found?.stale === true) await forget(cluster, found.pid)
      mine.push(await launch(cluster, settings))
    }
    await pause(50)
  }
  throw cannot(`The embedded PostgreSQL did not answer within ${PATIENCE_MS / 1000} s. Its log ends: ${await lastWords(cluster)}`)
}

/** Removes a postmaster.pid whose number now belongs to another program; PostgreSQL would otherwise refuse to start for ever. */
async function forget(cluster: Cluster, pid: number): Promise<void> {
  const now = await postmasterOf(cluster)
  if (now?.pid === pid && now.stale) await rm(join(cluster.data, 'postmaster.pid'), { force: true })
}

/** 42P04, 42710, 23505: another starter made it in the same moment. */
const MADE_BY_ANOTHER = new Set<unknown>(['42P04', '42710', '23505'])

async function ensure(keeper: Client, there: string, name: string, make: string): Promise<void> {
  try {
    const { rowCount } = await keeper.query(there, [name])
    if (rowCount === 0) await keeper.query(make)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && MADE_BY_ANOTHER.has(error.code))) throw error
  }
}

async function ensureDatabase(cluster: Cluster, keeper: Client): Promise<void> {
  await ensure(keeper, 'SELECT 1 FROM pg_database WHERE datname = $1', DATABASE, `CREATE DATABASE ${DATABASE}`)
  const role = `CREATE ROLE ${GATEWAY_ROLE} LOGIN PASSWORD '${gatewayPassword(cluster)}'` // hex digits
  await ensure(keeper, 'SELECT 1 FROM pg_roles WHERE rolname = $1', GATEWAY_ROLE, role)
}

/** SIGINT is PostgreSQL's fast shutdown: clients are cut, everything is written, the folder is left clean. */
async function shutDown(cluster: Cluster): Promise<void> {
  const found = await postmasterOf(cluster)
  if (found === null || found.stale) return
  process.kill(found.pid, 'SIGINT')
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    if (!(await isPostmaster(found.pid, cluster.data))) return
    await pause(20)
  }
  throw cannot('The embedded PostgreSQL did not stop.')
}

/** The lock is given back and asked for alone: if that is granted nobody else is there, and nobody can arrive while the server goes down. */
async function leave(cluster: Cluster, keeper: Client): Promise<void> {
  try {
    await keeper.query('SELECT pg_advisory_unlock_shared($1)', [PRESENCE])
    const { rows } = await keeper.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', [PRESENCE])
    if (rows[0]?.alone === true) await shutDown(cluster)
  } finally {
    await keeper.end().catch(() => undefined)
  }
}

/** A running server for this folder. UpstreamError database-unavailable, with a hint, when there can be none. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const log = options.log ?? ((): void => undefined)
  const cluster = await openCluster(await choosePlace(resolve(options.dir)))
  const settings = options.settings ?? {}
  const leaving = new AbortController()
  let running = await bringUp(cluster, settings, leaving.signal)
  log(running.started ? 'started' : 'found')
  await ensureDatabase(cluster, running.keeper.client).catch(async (error: unknown) => {
    await running.keeper.client.end()
    throw cannot('The embedded PostgreSQL answers but takes no database.', error)
  })

  // the server was killed, or its machine ran out of memory: bring it back, as an operator would
  const watch = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      await Promise.race([running.keeper.gone, aborted(leaving.signal)])
      if (leaving.signal.aborted) return
      log('gone')
      running = await bringUp(cluster, settings, leaving.signal)
    }
  }
  const watching = watch().catch(() => log('lost'))
  return {
    url: addressOf(cluster, DATABASE),
    gatewayUrl: addressOf(cluster, DATABASE, GATEWAY_ROLE, gatewayPassword(cluster)),
    get pid() {
      return running.pid
    },
    async stop() {
      if (leaving.signal.aborted) return
      leaving.abort()
      await watching
      await leave(cluster, running.keeper.client).catch(() => undefined)
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    signal.addEventListener('abort', () => done(), { once: true })
  })
}
