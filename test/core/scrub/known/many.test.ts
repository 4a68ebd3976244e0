import { expect } from 'chai'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { scrub } from '../../../support/scrubbed.ts'

/** In seconds; measured: none above 1.3. */
const MOST = 3
const UNITS = 1 << 20

function seconds(work: () => unknown): number {
  const began = process.cpuUsage()
  work()
  return process.cpuUsage(began).user / 1e6
}

/** A word of letters for each number. */
function letters(number: number): string {
  return number.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'.charAt(Number(digit)))
}

const PRACTITIONERS = Array.from({ length: 2000 }, (_, at) => ({
  resourceType: 'Practitioner',
  name: [{ family: `Quil${letters(at)}xorth`, given: [`Zeph${letters(at)}qq`] }],
  identifier: [{ system: 'urn:x', value: `4471${100_000 + at}` }],
  address: [{ line: [`${at} Wexmoor Street`], city: `Tell${letters(at)}` }]
}))

/** What many known names and numbers begin as, and none of them. */
const NEARLY = [
  '4471 ',
  '4471100 ',
  'Quil\ufffdf\ufffdther ',
  'Quil\ufffdb\ufffdxorth ',
  'Qu?lbax?rth ',
  'a?',
  'Zephyrinf ',
  'xZephyrine ',
  'Z-Q ',
  '\\u00',
  '%c3'
]

describe('core/scrub/known, many', () => {
  it('forty thousand names that begin with one letter are gathered in seconds', () => {
    const displays = Array.from({ length: 40_000 }, (_, at) => ({ performer: [{ display: `Z${letters(at)}quib Z${letters(at * 7)}nax` }] }))
    expect(seconds(() => knownOf(displays))).to.be.below(MOST)
  })

  for (const text of NEARLY)
    it(`a megabyte of ${JSON.stringify(text)} takes seconds where two thousand people are known`, () => {
      const known = knownOf(PRACTITIONERS)
      expect(seconds(() => scrub(text.repeat(UNITS / text.length), known))).to.be.below(MOST)
    })

  it('each of them is found, with a letter wrong or lost too', () => {
    const known = knownOf(PRACTITIONERS)
    for (const at of [0, 17, 1999]) {
      const name = `quil${letters(at)}xorth`
      for (const written of [
        name,
        `${name.slice(0, -1)}k`,
        `${name.slice(0, -2)}${name.slice(-1)}`,
        `${name}e`,
        `qu\ufffdl${letters(at)}xo\ufffdth`
      ])
        expect(scrub(`so ${written} it was, and 4471${100_000 + at}`, known).text).to.equal('so [NAME] it was, and [ID]')
    }
  })
})
