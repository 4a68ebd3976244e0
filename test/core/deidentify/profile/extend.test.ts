import { expect } from 'chai'
import { type FindProfile, resolveProfile } from '../../../../gateway/core/deidentify/profile/extend.ts'
import type { RecordProfile, Rule } from '../../../../gateway/core/deidentify/profile/profile.ts'
import type { AggregateProfile, RecordDocument } from '../../../../gateway/generated/policy.ts'
import { safeHarbor } from '../../../support/profile.ts'

const RULE: Rule = { verb: 'keep', because: 'a test', source: 'a test' }
const BASE = safeHarbor() as unknown as RecordDocument // the file as it is read

function overlay(more: object): RecordDocument {
  const { name, version } = BASE
  return {
    name: 'over',
    version: 7,
    mode: 'limited-data-set',
    title: 'a test',
    legalBasis: 'a test',
    extends: { name, version },
    ...more
  } as RecordDocument
}

const find: FindProfile = (name, version) => (name === BASE.name && version === BASE.version ? BASE : null)

function laid(more: object): RecordProfile {
  const resolved = resolveProfile(overlay(more), find)
  if ('faults' in resolved) throw new Error(JSON.stringify(resolved.faults))
  return resolved.profile as RecordProfile
}

function faultsOf(document: RecordDocument, among: FindProfile = find): string[] {
  const resolved = resolveProfile(document, among)
  return 'faults' in resolved ? resolved.faults.map(({ path, message }) => `${path} ${message}`) : []
}

describe('a profile laid over another', () => {
  it('what it says of itself is its own: name, mode, certificate and labels are never the base’s', () => {
    const base = { ...BASE, labels: 'summary', certificate: { id: 'x' } } as unknown as RecordDocument
    const resolved = resolveProfile(overlay({}), () => base) as { profile: RecordProfile }
    expect(resolved.profile).to.include({ name: 'over', version: 7, mode: 'limited-data-set', title: 'a test' })
    expect(resolved.profile).not.to.have.any.keys('labels', 'certificate')
    expect(resolved.profile.extends).to.deep.equal({ name: BASE.name, version: BASE.version })
  })

  it('maps are merged by key, and its own entry wins', () => {
    const profile = laid({
      datatypes: { date: RULE },
      elements: { 'Patient.gender': RULE },
      generalized: { 'Patient.gender': RULE },
      hierarchies: {}
    })
    expect(profile.datatypes['date']).to.deep.equal(RULE)
    expect(profile.datatypes['dateTime']).to.deep.equal(BASE.datatypes?.['dateTime'])
    expect(profile.elements['Patient.gender']).to.deep.equal(RULE)
    expect(Object.keys(profile.generalized)).to.include.members(['Patient.gender', ...Object.keys(BASE.generalized ?? {})])
  })

  it('what it keeps of a type is added to the base’s, and is absent no more', () => {
    const [path = ''] = Object.keys(BASE.resources?.['Patient']?.absent ?? {})
    const profile = laid({ resources: { Patient: { keep: [path, 'gender'], absent: { photo: 'a test' } } } })
    const patient = profile.resources['Patient']
    expect(patient?.keep).to.include.members([...(BASE.resources?.['Patient']?.keep ?? []), path])
    expect(patient?.keep.filter((name) => name === 'gender')).to.have.length(1)
    expect(patient?.absent).not.to.have.property(path)
    expect(patient?.absent).to.include({ photo: 'a test' })
    expect(patient?.because).to.equal(BASE.resources?.['Patient']?.because)
  })

  it('a type it refuses has no rules left, and one it gives rules is refused no more', () => {
    const [refused = ''] = Object.keys(BASE.refused ?? {})
    const profile = laid({ refused: { Claim: 'a test' }, resources: { [refused]: { because: 'a test', keep: [], absent: {} } } })
    expect(profile.resources).not.to.have.property('Claim')
    expect(profile.refused).to.include({ Claim: 'a test' })
    expect(profile.refused).not.to.have.property(refused)
    expect(profile.resources).to.have.property(refused)
  })

  it('lists stand instead of the base’s where they are given', () => {
    expect(laid({ units: ['cup'] }).units).to.deep.equal(['cup'])
    expect(laid({}).units).to.deep.equal(BASE.units)
  })

  it('a chain is laid from its foot, and neither document is changed', () => {
    const middle = { ...overlay({ units: ['cup'], labels: 'summary' }), name: 'middle' }
    const before = JSON.stringify([BASE, middle])
    const top = { ...overlay({ elements: { 'Patient.gender': RULE } }), extends: { name: 'middle', version: 7 } }
    const resolved = resolveProfile(top, (name, version) => (name === 'middle' ? middle : find(name, version))) as {
      profile: RecordProfile
    }
    expect(resolved.profile.units).to.deep.equal(['cup'])
    expect(resolved.profile.elements['Patient.gender']).to.deep.equal(RULE)
    expect(resolved.profile).not.to.have.property('labels')
    expect(JSON.stringify([BASE, middle])).to.equal(before)
  })

  it('a base that is not there, in another version or of aggregate-only is a fault', () => {
    expect(faultsOf({ ...overlay({}), extends: { name: 'none', version: 1 } })).to.deep.equal(['/extends there is no profile none@1'])
    expect(faultsOf({ ...overlay({}), extends: { name: BASE.name, version: 99 } })).to.deep.equal([
      `/extends there is no profile ${BASE.name}@99`
    ])
    const aggregate = { name: 'counts', version: 1, mode: 'aggregate-only' } as AggregateProfile
    expect(faultsOf(overlay({}), () => aggregate)[0]).to.include('lets no record leave')
  })

  it('a chain that leads back, or of more than four, is a fault', () => {
    const self = overlay({})
    expect(faultsOf({ ...self, extends: { name: 'over', version: 7 } }, () => self)).to.deep.equal([
      '/extends leads back to the profile itself'
    ])
    const link = (name: string): RecordDocument => ({ ...overlay({}), name, extends: { name: `${name}+`, version: 7 } })
    expect(faultsOf(link('a'), link)).to.deep.equal(['/extends is a chain of more than 4 profiles'])
  })

  it('a whole in which something is missing is a fault, named by its place', () => {
    const { units: _, extends: __, ...rest } = { ...BASE, extends: undefined }
    const resources = { ...rest.resources, Patient: { keep: ['gender'] } }
    expect(faultsOf({ ...rest, resources } as RecordDocument)).to.deep.equal([
      '/units is missing',
      '/resources/Patient/because is missing',
      '/resources/Patient/absent is missing'
    ])
  })
})
