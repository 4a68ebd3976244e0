/** Records through configurations: which nodes a rule has, and what is left. Inputs and outcomes as in the functional tests Microsoft publishes, shortened. */
import { expect } from 'chai'
import { followed, labelsOf, type TheirRule } from '../support/microsoft.ts'

const COMMON: readonly TheirRule[] = [
  { path: "Patient.nodesByType('HumanName').use", method: 'keep' },
  { path: "Patient.nodesByType('Address').state", method: 'keep' },
  { path: "Patient.nodesByType('Address').where(city='KeepTest')", method: 'keep' },
  { path: "nodesByType('date')", method: 'dateShift' },
  { path: "nodesByType('dateTime')", method: 'DateShift' },
  { path: "nodesByType('Identifier')", method: 'redact' },
  { path: "nodesByType('HumanName')", method: 'redact' },
  { path: "nodesByType('Address')", method: 'redact' },
  { path: "nodesByType('Narrative')", method: 'redact' },
  { path: 'Patient.id', method: 'cryptoHash' },
  { path: 'Observation.subject', method: 'cryptoHash' },
  { path: 'Bundle.entry.fullUrl', method: 'redact' }
]
const KEYS = {
  dateShiftKey: '123',
  cryptoHashKey: '123',
  enablePartialAgesForRedact: true,
  enablePartialDatesForRedact: true,
  enablePartialZipCodesForRedact: true
}

