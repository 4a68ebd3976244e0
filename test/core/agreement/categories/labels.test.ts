/** Security labels: looked up whatever their system says, and restricted in doubt. */
import { expect } from 'chai'
import type { Category } from '../../../../gateway/core/agreement/categories/categories.ts'
import { withheldCategory } from '../../../../gateway/core/agreement/categories/sensitive.ts'
import type { Json } from '../../../../gateway/core/digest.ts'
import type { Resource } from '../../../../gateway/core/fhir/resource.ts'

const V3 = 'http://terminology.hl7.org/CodeSystem/v3-'
const ACT = `${V3}ActCode`

function asked(resource: Resource, granted: readonly Category[] = []): string | null {
  return withheldCategory(granted)(resource)
}

function labelledWith(...labels: readonly Json[]): Resource {
  return { resourceType: 'Condition', meta: { security: [...labels] }, code: { text: 'Essential hypertension' } }
}

describe('core/agreement/categories/labels', () => {
  for (const [code, category] of [
    ['R', 'restricted'],
    ['v', 'restricted'],
    ['ETH', 'substance-use'],
    ['PSYTHPN', 'psychotherapy-notes'],
    ['42CFRPart2', 'substance-use'],
    ['42 CFR Part2', 'substance-use'],
    ['HIPAAPsyNotes', 'psychotherapy-notes'],
    ['HIPAASelfPay', 'restricted'],
    ['NOAUTH', 'restricted'],
    ['VIP', 'restricted'],
    ['not-in-any-table', 'restricted']
  ] as const) {
    for (const system of [
      undefined,
      ACT,
      `${ACT}|9.0.0`,
      `${V3}Confidentiality/`,
      'https://TERMINOLOGY.hl7.org/x',
      'https://codes.example/own',
      5
    ]) {
      it(`${code} of ${system} is ${category}`, () => {
        const record = labelledWith({ ...(system !== undefined && { system }), code })
        expect(asked(record)).to.equal(`category-${category}`)
        expect(asked(record, [category])).to.equal(null)
      })
    }
  }

  it('38 USC 7332 is of drug and alcohol use, HIV and sickle cell anemia: each must be granted', () => {
    const record = labelledWith({ system: ACT, code: 'Title38Section7332' })
    expect(asked(record, ['substance-use', 'hiv'])).to.equal('category-genetic')
    expect(asked(record, ['substance-use', 'genetic'])).to.equal('category-hiv')
    expect(asked(record, ['substance-use', 'genetic', 'hiv'])).to.equal(null)
  })

  it('42 CFR 2.32: no redisclosure without consent is of substance use, and restricted', () => {
    for (const code of ['NORDSCLCD', 'NORDSLCD']) {
      expect(asked(labelledWith({ code }), ['restricted'])).to.equal('category-substance-use')
      expect(asked(labelledWith({ code }), ['substance-use'])).to.equal('category-restricted')
    }
  })

  for (const [system, code] of [
    [`${V3}Confidentiality`, 'N'],
    [`${V3}Confidentiality|3.0.0`, 'L'],
    ['http://hl7.org/fhir/v3/Confidentiality', 'M'],
    [undefined, 'U'],
    [ACT, 'DELAU'],
    [ACT, 'NOREUSE'],
    [`${V3}ObservationValue`, 'SUBSETTED'],
    [`${V3}ActReason`, 'HTEST']
  ] as const) {
    it(`${code} of ${system} says nothing of sensitivity`, () => {
      expect(asked(labelledWith({ ...(system !== undefined && { system }), code }))).to.equal(null)
    })
  }

  it('the N of a system of the source’s own is not HL7’s: restricted', () => {
    expect(asked(labelledWith({ system: 'https://codes.example/own', code: 'N' }))).to.equal('category-restricted')
  })

  for (const label of [{}, { display: 'Psych' }, { code: 7 }, null, 'R', { coding: [] }, { coding: [{}] }] as Json[]) {
    it(`a label that cannot be read is restricted: ${JSON.stringify(label)}`, () => {
      expect(asked(labelledWith({ system: `${V3}Confidentiality`, code: 'N' }, label))).to.equal('category-restricted')
    })
  }

  for (const [where, record] of [
    ['a contained record', { resourceType: 'Claim', contained: [labelledWith({ code: 'HIV' }) as Json] }],
    ['a document', { resourceType: 'DocumentReference', securityLabel: [{ coding: [{ code: 'N' }, { code: 'HIV' }] }] }],
    ['a composition', { resourceType: 'Composition', confidentiality: 'HIV' }],
    [
      'an element (DS4P)',
      {
        resourceType: 'Patient',
        extension: [
          { url: 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label', valueCoding: { code: 'HIV' } }
        ]
      }
    ],
    [
      'an extension of a label',
      labelledWith({ code: 'N', extension: [{ url: 'https://x.example', valueCoding: { system: ACT, code: 'HIV' } }] })
    ]
  ] as readonly (readonly [string, Resource])[]) {
    it(`a label is read in ${where}`, () => {
      expect(asked(record)).to.equal('category-hiv')
    })
  }
})
