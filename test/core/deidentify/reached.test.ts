/** 45 CFR 164.502(b): an element that the agreement does not name is not reached by another way either: from within a record that may leave. */
import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { releaseAll, safeHarbor } from '../../support/profile.ts'

const MARK = '85354-9'
const LOINC = 'http://loinc.org'
const coded = (code: string) => ({ coding: [{ system: LOINC, code }] })
const PATIENT: Resource = { resourceType: 'Patient', id: 'p1', gender: 'female' }
const observation = (more: object): Resource => ({
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: coded('4548-4'),
  subject: { reference: 'Patient/p1' },
  ...more
})
const inner = { resourceType: 'Observation', id: 'i', status: 'final', code: coded('8302-2'), subject: { reference: 'Patient/p1' } }
const WHOLE = { Patient: ['gender'], Observation: ['status', 'code', 'subject', 'contained', 'derivedFrom', 'method'], Condition: ['code'] }

/** What leaves under the agreement's list of elements. */
function leaving(resources: Readonly<Record<string, string[]>>, record: Resource): string {
  return JSON.stringify(releaseAll(compileProfile(safeHarbor(), resources), [PATIENT, record]).released)
}

describe('an element that is not agreed', () => {
  const agreed = { Patient: ['gender'], Observation: ['status', 'code', 'subject', 'derivedFrom'] }

  it('is there to be reached: agreed, it leaves', () => {
    expect(leaving(WHOLE, observation({ method: coded(MARK) }))).to.contain(MARK)
  })

  for (const [way, record] of [
    ['by itself', observation({ method: coded(MARK) })],
    [
      'in a contained record of the same type',
      observation({ contained: [{ ...inner, method: coded(MARK) }], derivedFrom: [{ reference: '#i' }] })
    ],
    [
      'in a contained record of a type that is not agreed',
      observation({
        contained: [{ resourceType: 'Condition', id: 'c', code: coded(MARK), subject: { reference: 'Patient/p1' } }],
        derivedFrom: [{ reference: '#c' }]
      })
    ],
    ['in an extension of the record', observation({ extension: [{ url: 'https://x.example/method', valueCodeableConcept: coded(MARK) }] })],
    [
      'in an extension of an element that is agreed',
      observation({ code: { ...coded('4548-4'), extension: [{ url: 'https://x.example/method', valueCodeableConcept: coded(MARK) }] } })
    ],
    ['beside a value, as its extension', observation({ _status: { extension: [{ url: 'https://x.example/m', valueString: MARK }] } })],
    ['under a name that only looks like one', observation({ _method: { extension: [{ url: 'https://x.example/m', valueString: MARK }] } })],
    [
      'as a contained Bundle',
      observation({
        contained: [{ resourceType: 'Bundle', id: 'b', type: 'collection', entry: [{ resource: { ...inner, method: coded(MARK) } }] }],
        derivedFrom: [{ reference: '#b' }]
      })
    ]
  ] as const)
    it(`does not leave ${way}`, () => {
      const text = leaving(agreed, record)
      expect(text).not.to.contain(MARK)
      expect(text, 'the rest of the record does').to.contain('4548-4')
    })
})
