/** Sensitive categories: denied unless granted, by codes wherever they stand, by labels, by type. */
import { expect } from 'chai'
import { CATEGORIES, type Category } from '../../../../gateway/core/agreement/categories/categories.ts'
import { DRUGS, LOINC, RXNORM, SNOMED } from '../../../../gateway/core/agreement/categories/codes.ts'
import { withheldCategory } from '../../../../gateway/core/agreement/categories/sensitive.ts'
import { CHECK_DIGITS } from '../../../../gateway/core/deidentify/values/check-digits.ts'
import type { Json } from '../../../../gateway/core/digest.ts'
import { CODES } from '../../../../gateway/core/errors.ts'
import type { Resource } from '../../../../gateway/core/fhir/resource.ts'
import schema from '../../../../schemas/policy/agreement.json' with { type: 'json' }

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const ALL = [...CATEGORIES.keys()]

function condition(coding: { [member: string]: Json }): Resource {
  return { resourceType: 'Condition', code: { coding: [coding] } }
}

function asked(resource: Resource, granted: readonly Category[] = []): string | null {
  return withheldCategory(granted)(resource)
}

describe('core/agreement/categories', () => {
  for (const [system, code, category] of [
    [ICD, 'F10.20', 'substance-use'],
    [ICD, 'f1120', 'substance-use'],
    [ICD, 'F17.210', null],
    [ICD, 'F32.A', 'behavioural'],
    [ICD, 'B20', 'hiv'],
    [ICD, 'Z21', 'hiv'],
    [ICD, 'O09.513', 'reproductive'],
    [ICD, 'O98.713', 'hiv'],
    [ICD, 'O9A.311', 'violence'],
    [ICD, 'Z14.1', 'genetic'],
    [ICD, 'Z81.1', 'substance-use'],
    [ICD, 'T74.11XA', 'violence'],
    [ICD, 'I10', null],
    [ICD, 'E11.9', null],
    ['urn:oid:2.16.840.1.113883.6.90', 'F20.9', 'behavioural'],
    ['http://snomed.info/sct', '5602001', 'substance-use'],
    ['http://snomed.info/sct', '86406008', 'hiv'],
    ['http://loinc.org', '75622-1', 'hiv'],
    ['http://loinc.org', '4548-4', null],
    ['http://www.nlm.nih.gov/research/umls/rxnorm', '1819', 'substance-use'],
    ['https://codes.example/own', 'F10.20', null],
    [ACT, 'ETH', 'substance-use'],
    [ACT, 'PSYTHPN', 'psychotherapy-notes'],
    [ACT, 'AMB', null],
    [ACT, 'CEL', 'restricted'],
    ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'V', 'restricted'],
    ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'N', null]
  ] as const) {
    it(`${code} of ${system.slice(-20)} is ${category ?? 'of none'}`, () => {
      expect(asked(condition({ system, code }))).to.equal(category === null ? null : `category-${category}`)
      if (category !== null) expect(asked(condition({ system, code }), [category])).to.equal(null)
    })
  }

  it('a code whose system is not said is sensitive in doubt', () => {
    expect(asked(condition({ code: 'F10.20' }))).to.equal('category-substance-use')
  })

  it('a product is found by the name of its ingredient, whatever its own code', () => {
    const coding = { system: 'http://hl7.org/fhir/sid/ndc', code: '00000-0000-00', display: 'Buprenorphine 8 MG / Naloxone 2 MG' }
    expect(asked({ resourceType: 'MedicationRequest', medicationCodeableConcept: { coding: [coding] } })).to.equal('category-substance-use')
  })

  const hiv = { system: ICD, code: 'B20' }
  for (const [where, resource] of [
    ['a reason', { resourceType: 'Encounter', reasonCode: [{ coding: [{ system: ICD, code: 'I10' }, hiv] }] }],
    ['an extension', { resourceType: 'Patient', extension: [{ url: 'https://x.example', valueCodeableConcept: { coding: [hiv] } }] }],
    ['an extension of a primitive', { resourceType: 'Patient', _gender: { extension: [{ url: 'https://x.example', valueCoding: hiv }] } }],
    ['a contained record', { resourceType: 'Claim', contained: [{ resourceType: 'Condition', id: 'c', code: { coding: [hiv] } }] }],
    ['a line of a claim', { resourceType: 'Claim', diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [hiv] } }] }],
    ['a label', { resourceType: 'Observation', meta: { security: [{ system: ACT, code: 'HIV' }] } }]
  ] as readonly (readonly [string, Resource])[]) {
    it(`it is found in ${where}`, () => {
      expect(asked(resource)).to.equal('category-hiv')
    })
  }

  it('of two categories the one that is not granted counts', () => {
    const both: Resource = { resourceType: 'Condition', code: { coding: [{ system: ICD, code: 'F32.A' }, hiv] } }
    expect(asked(both, ['behavioural'])).to.equal('category-hiv')
    expect(asked(both, ['hiv'])).to.equal('category-behavioural')
    expect(asked(both, ['behavioural', 'hiv'])).to.equal(null)
  })

  it('45 CFR 160.103: what members of the family had is genetic information', () => {
    expect(asked({ resourceType: 'FamilyMemberHistory' })).to.equal('category-genetic')
    expect(asked({ resourceType: 'FamilyMemberHistory' }, ['genetic'])).to.equal(null)
  })

  it('the categories are those of the schema, and each has a code, sources, a law and what it misses', () => {
    expect(ALL).to.deep.equal(schema.definitions.Categories.properties.granted.items.enum)
    for (const [name, row] of CATEGORIES) {
      expect(row.code).to.equal(`category-${name}`)
      expect(CODES).to.have.property(row.code)
      for (const text of [row.says, row.law, row.sources, row.misses]) expect(text, name).to.have.length.greaterThan(10)
    }
  })

  it('no code stands in two categories, and LOINC and SNOMED CT codes have their check digit', () => {
    for (const rows of [SNOMED, LOINC, RXNORM, DRUGS]) {
      const codes = rows.flatMap(([, text]) => [...new Set(text.split(' '))])
      expect(new Set(codes).size).to.equal(codes.length)
    }
    for (const [, text] of LOINC)
      for (const code of text.split(' ')) expect(CHECK_DIGITS.get('http://loinc.org')?.(code), code).to.equal(true)
    for (const [, text] of SNOMED)
      for (const code of text.split(' ')) expect(CHECK_DIGITS.get('http://snomed.info/sct')?.(code), code).to.equal(true)
  })
})
