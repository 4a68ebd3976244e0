/** `sallyport witness`: what it keeps, when it alarms, what it ends with; over real HTTP, against an honest log and hostile ones. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type Ran, sallyport } from '../support/command.ts'
import { until } from '../support/gateway.ts'
import { newLogKey, TestLog } from '../support/log.ts'
import { type LogServer, serveLog } from '../support/log-server.ts'

const CLI = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))

interface Kept {
  readonly proofs: string
  readonly checkpoints: readonly { readonly note: string; readonly at: string }[]
}

describe('sallyport witness', function () {
  this.timeout(60_000)
  let server: LogServer
  let log: TestLog
  let folder = ''
  beforeEach(async () => {
    log = new TestLog().grow(5)
    server = await serveLog(log)
    folder = mkdtempSync(join(tmpdir(), 'witness-'))
  })
  afterEach(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const state = (): string => join(folder, 'state')
  const words = (...more: readonly string[]): string[] => [
    'witness',
    '--url',
    server.url,
    '--key',
    log.key.vkey,
    '--state',
    state(),
    ...more
  ]
  const once = (...more: readonly string[]): Promise<Ran> => sallyport(words('--once', ...more))
  const kept = (): Kept => JSON.parse(readFileSync(join(state(), 'checkpoints.json'), 'utf8')) as Kept
  const sizes = (): string[] => kept().checkpoints.map(({ note }) => note.split('\n')[1] ?? '')
  const evidence = (): string[] => readdirSync(state()).filter((name) => name.startsWith('alarm-'))

  /** Exit code, the code in brackets, sizes kept. */
  async function looked(...more: readonly string[]): Promise<readonly [number, string, readonly string[]]> {
    const { code, err } = await once(...more)
    return [code, /\[([a-z-]+)\]/.exec(err)?.[1] ?? err, sizes()]
  }

  it('keeps each checkpoint that continues the last, readable by its owner alone, and says so in words or JSON', async () => {
    const first = await once()
    expect([first.code, first.err]).to.deep.equal([0, ''])
    expect(first.out).to.match(/ the log has 5 entries: first seen\n$/)
    expect(statSync(join(state(), 'checkpoints.json')).mode & 0o777).to.equal(0o600)
    log.grow(7)
    expect((await once()).out).to.match(/ the log has 12 entries: grown from 5, and continues it\n$/)
    const same = JSON.parse((await once('--json')).out) as Record<string, string>
    expect([same['state'], same['size'], same['root']]).to.deep.equal(['same', '12', log.root().toString('base64')])
    expect(sizes()).to.deep.equal(['5', '12'])
    expect(server.asked.filter((path) => path.includes('consistency'))).to.deep.equal([
      '/log/proof/consistency?from=5&to=5',
      '/log/proof/consistency?from=5&to=12'
    ])
    expect(readdirSync(state())).to.deep.equal(['checkpoints.json'])
  })

  it('a fork, of the same size or a larger one: 4, log-forked, the evidence beside, and what was kept stays', async () => {
    await once()
    const fork = log.fork(3)
    for (const size of [5, 9]) {
      server.log = fork.grow(size - fork.size, 'other')
      expect(await looked()).to.deep.equal([4, 'log-forked', ['5']])
    }
    const [name = ''] = evidence()
    expect(evidence()).to.have.length(2)
    const found = JSON.parse(readFileSync(join(state(), name), 'utf8')) as Record<string, string>
    expect([found['alarm'], found['kept']]).to.deep.equal(['log-forked', log.checkpoint()])
    server.log = log
    expect(await looked()).to.deep.equal([0, '', ['5']])
  })

  it('a rollback, and a log that is gone: 4, log-rolled-back, after looking again', async () => {
    await once()
    server.log = log.fork(4)
    expect(await looked()).to.deep.equal([4, 'log-rolled-back', ['5']])
    server.log = null
    expect(await looked()).to.deep.equal([4, 'log-rolled-back', ['5']])
    let shown = 0
    server.log = log
    server.instead = (path, answer) => {
      if (path !== '/log/checkpoint' || shown++ > 0) return false
      answer.end(log.checkpoint(4)) // of a gateway beside, a moment behind
      return true
    }
    expect(await looked()).to.deep.equal([0, '', ['5']])
  })

  it('another key, another log, or pins that no longer hold what was kept: 4, log-foreign', async () => {
    await once()
    server.log = new TestLog(newLogKey('demo.example/log')).grow(9)
    expect(await looked()).to.deep.equal([4, 'log-foreign', ['5']])
    server.log = new TestLog(newLogKey('other.example/log')).grow(9)
    expect(await looked()).to.deep.equal([4, 'log-foreign', ['5']])
    const other = newLogKey('demo.example/log')
    const { code, err } = await sallyport(words('--once').with(4, other.vkey))
    expect([code, err.includes('[log-foreign]')]).to.deep.equal([4, true])
  })

  it('a gateway that offers no proofs is held to sizes, and that is said; one that did offer them must go on: log-unproved', async () => {
    const without = (path: string, answer: ServerResponse): boolean => {
      if (!path.includes('consistency')) return false
      answer.writeHead(404).end()
      return true
    }
    server.instead = without
    await once()
    log.grow(1)
    const { code, err } = await once()
    expect([code, sizes()]).to.deep.equal([0, ['5', '6']])
    expect(err).to.equal(
      'sallyport: the gateway offers no consistency proofs: only sizes and equal roots of its checkpoints were compared\n'
    )
    server.instead = () => false
    await once()
    expect(kept().proofs).to.equal('offered')
    server.instead = without
    log.grow(1)
    expect(await looked()).to.deep.equal([4, 'log-unproved', ['5', '6']])
  })

  it('hostile answers end it and change nothing: pages, long bodies, false proofs, redirects, binary', async () => {
    await once()
    log.grow(1)
    const bodies: readonly (readonly [path: string, status: number, body: string | Buffer, code: number])[] = [
      ['/log/checkpoint', 200, '<html>sign in</html>', 1],
      ['/log/checkpoint', 200, '', 1],
      ['/log/checkpoint', 200, Buffer.alloc(10 << 20, 'x'), 1],
      ['/log/checkpoint', 200, log.checkpoint().replaceAll('\n', '\r\n'), 1],
      ['/log/checkpoint', 200, `${log.checkpoint()}x`, 1],
      ['/log/checkpoint', 302, '', 1],
      ['/log/checkpoint', 500, 'x', 1],
      ['/log/proof', 200, '', 4],
      ['/log/proof', 200, 'AAAA\n', 4],
      ['/log/proof', 200, `${log.root().toString('base64')}\n`.repeat(66), 4],
      ['/log/proof', 200, Buffer.alloc(1000, 0xff), 4],
      ['/log/proof', 200, Buffer.alloc(10 << 20, 'A'), 1]
    ]
    for (const [start, status, body, code] of bodies) {
      server.instead = (path, answer) => {
        if (!path.startsWith(start)) return false
        answer.writeHead(status, { location: `${server.url}/elsewhere` }).end(body)
        return true
      }
      const ran = await once()
      expect([ran.code, sizes()], `${start} ${status} ${body.toString('latin1', 0, 20)}: ${ran.err}`).to.deep.equal([code, ['5']])
    }
    expect(server.asked).not.to.include('/elsewhere')
  })

  it('a log that does not grow for --stale hours: 4, log-stale, to the alarm command too', async () => {
    await once()
    const [only] = kept().checkpoints
    writeFileSync(
      join(state(), 'checkpoints.json'),
      JSON.stringify({ ...kept(), v: 1, checkpoints: [{ note: only?.note, at: '2026-01-01T00:00:00.000Z' }] })
    )
    const heard = join(folder, 'heard')
    const { code, err } = await once('--stale', '1', '--alarm-command', `cat > ${heard}`)
    expect([code, err.includes('[log-stale]')]).to.deep.equal([4, true])
    const said = JSON.parse(readFileSync(heard, 'utf8')) as Record<string, string>
    expect([said['code'], said['size'], said['since'], said['url']]).to.deep.equal([
      'log-stale',
      '5',
      '2026-01-01T00:00:00.000Z',
      server.url
    ])
    log.grow(1)
    expect(await looked('--stale', '1')).to.deep.equal([0, '', ['5', '6']])
  })

  it('follows until SIGTERM, over a gateway that goes away and comes back; one at a time in a folder; killed, it goes on where it was', async () => {
    const start = () =>
      spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...words('--interval', '1')], {
        stdio: ['ignore', 'pipe', 'pipe']
      })
    const one = start()
    let out = ''
    one.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    await until(async () => (out.includes('5 entries: first seen') ? true : null), 20)
    const second = await once()
    expect([second.code, second.err.includes('another program works in this folder')]).to.deep.equal([1, true])
    server.instead = (_path, answer) => {
      answer.destroy()
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 1500))
    server.instead = (_path, answer) => {
      answer.end('<html>sign in</html>')
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 1500))
    server.instead = () => false
    log.grow(3)
    await until(async () => (out.includes('8 entries: grown from 5') ? true : null), 30)
    const killed = new Promise((resolve) => one.on('close', resolve))
    one.kill('SIGKILL')
    await killed
    log.grow(1)
    const two = start()
    let said = ''
    two.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await until(async () => (said.includes('9 entries: grown from 8') ? true : null), 20)
    let hanging = false
    server.instead = () => (hanging = true) // and never an answer
    await until(async () => (hanging ? true : null), 20)
    const stopped = new Promise((resolve) => two.on('close', resolve))
    two.kill('SIGTERM')
    expect(await stopped).to.equal(0)
    expect(readdirSync(state())).to.deep.equal(['checkpoints.json'])
  })

  it('wrong usage ends with 2, a gateway that cannot be reached with 75, a state file of another kind with 1', async () => {
    expect((await sallyport(['witness'])).code).to.equal(2)
    expect((await once('--interval', '0')).code).to.equal(2)
    const strange = await sallyport(words('--once').with(4, 'no-such-file'))
    expect([strange.code, strange.err.includes('--key: must be')]).to.deep.equal([2, true])
    await server.stop()
    expect((await once()).code).to.equal(75)
    server = await serveLog(log)
    writeFileSync(join(state(), 'checkpoints.json'), '{"v":1}')
    const altered = await once()
    expect([altered.code, altered.err.includes('checkpoints.json is not what this command left there')]).to.deep.equal([1, true])
  })
})
