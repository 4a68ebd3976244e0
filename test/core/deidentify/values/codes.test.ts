import { expect } from 'chai'
import { compileProfile } from '../../../../gateway/core/deidentify/compile/compile.ts'
import type { Json } from '../../../../gateway/core/digest.ts'
import type { Resource } from '../../../../gateway/core/fhir/resource.ts'
import { releaseAll, safeHarbor } from '../../../support/profile.ts'

const SUBJECT = { reference: 'Patient/p1' }
const PATIENT: Resource = { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04' }
const NDC = 'http://hl7.org/fhir/sid/ndc'
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm'
const PCS = 'http://www.cms.gov/Medicare/Coding/ICD10'
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const NUCC = 'http://nucc.org/provider-taxonomy'
const SNOMED = 'http://snomed.info/sct'
const LOINC = 'http://loinc.org'
const CPT = 'http://www.ama-assn.org/go/cpt'
const CVX = 'http://hl7.org/fhir/sid/cvx'
const concept = (system: string, code: string): { [key: string]: Json } => ({ coding: [{ system, code }] })
const observation = (value: { [key: string]: Json }): Resource => ({
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: concept('http://snomed.info/sct', '38341003'),
  subject: SUBJECT,
  ...value
})

/** A record with the code at the place it belongs. */
const PLACES: ReadonlyMap<string, (system: string, code: string) => Resource> = new Map([
  ['medicine', (system, code) => ({ resourceType: 'Medication', id: 'm', code: concept(system, code) })],
  [
    'procedure',
    (system, code) => ({ resourceType: 'Procedure', id: 'q', status: 'completed', code: concept(system, code), subject: SUBJECT })
  ],
  ['diagnosis', (system, code) => ({ resourceType: 'Condition', id: 'c', code: concept(system, code), subject: SUBJECT })],
  ['finding', (system, code) => observation({ valueCodeableConcept: concept(system, code) })],
  ['unit', (system, code) => observation({ valueQuantity: { value: 1, unit: 'mg', system, code } })]
])

/** System, place, what goes, what stays. */
const ROWS: readonly (readonly [system: string, place: string, gone: readonly string[], kept: readonly string[]])[] = [
  [
    NDC,
    'medicine',
    ['6175550123', '16175550123', '617-555-0123', '999-18-8203', '123456789', '12345-678901'],
    ['12345-6789-01', '1234-5678-91', '12345-678-91', '12345-6789-1', '00002143380', '50580044910', '12345067891']
  ],
  [RXNORM, 'medicine', ['5550123', '2800000', '0123456'], ['7052', '314076', '1049221', '2047241']],
  [
    PCS,
    'procedure',
    ['5550123', '1234567', '0123456', 'CHARLES', 'BARRETT', 'HARRY12', 'BAKER77', 'DAWN960', 'HZ5MARY', 'XW0ANNA', 'D0YANNA', 'B30ANNA'],
    ['0SR90JZ', '0210093', '0270346', 'GZFZZZZ', '4A023N7', '5A1935Z', 'BW25ZZZ', 'CB12KZZ', 'DB021ZZ', 'F07Z9ZZ', 'HZ2ZZZZ', 'XW0DXR7']
  ],
  [
    ICD,
    'diagnosis',
    ['M123456', 'A1234567', 'E12.3456', 'A00.JOHN', 'A00JOHN', 'Z99MARY', 'S12.ANNA', 'J00.ZOE', 'A00.EVE', 'U12.3'],
    [
      'I10',
      'E11.9',
      'S72001A',
      'S72.001A',
      'O31.8X10',
      'H40.1111',
      'Z6841',
      'M80.0AXA',
      'I824Y1',
      'S06.A1XA',
      'N02.B1',
      'E88.A',
      'C810A',
      'U07.1',
      'E11.3211',
      'H54.0X33',
      'W06.XXXA',
      'Y93.J1',
      'QA0.0101',
      'M1A.00X0',
      'G43.E09',
      'C84.ZA',
      'I5A',
      'M01.X11',
      'H02.20C'
    ]
  ],
  [NUCC, 'finding', ['617SM5550X', '217SM5550X', '207R99999X'], ['207R00000X', '363LP2300X', '405300000X']],
  [
    SNOMED,
    'finding',
    ['196005041000999104', '123456781000617104', '196005041000119102'],
    ['38341003', '16838951000119100', '157141000119108']
  ],
  [LOINC, 'finding', ['LA6175550-1', 'LA33471-5', 'LP29708-1'], ['LA33471-6', 'LA6576-8', 'LP29708-2', '8302-2']],
  [CPT, 'procedure', ['02139', '05401'], ['99213', '00100', '0001A', '3044F', '0075T']],
  [CPT, 'finding', ['10128', '99213'], []],
  [RXNORM, 'finding', ['10128'], []],
  [NDC, 'finding', ['00002143380'], []],
  [CVX, 'finding', ['101'], []],
  [RXNORM, 'unit', ['314076'], []],
  ['urn:ietf:bcp:47', 'finding', ['hmn'], []],
  ['urn:oid:2.16.840.1.113883.6.238', 'finding', ['2039-6'], []]
]

describe('codes of systems without a check digit', () => {
  const engine = compileProfile(safeHarbor(), null)
  const leaves = (system: string, place: string, code: string): boolean => {
    const make = PLACES.get(place)
    if (make === undefined) throw new Error(place)
    return JSON.stringify(releaseAll(engine, [PATIENT, make(system, code)]).released).includes(`"${code}"`)
  }

  for (const [system, place, gone, kept] of ROWS) {
    it(`Safe Harbor (D), (H), (R): ${system} as a ${place}: only what its authors write so`, () => {
      for (const code of gone) expect(leaves(system, place, code), code).to.equal(false)
      for (const code of kept) expect(leaves(system, place, code), code).to.equal(true)
    })
  }

  it('a billed service keeps what may be billed: CPT, NDC, RxNorm, CVX, and its revenue code', () => {
    const revenue = 'https://www.nubc.org/CodeSystem/RevenueCodes'
    for (const [system, code] of [
      [CPT, '99213'],
      [NDC, '00002143380'],
      [RXNORM, '314076'],
      [CVX, '140']
    ] as const) {
      const item = [{ sequence: 1, productOrService: concept(system, code), revenue: concept(revenue, '0450') }]
      const claim = { resourceType: 'Claim', id: 'k', patient: SUBJECT, item }
      expect(JSON.stringify(releaseAll(engine, [PATIENT, claim]).released))
        .to.contain(code)
        .and.contain('0450')
    }
  })
})
