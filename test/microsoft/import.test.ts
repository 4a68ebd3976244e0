/** A configuration imported: what leaves under the profile would have left under both, and everything the deny-list lets through is on the list. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { inspectProfile, locateRecordProfile } from '../../gateway/cli/deidentify/locate.ts'
import { createPolicyReaders } from '../../gateway/config/policy-file.ts'
import { compileProfile } from '../../gateway/core/deidentify/compile/compile.ts'
import { type Imported, importConfiguration } from '../../gateway/microsoft/import.ts'
import { sallyport } from '../support/command.ts'
import { readTheirs, type TheirRule } from '../support/microsoft.ts'

const { profile: base } = locateRecordProfile('safe-harbor')

function imported(rules: readonly TheirRule[], parameters: object = {}): Imported {
  const read = readTheirs({ fhirPathRules: rules, parameters })
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return importConfiguration(read.configuration, base, { name: 'imported', title: 'Imported for a test.' })
}

interface Document {
  readonly elements?: { readonly [path: string]: { readonly verb: string; readonly because: string; readonly span?: number } }
  readonly extensions: readonly { readonly url: string }[]
  readonly zip3?: { readonly allowed: readonly string[] }
}

const elementsOf = (rules: readonly TheirRule[], parameters?: object): NonNullable<Document['elements']> =>
  (imported(rules, parameters).profile as Document).elements ?? {}

describe("Microsoft's configurations: import", () => {
  it('what both would keep stays, what theirs takes out of ours is removed, with the rule it comes from', () => {
    const elements = elementsOf([
      { path: "nodesByType('Address').state", method: 'keep' },
      { path: "nodesByType('Address')", method: 'redact' },
      { path: 'Observation.value', method: 'redact' }
    ])
    expect(elements).to.include.keys('Address.postalCode', 'Observation.valueQuantity', 'Observation.valueCodeableConcept.coding')
    expect(elements).not.to.have.any.keys('Address.state', 'Observation.status')
    expect(elements['Observation.valueQuantity']).to.deep.include({
      verb: 'remove',
      because: 'Rule 3 of the imported configuration (redact) covers it.'
    })
  })

  it('what ours does as much or more stays ours: years for shifted dates, surrogates for hashes, three digits of a ZIP code, ages to 89', () => {
    const rules = [
      { path: "nodesByType('dateTime')", method: 'dateShift' },
      { path: "nodesByType('date')", method: 'redact' },
      { path: "nodesByType('Reference').reference", method: 'cryptoHash' },
      { path: "nodesByType('Address').postalCode", method: 'redact' }
    ]
    expect(elementsOf(rules, { enablePartialDatesForRedact: true, enablePartialZipCodesForRedact: true })).to.deep.equal({})
    expect(elementsOf(rules)).to.include.keys('Patient.birthDate', 'Address.postalCode')
  })

  it('perturb has a counterpart; generalize and encrypt have none and remove, and that is said', () => {
    const { profile, differences } = imported([
      { path: 'Observation.value', method: 'perturb', span: 0.2, rangeType: 'proportional', roundTo: 1 },
      { path: 'Patient.gender', method: 'generalize', cases: { true: "'unknown'" } },
      { path: 'Encounter.status', method: 'encrypt' }
    ])
    const elements = (profile as Document).elements ?? {}
    expect(elements['Observation.valueQuantity']).to.deep.include({ verb: 'perturb', span: 0.2, range: 'proportional', roundTo: 1 })
    expect([elements['Patient.gender']?.verb, elements['Encounter.status']?.verb]).to.deep.equal(['remove', 'remove'])
    expect(differences.map(({ rule, here }) => `${rule} ${here}`).join('\n')).to.match(/^2 No counterpart[^\n]*\n3 No counterpart/)
  })

  it('a condition is taken to hold where it removes, never where it keeps', () => {
    expect(elementsOf([{ path: "nodesByType('Address').where(use='home')", method: 'redact' }])).to.include.keys('Address.state')
    const kept = [
      { path: "nodesByType('Address').where(use='home')", method: 'keep' },
      { path: "nodesByType('Address')", method: 'redact' }
    ]
    expect(elementsOf(kept)).to.include.keys('Address.state')
  })

  it('security labels stay, whatever covers them; extensions stay where theirs leaves extensions alone', () => {
    const { profile } = imported([
      { path: "nodesByType('Coding')", method: 'redact' },
      { path: "nodesByType('Extension')", method: 'redact' }
    ])
    const { elements = {}, extensions } = profile as Document
    expect(Object.keys(elements).filter((path) => path.includes('security'))).to.deep.equal([])
    expect(extensions.map(({ url }) => url).join())
      .to.include('data-absent-reason')
      .and.not.to.match(/race|ethnicity|birthsex/)
    expect((imported([]).profile as Document).extensions).to.have.length(base.extensions.length)
  })

  it('ZIP areas theirs restricts beyond ours are taken off the allow-list', () => {
    const allowed = (imported([], { restrictedZipCodeTabulationAreas: ['021', '0221'] }).profile as Document).zip3?.allowed.join(' ') ?? ''
    expect(allowed).not.to.match(/\b(021|022)\b/)
    expect(allowed).to.match(/\b023\b/)
  })

  it('no rule at all lets everything through: each of the 146 resource types is on the list, and what ours does with it', () => {
    const { letThrough } = imported([])
    expect(letThrough).to.have.length(146)
    expect(letThrough.find(({ path }) => path === 'AuditEvent')?.here).to.equal('the whole record is withheld')
    expect(letThrough.find(({ path }) => path === 'Patient')?.here).to.include('birthDate: birth-year')
  })

  it('the list is to the element: what is covered is off it, what only a condition covers says so, datatypes are said once', () => {
    const { letThrough } = imported([
      { path: "nodesByType('HumanName')", method: 'redact' },
      { path: "nodesByType('Coding').code", method: 'redact' },
      { path: "Patient.telecom.where(use='home')", method: 'redact' },
      { path: 'Patient.valueQuantity', method: 'redact' }
    ])
    const patient = letThrough.filter(({ path }) => path.startsWith('Patient.'))
    expect(patient.map(({ path }) => path)).to.include.members([
      'Patient.birthDate',
      'Patient.photo',
      'Patient.contact.telecom',
      'Patient.maritalStatus'
    ])
    expect(patient.map(({ path }) => path)).not.to.include.members(['Patient.name', 'Patient.contact.name'])
    expect(patient.find(({ path }) => path === 'Patient.telecom')).to.deep.include({ onlyWhere: [3], here: 'removed' })
    expect(patient.find(({ path }) => path === 'Patient.maritalStatus')).to.deep.include({ as: 'CodeableConcept' })
    expect(letThrough.filter(({ path }) => path.startsWith('Coding.')).map(({ path }) => path)).to.deep.equal([
      'Coding.system',
      'Coding.version',
      'Coding.display',
      'Coding.userSelected'
    ])
  })

  it('a rule that names nothing in FHIR R4 is told: there, too, it does nothing', () => {
    const { differences } = imported([{ path: 'HealthcareService.notAvaliable.description', method: 'redact' }])
    expect(differences).to.deep.equal([
      {
        rule: 1,
        path: 'HealthcareService.notAvaliable.description',
        method: 'redact',
        here: 'Names no element of FHIR R4: it does nothing, there and here.'
      }
    ])
  })
})

describe('sallyport profile import', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const CONFIGURATION = {
    fhirVersion: 'R4',
    fhirPathRules: [
      { path: "nodesByType('date')", method: 'dateShift' },
      { path: "nodesByType('HumanName')", method: 'redact' },
      { path: 'Patient.birthDate', method: 'redact' }
    ],
    parameters: { dateShiftKey: 'a-key-nobody-may-see' }
  }

  it('writes a profile that loads and runs as written, and the list; prints no key; writes nothing over', async () => {
    const file = join(folder, 'theirs.json')
    writeFileSync(file, `\ufeff${JSON.stringify(CONFIGURATION)}`)
    const out = join(folder, 'demo-import')
    const ran = await sallyport(['profile', 'import', file, '--out', out])
    expect([ran.code, ran.err]).to.deep.equal([0, ''])
    const { found, faults } = inspectProfile(join(out, 'profile.json'))
    expect(faults).to.deep.equal([])
    expect(found?.profile.name).to.equal('demo-import')
    if (found !== null && found.profile.mode !== 'aggregate-only') compileProfile(found.profile, null)
    const page = readFileSync(join(out, 'imported.md'), 'utf8')
    expect(page).to.include('- Patient.telecom')
    expect(page).not.to.include('- Patient.name')
    expect(ran.out + page + readFileSync(join(out, 'profile.json'), 'utf8')).not.to.include('a-key-nobody')
    expect((await sallyport(['profile', 'import', file, '--out', out])).code).to.equal(1)
  })

  it('a configuration with faults, and a profile of ours, are refused with 2', async () => {
    const file = join(folder, 'faulty.json')
    writeFileSync(file, JSON.stringify({ fhirPathRules: [{ path: 'Patient.(', method: 'mask' }] }))
    const faulty = await sallyport(['profile', 'import', file])
    expect([faulty.code, faulty.err.match(/fhirPathRules\/0/g)?.length]).to.deep.equal([2, 2])
    expect((await sallyport(['profile', 'import', 'policies/profiles/safe-harbor/profile.json'])).code).to.equal(2)
    expect(existsSync(join(folder, 'profile.json'))).to.equal(false)
  })

  it('45 CFR 164.514(b): an agreement can name no deny-list: as a profile it does not load, and the loader says why', () => {
    const file = join(folder, 'profile.json')
    writeFileSync(file, JSON.stringify(CONFIGURATION))
    const read = createPolicyReaders().profile(file)
    expect('faults' in read ? read.faults.map(({ message }) => message).join() : '').to.match(/^is a deny-list.*would leave/)
  })
})
