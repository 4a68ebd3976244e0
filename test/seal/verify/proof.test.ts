/** What an outsider checks with a key alone: hostile receipts and checkpoints, each refused under its stable name. */
import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { sha256 } from '../../../gateway/core/digest.ts'
import { checkpointText } from '../../../gateway/core/log/checkpoint.ts'
import { areConsistent, parseConsistency, standingOf } from '../../../gateway/core/log/consistency.ts'
import { parseLeaf } from '../../../gateway/core/log/leaf.ts'
import type { Checked } from '../../../gateway/core/log/proof-fault.ts'
import { signNote } from '../../../gateway/seal/note.ts'
import { parseKeys } from '../../../gateway/seal/verify/keys.ts'
import { checkCheckpoint, checkReceipt } from '../../../gateway/seal/verify/proof.ts'
import { newLogKey, TestLog } from '../../support/log.ts'

/** 'proved', or the name of what failed. */
function outcome<T>(checked: Checked<T>): string {
  return checked.ok ? 'proved' : checked.failed
}

function verifiersOf(log: TestLog) {
  return parseKeys(log.key.vkey)?.log ?? []
}

describe('verify: receipts', () => {
  const log = new TestLog().grow(300)
  const receipt = log.receipt(77)
  const entry = log.leaf(77)
  const check = (text: string, bytes: Buffer | null = entry): string => outcome(checkReceipt(text, bytes, verifiersOf(log)))

  it('C2SP tlog-proof: every receipt of trees of 1 to 9, 256, 257 and 300 leaves is proved; for another entry it is not', () => {
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 256, 257, 300]) {
      for (const index of new Set([0, size >> 1, size - 1])) {
        expect(check(log.receipt(index, size), log.leaf(index)), `${index} of ${size}`).to.equal('proved')
        expect(check(log.receipt(index, size), Buffer.from('{}')), `${index} of ${size}`).to.equal('inclusion')
      }
    }
  })

  it('a receipt that brings its entry along needs no other; one that brings none, and for which none is given, is refused', () => {
    expect(check(log.wholeReceipt(77), null)).to.equal('proved')
    expect(check(receipt, null)).to.equal('format')
    const other = log.leaf(78).toString('base64')
    expect(check(log.wholeReceipt(77).replace(/extra \S+/, `extra ${other}`), null)).to.equal('inclusion')
    expect(check(log.wholeReceipt(77).replace(/extra \S+/, `extra ${other}`)), 'the entry that was given counts').to.equal('proved')
  })

  const hash = sha256('one too many').toString('base64')
  const [, , first = '', second = ''] = receipt.split('\n')
  const HOSTILE: readonly (readonly [what: string, text: string, failed: string])[] = [
    ['a proof with a hash too many', receipt.replace('\n\n', `\n${hash}\n\n`), 'inclusion'],
    ['a proof with a hash too few', receipt.replace(`${first}\n`, ''), 'inclusion'],
    ['a proof without hashes', `c2sp.org/tlog-proof@v1\nindex 77\n\n${log.checkpoint()}`, 'inclusion'],
    ['two hashes of the proof changed about', receipt.replace(`${first}\n${second}`, `${second}\n${first}`), 'inclusion'],
    ['another hash in the proof', receipt.replace(first, hash), 'inclusion'],
    ['the index of a neighbour', receipt.replace('index 77', 'index 76'), 'inclusion'],
    ['an index that is the size', receipt.replace('index 77', 'index 300'), 'inclusion'],
    ['an index of 64 bits', receipt.replace('index 77', 'index 18446744073709551615'), 'inclusion'],
    ['an index of 65 bits', receipt.replace('index 77', 'index 18446744073709551616'), 'format'],
    ['an index with a leading zero', receipt.replace('index 77', 'index 077'), 'format'],
    ['an index with a sign', receipt.replace('index 77', 'index +77'), 'format'],
    ['the index twice', receipt.replace('index 77', 'index 77\nindex 77'), 'format'],
    ['extra data twice', receipt.replace('index 77', 'extra YQ==\nextra YQ==\nindex 77'), 'format'],
    ['the heading twice', `c2sp.org/tlog-proof@v1\n${receipt}`, 'format'],
    ['another version', receipt.replace('@v1', '@v2'), 'format'],
    ['65 hashes', receipt.replace('\n\n', `\n${`${hash}\n`.repeat(65)}\n`), 'format'],
    ['base64 with bits that do not count', receipt.replace(first, `${first.slice(0, -2)}${next(first.at(-2) ?? '')}=`), 'format'],
    ['base64 without padding', receipt.replace(first, first.slice(0, -1)), 'format'],
    ['base64url', receipt.replace(first, `-_${first.slice(2)}`), 'format'],
    ['carriage returns in the proof', receipt.replace(`${first}\n`, `${first}\r\n`), 'format'],
    ['carriage returns everywhere', receipt.replaceAll('\n', '\r\n'), 'format'],
    ['bytes behind the end', `${receipt}x`, 'format'],
    ['an empty line behind the end', `${receipt}\n`, 'format'],
    ['a byte order mark', `\ufeff${receipt}`, 'format'],
    ['no checkpoint', receipt.slice(0, receipt.indexOf('\n\n') + 2), 'format'],
    ['nothing', '', 'format'],
    ['the checkpoint of a smaller tree', receipt.replace(log.checkpoint(), log.checkpoint(299)), 'inclusion'],
    ['the checkpoint of a fork', receipt.replace(log.checkpoint(), log.fork(200).grow(100, 'other').checkpoint()), 'inclusion'],
    ['a checkpoint whose size was raised', receipt.replace('\n300\n', '\n301\n'), 'signature'],
    ['a checkpoint without a signature', receipt.slice(0, receipt.lastIndexOf('\u2014')), 'format']
  ]
  for (const [what, text, failed] of HOSTILE) it(`${what}: ${failed}`, () => expect(check(text)).to.equal(failed))

  it('one flipped bit in any byte of a receipt is found', () => {
    const bytes = Buffer.from(receipt, 'utf8')
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes)
      altered[at] = (altered[at] as number) ^ 1
      expect(check(altered.toString('utf8')), `byte ${at}`).to.be.oneOf(['format', 'origin', 'signature', 'inclusion'])
    }
  })

  it('an inclusion check, signature and all, takes less than 5 ms', () => {
    const rounds = 200
    const started = performance.now()
    for (let round = 0; round < rounds; round++) check(receipt)
    const each = (performance.now() - started) / rounds
    console.log(`      ${each.toFixed(3)} ms each`)
    expect(each).to.be.below(5)
  })
})

