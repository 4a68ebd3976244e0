/** Numbers as they were written (R4: 1.10 is not 1.1): the slow way of reading them must change nothing but how they are written. */
import { expect } from 'chai'
import fc from 'fast-check'
import { compileProfile } from '../../gateway/core/deidentify/compile/compile.ts'
import { parseExact } from '../../gateway/core/fhir/exact.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { type Draw, drawn } from '../support/arbitrary/draw.ts'
import { makeSubject } from '../support/arbitrary/resource.ts'
import { recordProfiles, releaseAs } from '../support/release.ts'

const TYPES = ['Observation', 'Claim', 'ExplanationOfBenefit', 'MedicationRequest', 'Invoice', 'VisionPrescription', 'RiskAssessment']
const json = JSON as unknown as { rawJSON(text: string): unknown } // Node 22 and later; TypeScript's es2024 does not name it yet

/** The record's text, some of its decimals with zeros behind. */
function written(draw: Draw, record: Resource): string {
  return JSON.stringify(record, (_, value: unknown) => {
    if (typeof value !== 'number' || draw(2) === 0) return value
    const text = String(value)
    return text.includes('e') ? value : json.rawJSON(`${text}${text.includes('.') ? '' : '.'}${'0'.repeat(1 + draw(3))}`)
  })
}

describe('properties of numbers that keep their text', () => {
  for (const profile of recordProfiles())
    it(`${profile.name}: read exactly or not, the same values leave`, () => {
      // 1140.000 has seven digits, and its label says that it lost some
      const engine = compileProfile({ ...profile, labels: 'none' }, null)
      for (const type of TYPES) {
        const texts = drawn((draw) => makeSubject(draw, type, TYPES).records.map((record) => written(draw, record)))
        fc.assert(
          fc.property(texts, (lines) => {
            const exact = releaseAs(
              engine,
              lines.map((line) => parseExact(line) as Resource)
            ) // records the generator wrote
            const plain = releaseAs(
              engine,
              lines.map((line): Resource => JSON.parse(line))
            )
            expect(JSON.parse(JSON.stringify(exact))).to.deep.equal(JSON.parse(JSON.stringify(plain)))
          }),
          { numRuns: 15 }
        )
      }
    })

  it('a decimal of at most six digits leaves as it came', () => {
    const engine = compileProfile(recordProfiles().find((profile) => profile.mode === 'safe-harbor') ?? expect.fail(), null)
    const code = '{"coding":[{"system":"http://loinc.org","code":"4548-4"}]}'
    for (const value of ['1.10', '0.50', '98.600', '-3.0', '100', '7.0', '0.0010', '1e3', '12.3450']) {
      const observation = `{"resourceType":"Observation","id":"o","status":"final","code":${code},"valueQuantity":{"value":${value},"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}`
      expect(JSON.stringify(releaseAs(engine, [parseExact(observation) as Resource]).released)).to.contain(`"value":${value},`)
    }
  })
})
