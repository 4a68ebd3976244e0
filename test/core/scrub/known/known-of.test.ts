import { expect } from 'chai'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { scrubbed } from '../../../support/scrubbed.ts'

type Row = readonly (readonly [path: string, value: string, record: unknown])[]

const shown = { display: 'Dr. Zorbla Quennix' }
const alone = { display: 'Zorbla Quennix' }
const uuid = { reference: 'urn:uuid:9', ...alone }
const at = (type: string) => ({ reference: `https://h.example/fhir/${type}/1`, ...alone })

/** By R4 path: where a reference names a person, in every form it may have. */
const PERSONS: Row = (
  [
    ['DiagnosticReport.resultsInterpreter', { resultsInterpreter: [at('Practitioner')] }],
    ['DiagnosticReport.resultsInterpreter, display alone', { resultsInterpreter: [alone] }],
    ['CareTeam.participant.member', { participant: [{ member: uuid }] }],
    ['CareTeam.participant.member, by type', { participant: [{ member: { type: 'RelatedPerson', ...alone } }] }],
    ['ClinicalImpression.assessor', { assessor: alone }],
    ['Provenance.agent.who', { agent: [{ who: uuid }] }],
    ['Provenance.agent.onBehalfOf', { agent: [{ onBehalfOf: alone }] }],
    ['ImagingStudy.interpreter', { interpreter: [{ identifier: { value: '7' }, ...alone }] }],
    ['Claim.enterer', { enterer: at('PractitionerRole') }],
    ['Specimen.collection.collector', { collection: { collector: alone } }],
    ['Claim.payee.party', { payee: { party: uuid } }],
    ['Claim.careTeam.provider', { careTeam: [{ provider: alone }] }],
    ['Claim.careTeam.provider, of a bulk export', { careTeam: [{ provider: { reference: 'Practitioner?identifier=x|1', ...alone } }] }],
    ['Encounter.participant.individual', { participant: [{ individual: { reference: '#p1', ...alone } }] }],
    ['Patient.generalPractitioner', { generalPractitioner: [alone] }],
    ['Coverage.subscriber', { subscriber: alone }],
    ['Coverage.policyHolder', { policyHolder: uuid }],
    ['Consent.provision.actor.reference', { provision: { actor: [{ role: {}, reference: alone }] } }],
    ['Observation.focus, a person by type', { focus: at('Patient') }],
    ['Observation.focus, a person by title', { focus: [shown] }],
    ['Observation.focus, a person by title in capitals', { focus: [{ display: 'DR. ZORBLA QUENNIX' }] }],
    ['Extension.valueReference', { extension: [{ url: 'https://h.example/x', valueReference: alone }] }],
    ['an element of another version', { whoeverItWas: alone }],
    ['Reference.type as a profile', { focus: { type: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-practitioner', ...alone } }],
    ['Annotation.authorString', { note: [{ authorString: 'Zorbla Quennix', text: 'slept' }] }],
    ['FamilyMemberHistory.name', { resourceType: 'FamilyMemberHistory', name: 'Zorbla Quennix' }],
    ['AuditEvent.agent.name', { agent: [{ name: 'Zorbla Quennix' }] }],
    ['HumanName.text', { name: [{ text: 'Zorbla Quennix, MD' }] }],
    ['Extension.valueHumanName', { extension: [{ url: 'https://h.example/x', valueHumanName: { text: 'Zorbla Quennix' } }] }],
    [
      'patient-mothersMaidenName',
      {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName', valueString: 'Zorbla Quennix' }]
      }
    ],
    [
      'humanname-partner-name',
      {
        name: [
          {
            family: 'Toves',
            _family: {
              extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/humanname-partner-name', valueString: 'Quennix' }]
            }
          }
        ]
      }
    ]
  ] as const
).map(([path, record]) => [path, 'quennix', record])

const FACILITIES: Row = (
  [
    ['Patient.contact.organization', { contact: [{ organization: { display: 'Tulgey Brothers' } }] }],
    ['Coverage.payor', { payor: [{ display: 'Tulgey Brothers' }] }],
    ['Identifier.assigner', { identifier: [{ assigner: { display: 'Tulgey Brothers' } }] }],
    ['Encounter.hospitalization.origin', { hospitalization: { origin: { display: 'Tulgey Brothers' } } }],
    ['Location.partOf', { resourceType: 'Location', partOf: { display: 'Tulgey Brothers' } }],
    ['Claim.provider, an organisation', { provider: { reference: 'https://h.example/fhir/Organization/1', display: 'Tulgey Brothers' } }],
    ['Claim.provider, called as one', { provider: { display: 'Tulgey Brothers Clinic' } }]
  ] as const
).map(([path, record]) => [path, 'Tulgey', record])

/** How systems write two names in one string; both are known. */
const JOINED = [
  '1234^Quennix^Zorbla^A',
  'Quennix/Zorbla',
  'Quennix;Zorbla',
  'Quennix.Zorbla',
  'quennix_zorbla',
  'Quennix(Zorbla)',
  'Quennix & Zorbla',
  'Dr.Quennix,Zorbla M.D.',
  'Quennix&nbsp;Zorbla',
  'Quennix\u00a0Zorbla',
  'Quennix\u200bZorbla',
  'Quennix|Zorbla'
]

const VALUES: Row = [
  ['an identifier, without its noughts', '471234', { identifier: [{ value: '00471234' }] }],
  ['an identifier, without its letters', '99812', { identifier: [{ value: 'MRN-99812' }] }],
  ['an identifier, without letters and noughts', '55120', { identifier: [{ value: 'E0055120' }] }],
  ['ContactPoint, the last eight of a number abroad', '7946 0958', { telecom: [{ system: 'phone', value: '020 7946 0958' }] }],
  ['ContactPoint, what stands before the @', 'zq.feather', { telecom: [{ system: 'email', value: 'zq.feather@h.example' }] }],
  ['AuditEvent.agent.altId', 'zquen77', { agent: [{ altId: 'zquen77' }] }],
  ['Coverage.class.value', 'qx9912', { class: [{ value: 'QX-9912' }] }],
  [
    'iso21090-ADXP-streetName',
    'quillmoor',
    {
      address: [
        {
          _line: [{ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-streetName', valueString: 'Quillmoor Rd' }] }]
        }
      ]
    }
  ],
  ['Specimen.accessionIdentifier', 'zq 448821', { accessionIdentifier: { value: 'ZQ-448821' } }],
  ['DocumentReference.masterIdentifier', 'zq 448821', { masterIdentifier: { value: 'ZQ448821' } }],
  ['MedicationRequest.groupIdentifier', 'zq 448821', { groupIdentifier: { value: 'ZQ448821' } }],
  ['ServiceRequest.requisition', 'zq 448821', { requisition: { value: 'ZQ448821' } }],
  ['Extension.valueIdentifier', 'zq 448821', { extension: [{ valueIdentifier: { value: 'ZQ448821' } }] }],
  ['Claim.related.reference', 'zq 448821', { related: [{ reference: { system: 'https://h.example/claims', value: 'ZQ448821' } }] }],
  ['Device.distinctIdentifier', 'zq 448821', { distinctIdentifier: 'ZQ448821' }],
  ['Extension.valueAddress (patient-birthPlace)', 'quillborough', { extension: [{ valueAddress: { city: 'Quillborough' } }] }],
  ['Claim.accident.locationAddress', 'quillborough', { accident: { locationAddress: { city: 'Quillborough' } } }],
  ['Address.text, its town', 'quillborough', { address: [{ text: '12 Wexmoor Lane, Quillborough, MA 01234, USA' }] }],
  ['Address.text, its town beside the state', 'quillborough', { address: [{ text: '12 Wexmoor Lane\nQuillborough MA 01234' }] }],
  ['Address.text, its street', '12 wexmoor ln', { address: [{ text: '12 Wexmoor Lane, Quillborough' }] }],
  ['Address.text, its code', '01234', { address: [{ text: '12 Wexmoor Lane, Quillborough, MA 01234-5678' }] }],
  ['Extension.valueContactPoint', '44 77 01', { extension: [{ valueContactPoint: { value: '4477-01' } }] }],
  ['Device.contact', '44 77 01', { contact: [{ value: '4477-01' }] }],
  ['ContactPoint without a system, mail', 'zquen hq', { telecom: [{ value: 'zquen@hq' }] }]
]

const THING = { display: 'Zorbla fever' }
const THINGS: readonly (readonly [path: string, record: unknown])[] = [
  ['Encounter.reasonReference', { reasonReference: [THING] }],
  ['Encounter.diagnosis.condition', { diagnosis: [{ condition: { reference: 'urn:uuid:1', ...THING } }] }],
  ['MedicationRequest.medicationReference', { medicationReference: THING }],
  ['Observation.basedOn', { basedOn: [THING] }],
  ['Observation.encounter', { encounter: THING }],
  ['CarePlan.addresses', { addresses: [THING] }],
  ['DiagnosticReport.result', { result: [THING] }],
  ['DiagnosticReport.imagingStudy, a way to make an image', { imagingStudy: [{ display: 'MR brain' }, { display: 'DR chest' }] }],
  ['DiagnosticReport.specimen', { specimen: [THING] }],
  ['Observation.derivedFrom', { derivedFrom: [THING] }],
  ['Procedure.partOf', { resourceType: 'Procedure', partOf: [THING] }],
  ['CarePlan.activity.reference', { activity: [{ reference: { reference: 'ServiceRequest/1', ...THING } }] }],
  ['Procedure.reason.reference (R5)', { reason: [{ reference: THING }] }],
  ['Provenance.target, by its type', { target: [{ reference: 'https://h.example/fhir/R4/Observation/1', ...THING }] }],
  ['Procedure.performer.actor, a device', { performer: [{ actor: { type: 'Device', ...THING } }] }],
  ['Coding.display', { code: { coding: [THING] } }],
  ['Encounter.class', { class: THING }],
  ['Extension.valueCoding', { extension: [{ valueCoding: THING }] }],
  ['Meta.tag', { meta: { tag: [THING] } }],
  ['CodeableConcept.text', { code: { text: 'Zorbla fever' } }]
]

describe('core/scrub/known-of', () => {
  for (const [path, value, record] of [...PERSONS, ...FACILITIES, ...VALUES])
    it(`a note keeps nothing of what ${path} tells`, () => {
      const note = `so ${value} it seemed`
      expect(scrubbed(note)).to.equal(note)
      expect(scrubbed(note, knownOf([record]))).to.match(/^so \[[A-Z]+\] it seemed$/)
    })

  for (const [path, record] of THINGS)
    it(`what ${path} shows is nobody’s name`, () => expect([...knownOf([record]).canon.keys()]).to.deep.equal([]))

  it('the name of an organisation in the records is nobody’s, wherever a reference shows it', () => {
    const known = knownOf([{ performer: [{ display: 'Borogrove Slithy' }] }, { resourceType: 'Organization', name: 'Borogrove Slithy' }])
    expect(scrubbed('at Borogrove Slithy', known)).to.equal('at [FACILITY]')
  })

  it('a state in the text of an address may stand', () =>
    expect(knownOf([{ address: { text: 'Quillborough, Massachusetts' } }]).canon.has('massachusetts')).to.equal(false))

  for (const joined of JOINED)
    it(`both names of ${JSON.stringify(joined)} are known`, () => {
      for (const record of [{ performer: [{ display: joined }] }, { name: [{ given: [joined] }] }, { name: [{ text: joined }] }])
        expect(scrubbed('told quennix, or zorbla', knownOf([record]))).to.equal('told [NAME], or [NAME]')
    })

  it('what a mail begins with is none by itself where it is a usual word; titles and degrees are no names', () => {
    const known = knownOf([
      { telecom: [{ value: 'office@h.example' }, { value: 'zq@h.example' }] },
      { name: [{ text: 'Zorbla Quennix, Ph.D., M.D.' }] }
    ])
    expect(scrubbed('the office so, pH 7.35, zq', known)).to.equal('the office so, pH 7.35, zq')
  })

  it('refuses nothing: members of any type, deep and huge ones', () => {
    const odd = { toString: 1, valueOf: [] }
    const records = [
      { system: odd, url: odd, resourceType: odd, reference: odd, type: odd, display: odd, partOf: odd, value: odd, name: odd, text: odd },
      { address: { text: `${'a '.repeat(100_000)}1`, line: [null, {}] }, partOf: null },
      { subject: { reference: 'A/'.repeat(100_000), type: [['x']], display: `${'a-'.repeat(100_000)}` } },
      JSON.parse('{"__proto__":{"display":3},"constructor":{"prototype":{"display":"x"}}}'),
      JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`)
    ]
    const began = process.cpuUsage()
    expect(scrubbed('nothing of it', knownOf(records))).to.equal('nothing of it')
    expect(process.cpuUsage(began).user / 1e6).to.be.below(2)
  })
})
