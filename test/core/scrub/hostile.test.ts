import { expect } from 'chai'
import fc from 'fast-check'
import { createSurrogates } from '../../../gateway/core/deidentify/values/surrogate.ts'
import { surrogateCover } from '../../../gateway/core/scrub/cover/surrogates.ts'
import { knownOf } from '../../../gateway/core/scrub/known/known-of.ts'
import { patternWords } from '../../../gateway/core/scrub/patterns/find.ts'
import { createScrubber } from '../../../gateway/core/scrub/scrubber.ts'
import { contextWords } from '../../../gateway/core/scrub/words/context.ts'
import { scrub, WORDS } from '../../support/scrubbed.ts'

const KNOWN = knownOf([
  { resourceType: 'Patient', name: [{ family: 'Aaaaaaaa', given: ['J'] }], birthDate: '1961-03-14', identifier: [{ value: '1111' }] }
])
const MEGABYTE = 1 << 20
const SHORT_LINE = 1 << 14
const UNITS = [
  'a',
  'A',
  '1',
  ' ',
  '.',
  '-',
  '@',
  "'",
  '\n',
  '(',
  '\u200b',
  'é',
  'Ａ',
  'a@',
  '1-',
  '1.',
  '1/',
  '1 ',
  '1:',
  '00 ',
  '+1 ',
  'A.',
  'A. ',
  'Aa ',
  "Aa'",
  'Aa-',
  'a-\n',
  'Dr. ',
  'Dr ',
  'dr ',
  'Mary ',
  'Smith, ',
  'de la ',
  'St. ',
  'New ',
  'New York ',
  'of ',
  'Hospital of ',
  'Hospital ',
  'Aa, ',
  'mrn ',
  'mrn: ',
  'number ',
  'http://',
  'www.',
  'a.',
  'a.com',
  'may ',
  'March ',
  'first of ',
  'in ',
  '1 St ',
  '12 North ',
  '4111 ',
  'ff:',
  'Aaaaaaab ',
  '1111-',
  "Aa's ",
  '1'.repeat(50),
  ' '.repeat(20),
  '\t\r\n',
  '\ud800',
  '=?a?b?',
  '(01)1',
  'at Aa ',
  'seen at Aa-',
  '12 aa ',
  'dot com ',
  'five ',
  'aA1',
  'ab:cd:',
  'Aa^Aa^',
  '1-800-',
  'ﬁ',
  '\ufdfa',
  '&amp;',
  '&amp;&#',
  '&#38;',
  '&ntilde;',
  '&#0',
  'Ã',
  'ÃƒÂ',
  'ð\u0090',
  '\ufffd',
  'Aaaa\ufffdaaa ',
  '5551234',
  'Tylenol 1-1-11 '
]

/** Strings with what the rules look at, more often than chance would have it. */
const texts = fc
  .array(fc.oneof(fc.constantFrom(...UNITS), fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 40 })
  .map((parts) => parts.join(''))

describe('core/scrub, hostile', () => {
  for (const unit of UNITS)
    it(`a line of 1 MB of ${JSON.stringify(unit).slice(0, 20)} takes linear time`, function () {
      // a quadratic rule would need hours: 10^12 steps
      this.timeout(30_000)
      const line = unit.repeat(Math.ceil(MEGABYTE / unit.length))
      const { findings } = scrub(line, KNOWN)
      expect(findings.every(({ start, end }) => start < end && end <= line.length)).to.equal(true)
    })

  it('every word a pattern or a rule begins with takes linear time, by itself, before digits and before marks', function () {
    this.timeout(120_000)
    // a quadratic rule would need 10^10 steps for one of these lines: seconds, not milliseconds
    for (const { word } of [...patternWords(), ...contextWords()]) {
      for (const after of [' ', ' 1 ', ': ', '-', ' Aa ', '\n']) {
        const unit = `${word}${after}`
        const began = process.cpuUsage()
        scrub(unit.repeat(Math.ceil(SHORT_LINE / unit.length)), KNOWN)
        const { user, system } = process.cpuUsage(began)
        expect((user + system) / 1000, unit).to.be.below(2000)
      }
    }
  })

  for (const unit of ['Mary Johnson ', '3/14/2021 ', 'a@b.org ', '555-010-4477 ', 'Aaaaaaaa ', 'in Boston, MA 02139 ', 'Wexmoor Clinic '])
    it(`surrogates for a line of 1 MB of ${JSON.stringify(unit)} take linear time, and the same stands for the same`, function () {
      this.timeout(30_000)
      const cover = surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, 1)).keyed, moveDay: (day) => day - 100, known: null })
      const made = createScrubber(WORDS, { keep: new Set(), year: 2026 }).scrub(
        unit.repeat(Math.ceil(MEGABYTE / unit.length)),
        KNOWN,
        cover
      )
      expect(new Set(made.findings.map(({ replacement }) => replacement)).size).to.be.within(1, 2)
    })

  it('never throws; findings are in order, apart and within the text; what lies between them stays', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const made = scrub(text, KNOWN)
        let done = 0
        let rebuilt = ''
        for (const { start, end, replacement } of made.findings) {
          expect(start).to.be.at.least(done)
          expect(end).to.be.above(start)
          rebuilt += text.slice(done, start) + replacement
          done = end
        }
        expect(done).to.be.at.most(text.length)
        expect(rebuilt + text.slice(done)).to.equal(made.text)
      }),
      { numRuns: 3000 }
    )
  })

  it('gives the same for the same text, whatever it read before', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const before = scrub(one, KNOWN)
        scrub(other, null)
        expect(scrub(one, KNOWN)).to.deep.equal(before)
      }),
      { numRuns: 300 }
    )
  })
})
