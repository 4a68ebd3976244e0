import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Ran } from '../support/command.ts'

const CLI = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))

function run(input: string | Buffer, ...words: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, 'scrub', ...words])
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }))
    child.stdin.end(input)
  })
}

describe('sallyport scrub', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('scrubs one text a line, and counts by class what it found', async () => {
    const { code, out, err } = await run('Seen by Dr. Quillfeather on 3/14/2021.\n\nNothing here')
    expect(code).to.equal(0)
    expect(out).to.equal('Seen by [NAME] on [DATE].\n\nNothing here\n')
    expect(err)
      .to.match(/read {6}3 lines/)
      .and.to.match(/NAME +1 +\(A\)/)
      .and.not.to.contain('Quillfeather')
  })

  it('scrubs one member of a JSON object a line; a line that is none is counted by its number, and not written', async () => {
    const { code, out, err } = await run(
      '{"id":1,"note":"Dr. Quillfeather\\u2028came"}\nDr. Quillfeather\n{"note":7}\n{"id":2}\n',
      '--ndjson',
      'note'
    )
    expect(code).to.equal(1)
    expect(out.split('\n')).to.deep.equal([JSON.stringify({ id: 1, note: '[NAME]\u2028came' }), '{"id":2}', ''])
    expect(err).to.contain('rejected  2, not written: line 2: not-json, line 3: member-is-no-text').and.not.to.contain('Quillfeather')
  })

  it('empty lines, line ends, other members and the text of numbers stay as they were', async () => {
    expect((await run('Dr. Quillfeather\r\n\r\n\nplain\r\n')).out).to.equal('[NAME]\r\n\r\n\nplain\r\n')
    const line = '{"n":12345678901234567890,"note":"Dr. Quillfeather","d":1.10,"__proto__":"x"}'
    expect((await run(`\ufeff${line}\r\n\n`, '--ndjson', 'note')).out).to.equal(`${line.replace('Dr. Quillfeather', '[NAME]')}\r\n\n`)
  })

  it('bytes that are no UTF-8, and a line longer than 16 MiB, are not written; the rest goes on', async () => {
    const bad = Buffer.concat([Buffer.from('one\nDr. Quillf\xe9ather\n', 'latin1'), Buffer.alloc(17 << 20, 'a'), Buffer.from('\nlast\n')])
    const { code, out, err } = await run(bad)
    expect(code).to.equal(1)
    expect(out).to.equal('one\nlast\n')
    expect(err).to.contain('line 2: not-utf8, line 3: too-long')
  })

  it('fails where no line has the member: a name mistyped must not pass for work done', async () => {
    const { code, err } = await run('{"note":"Dr. Quillfeather"}\n', '--ndjson', 'nota')
    expect(code).to.equal(1)
    expect(err).to.contain('nothing was searched').and.not.to.contain('nota')
  })

  it('a reader that stops early is no failure, and leaves no half of a report', async () => {
    const report = join(folder, 'cut.ndjson')
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, 'scrub', '--report', report])
    child.stdin.on('error', () => undefined)
    child.stdout.once('data', () => child.stdout.destroy())
    child.stdin.write('Seen by Dr. Quillfeather.\n'.repeat(200_000))
    expect(await new Promise((resolve) => child.once('close', resolve))).to.equal(0)
    expect(readdirSync(folder).filter((name) => name.startsWith('cut'))).to.deep.equal([])
  })

  it('finds what is known of the people in a file, and reports where, never what', async () => {
    const known = join(folder, 'known.json')
    const report = join(folder, 'report.ndjson')
    writeFileSync(known, JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Quillfeather' }] }))
    const { out } = await run('so quillfeather went\n', '--known', known, '--report', report)
    expect(out).to.equal('so [NAME] went\n')
    expect(statSync(report).mode & 0o777).to.equal(0o600)
    expect(JSON.parse(readFileSync(report, 'utf8'))).to.deep.equal({
      line: 1,
      findings: [{ start: 3, end: 15, class: 'NAME', rule: 'known-name', replacement: '[NAME]' }]
    })
  })

  it('puts the same invented value for the same identifier throughout a run, another in the next', async () => {
    const [one, other] = await Promise.all([run('Mary Johnson\nMary Johnson\n', '--surrogates'), run('Mary Johnson\n', '--surrogates')])
    const [first, second] = one.out.split('\n')
    expect(first)
      .to.equal(second)
      .and.not.to.match(/Mary|Johnson/)
    expect(other.out.trim()).not.to.equal(first)
  })

  it('says what it keeps where nothing is said', async () => expect((await run('', '--help')).out).to.match(/\(default:\s+TIME\)/))

  it('lets the classes stand that it is told to keep, and refuses one that is none', async () => {
    expect((await run('on 3/14/2021\n', '--keep', 'DATE')).out).to.equal('on 3/14/2021\n')
    expect((await run('', '--keep', 'NOTHING')).code).to.equal(2)
  })

  it('a file that is not there, or that holds no resources, is a fault of usage', async () => {
    expect((await run('', '--known', join(folder, 'none.json'))).code).to.equal(2)
    writeFileSync(join(folder, 'bad'), 'no json')
    const { code, err } = await run('', '--known', join(folder, 'bad'))
    expect(code).to.equal(2)
    expect(err).to.contain('--known must be')
    expect((await run('', '--report', join(folder, 'none', 'report'))).code).to.equal(2)
  })
})
