/** Signed notes, checkpoints and receipts: the examples of the C2SP documents, and hostile ones. expect: openNote, parseCheckpoint, parseReceipt */
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { checkpointText, parseCheckpoint } from '../../../gateway/core/log/checkpoint.ts'
import { parseReceipt, receiptText } from '../../../gateway/core/log/receipt.ts'
import { openNote, type NoteVerifier, parseVkey, signNote, vkeyOf } from '../../../gateway/seal/note.ts'

const FILE = fileURLToPath(new URL('../../../../shared/data/vectors/signed-note-example.json', import.meta.url))
// C2SP signed-note.md, section "Verifier keys", example (CC-BY-4.0).
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const NOTE =
  'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'

function verifier(vkey: string): NoteVerifier {
  const parsed = parseVkey(vkey)
  if (parsed === null) throw new Error('not a verifier key')
  return parsed
}

describe('vectors: signed notes (C2SP signed-note)', () => {
  it('the published example opens under the published key', () => {
    expect(openNote(NOTE, [verifier(VKEY)])).to.equal('This is an example message.\n')
    expect(vkeyOf('example.com/foo', verifier(VKEY).publicKey)).to.equal(VKEY)
  })

  it('the example of the shared folder is the same', function () {
    if (!existsSync(FILE)) {
      console.log('      skipped: no ../shared/data')
      this.skip()
    }
    const { vkey, note } = JSON.parse(readFileSync(FILE, 'utf8')) as { vkey: string; note: string }
    expect(openNote(note, [verifier(vkey)])).to.equal('This is an example message.\n')
  })

  it('one flipped bit anywhere in the note is refused', () => {
    const bytes = Buffer.from(NOTE, 'utf8')
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes)
      altered[at] = (altered[at] as number) ^ 1
      expect(openNote(altered.toString('utf8'), [verifier(VKEY)]), `byte ${at}`).to.equal(null)
    }
  })

  it('carriage returns, control characters, no signature, a cut note and 65 signatures are refused', () => {
    const line = NOTE.slice(NOTE.indexOf('\u2014'))
    const hostile = [
      NOTE.replaceAll('\n', '\r\n'),
      NOTE.replace('example message', 'example\u0000message'),
      'This is an example message.\n\n',
      'This is an example message.\n',
      '',
      NOTE.slice(0, -1),
      NOTE + line.repeat(64),
      `${NOTE}\n`,
      `${NOTE}not a signature\n`
    ]
    for (const note of hostile) expect(openNote(note, [verifier(VKEY)]), JSON.stringify(note.slice(0, 60))).to.equal(null)
    expect(openNote(NOTE + line.repeat(15), [verifier(VKEY)]), 'at least 16 must be accepted').to.equal('This is an example message.\n')
    expect(openNote(NOTE, []), 'no key, no trust').to.equal(null)
  })

  it('a verifier key with the id of another key, another type or no name is none', () => {
    const [name, id, key] = VKEY.split('+') as [string, string, string]
    const cosigner = Buffer.from(key, 'base64')
    cosigner[0] = 4
    for (const vkey of [`${name}+530d903b+${key}`, `+${id}+${key}`, `${name}+${id}+${cosigner.toString('base64')}`, `${name} x+${id}+${key}`, '', name]) {
      expect(parseVkey(vkey), vkey).to.equal(null)
    }
  })

  it('a note signed is a note opened; what cannot be a note is not signed', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const own = [verifier(vkeyOf('demo.example/log', publicKey))]
    const text = 'one\n\ntwo \u00e9\n'
    expect(openNote(signNote(text, 'demo.example/log', privateKey), own)).to.equal(text)
    for (const bad of ['no newline', 'tab\there\n', 'cr\r\n', 'half \ud800\n']) expect(() => signNote(bad, 'demo.example/log', privateKey)).to.throw(RangeError)
    expect(() => signNote(text, 'a name', privateKey)).to.throw(RangeError)
  })
})

describe('vectors: checkpoints and receipts (C2SP tlog-checkpoint, tlog-proof)', () => {
  const TEXT = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'

  it('the published checkpoint is read, and written again to the same text', () => {
    const checkpoint = parseCheckpoint(TEXT)
    expect(checkpoint?.size).to.equal(20852163n)
    expect(checkpoint && checkpointText(checkpoint)).to.equal(TEXT)
    expect(parseCheckpoint(`${TEXT}an extension\n`)?.size, 'extension lines are allowed').to.equal(20852163n)
  })

  it('sizes with leading zeros, signs or 65 bits, hashes cut, loose or of another spelling, and empty lines are refused', () => {
    const [origin, size, root] = TEXT.split('\n') as [string, string, string]
    for (const bad of ['020852163', '+1', '-1', '', '1.0', '0x10', '18446744073709551616', '99999999999999999999999', ' 1']) {
      expect(parseCheckpoint(`${origin}\n${bad}\n${root}\n`), bad).to.equal(null)
    }
    for (const bad of [root.slice(4), root.replace('=', ''), root.replace('2I=', '2J='), `${root} `, root.replaceAll('/', '_'), '']) {
      expect(parseCheckpoint(`${origin}\n${size}\n${bad}\n`), bad).to.equal(null)
    }
    for (const bad of [TEXT.slice(0, -1), `${TEXT}\n`, `\n${TEXT}`, TEXT.replaceAll('\n', '\r\n'), '']) expect(parseCheckpoint(bad)).to.equal(null)
    expect(parseCheckpoint(`${origin}\n18446744073709551615\n${root}\n`)?.size).to.equal(2n ** 64n - 1n)
  })

  it('a receipt is read back as written, with the entry it brings along as extra data; hostile ones are refused', () => {
    const receipt = { index: 73894n, proof: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)], checkpoint: `${TEXT}\n\u2014 x y\n` }
    const text = receiptText(receipt)
    expect(parseReceipt(text)).to.deep.equal(receipt)
    const whole = { ...receipt, entry: Buffer.from('age') }
    expect(parseReceipt(text.replace('\nindex', '\nextra YWdl\nindex'))).to.deep.equal(whole)
    expect(parseReceipt(receiptText(whole))).to.deep.equal(whole)
    expect(parseReceipt(receiptText({ ...receipt, proof: [] }))?.proof).to.deep.equal([])
    const hash = Buffer.alloc(32, 1).toString('base64')
    const hostile = [
      text.replace('@v1', '@v2'),
      text.replace('index 73894', 'index 073894'),
      text.replace('index 73894', 'index -1'),
      text.replace('index 73894\n', ''),
      text.replace(hash, hash.slice(4)),
      text.replace(hash, `${hash}\r`),
      text.replace(`${hash}\n`, `${hash}\n`.repeat(64)),
      text.replace('\nindex', '\nextra !!\nindex'),
      text.replaceAll('\n\n', '\n'),
      ''
    ]
    for (const bad of hostile) expect(parseReceipt(bad), JSON.stringify(bad.slice(0, 60))).to.equal(null)
  })
})
