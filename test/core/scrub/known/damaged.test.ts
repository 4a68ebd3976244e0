import { expect } from 'chai'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { scrubbed } from '../../../support/scrubbed.ts'

const KNOWN = knownOf([
  { resourceType: 'Patient', name: [{ family: 'Muñox', given: ['Zanthippa'] }, { family: "O'Bryx" }, { family: 'Ñoxá' }] }
])

const FOUND = [
  'Mu\ufffdox',
  'mu\ufffdox',
  'MU\ufffdOX',
  'Mu\ufffd\ufffdox',
  '\ufffduñox',
  'Muño\ufffd',
  'O\ufffdBryx',
  'Za\ufffdthi\ufffdpa'
]
const KEPT = [
  'Mu\ufffdax',
  'Mu\ufffdoxen',
  'M\ufffd\ufffd\ufffd\ufffd\ufffdx',
  'Z\ufffdn\ufffdh\ufffdp\ufffda',
  'Nox\ufffd',
  '\ufffd \ufffd\ufffd',
  '5\ufffdC'
]

describe('core/scrub/damaged', () => {
  for (const text of FOUND)
    it(`a known name of five letters or more is found with one or two of them lost: ${JSON.stringify(text)}`, () =>
      expect(scrubbed(`told ${text} so`, KNOWN)).to.equal('told [NAME] so'))

  for (const text of KEPT)
    it(`other letters, too few, or more lost than two are no known name: ${JSON.stringify(text)}`, () =>
      expect(scrubbed(`told ${text} so`, KNOWN)).to.equal(`told ${text} so`))
})
