import { expect } from 'chai'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { scrubbed } from '../../../support/scrubbed.ts'

const KNOWN = knownOf([
  {
    resourceType: 'Patient',
    name: [
      { family: 'Muñox', given: ['Zanthippa'] },
      { family: "O'Bryx" },
      { family: 'Ñoxá' },
      { family: 'Ñúñox' },
      { family: 'Lee' },
      { family: 'Krantzel' }
    ]
  }
])

const FOUND = [
  'Mu\ufffdox',
  'mu\ufffdox',
  'MU\ufffdOX',
  'Mu\ufffd\ufffdox',
  '\ufffduñox',
  'Muño\ufffd',
  'O\ufffdBryx',
  'Za\ufffdthi\ufffdpa',
  'Nox\ufffd',
  'Nox?',
  'Mu?ox',
  'mu??ox',
  'Ñ??ox',
  '\ufffd\ufffdñox',
  'Ñ\ufffd\ufffdox',
  'Ñ\ufffd\ufffd\ufffd\ufffdox',
  'O?Bryx',
  '?uñox',
  'Krantzel\ufffds',
  'Lee\ufffds',
  'Lee\ufffdMD',
  'Krantzel\ufffdLee',
  '\ufffdKrantzel\ufffd'
]
const KEPT = [
  'Mu\ufffdax',
  'Mu\ufffdoxen',
  'M\ufffd\ufffd\ufffd\ufffd\ufffdx',
  'Z\ufffdn\ufffdh\ufffdp\ufffda',
  'No\ufffd',
  'No?',
  'no? Xu',
  'lee\ufffdy',
  '\ufffd \ufffd\ufffd',
  'what? ???',

  '5\ufffdC'
]

describe('core/scrub/damaged', () => {
  for (const text of FOUND)
    it(`a known name of four letters or more is found with one or two of them lost, or with a mark: ${JSON.stringify(text)}`, () =>
      expect(scrubbed(`told ${text} so`, KNOWN)).to.match(/^told \[NAME\](?:\ufffds|\ufffdMD|\ufffd)? so$/))

  for (const text of KEPT)
    it(`other letters, too few, or more lost than two are no known name: ${JSON.stringify(text)}`, () =>
      expect(scrubbed(`told ${text} so`, KNOWN)).to.equal(`told ${text} so`))
})