/** The next character of base64's alphabet: the same bytes, spelled otherwise, where it stands last. */
function next(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return alphabet[alphabet.indexOf(character) + 1] ?? ''
}

describe('verify: checkpoints', () => {
  const log = new TestLog().grow(9)
  const note = log.checkpoint()
  const check = (text: string): string => outcome(checkCheckpoint(text, verifiersOf(log)))
  const root = log.root()

  it('of another log: origin; of our origin by another key: signature; by a key of another name: origin', () => {
    const other = new TestLog(newLogKey('other.example/log')).grow(9)
    expect(check(other.checkpoint())).to.equal('origin')
    const stranger = new TestLog(newLogKey('demo.example/log')).grow(9)
    expect(check(stranger.checkpoint())).to.equal('signature')
    const text = checkpointText({ origin: 'other.example/log', size: 9n, root })
    expect(check(signNote(text, log.key.origin, log.key.privateKey)), 'our key, in the name of another log').to.equal('origin')
    expect(outcome(checkCheckpoint(note, []))).to.equal('origin')
  })

  it('signed-note: signatures of keys we do not know, a witness’s cosignature among them, are passed over; a false one of our key refuses', () => {
    const line = note.slice(note.indexOf('\u2014'))
    const cosignature = `\u2014 witness.example ${Buffer.concat([Buffer.of(1, 2, 3, 4), Buffer.alloc(72, 7)]).toString('base64')}\n`
    expect(check(note + cosignature)).to.equal('proved')
    expect(check(note + line)).to.equal('proved')
    const { privateKey } = generateKeyPairSync('ed25519')
    const text = note.slice(0, note.indexOf('\n\n') + 1)
    expect(check(signNote(text, log.key.origin, privateKey) + line), 'another id').to.equal('proved')
    const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64')
    bytes[20] = (bytes[20] as number) ^ 1
    const forged = `\u2014 ${log.key.origin} ${bytes.toString('base64')}\n`
    expect(check(note + forged)).to.equal('signature')
    expect(check(text + forged)).to.equal('format')
    expect(check(`${text}\n${forged}`)).to.equal('signature')
    expect(check(note + cosignature.repeat(64)), '65 lines').to.equal('format')
  })

  it('sizes beyond 64 bits, signed by the key itself, are none', () => {
    const sign = (text: string): string => signNote(text, log.key.origin, log.key.privateKey)
    const ends = `\n${root.toString('base64')}\n`
    expect(check(sign(`${log.key.origin}\n18446744073709551615${ends}`))).to.equal('proved')
    for (const size of ['18446744073709551616', '99999999999999999999', '100000000000000000000', '09', '-1', '9.0', ''])
      expect(check(sign(`${log.key.origin}\n${size}${ends}`)), size).to.equal('format')
  })

  it('two checkpoints of one history are consistent by their proof, and by no other; forks are not', () => {
    const found = (text: string) => {
      const checked = checkCheckpoint(text, verifiersOf(log))
      if (!checked.ok) throw new Error(checked.failed)
      return checked.found
    }
    const fork = log.fork(5).grow(4, 'other')
    expect(standingOf(found(log.checkpoint(5)), found(note))).to.equal('grown')
    expect(standingOf(found(note), found(log.checkpoint(5)))).to.equal('shorter')
    expect(standingOf(found(note), found(note))).to.equal('same')
    expect(standingOf(found(note), found(fork.checkpoint()))).to.equal('forked')
    for (let from = 1; from <= 9; from++) {
      for (let to = from; to <= 9; to++) {
        const [one, other, proof] = [found(log.checkpoint(from)), found(log.checkpoint(to)), log.consistency(from, to)]
        expect(areConsistent(one, other, proof) && areConsistent(other, one, proof), `${from} ${to}`).to.equal(true)
        expect(areConsistent(one, other, [...proof, root]), `${from} ${to}`).to.equal(false)
        if (proof.length > 0) expect(areConsistent(one, other, proof.slice(1)), `${from} ${to}`).to.equal(false)
      }
    }
    for (let from = 6; from < 9; from++)
      for (const proof of [log.consistency(from, 9), fork.consistency(from, 9)])
        expect(areConsistent(found(log.checkpoint(from)), found(fork.checkpoint()), proof), `${from}`).to.equal(false)
  })

  it('a consistency proof is lines of canonical base64, each of 32 bytes, 65 at most', () => {
    const line = `${root.toString('base64')}\n`
    expect(parseConsistency('')).to.deep.equal([])
    expect(parseConsistency(line.repeat(65))).to.have.length(65)
    const hostile = [
      '\n',
      line.slice(0, -1),
      `${line}\n`,
      `\n${line}`,
      line.replace('\n', '\r\n'),
      line.repeat(66),
      `${line}x`,
      ` ${line}`,
      'AAAA\n',
      '<html>\n'
    ]
    for (const text of hostile) expect(parseConsistency(text), JSON.stringify(text.slice(0, 60))).to.equal(null)
  })
})

