/** Questions that come at once are asked together; each gets its own answer, and a failure is told to all who asked in it, and to nobody after. */
import { expect } from 'chai'
import { together } from '../../gateway/exchange/log/together.ts'

describe('exchange/together', () => {
  it('a hundred at once are two statements of at most sixty-four after the first; each hears its own answer', async () => {
    const sizes: number[] = []
    const ask = together(async (asks: readonly number[]) => {
      sizes.push(asks.length)
      await new Promise((resolve) => setTimeout(resolve, 5))
      return asks.map((n) => n * 2)
    }, 64)
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n)))
    expect(answers).to.deep.equal(Array.from({ length: 100 }, (_, n) => n * 2))
    expect(sizes).to.deep.equal([1, 64, 35])
  })

  it('a failure is told to all who asked in it; the next is asked anew', async () => {
    let fails = 1
    const ask = together(async (asks: readonly string[]) => {
      await Promise.resolve()
      fails -= 1
      if (fails === 0) throw new Error('away')
      return asks
    }, 8)
    const [first, second] = await Promise.allSettled([ask('a'), ask('b')])
    expect([first.status, second.status]).to.deep.equal(['rejected', 'fulfilled'])
    expect(await ask('c')).to.equal('c')
  })
})
