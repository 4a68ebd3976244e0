/** Who is on a roster: by a Coverage among the records, and by the Group that came with a submission. In doubt nobody is. */
import { expect } from 'chai'
import { covering, membersNamed } from '../../../gateway/core/agreement/roster.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'

describe('core/agreement: roster by coverage', () => {
  const coverage: Resource = {
    resourceType: 'Coverage',
    status: 'active',
    type: { coding: [{ system: 'https://t.example', code: 'HMO' }] },
    payor: [{ reference: 'Organization/demo-insurer' }],
    period: { start: '2026-01-01', end: '2026-06-30' }
  }
  const rule = { payor: 'Organization/demo-insurer' }

  for (const [says, changes, day, expected] of [
    ['its first day', {}, '2026-01-01', true],
    ['the day before', {}, '2025-12-31', false],
    ['its last day', {}, '2026-06-30', true],
    ['the day after', {}, '2026-07-01', false],
    ['a month it ends in, in doubt not', { period: { start: '2026-01-01', end: '2026-06' } }, '2026-06-15', false],
    ['a year it begins in, in doubt not', { period: { start: '2026' } }, '2026-06-15', false],
    ['no end', { period: { start: '2026-01-01' } }, '2050-01-01', true],
    ['a cancelled one', { status: 'cancelled' }, '2026-02-01', false],
    ['another payor', { payor: [{ reference: 'Organization/other' }] }, '2026-02-01', false],
    ['a record that is no Coverage', { resourceType: 'Patient' }, '2026-02-01', false]
  ] as const) {
    it(`${says}: ${expected ? 'on it' : 'not on it'}`, () => {
      expect(covering(rule, day)({ ...coverage, ...changes } as unknown as Resource)).to.equal(expected)
    })
  }

  it('where types are asked for, one of them must be said', () => {
    const types: [{ system: string; codes: [string] }] = [{ system: 'https://t.example', codes: ['PPO'] }]
    expect(covering({ ...rule, types }, '2026-02-01')(coverage)).to.equal(false)
    expect(covering({ ...rule, types: [{ ...types[0], codes: ['HMO'] }] }, '2026-02-01')(coverage)).to.equal(true)
  })
})

describe('core/agreement: a Group that came with a submission', () => {
  const member = { entity: { reference: 'Patient/1' } }
  const group: Resource = { resourceType: 'Group', type: 'person', actual: true, member: [member] }
  const named = (changes: object): readonly string[] =>
    membersNamed({ ...group, ...changes } as unknown as Resource, '2026-06-15', ['https://own.example/fhir']).map(
      ({ base, id }) => `${base}${id}`
    )
  const members = (...changes: readonly object[]) => ({ member: changes.map((change) => ({ ...member, ...change })) })
  const by = (reference: string) => members({ entity: { reference } })

  for (const [says, changes, expected] of [
    ['a member', {}, ['1']],
    ['under an own base', by('https://own.example/fhir/Patient/1'), ['1']],
    ['of another server: that one’s patient', by('https://other.example/Patient/1'), ['https://other.example1']],
    ['by a name of a Bundle', by('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'), []],
    ['contained', by('#1'), []],
    ['by a query', by('Patient?identifier=x|1'), []],
    ['by a business identifier alone', members({ entity: { identifier: { value: '1' } } }), []],
    ['a practitioner', by('Practitioner/1'), []],
    ['said to be another thing', members({ entity: { reference: 'Patient/1', type: 'Device' } }), []],
    ['inactive', members({ inactive: true }), []],
    ['inactive, in words', members({ inactive: 'false' }), []],
    ['with a period that is over', members({ period: { end: '2026-06-14' } }), []],
    ['on its last day', members({ period: { start: '2026-01-01', end: '2026-06-15' } }), ['1']],
    ['with a period to come', members({ period: { start: '2026-06-16' } }), []],
    ['with a month, in doubt not', members({ period: { end: '2026-06' } }), []],
    ['dropped (Da Vinci Member Attribution)', members({ extension: [{ url: 'https://x.example', valueCode: 'dropped' }] }), []],
    [
      'dropped, within another extension',
      members({ extension: [{ url: 'https://x.example', extension: [{ url: 'changeType', valueCode: 'Dropped' }] }] }),
      []
    ],
    ['changed, and there', members({ extension: [{ url: 'https://x.example', valueCode: 'changed' }] }), ['1']],
    ['with a modifier (R4 2.4.1.1)', members({ modifierExtension: [{ url: 'https://x.example', valueBoolean: true }] }), []],
    ['of which it is not said whether it is inactive', members({ _inactive: { extension: [] } }), []],
    ['one of two, the other with a modifier', members({ modifierExtension: [] }, { entity: { reference: 'Patient/2' } }), ['2']],
    ['a Group with a modifier', { modifierExtension: [{ url: 'https://x.example', valueBoolean: true }] }, []],
    ['a Group with rules of its own', { implicitRules: 'https://x.example' }, []],
    ['a Group that is active in words', { active: 'false' }, []],
    ['a Group that describes with a modifier', { characteristic: [{ code: {}, exclude: false, modifierExtension: [] }] }, []],
    ['one of two', members({ inactive: true }, { entity: { reference: 'Patient/2' } }), ['2']],
    ['a Group that is not active', { active: false }, []],
    ['a Group of no people', { type: 'animal' }, []],
    ['a Group that only describes', { actual: false }, []],
    ['a Group that excludes', { characteristic: [{ code: {}, valueBoolean: true, exclude: true }] }, []],
    ['a Group that describes, too', { characteristic: [{ code: {}, valueBoolean: true, exclude: false }] }, ['1']],
    ['a Group without members', { member: undefined }, []],
    ['members that are none', { member: [null, 1, 'Patient/1', [], {}] }, []],
    ['a List', { resourceType: 'List' }, []]
  ] as const)
    it(`${says}: ${expected.length === 0 ? 'nobody' : expected.join()}`, () => {
      expect(named(changes)).to.deep.equal(expected)
    })

  it('100,000 members are read in linear time', function () {
    this.timeout(5_000)
    const many = Array.from({ length: 100_000 }, (_, n) => ({
      entity: { reference: `Patient/${n}` },
      ...(n % 2 === 0 ? {} : { inactive: true })
    }))
    expect(named({ member: many })).to.have.length(50_000)
  })
})
