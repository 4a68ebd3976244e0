/** The days on which a Consent begins to deny more: they are looked for when it is kept, so that what was released before is looked at on them. */
import { expect } from 'chai'
import { compileConsent } from '../../../gateway/core/consent/compile.ts'
import { dayAfter } from '../../../gateway/core/consent/days.ts'
import { EVERYTHING, verdictOf } from '../../../gateway/core/consent/rule.ts'
import { nextTurn } from '../../../gateway/core/consent/turns.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/'

function ruleOf(provision: object) {
  const consent = {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: `${TERMINOLOGY}consentscope`, code: 'patient-privacy' }] },
    policyRule: { coding: [{ system: `${TERMINOLOGY}v3-ActCode`, code: 'OPTIN' }] },
    provision
  }
  const rule = compileConsent(consent as unknown as Resource)
  if (rule === null) throw new Error('it counts')
  return rule
}

describe('core/consent/turns', () => {
  const span = { start: '2026-12-01', end: '2026-12-20' }
  for (const [says, provision, day, expected] of [
    ['a denial begins, a day early for it is another day elsewhere', { type: 'deny', period: span }, '2026-11-22', '2026-11-30'],
    ['of a day that has come there is no more', { type: 'deny', period: span }, '2026-11-30', null],
    ['a permission ends, and before it the rest is denied', { type: 'permit', period: span }, '2026-11-22', '2026-11-30'],
    ['an exception that permits ends', { type: 'deny', provision: [{ type: 'permit', period: span }] }, '2026-12-10', '2026-12-20'],
    ['an exception that denies begins', { provision: [{ type: 'deny', period: span }] }, '2026-11-22', '2026-11-30'],
    ['a denial without a period', { type: 'deny' }, '2026-11-22', null]
  ] as const)
    it(`${says}: ${expected}`, () => {
      expect(nextTurn(ruleOf(provision), day)).to.equal(expected)
    })

  it('a rule of the list, and of self-pay, has none', () => {
    expect(nextTurn(EVERYTHING, '')).to.equal(null)
    expect(nextTurn({ kind: 'self-pay', recipient: 'plan', items: [] }, '')).to.equal(null)
  })

  it("9999-12-31 is written for 'never': a denial until then is in force", () => {
    expect(dayAfter('9999-12-31', 1)).to.equal('~')
    const terms = { recipient: 'plan', purpose: 'HPAYMT', at: '2026-11-22T00:00:00Z', parties: new Set(['plan']) }
    for (const end of ['9999-12-31', '9999-12', '9999'])
      expect(verdictOf(ruleOf({ type: 'deny', period: { start: '2020', end } }), terms, null), end).to.equal('deny')
    expect(
      nextTurn(ruleOf({ type: 'deny', provision: [{ type: 'permit', period: { start: '2020', end: '9999-12-31' } }] }), '2026-11-22')
    ).to.equal('9999-12-31')
  })
})
