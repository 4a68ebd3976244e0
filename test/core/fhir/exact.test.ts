import { expect } from 'chai'
import fc from 'fast-check'
import { isRawNumber, parseExact } from '../../../gateway/core/fhir/exact.ts'

function written(text: string): string {
  return JSON.stringify(parseExact(text))
}

describe('numbers as they were written', () => {
  const AS_THEY_CAME = [
    '1.10',
    '0.0',
    '-0',
    '-0.0',
    '1e3',
    '1.0E-2',
    '12345678901234567',
    '0.0000001',
    '100.00',
    '0.30562800211089186',
    '7',
    '0.5'
  ]
  for (const number of AS_THEY_CAME) {
    it(`R4 decimal: ${number} is written again as it came, in an object and in the lists of MolecularSequence.quality.roc`, () => {
      for (const colon of [':', ': ', ' :', '\t:\n']) expect(written(`{"value"${colon}${number}}`)).to.equal(`{"value":${number}}`)
      const roc = (list: string): string => `{"quality":[{"roc":{"precision":[${list}]}}]}`
      expect(written(roc(`1,${number} , ${number}`))).to.equal(roc(`1,${number},${number}`))
    })
  }

  it('only numbers that JavaScript would write otherwise are kept as text: all others stay numbers', () => {
    const tree = parseExact('{"a":1.10,"b":1.1,"c":[28.104000000000003]}') as { a: unknown; b: unknown; c: unknown[] }
    expect(isRawNumber(tree.a)).to.equal(true)
    expect(tree.b).to.equal(1.1)
    expect(tree.c).to.deep.equal([28.104000000000003])
  })

  it('what looks like such a number inside a string stays in the string', () => {
    for (const text of [
      '{"note":"a:1.10, b [2.0] ,3.0,","value":1.50}',
      '{"note":"x\\":1.10,","value":1.50}',
      '{"k":[":1.10,"],"value":1.50}'
    ])
      expect(written(text)).to.equal(text)
  })

  it("a sender's text that begins with the mark put before numbers stays a text", () => {
    for (const text of ['{"note":"\x7f1.10","value":1.50}', '{"note":"\\u007f1.10","value":1.50}', '{"note":"\\u007F1.10","value":1.50}']) {
      const tree = parseExact(text) as { note: unknown; value: unknown }
      expect(tree.note).to.equal('\x7f1.10')
      expect(isRawNumber(tree.value)).to.equal(true)
    }
  })

  it("an object that looks like a kept number is none: nobody's text is written as JSON", () => {
    expect(isRawNumber(parseExact('{"rawJSON":"1.10"}'))).to.equal(false)
    expect(written('{"a":{"rawJSON":"1.10"},"b":1.10}')).to.equal('{"a":{"rawJSON":"1.10"},"b":1.10}')
  })

  it('a text that is no JSON is refused as JSON.parse refuses it', () => {
    for (const text of ['{"a":1.10', '{"a":1.2.30}', '{"a":01.10}', '{"a":-}', '{"a":1.10,}'])
      expect(() => parseExact(text)).to.throw(SyntaxError)
  })

  it('any JSON reads as JSON.parse reads it, but for numbers written otherwise', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(written(text))).to.deep.equal(JSON.parse(text))
      })
    )
  })
})
