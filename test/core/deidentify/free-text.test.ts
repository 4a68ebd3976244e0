import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { explainProfile } from '../../../gateway/core/deidentify/explain/explain.ts'
import { profileFaults } from '../../../gateway/core/deidentify/profile/faults.ts'
import type { RecordProfile, Rule } from '../../../gateway/core/deidentify/profile/profile.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { recordProfiles } from '../../support/release.ts'
import { observation, profileWith, releasing, rule } from '../../support/rules.ts'
import { WORDS } from '../../support/scrubbed.ts'

const PATIENT: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  birthDate: '1960-05-04',
  name: [{ family: 'Examplar', given: ['Johnathan'] }]
}
const SCRUB = rule('scrub')

function profileOf(elements: Readonly<Record<string, Rule>>): RecordProfile {
  return profileWith(elements, { mode: 'expert-determination' })
}

function scrubbedAt(elements: Readonly<Record<string, Rule>>, members: Readonly<Record<string, Json>>): Resource | undefined {
  const release = releasing(compileProfile(profileOf(elements), null, null, () => WORDS))
  return release(observation(members), PATIENT)
}

describe('core/deidentify/free-text', () => {
  it('scrub: what the subject’s records tell and what the rules find is covered in a string', () => {
    const out = scrubbedAt({ 'Observation.valueString': SCRUB }, { valueString: 'johnathan slept on 3/14/2021' })
    expect(out?.['valueString']).to.equal('[NAME] slept on [DATE]')
  })

  it('scrub: markdown and narratives, a name across tags', () => {
    const elements = {
      'Observation.note': rule('by-element', { elements: ['text'] }),
      'Observation.text': rule('by-element', { elements: ['status', 'div'] })
    }
    const datatypes = { markdown: SCRUB, xhtml: SCRUB }
    const profile = profileWith(elements, { mode: 'expert-determination', datatypes })
    const div = '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x"><b>Johna</b>than slept</p></div>'
    const release = releasing(compileProfile(profile, null, null, () => WORDS))
    const out = release(observation({ note: [{ text: '**Johna**than slept' }], text: { status: 'generated', div } }), PATIENT)
    expect(out?.['note']).to.deep.equal([{ text: '**[NAME] slept' }])
    expect(out?.['text']).to.deep.equal({
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>[NAME]</b> slept</p></div>'
    })
  })

  it('scrub: an attachment leaves with what it holds and nothing else; one that is not read goes', () => {
    const elements = { 'DiagnosticReport.presentedForm': SCRUB }
    const release = releasing(compileProfile(profileOf(elements), null, null, () => WORDS))
    const form = (contentType: string) => ({
      contentType,
      data: Buffer.from('Johnathan slept').toString('base64'),
      title: 'Johnathan',
      url: 'https://example.org/1',
      creation: '2021-03-14'
    })
    const code = { coding: [{ system: 'http://loinc.org', code: '8302-2' }] }
    const report: Resource = {
      resourceType: 'DiagnosticReport',
      id: 'd1',
      status: 'final',
      code,
      subject: { reference: 'Patient/p1' },
      presentedForm: [form('application/pdf'), form('text/plain')]
    }
    const data = Buffer.from('[NAME] slept')
    expect(release(report, PATIENT)?.['presentedForm']).to.deep.equal([
      { contentType: 'text/plain; charset=utf-8', data: data.toString('base64'), size: data.length, hash: 'qPPiTjLMCHyBSzQ3BoPbaj2ihVk=' }
    ])
  })

  it('cover surrogate: invented values, the same for the same, dates moved by the subject’s days', () => {
    const elements = { 'Observation.valueString': rule('scrub', { cover: 'surrogate' }) }
    const value = scrubbedAt(elements, { valueString: 'Johnathan slept on 04/11/2021. Johnathan woke.' })?.['valueString']
    expect(value)
      .to.match(/^([A-Z][a-z]+) slept on 01\/01\/2021\. \1 woke\.$/)
      .and.not.to.contain('Johnathan')
  })

  it('without dictionaries nothing of a text leaves', () => {
    const release = releasing(compileProfile(profileOf({ 'Observation.valueString': SCRUB }), null))
    expect(release(observation({ valueString: 'slept' }), PATIENT)).not.to.have.property('valueString')
  })

  it('dictionaries are read only where a rule scrubs', () => {
    compileProfile(profileOf({}), null, null, () => expect.fail())
  })

  for (const [mode, cited] of [
    ['safe-harbor', '164.514(b)(2)(ii)'],
    ['limited-data-set', '164.514(e)(2)']
  ] as const)
    it(`45 CFR ${cited}: a ${mode} profile that scrubs does not load`, () => {
      const shipped = recordProfiles().find((profile) => profile.mode === mode) ?? expect.fail()
      const faults = profileFaults(scrubbing(shipped))
      expect(faults.map(({ message }) => message).join())
        .to.contain('scrub needs expert-determination')
        .and.to.contain(cited)
    })

  it('an expert-determination profile may scrub strings, markdown, narratives and attachments, and nothing else', () => {
    const shipped = recordProfiles().find((profile) => profile.mode === 'expert-determination') ?? expect.fail()
    expect(profileFaults(scrubbing(shipped))).to.deep.equal([])
    const wrong = { ...shipped, elements: { ...shipped.elements, 'Patient.birthDate': SCRUB } }
    expect(profileFaults(wrong).map(({ message }) => message)).to.deep.equal(['scrub does nothing with date'])
  })

  it('profile explain says where text leaves, that identifiers remain, and the measured recall', () => {
    const { page } = explainProfile(compileProfile(profileOf({ 'Observation.valueString': SCRUB }), null))
    const said = page.find(({ heading }) => heading === 'Free text')?.sentences.join(' ')
    expect(said)
      .to.contain('Observation.valueString')
      .and.to.match(/Not all are found.*Found on 20\d\d-\d\d-\d\d.*\d+(?:\.\d+)? % of \d+/)
    expect(said).not.to.contain('leaves as it is')
  })
})

function scrubbing(profile: RecordProfile): RecordProfile {
  const observed = profile.resources['Observation'] ?? expect.fail()
  return {
    ...profile,
    elements: { ...profile.elements, 'Observation.valueString': SCRUB },
    resources: { ...profile.resources, Observation: { ...observed, keep: [...observed.keep, 'valueString'] } }
  }
}
