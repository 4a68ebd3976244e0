import { expect } from 'chai'
import { createCoarsener } from '../../../gateway/core/deidentify/coarsen.ts'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { releaseAll } from '../../support/profile.ts'
import { observation, profileWith, releasing, rule } from '../../support/rules.ts'
import { WORDS } from '../../support/scrubbed.ts'

const ENGINE = compileProfile(profileWith({}, { labels: 'summary' }), null)
const release = releasing(ENGINE)
const SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue'
const CONFIDENTIAL = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }

function labelsOf(record: Resource | undefined): Json[] {
  const { security } = (record?.['meta'] ?? {}) as { security?: { code: string }[] }
  return (security ?? []).map(({ code }) => code)
}

describe('labels of a text that was scrubbed', () => {
  const elements = { 'Observation.valueString': rule('scrub') }
  const scrubbing = compileProfile(profileWith(elements, { mode: 'expert-determination', labels: 'summary' }), null, null, () => WORDS)
  for (const [text, labels] of [
    ['slept well', ['PSEUDED']],
    ['slept on 3/14/2021', ['PSEUDED', 'REDACTED']]
  ] as const)
    it(`"${text}": ${labels.join(', ')}`, () => {
      expect(labelsOf(releasing(scrubbing)(observation({ valueString: text })))).to.deep.equal(labels)
    })
})

describe('labels: what was done stands in the record (HL7 v3 ObservationValue)', () => {
  it('PSEUDED always, and nothing more where nothing was taken out or made coarser', () => {
    expect(labelsOf(release(observation({ effectiveDateTime: '2020', valueQuantity: { value: 7, unit: 'kg' } })))).to.deep.equal([
      'PSEUDED'
    ])
  })

  const REDACTED: readonly (readonly [string, { readonly [name: string]: Json }])[] = [
    ['a removed element', { issued: '2020-01-01T00:00:00Z' }],
    ['an element that no rule looks at', { note: [{ text: 'Smith' }] }],
    ['an unknown name', { smith: 1 }],
    ['an extension', { extension: [{ url: 'http://x.example', valueString: 'Smith' }] }],
    ['an extension beside a primitive', { _status: { extension: [{ url: 'http://x.example', valueString: 'Smith' }] } }],
    [
      'the text of a concept',
      { valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '38341003' }], text: 'Smith' } }
    ],
    ['the display of a reference', { encounter: { reference: 'Encounter/e1', display: 'Smith' } }],
    [
      'a child of a group',
      { component: [{ code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] }, dataAbsentReason: { text: 'Smith' } }] }
    ],
    [
      'one of several codings',
      {
        valueCodeableConcept: {
          coding: [
            { system: 'http://snomed.info/sct', code: '38341003' },
            { system: 'http://x.example', code: 'Smith' }
          ]
        }
      }
    ],
    ['a contained resource that nothing points at', { contained: [{ resourceType: 'Device', id: 'd' }] }]
  ]
  for (const [what, more] of REDACTED) {
    it(`REDACTED when ${what} was taken out`, () => {
      expect(labelsOf(release(observation(more)))).to.deep.equal(['PSEUDED', 'REDACTED'])
    })
  }

  it('ABSTRED when a date became its year, or an age its category', () => {
    expect(labelsOf(release(observation({ effectiveDateTime: '2020-05-01' })))).to.deep.equal(['PSEUDED', 'ABSTRED'])
    expect(labelsOf(release(observation({ valueQuantity: { value: 95, unit: 'a' } })))).to.include('ABSTRED')
  })

  it('labels that came stay, in front, and none stands twice', () => {
    const record = observation({ meta: { security: [CONFIDENTIAL, { system: SYSTEM, code: 'PSEUDED' }] } })
    expect(labelsOf(release(record))).to.deep.equal(['R', 'PSEUDED'])
  })

  it('a record is labelled by what was done to itself, not to the one before', () => {
    const [, first, second] = releaseAll(ENGINE, [
      { resourceType: 'Patient', id: 'p1' },
      observation({ note: [{ text: 'Smith' }] }),
      { ...observation({}), id: 'o2' }
    ]).released
    expect(labelsOf(first?.resource)).to.include('REDACTED')
    expect(labelsOf(second?.resource)).to.deep.equal(['PSEUDED'])
  })

  it('R4 dom-5: a contained resource has no label; what was done to it stands outside', () => {
    const record = observation({
      contained: [{ resourceType: 'Device', id: 'd', status: 'active', serialNumber: '7' }],
      device: { reference: '#d' }
    })
    const kept = release(record)
    expect(labelsOf(kept)).to.include('REDACTED')
    expect(JSON.stringify(kept?.['contained'])).not.to.include('security')
  })

  it('at level 1 they say what was done on top', () => {
    const coarsen = createCoarsener(ENGINE, 'Patient')
    const patient = release({ resourceType: 'Patient', id: 'p1', birthDate: '1960', gender: 'female' })
    expect(labelsOf(patient)).to.deep.equal(['PSEUDED'])
    expect(labelsOf(JSON.parse(coarsen(JSON.stringify(patient))))).to.deep.equal(['PSEUDED', 'ABSTRED'])
  })

  it('without labels a record has none but its own', () => {
    expect(releasing(compileProfile(profileWith({}), null))(observation({}))).not.to.have.property('meta')
  })

  it('mask is no taking out without a trace, but takes out', () => {
    const masked = releasing(compileProfile(profileWith({ 'Observation.issued': rule('mask') }, { labels: 'summary' }), null))
    expect(labelsOf(masked(observation({ issued: '2020-01-01T00:00:00Z' })))).to.include('REDACTED')
  })
})
