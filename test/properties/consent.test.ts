/** Denials only deny: whatever else stands in the list, a rule more never lets a record more leave; nor does an exception that denies, within a Consent. */
import { expect } from 'chai'
import fc from 'fast-check'
import { compileConsent } from '../../gateway/core/consent/compile.ts'
import { keptBackBy } from '../../gateway/core/consent/records.ts'
import type { Rule, Terms } from '../../gateway/core/consent/rule.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'

const V3 = 'http://terminology.hl7.org/CodeSystem/'
const ids = fc.constantFrom('1', '2', '3')
const parties = fc.constantFrom('demo-insurer', 'demo-research', 'f001')
const purposes = fc.constantFrom('HPAYMT', 'CLMATTCH', 'HOPERAT', 'HRESCH', 'PurposeOfUse', 'none-such')
const days = fc.constantFrom('2024', '2024-05', '2024-05-06', '2026-03-10')

const record = fc
  .record({
    type: fc.constantFrom('Observation', 'Condition', 'Encounter', 'Claim', 'Patient'),
    id: ids,
    code: fc.constantFrom('B20', 'F10.2', 'E11.9'),
    label: fc.constantFrom('N', 'R', 'PSY', 'HIV'),
    provider: ids,
    encounter: ids,
    day: days
  })
  .map(({ type, id, code, label, provider, encounter, day }) => ({
    identity: { party: 'demo-hospital', base: '', type, id },
    resource: {
      resourceType: type,
      id,
      meta: { security: [{ system: `${V3}${label.length === 1 ? 'v3-Confidentiality' : 'v3-ActCode'}`, code: label }] },
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code }] },
      performer: [{ reference: `Practitioner/${provider}` }],
      encounter: { reference: `Encounter/${encounter}` },
      recordedDate: day,
      effectiveDateTime: day
    } as unknown as Resource
  }))

const actor = fc.record({
  role: fc.constantFrom('IRCP', 'AUT', 'XYZ'),
  of: fc.oneof(
    parties.map((id) => `Organization/${id}`),
    ids.map((id) => `Practitioner/${id}`)
  )
})

interface Provided {
  readonly [member: string]: unknown
}

/** Any provision, of meaning or of none. */
const { provision } = fc.letrec<{ provision: Provided }>((tie) => ({
  provision: fc.record(
    {
      type: fc.constantFrom('permit', 'deny', 'maybe'),
      period: fc.record({ start: days, end: days }, { requiredKeys: [] }),
      actor: fc.array(
        actor.map(({ role, of }) => ({
          role: { coding: [{ system: `${V3}v3-ParticipationType`, code: role }] },
          reference: { reference: of }
        })),
        { maxLength: 2 }
      ),
      purpose: purposes.map((code) => [{ system: `${V3}v3-ActReason`, code }]),
      class: fc.constantFrom('Observation', 'Condition', 'Nothing').map((code) => [{ system: 'http://hl7.org/fhir/resource-types', code }]),
      securityLabel: fc.constantFrom('N', 'R', 'V').map((code) => [{ system: `${V3}v3-Confidentiality`, code }]),
      code: fc.constantFrom('B20', 'E11.9').map((code) => [{ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code }] }]),
      dataPeriod: fc.record({ start: days, end: days }),
      odd: fc.constant(true),
      provision: fc.array(tie('provision'), { maxLength: 2 })
    },
    { requiredKeys: [] }
  )
}))

function consentOf(base: string, root: Provided): Resource {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: `${V3}consentscope`, code: 'patient-privacy' }] },
    patient: { reference: 'Patient/1' },
    policyRule: { coding: [{ system: `${V3}v3-ActCode`, code: base }] },
    provision: root
  } as unknown as Resource
}

const base = fc.constantFrom('OPTIN', 'OPTOUT', 'ELSE')
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({
    kind: fc.constant('list' as const),
    recipient: fc.option(parties),
    purpose: fc.option(purposes),
    category: fc.option(fc.constantFrom('hiv', 'substance-use')),
    provider: fc.option(ids.map((id) => `Practitioner/${id}`))
  }),
  fc.record({
    kind: fc.constant('self-pay' as const),
    recipient: parties,
    items: fc.array(
      ids.map((id) => `Encounter/${id}`),
      { minLength: 1, maxLength: 2 }
    )
  }),
  fc
    .tuple(base, provision)
    .map(
      ([policy, root]) =>
        compileConsent(consentOf(policy, root)) ?? { kind: 'consent' as const, otherwise: 'permit' as const, provision: null }
    )
)
const terms: fc.Arbitrary<Terms> = fc.record({
  recipient: fc.constantFrom('demo-insurer', 'demo-research'),
  purpose: fc.constantFrom('HPAYMT', 'HOPERAT', 'HRESCH'),
  at: fc.constantFrom('2024-05-06T00:00:00.000Z', '2026-03-10T23:30:00.000Z'),
  parties: fc.constant(new Set(['demo-insurer', 'demo-research', 'demo-hospital']))
})
const records = fc.uniqueArray(record, { minLength: 1, maxLength: 6, selector: ({ identity }) => `${identity.type}/${identity.id}` })

describe('properties of consent', () => {
  it('a rule more never lets a record more leave, and the order of rules does not matter', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), rule, terms, records, (rules, more, asked, held) => {
        const before = keptBackBy(rules, asked, held, [])
        const after = keptBackBy([...rules, more], asked, held, [])
        for (const place of before) expect(after.has(place)).to.equal(true)
        expect([...keptBackBy([more, ...rules].reverse(), asked, held, [])].sort()).to.deep.equal([...after].sort())
      }),
      { numRuns: 500 }
    )
  })

  it('in a Consent an exception that denies, added right under the root, never lets a record more leave', () => {
    fc.assert(
      fc.property(base, provision, provision, terms, records, (policy, root, more, asked, held) => {
        const nested = Array.isArray(root['provision']) ? root['provision'] : []
        const { provision: _, ...own } = more
        const wider = compileConsent(consentOf(policy, root))
        const narrower = compileConsent(consentOf(policy, { ...root, provision: [...nested, { ...own, type: 'deny' }] }))
        const before = keptBackBy(wider === null ? [] : [wider], asked, held, [])
        const after = keptBackBy(narrower === null ? [] : [narrower], asked, held, [])
        for (const place of before) expect(after.has(place)).to.equal(true)
      }),
      { numRuns: 500 }
    )
  })

  it('whatever stands in a Consent, it is read: no value of it ends in an error', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('status', 'scope', 'policyRule', 'provision', 'patient', 'x'), fc.jsonValue()),
        (members) => {
          const compiled = compileConsent({ status: 'active', ...members, resourceType: 'Consent' } as Resource)
          expect(compiled === null || compiled.kind === 'consent').to.equal(true)
        }
      )
    )
  })
})
