/** An accounting of disclosures checked without the gateway: each line from its row to a signed checkpoint; hostile ones refused under a stable name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Accounting, Line } from '../../../gateway/core/accounting/accounting.ts'
import { canonicalJson, type Json } from '../../../gateway/core/digest.ts'
import { parseVkey } from '../../../gateway/seal/note.ts'
import { checkAccounting } from '../../../gateway/seal/verify/accounting.ts'
import { checkFile } from '../../../gateway/seal/verify/file.ts'
import { sallyport } from '../../support/command.ts'
import { newLogKey } from '../../support/log.ts'
import { provedAccounting } from '../../support/proved-accounting.ts'

const PUBLIC_HEALTH = { mode: 'identified', purposeOfUse: 'PUBHLTH' }

describe('verify: accountings', () => {
  const { accounting, log } = provedAccounting([
    {},
    { ...PUBLIC_HEALTH, at: '2026-03-02T12:00:00.000Z' },
    { at: '2026-04-01T12:00:00.000Z' }
  ])
  const key = parseVkey(log.key.vkey)
  const keys = key === null ? [] : [key]
  const check = (text: string, verifiers = keys): string => {
    const checked = checkAccounting(text, verifiers)
    return checked.ok ? 'proved' : checked.failed
  }
  const written = (value: unknown): string => JSON.stringify(value)
  /** The accounting with its first voluntary line changed. */
  const lined = (change: (line: Line) => object, of: Accounting = accounting): string => {
    const [entry, ...more] = of.voluntary
    return written({ ...of, voluntary: [{ ...entry, first: change(entry?.first as Line) }, ...more] })
  }
  const proofed = (changes: object): string => lined((line) => ({ ...line, proof: { ...line.proof, ...changes } }))
  const line = accounting.voluntary[0]?.first as Line
  const flipped = (base64: string, at = 40): string => {
    const bytes = Buffer.from(base64, 'base64')
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes.toString('base64')
  }

  it('each line is proved, repeated ones too; under another key, none; one without a disclosure says that nothing is', () => {
    const checked = checkAccounting(written(accounting), keys)
    expect(checked.ok && checked.found).to.deep.equal({
      source: 'demo-hospital',
      at: accounting.at,
      required: 1,
      voluntary: 2,
      origin: log.key.origin
    })
    const stranger = parseVkey(newLogKey(log.key.origin).vkey)
    expect(check(written(accounting), stranger === null ? [] : [stranger])).to.equal('signature')
    expect(check(written(accounting), [])).to.equal('origin')
    const none = checkAccounting(written({ ...accounting, required: [], voluntary: [] }), keys)
    expect(none.ok && none.found.origin).to.equal(null)
  })

  it('a byte of row, statement, salt, hash or receipt the other way, a place or size that is another: named by the disclosure', () => {
    const { proof } = line
    const hostile: readonly (readonly [string, object, string])[] = [
      ['row', { row: flipped(proof.row) }, 'inclusion'],
      ['salt of the row', { row: flipped(proof.row, 3) }, 'inclusion'],
      ['statement', { statement: proof.statement.replace('demo-insurer', 'demo-insured') }, 'inclusion'],
      ['statement, spelled otherwise', { statement: proof.statement.replace(':', ': ') }, 'format'],
      ['statement of another kind', { statement: proof.statement.replace('dataset-released', 'dataset-refused') }, 'format'],
      ['statement that is none', { statement: '[]' }, 'format'],
      ['salt', { salt: flipped(proof.salt, 3) }, 'inclusion'],
      ['salt cut short', { salt: Buffer.alloc(31).toString('base64') }, 'format'],
      ['hash', { proof: proof.proof.map((hash) => flipped(hash, 0)) }, 'inclusion'],
      ['a hash too few', { proof: proof.proof.slice(1) }, 'inclusion'],
      ['a hash too many', { proof: [...proof.proof, proof.proof[0]] }, 'inclusion'],
      ['a hundred thousand hashes', { proof: Array.from({ length: 100_000 }, () => proof.proof[0]) }, 'format'],
      ['no proof', { proof: [] }, 'inclusion'],
      ['no list', { proof: null }, 'format'],
      ['position', { position: 1 }, 'inclusion'],
      ['position beyond', { position: 5 }, 'inclusion'],
      ['position below', { position: -1 }, 'format'],
      ['position between', { position: 0.5 }, 'format'],
      ['position without end', { position: 1e300 }, 'format'],
      ['size', { size: 6 }, 'inclusion'],
      ['size of none', { size: 0 }, 'inclusion'],
      ['index', { index: 8 }, 'inclusion'],
      ['receipt of another', { receipt: log.receipt(3) }, 'inclusion'],
      ['receipt', { receipt: proof.receipt.replace('index 7', 'index 6') }, 'inclusion'],
      ['receipt that is none', { receipt: '' }, 'format']
    ]
    for (const [name, changes, fault] of hostile) expect(check(proofed(changes)), name).to.equal(fault)
    const checked = checkAccounting(proofed({ row: flipped(proof.row) }), keys)
    expect(checked.ok ? '' : checked.where).to.equal('disclosure 2 of 3, the row')
  })

  it('a line that says what its proof does not is refused: dataset, day, recipient, purpose, mode, subject, class, another hospital', () => {
    const changes: readonly ((of: Line) => object)[] = [
      (of) => ({ ...of, dataset: '00000000-0000-4000-8000-000000000009' }),
      (of) => ({ ...of, at: '2026-03-01T12:00:00.001Z' }),
      (of) => ({ ...of, recipient: { ...of.recipient, id: 'another' } }),
      (of) => ({ ...of, purposeOfUse: 'TREAT' }),
      (of) => ({ ...of, mode: 'limited-data-set' }),
      (of) => ({ ...of, subject: { ...of.subject, records: { Patient: 1 } } }),
      (of) => ({ ...of, subject: { ...of.subject, patient: { base: '', ids: ['p2'] } } }),
      (of) => ({ ...of, ground: { ...of.ground, cite: '45 CFR 164.528(a)(1)(ix)' } }),
      (of) => ({ ...of, incident: '2026-05-01T00:00:00.000Z' })
    ]
    for (const change of changes) expect(check(lined(change)), change.toString()).to.equal('commitment')
    const { required, voluntary } = accounting
    expect(check(written({ ...accounting, required: [], voluntary: [...voluntary, ...required] })), 'hidden among the voluntary').to.equal(
      'commitment'
    )
    expect(check(written({ ...accounting, source: { ...accounting.source, id: 'other-hospital' } }))).to.equal('commitment')
    expect(check(written({ ...accounting, period: { ...accounting.period, to: '2026-03-01T00:00:00.000Z' } }))).to.equal('commitment')
  })

  it('one bit anywhere is found, or changes only what is the hospital’s word', function () {
    this.timeout(60_000)
    const text = written(accounting)
    const bytes = Buffer.from(text)
    const told = (value: string): string => {
      const { period: _, patient: __, at: ___, expired: ____, ...rest } = JSON.parse(value) as Accounting
      const word = new Set(['name', 'address', 'basis', 'fetched'])
      return canonicalJson(JSON.parse(JSON.stringify(rest, (name, member: unknown) => (word.has(name) ? undefined : member))) as Json)
    }
    for (let at = 0; at < bytes.length; at += 11) {
      const altered = Buffer.from(bytes)
      altered[at] = (altered[at] as number) ^ 1
      const found = check(altered.toString('latin1'))
      if (found === 'proved') expect(told(altered.toString('latin1')), `byte ${at}`).to.equal(told(text))
      else expect(found, `byte ${at}`).to.be.oneOf(['format', 'origin', 'signature', 'inclusion', 'commitment'])
    }
  })

  it('other forms are refused: white space, a member twice or too many, lists that are none, nested without end, huge', async function () {
    this.timeout(60_000)
    const text = written(accounting)
    const hostile = [
      `${text} `,
      JSON.stringify(accounting, null, 2),
      text.replace('{"accounting"', '{"at":"2026-01-01T00:00:00.000Z","accounting"'),
      text.replace('@v1', '@v2'),
      written({ ...accounting, more: 1 }),
      written({ ...accounting, required: null }),
      written({ ...accounting, required: [null] }),
      written({ ...accounting, voluntary: [{ first: null, others: [] }] }),
      written({ ...accounting, voluntary: [{ first: line, others: {} }] }),
      written({ ...accounting, scope: 'required' }),
      written({ ...accounting, scope: 'none' }),
      written({ ...accounting, period: [] }),
      `{"accounting":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`,
      `{"accounting":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
      '{"accounting":'
    ]
    for (const one of hostile) expect(check(one), one.slice(0, 60)).to.equal('format')
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-accounting-'))
    try {
      const path = join(folder, 'huge.json')
      writeFileSync(path, Buffer.concat([Buffer.from('{"accounting":"'), Buffer.alloc(40 << 20, 'x'), Buffer.from('"}')]))
      expect(await checkFile(path, { log: keys, manifest: [] }, null)).to.include({ ok: false, failed: 'format' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('sallyport verify tells how many disclosures are proved, or the first that is not', async function () {
    this.timeout(60_000)
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-accounting-'))
    try {
      const verify = (name: string, text: string): ReturnType<typeof sallyport> => {
        writeFileSync(join(folder, name), text)
        return sallyport(['verify', join(folder, name), '--key', log.key.vkey])
      }
      const good = await verify('good.json', `${written(accounting)}\n`)
      expect([good.code, good.err]).to.deep.equal([0, ''])
      expect(good.out).to.match(/^proved: each of 3 disclosures, with the row of the patient\n/)
      const bad = await verify('bad.json', proofed({ row: flipped(line.proof.row) }))
      expect([bad.code, bad.out]).to.deep.equal([
        1,
        'not proved: inclusion: disclosure 2 of 3, the row: The log that was signed does not hold this.\n'
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
