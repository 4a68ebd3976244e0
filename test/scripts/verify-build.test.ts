/** The single file for auditors: the same bytes whenever it is built, nothing but Node in it, and as a program of its own it proves what is true and nothing else. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { receiptText } from '../../gateway/core/log/receipt.ts'
import { buildVerifier } from '../../scripts/verify-build.ts'
import { isProvedByThePage } from '../support/by-the-page.ts'
import { type SealedDataset, sealedDataset } from '../support/dataset.ts'
import { hostileFiles } from '../support/hostile-files.ts'
import { TestLog } from '../support/log.ts'
import { provedAccounting } from '../support/proved-accounting.ts'

/** A Node of the machine's own beside that of the project, where there is one: auditors have others. */
function nodes(): string[] {
  const paths = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'))
  const own = paths.map((folder) => join(folder, 'node')).find((path) => existsSync(path))
  const version = own === undefined ? '' : spawnSync(own, ['--version'], { encoding: 'utf8' }).stdout
  return own !== undefined && Number(/^v(\d+)/.exec(version)?.[1] ?? 0) >= 20 ? [process.execPath, own] : [process.execPath]
}

describe('the single-file verifier', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'verifier-'))
  const program = join(folder, 'sallyport-verify.mjs')
  const log = new TestLog().grow(30)
  let dataset: SealedDataset
  let source = ''
  before(async () => {
    const bytes = await buildVerifier()
    source = Buffer.from(bytes).toString('utf8')
    writeFileSync(program, bytes)
    dataset = await sealedDataset('c2sp')
  })
  after(() => {
    rmSync(folder, { recursive: true })
    rmSync(dataset.folder, { recursive: true })
  })

  /** What the file says of these bytes, in a folder without anything else. */
  function run(
    name: string,
    content: string,
    words: readonly string[],
    node = process.execPath
  ): { code: number | null; out: string; err: string } {
    writeFileSync(join(folder, name), content)
    const { status, stdout, stderr } = spawnSync(node, [program, name, ...words], { cwd: folder, encoding: 'utf8', env: {} })
    return { code: status, out: stdout, err: stderr }
  }

  it('is the same to the byte when it is built again, and imports nothing but modules of Node that reach no network', async () => {
    expect(Buffer.from(await buildVerifier()).toString('utf8') === source).to.equal(true)
    const imported = [...source.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name ?? '')
    expect(new Set(imported)).to.deep.equal(new Set(['node:util', 'node:fs/promises', 'node:fs', 'node:crypto']))
    expect(imported.every((name) => builtinModules.includes(name.slice(5)))).to.equal(true)
    expect(source).not.to.match(/\brequire\(|\bimport\(|\bfetch\(|process\.env|\beval\(/)
    expect(source.startsWith('#!/usr/bin/env node\n')).to.equal(true)
    expect(source.split('\n').length).to.be.below(1000)
  })

  for (const node of nodes())
    it(`proves receipts, manifests, exports and accountings, under ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`, () => {
      const key = ['--key', log.key.vkey]
      expect(run('receipt.txt', log.wholeReceipt(7), key, node)).to.include({ code: 0, err: '' })
      expect(run('export.ndjson', log.exported({ checkpoints: [9] }), key, node)).to.include({ code: 0, err: '' })
      writeFileSync(join(folder, 'pins.json'), JSON.stringify(dataset.pins))
      const manifest = run('manifest.json', dataset.manifest, ['--key', 'pins.json', '--json'], node)
      expect(JSON.parse(manifest.out)).to.include({ proved: true, what: 'manifest', dataset: 'd-1', signature: 'by the manifest key' })
      const { accounting, log: its } = provedAccounting()
      const told = run('accounting.json', JSON.stringify(accounting), ['--key', its.key.vkey, '--json'], node)
      expect(JSON.parse(told.out)).to.include({ proved: true, what: 'accounting', voluntary: 1 })
    })

  it('names what failed in altered ones and ends with 1; wrong usage with 2, and its help with 0', () => {
    const key = ['--key', log.key.vkey, '--json']
    const fork = log.fork(10).grow(20, 'other')
    const altered: readonly (readonly [content: string, failed: string])[] = [
      [log.wholeReceipt(7).replace('index 7', 'index 8'), 'inclusion'],
      [log.wholeReceipt(7).replace('\n30\n', '\n31\n'), 'signature'],
      [log.wholeReceipt(7).replaceAll('\n', '\r\n'), 'format'],
      [new TestLog().grow(9).wholeReceipt(7), 'signature'],
      [receiptText({ index: 7n, entry: log.leaf(7), proof: log.inclusion(7), checkpoint: fork.checkpoint() }), 'inclusion'],
      [log.exported().replace('entry 20', 'entry 21'), 'commitment'],
      [log.exported().replace(log.entryLine(20), fork.entryLine(20)), 'inclusion'],
      [log.exported().slice(0, -200), 'format'],
      ['', 'format']
    ]
    const other = new TestLog().key.vkey.replace('demo.example', 'demo.exbmple')
    expect(run('x', log.wholeReceipt(7), ['--key', other]).code, 'an id that is not of its key').to.equal(2)
    for (const [content, failed] of altered) {
      const { code, out } = run('altered', content, key)
      expect([code, JSON.parse(out)['failed']]).to.deep.equal([1, failed])
    }
    expect(run('x', '', []).code).to.equal(2)
    expect(run('x', '', ['y', '--key', log.key.vkey]).code).to.equal(2)
    expect(run('x', '', ['--help'])).to.include({ code: 0, err: '' })
  })

  it('a large export is read as a stream: 60,000 entries in less memory than the file is long', async () => {
    const large = new TestLog().grow(60_000)
    writeFileSync(join(folder, 'large.ndjson'), large.exported({ checkpoints: [20_000, 40_000] }))
    const started = performance.now()
    const child = spawn(process.execPath, ['--max-old-space-size=24', program, 'large.ndjson', '--key', large.key.vkey, '--json'], {
      cwd: folder
    })
    const out = await child.stdout.setEncoding('utf8').toArray()
    console.log(`      ${Math.round(60_000 / ((performance.now() - started) / 1000)).toLocaleString('en-US')} entries/s, start and all`)
    expect(JSON.parse(out.join(''))).to.include({ proved: true, entries: 60_000, checkpoints: 3 })
  })

  it('files nested deep, wide or without end are not proved: format, within 64 MB of heap and ten seconds', () => {
    for (const [name, content] of hostileFiles(log)) {
      writeFileSync(join(folder, 'hostile'), content)
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--max-old-space-size=64', program, 'hostile', '--key', log.key.vkey, '--json'],
        { cwd: folder, encoding: 'utf8', env: {}, timeout: 10_000 }
      )
      expect([status, stderr], name).to.deep.equal([1, ''])
      expect(JSON.parse(stdout)['failed'], name).to.equal('format')
    }
  })

  it('agrees with a verifier written from VERIFY.md alone, on true and on altered receipts', async () => {
    const receipt = Buffer.from(log.wholeReceipt(11), 'utf8')
    for (let at = 0; at < receipt.length; at += Math.ceil(receipt.length / 12)) {
      const altered = Buffer.from(receipt)
      if (at > 0) altered[at] = (altered[at] as number) ^ 2
      const text = altered.toString('utf8')
      expect(run('receipt', text, ['--key', log.key.vkey]).code === 0, `byte ${at}`).to.equal(await isProvedByThePage(text, log.key.vkey))
    }
  })
})
