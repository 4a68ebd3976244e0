/** What global recoding promises of datasets released one after the other: everything is counted anew, from what the recipient was given. */
import { expect } from 'chai'
import fc from 'fast-check'
import {
  entropyOf,
  groupsAfter,
  illnesses,
  knowledge,
  play,
  releases,
  type Someone,
  seenOf,
  smallest,
  type Terms,
  terms,
  valuesBy
} from '../support/releases.ts'

describe('properties: global recoding, release after release', function () {
  this.timeout(60_000)

  for (const [count, traits] of [
    [1, 'stays'],
    [2, 'stays'],
    [3, 'stays'],
    [2, 'moves'],
    [3, 'moves']
  ] as const)
    it(`of ${count} with a person that ${traits}: whoever was released shares all the recipient holds with k - 1 others`, () => {
      fc.assert(
        fc.property(releases(count, traits), terms, (datasets, asked) => {
          const steps = play(datasets, asked)
          for (const index of steps.keys()) expect(smallest(knowledge(steps.slice(0, index + 1)).values())).to.be.at.least(asked.k)
        }),
        { numRuns: 150 }
      )
    })

  it('nobody ever becomes known more precisely than by the first release', () => {
    fc.assert(
      fc.property(releases(3, 'moves'), terms, (datasets, asked) => {
        const nodes = new Map<number, (readonly number[])[]>()
        for (const { id, node } of play(datasets, asked).flatMap(({ given }) => given)) nodes.set(id, [...(nodes.get(id) ?? []), node])
        for (const [first = [], ...later] of nodes.values())
          for (const node of later) expect(node.map((level, column) => Math.max(level, first[column] ?? 0))).to.deep.equal(node)
      }),
      { numRuns: 150 }
    )
  })

  it('l-diversity, jointly: of whomever the recipient holds and cannot tell apart, l have different illnesses, those left behind included, or none is ill', () => {
    fc.assert(
      fc.property(releases(3, 'stays'), terms, (datasets, asked) => {
        const steps = play(datasets, asked)
        for (const index of steps.keys())
          for (const group of groupsAfter(steps.slice(0, index + 1)).filter((values) => values.some(({ length }) => length > 0)))
            for (const illness of [null, 'a', 'b']) {
              const values = valuesBy(group, illness)
              expect(new Set(values).size).to.be.at.least(asked.l ?? 1)
              expect(entropyOf(values)).to.be.at.least((asked.entropyL ?? 1) - 1e-9)
            }
      }),
      { numRuns: 300 }
    )
  })

  it('t-closeness, jointly: the illnesses of those who look like one just released are as far as t from those of all who are held or came', () => {
    fc.assert(
      fc.property(releases(2, 'stays'), terms, (datasets, asked) => {
        const steps = play(datasets, asked)
        for (const index of steps.keys()) {
          const until = steps.slice(0, index + 1)
          const told = illnesses(until)
          const came = (datasets[index] ?? []).filter(({ id }) => !told.has(id)).map(({ illness }) => [...illness])
          const all = [...told.values(), ...came].map((values) => values.join('+'))
          for (const group of groupsAfter(until, new Set(until.at(-1)?.given.map(({ id }) => id)))) {
            const values = valuesBy(group, null)
            const share = (list: readonly string[], one: string): number => list.filter((other) => other === one).length / list.length
            const apart = [...new Set(all)].reduce((sum, one) => sum + Math.abs(share(values, one) - share(all, one)), 0) / 2
            expect(apart).to.be.at.most((asked.t ?? 1) + 1e-9)
          }
        }
      }),
      { numRuns: 200 }
    )
  })

  it('nobody is released who lacks what must be there, nor, the first time, without its Patient', () => {
    fc.assert(
      fc.property(releases(2, 'moves'), terms, (datasets, asked) => {
        for (const { input, result } of play(datasets, asked))
          input.people.forEach(({ came, known }, index) => {
            if (came === 'lacking' || (came !== 'whole' && known === null)) expect(result.nodes[index]).to.equal(null)
          })
      }),
      { numRuns: 100 }
    )
  })

  it('all who are new leave at one node, and the order of people does not matter', () => {
    fc.assert(
      fc.property(releases(2, 'stays'), terms, (datasets, asked) => {
        const straight = play(datasets, asked).at(-1)
        const back = play(
          datasets.map((dataset) => dataset.toReversed()),
          asked
        ).at(-1)
        expect(back?.result.choice).to.deep.equal(straight?.result.choice)
        expect(back?.result.nodes.toReversed()).to.deep.equal(straight?.result.nodes)
        straight?.input.people.forEach(({ known }, index) => {
          const node = straight.result.nodes[index] ?? null
          if (known === null && node !== null) expect(node).to.deep.equal(straight.result.choice.node)
        })
      }),
      { numRuns: 100 }
    )
  })

  it('the first release: no other node that keeps k with as few suppressed costs less', () => {
    fc.assert(
      fc.property(
        releases(1, 'stays'),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([dataset = []], k, limit) => {
          const came = dataset.map((one): Someone => ({ ...one, patient: 'came' }))
          const asked: Terms = {
            k,
            l: undefined,
            entropyL: undefined,
            t: undefined,
            belowK: ['generalize', 'suppress'],
            suppressionLimit: limit,
            metric: 'loss'
          }
          const result = play([came], asked)[0]?.result
          const most = limit * came.length
          if (result === undefined || result.nodes.filter((node) => node === null).length > most) return
          const within = allNodes(came, k).filter(({ suppressed }) => suppressed <= most)
          expect(result.choice.cost).to.be.at.most(Math.min(...within.map(({ cost }) => cost)) + 1e-9)
        }
      ),
      { numRuns: 100 }
    )
  })
})

/** Every node of the lattice, by brute force. */
function allNodes(people: readonly Someone[], k: number): { cost: number; suppressed: number }[] {
  return [0, 1, 2, 3].flatMap((birth) =>
    [0, 1, 2].map((area) => {
      const names = people.map((one) => `${seenOf(one)[0]?.[birth]} ${seenOf(one)[1]?.[area]}`)
      const sizes = names.map((name) => names.filter((other) => other === name).length)
      return { cost: lossOf(people, [birth, area], sizes, k), suppressed: sizes.filter((size) => size < k).length }
    })
  )
}

/** Iyengar's loss, counted by hand: of those suppressed everything is lost. */
function lossOf(people: readonly Someone[], node: readonly number[], sizes: readonly number[], k: number): number {
  const lost = people.flatMap((one, index) => {
    // the third column says nothing of anybody
    if ((sizes[index] ?? 0) < k) return [1, 1, 1]
    return [0, 1].map((column) => {
      const at = (person: Someone, level: number): string => seenOf(person)[column]?.[level] ?? ''
      const level = node[column] ?? 0
      const all = new Set(people.map((other) => at(other, 0)))
      const alike = new Set(people.filter((other) => at(other, level) === at(one, level)).map((other) => at(other, 0)))
      return all.size === 1 ? 0 : (alike.size - 1) / (all.size - 1)
    })
  })
  return lost.reduce((sum, each) => sum + each, 0) / (3 * people.length)
}
