/** Datasets released one after the other through global recoding, as the gateway does it, and what the recipient then knows, counted from what it was given alone. */
import fc from 'fast-check'
import { canonicalJson } from '../../gateway/core/digest.ts'
import { type Held, heldAfter, type NameOf, type Others, type Person, type RecodingInput } from '../../gateway/core/risk/release/person.ts'
import { type Recoding, recode } from '../../gateway/core/risk/release/recoding.ts'

/** A year of birth in bands of two and four, and an area of two States. */
const LEVELS = [4, 3]
const nameOf: NameOf = (...parts) => canonicalJson([...parts])

export interface Someone {
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

export function seenOf({ year, area }: Someone): string[][] {
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
export function releases(count: number, traits: 'stays' | 'moves'): fc.Arbitrary<Someone[][]> {
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

export const terms = fc.record({
  k: fc.integer({ min: 1, max: 4 }),
  l: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  entropyL: fc.option(fc.constantFrom(1.5, 2), { nil: undefined }),
  t: fc.option(fc.double({ min: 0.1, max: 1, noNaN: true }), { nil: undefined }),
  belowK: fc.constantFrom<RecodingInput['belowK']>(['generalize'], ['suppress'], ['generalize', 'suppress']),
  suppressionLimit: fc.double({ min: 0, max: 1, noNaN: true }),
  metric: fc.constantFrom('loss', 'discernibility', 'average-class-size', 'precision')
})
export type Terms = typeof terms extends fc.Arbitrary<infer T> ? T : never

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
export function play(datasets: readonly Someone[][], { k, l, entropyL, t, ...rest }: Terms): Step[] {
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
export function knowledge(steps: readonly Step[]): Map<number, string> {
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
export function illnesses(steps: readonly Step[]): Map<number, string[]> {
  const told = new Map<number, string[]>()
  for (const { given } of steps)
    for (const { id, illness } of given) told.set(id, [...new Set([...(told.get(id) ?? []), ...illness])].sort())
  return told
}

/** Of each group of those whom the recipient holds and cannot tell apart, what was told of them; `among`: only groups in which one of these stands. */
export function groupsAfter(steps: readonly Step[], among?: ReadonlySet<number>): string[][][] {
  const told = illnesses(steps)
  const groups = new Map<string, number[]>()
  for (const [id, all] of knowledge(steps)) groups.set(all, [...(groups.get(all) ?? []), id])
  const touched = [...groups.values()].filter((ids) => among === undefined || ids.some((id) => among.has(id)))
  return touched.map((ids) => ids.map((id) => told.get(id) ?? []))
}

/** Values as somebody sees them who asks after one illness: all who have it are alike, the others by all they have. null: by all. */
export function valuesBy(group: readonly string[][], illness: string | null): string[] {
  return group.map((values) => (illness !== null && values.includes(illness) ? illness : values.join('+')))
}

export function entropyOf(values: readonly string[]): number {
  const shares = [...new Set(values)].map((value) => values.filter((other) => other === value).length / values.length)
  return Math.exp(-shares.reduce((sum, share) => sum + share * Math.log(share), 0))
}

export function smallest(names: Iterable<string>): number {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Math.min(...counts.values(), Number.POSITIVE_INFINITY)
}
