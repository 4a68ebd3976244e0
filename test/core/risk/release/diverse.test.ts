/** What groups tell of sensitive values over several releases, on tables small enough to work by hand; and what officers read of it. */
import { expect } from 'chai'
import type { Person, RecodingInput, Told } from '../../../../gateway/core/risk/release/person.ts'
import { type Recoding, recode } from '../../../../gateway/core/risk/release/recoding.ts'
import { riskTold } from '../../../../gateway/core/risk/release/told.ts'
import type { Demand } from '../../../../gateway/core/risk/search/demand.ts'

const ILLNESS = { name: 'illness', values: ['a', 'b', 'c'] } as const
const NODE = [0]
const nameOf = (...parts: readonly string[]): string => parts.join('|')
/** The view of all who are as this one trait says. */
const viewOf = (trait: string): string => nameOf('class', '0', JSON.stringify([trait]))

const fresh = (trait: string, told: Told = [[]]): Person => ({ came: 'whole', seen: [[trait]], events: 'none', told, known: null })
/** `before`: what was told of it earlier. */
const known = (trait: string, told: Told, before: Told): Person => {
  const view = viewOf(trait)
  return { ...fresh(trait, told), known: { node: NODE, view, current: view, told: before } }
}

type More = Partial<Pick<RecodingInput, 'others' | 'held' | 'belowK'>>

function inputOf(people: readonly Person[], demand: Demand, more: More = {}): RecodingInput {
  const held = new Map<string, number>()
  const views = [
    ...people.flatMap((one) => (one.known === null ? [] : [one.known.view])),
    ...(more.others ?? []).flatMap(({ view, subjects }) => Array.from({ length: subjects }, () => view))
  ]
  for (const view of views) held.set(view, (held.get(view) ?? 0) + 1)
  const fixed = {
    levels: [1],
    sensitive: [ILLNESS],
    nodes: [NODE],
    nameOf,
    belowK: ['suppress'],
    suppressionLimit: 1,
    metric: 'loss'
  } as const
  return { people, demand, held, others: [], ...fixed, ...more }
}

/** Per person whether it is released. */
function released(people: readonly Person[], demand: Demand, more: More = {}): string {
  return leaving(recode(inputOf(people, demand, more)))
}
const leaving = ({ nodes }: Recoding): string => nodes.map((node) => (node === null ? '-' : 'x')).join('')

describe('core/risk/diverse', () => {
  it('distinct l: a group all of whom share an illness tells it, whatever else they have', () => {
    const alike = [fresh('x', [['a']]), fresh('x', [['a', 'b']]), fresh('x', [['a', 'c']])]
    expect(released(alike, { k: 2, l: 2 })).to.equal('---')
    expect(released([...alike, fresh('x', [['b']])], { k: 2, l: 2 }), 'one has not').to.equal('xxxx')
    expect(released([...alike, fresh('x', [['b']])], { k: 2, l: 3 }), 'of a there are two sorts').to.equal('----')
  })

  it('a group in which nobody is ill tells nothing; one of ill and not ill has two values', () => {
    expect(released([fresh('x'), fresh('x')], { k: 2, l: 2, entropyL: 2 })).to.equal('xx')
    expect(released([fresh('x', [['a']]), fresh('x')], { k: 2, l: 2, entropyL: 2 })).to.equal('xx')
    expect(released([fresh('x', [['a']]), fresh('x'), fresh('x')], { k: 2, entropyL: 2 }), 'two thirds are less uncertain').to.equal('---')
  })

  it('t: what is known of all are those who are held, too', () => {
    const people = [fresh('x', [['a']]), fresh('x')]
    const others = [{ view: viewOf('y'), told: [[]], subjects: 8 }]
    expect(released(people, { k: 2, t: 0.4 }), 'a half of a half').to.equal('xx')
    expect(released(people, { k: 2, t: 0.4 }, { others }), 'a half of a tenth').to.equal('xx')
    expect(released(people, { k: 2, t: 0.3 }, { others })).to.equal('--')
  })

  it('over two releases: an illness told of a second one makes a group of the ill', () => {
    const others = [{ view: viewOf('x'), told: [['a']], subjects: 1 }]
    expect(released([known('x', [[]], [[]])], { k: 2, l: 2 }, { others })).to.equal('x')
    expect(released([known('x', [['a']], [[]])], { k: 2, l: 2 }, { others })).to.equal('-')
    expect(released([known('x', [['b']], [[]])], { k: 2, l: 2 }, { others })).to.equal('x')
  })

  it('what was told before stays known: no illness now does not heal', () => {
    const others = [{ view: viewOf('x'), told: [['a']], subjects: 1 }]
    expect(released([known('x', [[]], [['a']])], { k: 2, l: 2 }, { others })).to.equal('-')
  })

  it('who comes to a group that is held is judged with it: its diversity counts, and it must stay', () => {
    const others = [{ view: viewOf('x'), told: [[]], subjects: 2 }]
    expect(released([fresh('x', [['a']])], { k: 3, l: 2 }, { others })).to.equal('x')
    expect(released([fresh('x', [['a']])], { k: 3, l: 2 }, { others: [{ view: viewOf('x'), told: [['a']], subjects: 2 }] })).to.equal('-')
  })

  it('those left behind: who moves away must not leave a group of the ill', () => {
    const view = viewOf('x')
    const others = [{ view, told: [['a']], subjects: 2 }]
    const moving = (): Person => ({ ...known('x', [[]], [[]]), seen: [['y']] })
    const staying = { ...known('x', [[]], [[]]) }
    expect(released([moving(), moving()], { k: 2, l: 2 }, { others })).to.equal('--')
    expect(released([moving(), moving(), staying], { k: 2, l: 2 }, { others }), 'one who is not ill stays').to.equal('xxx')
  })

  it('an earlier release that did not ask: it cannot be known, so nobody joins that group', () => {
    const others = [{ view: viewOf('x'), told: [null], subjects: 4 }]
    expect(released([fresh('x')], { k: 2, l: 2 }, { others })).to.equal('-')
    expect(released([fresh('x')], { k: 2 }, { others }), 'nothing is asked of illnesses').to.equal('x')
  })

  it('officers read the worst group, before and after; of none there is nothing to read', () => {
    const people = [fresh('x', [['a']]), fresh('x', [['a']]), fresh('y', [['a']]), fresh('y'), fresh('z'), fresh('z')]
    const input = inputOf(people, { k: 2, l: 2 })
    const { sensitive, before, after } = riskTold(input, recode(input), null)
    expect(sensitive).to.deep.equal({
      illness: { before: { l: 1, entropyL: 1, t: 0.5 }, after: { l: 2, entropyL: 2, t: 0.5 } }
    })
    expect([before.k, after.k, before.groups, after.groups]).to.deep.equal([2, 2, 3, 2])
    const nobody = inputOf([], { k: 2, l: 2 })
    const none = { l: null, entropyL: null, t: null }
    expect(riskTold(nobody, recode(nobody), 100)).to.deep.include({ loss: 0, sensitive: { illness: { before: none, after: none } } })
  })
})
