/** Bundles: identities by fullUrl, references written out, each entry judged by itself. */
import { expect } from 'chai'
import { LIMITS, PATIENT, readAll } from './reading.ts'

const UUID = 'urn:uuid:0f9d6b2c-0000-4000-8000-000000000001'

function bundle(...entries: readonly object[]): string {
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries })
}

const patient = { resourceType: 'Patient', birthDate: '1950' }
const condition = { resourceType: 'Condition', subject: { reference: UUID } }

describe('identity in a Bundle (R4 2.36.4)', () => {
  it('a urn:uuid fullUrl is the id, and references to it become Type/id in the kept text, also before the entry', () => {
    const { kept, refused } = readAll(
      bundle({ fullUrl: `${UUID}9`, resource: condition }, { fullUrl: UUID, resource: { ...patient, id: 'other' } })
    )
    expect(refused).to.deep.equal([])
    expect(kept[0]?.text).to.contain('"reference":"Patient/0f9d6b2c-0000-4000-8000-000000000001"')
    expect(kept[0]?.resource['subject']).to.deep.equal({ reference: 'Patient/0f9d6b2c-0000-4000-8000-000000000001' })
    expect(kept[0]?.belonging).to.deep.equal({ of: 'subject', subject: kept[1]?.identity })
    expect(kept[1]?.identity).to.deep.equal({
      party: 'demo-hospital',
      base: '',
      type: 'Patient',
      id: '0f9d6b2c-0000-4000-8000-000000000001'
    })
  })

  it('the same for a Bundle streamed by entry, whose names are gathered first', () => {
    const body = bundle({ fullUrl: `${UUID}9`, resource: condition }, { fullUrl: UUID, resource: patient })
    const { kept, refused } = readAll(body, { ...LIMITS, bundleBytes: 100, partBytes: 10 }, 40)
    expect(refused).to.deep.equal([])
    expect(kept[0]?.belonging).to.deep.equal({ of: 'subject', subject: kept[1]?.identity })
  })

  it('a name that nothing in the Bundle bears stays, and its record belongs to nobody', () => {
    expect(readAll(bundle({ resource: condition })).refused).to.deep.equal(['1 no-subject Bundle.entry[0]: Condition'])
  })

  it('an absolute fullUrl of the sender’s own base is its own record', () => {
    const { kept } = readAll(bundle({ fullUrl: 'https://fhir.hospital.example/r4/Patient/7', resource: { ...patient, id: '7' } }))
    expect(kept[0]?.identity).to.include({ base: '', id: '7' })
  })

  it('a foreign base stays, and relative references below it are written out', () => {
    const base = 'https://other.example/fhir'
    const { kept } = readAll(
      bundle(
        { fullUrl: `${base}/Patient/7`, resource: { ...patient, id: '7' } },
        { fullUrl: `${base}/Condition/8`, resource: { resourceType: 'Condition', id: '8', subject: { reference: 'Patient/7' } } }
      )
    )
    expect(kept[0]?.identity).to.include({ base, id: '7' })
    expect(kept[1]?.text).to.contain(`"reference":"${base}/Patient/7"`)
    expect(kept[1]?.belonging).to.deep.equal({ of: 'subject', subject: kept[0]?.identity })
  })

  it('the word reference inside a text is not rewritten', () => {
    const text = `"reference":"${UUID}"`
    const { kept } = readAll(bundle({ fullUrl: UUID, resource: { ...patient, name: [{ text }] } }))
    expect(kept[0]?.resource['name']).to.deep.equal([{ text }])
  })
})

describe('each entry is judged by itself', () => {
  it('a bad entry does not cost the others', () => {
    const { kept, refused } = readAll(
      bundle(
        { resource: { ...patient, id: 'a' } },
        { resource: { resourceType: 'Patient', sex: 'F' } },
        { resource: { ...patient, id: 'b' } }
      )
    )
    expect(kept.map((record) => record.identity.id)).to.deep.equal(['a', 'b'])
    expect(refused).to.deep.equal(['1 not-fhir Bundle.entry[1]: Patient.?'])
  })

  it('an entry without a resource is no record', () => {
    const { kept, refused } = readAll(bundle({ request: { method: 'DELETE', url: 'Patient/7' } }, { resource: { ...patient, id: 'a' } }))
    expect([kept.length, refused.length]).to.deep.equal([1, 0])
  })

  const cases: readonly (readonly [rule: string, body: string, refusal: string])[] = [
    [
      'a resource named twice in an entry',
      `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${PATIENT},"resource":${PATIENT}}]}`,
      '1 duplicate-key Bundle.entry[0]'
    ],
    ['a resource that is none', '{"resourceType":"Bundle","type":"batch","entry":[{"resource":[1]}]}', '1 not-json Bundle.entry[0]'],
    ['an entry that is a list', '{"resourceType":"Bundle","type":"batch","entry":[[1]]}', '1 not-json Bundle.entry[0]'],
    [
      'an unknown key in an entry',
      `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${PATIENT},"Smith":1}]}`,
      '1 not-fhir Bundle.entry[0]: Bundle.entry.?'
    ],
    [
      'a modifierExtension of an entry',
      `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${PATIENT},"modifierExtension":[{"url":"urn:x"}]}]}`,
      '1 unknown-modifier Bundle.entry[0]: Bundle.entry.modifierExtension'
    ],
    [
      'an entry nested 10,000 deep',
      `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${'['.repeat(10_000)}${']'.repeat(10_000)}}]}`,
      '1 too-deep Bundle.entry[0]'
    ],
    [
      'a shell nested 10,000 deep',
      `{"resourceType":"Bundle","type":"batch","link":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      '1 too-deep Bundle'
    ],
    ['a Bundle whose line ends early', `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${PATIENT}}]`, '1 not-json']
  ]
  for (const [rule, body, refusal] of cases)
    it(`${rule} is refused`, () => expect(readAll(`${body}\n${PATIENT}\n`).refused).to.deep.equal([refusal]))
})
