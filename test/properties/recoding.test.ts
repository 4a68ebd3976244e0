/** What global recoding promises of datasets released one after the other: everything is counted anew, from what the recipient was given. */
import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalJson } from '../../gateway/core/digest.ts'
import { type Held, heldAfter, type NameOf, type Others, type Person, type RecodingInput } from '../../gateway/core/risk/person.ts'
import { type Recoding, recode } from '../../gateway/core/risk/recoding.ts'

/** A year of birth in bands of two and four, and an area of two States. */
const LEVELS = [4, 3]
const nameOf: NameOf = (...parts) => canonicalJson([...parts])

interface Someone {
  readonly id: number
  readonly year: number
  readonly area: number
  readonly illness: readonly string[]
  readonly patient: 'came' | 'missing' | 'lacking'
  /** whether a pattern looks at an event of it */
  readonly events: 'none' | 'some'
}

const ILLNESS = { name: 'illness', values: ['a', 'b'] } as const
const CAME = { came: 'whole', missing: 'without its Patient', lacking: 'lacking' } as const

function seenOf({ year, area }: Someone): string[][] {
  return [
    [`y${year}`, `2y${year >> 1}`, `4y${year >> 2}`, '*'],
    [`a${area}`, `s${area >> 1}`, '*']
  ]
}

const someone = (moves: 'stays' | 'moves'): fc.Arbitrary<Omit<Someone, 'id'>> =>
  fc.record({
    year: moves === 'moves' ? fc.integer({ min: 0, max: 5 }) : fc.constant(0),
    area: fc.integer({ min: 0, max: 3 }),
    illness: fc.constantFrom([], [], ['a'], ['b'], ['a', 'b']),
    patient: fc.constantFrom('came', 'came', 'came', 'came', 'came', 'missing', 'lacking'),
    events: fc.constantFrom('none', 'none', 'none', 'some')
  })

/** Releases of a population of 24; who stays in a place has the same traits in all of them. */
function releases(count: number, traits: 'stays' | 'moves'): fc.Arbitrary<Someone[][]> {
  const ids = fc.subarray(
    Array.from({ length: 24 }, (_, id) => id),
    { minLength: 1 }
  )
  const fixed = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 })), { minLength: 24, maxLength: 24 })
  return fixed.chain((rows) =>
    fc.array(
      ids.chain((present) =>
        fc.tuple(
          ...present.map((id) =>
            someone(traits).map((one) =>
              traits === 'moves' ? { ...one, id } : { ...one, id, year: rows[id]?.[0] ?? 0, area: rows[id]?.[1] ?? 0 }
            )
          )
        )
      ),
      { minLength: count, maxLength: count }
    )
  ) as fc.Arbitrary<Someone[][]>
}

const terms = fc.record({
  k: fc.integer({ min: 1, max: 4 }),
  l: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  entropyL: fc.option(fc.constantFrom(1.5, 2), { nil: undefined }),
  t: fc.option(fc.double({ min: 0.1, max: 1, noNaN: true }), { nil: undefined }),
  belowK: fc.constantFrom<RecodingInput['belowK']>(['generalize'], ['suppress'], ['generalize', 'suppress']),
  suppressionLimit: fc.double({ min: 0, max: 1, noNaN: true }),
  metric: fc.constantFrom('loss', 'discernibility', 'average-class-size', 'precision')
})
type Terms = typeof terms extends fc.Arbitrary<infer T> ? T : never

interface Given {
  readonly id: number
  readonly seen: string[][] | null
  readonly node: readonly number[]
  readonly illness: readonly string[]
  readonly events: 'none' | 'some'
}

interface Step {
  readonly input: RecodingInput
  readonly result: Recoding
  readonly given: readonly Given[]
  /** all that the recipient then holds, by person */
  readonly ledger: ReadonlyMap<number, Held>
}

function othersIn(ledger: ReadonlyMap<number, Held>, dataset: readonly Someone[]): Others[] {
  const here = new Set(dataset.map(({ id }) => id))
  return [...ledger].flatMap(([id, { view, told }]) => (here.has(id) ? [] : [{ view, told, subjects: 1 }]))
}

