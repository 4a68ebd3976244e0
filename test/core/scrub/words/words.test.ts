import { expect } from 'chai'
import { createWords, hashesOf, readWords, WORD } from '../../../../gateway/core/scrub/words/words.ts'
import { WORDS } from '../../../support/scrubbed.ts'

const bitsOf = (word: string): number => WORDS.bits(...hashesOf(word))

describe('core/scrub/words', () => {
  it('a line is how much it shares with the one before, the rest, and its letters', () => {
    const entries = [...readWords('# head\n0sampleK\n6tonL\n0st quillP\n')]
    expect(entries).to.deep.equal([
      { word: 'sample', bits: WORD.plain },
      { word: 'sampleton', bits: WORD.last },
      { word: 'st quill', bits: WORD.place },
      { word: 'st', bits: WORD.placeHead }
    ])
  })

  it('a line of another form is refused', () => {
    for (const line of ['sampleK', '0sample', '0SampleK', '0k0K']) expect(() => [...readWords(line)], line).to.throw(SyntaxError)
  })

  it('what several entries say of a word adds up; a word of none has no bits', () => {
    const words = createWords([
      { word: 'quill', bits: WORD.last },
      { word: 'quill', bits: WORD.plain }
    ])
    expect(words.bits(...hashesOf('quill'))).to.equal(WORD.last | WORD.plain)
    expect(words.bits(...hashesOf('quil'))).to.equal(0)
  })

  it('the shipped dictionaries know names, places and plain words, and keep clinical words plain', () => {
    expect(bitsOf('mary') & WORD.usualFirst).not.to.equal(0)
    expect(bitsOf('johnson') & WORD.usualLast).not.to.equal(0)
    expect(bitsOf('chicago') & WORD.city).not.to.equal(0)
    expect(bitsOf('new york') & WORD.place).not.to.equal(0)
    for (const word of ['catheter', 'anemia', 'colon', 'metformin', 'biopsy', 'edema'])
      expect(bitsOf(word) & WORD.plain, word).not.to.equal(0)
    expect(bitsOf('quillfeather')).to.equal(0)
  })
})
