/** Each kind of entry as an AuditEvent: valid FHIR R4 by HL7's schema, true to the BALP profile it claims, and without a patient unless one was named. */
import { expect } from 'chai'
import fc from 'fast-check'
import { auditEvent, eventId, indexOf, type LoggedEntry } from '../../../gateway/core/audit/audit-event.ts'
import { AUDIT } from '../../../gateway/core/audit/balp.ts'
import { PROFILE } from '../../../gateway/core/audit/codes.ts'
import { syslogFrame } from '../../../gateway/core/audit/syslog.ts'
import { canonicalJson, type Json } from '../../../gateway/core/digest.ts'
import { KINDS } from '../../../gateway/core/log/kinds.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'
import { BALP_RULES, balpFaults } from '../../support/balp.ts'

const ORIGIN = 'log.example/sallyport'
const KIND_NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[]

/** Everything that statements of any kind say, at once. */
const SAID: { readonly [member: string]: Json } = {
  party: 'demo-hospital',
  source: 'demo-hospital',
  recipient: 'demo-insurer',
  dataset: '6f1c0000-0000-4000-8000-000000000001',
  submission: '6f1c0000-0000-4000-8000-000000000002',
  agreement: 'demo-safe-harbor',
  purposeOfUse: 'HOUTCOMS',
  reason: 'too-few-like-them',
  scopes: ['system/*.rs'],
  shard: 'Patient.0.ndjson.gz.c2sp',
  counts: { received: 3, withheld: { 'opted-out': 1 } },
  shards: [{ name: 'a' }, { name: 'b' }],
  policies: ['sha256:1', 'sha256:2'],
  nothing: '',
  control: 'a\u0000b'
}

function entry(kind: string, said: { readonly [member: string]: Json } | null = SAID): LoggedEntry {
  const at = '2026-01-31T08:00:00.000Z'
  const statement = said === null ? null : canonicalJson({ v: 1, kind, at, ...said })
  return { index: 7, kind, at: new Date(at), leafHash: Buffer.alloc(32, 7), statement }
}

function expectValid(event: Readonly<Record<string, unknown>>): void {
  expect(validateResource(event), JSON.stringify(validateResource.errors)).to.equal(true)
}

