/** What an agreement may not say: one row for each rule. */
import { expect } from 'chai'
import { agreementFaults } from '../../../gateway/core/agreement/faults.ts'
import type { Agreement, PublicJwk } from '../../../gateway/generated/policy.ts'
import { agreementWith, DATA_USE, shippedAround } from '../../support/policies.ts'

const around = shippedAround()
const NO_TEXT = `sha256:${'a'.repeat(64)}`
const patient = { Patient: ['gender'] }
const finer = { every: 'P30D', attestation: null }
const holdsClaims = { recipientHolds: ['Claim'] }
const officer = { officer: 'Demo Privacy Officer', date: '2026-01-01' }

/** Every row: the rule and its source, what is changed, where the fault must stand, and what it must say. */
const ROWS: readonly (readonly [string, Partial<Agreement>, string, RegExp])[] = [
  ['a date must be a day of the calendar', { effective: '2023-02-29' }, '/effective', /calendar/],
  ['a window date must be a day of the calendar', { dateWindow: { from: '2023-02-30', to: null } }, '/dateWindow/from', /calendar/],
  ['it must not expire before it begins', { effective: '2026-01-01', expires: '2026-01-01' }, '/expires', /later than effective/],
  ['the date window must not be empty', { dateWindow: { from: '2026-01-01', to: '2025-01-01' } }, '/dateWindow/to', /later than from/],
  ['the source must be known, and the nearest is named', { source: 'demo-hopsital' }, '/source', /nearest is demo-hospital/],
  ['the source must be a hospital', { source: 'demo-research' }, '/source', /role is hospital/],
  ['the recipient must be known', { recipient: 'demo-insurrer' }, '/recipient', /nearest is demo-insurer/],
  ['the recipient must be an insurer', { recipient: 'demo-hospital' }, '/recipient', /role is insurer/],
  ['who sends for the source must be known', { senders: ['acme-aco'] }, '/senders/0', /known party/],
  ['who sends for the source must be one who may send', { senders: ['demo-insurer'] }, '/senders/0', /role hospital/],
  ['the source sends in its own name', { senders: ['demo-hospital'] }, '/senders/0', /is the source/],
  ['the purpose must be of HL7 v3 PurposeOfUse', { purposeOfUse: 'HPAYMNT' }, '/purposeOfUse', /nearest is HPAYMT/],
  [
    'a resource type must be of FHIR R4',
    { resources: { ...patient, Encouter: ['status'] } },
    '/resources/Encouter',
    /nearest is Encounter/
  ],
  [
    'an element must be of its type',
    { resources: { Patient: ['birthdate'] } },
    '/resources/Patient/0',
    /no element birthdate; the nearest is birthDate/
  ],
  [
    'a choice element is named with its type',
    { resources: { Observation: ['status', 'value'] } },
    '/resources/Observation/1',
    /write valueQuantity or/
  ],
  ['nothing stands below a primitive', { resources: { Patient: ['gender.code'] } }, '/resources/Patient/0', /nothing called code/],
  ['a nested element must exist', { resources: { Claim: ['status', 'item.nett'] } }, '/resources/Claim/1', /nearest is net/],
  [
    'an element must not be listed twice over',
    { resources: { Claim: ['status', 'item', 'item.net'] } },
    '/resources/Claim',
    /item\.net is listed/
  ],
  ['a type must list some element', { resources: { Patient: [] } }, '/resources/Patient', /lists no element/],
  [
    'a required modifier must be listed (FHIR R4 §2.4.0.5)',
    { resources: { Encounter: ['class'] } },
    '/resources/Encounter',
    /must list status/
  ],
  ['what the recipient holds is said in FHIR types', { recipientHolds: ['Clam'] }, '/recipientHolds/Clam', /nearest is Claim/],
  [
    'a window that cannot be enforced on a type does not load',
    { resources: { Questionnaire: ['status'] }, dateWindow: { from: '2020-01-01', to: null } },
    '/resources/Questionnaire',
    /no clinical date/
  ],
  [
    'the profile must be there in that version',
    { profile: { name: 'safe-harbor', version: 9, hash: NO_TEXT } },
    '/profile',
    /safe-harbor@9; the nearest is safe-harbor@1/
  ],
  [
    'a profile is its text, whatever its name',
    { profile: { name: 'safe-harbor', version: 1, hash: NO_TEXT } },
    '/profile/hash',
    /is not that of profile/
  ],
  ['Safe Harbor (C): finer than a year needs an attestation', { releaseWindow: finer }, '/releaseWindow/every', /attestation/],
  [
    '164.514(b)(2)(ii): what the recipient holds identified does not leave',
    { recipientHolds: ['Encounter'] },
    '/resources/Encounter',
    /already holds/
  ],
  [
    '164.514(b)(2)(ii): who holds claims can match any claim',
    { recipientHolds: ['ClaimResponse'] },
    '/resources/ExplanationOfBenefit',
    /already holds.*expert-determination/
  ],
  [
    '164.514(b)(2)(ii): what was billed is a claim under another name',
    { ...holdsClaims, resources: { ChargeItem: ['status', 'code', 'subject'] } },
    '/resources/ChargeItem',
    /already holds/
  ],
  [
    '164.514(b)(2)(ii): an exact amount matches a claim',
    { ...holdsClaims, resources: { Contract: ['status', 'term.asset.valuedItem.net'] } },
    '/resources/Contract/1',
    /is an exact amount/
  ],
  [
    '164.514(b)(2)(ii): an element that brings an exact amount matches a claim',
    { ...holdsClaims, resources: { Contract: ['status', 'term'] } },
    '/resources/Contract/1',
    /term brings term\.[A-Za-z.]+, which is an exact amount/
  ],
  [
    '164.514(b)(2)(ii): a line of a claim matches it',
    { ...holdsClaims, resources: { MedicationDispense: ['status', 'medicationCodeableConcept', 'daysSupply'] } },
    '/resources/MedicationDispense/2',
    /is a line of a claim/
  ],
  [
    '164.514(b)(2)(ii): a reference to the claim or coverage itself matches it',
    { ...holdsClaims, resources: { ServiceRequest: ['status', 'intent', 'doNotPerform', 'insurance'] } },
    '/resources/ServiceRequest/3',
    /is a claim, its coverage or its account/
  ],
  [
    '164.514(b)(2)(ii): who treated, with the patient, matches a claim',
    { ...holdsClaims, resources: { Encounter: ['status', 'class', 'serviceProvider'] } },
    '/resources/Encounter/2',
    /is who treated, and where/
  ],
  [
    '164.514(b)(2)(ii): an element that brings who treated matches a claim',
    { ...holdsClaims, resources: { Encounter: ['status', 'participant'] } },
    '/resources/Encounter/1',
    /participant brings participant.individual, which is who treated/
  ],
  ['a mode is that of the profile', { mode: 'expert-determination', noActualKnowledge: null }, '/mode', /not the mode of the profile/],
  ['164.514(b)(2)(ii): no actual knowledge is attested', { noActualKnowledge: null }, '/noActualKnowledge', /must be attested/],
  [
    '164.514(b)(2)(ii): no actual knowledge is attested anew for each version',
    { version: 2, noActualKnowledge: agreementWith().noActualKnowledge },
    '/noActualKnowledge/version',
    /own version/
  ],
  [
    'the attestation has a day of the calendar',
    { noActualKnowledge: { by: 'Demo Privacy Officer', date: '2026-02-30', text: 'Every person is synthetic.', version: 1 } },
    '/noActualKnowledge/date',
    /calendar/
  ],
  ['a data use agreement stands nowhere but at a limited data set', { dataUseAgreement: DATA_USE }, '/dataUseAgreement', /must be null/],
  ['transport-only must be signed for', { sealedForm: 'transport-only', recipientKey: null }, '/transportOnlySignedBy', /signed/],
  ['a signature for transport-only stands nowhere else', { transportOnlySignedBy: [officer] }, '/transportOnlySignedBy', /must be empty/],
  ['transport-only wraps nothing', { sealedForm: 'transport-only', transportOnlySignedBy: [officer] }, '/recipientKey', /must be null/],
  ['a sealed form needs a key', { recipientKey: null }, '/recipientKey', /must name a key/],
  [
    'to suppress before generalizing leaves nobody to generalize',
    { belowK: ['suppress', 'generalize'] },
    '/belowK',
    /before it suppresses/
  ],
  ['a limit to what is never done says nothing', { belowK: ['generalize'] }, '/suppressionLimit', /must be 0/]
]

