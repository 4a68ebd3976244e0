/** What the risk gate promises of any dataset, checked by counting anew. */
import { expect } from 'chai'
import fc from 'fast-check'
import { type GateInput, gate, NEVER } from '../../gateway/core/risk/release/gate.ts'

const LETTERS = ['a', 'b', 'c', 'd', 'e']

/** The level-1 class follows from the level-0 class, as decade follows from year. */
const classes = fc.array(
  fc.option(
    fc.constantFrom(...LETTERS).map((name): [string, string] => [name, name < 'c' ? 'X' : 'Y']),
    { freq: 20 }
  ),
  { maxLength: 40 }
)
const belowK = fc.constantFrom<GateInput['belowK']>([], ['generalize'], ['suppress'], ['generalize', 'suppress'])
const counts = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), fc.nat(4), { noNullPrototype: true }).map((found) => new Map(Object.entries(found)))

const input: fc.Arbitrary<GateInput> = classes.chain((rows) =>
  fc.record({
    classes: fc.constant(rows),
    earlier: fc.tuple(counts(LETTERS), counts(['X', 'Y'])),
    known: fc.option(
      fc
        .uint8Array({ minLength: rows.length, maxLength: rows.length })
        .map((bytes) => bytes.map((byte) => (byte < 40 ? 0 : byte < 80 ? 1 : NEVER)))
    ),
    k: fc.integer({ min: 1, max: 6 }),
    belowK,
    suppressionLimit: fc.double({ min: 0, max: 1, noNaN: true })
  })
)

describe('properties: the risk gate', () => {
  it('after it every released group has k or more at its own level, earlier subjects counted', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { levels, smallestGroup } = gate(given)
        const sizes: number[] = []
        levels.forEach((level, subject) => {
          if (level > 1) return
          const name = given.classes[subject]?.[level as 0 | 1] ?? 'unknown'
          const alike = levels.filter((other, index) => other === level && given.classes[index]?.[level as 0 | 1] === name).length
          sizes.push(alike + (given.earlier[level as 0 | 1].get(name) ?? 0))
        })
        expect(Math.min(...sizes, Number.POSITIVE_INFINITY)).to.be.at.least(given.k)
        expect(smallestGroup).to.equal(sizes.length === 0 ? 0 : Math.min(...sizes))
      })
    )
  })

  it('a release keeps the suppression limit, and suppresses only where the policy says so', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { verdict, levels, suppressedShare } = gate(given)
        const suppressed = levels.filter((level) => level === 2).length
        expect(suppressedShare).to.equal(levels.length === 0 ? 0 : suppressed / levels.length)
        if (verdict === 'hold' || suppressed === 0) return
        expect(given.belowK).to.include('suppress')
        expect(suppressedShare).to.be.at.most(given.suppressionLimit)
      })
    )
  })

  it('every subject is counted once in the table of groups', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { groups, levels } = gate(given)
        for (const level of [0, 1, 2]) {
          const counted = groups.filter((group) => group.level === level).reduce((sum, { subjects }) => sum + subjects, 0)
          expect(counted).to.equal(levels.filter((found) => found === level).length)
        }
      })
    )
  })

  it('the order of subjects does not matter', () => {
    fc.assert(
      fc.property(input, fc.infiniteStream(fc.nat()), (given, keys) => {
        const order = given.classes.map((_, index) => [keys.next().value ?? 0, index] as const).sort(([a], [b]) => a - b)
        const { known } = given
        const shuffled = gate({
          ...given,
          classes: order.map(([, index]) => given.classes[index] ?? null),
          known: known === null ? null : Uint8Array.from(order, ([, index]) => known[index] ?? NEVER)
        })
        const straight = gate(given)
        expect([...shuffled.levels]).to.deep.equal(order.map(([, index]) => straight.levels[index]))
        expect({ ...shuffled, levels: null }).to.deep.equal({ ...straight, levels: null })
      })
    )
  })

  it('a greater k never releases more of anyone', () => {
    fc.assert(
      fc.property(input, (given) => {
        const released = (k: number) => gate({ ...given, k }).levels.filter((level) => level === 0).length
        expect(released(given.k + 1)).to.be.at.most(released(given.k))
      })
    )
  })
})
