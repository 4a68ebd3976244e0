/** Every official example of R4 and of US Core, one by one through each profile: none stops it, and whatever comes out is R4. */
import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { isResourceType } from '../../../gateway/core/fhir/types.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'
import { r4Faults } from '../../support/r4-faults.ts'
import { recordProfiles, releaseAs } from '../../support/release.ts'
import { WORDS } from '../../support/scrubbed.ts'
import { filesOf, sharedData } from '../../support/shared-data.ts'

/** The resources of a line, those inside Bundles and Parameters, too. */
function* resourcesIn(value: unknown): Generator<Resource> {
  if (typeof value !== 'object' || value === null) return
  const { resourceType } = value as { resourceType?: unknown }
  if (typeof resourceType === 'string' && isResourceType(resourceType)) yield value as Resource // by the table; what it is else, the schema says
  if (resourceType === undefined || resourceType === 'Bundle' || resourceType === 'Parameters')
    for (const member of Object.values(value)) yield* resourcesIn(member)
}

describe('the official examples', () => {
  for (const folder of ['fhir-r4-examples', 'us-core-examples'])
    it(`${folder}: valid R4 out of each profile, and nothing thrown`, function () {
      const files = filesOf(sharedData(this, folder), '.ndjson.gz')
      const lines = files.flatMap(({ bytes }) =>
        bytes
          .toString('utf8')
          .split('\n')
          .filter((line) => line !== '')
      )
      const examples = lines.flatMap((line) => [...resourcesIn(JSON.parse(line))]).filter((resource) => validateResource(resource))
      for (const profile of recordProfiles()) {
        const engine = compileProfile(profile, null, null, () => WORDS)
        let released = 0
        for (const example of examples) {
          const out = releaseAs(engine, [example], { patient: example.id ?? '#' })
          expect(out.released.length + out.withheld.length).to.equal(1)
          released += out.released.length
          for (const { resource } of out.released) expect(r4Faults(resource), example.resourceType).to.deep.equal([])
        }
        expect(released, `${profile.name} of ${examples.length}`).to.be.above(examples.length / 2)
      }
    })
})
