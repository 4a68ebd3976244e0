import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'
import { releaseAll, safeHarbor } from '../../support/profile.ts'

const SUBJECT = { reference: 'Patient/p1' }
const CODE = {
  coding: [{ system: 'http://snomed.info/sct', code: '38341003' }]
}
const PATIENT: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  birthDate: '1960-05-04'
}
const observation = (more: object): Resource => ({
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: CODE,
  subject: SUBJECT,
  ...more
})

/** Where an identifier may hide; the word secret-1 stands for it. */
const HIDING: ReadonlyMap<string, Resource> = new Map<string, Resource>([
  [
    'an extension URL',
    observation({
      extension: [{ url: 'http://secret-1.example', valueBoolean: true }]
    })
  ],
  [
    'an extension inside a kept extension',
    observation({
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
          valueCode: 'unknown',
          extension: [{ url: 'x', valueString: 'secret-1' }]
        }
      ]
    })
  ],
  [
    'the code of data-absent-reason',
    observation({
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
          valueCode: 'secret-1'
        }
      ]
    })
  ],
  ['an id', { ...observation({}), id: 'secret-1' }],
  [
    'an element id',
    observation({
      valueQuantity: {
        id: 'secret-1',
        value: 1,
        unit: 'mg',
        system: 'http://unitsofmeasure.org',
        code: 'mg'
      }
    })
  ],
  ['a unit', observation({ valueQuantity: { value: 1, unit: 'secret-1' } })],
  [
    'a UCUM annotation',
    observation({
      valueQuantity: {
        value: 1,
        unit: 'mg',
        system: 'http://unitsofmeasure.org',
        code: '{secret-1}'
      }
    })
  ],
  [
    'the code of a known system',
    observation({
      code: { coding: [{ system: 'http://loinc.org', code: 'secret-1' }] }
    })
  ],
  [
    'the code of a system HL7 publishes',
    observation({
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/observation-category',
              code: 'secret-1'
            }
          ]
        }
      ]
    })
  ],
  [
    'the display and version of a known coding',
    observation({
      code: {
        coding: [{ ...CODE.coding[0], display: 'secret-1', version: 'secret-1' }],
        text: 'secret-1'
      }
    })
  ],
  ['the language', observation({ language: 'en-x-secret-1' })],
  [
    'the narrative',
    observation({
      text: {
        status: 'generated',
        div: '<div xmlns="http://www.w3.org/1999/xhtml" title="secret-1"></div>'
      }
    })
  ],
  ['an unknown key', observation({ 'secret-1': 'secret-1', nested: { 'secret-1': 1 } })],
  ['an unknown key inside a group', observation({ component: [{ code: CODE, 'secret-1': 'secret-1' }] })],
  [
    '__proto__',
    JSON.parse(
      '{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"38341003"}]},"__proto__":{"valueString":"secret-1"},"valueQuantity":{"__proto__":{"unit":"secret-1"},"value":1}}'
    )
  ],
  [
    'a primitive where an object belongs',
    observation({
      valueQuantity: 'secret-1',
      encounter: 'secret-1',
      category: 'secret-1',
      component: ['secret-1']
    })
  ],
  [
    'an object where a primitive belongs',
    observation({
      effectiveDateTime: { start: 'secret-1' },
      valueBoolean: ['secret-1']
    })
  ],
  ['a date with more in it', observation({ effectiveDateTime: '2015 secret-1' })],
  [
    'a reference',
    observation({
      encounter: {
        reference: 'Encounter/secret-1',
        display: 'secret-1',
        type: 'secret-1',
        identifier: { value: 'secret-1' }
      }
    })
  ],
  [
    'a reference of no R4 type',
    observation({
      encounter: { reference: 'secret-1/secret-1' },
      device: { reference: 'urn:uuid:secret-1' },
      specimen: { reference: '#secret-1' }
    })
  ],
  [
    'a security label',
    observation({
      meta: {
        tag: [{ system: 'http://secret-1.example', code: 'secret-1' }],
        source: 'http://secret-1.example',
        profile: ['http://secret-1.example']
      }
    })
  ],
  [
    'null-padded arrays',
    observation({
      category: [null, { coding: [null, { system: 'secret-1' }] }],
      interpretation: [null]
    })
  ],
  [
    'contained in contained',
    observation({
      contained: [
        {
          resourceType: 'Practitioner',
          id: 'secret-1',
          contained: [{ resourceType: 'Practitioner', name: [{ text: 'secret-1' }] }],
          name: [{ text: 'secret-1' }]
        }
      ],
      performer: [{ reference: '#secret-1' }]
    })
  ],
  [
    'a contained resource of an unknown type',
    observation({
      contained: [{ resourceType: 'secret-1', id: 'a', value: 'secret-1' }],
      performer: [{ reference: '#a' }]
    })
  ],
  [
    'the state of an address',
    {
      ...PATIENT,
      address: [{ state: 'secret-1', country: 'secret-1', postalCode: 'secret-1' }]
    }
  ],
  [
    'birthDate beside itself',
    {
      ...PATIENT,
      _birthDate: {
        id: 'secret-1',
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
            valueDateTime: 'secret-1'
          }
        ]
      }
    }
  ]
])

