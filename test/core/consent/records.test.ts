/** Which records of a patient stay back for a no to some of them: what was paid out of pocket and all that tells of it, and what a provider did in any role. */
import { expect } from 'chai'
import { type Held, keptBackBy, rolesOf } from '../../../gateway/core/consent/records.ts'
import { EVERYTHING, type Rule, type Terms } from '../../../gateway/core/consent/rule.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'

const terms: Terms = { recipient: 'plan', purpose: 'HPAYMT', at: '2026-01-02T00:00:00Z', parties: new Set(['plan']) }

function to(reference: string): { reference: string } {
  return { reference }
}

/** 'Encounter/9' with these members. */
function held(name: string, members: object = {}): Held {
  const [type = '', id = ''] = name.split('/')
  return { identity: { party: 'p', base: '', type, id }, resource: { resourceType: type, id, ...members } as Resource }
}

function backOf(rule: Rule, records: readonly Held[], roles = new Map<string, ReadonlySet<string>>()): string[] {
  const back = keptBackBy([rule], terms, records, [], roles)
  return records.flatMap(({ identity: { type, id } }, n) => (back.has(n) ? [`${type}/${id}`] : []))
}

const paid = (...items: string[]): Rule => ({ kind: 'self-pay', recipient: 'plan', items })
const visit = to('Encounter/9')
const other = to('Encounter/20')

describe('core/consent/records: 45 CFR 164.522(a)(1)(vi), PHI that pertains to what was paid for', () => {
  const people = [held('Patient/1'), held('Coverage/1'), held('EpisodeOfCare/1'), held('RelatedPerson/1')]

  it('what the visit refers to stays back with it, though it names no encounter: diagnoses, results, procedures of a claim, entries of a summary', () => {
    const back = backOf(paid('Encounter/9'), [
      ...people,
      held('Encounter/9', { diagnosis: [{ condition: to('Condition/c') }], episodeOfCare: [to('EpisodeOfCare/1')] }),
      held('Condition/c'),
      held('DiagnosticReport/d', { encounter: visit, result: [to('Observation/panel')] }),
      held('Observation/panel', { hasMember: [to('Observation/part')] }),
      held('Observation/part'),
      held('Claim/k', {
        insurance: [{ coverage: to('Coverage/1') }],
        diagnosis: [{ diagnosisReference: to('Condition/k') }],
        procedure: [{ procedureReference: to('Procedure/k') }],
        item: [{ encounter: [visit] }]
      }),
      held('Condition/k'),
      held('Procedure/k'),
      held('Composition/s', { encounter: visit, section: [{ entry: [to('AllergyIntolerance/a')] }] }),
      held('AllergyIntolerance/a'),
      held('Observation/free')
    ])
    expect(back).to.deep.equal(
      'Encounter/9 Condition/c DiagnosticReport/d Observation/panel Observation/part Claim/k Condition/k Procedure/k Composition/s AllergyIntolerance/a'.split(
        ' '
      )
    )
  })

  it('a diagnosis that another visit shares stays back; that visit, its records and its claim leave', () => {
    const shared = { diagnosis: [{ condition: to('Condition/chronic') }] }
    for (const home of [{}, { encounter: visit }]) {
      const back = backOf(paid('Encounter/9'), [
        ...people,
        held('Encounter/9', shared),
        held('Condition/chronic', home),
        held('Encounter/20', shared),
        held('Observation/20', { encounter: other }),
        held('Claim/20', { diagnosis: [{ diagnosisReference: to('Condition/chronic') }], item: [{ encounter: [other] }] })
      ])
      expect(back, JSON.stringify(home)).to.deep.equal(['Encounter/9', 'Condition/chronic'])
    }
  })

  it('a claim of no visit that bills a diagnosis made in the one paid for tells of it', () => {
    const claim = held('Claim/k', { diagnosis: [{ diagnosisReference: to('Condition/c') }] })
    expect(backOf(paid('Encounter/9'), [held('Condition/c', { encounter: visit }), claim])).to.deep.equal(['Condition/c', 'Claim/k'])
  })

  it('a plan or a summary of years that mentions the visit stays back, and what else it lists leaves', () => {
    const back = backOf(paid('Encounter/9'), [
      held('Encounter/9'),
      held('Composition/years', { section: [{ entry: [visit, other, to('Observation/20')] }] }),
      held('CarePlan/years', { supportingInfo: [visit], addresses: [to('Condition/old')] }),
      held('Encounter/20'),
      held('Observation/20', { encounter: other }),
      held('Condition/old', { encounter: other })
    ])
    expect(back).to.deep.equal(['Encounter/9', 'Composition/years', 'CarePlan/years'])
  })

  it('a claim that is named keeps back the visit it bills, and what that refers to', () => {
    const back = backOf(paid('Claim/7'), [
      held('Claim/7', { item: [{ encounter: [visit] }] }),
      held('Encounter/9', { diagnosis: [{ condition: to('Condition/c') }], partOf: other }),
      held('Condition/c'),
      held('Encounter/20')
    ])
    expect(back).to.deep.equal(['Claim/7', 'Encounter/9', 'Condition/c'])
  })

  for (const [how, named, more] of [
    ['its business identifier', { identifier: { system: 'urn:visit', value: 'V9' } }, {}],
    ['a query by it', to('Encounter?identifier=urn:visit|V9'), {}],
    ['a part of it', to('Encounter/9#part'), {}],
    ['a form of it', to('Encounter/9?_format=json'), {}],
    [
      'what it contains of it',
      to('#v'),
      { contained: [{ resourceType: 'Encounter', id: 'v', identifier: [{ system: 'urn:visit', value: 'V9' }] }] }
    ]
  ] as const)
    it(`a claim that names the visit by ${how} stays back with it; one of another visit leaves`, () => {
      const records = [
        held('Encounter/9', { identifier: [{ system: 'urn:visit', value: 'V9' }] }),
        held('Claim/1', { ...more, item: [{ encounter: [named] }] }),
        held('Claim/2', { item: [{ encounter: [{ identifier: { system: 'urn:visit', value: 'V20' } }] }] })
      ]
      expect(backOf(paid('Encounter/9'), records)).to.deep.equal(['Encounter/9', 'Claim/1'])
    })

  it('bills of no visit that are of the account of the visit paid for stay back; those of another visit leave', () => {
    const account = to('Account/a')
    const records = [
      held('Encounter/9', { account: [account] }),
      held('ChargeItem/1', { account: [account] }),
      held('Invoice/1', { account }),
      held('ChargeItem/2', { account: [account], context: other }),
      held('Account/a')
    ]
    expect(backOf(paid('Encounter/9'), records)).to.deep.equal(['Encounter/9', 'ChargeItem/1', 'Invoice/1'])
  })

  it('two thousand records in one chain, and as many that all refer to each other, are read in time', function () {
    this.timeout(5000)
    const chain = Array.from({ length: 2000 }, (_, n) => held(`Observation/${n}`, { hasMember: [to(`Observation/${n + 1}`)] }))
    expect(backOf(paid('Observation/0'), chain).length).to.equal(2000)
    const all = Array.from({ length: 300 }, (_, n) => to(`Observation/${n}`))
    expect(
      backOf(
        paid('Observation/0'),
        all.map((_, n) => held(`Observation/${n}`, { hasMember: all }))
      ).length
    ).to.equal(300)
  })
})

