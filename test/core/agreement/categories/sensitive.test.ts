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
    [ICD, 'Z14.1', 'genetic'],
    [ICD, 'T74.11XA', 'violence'],
    [ICD, 'I10', null],
    [ICD, 'E11.9', null],
    ['urn:oid:2.16.840.1.113883.6.90', 'F20.9', 'behavioural'],
    ['http://snomed.info/sct', '5602001', 'substance-use'],
    ['http://snomed.info/sct', '86406008', 'hiv'],
    ['http://loinc.org', '75622-1', 'hiv'],
    ['http://loinc.org', '4548-4', null],
    ['http://www.nlm.nih.gov/research/umls/rxnorm', '1819', 'substance-use'],
    ['https://codes.example/own', 'I10', null],
    ['http://terminology.hl7.org/CodeSystem/condition-clinical', 'active', null],
    ['urn:oid:2.16.840.1.113883.6.238', '2106-3', null],
    ['http://hl7.org/fhir/sid/cvx', '140', null],
    ['http://unitsofmeasure.org', 'F10', null],
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

  for (const system of [
    'http://hl7.org/fhir/sid/icd-10-cm|2024',
    'http://hl7.org/fhir/sid/icd-10-cm/',
    'https://hl7.org/fhir/sid/icd-10-cm',
    'HTTP://HL7.ORG/fhir/sid/ICD-10-CM',
    'http://www.cms.gov/Medicare/Coding/ICD10',
    'https://codes.example/own',
    'icd10',
    '',
    undefined,
    7
  ]) {
    it(`a system is the same however it is spelt, and one that is not known is in doubt a clinical one: ${system}`, () => {
      for (const code of ['F10.20', 'F1020', 'f10.20', ' F10.20'])
        expect(asked(condition({ ...(system !== undefined && { system }), code })), code).to.equal('category-substance-use')
    })
  }

  for (const [code, all] of [
    ['O99.310', ['substance-use', 'reproductive']],
    ['O98.711', ['hiv', 'reproductive']],
    ['O9A.311', ['violence', 'reproductive']],
    ['F53.0', ['behavioural', 'reproductive']],
    ['F52.0', ['behavioural', 'reproductive']],
    ['Z81.1', ['substance-use', 'genetic']],
    ['Z83.0', ['hiv', 'genetic']],
    ['Z31.430', ['reproductive', 'genetic']]
  ] as const) {
    it(`${code} is of ${all.join(' and ')}: each must be granted`, () => {
      const record = condition({ system: ICD, code })
      for (const granted of all) expect(asked(record, [granted])).to.equal(`category-${all.find((other) => other !== granted)}`)
      expect(asked(record, all)).to.equal(null)
    })
  }

  it('a product is found by the name of its ingredient, whatever its own code', () => {
    const coding = { system: 'http://hl7.org/fhir/sid/ndc', code: '00000-0000-00', display: 'Buprenorphine 8 MG / Naloxone 2 MG' }
    expect(asked({ resourceType: 'MedicationRequest', medicationCodeableConcept: { coding: [coding] } })).to.equal('category-substance-use')
  })

  for (const [where, record] of [
    ['the display of any system', condition({ system: 'http://snomed.info/sct', code: '999', display: 'METHADONE10mg' })],
    ['a coding without a code', condition({ display: 'Oral methadone' })],
    ['a text', { resourceType: 'MedicationRequest', medicationCodeableConcept: { text: 'methadone (Methadose) 10 mg' } }],
    ['a reference', { resourceType: 'MedicationRequest', medicationReference: { reference: 'Medication/m', display: 'Methadone' } }]
  ] as readonly (readonly [string, Resource])[]) {
    it(`a drug is found by its name in ${where}`, () => {
      expect(asked(record)).to.equal('category-substance-use')
    })
  }

  it('part of a word is no drug', () => {
    expect(asked(condition({ display: 'methadonelike, nonmethadone' }))).to.equal(null)
  })

  it('systems without end are read rightly, and no slower than linearly', () => {
    const read = withheldCategory([])
    for (let n = 0; n < 2_000; n += 1) expect(read(condition({ system: `https://x.example/${n}`, code: 'B20' }))).to.equal('category-hiv')
    expect(read(condition({ system: ICD, code: 'I10', display: 'm'.repeat(1_000_000), text: 'methadon '.repeat(100_000) }))).to.equal(null)
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

  it('no code stands twice in a table, and LOINC and SNOMED CT codes have their check digit', () => {
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