describe('verify: leaves', () => {
  it('a leaf has one spelling: members missing, more, twice, in another order, or white space make it none', () => {
    const leaf = new TestLog().grow(1).leaf(0)
    const text = leaf.toString('utf8')
    expect(parseLeaf(leaf)?.kind).to.equal('submission-received')
    const hostile = [
      '',
      'null',
      '[]',
      '{}',
      ` ${text}`,
      `${text}\n`,
      text.replace(',', ', '),
      text.replace('{', '{"x":1,'),
      text.replace('"v":1', '"v":2')
    ]
    for (const bad of [...hostile, text.replace('"v":1', '"v":1,"v":1'), text.replace('sha256:', 'sha1:')])
      expect(parseLeaf(Buffer.from(bad)), bad).to.equal(null)
  })
})

describe('verify: keys', () => {
  it('are verifier keys, one a line, or pins; a line that is none makes none of it a key', () => {
    const [one, two] = [newLogKey('one.example/log').vkey, newLogKey('two.example/log').vkey]
    expect(parseKeys(`${one}\n`)?.log).to.have.length(1)
    expect(parseKeys(`${one}\r\n${two}\r\n`)?.log).to.have.length(2)
    expect(parseKeys(JSON.stringify({ log: [one, two], manifest: [] }))?.log).to.have.length(2)
    const hostile = [
      '',
      '{}',
      '{"log":[]}',
      `${one}\nx`,
      JSON.stringify({ log: [one, 'x'] }),
      JSON.stringify({ log: one, manifest: [{ kty: 'EC' }] }),
      '{"log":',
      `${one.slice(0, -4)}AAAA`
    ]
    for (const text of hostile) expect(parseKeys(text), text.slice(0, 40)).to.equal(null)
  })
})
