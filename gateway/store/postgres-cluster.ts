/**
 * A PostgreSQL cluster on disk: made once, whole or not at all, and found again. initdb works in a folder of its own that is
 * then renamed, so two starters cannot both win and a kill leaves nothing half made. Also reads postmaster.pid.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../core/digest.ts'
import { cannot, type Place } from './postgres-place.ts'

export const SUPERUSER = 'sallyport'

export interface Cluster {
  readonly place: Place
  readonly data: string
  readonly log: string
  readonly sockets: string
  readonly password: string
}

/** Everything a server needs of the environment; nothing of the gateway's reaches it (secrets, NODE_OPTIONS). */
export const SERVER_ENVIRONMENT: Readonly<Record<string, string>> = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

async function give(path: string, place: Place): Promise<void> {
  if (place.account !== null) await chown(path, place.account.uid, place.account.gid)
}

/** Runs initdb; its words are ours to read (it has seen no data), so they go into the operator's hint. */
async function initdb(place: Place, data: string, passwordFile: string): Promise<void> {
  const args = [`--pgdata=${data}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8']
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--data-checksums', '--no-instructions')
  const child = spawn(join(place.native, 'bin', 'initdb'), args, {
    ...place.account,
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(cannot('initdb could not be run.', error)))
    child.on('close', resolve)
  })
  if (code !== 0) throw cannot(`initdb failed: ${said.trim()}`)
}

/** `cluster/` = data/ (the account's, 0700), sockets/ (the account's, 0700), password (ours, 0600). */
async function make(place: Place, target: string): Promise<void> {
  const draft = `${target}.${randomBytes(6).toString('hex')}`
  await mkdir(draft, { mode: 0o711 })
  await chmod(draft, 0o711) // mkdir's mode is cut by the umask
  try {
    for (const name of ['data', 'sockets']) {
      await mkdir(join(draft, name), { mode: 0o700 })
      await give(join(draft, name), place)
    }
    const passwordFile = join(draft, 'password')
    await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
    await give(passwordFile, place)
    await initdb(place, join(draft, 'data'), passwordFile)
    if (place.account !== null) await chown(passwordFile, 0, 0)
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // a folder that is not empty cannot be renamed over: another starter was first, and its cluster is as good
    if (!existsSync(target)) throw error
  }
}

/** A socket address holds some 100 bytes: where the cluster lies too deep, its sockets lie in a folder of /tmp that only the account enters. */
async function socketFolder(place: Place, target: string): Promise<string> {
  const inside = join(target, 'sockets')
  if (Buffer.byteLength(inside) <= 80) return inside
  const short = `/tmp/sallyport-${sha256(target).toString('hex').slice(0, 16)}`
  const owner = place.account?.uid ?? process.getuid?.() ?? 0
  await mkdir(short, { mode: 0o700 }).then(
    () => give(short, place),
    () => undefined // it may be there from the last start: looked at below
  )
  const found = await lstat(short)
  if (!found.isDirectory() || (found.uid !== owner && found.uid !== process.getuid?.()) || (found.mode & 0o077) !== 0) {
    throw cannot('The folder for the database socket in /tmp belongs to somebody else.')
  }
  await give(short, place)
  return short
}

/** Finds the cluster of a place, making it at the first start (initdb takes seconds). */
export async function openCluster(place: Place): Promise<Cluster> {
  const target = join(place.home, 'cluster')
  if (!existsSync(join(target, 'data', 'PG_VERSION'))) await make(place, target)
  return {
    place,
    data: join(target, 'data'),
    log: join(target, 'postgres.log'),
    sockets: await socketFolder(place, target),
    password: (await readFile(join(target, 'password'), 'utf8')).trim()
  }
}

/** The postmaster that postmaster.pid names and that is alive on this folder; `stale` when the file outlived it. */
export async function postmasterOf(cluster: Cluster): Promise<{ pid: number; stale: boolean } | null> {
  const text = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => null)
  if (text === null) return null
  const pid = Number(text.split('\n')[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return null
  return { pid, stale: !(await isPostmaster(pid, cluster.data)) }
}

/** Alive, and (where /proc tells) started on this very folder: after a reboot the number may be anybody's. */
export async function isPostmaster(pid: number, data: string): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: alive, but another account's
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  return words === null || words.includes(data)
}
