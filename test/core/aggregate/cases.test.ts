import { expect } from 'chai'
import { runAggregateCases } from '../../../gateway/cli/deidentify/aggregate-cases.ts'
import { locateProfile } from '../../../gateway/cli/deidentify/locate.ts'
import { isRecordProfile } from '../../../gateway/core/deidentify/profile/profile.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'

describe('golden cases of aggregate-only', () => {
  const { path, profile } = locateProfile('aggregate-only')
  const results = isRecordProfile(profile) ? [] : runAggregateCases(path, profile)

  it('there are some', () => {
    expect(results.length).to.be.greaterThan(12)
  })

  for (const { file, rule, passed, differences, got } of results) {
    it(`${rule} (${file})`, () => {
      expect(passed, differences.join('\n')).to.equal(true)
      for (const report of got.reports) expect(validateResource(report), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
    })
  }
})