describe('core/agreement/faults', () => {
  it('the shipped agreement has none', () => {
    expect(agreementFaults(agreementWith(), around)).to.deep.equal([])
  })

  for (const [rule, changes, path, message] of ROWS) {
    it(rule, () => {
      const faults = agreementFaults(agreementWith(changes), around)
      const found = faults.find((fault) => fault.path === path)
      expect(found?.message, JSON.stringify(faults)).to.match(message)
    })
  }

  it('all faults are listed at once', () => {
    const faults = agreementFaults(agreementWith({ source: 'x', purposeOfUse: 'Y', recipientKey: null, releaseWindow: finer }), around)
    expect(faults.map(({ path }) => path)).to.deep.equal(['/source', '/purposeOfUse', '/releaseWindow/every', '/recipientKey'])
  })

  it('an attestation lets Safe Harbor release more often', () => {
    const attestation = { by: 'Demo Privacy Officer', date: '2026-01-01', text: 'Every person is synthetic.' }
    expect(agreementFaults(agreementWith({ releaseWindow: { every: 'P30D', attestation } }), around)).to.deep.equal([])
  })

  it('what an insurer that holds claims may have under Safe Harbor: records that say neither amount, line, claim nor who treated', () => {
    const resources = {
      Patient: ['gender', 'birthDate'],
      Encounter: ['status', 'class', 'subject', 'period', 'participant.type'],
      Observation: ['status', 'code', 'subject', 'valueQuantity'],
      Organization: ['active', 'type', 'partOf']
    }
    expect(agreementFaults(agreementWith({ ...holdsClaims, resources }), around)).to.deep.equal([])
  })

  it('RFC 7517: once the recipient has keys, the named one must be among them and be for encryption', () => {
    const key = (kid: string, use: 'sig' | 'enc'): PublicJwk => ({ kty: 'EC', kid, use, alg: use === 'sig' ? 'ES384' : 'ECDH-ES+A256KW' })
    const insurer = around.parties.get('demo-insurer')
    if (insurer === undefined) throw new Error('no demo insurer')
    const messages = (keys: PublicJwk[]) =>
      agreementFaults(agreementWith(), {
        ...around,
        parties: new Map([...around.parties, ['demo-insurer', { ...insurer, jwks: { keys } }]])
      }).map(({ path, message }) => `${path} ${message}`)
    expect(messages([key('demo-insurer-enc', 'enc')])).to.deep.equal([])
    expect(messages([key('demo-insurer-enc', 'sig')])[0]).to.match(/^\/recipientKey .*for signing/)
    expect(messages([key('demo-insurer-enc2', 'enc')])[0]).to.match(/^\/recipientKey .*nearest is demo-insurer-enc2/)
  })
})
