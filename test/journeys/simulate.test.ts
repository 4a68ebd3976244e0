/** What an officer sees of records that they present: what the recipient would receive, which rule keeps back the rest; none of it is kept, and the look is an entry. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Looked } from '../../gateway/exchange/agreement/simulate.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { officer, useGateway } from '../support/house.ts'
import { condition, ndjson, patient } from '../support/records.ts'

describe('agreement simulate', () => {
  const house = useGateway({
    'demo-safe-harbor': { ...AT_ONCE, dateWindow: { from: '2000-01-01', to: null } },
    'demo-transport-only': null
  })

  it('tells of each record what would be received, or the rule that keeps it in; and of each field its rule', async function () {
    this.timeout(60_000)
    const { site } = house()
    for (const said of [
      ['--patient', 'Patient/out'],
      ['--patient', 'Patient/some', '--recipient', 'demo-insurer', '--category', 'hiv']
    ]) {
      const opted = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', ...said])
      expect(opted.code, opted.err).to.equal(0)
    }
    const file = join(site.folder, 'presented.ndjson')
    const hiv = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20' }] }
    const records = [
      { ...patient('in'), name: [{ family: 'Inventedname' }] },
      condition('a', 'in'),
      { ...condition('b', 'in'), code: hiv },
      {
        resourceType: 'FamilyMemberHistory',
        id: 'f',
        status: 'completed',
        patient: { reference: 'Patient/in' },
        relationship: { text: 'x' }
      },
      patient('out'),
      { ...condition('c', 'some'), code: hiv }
    ]
    writeFileSync(file, ndjson(records as Parameters<typeof ndjson>[0]))
    const seen = await officer(site, ['agreement', 'simulate', file, '--agreement', 'demo-safe-harbor', '--json'])
    expect(seen.code, seen.err).to.equal(0)
    const { inForce, records: looked } = JSON.parse(seen.out) as { inForce: string; records: Looked[] }
    expect(inForce).to.equal('yes')
    expect(looked.map(({ type, code, rules }) => `${type} ${code} ${rules[0]}`).sort()).to.deep.equal([
      'Condition category-hiv demo-safe-harbor@1/categories',
      'Condition null demo-safe-harbor@1/resources/Condition',
      'Condition opted-out consent/list/recipient+category',
      'FamilyMemberHistory type-not-agreed demo-safe-harbor@1/resources',
      'Patient null demo-safe-harbor@1/resources/Patient',
      'Patient opted-out consent/list/everything'
    ])
    const seenPatient = looked.find(({ type, receives }) => type === 'Patient' && receives !== null)
    const fields = Object.fromEntries((seenPatient?.fields ?? []).map(({ path, becomes, rule }) => [path, `${becomes} ${rule}`]))
    expect(fields).to.include({
      'name.family': 'kept back demo-safe-harbor@1/resources/Patient',
      'gender': 'as it is null',
      'id': 'changed safe-harbor@1/surrogate'
    })
    expect(fields['birthDate']).to.match(/^changed safe-harbor@1\/birth-year/)
    expect(seenPatient?.receives).not.to.have.property('name')
    expect(seen.out).not.to.include('Inventedname')
  })

  it('the look is an entry that names no patient, and no submission was made of it', async function () {
    this.timeout(60_000)
    const { site } = house()
    const found = await officer(site, ['audit', 'search', '--json'])
    expect(found.out + found.err).not.to.include('Inventedname')
    const datasets = await officer(site, ['dataset', 'list', '--json'])
    expect(JSON.parse(datasets.out)).to.deep.equal([])
  })

  it('a draft is simulated as if it were in force, and says so; records that cannot be read are counted', async function () {
    this.timeout(60_000)
    const { site } = house()
    const file = join(site.folder, 'bad.ndjson')
    writeFileSync(file, '{"resourceType":"Patient","id":"in"}\n{"resourceType":"Nothing"}\nnot json\n')
    const draft = join(site.folder, 'policies', 'agreements', 'demo-safe-harbor')
    const seen = await officer(site, ['agreement', 'simulate', file, '--agreement', draft])
    expect(seen.code, seen.err).to.equal(1)
    expect(seen.out).to.include('Patient: would leave').and.include('could not be read: not-json').and.include('was not asked')
  })

  it('an agreement that nobody has is refused', async function () {
    this.timeout(60_000)
    const { site } = house()
    const refused = await officer(site, ['agreement', 'simulate', join(site.folder, 'presented.ndjson'), '--agreement', 'nobody'])
    expect(refused.code).to.equal(3)
  })
})
