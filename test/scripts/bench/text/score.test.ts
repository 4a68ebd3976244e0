import { expect } from 'chai'
import { type Corpus, partOf, placesOf } from '../../../../scripts/bench/text/corpus.ts'
import { lawful } from '../../../../scripts/bench/text/lawful.ts'
import { rowsOf, score, totalsOf } from '../../../../scripts/bench/text/score.ts'

const TEXT = 'Seen by Testina Fable, in Texas.'
const GOLD = ['Testina Fable', 'Texas'].map((value, at) => ({ label: at === 0 ? 'NAME' : 'GPE', value, spans: placesOf(TEXT, value) }))

function scoredWith(spans: readonly (readonly [number, number])[]): ReturnType<typeof score> {
  const findings = spans.map(([start, end]) => ({ start, end, class: 'NAME' as const, rule: 'test', replacement: '[NAME]' }))
  const text = findings.reduceRight((left, { start, end }) => `${left.slice(0, start)}[NAME]${left.slice(end)}`, TEXT)
  return score({ text: TEXT, gold: GOLD, known: null }, { text, findings })
}

const CORPUS: Corpus = { name: 'invented', says: '', samples: [] }

describe('the measures of npm run bench:text', () => {
  it('lenient: a value half masked no longer stands; strict: it does', () => {
    const [name] = scoredWith([[8, 15]]).judged
    expect([name?.lenient, name?.strict]).to.deep.equal([true, false])
  })

  it('strict: every character of the span is masked, be it by two findings', () => {
    const [name] = scoredWith([
      [8, 16],
      [16, 21]
    ]).judged
    expect([name?.lenient, name?.strict]).to.deep.equal([true, true])
  })

  it('lenient: a value that stands a second time, in other letters, stands', () => {
    const text = 'FABLE saw Fable'
    const gold = [{ label: 'NAME', value: 'Fable', spans: placesOf(text, 'Fable') }]
    const finding = { start: 10, end: 15, class: 'NAME' as const, rule: 'test', replacement: '' }
    expect(score({ text, gold, known: null }, { text: 'FABLE saw ', findings: [finding] }).judged[0]?.lenient).to.equal(false)
  })

  it('a state may stand by 164.514(b)(2)(i)(B), and is counted both ways', () => {
    const all = rowsOf([scoredWith([[8, 21]])]).at(-1)
    expect([all?.gold, all?.lawful, all?.lenient, all?.lenientOwed]).to.deep.equal([2, 1, 1, 1])
  })

  it('a finding that touches no label is a needless change, and its words are damaged', () => {
    const scored = scoredWith([
      [0, 4],
      [8, 21]
    ])
    expect([scored.needless.length, scored.damaged, totalsOf([scored]).free]).to.deep.equal([1, 1, 0])
  })

  for (const [label, value, stands] of [
    ['DATE', '2021', true],
    ['DATE', 'May 2021', false],
    ['AGE', '89', true],
    ['AGE', 'ninety-one', false],
    ['GPE', 'Iceland', true],
    ['NAME', 'Georgia', false]
  ] as const)
    it(`may stand: ${label} ${value}: ${stands}`, () => expect(lawful(label, value) !== null).to.equal(stands))

  it('a text is set aside by its SHA-256 alone', () => {
    const aside = Array.from({ length: 1000 }, (_, at) => partOf(CORPUS, `text ${at}`)).filter((part) => part === 'set aside').length
    expect(aside).to.be.within(230, 370)
    expect(partOf(CORPUS, 'text 1')).to.equal(partOf(CORPUS, 'text 1'))
    expect(partOf({ ...CORPUS, wasRead: true }, 'text 3')).to.equal('dev')
  })
})
