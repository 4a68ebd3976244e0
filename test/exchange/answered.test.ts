import { expect } from 'chai'
import { answered } from '../../gateway/exchange/release/answered.ts'

const MEGA = 1024 * 1024

async function run(sizes: readonly number[]): Promise<{ readonly asked: number[]; readonly events: string[] }> {
  const asked: number[] = []
  const events: string[] = []
  const textsIn = (n: number): ReadonlySet<string> => {
    events.push(`read ${n}`)
    return new Set([String(n).padEnd(n)])
  }
  const ask = (texts: Iterable<string>) => {
    asked.push([...texts].reduce((sum, text) => sum + text.length, 0))
    return Promise.resolve(new Map([...texts].map((text) => [text, []])))
  }
  for await (const { one, answers } of answered(sizes, textsIn, ask))
    events.push(`released ${one} ${answers?.has(String(one).padEnd(one))}`)
  return { asked, events }
}

describe('exchange/answered', () => {
  it('subjects are asked about a few megabytes at a time, and released in their order, each with its answers', async () => {
    const sizes = [3 * MEGA, 2 * MEGA, 5 * MEGA, 1]
    const { asked, events } = await run(sizes)
    expect(asked).to.deep.equal([5 * MEGA, 5 * MEGA, 1])
    const [a, b, c, d] = sizes
    expect(events).to.deep.equal([
      ...[`read ${a}`, `read ${b}`, `released ${a} true`, `released ${b} true`],
      ...[`read ${c}`, `released ${c} true`, `read ${d}`, `released ${d} true`]
    ])
  })

  it('nobody, and nobody to ask: nothing is read, no answers are wanted', async () => {
    expect(await run([])).to.deep.equal({ asked: [], events: [] })
    const released: unknown[] = []
    for await (const each of answered([1], () => expect.fail(), null)) released.push(each)
    expect(released).to.deep.equal([{ one: 1, answers: null }])
  })
})
