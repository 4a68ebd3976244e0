/** Consents and records that are written otherwise than each other: whatever a denial may mean it reaches, and a permission reaches only what it says. */
import { expect } from 'chai'
import { compileConsent } from '../../../gateway/core/consent/compile.ts'
import { keptBackBy } from '../../../gateway/core/consent/records.ts'
import type { Terms } from '../../../gateway/core/consent/rule.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'

const OWN = ['https://own.example/fhir']
const TERMS: Terms = {
  recipient: 'demo-insurer',
  purpose: 'HPAYMT',
  at: '2026-03-10T12:00:00.000Z',
  parties: new Set(['demo-insurer', 'demo-research', 'demo-hospital'])
}
const V3 = 'http://terminology.hl7.org/CodeSystem/'
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const role = { coding: [{ system: `${V3}v3-ParticipationType`, code: 'IRCP' }] }

/** Does a record of these members leave? */
function fate(provision: object, members: object = {}, type = 'Condition'): 'leaves' | 'stays' {
  const rule = compileConsent(
    {
      resourceType: 'Consent',
      status: 'active',
      scope: { coding: [{ system: `${V3}consentscope`, code: 'patient-privacy' }] },
      policyRule: { coding: [{ system: `${V3}v3-ActCode`, code: 'OPTIN' }] },
      provision
    } as unknown as Resource,
    OWN
  )
  const record = {
    identity: { party: 'demo-hospital', base: '', type, id: 'x' },
    resource: { resourceType: type, id: 'x', ...members } as unknown as Resource
  }
  return rule !== null && keptBackBy([rule], TERMS, [record], OWN).size > 0 ? 'stays' : 'leaves'
}

const to = (reference: object, more: object = {}): object[] => [{ role, reference, ...more }]
const coded = (...coding: object[]): object => ({ code: { coding } })
const denies = (system: string, code: string): object => ({ type: 'deny', code: [{ coding: [{ system, code }] }] })
const label = (system: string | undefined, code: string): object => ({
  meta: { security: [{ ...(system === undefined ? {} : { system }), code }] }
})
const labelled = (type: string, system: string, code: string): object => ({ type, securityLabel: [{ system: `${V3}${system}`, code }] })
const in2020 = { type: 'deny', dataPeriod: { start: '2020-02-01', end: '2020-11-30' } }
const modifier = { modifierExtension: [{ url: 'https://t.example/except', valueBoolean: true }] }

function table(rows: readonly (readonly [string, 'leaves' | 'stays', object, object?, string?])[]): void {
  for (const [what, is, provision, members, type] of rows) it(`${what}: ${is}`, () => expect(fate(provision, members, type)).to.equal(is))
}

describe('core/consent: actors and data', () => {
  const research = { reference: 'Organization/demo-research' }
  const insurer = { reference: 'Organization/demo-insurer' }
  table([
    ['a permission to this recipient', 'leaves', { type: 'permit', actor: to(insurer) }],
    ['under an own base', 'leaves', { type: 'permit', actor: to({ reference: 'https://own.example/fhir/Organization/demo-insurer' }) }],
    [
      'under another server’s base',
      'stays',
      { type: 'permit', actor: to({ reference: 'https://other.example/fhir/Organization/demo-insurer' }) }
    ],
    ['of a device of that id', 'stays', { type: 'permit', actor: to({ reference: 'Device/demo-insurer' }) }],
    ['of what is said to be another type', 'stays', { type: 'permit', actor: to({ ...insurer, type: 'Device' }) }],
    [
      'by an identifier of any system',
      'stays',
      { type: 'permit', actor: to({ identifier: { system: 'urn:any', value: 'demo-insurer' } }) }
    ],
    ['with a modifier on the actor (R4 2.4.1.1)', 'stays', { type: 'permit', actor: to(insurer, modifier) }],
    ['with a member nobody knows', 'stays', { type: 'permit', actor: to(insurer, { unless: true }) }],
    ['a denial to another', 'leaves', { type: 'deny', actor: to(research) }],
    [
      'a denial to another, known by a number, too',
      'leaves',
      { type: 'deny', actor: to({ ...research, identifier: { value: '1234567893' } }) }
    ],
    ['a denial with a modifier on the actor', 'stays', { type: 'deny', actor: to(research, modifier) }],
    [
      'a denial whose identifier names this one',
      'stays',
      { type: 'deny', actor: to({ ...research, identifier: { value: 'demo-insurer' } }) }
    ],
    ['whose reference does', 'stays', { type: 'deny', actor: to({ ...insurer, identifier: { value: 'demo-research' } }) }],
    ['a denial by an identifier alone', 'stays', { type: 'deny', actor: to({ identifier: { value: 'demo-research' } }) }],
    [
      'a denial to another server’s organization of that id',
      'stays',
      { type: 'deny', actor: to({ reference: 'https://other.example/Organization/demo-research' }) }
    ],
    ['a denial of another record', 'leaves', { type: 'deny', data: [{ meaning: 'instance', reference: { reference: 'Condition/y' } }] }],
    [
      'with a modifier on the data',
      'stays',
      { type: 'deny', data: [{ meaning: 'instance', reference: { reference: 'Condition/y' }, ...modifier }] }
    ],
    ['by a query', 'stays', { type: 'deny', data: [{ meaning: 'instance', reference: { reference: 'Condition?identifier=y' } }] }],
    [
      'of this one under an own base',
      'stays',
      { type: 'deny', data: [{ meaning: 'instance', reference: { reference: 'https://own.example/fhir/Condition/x' } }] }
    ]
  ])
})

