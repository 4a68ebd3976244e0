/** Code systems of claims: ICD-9-CM, ICD-10-PCS, HCPCS, CPT. */
import { expect } from 'chai'
import { withheldCategory } from '../../../../gateway/core/agreement/categories/sensitive.ts'

const ICD9 = 'http://hl7.org/fhir/sid/icd-9-cm'
const PCS = 'http://www.cms.gov/Medicare/Coding/ICD10'
const HCPCS = 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets'
const CPT = 'http://www.ama-assn.org/go/cpt'

function asked(system: string, code: string): string | null {
  return withheldCategory([])({ resourceType: 'Procedure', code: { coding: [{ system, code }] } })
}

describe('core/agreement/categories/claims', () => {
  for (const [system, code, category] of [
    [ICD9, '303.90', 'substance-use'],
    [ICD9, '30390', 'substance-use'],
    [ICD9, '305.1', null],
    [ICD9, '042', 'hiv'],
    [ICD9, 'V08', 'hiv'],
    [ICD9, '079.53', 'hiv'],
    [ICD9, '296.20', 'behavioural'],
    [ICD9, '635.90', 'reproductive'],
    [ICD9, 'V22.1', 'reproductive'],
    [ICD9, '995.81', 'violence'],
    [ICD9, '94.61', 'substance-use'],
    [ICD9, '94.27', 'behavioural'],
    [ICD9, '69.01', 'reproductive'],
    [ICD9, '401.9', null],
    [ICD9, '250.00', null],
    [PCS, '10A07ZZ', 'reproductive'],
    [PCS, 'HZ2ZZZZ', 'substance-use'],
    [PCS, 'GZHZZZZ', 'behavioural'],
    // audiology, not F13 of ICD-10-CM
    [PCS, 'F13Z00Z', null],
    [PCS, '0DTJ4ZZ', null],
    [HCPCS, 'H0020', 'substance-use'],
    [HCPCS, 'H0031', 'behavioural'],
    [HCPCS, 'G0432', 'hiv'],
    [HCPCS, 'S0190', 'reproductive'],
    [HCPCS, 'S3840', 'genetic'],
    [HCPCS, 'G0008', null],
    [HCPCS, '59840', 'reproductive'],
    [CPT, '90834', 'behavioural'],
    [CPT, '59840', 'reproductive'],
    [CPT, '59840-22', 'reproductive'],
    [CPT, '87389', 'hiv'],
    [CPT, '99408', 'substance-use'],
    [CPT, '81220', 'genetic'],
    [CPT, '81001', null],
    [CPT, '99213', null],
    ['https://codes.example/own', '042', 'hiv'],
    ['https://codes.example/own', '303.90', 'substance-use'],
    ['https://codes.example/own', '10A07ZZ', 'reproductive'],
    ['https://codes.example/own', 'GZHZZZZ', 'behavioural'],
    ['https://codes.example/own', 'H0020', 'substance-use'],
    ['https://codes.example/own', '90834', 'behavioural'],
    // five digits of an unknown system may be anything: whole sections of CPT are not asked
    ['https://codes.example/own', '59999', null],
    ['https://codes.example/own', '303', null]
  ] as const) {
    it(`${code} of ${system.slice(-22)} is ${category ?? 'of none'}`, () => {
      expect(asked(system, code)).to.equal(category === null ? null : `category-${category}`)
    })
  }
})
