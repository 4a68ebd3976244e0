import { expect } from 'chai'
import { scrubbed } from '../../../support/scrubbed.ts'

const DATES: readonly (readonly [text: string, masked: string])[] = [
  ['Admitted on 14 May with fever', 'Admitted on [DATE] with fever'],
  ['DOB 14 Mar', 'DOB [DATE]'],
  ['SEEN 14 MAY', 'SEEN [DATE]'],
  ['from 14 Mar to 18 Mar', 'from [DATE]'],
  ['came 14May, well', 'came [DATE], well'],
  ['on 14 mar', 'on [DATE]'],
  ['stayed 14 may - 2 june', 'stayed [DATE]'],
  ['surgery in june', 'surgery in [DATE]'],
  ['since august he coughs', 'since [DATE] he coughs'],
  ['last october, in september', 'last [DATE], in [DATE]'],
  ['s/p CABG in oct', 's/p CABG in [DATE]'],
  ['labs 6/5', 'labs [DATE]'],
  ['CT 6/5 showed', 'CT [DATE] showed'],
  ['MRI brain 3/14 shows', 'MRI brain [DATE] shows'],
  ['seen (6/5)', 'seen ([DATE])'],
  ['6/5: seen', '[DATE]: seen'],
  ['Well. 6/5 - seen', 'Well. [DATE] - seen'],
  ['6/5 seen', '[DATE] seen'],
  ['date: 4/5', 'date: [DATE]'],
  ['colonoscopy 3/19', 'colonoscopy [DATE]'],
  ['on the 14th (day 3)', 'on the [DATE] (day 3)'],
  ['seen 6 5 21', 'seen [DATE]'],
  ['came 5.VI.2021', 'came [DATE]'],
  ['on 2021-156', 'on [DATE]'],
  ['day 156 of 2021', '[DATE]'],
  ['seen in may and june', 'seen in [DATE]'],
  ['ill since may, in march', 'ill since [DATE], in [DATE]'],
  ['Jun05 labs, 12 on Mar14', '[DATE] labs, 12 on [DATE]'],
  ['14/Mar/2021 and 14/mar', '[DATE] and [DATE]'],
  ['5/14/2021¹, till 14 May²', '[DATE]¹, till [DATE]²'],
  ['5/14→5/16', '[DATE]→[DATE]'],
  ['5/14–16, labs 5/14-16', '[DATE], labs [DATE]'],
  ['5/14 strength 5/5 in legs', '[DATE] strength 5/5 in legs'],
  ['seen 5/14; 5/20', 'seen [DATE]; [DATE]'],
  ['14+15 May', '[DATE]'],
  ['5/14, seen', '[DATE], seen'],
  ['5/13: febrile. 5/14: afebrile.', '[DATE]: febrile. [DATE]: afebrile.']
]
const KEPT = [
  'take 2 may repeat',
  'scores 6 5 21, range 2021-156',
  'Take 2. May repeat in 5 minutes',
  'take 14 may - 2 at once',
  '1-2 may be given',
  'TAKE 1 MAY REPEAT',
  'results of dec intake',
  'the dose given in may be too low',
  '4/5, left arm',
  'x10⁹/L, 31 kg/m², 1/2-1 tab',
  'SEPT9 and MARCH5 genes, OCT4',
  'she may march to march tunes',
  'strength (4/5), pain (7/10)',
  'Pain:\n7/10 today',
  'Strength\n5/5: arms',
  'BiPAP 12/5, vision 6/5 OD, GCS 10/15',
  'blood cultures 2/4 bottles'
]

describe('core/scrub/patterns/dates-near', () => {
  for (const [text, masked] of DATES)
    it(`45 CFR 164.514(b)(2)(i)(C): a date without its year is one: "${text}"`, () => expect(scrubbed(text)).to.equal(masked))

  for (const text of KEPT) it(`words and scores stand: "${text}"`, () => expect(scrubbed(text)).to.equal(text))
})
