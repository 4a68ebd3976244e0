/** The risk gate on tables small enough to work by hand: who is released, generalised, suppressed, and when the dataset is held. */
import { expect } from 'chai'
import { type GateInput, gate, NEVER } from '../../../../gateway/core/risk/release/gate.ts'

/** `1950|f|021>195x|f|MA` gives the classes of level 0 and level 1. */
function input(rows: readonly string[], changes: Partial<GateInput> = {}): GateInput {
  const classes = rows.map((row): [string, string] | null => {
    const [full, generalized] = row.split('>')
    return full === undefined || generalized === undefined ? null : [full, generalized]
  })
  const none: ReadonlyMap<string, number> = new Map()
  return { classes, earlier: [none, none], known: null, k: 3, belowK: ['generalize', 'suppress'], suppressionLimit: 1, ...changes }
}

function levels(given: GateInput): string {
  return [...gate(given).levels].join('')
}

describe('core/risk/gate', () => {
  it('k-anonymity: a group of k is released in full, one of k - 1 is not', () => {
    expect(levels(input(['a>X', 'a>X', 'a>X', 'b>Y', 'b>Y']))).to.equal('00022')
  })

  it('those too few at level 0 are released at level 1 when k of them share its class', () => {
    const result = gate(input(['a>X', 'a>X', 'a>X', 'b>Y', 'c>Y', 'd>Y', 'e>Z']))
    expect([...result.levels].join('')).to.equal('0001112')
    expect(result).to.deep.include({ verdict: 'release', smallestGroup: 3, suppressedShare: 1 / 7 })
    expect(result.groups).to.deep.equal([
      { level: 0, size: 3, subjects: 3 },
      { level: 1, size: 3, subjects: 3 },
      { level: 2, size: 1, subjects: 1 }
    ])
  })

  it('a level-1 group counts only records released at level 1: the recipient can tell them from those released in full', () => {
    expect(levels(input(['a>X', 'a>X', 'a>X', 'b>X', 'c>X']))).to.equal('00022')
  })

  it('earlier releases count: the recipient has those subjects side by side with the new ones', () => {
    expect(levels(input(['a>X', 'b>Y'], { earlier: [new Map([['a', 2]]), new Map([['Y', 1]])] }))).to.equal('02')
    expect(levels(input(['a>X', 'b>Y'], { earlier: [new Map([['a', 2]]), new Map([['Y', 2]])] }))).to.equal('01')
  })

  it('earlier releases count at their own level only', () => {
    expect(levels(input(['a>X'], { earlier: [new Map([['X', 9]]), new Map([['a', 9]])] }))).to.equal('2')
  })

  it('a subject already known at level 1 stays there, so that the others of its group do not shrink below k', () => {
    const rows = ['a>X', 'a>X', 'a>X', 'a>X', 'b>X', 'c>X']
    expect(levels(input(rows))).to.equal('000022')
    expect(levels(input(rows, { known: Uint8Array.of(1, NEVER, NEVER, NEVER, NEVER, NEVER) }))).to.equal('100011')
  })

  it('a subject already known in full is released in full or suppressed: made coarser it would still be known', () => {
    const known = Uint8Array.of(0, NEVER, NEVER, NEVER)
    expect(levels(input(['a>X', 'b>X', 'c>X', 'd>X'], { known }))).to.equal('2111')
    expect(levels(input(['a>X', 'b>X', 'c>X', 'd>X'], { known, earlier: [new Map([['a', 2]]), new Map()] }))).to.equal('0111')
  })

  it('a subject whose characteristics could not be determined is never released, even at k = 1', () => {
    expect(levels(input(['a>X', '?'], { k: 1 }))).to.equal('02')
  })

  it('without generalize in belowK the rare are suppressed at once', () => {
    expect(levels(input(['a>X', 'a>X', 'a>X', 'b>Y', 'c>Y', 'd>Y'], { belowK: ['suppress'] }))).to.equal('000222')
  })

  it('without suppress in belowK what remains holds the dataset, and is not in what an officer could release', () => {
    const held = gate(input(['a>X', 'a>X', 'a>X', 'b>Y'], { belowK: ['generalize'], suppressionLimit: 0 }))
    expect(held.verdict).to.equal('hold')
    expect([...held.levels].join('')).to.equal('0002')
  })

  it('the suppression limit is a share of subjects: at the limit released, above it held', () => {
    const rows = ['a>X', 'a>X', 'a>X', 'b>Y']
    expect(gate(input(rows, { suppressionLimit: 0.25 })).verdict).to.equal('release')
    expect(gate(input(rows, { suppressionLimit: 0.24 })).verdict).to.equal('hold')
  })

  it('nobody at all is released as nobody; one alone is held or suppressed', () => {
    expect(gate(input([]))).to.deep.include({ verdict: 'release', smallestGroup: 0, suppressedShare: 0, groups: [] })
    expect(gate(input(['a>X'], { suppressionLimit: 0 })).verdict).to.equal('hold')
    expect(gate(input(['a>X']))).to.deep.include({ verdict: 'release', smallestGroup: 0, suppressedShare: 1 })
  })
})
