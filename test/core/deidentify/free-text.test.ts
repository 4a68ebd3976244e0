import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { explainProfile } from '../../../gateway/core/deidentify/explain/explain.ts'
import { profileFaults } from '../../../gateway/core/deidentify/profile/faults.ts'
import type { RecordProfile, Rule } from '../../../gateway/core/deidentify/profile/profile.ts'
import { releaseLines, type SourceText, type Subject, textsOf } from '../../../gateway/core/deidentify/subject.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { releaseAll } from '../../support/profile.ts'
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

function subjectOf(records: readonly Resource[]): Subject<SourceText> {
  const named = (resource: Resource) => ({ party: 'test', base: '', type: resource.resourceType, id: resource.id ?? '' })
  return {
    at: '2026-01-15T00:00:00Z',
    secret: new Uint8Array(32).fill(1),
    sharedSecret: new Uint8Array(32).fill(2),
    surrogate: '0'.repeat(32),
    identity: named(PATIENT),
    shiftDays: 100,
    ownBases: [],
    records: records.map((resource) => ({ identity: named(resource), read: () => resource }))
  }
}

describe('core/deidentify/free-text', () => {
  it('a narrative without its div is none, whatever says why it is missing (R4 Narrative.div 1..1)', () => {
    const extension = [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }]
    const out = scrubbedAt({ 'Observation.text': SCRUB }, { text: { status: 'generated', extension } })
    expect(out).to.not.have.property('text')
  })

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

  it('what did not leave is counted by element and reason; a text that spells a reason is none', () => {
    const elements = { 'DiagnosticReport.presentedForm': SCRUB, 'DiagnosticReport.conclusion': SCRUB }
    const engine = compileProfile(profileOf(elements), null, null, () => WORDS)
    const report: Resource = {
      resourceType: 'DiagnosticReport',
      id: 'd1',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8302-2' }] },
      subject: { reference: 'Patient/p1' },
      conclusion: 'pdf',
      presentedForm: [{ contentType: 'application/pdf' }, { contentType: 'application/pdf' }, { contentType: 'text/plain' }]
    }
    const { released, refusedTexts } = releaseAll(engine, [PATIENT, report])
    expect(released.find(({ type }) => type === 'DiagnosticReport')?.resource['conclusion']).to.equal('pdf')
    expect([...refusedTexts]).to.deep.equal([
      ['DiagnosticReport.presentedForm pdf', 2],
      ['DiagnosticReport.presentedForm no-data', 1]
    ])
  })

  it('the texts a recogniser of others is asked about are those that are scrubbed; a text without its answer goes, and is counted', () => {
    const engine = compileProfile(profileOf({ 'Observation.valueString': SCRUB }), null, null, () => WORDS)
    const records = ['slept', 'woke'].map((valueString, n) => ({ ...observation({ valueString, comment: 'x' }), id: `o${n}` }))
    const subject = subjectOf([PATIENT, ...records])
    expect([...textsOf(engine, subject)]).to.deep.equal(['slept', 'woke'])
    const answers = new Map([['slept', [{ start: 0, end: 5, class: 'ID' as const }]]])
    const { released, refusedTexts } = releaseLines(engine, { ...subject, answers })
    const texts = released.map(({ line }) => (JSON.parse(line) as { valueString?: string }).valueString)
    expect(texts.filter((text) => text !== undefined)).to.deep.equal(['[ID]'])
    expect([...refusedTexts]).to.deep.equal([['Observation.valueString unanswered', 1]])
  })

  for (const [says, text] of [
    ['a day that systems write where none is known', 'Born 01/01/1900.'],
    ['the day of the release', 'Printed January 15, 2026.'],
    ['a day after the years that may be shown', 'Until 3/14/2060.'],
    ['a day of 90 years ago, whosever it was', 'Widowed 1/15/1936.'],
    ['a day everybody knows', 'Seen July 4, 2021.']
  ] as const)
    it(`cover surrogate: ${says} is covered, for moved it would tell by how much`, () => {
      const elements = { 'Observation.valueString': rule('scrub', { cover: 'surrogate' }) }
      expect(scrubbedAt(elements, { valueString: text })?.['valueString']).to.match(/^[A-Z][a-z]+ \[(?:DATE|AGE)\]\.$/)
    })

  it('cover surrogate: of a subject over 89 no day moves (45 CFR 164.514(b)(2)(i)(C))', () => {
    const engine = compileProfile(profileOf({ 'Observation.valueString': rule('scrub', { cover: 'surrogate' }) }), null, null, () => WORDS)
    const release = releasing(engine)
    const of = (birthDate: string) => release(observation({ valueString: 'Seen 3/14/2021.' }), { ...PATIENT, birthDate })?.['valueString']
    expect([of('1930-05-04'), of('1960-05-04')]).to.deep.equal(['Seen [DATE].', 'Seen 12/4/2020.'])
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
    const { page, identifiers } = explainProfile(compileProfile(profileOf({ 'Observation.valueString': SCRUB }), null))
    for (const { letter, done } of identifiers) expect(done.includes('texts that leave scrubbed'), letter).to.equal(!/[PQ]/.test(letter))
    expect(page.flatMap(({ sentences }) => sentences).join(' ')).to.match(/The aim, .*, is missed on .*presidio/i)
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
