import { expect } from 'chai'
import { createSurrogates } from '../../../../gateway/core/deidentify/values/surrogate.ts'
import { surrogateCover } from '../../../../gateway/core/scrub/cover/surrogates.ts'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { createScrubber } from '../../../../gateway/core/scrub/scrubber.ts'
import { WORDS } from '../../../support/scrubbed.ts'

const KNOWN = knownOf([{ resourceType: 'Patient', birthDate: '1961-05-10' }])
const COVER = surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, 1)).keyed, moveDay: (day) => day - 100, known: KNOWN })
const scrubber = createScrubber(WORDS, { keep: new Set(), year: 2026 })
const moved = (text: string): string => scrubber.scrub(text, KNOWN, COVER).text

const DOSES = [
  'Tylenol 10-12-14',
  'morphine 10/20/30',
  'morphine IV 10/20/30',
  'Metoprolol ER po daily: 10-12-14',
  '500 mg 10-12-14',
  'morphine 5/10'
]
const DATES: readonly (readonly [text: string, moved: string])[] = [
  ['Tylenol on 10-12-14', 'Tylenol on 07-04-14'],
  ['morphine since 10/20/30', 'morphine since 07/12/30'],
  ['Tylenol 10-12-2014', 'Tylenol 07-04-2014'],
  ['seen 10/12/14', 'seen 07/04/14']
]

describe('core/scrub/doses', () => {
  for (const text of DOSES)
    it(`under surrogates what may be doses is not moved to others: "${text}"`, () =>
      expect(moved(`gave ${text} today`)).to.equal(`gave ${text.replace(/\d+[-/][\d/-]+/, '[DATE]')} today`))

  for (const [text, made] of DATES) it(`a date is moved: "${text}"`, () => expect(moved(text)).to.equal(made))
})
