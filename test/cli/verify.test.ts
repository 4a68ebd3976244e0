/** `sallyport verify`: what it says and what it ends with, offline: 0 proved, 1 not proved and what failed, 2 wrong usage. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Ran, sallyport } from '../support/command.ts'
import { type SealedDataset, sealedDataset } from '../support/dataset.ts'
import { hostileFiles } from '../support/hostile-files.ts'
import { newLogKey, TestLog } from '../support/log.ts'

describe('sallyport verify', function () {
  this.timeout(60_000)
  const log = new TestLog().grow(30)
  const folder = mkdtempSync(join(tmpdir(), 'verify-'))
  let dataset: SealedDataset
  before(async () => {
    dataset = await sealedDataset('c2sp')
  })
  after(() => {
    rmSync(folder, { recursive: true })
    rmSync(dataset.folder, { recursive: true })
  })

  function file(name: string, content: string | Buffer): string {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  function verify(path: string, ...more: readonly string[]): Promise<Ran> {
    return sallyport(['verify', path, ...more])
  }

  it('a receipt with its entry: where the log holds it; the entry from a file of its own, or as a line of an export', async () => {
    const key = ['--key', log.key.vkey]
    const whole = await verify(file('whole.txt', log.wholeReceipt(7)), ...key)
    expect([whole.code, whole.err]).to.deep.equal([0, ''])
    expect(whole.out).to.match(/^proved: the log holds this entry, at 7 of 30\n {2}origin +demo\.example\/log\n/)
    const bare = file('bare.txt', log.receipt(7))
    expect((await verify(bare, ...key, '--entry', file('leaf.json', log.leaf(7)))).code).to.equal(0)
    const line = file('line.json', `${log.entryLine(7)}\n`)
    expect(JSON.parse((await verify(bare, ...key, '--entry', line, '--json')).out)).to.include({
      proved: true,
      what: 'receipt',
      index: '7',
      size: '30'
    })
    const other = await verify(bare, ...key, '--entry', file('other.json', log.leaf(8)))
    expect([other.code, other.out]).to.deep.equal([1, 'not proved: inclusion: entry 7: The log that was signed does not hold this.\n'])
    const lying = file('lying.json', log.entryLine(7).replace('entry 7', 'entry 8'))
    expect((await verify(bare, ...key, '--entry', lying)).out).to.match(/^not proved: commitment: the entry/)
  })

  it('a manifest: with the pins also its signature; with the log’s key alone it is said that nobody looked', async () => {
    const manifest = file('manifest.json', dataset.manifest)
    const pins = file('pins.json', JSON.stringify(dataset.pins))
    const { code, out } = await verify(manifest, '--key', pins)
    expect(code).to.equal(0)
    expect(out)
      .to.match(/^proved: the log holds what this manifest says, at 5 of 11\n/)
      .and.match(/ dataset +d-1\n/)
      .and.match(/ signature +by the manifest key\n/)
    const vkey = file('log.vkey', `${dataset.pins.log[0]}\n`)
    expect(JSON.parse((await verify(manifest, '--json', '--key', vkey)).out)).to.include({ dataset: 'd-1', signature: 'not looked at' })
    const changed = file(
      'changed.json',
      dataset.manifest.replace(/"signature":"(.)/, (_, first) => `"signature":"${first === 'A' ? 'B' : 'A'}`)
    )
    expect((await verify(changed, '--key', pins)).out).to.match(/^not proved: (signature|format): the manifest/)
    expect((await verify(file('newline.json', `${dataset.manifest}\n`), '--key', pins)).code).to.equal(0)
  })

  it('an export: all of it, or the first line that is not true', async () => {
    const text = log.exported({ checkpoints: [10], bodies: 'party:demo-insurer', body: (at) => (at === 2 ? 'withheld' : null) })
    const { code, out } = await verify(file('export.ndjson', text), '--key', log.key.vkey, '--json')
    expect([code, JSON.parse(out)]).to.deep.equal([
      0,
      {
        proved: true,
        what: 'export',
        origin: 'demo.example/log',
        first: '0',
        size: '30',
        entries: 30,
        checkpoints: 2,
        bodiesProved: 29,
        bodiesExpired: 0,
        bodiesWithheld: 1
      }
    ])
    const altered = await verify(file('altered.ndjson', text.replace('entry 20', 'entry 21')), '--key', log.key.vkey)
    expect([altered.code, altered.out]).to.deep.equal([
      1,
      'not proved: commitment: line 23 (entry 20): What it says is not what the entry commits to.\n'
    ])
    expect((await verify(file('cut.ndjson', text.slice(0, -1)), '--key', log.key.vkey)).out).to.match(/^not proved: format: line \d+/)
  })

  it('files of no kind are not proved: empty, binary, HTML, endless lines, nested without end', async () => {
    const files = [
      '',
      '\n',
      '<html></html>',
      Buffer.alloc(1000, 0),
      '{}',
      '[]',
      '{"payload":1}',
      '['.repeat(100_000),
      `{"export":${'['.repeat(100_000)}`,
      Buffer.alloc(70 << 20, '{')
    ]
    for (const [at, content] of files.entries()) {
      const { code, out, err } = await verify(file(`strange-${at}`, content), '--key', log.key.vkey)
      expect([code, err], String(at)).to.deep.equal([1, ''])
      expect(out).to.match(/^not proved: format: /)
    }
  })

  it('a file that is none of the four is said to be none; of a PDF, where its accounting is', async () => {
    const none =
      'not proved: format: this file, which is no receipt, manifest, export or accounting: The bytes are not of the form they should have.\n'
    const accounting = '{"accounting":"sallyport-accounting@v1"}'
    for (const content of [
      '',
      log.wholeReceipt(7).replaceAll('\n', '\r\n'),
      `\ufeff${accounting}`,
      '{"resourceType":"Bundle"}',
      '{\n  "accounting"',
      'x'
    ])
      expect((await verify(file('none', content), '--key', log.key.vkey)).out, content.slice(0, 30)).to.equal(none)
    const { code, out } = await verify(file('accounting.pdf', '%PDF-1.7\n'), '--key', log.key.vkey)
    expect([code, out.includes('accounting.json'), out.includes('pdfdetach')]).to.deep.equal([1, true, true])
    for (const [content, where] of [
      [accounting, 'the accounting'],
      ['{"payload":""}', 'the manifest'],
      ['{"export":""}\n', 'line 1']
    ] as const)
      expect((await verify(file('bad', content), '--key', log.key.vkey)).out).to.contain(`not proved: format: ${where}: `)
  })

  it('files nested deep, wide or without end are not proved: format, and no word of a fault of its own', async () => {
    for (const [name, content] of hostileFiles(log)) {
      const { code, out, err } = await verify(file('hostile', content), '--key', log.key.vkey)
      expect([code, err], name).to.deep.equal([1, ''])
      expect(out, name).to.match(/^not proved: format: /)
    }
    const deep = `{"index":"7","entry":${'['.repeat(4000)}${']'.repeat(4000)},"body":"expired"}`
    const bare = file('bare.txt', log.receipt(7))
    for (const entry of [deep, 'x'.repeat((1 << 20) + 1)])
      expect((await verify(bare, '--key', log.key.vkey, '--entry', file('entry', entry))).out).to.match(/^not proved: (format|inclusion): /)
  })

  it('what comes from a file is printed as printable characters only', async () => {
    const { statement, salt } = {
      statement: { v: 1, kind: 'dataset-released', at: '2026-03-01T12:00:00Z', dataset: '\u001b[2J\u202eevil' },
      salt: Buffer.alloc(32, 1)
    } as const
    const own = new TestLog().grow(1).append(statement, salt)
    const payload = JSON.stringify({
      keys: [],
      receipt: own.receipt(1),
      salt: salt.toString('base64url'),
      statement: { at: statement.at, dataset: statement.dataset, kind: statement.kind, v: 1 },
      v: 1
    })
    const manifest = JSON.stringify({ payload: Buffer.from(payload).toString('base64url'), protected: '', signature: '' })
    const { code, out } = await verify(file('evil.json', manifest), '--key', own.key.vkey)
    expect([code, out.includes('?[2J?evil'), /[^\n -~]/.test(out)]).to.deep.equal([0, true, false])
  })

  it('wrong usage ends with 2: no key, a key that is none, a file that is not there, an option nobody knows', async () => {
    const whole = file('whole.txt', log.wholeReceipt(7))
    const tries = [[], ['--key', 'none'], ['--key', newLogKey('x.example/log').vkey.slice(0, -2)], ['--key', log.key.vkey, '--nothing']]
    for (const words of tries) expect((await verify(whole, ...words)).code, words.join(' ')).to.equal(2)
    const missing = await verify(join(folder, 'not-there'), '--key', log.key.vkey)
    expect([missing.code, missing.err]).to.deep.equal([2, 'sallyport verify: a file that was named cannot be read (ENOENT)\n'])
    expect((await verify(folder, '--key', log.key.vkey)).code).to.equal(2)
    const help = await sallyport(['verify', '--help'])
    expect([help.code, help.out.includes('Examples:')]).to.deep.equal([0, true])
  })
})
