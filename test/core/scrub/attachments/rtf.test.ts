import { expect } from 'chai'
import fc from 'fast-check'
import { rtfText } from '../../../../gateway/core/scrub/attachments/rtf.ts'
import { attached, attachedText } from '../../../support/attached.ts'

function read(rtf: string): string {
  const made = rtfText(rtf)
  return typeof made === 'string' ? made : made.text
}

const HEAD =
  '{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fnil\\fcharset0 Arial;}{\\f1\\fcharset204 Arial Cyr;}}{\\colortbl;\\red255;}'

describe('core/scrub/attachments/rtf', () => {
  for (const [says, given, left] of [
    ['paragraphs, cells and breaks', 'a\\par b\\tab c\\line d\\cell e', 'a\nb\tc\nd\te'],
    ['formatting within a word', '{\\b Jo}hn', 'John'],
    ['line ends of the source are nothing', 'Jo\r\nhn', 'John'],
    ['bytes by the code page', "caf\\'e9 \\'93a\\'94", 'café “a”'],
    ['bytes by the code page of the font', "{\\f1 \\'c8\\'e2\\'e0\\'ed} \\'c8", 'Иван È'],
    ['\\u with what stands for it', '\\u233?x \\uc2\\u233??y \\uc0\\u233z', 'éx éy éz'],
    ['\\u with a byte for it', "\\u8217\\'92s", '’s'],
    ['signed \\u and pairs', '\\u-10179?\\u-8704?', '😀'],
    ['optional hyphens join, others do not', 'Jo\\-hn a\\_b\\~c', 'John a-b c'],
    ['braces and backslashes', 'a\\{b\\}c\\\\d', 'a{b}c\\d'],
    ['running heads', '{\\header Johnathan}{\\footerr Johnathan}slept', 'slept'],
    ['properties', '{\\info{\\author Johnathan}{\\title x}}slept', 'slept'],
    ['destinations that are not known', '{\\*\\johnathan x{y}}slept', 'slept'],
    ['fields show their result', '{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt slept}}', 'slept'],
    ['what stands high or low is no digit more', '10{\\super 9}/L H{\\sub 2}O x\\super 2\\nosupersub 3', '10^9/L H_2O x^2 3'],
    ['struck text is said no more', 'give {\\strike 5}50 mg', 'give [struck] 50 mg'],
    ['hidden text', 'Jo{\\v x}hn{\\deleted y}', 'John'],
    ['pictures', '{\\pict\\pngblip 89504e47}slept\\bin4 \\}}{b', 'sleptb']
  ] as const)
    it(`${says}: ${given.slice(0, 40)}`, () => {
      expect(read(`${HEAD}${given}}`)).to.equal(left)
    })

  it('leaves as plain text, scrubbed, and says so', () => {
    const made = attached('application/rtf', `${HEAD}\\b Johna\\b0 than Ex\\-amplar slept\\par}`)
    expect(made).to.have.property('contentType', 'text/plain; charset=utf-8')
    expect(attachedText('text/rtf', `${HEAD}\\b Johna\\b0 than Ex\\-amplar slept\\par}`)).to.equal('[NAME] slept\n')
  })

  it('refuses code pages that are not read, and groups too deep', () => {
    expect(read("{\\rtf1\\ansicpg932 \\'83\\'65}")).to.equal('charset')
    expect(read("{\\rtf1{\\fonttbl{\\f2\\fcharset128 x;}}\\f2 \\'83\\'65}")).to.equal('charset')
    expect(read('{'.repeat(100_000))).to.equal('too-complex')
  })

  for (const unit of ['\\', '{}', '}', "\\'", "\\'e9", '\\u1 ', '\\bin1 ', '\\*', 'é', '\\f1', 'a\r\n', '{\\*\\x}'])
    it(`a megabyte of ${unit} takes linear time`, function () {
      this.timeout(20_000)
      expect(rtfText(`{\\rtf1 ${unit.repeat((1 << 20) / unit.length)}`)).to.have.property('text')
    })

  it('whatever comes in: never throws', () => {
    const units = [
      '{',
      '}',
      '\\',
      '\\par',
      '\\u',
      '-9',
      '99999999999',
      "\\'",
      'e9',
      '\\bin',
      '\\*',
      '\\v',
      ' ',
      'x',
      'é',
      '\\fonttbl',
      '\\f',
      '\\fcharset'
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...units), { maxLength: 40 }), (parts) => {
        expect(typeof read(parts.join(''))).to.equal('string')
      }),
      { numRuns: 2000 }
    )
  })
})
