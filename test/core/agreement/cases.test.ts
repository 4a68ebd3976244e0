/** The golden cases beside each shipped agreement, run by the engine itself. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runAgreementCases } from '../../../gateway/config/agreement-cases.ts'
import { loadPolicies } from '../../../gateway/config/policies.ts'
import { isExpected } from '../../../gateway/core/agreement/cases.ts'
import { POLICIES } from '../../support/policies.ts'

const { agreements } = loadPolicies(POLICIES)

describe('policies/agreements: golden cases', () => {
  for (const [id, entry] of agreements) {
    const folder = join(POLICIES, 'agreements', id)
    it(`${id} has cases`, () => {
      expect(readdirSync(join(folder, 'cases'))).not.to.be.empty
    })
    for (const { file, rule, passed, expected, got } of runAgreementCases(folder, entry)) {
      it(`${id}/${file}: ${rule}`, () => {
        expect(passed, `expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`).to.equal(true)
      })
    }
  }

  it('a case must expect the code too: deny for another reason is not what was expected', () => {
    const golden = { rule: 'x', request: {}, expect: { verdict: 'deny', code: 'agreement-expired' } } as const
    expect(isExpected({ verdict: 'deny', code: 'agreement-expired' }, golden)).to.equal(true)
    expect(isExpected({ verdict: 'deny', code: 'agreement-unknown' }, golden)).to.equal(false)
    expect(isExpected({ verdict: 'permit' }, golden)).to.equal(false)
  })
})
