/** What agreements may not say together: one source, one recipient, the same people in two ways. */
import { expect } from 'chai'
import { faultsAmong } from '../../../gateway/core/agreement/among.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'
import { agreementOf, agreementWith } from '../../support/policies.ts'

const safe = agreementWith({ id: 'safe' })
const expert = agreementOf('expert-determination', { id: 'expert' })
const limited = agreementOf('limited-data-set', { id: 'limited' })
const groups = agreementOf('aggregate-only', { id: 'groups' })

function placesAmong(...agreements: Agreement[]): string[] {
  return faultsAmong(agreements).map(({ agreement, path }) => `${agreement}${path}`)
}

describe('core/agreement/among', () => {
  it('164.514(b)(1), (b)(2)(ii): years and shifted dates of the same people do not go to one recipient', () => {
    expect(placesAmong(safe, expert)).to.deep.equal(['safe/mode', 'expert/mode'])
    expect(placesAmong(safe, limited)).to.deep.equal(['safe/mode', 'limited/mode'])
  })

  it('they may go to two recipients, or from two sources', () => {
    expect(placesAmong(safe, { ...expert, recipient: 'demo-research' })).to.deep.equal([])
    expect(placesAmong(safe, { ...expert, source: 'other-hospital' })).to.deep.equal([])
  })

  it('two agreements of safe-harbor, and numbers beside records, may', () => {
    expect(placesAmong(safe, agreementWith({ id: 'second' }), groups)).to.deep.equal([])
  })

  it('164.514(b)(1): two expert determinations would count the same people apart, each in groups of its own', () => {
    expect(placesAmong(expert, { ...expert, id: 'more' })).to.deep.equal(['expert/mode', 'more/mode'])
    expect(placesAmong(expert, { ...expert, id: 'more', recipient: 'demo-research' })).to.deep.equal([])
  })

  it('numbers about the same people in two tables could be subtracted', () => {
    expect(placesAmong(groups, { ...groups, id: 'more' })).to.deep.equal(['groups/mode', 'more/mode'])
  })

  it('164.514(b)(2)(ii): what one agreement says the recipient holds, no Safe Harbor agreement with it leaves out', () => {
    expect(placesAmong(safe, { ...groups, recipientHolds: ['Claim'] })).to.deep.equal(['safe/recipientHolds'])
    expect(placesAmong({ ...safe, recipientHolds: ['Claim'] }, { ...groups, recipientHolds: ['Claim'] })).to.deep.equal([])
  })
})
