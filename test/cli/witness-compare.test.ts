/** `sallyport witness --compare`: a log that shows each its own history is found when those who saw it lay their checkpoints side by side. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseConsistency } from '../../gateway/core/log/consistency.ts'
import { parseVkey } from '../../gateway/seal/note.ts'
import { checkCheckpoint } from '../../gateway/seal/verify/proof.ts'
import { type Ran, sallyport } from '../support/command.ts'
import { newLogKey, TestLog } from '../support/log.ts'
import { type LogServer, serveLog } from '../support/log-server.ts'

interface Told {
  readonly source: string
  readonly note: string
  readonly size: string
}

describe('sallyport witness --compare', function () {
  this.timeout(60_000)
  let log: TestLog
  let fork: TestLog
  let server: LogServer
  let folder = ''
  beforeEach(async () => {
    log = new TestLog().grow(9)
    fork = log.fork(5).grow(4, 'other')
    server = await serveLog(log)
    folder = mkdtempSync(join(tmpdir(), 'compare-'))
  })
  afterEach(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function file(name: string, content: string | Buffer): string {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  const compare = (...words: readonly string[]): Promise<Ran> => sallyport(['witness', '--key', log.key.vkey, '--compare', ...words])

  /** A folder as a witness leaves it that followed this log and saw these sizes. */
  async function followed(name: string, of: TestLog, ...sizes: readonly number[]): Promise<string> {
    const state = join(folder, name)
    for (const size of sizes) {
      server.instead = (path, answer) => {
        if (path !== '/log/checkpoint') return false
        answer.end(of.checkpoint(size))
        return true
      }
      server.log = of
      const ran = await sallyport(['witness', '--once', '--url', server.url, '--key', of.key.vkey, '--state', state])
      expect([ran.code, ran.err]).to.deep.equal([0, ''])
    }
    server.instead = () => false
    server.log = log
    return state
  }

  it('two witnesses on two forks, each content: 4, log-forked, with both signed notes; of one size without any gateway', async () => {
    const [one, other] = [await followed('one', log, 3, 9), await followed('other', fork, 4, 9)]
    const { code, out, err } = await compare(one, other)
    expect([code, err.includes('[log-forked]')]).to.deep.equal([4, true])
    expect(out).to.match(/^FORK: /)
    for (const note of [log.checkpoint(), fork.checkpoint()]) expect(out).to.include(note)
    const told = JSON.parse((await compare(one, other, '--json')).out) as { state: string; code: string; one: Told; other: Told }
    expect([told.state, told.code, told.one.source, told.other.source]).to.deep.equal(['alarm', 'log-forked', one, other])
    const verifier = parseVkey(log.key.vkey)
    for (const { note, size } of [told.one, told.other])
      expect([checkCheckpoint(note, verifier === null ? [] : [verifier]).ok, size]).to.deep.equal([true, '9'])
  })

  it('forks of different sizes are told by a gateway, whichever of them it shows; the proof that does not hold is printed', async () => {
    fork.grow(3, 'other')
    const [one, other] = [await followed('one', log, 9), file('other.txt', fork.checkpoint())]
    for (const shown of [log.grow(6), fork]) {
      server.log = shown
      const { code, out } = await compare(one, other, server.url, '--json')
      const told = JSON.parse(out) as { code: string; proof: string }
      expect([code, told.code]).to.deep.equal([4, 'log-forked'])
      expect(parseConsistency(told.proof)).not.to.equal(null)
    }
  })

  it('files, folders, a receiver’s folder and gateways that saw one log agree: 0, with the size each saw', async () => {
    mkdirSync(join(folder, 'received', '.sallyport'), { recursive: true })
    await followed(join('received', '.sallyport', 'log'), log, 2, 7)
    const words = [await followed('one', log, 3, 9), join(folder, 'received'), file('note.txt', log.checkpoint(5)), server.url]
    log.grow(4)
    const { code, out, err } = await compare(...words)
    expect([code, err]).to.deep.equal([0, ''])
    const at = (n: number): string => words[n] ?? ''
    expect(out).to.equal(
      `agree: these show one log\n  9 entries: ${at(0)}\n  7 entries: ${at(1)}\n  5 entries: ${at(2)}\n  13 entries: ${at(3)}\n`
    )
    const kept = join(at(0), 'checkpoints.json')
    expect((await compare(kept, '--url', server.url, '--state', at(0))).code, 'the file alone; --url and --state count').to.equal(0)
    expect((await compare(file('a', log.checkpoint()), file('b', log.checkpoint()))).code, 'one size, no gateway').to.equal(0)
  })

  it('what nobody proves is not agreed to: other sizes without a gateway 1; a gateway that shows less, or proves nothing, 4', async () => {
    const [old, young] = [file('old', log.checkpoint(4)), file('young', log.checkpoint(9))]
    const alone = await compare(old, young)
    expect([alone.code, alone.out, alone.err.includes('their newest sizes differ (4, 9)')]).to.deep.equal([1, '', true])
    server.log = log.fork(8)
    const shorter = await compare(old, young, server.url)
    expect([shorter.code, shorter.err.includes('[log-rolled-back]'), shorter.out.includes('ROLLED BACK')]).to.deep.equal([4, true, true])
    server.log = log
    server.instead = (path, answer) => {
      if (!path.includes('consistency')) return false
      answer.writeHead(404).end()
      return true
    }
    const silent = await compare(old, young, server.url)
    expect([silent.code, silent.err.includes('[log-unproved]')]).to.deep.equal([4, true])
  })

  it('an alarm goes to the alarm command with both notes', async () => {
    const heard = join(folder, 'heard')
    const ran = await compare(file('a', log.checkpoint()), file('b', fork.checkpoint()), '--alarm-command', `cat > ${heard}`)
    expect(ran.code).to.equal(4)
    const said = JSON.parse(readFileSync(heard, 'utf8')) as { code: string; one: Told; other: Told }
    expect([said.code, said.one.note, said.other.note]).to.deep.equal(['log-forked', log.checkpoint(), fork.checkpoint()])
  })

  it('hostile and strange files are named and end it with 1, without a word of their own', async () => {
    const note = log.checkpoint()
    const kept = (notes: readonly unknown[]): string =>
      JSON.stringify({ v: 1, proofs: 'offered', checkpoints: notes.map((one) => ({ note: one, at: 'x' })) })
    const strange: readonly (readonly [content: string | Buffer, says: string])[] = [
      ['', 'format'],
      ['\u001b[2Jevil', 'format'],
      [note.replaceAll('\n', '\r\n'), 'format'],
      [`${note}\u2014 x AAAA\n`.repeat(70), 'format'],
      [Buffer.alloc(5 << 20, 'x'), 'larger than'],
      [Buffer.alloc(1000, 0xff), 'format'],
      ['{'.repeat(1 << 20), 'no checkpoint is kept'],
      [`{"v":1,"checkpoints":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'no checkpoint is kept'],
      ['{"__proto__":{"v":1,"proofs":"offered","checkpoints":[]}}', 'no checkpoint is kept'],
      [kept([]), 'no checkpoint is kept'],
      [kept([7]), 'no checkpoint is kept'],
      [kept(['\u001b[2Jevil']), 'format'],
      [kept(Array(513).fill(note)), 'more checkpoints'],
      [note.replace('\n9\n', '\n8\n'), 'signature'],
      [new TestLog(newLogKey('demo.example/log')).grow(9).checkpoint(), 'signature'],
      [new TestLog(newLogKey('other.example/log')).grow(9).checkpoint(), 'origin']
    ]
    const good = file('good', note)
    for (const [at, [content, says]] of strange.entries()) {
      const { code, out, err } = await compare(good, file(`strange-${at}`, content))
      expect([code, out, err.includes(`strange-${at}: `), err.includes(says)], `${at}: ${err}`).to.deep.equal([1, '', true, true])
      expect(err).not.to.match(/evil|internal/)
    }
    expect((await compare(good, folder)).code, 'a folder that keeps none').to.equal(1)
    expect((await compare(good, '/dev/zero')).code, 'no file').to.equal(1)
  })

  it('wrong usage ends with 2: one alone, a file that is not there, no key; a gateway that cannot be reached with 75', async () => {
    const good = file('good', log.checkpoint())
    expect((await compare(good)).code).to.equal(2)
    expect((await compare(good, join(folder, 'not-there'))).code).to.equal(2)
    expect((await sallyport(['witness', '--compare', good, good])).code).to.equal(2)
    const foreign = await compare(good, 'http://gateway.example.org')
    expect([foreign.code, foreign.err.includes('--compare: must be https://')]).to.deep.equal([2, true])
    const bare = await sallyport(['witness', '--key', log.key.vkey])
    expect([bare.code, bare.err.includes('--url: must be named')]).to.deep.equal([2, true])
    await server.stop()
    expect((await compare(good, server.url)).code).to.equal(75)
    server = await serveLog(log)
  })
})