describe('core/consent/records: a no to a provider', () => {
  const rule: Rule = { ...EVERYTHING, provider: 'Practitioner/7' }
  const records = [
    held('Observation/own', { performer: [to('PractitionerRole/5')] }),
    held('Observation/others', { performer: [to('PractitionerRole/6')] }),
    held('Observation/free', { performer: [to('Practitioner/8')] }),
    held('Encounter/9', { participant: [{ individual: to('PractitionerRole/5') }] }),
    held('Condition/during', { encounter: visit })
  ]
  const roles = rolesOf(
    [
      held('PractitionerRole/5', { practitioner: to('Practitioner/7'), organization: to('Organization/3') }),
      held('PractitionerRole/6', { practitioner: to('Practitioner/8') })
    ],
    []
  )

  it('reaches what the provider did in a role, and what happened in the encounters of it', () => {
    expect(backOf(rule, records, roles)).to.deep.equal(['Observation/own', 'Encounter/9', 'Condition/during'])
    expect(backOf({ ...EVERYTHING, provider: 'Organization/3' }, records, roles)).to.deep.equal([
      'Observation/own',
      'Encounter/9',
      'Condition/during'
    ])
  })

  it('a role of which nothing is known may be the provider: what it did stays back', () => {
    expect(backOf(rule, records)).to.deep.equal(['Observation/own', 'Observation/others', 'Encounter/9', 'Condition/during'])
    expect(backOf({ ...EVERYTHING, provider: 'PractitionerRole/6' }, records), 'a no to one role').to.deep.equal(['Observation/others'])
  })

  it('a provider named by an identifier alone, or contained, may be that provider: what it did stays back', () => {
    const own = [
      held('Observation/1', { performer: [{ identifier: { value: 'N-1' } }] }),
      held('Observation/2', { contained: [{ resourceType: 'Practitioner', id: 'x' }], performer: [to('#x')] }),
      held('Observation/3', { performer: [to('Practitioner/2')], device: { identifier: { value: 'D' }, type: 'Device' } })
    ]
    expect(backOf(rule, own)).to.deep.equal(['Observation/1', 'Observation/2'])
  })

  it('a role of another server is not the one of the same id: it is not known', () => {
    const elsewhere = held('Observation/else', { performer: [to('https://other.example/fhir/PractitionerRole/6')] })
    expect(backOf(rule, [elsewhere], roles)).to.deep.equal(['Observation/else'])
  })

  it('a Consent: a denial of a provider reaches a role in doubt, a permission does not', () => {
    const provision = {
      understood: 'yes',
      period: null,
      recipients: null,
      purposes: null,
      types: null,
      codes: null,
      labels: null,
      data: null,
      dataPeriod: null
    } as const
    const providers = ['Practitioner/7']
    const denies: Rule = { kind: 'consent', otherwise: 'permit', provision: { ...provision, type: 'deny', providers, nested: [] } }
    expect(backOf(denies, records)).to.include('Observation/own')
    const only: Rule = {
      kind: 'consent',
      otherwise: 'permit',
      provision: { ...provision, type: 'deny', providers: null, nested: [{ ...provision, type: 'permit', providers, nested: [] }] }
    }
    expect(backOf(only, records)).to.include('Observation/own')
    expect(backOf(only, records, roles)).not.to.include('Observation/own')
  })
})
