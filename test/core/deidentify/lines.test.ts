import { expect } from 'chai'
import fc from 'fast-check'
import { compileProfile, type Engine } from '../../../gateway/core/deidentify/compile/compile.ts'
import { releaseLines, releaseSubject, type Subject } from '../../../gateway/core/deidentify/subject.ts'
import { isExact, parseExact } from '../../../gateway/core/fhir/exact.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { makeFeed } from '../../../gateway/synthetic/feed.ts'
import { safeHarbor } from '../../support/profile.ts'

type Read = (text: string) => unknown

/** As the gateway reads. */
const readKept: Read = (text) => (isExact(text) ? parseExact(text) : JSON.parse(text))

const ENGINE = compileProfile(safeHarbor(), null)

function subjectOf(patient: string): Omit<Subject<never>, 'records'> {
  return {
    at: '2026-01-15T00:00:00Z',
    secret: new Uint8Array(32).fill(3),
    sharedSecret: new Uint8Array(32).fill(4),
    surrogate: 'f'.repeat(32),
    identity: { party: 'test', base: '', type: 'Patient', id: patient },
    shiftDays: 100,
    ownBases: []
  }
}

function linesOf(engine: Engine, patient: string, texts: readonly string[], read: Read = readKept): readonly string[] {
  const records = texts.map((text) => {
    const { resourceType, id } = JSON.parse(text) as Resource
    return { identity: { party: 'test', base: '', type: resourceType, id: id ?? '#' }, read: () => read(text) as Resource }
  })
  return releaseLines(engine, { ...subjectOf(patient), records }).released.map(({ line }) => line)
}

const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1938-05-01' }
const measured = (value: string, date = '2024-05-01'): string =>
  `{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"${date}","valueQuantity":{"value":${value},"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"}}`

describe('a subject from lines to lines', () => {
  it('what leaves is what leaves of the same records read all at once, in their order', () => {
    let most = 0
    for (const { id, resources } of makeFeed({ seed: 'lines', patients: 40, at: '2025-12-31' })) {
      const records = resources.map((resource) => ({
        identity: { party: 'test', base: '', type: resource.resourceType, id: resource.id ?? '#' },
        resource
      }))
      const { released } = releaseSubject(ENGINE, { ...subjectOf(id), records })
      const lines = linesOf(
        ENGINE,
        id,
        resources.map((resource) => JSON.stringify(resource))
      )
      expect(lines).to.deep.equal(released.map(({ resource }) => JSON.stringify(resource)))
      most = Math.max(most, lines.length)
    }
    expect(most).to.be.greaterThan(64)
  })

  it('Safe Harbor (C): an event after the release that shows an age over 89 collapses the records before it, too', () => {
    const early = Array.from({ length: 70 }, () => measured('13.5'))
    const [first] = linesOf(ENGINE, 'p1', [JSON.stringify(patient), ...early])
    expect(first).to.include('"birthDate":"1938"')
    const [collapsed, ...rest] = linesOf(ENGINE, 'p1', [JSON.stringify(patient), ...early, measured('13.5', '2029-05-01')])
    expect(collapsed).not.to.include('1938')
    expect(rest.join()).not.to.include('"value":86')
    expect(rest).to.have.length(71)
  })

  it('R4 decimal: a number of up to six digits leaves as it was written, a longer one the same whichever way it was read', () => {
    const leaves = (value: string, read: Read): string =>
      /"value":([^,]*)/.exec(linesOf(ENGINE, 'p1', [measured(value)], read).join())?.[1] ?? ''
    for (const value of ['13.50', '1e1', '7.0', '0.0000001']) expect(leaves(value, readKept)).to.equal(value)
    const digits = fc.stringMatching(/^(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:[eE][+-]?\d)?$/)
    fc.assert(
      fc.property(digits, (value) => {
        expect(leaves(value, readKept)).to.equal(leaves(value, parseExact))
      })
    )
  })
})
