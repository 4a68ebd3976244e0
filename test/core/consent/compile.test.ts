/** FHIR R4 Consents as rules: what each says of a disclosure, and that what cannot be understood denies. */
import { expect } from 'chai'
import { compileConsent } from '../../../gateway/core/consent/compile.ts'
import { consentFor } from '../../../gateway/core/consent/consent.ts'
import { keptBackBy } from '../../../gateway/core/consent/records.ts'
import type { Terms } from '../../../gateway/core/consent/rule.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { filesOf, sharedData } from '../../support/shared-data.ts'

const TERMS: Terms = {
  recipient: 'demo-insurer',
  purpose: 'HPAYMT',
  at: '2026-03-10T12:00:00.000Z',
  parties: new Set(['demo-insurer', 'demo-research', 'demo-hospital'])
}
const V3 = 'http://terminology.hl7.org/CodeSystem/'

function concept(system: string, code: string): object {
  return { coding: [{ system: `${V3}${system}`, code }] }
}

function consent(provision: object | undefined, members: object = {}): Resource {
  return {
    resourceType: 'Consent',
    id: 'c1',
    status: 'active',
    scope: concept('consentscope', 'patient-privacy'),
    category: [concept('v3-ActCode', 'INFAO')],
    patient: { reference: 'Patient/1' },
    policyRule: concept('v3-ActCode', 'OPTIN'),
    ...(provision === undefined ? {} : { provision }),
    ...members
  } as Resource
}

function to(id: string): object {
  return { role: concept('v3-ParticipationType', 'IRCP'), reference: { reference: `Organization/${id}` } }
}

function purpose(code: string): object[] {
  return [{ system: `${V3}v3-ActReason`, code }]
}

const OBSERVATION = {
  resourceType: 'Observation',
  id: 'o',
  effectiveDateTime: '2024-05-06',
  code: { coding: [{ system: 'http://loinc.org', code: '1-8' }] },
  performer: [{ reference: 'Practitioner/7' }],
  encounter: { reference: 'Encounter/e' }
}
const CONDITION = {
  resourceType: 'Condition',
  id: 'k',
  meta: { security: [{ system: `${V3}v3-Confidentiality`, code: 'R' }] },
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20' }] }
}
const RECORDS = [OBSERVATION, CONDITION].map((resource) => ({
  identity: { party: 'demo-hospital', base: '', type: resource.resourceType, id: resource.id },
  resource: resource as unknown as Resource
}))

/** 'nothing', 'everything', or the ids of the records that stay back. */
function said(resource: Resource, terms: Partial<Terms> = {}): string {
  const rule = compileConsent(resource)
  if (rule === null) return 'nothing'
  const asked = { ...TERMS, ...terms }
  if (consentFor([rule], asked) !== 'some') return consentFor([rule], asked)
  const back = keptBackBy([rule], asked, RECORDS, [])
  return [...back].map((n) => RECORDS[n]?.resource.id ?? '').join() || 'nothing'
}

