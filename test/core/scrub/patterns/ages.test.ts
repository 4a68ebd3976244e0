import { expect } from 'chai'
import { scrubbed } from '../../../support/scrubbed.ts'

const OLD: readonly (readonly [text: string, masked: string])[] = [
  ['His age was 94', 'His age was [AGE]'],
  ['Age (yrs): 94', 'Age (yrs): [AGE]'],
  ['Age (years) 94', 'Age (years) [AGE]'],
  ['Age in years: 94', 'Age in years: [AGE]'],
  ['Age|94', 'Age|[AGE]'],
  ['age > 90', 'age [AGE]'],
  ['age at death 94', 'age at death [AGE]'],
  ['ninety-four (94) year old', '[AGE]'],
  ['94 (ninety-four) year old', '[AGE]'],
  ['94 - year - old', '[AGE]'],
  ['94_year_old', '[AGE]'],
  ['ninety\nfour year old', '[AGE]'],
  ['94 ½ year old', '[AGE]'],
  ['94 yo¹', '[AGE]¹'],
  ['age94', 'age[AGE]'],
  ['94\ufffdyear\ufffdold', '[AGE]'],
  ['a 94y F', 'a [AGE] F'],
  ['a 94 y female', 'a [AGE] female'],
  ['94-F', '[AGE]'],
  ['M/94', 'M/[AGE]'],
  ['94+ yo', '[AGE]'],
  ["in her 90's", 'in her [AGE]'],
  ['died at 94', 'died at [AGE]'],
  ['passed away at ninety-four', 'passed away at [AGE]'],
  ['She is 94.', 'She is [AGE].'],
  ['the patient is now 94', 'the patient is now [AGE]'],
  ['94 and 92 years old', '[AGE]'],
  ['ages 94 & 92', 'ages [AGE]']
]
const KEPT = [
  'temp 99 F, fever to 101 F',
  'a 100-m walk',
  'she is 94% on air, he is 94.5 kg',
  'died at 94 minutes',
  'lived to 89, she is 88.',
  'F/U in 94 days',
  'now 94 m.o.',
  'for 95 y of data'
]

describe('core/scrub/patterns/ages', () => {
  for (const [text, masked] of OLD)
    it(`45 CFR 164.514(b)(2)(i)(C): an age over 89 goes however it is told: "${text}"`, () => expect(scrubbed(text)).to.equal(masked))

  for (const text of KEPT) it(`what is no age over 89 stands: "${text}"`, () => expect(scrubbed(text)).to.equal(text))

  for (const unit of ['94 and ', '94 & 92, ', '94 (', 'age ', '\ufffd', '9\ufffd'])
    it(`a line of 1 MB of ${JSON.stringify(unit)} takes linear time`, function () {
      // a quadratic rule would need hours
      this.timeout(30_000)
      const line = unit.repeat(Math.ceil((1 << 20) / unit.length))
      expect(scrubbed(line).length).to.be.at.most(line.length * 2)
    })
})
