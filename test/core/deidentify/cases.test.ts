import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { runProfileCases } from '../../../gateway/cli/deidentify/cases.ts'
import { locateProfile } from '../../../gateway/cli/deidentify/locate.ts'
import { isRecordProfile, type RecordProfile } from '../../../gateway/core/deidentify/profile/profile.ts'
import { TYPES } from '../../../gateway/core/fhir/types.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'

/** Every profile that ships and lets records leave, with its file. */
const PROFILES = readdirSync(new URL('../../../policies/profiles/', import.meta.url)).flatMap(
  (name): readonly { readonly path: string; readonly profile: RecordProfile }[] => {
    const { path, profile } = locateProfile(name)
    return isRecordProfile(profile) ? [{ path, profile }] : []
  }
)

it('three profiles of records ship, one a mode', () => {
  expect(PROFILES.map(({ profile }) => profile.mode)).to.have.members(['safe-harbor', 'limited-data-set', 'expert-determination'])
})

for (const { path, profile } of PROFILES) {
  describe(`golden cases of ${profile.name}`, () => {
    const results = runProfileCases(path, profile)

    it('there are some', () => {
      expect(results.length).to.be.at.least(12)
    })

    it('every resource type of FHIR R4 has an answer, and one only: elements that leave, or a reason', () => {
      const answers = [...Object.keys(profile.resources), ...Object.keys(profile.refused ?? {})].sort()
      const types = [...TYPES.values()].filter((type) => type.kind === 'resource').map((type) => type.name)
      expect(types).to.have.length(146)
      expect(answers).to.deep.equal(types.sort())
    })

    for (const { file, rule, passed, got } of results) {
      it(`${rule} (${file})`, () => {
        expect(passed, JSON.stringify(got, null, 1)).to.equal(true)
        for (const resource of named(got.released)) {
          expect(validateResource(resource), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
        }
      })
    }
  })
}

/** With `<x>` where a surrogate stands as the plain x, which FHIR takes for an id. */
function named(released: readonly unknown[]): readonly unknown[] {
  return JSON.parse(
    JSON.stringify(released)
      .replaceAll(/"<([^<>]+)>"/g, (_, id: string) => JSON.stringify(id))
      .replaceAll(/<([^<>" ]+)>/g, '$1')
  )
}
