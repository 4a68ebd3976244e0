/** Who may send and fetch: deny by default, in force or not, and nothing told to strangers. */
import { expect } from 'chai'
import { decideExport, decideSubmission, isActive } from '../../../gateway/core/agreement/decide.ts'
import type { AgreementState } from '../../../gateway/core/agreement/life.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'
import { agreementWith, CERTIFICATE, DATA_USE, hashed } from '../../support/policies.ts'

const AT = '2026-06-01T12:00:00.000Z'

function among(...agreements: readonly Agreement[]) {
  return new Map(agreements.map((agreement) => [agreement.id, hashed(agreement)]))
}

function inState(state: AgreementState, agreement: Agreement) {
  return new Map([[agreement.id, hashed(agreement, null, state)]])
}

describe('core/agreement/decide', () => {
  it('deny by default: with no agreement there is nothing to send under', () => {
    expect(decideSubmission('demo-hospital', null, new Map(), AT)).to.deep.equal({
      verdict: 'deny',
      reasons: [{ code: 'agreement-unknown', rule: 'deny-by-default' }],
      policies: []
    })
  })

  it('a submission that names no agreement serves all that are in force and of which the sender is the source', () => {
    const decision = decideSubmission(
      'demo-hospital',
      null,
      new Map([
        ...among(agreementWith({ id: 'a' }), agreementWith({ id: 'c', source: 'other-hospital' }), agreementWith({ id: 'd' })),
        ...inState('suspended', agreementWith({ id: 'b' }))
      ]),
      AT
    )
    expect(decision.verdict === 'permit' && decision.granted.map(({ agreement }) => agreement.id)).to.deep.equal(['a', 'd'])
    expect(decision.verdict === 'permit' && decision.rules).to.deep.equal(['a@1/source', 'd@1/source'])
    expect(decision.policies, 'hashes of the three that were asked').to.have.length(3)
  })

  it('an agreement of another source looks exactly like one that does not exist', () => {
    const agreements = among(agreementWith())
    expect(decideSubmission('demo-research', 'demo-safe-harbor', agreements, AT)).to.deep.equal(
      decideSubmission('demo-research', 'nothing', agreements, AT)
    )
    expect(decideExport('demo-research', 'demo-safe-harbor', agreements, AT)).to.deep.equal(
      decideExport('demo-research', 'nothing', agreements, AT)
    )
  })

  for (const state of ['draft', 'proposed', 'approved', 'suspended', 'expired', 'revoked', 'superseded'] as const)
    it(`an agreement that is ${state} lets nothing in and nothing out, and the decision names the rule and the hash`, () => {
      const agreement = agreementWith({ version: 4 })
      const deny = {
        verdict: 'deny',
        reasons: [{ code: 'agreement-inactive', rule: 'demo-safe-harbor@4/state' }],
        policies: [hashed(agreement).hash]
      }
      expect(decideSubmission('demo-hospital', 'demo-safe-harbor', inState(state, agreement), AT)).to.deep.equal(deny)
      expect(decideExport('demo-insurer', 'demo-safe-harbor', inState(state, agreement), AT)).to.deep.equal(deny)
    })

  for (const [day, expected] of [
    ['2025-12-31', 'agreement-expired'],
    ['2026-01-01', null],
    ['2029-12-31', null],
    ['2030-01-01', 'agreement-expired']
  ] as const) {
    it(`45 CFR 164.514(e)(4)(i): a limited data set needs its data use agreement in force: ${day} gives ${expected}`, () => {
      const entry = hashed(agreementWith({ mode: 'limited-data-set', noActualKnowledge: null, dataUseAgreement: DATA_USE }))
      expect(isActive(entry, `${day}T12:00:00Z`)).to.equal(expected)
    })
  }

  for (const [day, expected] of [
    ['2025-12-31', 'certificate-expired'],
    ['2026-01-01', null],
    ['2029-12-31', null],
    ['2030-01-01', 'certificate-expired']
  ] as const) {
    it(`45 CFR 164.514(b)(1): an expert determination holds from its issue to its expiry: ${day} gives ${expected}`, () => {
      expect(isActive(hashed(agreementWith({ mode: 'expert-determination' }), CERTIFICATE), `${day}T12:00:00Z`)).to.equal(expected)
    })
  }

  it('past the certificate nobody may send and nobody may fetch, and the decision names the rule', () => {
    const entry = hashed(agreementWith({ mode: 'expert-determination' }), CERTIFICATE)
    const agreements = new Map([[entry.agreement.id, entry]])
    const deny = {
      verdict: 'deny',
      reasons: [{ code: 'certificate-expired', rule: 'demo-safe-harbor@1/certificate' }],
      policies: [entry.hash]
    }
    expect(decideSubmission('demo-hospital', null, agreements, '2030-01-01T00:00:00Z')).to.deep.equal(deny)
    expect(decideExport('demo-insurer', 'demo-safe-harbor', agreements, '2030-01-01T00:00:00Z')).to.deep.equal(deny)
  })

  it('the recipient fetches, the source does not', () => {
    const agreements = among(agreementWith())
    const decision = decideExport('demo-insurer', 'demo-safe-harbor', agreements, AT)
    expect(decision.verdict === 'permit' && decision.granted.agreement.id).to.equal('demo-safe-harbor')
    expect(decideExport('demo-hospital', 'demo-safe-harbor', agreements, AT).verdict).to.equal('deny')
  })

  for (const [at, expected] of [
    ['2019-12-31T23:59:59.999Z', 'agreement-expired'],
    ['2020-01-01T00:00:00Z', null],
    ['2039-12-31T23:59:59Z', null],
    ['2040-01-01T00:00:00Z', 'agreement-expired'],
    ['2026-06-01T00:00:00+02:00', 'agreement-inactive'],
    ['yesterday', 'agreement-inactive'],
    ['', 'agreement-inactive']
  ] as const) {
    it(`days begin at 00:00 UTC and anything but an instant in UTC denies: '${at}' gives ${expected}`, () => {
      expect(isActive(hashed(agreementWith()), at)).to.equal(expected)
    })
  }
})
