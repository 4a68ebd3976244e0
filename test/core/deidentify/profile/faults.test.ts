import { expect } from 'chai'
import { profileFaults } from '../../../../gateway/core/deidentify/profile/faults.ts'
import type { RecordProfile, Rule } from '../../../../gateway/core/deidentify/profile/profile.ts'
import { safeHarbor } from '../../../support/profile.ts'

const RULE: Rule = { verb: 'keep', because: 'a test', source: 'a test' }

function faultsOf(change: (profile: RecordProfile) => RecordProfile): string[] {
  return profileFaults(change(safeHarbor())).map(({ path, message }) => `${path} ${message}`)
}

describe('faults of a profile', () => {
  it('the profile that ships has none', () => {
    expect(profileFaults(safeHarbor())).to.deep.equal([])
  })

  it('names that FHIR does not know are faults: a rule that never acts reads like one that does', () => {
    expect(
      faultsOf((profile) => ({
        ...profile,
        datatypes: { ...profile.datatypes, Text: RULE }
      }))
    ).to.deep.equal(['/datatypes/Text is not a datatype of FHIR R4'])
    expect(
      faultsOf((profile) => ({
        ...profile,
        elements: { ...profile.elements, 'Patient.birthdate': RULE }
      }))
    ).to.deep.equal(['/elements/Patient.birthdate is not an element of FHIR R4'])
    expect(
      faultsOf((profile) => ({
        ...profile,
        resources: { ...profile.resources, Patients: { because: 'a test', keep: [], absent: {} } }
      }))
    ).to.deep.equal(['/resources/Patients is not a resource type of FHIR R4'])
  })

  it('a verb that does nothing with its datatype is a fault', () => {
    expect(
      faultsOf((profile) => ({
        ...profile,
        datatypes: { ...profile.datatypes, string: RULE }
      }))[0]
    ).to.equal('/datatypes/string/verb keep does nothing with string')
  })

  it('an element that is named to be kept, of a datatype that keeps nothing, is a fault', () => {
    const keep = ['name', 'contact']
    expect(
      faultsOf((profile) => ({
        ...profile,
        resources: {
          ...profile.resources,
          Patient: { because: 'a test', keep, absent: {} }
        }
      }))
    ).to.deep.equal([
      '/resources/Patient/keep/0 name is named, but HumanName has no rule that keeps anything',
      '/resources/Patient/keep/1 contact is a group: name the elements in it'
    ])
  })

  it('a place of a code system that holds no codings is a fault', () => {
    const on = ['Procedure.code', 'productOrService', 'Procedure.status', 'nowhere']
    const codeSystems = [{ system: 'http://x.example', title: 'x', on, because: 'a test' }]
    expect(faultsOf((profile) => ({ ...profile, codeSystems }))).to.deep.equal([
      '/codeSystems/0/on/2 is no element of FHIR R4 that holds codings',
      '/codeSystems/0/on/3 is no element of FHIR R4 that holds codings'
    ])
  })

  it('a pattern that is no regular expression is a fault', () => {
    expect(
      faultsOf((profile) => ({
        ...profile,
        codeSystems: [
          {
            system: 'http://x.example',
            title: 'x',
            pattern: '(',
            because: 'a test'
          }
        ]
      }))
    ).to.deep.equal(['/codeSystems/0/pattern is not a regular expression'])
  })
})
