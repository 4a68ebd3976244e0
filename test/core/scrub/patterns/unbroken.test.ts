import { expect } from 'chai'
import { scrub, scrubbed } from '../../../support/scrubbed.ts'

const UNITS = ['5551234', 'a1', 'e1', 'Ab', '0', 'quillfeather', '555-1234-', '5551234.', '5551234,', '1.2', 'a_1']

describe('core/scrub/unbroken', () => {
  for (const unit of UNITS)
    it(`a megabyte of "${unit}" without a break is covered whole`, function () {
      this.timeout(30_000)
      const text = `x ${unit.repeat(Math.ceil((1 << 20) / unit.length))} y`
      const [first, ...others] = scrub(text).findings
      expect(others).to.deep.equal([])
      expect(first).to.include({ start: 2, class: 'ID' })
      expect(first?.end).to.be.within(text.length - 3, text.length - 2)
    })

  it('a number is covered to its end, however long it is, and where a pattern stops within it', () => {
    for (let length = 7; length < 140; length++) {
      const number = '9182736455'.repeat(14).slice(0, length)
      expect(scrubbed(`x ${number} y`), String(length)).to.equal('x [ID] y')
      expect(scrubbed(`MRN ${number} y`), String(length)).to.match(/^MRN \[(?:MRN|ID)\] y$/)
    }
  })

  it('wherever it begins, what is longer than any word is covered', () => {
    for (let before = 0; before < 140; before++)
      expect(scrubbed(`${'. '.repeat(before)}${'zyx'.repeat(30)} y`)).to.equal(`${'. '.repeat(before)}[ID] y`)
  })

  it('addresses of the web and of mail are covered to their ends', () => {
    expect(scrubbed(`see http://example.org/${'a/b'.repeat(3000)} y`)).to.equal('see [URL] y')
    expect(scrubbed(`see example.org/${'a/b'.repeat(3000)} y`)).to.equal('see [URL] y')
    expect(scrubbed(`to ${'a.b'.repeat(1000)}@example.org y`)).to.equal('to [EMAIL] y')
  })

  for (const text of [
    'pneumonoultramicroscopicsilicovolcanoconiosis',
    '-'.repeat(1000),
    '_'.repeat(1000),
    '|---'.repeat(300),
    'Na:140,K:4.1,Cl:102,CO2:24,BUN:14,Cr:0.9,Glu:98,Ca:9.2,Mg:2.0,Phos:3.4,'.repeat(3)
  ])
    it(`keeps a long word, a line that is drawn, a list without blanks: ${text.slice(0, 12)}`, () => expect(scrubbed(text)).to.equal(text))
})
