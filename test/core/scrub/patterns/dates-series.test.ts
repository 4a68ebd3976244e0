import { expect } from 'chai'
import { placeholders } from '../../../../gateway/core/scrub/cover/cover.ts'
import { createScrubber } from '../../../../gateway/core/scrub/scrubber.ts'
import { WORDS } from '../../../support/scrubbed.ts'

const scrubber = createScrubber(WORDS, { keep: new Set(), year: 2026 })
const masked = (text: string): string => scrubber.scrub(text, null, placeholders).text

const TOLD: readonly (readonly [text: string, masked: string])[] = [
  ['admitted 3/14/21-3/16/21 here', 'admitted [DATE] here'],
  ['admitted 3/14, 3/15, and 3/18', 'admitted [DATE]'],
  ['from 3/14/2021 to 3/18', 'from [DATE]'],
  ['Mar 14, 16 and 18, 2021', '[DATE]'],
  ['March 14-16, 18 and 20, 2021', '[DATE]'],
  ['14, 16 and 18 March 2021', '[DATE]'],
  ['stayed 11/3-5/2021', 'stayed [DATE]'],
  ['admitted on 3/14-16', 'admitted on [DATE]'],
  ['03-14-21-03-16-21', '[DATE]'],
  ['Monday, March 14 to Friday, March 18', '[DATE]'],
  ['5 Nov - 7 Nov 2021', '[DATE]'],
  ['seen 3/14/2021 (Sunday)', 'seen [DATE]'],
  ['seen 3/14/2021 (Sun)', 'seen [DATE]'],
  ['Sat 3/13/2021', '[DATE]'],
  ['March 14, 2021 was a Sunday', '[DATE]'],
  ['2-Jan-2021T22:30:00Z', '[DATE]'],
  ['at 10:30 PM EDT', 'at [TIME]'],
  ['at 10:30 PM (EST) he', 'at [TIME] he'],
  ['at 3 pm Eastern Daylight Time', 'at [TIME]'],
  ['at 1030 EDT', 'at [TIME]'],
  ['on 3/14/2021 at 1030', 'on [DATE]'],
  ['on 2021/03/14 2300-0700', 'on [DATE]'],
  ['5/14, 15 and 16', '[DATE]'],
  ['seen 5/14,15,16 for', 'seen [DATE] for'],
  ['admitted 5/14-16,18', 'admitted [DATE]'],
  ['5/14 & 15 & 16', '[DATE]'],
  ["seen 6/5/’21 and 6/5/'21", 'seen [DATE] and [DATE]']
]
/** What stands beside a date and is none. */
const LEFT: readonly (readonly [text: string, masked: string])[] = [
  ['March 14, 2 tablets and 3/4', '[DATE], 2 tablets and 3/4'],
  ['on 3/14, 5/5 strength', 'on [DATE], 5/5 strength'],
  ['on 3/14, 4/5 motor power', 'on [DATE], 4/5 motor power'],
  ['March 14, 3rd dose', '[DATE], 3rd dose'],
  ['on 3/14, 15 and 16 mg', 'on [DATE], 15 and 16 mg'],
  ['on 3/14, 5, 3 and 2', 'on [DATE], 5, 3 and 2'],
  ['3/14/2021 1200 mL urine', '[DATE] 1200 mL urine'],
  ['3/14/21, 2000 mL', '[DATE], 2000 mL'],
  ['O2 sat 3/14/21', 'O2 sat [DATE]'],
  ['10:30 AST 45', '[TIME] AST 45'],
  ['seen 3/14/2021, 4/12/2021 and 5/3/2021', 'seen [DATE], [DATE] and [DATE]']
]

describe('core/scrub/patterns/dates-series', () => {
  for (const [text, made] of TOLD)
    it(`45 CFR 164.514(b)(2)(i)(C): dates told together and what belongs to them are one finding: "${text}"`, () =>
      expect(masked(text)).to.equal(made))

  for (const [text, made] of LEFT) it(`what stands beside a date is no part of it: "${made}"`, () => expect(masked(text)).to.equal(made))

  for (const unit of [
    '3/14, ',
    'March 14, 16 and ',
    '3/14/21-',
    '14, ',
    'Jan 3 and 5, ',
    '3/14/2021 (Sunday) ',
    '3/14/2021 to ',
    'on 3/5-',
    'on 3/5, 6, 7'
  ])
    it(`a line of 1 MB of ${JSON.stringify(unit)} takes linear time`, function () {
      // a quadratic rule would need hours
      this.timeout(30_000)
      const line = unit.repeat(Math.ceil((1 << 20) / unit.length))
      expect(masked(line).length).to.be.at.most(line.length * 2)
    })
})
