import { join } from 'node:path'
import { expect } from 'chai'
import { loadPolicies } from '../../../gateway/config/policies.ts'
import { PolicyError } from '../../../gateway/core/errors.ts'
import { onCopy, spoil } from '../../support/policies.ts'

const AGREEMENT = 'agreements/demo-aggregate/agreement.json'
const PROFILE = 'profiles/aggregate-only/profile.json'

/** What a folder with one text replaced does not load for. */
function faultsWhen(file: string, from: string, to: string): string[] {
  return onCopy((dir) => {
    spoil(dir, file, from, to)
    try {
      loadPolicies(join(dir))
      return []
    } catch (error) {
      if (error instanceof PolicyError) return error.faults.map(({ path }) => path)
      throw error
    }
  })
}

describe('an aggregate-only policy does not load', () => {
  const rows: readonly (readonly [rule: string, file: string, from: string, to: string, fault: string])[] = [
    ['when its cells may be of 10 patients (CMS Cell Size Suppression Policy)', PROFILE, '"floor": 11', '"floor": 10', '/cells/floor'],
    ['without complementary suppression', PROFILE, '"complementary": true', '"complementary": false', '/cells/complementary'],
    ['when it names an indicator twice', PROFILE, '"length-of-stay"', '"readmission-30"', '/measures/1/name'],
    ['when it tells by year only', PROFILE, '"sex": {', '"gender": {', '/strata/sex'],
    ['when the agreement asks for less than 11', AGREEMENT, '"k": 11', '"k": 3', '/k'],
    [
      'when the agreement does not name what the indicators read (45 CFR 164.502(b))',
      AGREEMENT,
      '"subject", "period"',
      '"subject"',
      '/resources'
    ],
    ['under an agreement of another mode', AGREEMENT, '"mode": "aggregate-only"', '"mode": "expert-determination"', '/mode']
  ]
  for (const [rule, file, from, to, fault] of rows) {
    it(rule, () => {
      expect(faultsWhen(file, from, to)).to.include(`${file}#${fault}`)
    })
  }

  it('as it ships it does', () => {
    expect(faultsWhen(PROFILE, '"floor": 11', '"floor": 11')).to.deep.equal([])
  })

  it('when its profile is another text, though a stricter one: what was approved is a hash', () => {
    expect(faultsWhen(PROFILE, '"floor": 11', '"floor": 12')).to.deep.equal([`${AGREEMENT}#/profile/hash`])
  })
})
