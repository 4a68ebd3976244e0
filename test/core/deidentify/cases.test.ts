import { expect } from 'chai'
import { runProfileCases } from '../../../gateway/cli/deidentify/cases.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'
import { SAFE_HARBOR_PATH, safeHarbor } from '../../support/profile.ts'

describe('golden cases of safe-harbor', () => {
  const results = runProfileCases(SAFE_HARBOR_PATH, safeHarbor())

  it('there are some', () => {
    expect(results.length).to.be.greaterThan(20)
  })

  for (const { file, rule, passed, got } of results) {
    it(`${rule} (${file})`, () => {
      expect(passed, JSON.stringify(got, null, 1)).to.equal(true)
      const named = JSON.parse(
        JSON.stringify(got.released)
          .replaceAll(/"<([^<>]+)>"/g, (_, id: string) => JSON.stringify(id))
          .replaceAll(/<([^<>" ]+)>/g, '$1')
      )
      for (const resource of named) expect(validateResource(resource), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
    })
  }
})
