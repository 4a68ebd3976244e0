import { expect } from 'chai'
import fc from 'fast-check'
import { createSurrogates } from '../../../../gateway/core/deidentify/values/surrogate.ts'
import { surrogateCover } from '../../../../gateway/core/scrub/cover/surrogates.ts'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { createScrubber } from '../../../../gateway/core/scrub/scrubber.ts'
import { scrubbed, WORDS } from '../../../support/scrubbed.ts'

const KNOWN = knownOf([{ resourceType: 'Encounter', period: { start: '2021-05-14', end: '2021-06-02' } }])
const COVER = surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, 1)).keyed, moveDay: (day) => day - 100, known: KNOWN })
const scrubber = createScrubber(WORDS, { keep: new Set(['TIME']), year: 2026 })
const moved = (text: string): string => scrubber.scrub(text, KNOWN, COVER).text

const ROWS: readonly (readonly [text: string, moved: string])[] = [
  ['5/14, 5/16, 5/18/2021', '[DATE]'],
  ['May 14, 15, 16: fever', '[DATE]: fever'],
  ['5/14 & 5/15', '[DATE]'],
  ['5/13: febrile. 5/14: afebrile.', '2/2: febrile. 2/3: afebrile.'],
  ['5/14/2021 to 16', '[DATE]'],
  ['2021-05-14 to 18', '[DATE]'],
  ['May 14 2021 to the 18th', '[DATE]'],
  ['5/14/2021, 16th', '[DATE]'],
  ['5/14/2021 Fri', '[DATE]'],
  ['5/14/2021 - Friday', '[DATE]'],
  ['5/14/2021, a Friday', '[DATE]'],
  ['5/14(Fri), 5/15(Sat)', '[DATE], [DATE]'],
  ['5/14 and again 5/20', '2/3 and again [DATE]'],
  ['5/14/21 (then 5/16)', '2/3/21 (then [DATE])'],
  ['Seen 5/14, 5/16 and 5/18.', 'Seen [DATE].'],
  ['14 May - 2 June', '[DATE]'],
  ['5/14/2021, then the 16th', '2/3/2021, then the [DATE]'],
  ['since the 12th (first on 5/14/2021)', 'since the [DATE] (first on 2/3/2021)']
]
/** What goes on from a date and may be no day. */
const FIXED: readonly (readonly [text: string, moved: string])[] = [
  ['5/14/2021, 2 friends', '[DATE], 2 friends'],
  ['5/14/2021 - 16 children', '[DATE] - 16 children'],
  ['5/14/2021, 2 tablets', '2/3/2021, 2 tablets'],
  ['5/14/2021 and 6/2/2021', '2/3/2021 and 2/22/2021']
]
const LEFT: readonly (readonly [text: string, moved: string])[] = [
  ['5/14/2021 strength 4/5', '2/3/2021 strength 4/5'],
  ['5/14/2021 for sepsis 2/2 pneumonia', '2/3/2021 for sepsis 2/2 pneumonia'],
  ['5/14/2021 with 24/7 care', '2/3/2021 with 24/7 care'],
  ['5/14/2021 for the 2nd dose', '2/3/2021 for the 2nd dose'],
  ['5/14/2021 sat 98%', '2/3/2021 sat 98%'],
  ['Seen 5/14/2021. Given 4/15', 'Seen 2/3/2021. Given 4/15']
]

/** Of a month and a day, such as no score has. */
const DAY = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 11, max: 28 })).map(([month, day]) => `${month}/${day}`)
const BETWEEN = fc.constantFrom(', ', ' and ', ' & ', ', then ', ' with fever, ', ' (again ', '-', ' to ', ' x ', ', pain gone ')
const DATED = fc.constantFrom('5/14', '5/14/2021', 'May 14', '14 May 2021', '2021-05-14', '6/2/21')

describe('core/scrub/patterns/dates-beside', () => {
  for (const [text, made] of [...ROWS, ...FIXED])
    it(`no day stands unmoved beside one that is moved: "${text}"`, () => expect(moved(text)).to.equal(made))

  for (const [text, made] of LEFT) it(`what is no day stands: "${made}"`, () => expect(moved(text)).to.equal(made))

  it('in a clause in which a day is moved or covered no other stands, whatever is between', () => {
    const clause = fc.array(fc.tuple(BETWEEN, DAY), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(clause, DATED, clause, (before, date, behind) => {
        const lead = before.map(([between, day]) => `${day}${between}`).join('')
        const text = `came ${lead}${date}${behind.map(([between, day]) => between + day).join('')} here`
        // nobody joins these
        fc.pre(!/-\d{4}-|-\d\d [A-Z]|-[A-Z]|\d{4}-\d\d-\d\d-/.test(text))
        // what is covered is the same under surrogates
        expect(scrubbed(text, KNOWN)).not.to.match(/\d\/|\/\d/)
      }),
      { numRuns: 2000 }
    )
  })

  for (const unit of ['1/11, ', '5/14 1/11 ', '5/14, 2 ', '4/5 ', '1/11-'])
    it(`a line of 1 MB of ${JSON.stringify(unit)} takes linear time`, function () {
      // a quadratic rule would need hours
      this.timeout(30_000)
      const line = `5/14/2021 ${unit.repeat(Math.ceil((1 << 20) / unit.length))} 5/14/2021`
      expect(scrubbed(line, KNOWN).length).to.be.at.most(line.length * 2)
    })
})
