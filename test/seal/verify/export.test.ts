/** Exports of the log (schemas/log/export.json): proved line by line, and every kind of alteration found under its name. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect } from 'chai'
import { type NoteVerifier, parseVkey } from '../../../gateway/seal/note.ts'
import { checkExport } from '../../../gateway/seal/verify/export.ts'
import { newLogKey, TestLog } from '../../support/log.ts'

async function* linesOf(text: string): AsyncGenerator<Buffer> {
  const lines = text.split('\n')
  lines.pop()
  for (const line of lines) yield Buffer.from(line, 'utf8')
}

function verifierOf(vkey: string): NoteVerifier {
  const verifier = parseVkey(vkey)
  if (verifier === null) throw new Error('not a verifier key')
  return verifier
}

describe('verify: exports', () => {
  const log = new TestLog().grow(40)
  const check = async (text: string, vkey = log.key.vkey): Promise<string> => {
    const checked = await checkExport(linesOf(text), [verifierOf(vkey)])
    return checked.ok ? 'proved' : `${checked.failed}: ${checked.where}`
  }

  it('what the test log exports is of the schema', () => {
    const schema = JSON.parse(readFileSync(new URL('../../../schemas/log/export.json', import.meta.url), 'utf8')) as object
    const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    const text = log.exported({ checkpoints: [10], bodies: 'party:demo-insurer', body: (index) => (index === 3 ? 'withheld' : null) })
    for (const line of text.trim().split('\n')) expect(valid(JSON.parse(line)), line.slice(0, 100)).to.equal(true)
  })

  it('whole, from the middle, with many checkpoints, of one entry, of none, and across the border of a tile: proved', async () => {
    expect(await check(log.exported())).to.equal('proved')
    for (const first of [0, 1, 7, 8, 31, 32, 39, 40])
      expect(await check(log.exported({ first, checkpoints: [33, 36] })), `from ${first}`).to.equal('proved')
    expect(await check(log.exported({ size: 1 }))).to.equal('proved')
    expect(await check(log.exported({ checkpoints: Array.from({ length: 39 }, (_, at) => at + 1) }))).to.equal('proved')
    const large = new TestLog().grow(600)
    expect(await check(large.exported({ first: 250, checkpoints: [256, 257, 512] }), large.key.vkey)).to.equal('proved')
  })

  /** Forty entries of 2026, and one of this moment. */
  function later(at: string): TestLog {
    return new TestLog(log.key).grow(40).append({ v: 1, kind: 'gateway-started', at }, Buffer.alloc(32, 1))
  }

  it('tells what was proved, what had expired, which it was, and what was withheld', async () => {
    const text = later('2032-03-02T00:00:00Z').exported({
      bodies: 'party:demo-insurer',
      body: (at) => (at < 3 || at === 5 ? 'expired' : at < 10 ? 'withheld' : null)
    })
    const checked = await checkExport(linesOf(text), [verifierOf(log.key.vkey)])
    expect(checked.ok && checked.found).to.deep.include({ bodies: { proved: 31, expired: 4, withheld: 6 }, expired: '0-2, 5' })
    const many = later('2032-03-02T00:00:00Z').exported({ body: (at) => (at % 2 === 0 && at < 40 ? null : at < 40 ? 'expired' : null) })
    const told = await checkExport(linesOf(many), [verifierOf(log.key.vkey)])
    expect(told.ok && told.found.expired).to.equal(Array.from({ length: 20 }, (_, n) => 2 * n + 1).join(', '))
  })

  it('45 CFR 164.316(b)(2): an entry that is called expired before six years are over was taken out: by the youngest entry, whatever the head says', async () => {
    const body = (at: number): 'expired' | null => (at === 12 ? 'expired' : null)
    const taken = /^commitment: entries 12 are called expired, and none in the file is six years younger$/
    expect(await check(later('2032-03-01T12:00:11Z').exported({ body }))).to.match(taken)
    expect(await check(later('2032-03-01T12:00:12Z').exported({ body }))).to.equal('proved')
    expect(await check(log.exported({ body })), 'nothing younger').to.match(taken)
  })

  it('a back-dated entry is no older than those before it', async () => {
    const back = new TestLog(log.key)
      .grow(3)
      .append({ v: 1, kind: 'dataset-released', at: '1999-01-01T00:00:00Z' }, Buffer.alloc(32, 1))
      .grow(1)
    expect(await check(back.exported({ body: (at) => (at === 3 ? 'expired' : null) }))).to.match(/^commitment: entries 3 /)
  })

  it('a moment that is none is refused: nothing can be said of its age', async () => {
    for (const moment of ['!', '2026-13-45T00:00:00Z', '2026-03-01'])
      expect(await check(later(moment).exported()), moment).to.equal('format: line 42 (entry 40)')
  })

  it('a head is nobody’s word: another key, other instructions, a later day than today are refused', async () => {
    const text = log.exported()
    const other = newLogKey('demo.example/log').vkey
    expect(await check(text.replace(log.key.vkey, other))).to.equal('signature: line 1: another key')
    expect(await check(text.replace('sallyport verify <this file>', 'sallyport verify <this file> --trust'))).to.equal('format: line 1')
    expect(await check(log.exported({ at: '2099-01-01T00:00:00Z' }))).to.equal('format: line 1: made later than now')
    expect(await check(log.exported({ at: 'today' }))).to.equal('format: line 1: made later than now')
  })

  it('another key: signature; another log: origin', async () => {
    expect(await check(log.exported(), newLogKey('demo.example/log').vkey)).to.equal('signature: line 1: another key')
    expect(await check(log.exported(), newLogKey('other.example/log').vkey)).to.equal('origin: line 1')
  })

  const lines = log.exported({ checkpoints: [20] }).split('\n')
  const changed = (at: number, line: string): string => lines.with(at, line).join('\n')
  const at = (index: number): string => lines[index] ?? ''
  const fork = log.fork(10).grow(30, 'other')
  const HOSTILE: readonly (readonly [what: string, text: string, found: RegExp])[] = [
    ['an entry of a fork in place of ours', changed(15, fork.entryLine(14)), /^inclusion: line 22 .* from 0 on$/],
    ['another statement under a leaf', changed(15, at(15).replace('entry 14', 'entry 15')), /^commitment: line 16 \(entry 14\)$/],
    [
      'another salt',
      changed(
        15,
        at(15).replace(/"salt":"./, (salt) => `${salt.slice(0, -1)}${salt.endsWith('A') ? 'B' : 'A'}`)
      ),
      /^commitment: line 16/
    ],
    ['the body of a neighbour', changed(15, at(15).replace(/"body".*/, /"body".*/.exec(at(16))?.[0] ?? '')), /^commitment: line 16/],
    ['an entry left out', lines.toSpliced(15, 1).join('\n'), /^format: line 16 \(entry 14\)$/],
    ['an entry twice', lines.toSpliced(15, 0, at(15)).join('\n'), /^format: line 17/],
    ['two entries changed about', lines.with(15, at(16)).with(16, at(15)).join('\n'), /^format: line 16/],
    ['the checkpoint of a fork', changed(21, JSON.stringify({ checkpoint: fork.checkpoint(20) })), /^inclusion: line 22/],
    ['a checkpoint in another place', lines.with(20, at(21)).with(21, at(20)).join('\n'), /^format: line 21/],
    ['a checkpoint twice', lines.toSpliced(21, 0, at(21)).join('\n'), /^consistency: line 23/],
    [
      'an earlier checkpoint after a later one',
      lines.toSpliced(22, 0, JSON.stringify({ checkpoint: log.checkpoint(10) })).join('\n'),
      /^consistency: line 23/
    ],
    ['the end cut off', `${lines.slice(0, 30).join('\n')}\n`, /^format: the end, after line 30/],
    ['the last checkpoint left out', `${lines.slice(0, -2).join('\n')}\n`, /^format: the end/],
    ['an entry behind the last checkpoint', `${lines.join('\n')}${at(15)}\n`, /^format: line 44/],
    ['a line that is no JSON', changed(15, 'x'), /^format: line 16/],
    ['an empty line', changed(15, ''), /^format: line 16/],
    ['a carriage return', changed(15, `${at(15)}\r`), /^format: line 16/],
    ['a member twice', changed(15, at(15).replace('{', '{"index":"14",')), /^format: line 16/],
    ['a member beside', changed(15, at(15).replace('{', '{"note":"x",')), /^format: line 16/],
    ['an index of 65 bits', changed(15, at(15).replace('"14"', '"18446744073709551616"')), /^format: line 16/],
    ['an index that is a number', changed(15, at(15).replace('"14"', '14')), /^format: line 16/],
    ['a leaf in base64url', changed(15, at(15).replace('"entry":"', '"entry":"-')), /^format: line 16/],
    ['a body withheld where all are promised', changed(15, log.entryLine(14, 'withheld')), /^format: line 16/],
    ['a head of another size', changed(0, at(0).replace('"size":"40"', '"size":"41"')), /^format: the end/],
    ['a head that begins later', changed(0, at(0).replace('"first":"0"', '"first":"1"')), /^format: line 1$/],
    ['a head of another version', changed(0, at(0).replace('@v1', '@v2')), /^format: line 1$/],
    ['a head with a member beside', changed(0, at(0).replace('{', '{"note":"x",')), /^format: line 1$/],
    ['no head', lines.slice(1).join('\n'), /^format: line 1$/],
    ['nothing', '', /^format: line 1$/]
  ]
  for (const [what, text, found] of HOSTILE) it(`${what} is found`, async () => expect(await check(text)).to.match(found))

  it('other subtrees before the first entry are found at the first checkpoint', async () => {
    const text = log.exported({ first: 10 })
    const hash = /"before":\["([^"]+)"/.exec(text)?.[1] ?? ''
    expect(await check(text.replace(hash, log.root(3).toString('base64')))).to.match(/^inclusion: /)
    expect(await check(text.replace(`"${hash}",`, ''))).to.equal('format: line 1')
  })

  it('one flipped bit in any byte that is somebody’s word is found', async function () {
    this.timeout(60_000)
    const text = new TestLog(log.key).grow(5).exported({ checkpoints: [2] })
    const bytes = Buffer.from(text, 'utf8')
    const head = text.indexOf('\n')
    for (let place = head + 1; place < bytes.length; place++) {
      const altered = Buffer.from(bytes)
      altered[place] = (altered[place] as number) ^ 1
      expect(await check(altered.toString('utf8')), `byte ${place}`).not.to.equal('proved')
    }
  })
})
