/** Disputes: which act leads where, until when; what a comparison finds; which inputs are those that were sent. */
import { expect } from 'chai'
import { differences, inputFault, type Result } from '../../../gateway/core/dispute/compare.ts'
import { afterAct, type DisputeAct, type DisputeState, deadlinesOf, lateOf } from '../../../gateway/core/dispute/life.ts'

const OPENED = new Date('2026-01-01T00:00:00Z')
const DAY = 86_400_000
const daysOn = (days: number): Date => new Date(OPENED.getTime() + days * DAY)

describe('a dispute', () => {
  const deadlines = deadlinesOf(OPENED, { days: 10 })

  it("the other party answers within the agreement's days, an officer decides in as many more; 30 where none are named", () => {
    expect(deadlines).to.deep.equal({ answerBy: daysOn(10), decideBy: daysOn(20) })
    expect(deadlinesOf(OPENED, undefined).answerBy).to.deep.equal(daysOn(30))
  })

  for (const [from, act, to] of [
    ['open', 'state', 'open'],
    ['open', 'answer', 'answered'],
    ['open', 'replay', 'replayed'],
    ['answered', 'state', 'answered'],
    ['answered', 'replay', 'replayed'],
    ['replayed', 'answer', 'replayed'],
    ['open', 'close', 'closed'],
    ['replayed', 'close', 'closed']
  ] as const)
    it(`${from}, ${act}: ${to}`, () => {
      expect(afterAct(from, act, daysOn(20), deadlines)).to.deep.equal({ state: to })
    })

  it('closed, nothing more is done; after the day of the decision nothing more is said, but it is still decided', () => {
    for (const act of ['state', 'answer', 'replay', 'close'] satisfies DisputeAct[])
      expect(afterAct('closed', act, OPENED, deadlines)).to.deep.equal({ refused: 'dispute-closed' })
    const late = new Date(daysOn(20).getTime() + 1)
    for (const state of ['open', 'answered', 'replayed'] satisfies DisputeState[]) {
      expect(afterAct(state, 'state', late, deadlines)).to.deep.equal({ refused: 'dispute-overdue' })
      expect(afterAct(state, 'answer', late, deadlines)).to.deep.equal({ refused: 'dispute-overdue' })
      expect(afterAct(state, 'close', late, deadlines)).to.deep.equal({ state: 'closed' })
    }
  })

  it('what is late is the answer while it is open, then the decision, and of what is closed nothing', () => {
    expect(lateOf('open', daysOn(10), deadlines)).to.equal(null)
    expect(lateOf('open', daysOn(11), deadlines)).to.equal('answer')
    expect(lateOf('answered', daysOn(11), deadlines)).to.equal(null)
    expect(lateOf('answered', daysOn(21), deadlines)).to.equal('decision')
    expect(lateOf('closed', daysOn(99), deadlines)).to.equal(null)
  })
})

describe('a replay', () => {
  const was: Result = {
    received: 10,
    released: 7,
    rejected: { 'not-json': 1 },
    withheld: { 'opted-out': 2 },
    files: { 'Patient.1.ndjson.gz.c2sp': 'aa', 'Condition.1.ndjson.gz.c2sp': 'bb' },
    quality: { s: { validity: 0.9, completeness: { b: 1, a: 2 } } }
  }

  it('the same is the same, whatever the order of members', () => {
    expect(differences(was, { ...was, quality: { s: { completeness: { a: 2, b: 1 }, validity: 0.9 } } })).to.deep.equal([])
  })

  it('each difference is named: a count by reason, a file that is missing or more, a figure', () => {
    const is: Result = {
      ...was,
      released: 6,
      withheld: { 'opted-out': 2, 'too-few-like-them': 1 },
      rejected: {},
      files: { 'Patient.1.ndjson.gz.c2sp': 'cc', 'constructor': 'dd' },
      quality: {}
    }
    expect(differences(was, is).map(({ what }) => what)).to.deep.equal([
      'released',
      'rejected not-json',
      'withheld too-few-like-them',
      'file Condition.1.ndjson.gz.c2sp',
      'file Patient.1.ndjson.gz.c2sp',
      'file constructor',
      'quality s'
    ])
  })

  it('of files that could not be made again nothing is claimed', () => {
    const is: Result = { ...was, files: { ...was.files, 'Patient.1.ndjson.gz.c2sp': 'cc' } }
    expect(differences(was, is, new Set(['file Patient.1.ndjson.gz.c2sp']))).to.deep.equal([])
  })

  it('the inputs are those that were sent when each is there, once', () => {
    const frozen = [{ sha256: 'a' }, { sha256: 'b' }, { sha256: 'b' }]
    expect(inputFault(frozen, ['b', 'a', 'b'])).to.equal(null)
    expect(inputFault(frozen, ['a', 'b'])).to.deep.equal({ missing: 1, unknown: 0 })
    expect(inputFault(frozen, ['a', 'a', 'b', 'b'])).to.deep.equal({ missing: 0, unknown: 1 })
    expect(inputFault(frozen, [])).to.deep.equal({ missing: 3, unknown: 0 })
  })
})
