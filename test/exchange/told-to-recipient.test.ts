/** What an insurer learns of records that a patient's word keeps back: counts of eleven people or more (CMS, Cell Size Suppression Policy), and never a person. */
import { expect } from 'chai'
import { toldToRecipient } from '../../gateway/exchange/counts.ts'
import { NO_COUNTS } from '../../gateway/exchange/views.ts'

describe('what a recipient is told of who said no', () => {
  const of = (optedOut: number, withheld: Record<string, number>): object =>
    toldToRecipient({ ...NO_COUNTS, received: 40, withheld, optedOut })

  it('of ten people or fewer nothing by itself, however many records they have; the sum stays', () => {
    for (const people of [1, 10])
      expect(of(people, { 'opted-out': 30, 'not-releasable': 2, 'no-rule': 8 })).to.deep.equal({
        ...NO_COUNTS,
        received: 40,
        withheld: { 'not-releasable': 32, 'no-rule': 8 }
      })
  })

  it('of eleven the records; how many people they are, never', () => {
    expect(of(11, { 'opted-out': 40 })).to.deep.equal({ ...NO_COUNTS, received: 40, withheld: { 'opted-out': 40 } })
  })

  it('where nobody said no nothing changes', () => {
    expect(of(0, { 'no-rule': 40 })).to.deep.equal({ ...NO_COUNTS, received: 40, withheld: { 'no-rule': 40 } })
  })
})