describe('core/consent/compile', () => {
  it('the policy rule holds where there is no provision: OPTIN permits, OPTOUT denies, anything else denies', () => {
    expect(said(consent(undefined))).to.equal('nothing')
    expect(said(consent(undefined, { policyRule: concept('v3-ActCode', 'OPTOUT') }))).to.equal('everything')
    expect(said(consent(undefined, { policyRule: { text: 'as discussed' } }))).to.equal('everything')
    expect(said(consent(undefined, { policyRule: undefined }))).to.equal('everything')
  })

  it('one that is not active counts not, whatever it says; a status that is none denies', () => {
    for (const status of ['draft', 'proposed', 'rejected', 'inactive', 'entered-in-error'])
      expect(compileConsent(consent({ type: 'deny' }, { status })), status).to.equal(null)
    expect(said(consent({ type: 'permit' }, { status: 'ended' }))).to.equal('everything')
  })

  it('patient privacy only: research, treatment and advance directives are not ours; without a scope it denies', () => {
    for (const code of ['research', 'treatment', 'adr'])
      expect(compileConsent(consent({ type: 'deny' }, { scope: concept('consentscope', code) })), code).to.equal(null)
    expect(said(consent({ type: 'permit' }, { scope: { text: 'privacy' } }))).to.equal('everything')
  })

  const deny = (conditions: object): Resource => consent({ type: 'deny', ...conditions })
  const permit = (conditions: object): Resource => consent({ type: 'permit', ...conditions })

  for (const [what, resource, is] of [
    ['deny without a condition', deny({}), 'everything'],
    ['permit without a condition', permit({}), 'nothing'],
    ['actor: a denial to this recipient', deny({ actor: [to('demo-insurer')] }), 'everything'],
    ['actor: a denial to another party', deny({ actor: [to('demo-research')] }), 'nothing'],
    ['actor: a denial to an organization nobody knows may mean this one', deny({ actor: [to('f001')] }), 'everything'],
    ['actor: a permission to another permits nothing here', permit({ actor: [to('demo-research')] }), 'everything'],
    ['actor: a permission to an organization nobody knows permits nothing', permit({ actor: [to('f001')] }), 'everything'],
    ['actor: a permission to this recipient', permit({ actor: [to('demo-insurer')] }), 'nothing'],
    [
      'actor: a role that is not known denies',
      deny({ actor: [{ role: { text: 'whoever' }, reference: { reference: 'Organization/demo-research' } }] }),
      'everything'
    ],
    ['purpose: a denial of the same', deny({ purpose: purpose('HPAYMT') }), 'everything'],
    ['purpose: a denial of all purposes', deny({ purpose: purpose('PurposeOfUse') }), 'everything'],
    ['purpose: a denial of a part of it', deny({ purpose: purpose('CLMATTCH') }), 'everything'],
    ['purpose: a denial of another', deny({ purpose: purpose('HRESCH') }), 'nothing'],
    ['purpose: a denial of one that is not known', deny({ purpose: [{ system: 'urn:own', code: 'billing' }] }), 'everything'],
    ['purpose: a permission for a part permits not the whole', permit({ purpose: purpose('CLMATTCH') }), 'everything'],
    ['period: a denial within it', deny({ period: { start: '2026', end: '2026-03' } }), 'everything'],
    ['period: a denial whose end has passed', deny({ period: { end: '2026-03-01' } }), 'nothing'],
    ['period: a permission whose end has passed counts not', permit({ period: { end: '2026-01-01' } }), 'nothing'],
    ['action: of correcting alone says nothing of disclosing', deny({ action: [concept('consentaction', 'correct')] }), 'nothing'],
    ['action: of access', deny({ action: [concept('consentaction', 'access')] }), 'everything'],
    ['class: a denial of a type', deny({ class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }] }), 'o'],
    [
      'class: a permission of a type and nothing else',
      permit({ class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }] }),
      'k'
    ],
    ['class: of another system denies', deny({ class: [{ system: 'urn:ietf:bcp:13', code: 'application/pdf' }] }), 'everything-as-records'],
    ['code: a denial', deny({ code: [{ coding: [{ system: 'http://loinc.org', code: '1-8' }] }] }), 'o'],
    ['code: only in words denies', deny({ code: [{ text: 'my blood' }] }), 'everything-as-records'],
    ['securityLabel: restricted', deny({ securityLabel: [{ system: `${V3}v3-Confidentiality`, code: 'R' }] }), 'k'],
    [
      'securityLabel: normal is all that is normal or more',
      deny({ securityLabel: [{ system: `${V3}v3-Confidentiality`, code: 'N' }] }),
      'o,k'
    ],
    [
      'securityLabel: HIV finds what its codes say, labelled or not',
      deny({ securityLabel: [{ system: `${V3}v3-ActCode`, code: 'HIV' }] }),
      'k'
    ],
    [
      'securityLabel: one that is not known denies',
      deny({ securityLabel: [{ system: `${V3}v3-ActCode`, code: 'XYZ' }] }),
      'everything-as-records'
    ],
    ['dataPeriod: a denial of the days; what has no day may be of them', deny({ dataPeriod: { start: '2024-05', end: '2024-05' } }), 'o,k'],
    ['dataPeriod: a permission of other days', permit({ dataPeriod: { start: '2020', end: '2021' } }), 'o,k'],
    ['data: all that has to do with it', deny({ data: [{ meaning: 'related', reference: { reference: 'Encounter/e' } }] }), 'o'],
    [
      'an author is a provider',
      deny({ actor: [{ role: concept('v3-ParticipationType', 'AUT'), reference: { reference: 'Practitioner/7' } }] }),
      'o'
    ],
    ['an exception to a denial', deny({ provision: [{ type: 'permit', purpose: purpose('HPAYMT') }] }), 'nothing'],
    ['an exception to another recipient', deny({ provision: [{ type: 'permit', actor: [to('demo-research')] }] }), 'everything'],
    ['an exception to a permission', permit({ provision: [{ type: 'deny', actor: [to('demo-insurer')] }] }), 'everything'],
    [
      'among exceptions a denial wins',
      deny({ provision: [{ type: 'permit' }, { type: 'deny', actor: [to('demo-insurer')] }] }),
      'everything'
    ],
    [
      'an exception of an exception takes it back',
      permit({ provision: [{ type: 'deny', provision: [{ type: 'permit', purpose: purpose('HPAYMT') }] }] }),
      'nothing'
    ],
    ['an exception that does not say which way it goes denies', permit({ provision: [{ purpose: purpose('HRESCH') }] }), 'everything'],
    ['a root without a type under a condition may be read either way', consent({ actor: [to('demo-research')] }), 'everything'],
    ['a root without a type has its exceptions', consent({ provision: [{ type: 'deny', purpose: purpose('HPAYMT') }] }), 'everything'],
    ['a member nobody knows denies', deny({ purpose: purpose('HRESCH'), unless: true }), 'everything'],
    ['a modifier denies', consent({ type: 'permit' }, { modifierExtension: [{ url: 'urn:x', valueBoolean: true }] }), 'everything'],
    ['a provision that is no object denies', consent([{ type: 'permit' }]), 'everything']
  ] as const)
    it(`${what}: ${is === 'everything-as-records' ? 'all records stay back' : is}`, () => {
      const found = said(resource)
      if (is === 'everything-as-records') expect(['everything', 'o,k']).to.include(found)
      else expect(found).to.equal(is)
    })

  it('a day more on either side of a denial, for it is another day elsewhere: dates have no zone', () => {
    const resource = deny({ period: { start: '2026-03-11', end: '2026-03-12' } })
    expect(['09', '10', '13', '14'].map((day) => said(resource, { at: `2026-03-${day}T12:00:00.000Z` }))).to.deep.equal([
      'nothing',
      'everything',
      'everything',
      'nothing'
    ])
  })

  it('deeper than eight exceptions it is not followed: it denies', () => {
    let provision: object = { type: 'permit' }
    for (let depth = 0; depth < 5000; depth += 1) provision = { type: depth % 2 === 0 ? 'deny' : 'permit', provision: [provision] }
    expect(said(consent({ ...provision, type: 'permit' }))).to.equal('everything')
  })

  it('the examples of HL7: none permits this disclosure but those that are past their period', function () {
    const [file] = filesOf(sharedData(this, 'fhir-r4-examples'), 'Consent.ndjson.gz')
    const examples = (file?.bytes.toString('utf8') ?? '').split('\n').filter((line) => line !== '')
    const found = examples.map((line) => JSON.parse(line) as Resource).map((resource) => [resource.id, said(resource)])
    const permitting = found.filter(([, is]) => is === 'nothing').map(([id]) => id)
    expect(examples.length).to.be.greaterThan(10)
    expect(permitting).to.deep.equal(['consent-example-basic', 'consent-example-notTime', 'consent-example-smartonfhir'])
  })
})