describe('core/audit: an entry as a FHIR AuditEvent', () => {
  for (const kind of KIND_NAMES) {
    it(`${kind}: valid R4 and true to its BALP profile, whatever the statement says and whoever is named`, () => {
      for (const said of [
        SAID,
        {},
        { officer: 'Test Privacy Office', reason: 'a test' },
        { account: 'privacy', asked: 'date=ge2026' },
        null
      ]) {
        for (const patient of [null, 'Patient/invented']) {
          const event = auditEvent(entry(kind, said), ORIGIN, patient)
          expectValid(event)
          expect(balpFaults(event)).to.deep.equal([])
          if (patient === null) expect(JSON.stringify(event)).not.to.match(/urn:sallyport:patient|"Patient"/)
        }
      }
    })
  }

  it('who sent in the name of another is the one who acted', () => {
    const event = auditEvent(entry('submission-opened', { ...SAID, sentBy: 'acme-aco' }), ORIGIN, null)
    expectValid(event)
    expect(JSON.stringify(event['agent'])).to.include('acme-aco')
  })

  it('each BALP profile the gateway offers is claimed by some kind: disclosures at both ends, decisions, reads, queries, access tokens', () => {
    const claimed = KIND_NAMES.flatMap((kind) => [AUDIT[kind].profile, AUDIT[kind].ofPatient])
    for (const profile of Object.values(PROFILE)) {
      expect(claimed).to.include(profile)
      expect(BALP_RULES.has(profile), profile).to.equal(true)
    }
  })

  it('PrivacyDisclosure.Source asks for a patient: claimed only where the reader named one', () => {
    const of = (patient: string | null) => auditEvent(entry('dataset-released'), ORIGIN, patient)
    expect(of(null)['meta']).not.to.have.property('profile')
    expect(of('Patient/invented')['meta']).to.deep.include({ profile: [PROFILE.disclosureSource] })
    expect(of('Patient/invented')['entity']).to.deep.include({
      what: { type: 'Patient', identifier: { system: 'urn:sallyport:patient', value: 'Patient/invented' } },
      type: { system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type', code: '1', display: 'Person' },
      role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '1', display: 'Patient' }
    })
  })

  it('an event names its place and leaf, so that it can be proved by the log; its id is the place', () => {
    const event = auditEvent(entry('dataset-released'), ORIGIN)
    expect(event.id).to.equal('entry-7')
    expect(event['extension']).to.deep.equal([
      { url: 'urn:sallyport:log:index', valueString: '7' },
      { url: 'urn:sallyport:log:leaf', valueString: '07'.repeat(32) }
    ])
    expect(indexOf(eventId(2 ** 53 - 1))).to.equal(2 ** 53 - 1)
    for (const id of ['entry-', 'entry-07', 'entry--1', 'entry-1e3', 'entry-9007199254740992', 'Entry-1', 'entry-1 '])
      expect(indexOf(id), id).to.equal(null)
  })

  it('retention: of an expired body the event says so, and nothing else of it', () => {
    const event = auditEvent(entry('dataset-released', null), ORIGIN)
    expect(event['outcomeDesc']).to.match(/^Expired/)
    expect(event).not.to.have.any.keys('entity', 'purposeOfEvent')
  })

  it('an act of the house that tells of a fault is a major failure (12)', () => {
    expect(auditEvent(entry('gateway-stopped', { reason: 'fault' }), ORIGIN)['outcome']).to.equal('12')
    expect(auditEvent(entry('gateway-stopped', { reason: 'asked' }), ORIGIN)['outcome']).to.equal('0')
    expect(auditEvent(entry('log-verified', { fault: 'leaf 3' }), ORIGIN)['outcome']).to.equal('12')
  })

  it('a kind that a newer version wrote is an event all the same', () => {
    expectValid(auditEvent(entry('of-the-future'), ORIGIN))
  })

  it('no statement of any kind makes a frame of more than the 8 KiB that RFC 5425 receivers take (property)', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4000 }),
      fc.constantFrom('\u20ac'.repeat(9000), '"'.repeat(9000), 'x'.repeat(9000))
    )
    const member = fc.constantFrom(...Object.keys(SAID), 'officer', 'account', 'asked', 'id', 'more')
    const value = fc.oneof(text, fc.array(text, { maxLength: 30 }), fc.dictionary(text, text, { maxKeys: 30 }))
    const all = (of: Json): { readonly [member: string]: Json } =>
      Object.fromEntries([...Object.keys(SAID), 'officer', 'account', 'asked'].map((name) => [name, of]))
    const sent = (kind: string, said: { readonly [member: string]: Json }): number => {
      const frame = syslogFrame(auditEvent(entry(kind, said), `${'o'.repeat(60)}/log`), { origin: ORIGIN, version: '10.10.10' })
      return Number(frame.subarray(0, frame.indexOf(' ')).toString())
    }
    for (const kind of KIND_NAMES)
      for (const each of ['\u20ac'.repeat(9000), '"'.repeat(9000), '\u0001'.repeat(9000)])
        expect(sent(kind, all(each)), kind).to.be.at.most(8192)
    fc.assert(
      fc.property(
        fc.constantFrom(...KIND_NAMES),
        fc.dictionary(member, value),
        (kind, said) => sent(kind, said as Record<string, Json>) <= 8192
      ),
      { numRuns: 300 }
    )
  })

  it('a hostile statement stays bounded: RFC 5425 receivers take 8 KiB', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`member${n}`, 'x'.repeat(50)]))
    const event = auditEvent(entry('dataset-released', { ...SAID, counts: many }), ORIGIN)
    expectValid(event)
    expect(Buffer.byteLength(JSON.stringify(event))).to.be.below(8192)
  })
})
