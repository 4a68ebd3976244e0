import { expect } from 'chai'
import { createSurrogates } from '../../../../gateway/core/deidentify/values/surrogate.ts'
import { surrogateCover } from '../../../../gateway/core/scrub/cover/surrogates.ts'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { createScrubber } from '../../../../gateway/core/scrub/scrubber.ts'
import { scrubbed, WORDS } from '../../../support/scrubbed.ts'

const DAYS = ['2021-05-14', '2021-06-02', '2021-05-05', '2021-07-10', '2021-02-06', '2020-01-02', '2019-04-05', '2019-08-09', '2021-06-05']
const KNOWN = knownOf(DAYS.map((start) => ({ resourceType: 'Encounter', period: { start } })))
const COVER = surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, 1)).keyed, moveDay: (day) => day - 100, known: KNOWN })
const scrubber = createScrubber(WORDS, { keep: new Set(['TIME']), year: 2026 })
const moved = (text: string): string => scrubber.scrub(text, KNOWN, COVER).text

const FOUND: readonly (readonly [text: string, masked: string])[] = [
  ['then 14 may came', 'then [DATE] came'],
  ['then 14-May came', 'then [DATE] came'],
  ['then 5/14-16 at home', 'then [DATE] at home'],
  ['in 5/14 & 5/15', 'in [DATE]'],
  ['5/14 thru 16', '[DATE]']
]
const SCORES = [
  'Strength 5/5 throughout, 4/5 strength left arm',
  'pain 7/10, was 9/10',
  'pain fell from 7/10 to 5/10',
  '2/6 systolic murmur',
  'take 1/2 tab',
  'Apgars 8/9',
  '5/5 in all extremities',
  '14 may repeat'
]
const MOVED: readonly (readonly [text: string, moved: string])[] = [
  ['Admitted 14 May, discharged 2 June', 'Admitted 3 February, discharged 22 Feb'],
  ['seen 7/10 and gone', 'seen 4/1 and gone'],
  ['labs 6/5', 'labs 2/25'],
  ['gave 14 may too', 'gave [DATE] too'],
  ['now 7/10 said', 'now [DATE] said'],
  ['on 5/5 strength exam', 'on [DATE] strength exam']
]

describe('core/scrub/known/days', () => {
  for (const [text, masked] of FOUND)
    it(`a day of the records is found without its year: "${text}"`, () => expect(scrubbed(text, KNOWN)).to.equal(masked))

  for (const text of SCORES)
    it(`where a word of scores stands a number is no day, even if the records have such a day: "${text}"`, () => {
      expect(scrubbed(text, KNOWN)).to.equal(text)
      expect(moved(text)).to.equal(text)
    })

  for (const [text, made] of MOVED)
    it(`a day is moved where it can be nothing else, and covered where it may be a score: "${text}"`, () =>
      expect(moved(text)).to.equal(made))
})
