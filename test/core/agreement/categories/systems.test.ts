/** Code systems by one name, however their URI is spelt. */
import { expect } from 'chai'
import { systemOf, systemReader } from '../../../../gateway/core/agreement/categories/systems.ts'

describe('core/agreement/categories/systems', () => {
  for (const [uri, name] of [
    ['http://hl7.org/fhir/sid/icd-10-cm', 'icd-10-cm'],
    ['http://hl7.org/fhir/sid/icd-10-cm|2024', 'icd-10-cm'],
    ['https://hl7.org/fhir/sid/icd-10-cm/', 'icd-10-cm'],
    ['HTTP://HL7.org/fhir/sid/ICD-10-CM', 'icd-10-cm'],
    [' http://hl7.org/fhir/sid/icd-10-cm ', 'icd-10-cm'],
    ['urn:oid:2.16.840.1.113883.6.90', 'icd-10-cm'],
    ['2.16.840.1.113883.6.90', 'icd-10-cm'],
    ['http://snomed.info/sct/731000124108/version/20240301', 'snomed'],
    ['http://snomed.info/sct|http://snomed.info/sct/731000124108', 'snomed'],
    ['http://loinc.org/', 'loinc'],
    ['https://www.loinc.org', 'loinc'],
    ['http://www.nlm.nih.gov/research/umls/rxnorm/version/5', 'rxnorm'],
    ['https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'hcpcs'],
    ['http://www.ama-assn.org/go/cpt', 'cpt'],
    ['https://codes.example/Own/', 'codes.example/own']
  ] as const) {
    it(`${uri} is ${name}`, () => {
      expect(systemOf(uri)).to.equal(name)
    })
  }

  it('ICD-10-CM, ICD-10 and ICD-10-PCS are different systems, and a name that only begins alike is another', () => {
    const names = ['icd-10-cm', 'icd-10', 'icd-9-cm', 'icd-10-cmx'].map((last) => systemOf(`http://hl7.org/fhir/sid/${last}`))
    expect(new Set(names).size).to.equal(4)
  })

  it('a reader that remembers answers as one that does not, for more systems than it keeps', () => {
    const read = systemReader()
    for (let round = 0; round < 2; round += 1)
      for (let n = 0; n < 1_000; n += 1) expect(read(`http://x.example/${n}/`)).to.equal(systemOf(`http://x.example/${n}`))
    expect(read('https://loinc.org|2.77')).to.equal('loinc')
  })

  it('a hostile URI takes no time: a million slashes', () => {
    const from = process.cpuUsage().user
    expect(systemOf(`http://x${'/'.repeat(1_000_000)}y`)).to.equal('x')
    expect(process.cpuUsage().user - from).to.be.lessThan(500_000)
  })
})