describe("Microsoft's configurations: records", () => {
  it('a patient: first rule first, descendants with it, unmatched nodes kept, labels added (patient-basic-target)', () => {
    const out = followed(
      COMMON,
      {
        resourceType: 'Patient',
        id: 'example',
        identifier: [{ use: 'usual', value: '12345', period: { start: '2001-01-01' } }],
        active: true,
        name: [
          { use: 'official', family: 'Demo', given: ['A', 'B'] },
          { use: 'maiden', period: { end: '2002' } }
        ],
        birthDate: '2000-01-01',
        _birthDate: {
          extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: '2000-01-01T01:01:01-01:00' }]
        },
        address: [
          { use: 'home', city: 'Demo', state: 'TestState', postalCode: '12345', period: { start: '2000-01-01' } },
          { use: 'home', city: 'KeepTest', state: 'TestState', postalCode: '12345', period: { start: '2000-01-01' } }
        ],
        managingOrganization: { reference: 'Organization/1' }
      },
      { parameters: KEYS }
    )
    expect(labelsOf(out)).to.deep.equal(['REDACTED', 'ABSTRED', 'CRYTOHASH', 'PERTURBED'])
    const { meta: _, ...left } = out
    expect(left).to.deep.equal({
      resourceType: 'Patient',
      id: '698d54f0494528a759f19c8e87a9f99e75a5881b9267ee3926bcf62c992d84ba',
      identifier: [{ period: { start: '2001-02-11' } }],
      active: true,
      name: [{ use: 'official' }, { use: 'maiden', period: { end: '2002' } }],
      birthDate: '2000-02-11',
      _birthDate: {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: '2000-02-11T00:00:00-01:00' }]
      },
      address: [
        { state: 'TestState', postalCode: '12300', period: { start: '2000-02-11' } },
        { use: 'home', city: 'KeepTest', state: 'TestState', postalCode: '12345', period: { start: '2000-01-01' } }
      ],
      managingOrganization: { reference: 'Organization/1' }
    })
  })

  it('a Bundle: each entry is a context of its own, references follow ids, and the Bundle bears the labels of all (bundle-basic-target)', () => {
    const hashed = 'c846593cc9ec1e3a2126c5aa321f8e1c2246f976ffd8f1b9c0fe75a1e26c985d'
    const out = followed(
      COMMON,
      {
        resourceType: 'Bundle',
        id: 'bundle-references',
        type: 'collection',
        entry: [
          {
            fullUrl: 'http://example.org/fhir/Patient/23',
            resource: { resourceType: 'Patient', id: '23', name: [{ use: 'official', family: 'Demo' }] }
          },
          {
            fullUrl: 'urn:uuid:04121321-4af5-424c-a0e1-ed3aab1c349d',
            resource: { resourceType: 'Patient', text: { status: 'generated', div: '<div/>' } }
          },
          {
            resource: {
              resourceType: 'Observation',
              id: '123',
              status: 'final',
              code: { text: 'glucose' },
              subject: { reference: 'Patient/23' }
            }
          }
        ]
      },
      { parameters: KEYS }
    ) as { entry: { fullUrl?: string; resource: { [key: string]: unknown } }[] } & { [key: string]: unknown }
    const [first, second, third] = out.entry.map(({ resource }) => resource)
    expect(first).to.deep.include({ id: hashed, name: [{ use: 'official' }] })
    expect(Object.keys(second ?? {})).to.deep.equal(['resourceType', 'meta'])
    expect(third).to.deep.include({ id: '123', subject: { reference: `Patient/${hashed}` } })
    expect(out.entry.map(({ fullUrl }) => fullUrl)).to.deep.equal([undefined, undefined, undefined])
    expect(out['id']).to.equal('bundle-references')
    expect([out, first ?? {}, second ?? {}, third ?? {}].map(labelsOf)).to.deep.equal([
      ['REDACTED', 'CRYTOHASH'],
      ['REDACTED', 'CRYTOHASH'],
      ['REDACTED'],
      ['CRYTOHASH']
    ])
  })

  it('contained resources are contexts of their own, however deep, and bear no labels (AnonymizationVisitorTests)', () => {
    const person = { resourceType: 'Person', id: 'x', address: [{ city: 'persontestcity', country: 'A' }] }
    const out = followed([{ path: 'Person.address.city', method: 'redact' }], {
      resourceType: 'Patient',
      contained: [{ resourceType: 'Organization', contained: [person], address: [{ city: 'stays' }] }],
      address: [{ city: 'stays' }]
    }) as { contained: [{ meta?: unknown; contained: [typeof person]; address: unknown }]; address: unknown } & { [key: string]: unknown }
    expect(out.contained[0].contained[0].address).to.deep.equal([{ country: 'A' }])
    expect(out.contained[0].meta).to.equal(undefined)
    expect([out.address, out.contained[0].address]).to.deep.equal([[{ city: 'stays' }], [{ city: 'stays' }]])
    expect(labelsOf(out)).to.deep.equal(['REDACTED'])
  })

  it('the look-up of nodesByType holds a contained resource itself; anywhere else nodesByType does not (ResourceProcessor, FhirPathSymbolExtensions)', () => {
    const record = { resourceType: 'Patient', contained: [{ resourceType: 'Organization', name: 'Demo' }] }
    const nameLeft = (path: string): unknown =>
      (followed([{ path, method: 'redact' }], record) as { contained: [{ name?: string }] }).contained[0].name
    expect(nameLeft("nodesByType('Organization')")).to.equal(undefined)
    expect(nameLeft("Patient.nodesByType('Organization')")).to.equal('Demo')
    expect(nameLeft("nodesByType('Organization').name")).to.equal(undefined)
    expect(nameLeft("Organization.nodesByName('name')")).to.equal(undefined)
  })

  it('redact of Resource leaves each resource its type and its label (contained-in-bundle-redact-all-target)', () => {
    const out = followed([{ path: 'Resource', method: 'redact' }], {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        {
          fullUrl: 'urn:x',
          resource: { resourceType: 'Condition', contained: [{ resourceType: 'Practitioner', id: 'p1' }], subject: { reference: '#p1' } }
        }
      ]
    }) as { entry: [{ resource: { [key: string]: unknown } }] } & { [key: string]: unknown }
    expect(out.entry[0].resource['contained']).to.deep.equal([{ resourceType: 'Practitioner' }])
    expect(Object.keys(out.entry[0].resource).sort()).to.deep.equal(['contained', 'meta', 'resourceType'])
    expect(labelsOf(out)).to.deep.equal(['REDACTED'])
  })

  it('keep first keeps all that is in it, whatever comes later, and adds no label (Given2ConflictRules)', () => {
    const record = { resourceType: 'Patient', address: [{ city: 'patienttestcity1' }] }
    const rules = [
      { path: 'Patient', method: 'keep' },
      { path: 'Patient.address', method: 'redact' }
    ]
    expect(followed(rules, record)).to.deep.equal(record)
  })

  it('the first capitalised name is the type of the whole rule: operands of other types are never met, as there', () => {
    const rule = { path: 'Patient.language | Person.language', method: 'redact' }
    expect(followed([rule], { resourceType: 'Patient', language: 'en' })['language']).to.equal(undefined)
    expect(followed([rule], { resourceType: 'Person', language: 'en' })['language']).to.equal('en')
  })

  it('a union has every node it names, equal ones too (that tool drops equals, so some of them would leave)', () => {
    const record = { resourceType: 'Patient', address: [{ city: 'Demo' }], contact: [{ address: { city: 'Demo' } }], active: true }
    const { meta: _, ...out } = followed([{ path: 'Patient.address.city | Patient.contact.address.city', method: 'redact' }], record)
    expect(out).to.deep.equal({ resourceType: 'Patient', active: true })
  })

  it('substitute: name by name and place by place; what an earlier rule had stays (contained-substitute-target, SubstituteProcessorTests)', () => {
    const name = { path: 'Patient.name', method: 'substitute', replaceWith: { family: 'example', given: ['test', 'testing'] } }
    const period = { path: 'Patient.name.period', method: 'substitute', replaceWith: { start: '2020-01-01', end: '2021-01-01' } }
    const record = { resourceType: 'Patient', name: [{ use: 'usual', family: 'Demo', given: ['P'], period: { start: '1999-01-01' } }] }
    expect(followed([name], record)['name']).to.deep.equal([{ family: 'example', given: ['test', 'testing'] }])
    const both = followed([period, name], record)
    expect(both['name']).to.deep.equal([
      { family: 'example', given: ['test', 'testing'], period: { start: '2020-01-01', end: '2021-01-01' } }
    ])
    expect(labelsOf(both)).to.deep.equal(['SUBSTITUTED'])
    const kept = followed([{ path: 'Patient.name.given[0]', method: 'keep' }, name], record)
    expect(kept['name']).to.deep.equal([{ family: 'example', given: ['P', 'testing'] }])
    const start = followed(
      [
        { path: 'Patient.name.period.start', method: 'keep' },
        { ...name, replaceWith: {} }
      ],
      record
    )
    expect(start['name']).to.deep.equal([{ period: { start: '1999-01-01' } }])
    expect(followed([{ path: 'Patient.name.family', method: 'substitute', replaceWith: null }], record)['name']).to.deep.equal([
      { use: 'usual', given: ['P'], period: { start: '1999-01-01' } }
    ])
  })

  it('dates are shifted by the id as it reads then: hashed first, the hash is the scope; in a Bundle, its id is (DateTimeUtility)', () => {
    const record = { resourceType: 'Patient', id: 'example', birthDate: '2000-01-01' }
    const shift = { path: "nodesByType('date')", method: 'dateShift' }
    const hash = { path: 'Resource.id', method: 'cryptoHash' }
    const born = (rules: readonly TheirRule[], given = {}): unknown => followed(rules, record, { parameters: KEYS, ...given })['birthDate']
    expect(born([shift, hash])).to.equal('2000-02-11')
    expect(born([hash, shift])).not.to.equal('2000-02-11')
    expect(born([shift], { scope: 'example' })).to.equal('2000-02-11')
    expect(born([shift], { parameters: { ...KEYS, dateShiftFixedOffsetInDays: -7 } })).to.equal('1999-12-25')
    const bundle = followed(
      [shift],
      { resourceType: 'Bundle', id: 'example', type: 'collection', entry: [{ resource: { ...record, id: 'other' } }] },
      { parameters: KEYS }
    )
    expect(JSON.stringify(bundle)).to.include('2000-02-11')
  })
})