describe('core/consent: codes and labels, however they are written', () => {
  const alcohol = denies(ICD, 'F10.20')
  table([
    ['the code', 'stays', alcohol, coded({ system: ICD, code: 'F10.20' })],
    ['the system by its OID', 'stays', alcohol, coded({ system: 'urn:oid:2.16.840.1.113883.6.90', code: 'F10.20' })],
    ['the system with a version, in the Consent', 'stays', denies(`${ICD}|2024`, 'F10.20'), coded({ system: ICD, code: 'F10.20' })],
    ['without a system', 'stays', alcohol, coded({ code: 'F10.20' })],
    ['without the dot', 'stays', alcohol, coded({ system: ICD, code: 'F1020' })],
    ['of the block that is denied', 'stays', denies(ICD, 'F10'), coded({ system: ICD, code: 'F10.20' })],
    ['as WHO’s', 'stays', denies(ICD, 'F10'), coded({ system: 'http://hl7.org/fhir/sid/icd-10', code: 'F10.2' })],
    ['wider than the denial', 'leaves', alcohol, coded({ system: ICD, code: 'F10' })],
    ['another code', 'leaves', alcohol, coded({ system: ICD, code: 'E11.9' })],
    ['of another system', 'leaves', denies('http://loinc.org', '1-8'), coded({ system: 'http://snomed.info/sct', code: '1-8' })],
    ['LOINC without a system', 'stays', denies('http://loinc.org', '1-8'), coded({ code: '1-8' })],
    ['LOINC goes by whole codes', 'leaves', denies('http://loinc.org', '1-8'), coded({ system: 'http://loinc.org', code: '11-8' })],
    [
      'a permission of a block permits no code of it',
      'stays',
      { ...denies(ICD, 'F10'), type: 'permit' },
      coded({ system: ICD, code: 'F10.20' })
    ],
    ['nor one without a system', 'stays', { ...alcohol, type: 'permit' }, coded({ code: 'F10.20' })],
    [
      'a permission of the code',
      'leaves',
      { ...alcohol, type: 'permit' },
      coded({ system: 'urn:oid:2.16.840.1.113883.6.90', code: 'F1020' })
    ],
    ['a label with a version', 'stays', labelled('deny', 'v3-Confidentiality', 'R'), label(`${V3}v3-Confidentiality|2.0.0`, 'V')],
    ['a label without a system', 'stays', labelled('deny', 'v3-Confidentiality', 'R'), label(undefined, 'v')],
    ['a label of less', 'leaves', labelled('deny', 'v3-Confidentiality', 'R'), label(`${V3}v3-Confidentiality`, 'N')],
    ['a law by name: what it is about', 'stays', labelled('deny', 'v3-ActCode', '42CFRPart2'), coded({ system: ICD, code: 'F10.20' })],
    ['and nothing else', 'leaves', labelled('deny', 'v3-ActCode', '42CFRPart2'), coded({ system: ICD, code: 'E11.9' })],
    ['a permission of what is normal', 'leaves', labelled('permit', 'v3-Confidentiality', 'N'), label(`${V3}v3-Confidentiality`, 'N')],
    [
      'of one that is very restricted, with something normal in it',
      'stays',
      labelled('permit', 'v3-Confidentiality', 'N'),
      { ...label(`${V3}v3-Confidentiality`, 'V'), contained: [{ resourceType: 'Condition', ...label(`${V3}v3-Confidentiality`, 'N') }] }
    ]
  ])
})

describe('core/consent: a denial of days reaches whatever tells of them', () => {
  table([
    ['a period that ends in it', 'stays', in2020, { effectivePeriod: { start: '2019-12-01', end: '2020-02-10' } }, 'Observation'],
    ['one that goes on', 'stays', in2020, { period: { start: '2019-01-01' } }, 'Encounter'],
    ['a service within a claim of later', 'stays', in2020, { created: '2021-02-01', item: [{ servicedDate: '2020-05-01' }] }, 'Claim'],
    [
      'a date in an extension',
      'stays',
      in2020,
      { recordedDate: '2021-02-01', extension: [{ url: 'https://t.example', valueDateTime: '2020-05-01' }] }
    ],
    ['around it', 'stays', in2020, { onsetDateTime: '2019-01-01', abatementDateTime: '2022-01-01' }],
    ['a month of it', 'stays', in2020, { recordedDate: '2020-11' }],
    ['no day at all', 'stays', in2020, {}],
    ['before it', 'leaves', in2020, { effectivePeriod: { start: '2019-01-01', end: '2019-02-01' } }, 'Observation'],
    [
      'before it, and copied in it',
      'leaves',
      in2020,
      { meta: { lastUpdated: '2020-05-01T00:00:00Z' }, effectiveDateTime: '2019-01-01' },
      'Observation'
    ],
    [
      'a code that reads as a year',
      'leaves',
      in2020,
      { effectiveDateTime: '2019-01-01', ...coded({ system: 'http://loinc.org', code: '2020' }) },
      'Observation'
    ],
    [
      'a permission of the days asks for those it is placed by',
      'leaves',
      { ...in2020, type: 'permit' },
      {
        onsetDateTime: '2020-05-01',
        abatementDateTime: '2020-06-01',
        extension: [{ url: 'https://t.example', valueDateTime: '2021-05-01' }]
      }
    ]
  ])
})
