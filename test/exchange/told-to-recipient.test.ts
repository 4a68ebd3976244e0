/** What an insurer learns of records that a patient's word keeps back: counts of eleven people or more (CMS, Cell Size Suppression Policy), and never a person. */
import { expect } from 'chai'
import { NO_COUNTS } from '../../gateway/exchange/accept/views.ts'
import { aboveFloor, toldToRecipient } from '../../gateway/exchange/release/counts.ts'

describe('what a recipient is told of sensitive categories', () => {
  it('nothing of one person, however many records it has; the sum stays', () => {
    const told = aboveFloor({ 'category-hiv': 15, 'not-releasable': 2, 'no-rule': 8 }, { 'category-hiv': 1 })
    expect(told).to.deep.equal({ 'not-releasable': 17, 'no-rule': 8 })
  })

  it('of eleven people the category', () => {
    expect(aboveFloor({ 'category-hiv': 11 }, { 'category-hiv': 10, 'category-genetic category-hiv': 1 })).to.deep.equal({
      'category-hiv': 11
    })
  })

  it('of few people of each category, and of eleven in all, the records of all as one; who is of two counts once', () => {
    const withheld = { 'category-hiv': 20, 'category-genetic': 20 }
    expect(aboveFloor(withheld, { 'category-hiv': 6, 'category-genetic': 5 })).to.deep.equal({ 'category-any': 40 })
    expect(aboveFloor(withheld, { 'category-hiv': 1, 'category-genetic': 1, 'category-genetic category-hiv': 8 })).to.deep.equal({
      'not-releasable': 40
    })
  })

  it('nothing where nobody counted the people', () => {
    expect(aboveFloor({ 'category-hiv': 20 }, {})).to.deep.equal({ 'not-releasable': 20 })
  })
})

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
