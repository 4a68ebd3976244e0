/** Codes a profile lists are looked for wherever they stand, and at a level no element holds one: rare diseases, illnesses, a death that an event tells. */
import { expect } from 'chai'
import { createCoarsener } from '../../../gateway/core/deidentify/coarsen.ts'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { coarseningAt, columnsOf } from '../../../gateway/core/deidentify/node.ts'
import type { RecordProfile, RiskRule } from '../../../gateway/core/deidentify/profile/profile.ts'
import type { Traits } from '../../../gateway/core/deidentify/traits.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { recordProfiles } from '../../support/release.ts'

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const DISPOSITION = 'http://terminology.hl7.org/CodeSystem/discharge-disposition'

function expert(): RecordProfile & { readonly risk: RiskRule } {
  const found = recordProfiles().find(({ name }) => name === 'expert-determination')
  if (found?.risk === undefined) throw new Error('no profile that declares its quasi-identifiers')
  return { ...found, risk: found.risk }
}

const PROFILE = expert()
const ENGINE = compileProfile(PROFILE, null)
const COLUMNS = columnsOf(PROFILE.risk)

function traitsOf(records: readonly object[], patient: object = {}): Traits {
  const whole = { resourceType: 'Patient', ...patient }
  const traits = ENGINE.traits?.({ patient: whole, records: records as readonly Resource[], birth: '1960' })
  if (traits === undefined) throw new Error('nothing is declared')
  return traits
}

function seen(name: string, records: readonly object[], patient: object = {}): readonly string[] | undefined {
  return traitsOf(records, patient).seen[COLUMNS.findIndex((column) => column.name === name)]
}

/** With the first level of one column. */
function left(name: string, record: object): Record<string, unknown> {
  const node = COLUMNS.map((column) => (column.name === name ? 1 : 0))
  const { resourceType } = record as { readonly resourceType: string }
  return JSON.parse(createCoarsener(ENGINE, resourceType, coarseningAt(COLUMNS, node))(JSON.stringify(record)))
}

const concept = (code: string, system: string = ICD): object => ({ coding: [{ system, code }] })

/** The element, and a record that holds the code there and nowhere else. */
const ELSEWHERE: readonly (readonly [string, (held: object) => object])[] = [
  ['Procedure.reasonCode', (held) => ({ resourceType: 'Procedure', reasonCode: [held] })],
  ['MedicationRequest.reasonCode', (held) => ({ resourceType: 'MedicationRequest', reasonCode: [held] })],
  ['Condition.evidence.code', (held) => ({ resourceType: 'Condition', evidence: [{ code: [held] }] })],
  ['DiagnosticReport.conclusionCode', (held) => ({ resourceType: 'DiagnosticReport', conclusionCode: [held] })],
  ['Observation.code, which FHIR requires', (held) => ({ resourceType: 'Observation', code: held })],
  ['Claim.item.detail.productOrService', (held) => ({ resourceType: 'Claim', item: [{ detail: [{ productOrService: held }] }] })],
  ['a contained Procedure', (held) => ({ resourceType: 'Encounter', contained: [{ resourceType: 'Procedure', reasonCode: [held] }] })]
]

describe('codes that a profile lists', () => {
  for (const [where, holding] of ELSEWHERE)
    it(`${where}: a rare disease is seen, and goes with its element; an illness is told`, () => {
      const record = holding(concept('E84.0'))
      expect(seen('rare-disease', [record])).to.deep.equal([`${ICD}|E84.0`, ''])
      expect(JSON.stringify(left('rare-disease', record))).not.to.contain('E84')
      expect(traitsOf([holding(concept('F10.20'))]).sensitive).to.deep.equal([['addiction']])
      const other = holding(concept('I10'))
      expect(left('rare-disease', other)).to.deep.equal(other)
    })

  it('what FHIR requires leaves a mark', () => {
    const code = left('rare-disease', { resourceType: 'Observation', code: concept('E84.0') })['code']
    expect(code).to.have.nested.property('extension[0].valueCode', 'masked')
  })

  it('the declared places roll up; claims write ICD without its dot, and ICD-10 is refined by ICD-10-CM', () => {
    for (const [code, system] of [
      ['E84.0', ICD],
      ['E840', ICD],
      ['E84.0', 'http://hl7.org/fhir/sid/icd-10']
    ] as const) {
      const record = { resourceType: 'Condition', code: concept(code, system) }
      expect(seen('rare-disease', [record]), code).to.deep.equal([`${system}|${code}`, `${system}|E84`])
      expect(left('rare-disease', record)['code']).to.deep.equal(concept('E84', system))
    }
    expect(traitsOf([{ resourceType: 'Condition', code: concept('F1020') }]).sensitive).to.deep.equal([['addiction']])
  })

  it('a code of the same letters in another system is another code', () => {
    const record = { resourceType: 'Procedure', reasonCode: [concept('E84.0', 'http://snomed.info/sct')] }
    expect(seen('rare-disease', [record])).to.deep.equal(['', ''])
    expect(left('rare-disease', record)).to.deep.equal(record)
  })

  it('what a relative has is not an illness of the person', () => {
    const record = { resourceType: 'FamilyMemberHistory', condition: [{ code: concept('F10.20') }] }
    expect(traitsOf([record]).sensitive).to.deep.equal([[]])
  })
})

describe('a death that an event tells', () => {
  const died = {
    resourceType: 'Encounter',
    status: 'finished',
    period: { start: '2020-12-30', end: '2021-01-05' },
    hospitalization: { dischargeDisposition: concept('exp', DISPOSITION), reAdmission: concept('R', 'urn:x') }
  }

  it('its year is in the column, whether the Patient says that it died, says the same year, or nothing', () => {
    expect(seen('death', [died])).to.deep.equal(['"2021"', ''])
    expect(seen('death', [died], { deceasedBoolean: true })).to.deep.equal(['"2021" true', 'true'])
    expect(seen('death', [died], { deceasedDateTime: '2021-01-05' })?.[0]).to.equal('"2021"')
    expect(seen('death', [{ ...died, hospitalization: { dischargeDisposition: concept('home', DISPOSITION) } }])).to.deep.equal(['', ''])
  })

  it('its level takes the disposition out, and no other', () => {
    expect(left('death', died)['hospitalization']).to.deep.equal({ reAdmission: concept('R', 'urn:x') })
    const home = { ...died, hospitalization: { dischargeDisposition: concept('home', DISPOSITION) } }
    expect(left('death', home)).to.deep.equal(home)
  })
})
