/** What each mode of release asks of an agreement: one row for each condition, and an agreement of each mode that has no fault. */
import { expect } from 'chai'
import { agreementFaults } from '../../../gateway/core/agreement/faults.ts'
import { LIMITED_DATA_SET_PURPOSES, PURPOSES } from '../../../gateway/core/agreement/purposes.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'
import { agreementOf, aroundWith, CERTIFICATE, DATA_USE, testProfile } from '../../support/policies.ts'

type Mode = Agreement['mode']

/** Every row: the rule and its source, the mode, what is changed, where the fault must stand, and what it must say. */
const ROWS: readonly (readonly [string, Mode, Partial<Agreement>, string, RegExp])[] = [
  ['164.514(e)(3)(i): payment is none of its purposes', 'limited-data-set', { purposeOfUse: 'HPAYMT' }, '/purposeOfUse', /\(e\)\(3\)\(i\)/],
  [
    '164.514(e)(3)(i): treatment is none of its purposes',
    'limited-data-set',
    { purposeOfUse: 'TREAT' },
    '/purposeOfUse',
    /\(e\)\(3\)\(i\)/
  ],
  ['164.508(a)(3): nor is marketing', 'limited-data-set', { purposeOfUse: 'HMARKT' }, '/purposeOfUse', /\(e\)\(3\)\(i\)/],
  ['164.514(e)(4)(i): it needs a data use agreement', 'limited-data-set', { dataUseAgreement: null }, '/dataUseAgreement', /on record/],
  [
    'a data use agreement ends after it began',
    'limited-data-set',
    { dataUseAgreement: { ...DATA_USE, expires: DATA_USE.date } },
    '/dataUseAgreement/expires',
    /later than date/
  ],
  [
    'its days are days of the calendar',
    'limited-data-set',
    { dataUseAgreement: { ...DATA_USE, expires: '2029-02-29' } },
    '/dataUseAgreement/expires',
    /calendar/
  ],
  [
    'an attestation of no actual knowledge is a condition of Safe Harbor only',
    'limited-data-set',
    { noActualKnowledge: { by: 'Test Officer', date: '2026-01-01', text: 'Nobody real is described.', version: 1 } },
    '/noActualKnowledge',
    /must be null/
  ],
  [
    '164.514(b)(1)(i): k is not below what the expert asks',
    'expert-determination',
    { k: CERTIFICATE.threshold.k - 1 },
    '/k',
    /below the threshold/
  ],
  [
    '164.514(b)(1): it releases no more often than the risk was determined for',
    'expert-determination',
    { releaseWindow: { every: 'P29D', attestation: null } },
    '/releaseWindow/every',
    /\(b\)\(1\)/
  ],
  [
    '164.514(b)(1): a February is shorter than 30 days',
    'expert-determination',
    { releaseWindow: { every: 'P1M', attestation: null } },
    '/releaseWindow/every',
    /certificate/
  ],
  [
    'a data use agreement is no condition of it',
    'expert-determination',
    { dataUseAgreement: DATA_USE },
    '/dataUseAgreement',
    /must be null/
  ],
  ['CMS cell size: cells of 1 to 10 are not published', 'aggregate-only', { k: 10 }, '/k', /11 or more/],
  ['a mode is that of the profile', 'aggregate-only', { profile: testProfile('limited-data-set') }, '/mode', /not the mode/]
]

describe('core/agreement/mode-faults', () => {
  for (const mode of ['safe-harbor', 'limited-data-set', 'expert-determination', 'aggregate-only'] as const) {
    it(`an agreement of ${mode} that has all it needs has no fault`, () => {
      expect(agreementFaults(agreementOf(mode), aroundWith())).to.deep.equal([])
    })
  }

  for (const [rule, mode, changes, path, message] of ROWS) {
    it(`${mode}: ${rule}`, () => {
      const faults = agreementFaults(agreementOf(mode, changes), aroundWith())
      expect(
        faults.map((fault) => fault.path),
        JSON.stringify(faults)
      ).to.include(path)
      expect(
        faults.filter((fault) => fault.path === path).some((fault) => message.test(fault.message)),
        JSON.stringify(faults)
      ).to.equal(true)
    })
  }

  it('164.514(b)(2)(ii) binds Safe Harbor only: under a certificate, claims leave to who holds claims', () => {
    expect(agreementFaults(agreementOf('expert-determination', { recipientHolds: ['Claim', 'Coverage'] }), aroundWith())).to.deep.equal([])
  })

  it('164.514(b)(1): under a certificate, releases may lie as far apart as it says, or further', () => {
    for (const every of [CERTIFICATE.every, 'P31D', 'P5W', 'P2M', 'P1Y'])
      expect(
        agreementFaults(agreementOf('expert-determination', { releaseWindow: { every, attestation: null } }), aroundWith())
      ).to.deep.equal([])
  })

  it('164.514(b)(2)(i)(C) binds Safe Harbor only: those without a certificate, too, may release as often as they say', () => {
    for (const mode of ['limited-data-set', 'aggregate-only'] as const)
      expect(agreementFaults(agreementOf(mode, { releaseWindow: { every: 'PT1S', attestation: null } }), aroundWith())).to.deep.equal([])
  })

  it('164.514(e)(3)(i): every purpose of a limited data set is a purpose', () => {
    for (const code of LIMITED_DATA_SET_PURPOSES.keys()) expect(PURPOSES.has(code), code).to.equal(true)
  })
})
