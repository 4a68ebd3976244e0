/** Where an error came from, without a word of its message. */
import { expect } from 'chai'
import { sentencesOf } from '../../gateway/cli/failures.ts'
import { placesOf } from '../../gateway/core/places.ts'
import { fromOutcome, toOutcome } from '../../gateway/exchange/wire.ts'

/** As JSON.parse throws it: the message quotes what it was given, line ends and all. */
function quoted(text: string): Error {
  try {
    JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return error
  }
  throw new Error('that is JSON')
}

const HOSTILE = [quoted('{"a":\n   at John Doe'), new SyntaxError('x\n    at J (/Doe:1:1)'), new SyntaxError('x\n at node:Doe:1:1\n')]

describe('core/places', () => {
  it('a line of the message is no place, however it looks: the place is one in code', () => {
    for (const error of HOSTILE) {
      expect(error.stack, 'the stack repeats it').to.contain('Do')
      const [place = ''] = placesOf(error, 1)
      expect(place).to.match(/^at .*places\.test\.ts:\d+:\d+\)?$|^at JSON\.parse/)
      expect(sentencesOf(error).join())
        .to.match(/^\[internal\] SyntaxError at /)
        .and.to.not.match(/John|Do|valid JSON/)
    }
  })

  it('nor when the message was changed after the stack was taken', () => {
    const error = new Error('x\n   at John Doe')
    error.message = 'another'
    expect(placesOf(error, 4).join()).to.contain('places.test.ts').and.to.not.contain('Doe')
  })

  it('across threads an error takes its places along, and nothing else', async () => {
    const outcome = await toOutcome(() => {
      throw quoted('{"a":\n   at John Doe')
    })
    if (outcome.ok) throw new Error('it failed')
    expect(outcome.place.split('\n')).to.have.length(4)
    expect(outcome.place).to.contain('places.test.ts').and.to.not.contain('Doe')
    let again: unknown = null
    try {
      fromOutcome(outcome)
    } catch (error) {
      again = error
    }
    expect(placesOf(again as Error, 9), 'and they are places again').to.deep.equal(outcome.place.split(/\n +/))
  })
})