describe('identifiers in hiding', () => {
  const engine = compileProfile(safeHarbor(), null)

  for (const [place, record] of HIDING) {
    it(`what hides in ${place} does not leave`, () => {
      const records = record.resourceType === 'Patient' ? [record] : [PATIENT, record]
      const { released, withheld } = releaseAll(engine, records)
      expect(released.length + withheld.length).to.equal(records.length)
      const text = JSON.stringify(released)
      expect(text).not.to.contain('secret')
      expect(Object.getPrototypeOf(released[0]?.resource)).to.equal(Object.prototype)
      for (const { resource } of released) expect(validateResource(resource), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
    })
  }

  it('Safe Harbor (H), (R): a whole number that may be a record or telephone number does not leave', () => {
    const numbers = [{ valueInteger: 5_550_100 }, { valueQuantity: { value: 999_188_203 } }]
    for (const more of numbers)
      expect(JSON.stringify(releaseAll(engine, [PATIENT, observation(more)]).released)).not.to.match(/\d{7,}\b(?!")/)
  })

  it('a number JSON cannot hold is removed, not written as null', () => {
    const { released } = releaseAll(engine, [
      PATIENT,
      observation({
        valueQuantity: { value: Number.POSITIVE_INFINITY, unit: 'mg' }
      })
    ])
    expect(released[1]?.resource).not.to.have.property('valueQuantity')
  })

  it('contained resources that point at each other are kept once', () => {
    const contained = [
      { resourceType: 'Organization', id: 'a', partOf: { reference: '#b' } },
      { resourceType: 'Organization', id: 'b', partOf: { reference: '#a' } }
    ]
    const { released } = releaseAll(engine, [PATIENT, observation({ contained, performer: [{ reference: '#a' }] })])
    expect(released[1]?.resource['contained']).to.deep.equal([
      { resourceType: 'Organization', id: 'c1', partOf: { reference: '#c2' } },
      { resourceType: 'Organization', id: 'c2', partOf: { reference: '#c1' } }
    ])
  })

  it('two contained resources of one id cannot be told apart: neither leaves', () => {
    const contained = [
      { resourceType: 'Organization', id: 'a' },
      { resourceType: 'Practitioner', id: 'a', gender: 'male' }
    ]
    const { released } = releaseAll(engine, [PATIENT, observation({ contained, performer: [{ reference: '#a' }] })])
    expect(released[1]?.resource).not.to.have.any.keys('contained', 'performer')
  })

  it('a Patient that is not the subject is withheld', () => {
    const { withheld } = releaseAll(engine, [PATIENT, { resourceType: 'Patient', id: 'p2' }])
    expect(withheld).to.deep.equal([{ code: 'no-subject', type: 'Patient', index: 1 }])
  })

  it('implicitRules withholds the record', () => {
    const { withheld } = releaseAll(engine, [PATIENT, observation({ implicitRules: 'http://rules.example' })])
    expect(withheld.map((row) => row.code)).to.deep.equal(['implicit-rules'])
  })

  it('a security label that is not understood withholds the record', () => {
    const { withheld } = releaseAll(engine, [
      PATIENT,
      observation({
        meta: {
          security: [{ system: 'http://hospital.example', code: 'VIP' }]
        }
      })
    ])
    expect(withheld.map((row) => row.code)).to.deep.equal(['modifier-not-understood'])
  })
})
