import { expect } from 'chai'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { scrubbed } from '../../../support/scrubbed.ts'

/** The hundred most usual surnames of the United States census of 2010, in order. */
const SURNAMES =
  `Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin
  Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson
  Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy
  Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray
  Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez`.split(/\s+/)

const FRAMES: readonly (readonly [frame: string, write: (name: string) => string])[] = [
  ['X, first name', (name) => `${name}, Zephyrine 45M presents with cough.`],
  ['(X, first name)', (name) => `(${name}, Zephyrine)`],
  ['X first name', (name) => `${name} Zephyrine was seen.`],
  ['X,FIRST NAME', (name) => `${name.toUpperCase()},ZEPHYRINE`],
  ['X J. first name', (name) => `${name} J. Zephyrine here`],
  ['first name x', (name) => `zephyrine ${name.toLowerCase()} here`],
  ['x, first name', (name) => `${name.toLowerCase()}, zephyrine`],
  ['X was', (name) => `${name} was told to return.`],
  ['X denies', (name) => `Exam done. ${name} denies pain.`],
  ['X understands', (name) => `${name} understands the plan.`],
  ['X tolerated', (name) => `${name} tolerated it well.`],
  ['X states', (name) => `- ${name} states so.`],
  ['X reports', (name) => `1. ${name} reports so.`],
  ['X family', (name) => `${name} family called`]
]
/** Frames in which a clinical adjective may begin a sentence, too. */
const SIGNS: readonly ((name: string) => string)[] = [
  (name) => `1. ${name} to follow up`,
  (name) => `- ${name}: will call`,
  (name) => `${name} & wife agree`,
  (name) => `${name}/wife agree`,
  (name) => `(${name})`,
  (name) => `Seen:\n${name}\nsigned`
]
const ADJECTIVES = new Set('Brown White Young Green Gray Long'.split(' '))

const CLINICAL = [
  'Young woman with cough.',
  'White count 12.',
  'White: 12. Black & white.',
  'Brown sputum.',
  'White to yellow sputum.',
  'Green stool.',
  'Long course.',
  'Hill-Sachs lesion.',
  'Baker cyst.',
  'Walker used for gait.',
  'King size bed.',
  'Wood lamp exam.',
  'Price to 30.',
  'Ward to bed transfer',
  'Ward round. Cook well.',
  'a young man with a long wait in the hall'
]

const knownAs = (family: string) => knownOf([{ resourceType: 'Patient', name: [{ family, given: ['Zephyrine'] }] }])

describe('core/scrub/known, names that are plain words', () => {
  for (const [frame, write] of FRAMES)
    it(`each of the hundred most usual surnames is found in "${frame}"`, () => {
      const left = SURNAMES.filter((name) => scrubbed(write(name), knownAs(name)).toLowerCase().includes(name.toLowerCase()))
      expect(left).to.deep.equal([])
    })

  it('before a sign and before "to" and a verb a surname counts at the beginning, but for what is a clinical adjective', () => {
    for (const write of SIGNS)
      for (const name of SURNAMES.filter((each) => !ADJECTIVES.has(each))) {
        expect(scrubbed(write(name), knownAs(name))).not.to.include(name)
      }
  })

  for (const text of CLINICAL)
    it(`no surname is found in "${text}"`, () => {
      for (const name of 'Young White Black Brown Green Long Hill Baker Walker King Wood Price Ward Cook Hall'.split(' '))
        expect(scrubbed(text, knownAs(name))).to.equal(text)
    })

  it('what stands beside it is another known name, not the same, nor another plain word in lower case', () => {
    const known = knownOf([{ resourceType: 'Patient', name: [{ family: 'Long', given: ['Will'] }] }])
    for (const text of ['it will long be so', 'long, will', 'Long long ago']) expect(scrubbed(text, known)).to.equal(text)
  })
})