/** Plays the releases as the gateway does: ledger in, ledger out. */
function play(datasets: readonly Someone[][], { k, l, entropyL, t, ...rest }: Terms): Step[] {
  const ledger = new Map<number, Held>()
  return datasets.map((dataset) => {
    const people = dataset.map((one): Person => {
      const seen = one.patient === 'missing' ? [[], []] : seenOf(one)
      return { came: CAME[one.patient], seen, events: one.events, told: [one.illness], known: ledger.get(one.id) ?? null }
    })
    const held = new Map<string, number>()
    for (const { view } of ledger.values()) held.set(view, (held.get(view) ?? 0) + 1)
    const nodes = [...new Map([...ledger.values()].map(({ node }) => [String(node), node ?? []])).values()]
    const demand = {
      k,
      ...(l === undefined ? {} : { l }),
      ...(entropyL === undefined ? {} : { entropyL }),
      ...(t === undefined ? {} : { t })
    }
    const others = othersIn(ledger, dataset)
    const input: RecodingInput = { people, levels: LEVELS, sensitive: [ILLNESS], held, others, nodes, nameOf, demand, ...rest }
    const result = recode(input)
    const given: Given[] = []
    people.forEach((person, index) => {
      const node = result.nodes[index] ?? null
      const after = node === null ? null : heldAfter(person, result.choice.node, nameOf)
      const { id = -1, illness = [], events = 'none' } = dataset[index] ?? {}
      if (node === null || after === null) return
      ledger.set(id, after)
      given.push({ id, seen: person.came === 'whole' ? person.seen.map((texts) => [...texts]) : null, node, illness, events })
    })
    return { input, result, given, ledger: new Map(ledger) }
  })
}

/** Per person: the finest level at which the recipient was given each column, and the different classes there, in order. */
function knowledge(steps: readonly Step[]): Map<number, string> {
  const all = steps.flatMap(({ given }) => given)
  const finest = new Map<number, number[]>()
  for (const { id, node } of all)
    finest.set(
      id,
      node.map((level, column) => Math.min(level, finest.get(id)?.[column] ?? level))
    )
  const classes = new Map<number, string[]>()
  for (const { id, seen, events } of all) {
    const before = classes.get(id) ?? []
    const now = seen?.map((texts, column) => texts[finest.get(id)?.[column] ?? 0]).join() ?? before.at(-1) ?? ''
    const isNew = before.at(-1) !== now || (events === 'some' && before.length > 0)
    classes.set(id, isNew ? [...before, now] : before)
  }
  return new Map([...finest].map(([id, node]) => [id, JSON.stringify([node, classes.get(id)])]))
}

/** Per person all illnesses that any release told. */
function illnesses(steps: readonly Step[]): Map<number, string[]> {
  const told = new Map<number, string[]>()
  for (const { given } of steps)
    for (const { id, illness } of given) told.set(id, [...new Set([...(told.get(id) ?? []), ...illness])].sort())
  return told
}

/** Of each group of those whom the recipient holds and cannot tell apart, what was told of them; `among`: only groups in which one of these stands. */
function groupsAfter(steps: readonly Step[], among?: ReadonlySet<number>): string[][][] {
  const told = illnesses(steps)
  const groups = new Map<string, number[]>()
  for (const [id, all] of knowledge(steps)) groups.set(all, [...(groups.get(all) ?? []), id])
  const touched = [...groups.values()].filter((ids) => among === undefined || ids.some((id) => among.has(id)))
  return touched.map((ids) => ids.map((id) => told.get(id) ?? []))
}

/** Values as somebody sees them who asks after one illness: all who have it are alike, the others by all they have. null: by all. */
function valuesBy(group: readonly string[][], illness: string | null): string[] {
  return group.map((values) => (illness !== null && values.includes(illness) ? illness : values.join('+')))
}

function entropyOf(values: readonly string[]): number {
  const shares = [...new Set(values)].map((value) => values.filter((other) => other === value).length / values.length)
  return Math.exp(-shares.reduce((sum, share) => sum + share * Math.log(share), 0))
}

function smallest(names: Iterable<string>): number {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Math.min(...counts.values(), Number.POSITIVE_INFINITY)
}

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
