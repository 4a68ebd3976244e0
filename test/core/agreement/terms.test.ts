/** What narrows an agreement beyond elements and dates: value sets, phases, rosters, limits, evidence; and the decision on one record with its rules. */
import { expect } from 'chai'
import { isActive } from '../../../gateway/core/agreement/decide.ts'
import { agreementFaults } from '../../../gateway/core/agreement/faults.ts'
import { countsSince, passedLimit } from '../../../gateway/core/agreement/limits.ts'
import { termsAt } from '../../../gateway/core/agreement/phases.ts'
import { decideRecord } from '../../../gateway/core/agreement/record-decision.ts'
import { inScope } from '../../../gateway/core/agreement/scope.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'
import { agreementWith, hashed, shippedAround } from '../../support/policies.ts'

const SCT = 'http://snomed.info/sct'
const FILTER: NonNullable<Agreement['codeFilters']> = {
  Condition: {
    code: { in: [{ system: SCT, codes: ['44054006'] }] },
    clinicalStatus: { in: [{ system: 'https://s.example', codes: ['active'] }] }
  }
}
const around = shippedAround()

function condition(codes: readonly (readonly [string | null, string])[], status = 'active'): Resource {
  return {
    resourceType: 'Condition',
    clinicalStatus: { coding: [{ system: 'https://s.example', code: status }] },
    code: { coding: codes.map(([system, code]) => (system === null ? { code } : { system, code })) }
  }
}

describe('core/agreement: value sets', () => {
  const reader = inScope(agreementWith({ codeFilters: FILTER }))

  for (const [says, record, expected] of [
    [
      'one of several codes is enough',
      condition([
        [SCT, '1'],
        [SCT, '44054006']
      ]),
      null
    ],
    ['a system is the same however it is spelt', condition([['https://snomed.info/sct/731000124108/version/20240301', '44054006']]), null],
    ['the OID of a system is a name of it', condition([['urn:oid:2.16.840.1.113883.6.96', '44054006']]), null],
    ['the same code of another system is another code', condition([['https://other.example', '44054006']]), 'code-not-agreed'],
    ['a code whose system is not said is no code of a value set', condition([[null, '44054006']]), 'code-not-agreed'],
    ['every element that is named must have one', condition([[SCT, '44054006']], 'resolved'), 'code-not-agreed'],
    ['a record without the element stays in', { resourceType: 'Condition' }, 'code-not-agreed'],
    ['a type without a filter is not asked', { resourceType: 'Patient' }, null]
  ] as readonly (readonly [string, Resource, string | null])[]) {
    it(says, () => {
      expect(reader(record)).to.equal(expected)
    })
  }

  for (const [says, codeFilters, path] of [
    ['a filter on a type that stays in', { FamilyMemberHistory: FILTER['Condition'] }, '/codeFilters/FamilyMemberHistory'],
    [
      'a filter on an element that holds no code',
      { Condition: { onsetDateTime: { in: [{ system: SCT, codes: ['1'] }] } } },
      '/codeFilters/Condition/onsetDateTime'
    ],
    [
      'a filter on an element that does not exist',
      { Condition: { cod: { in: [{ system: SCT, codes: ['1'] }] } } },
      '/codeFilters/Condition/cod'
    ]
  ] as const) {
    it(`${says} is a fault`, () => {
      const agreement = agreementWith({ codeFilters: codeFilters as unknown as NonNullable<Agreement['codeFilters']> })
      expect(agreementFaults(agreement, around).map((fault) => fault.path)).to.include(path)
    })
  }
})

describe('core/agreement: phases', () => {
  const phased = agreementWith({
    phases: [
      { name: 'first', from: '2030-01-01', to: '2031-01-01', resources: { Patient: ['gender'] } },
      { name: 'second', from: '2031-01-01', to: '2032-01-01', k: 9, categories: { granted: ['hiv'] } }
    ]
  })

  for (const [at, phase, k, types] of [
    ['2029-12-31T23:59:59.999Z', null, 3, 26],
    ['2030-01-01T00:00:00Z', 'first', 3, 1],
    ['2030-12-31T23:59:59Z', 'first', 3, 1],
    ['2031-01-01T00:00:00Z', 'second', 9, 26],
    ['2032-01-01T00:00:00Z', null, 3, 26]
  ] as const) {
    it(`${at} is in ${phase ?? 'no phase'}: days begin at 00:00 UTC`, () => {
      const terms = termsAt(phased, at)
      expect([terms.phase, terms.agreement.k, Object.keys(terms.agreement.resources).length]).to.deep.equal([phase, k, types])
    })
  }

  const span = { name: 'first', from: '2030-01-01', to: '2031-01-01' }
  for (const [says, phases, path] of [
    ['that overlap', [span, { ...span, name: 'second', from: '2030-12-31' }], '/phases/1'],
    ['of one name', [span, { ...span, from: '2031-01-01', to: '2032-01-01' }], '/phases/1/name'],
    ['that end before they begin', [{ ...span, to: '2029-01-01' }], '/phases/0/to'],
    ['outside the days of the agreement', [{ ...span, to: '2050-01-01' }], '/phases/0'],
    ['on days that do not exist', [{ ...span, from: '2030-02-30' }], '/phases/0/from'],
    ['that could not be enforced', [{ ...span, resources: { Patient: ['surname'] } }], '/phases/0/resources/Patient/0'],
    [
      'with a window that ends before it begins',
      [{ ...span, dateWindow: { from: '2020-01-02', to: '2020-01-01' } }],
      '/phases/0/dateWindow/to'
    ]
  ] as const) {
    it(`phases ${says} are a fault`, () => {
      const agreement = agreementWith({ phases: phases as unknown as NonNullable<Agreement['phases']> })
      expect(agreementFaults(agreement, around).map((fault) => fault.path)).to.include(path)
    })
  }

  it('a phase without a fault is none', () => {
    expect(agreementFaults(phased, around)).to.deep.equal([])
  })
})

describe('core/agreement: the decision on a record', () => {
  const entry = hashed(
    agreementWith({
      dateWindow: { from: '2020-01-01', to: null },
      codeFilters: { Condition: { code: { in: [{ system: SCT, codes: ['44054006'] }] } } },
      phases: [{ name: 'later', from: '2030-01-01', to: '2031-01-01', dateWindow: { from: '2025-01-01', to: null } }]
    })
  )
  const NOW = '2026-05-01T00:00:00Z'
  const agreed = { ...condition([[SCT, '44054006']]), onsetDateTime: '2024-01-01' }

  it('a permit names every rule that let it through, and the policy', () => {
    const decision = decideRecord(entry, NOW)(agreed)
    const rules = ['resources/Condition', 'dateWindow', 'categories', 'codeFilters'].map((rule) => `demo-safe-harbor@1/${rule}`)
    expect(decision).to.deep.equal({ verdict: 'permit', granted: 'Condition', rules, policies: [entry.hash] })
  })

  for (const [record, code, rule, at] of [
    [{ resourceType: 'FamilyMemberHistory' }, 'type-not-agreed', 'resources', NOW],
    [{ ...agreed, onsetDateTime: undefined, abatementDateTime: '2019-01-01' }, 'outside-date-window', 'dateWindow', NOW],
    [{ ...agreed, abatementDateTime: '2024-06-01' }, 'outside-date-window', 'phases/later/dateWindow', '2030-06-01T00:00:00Z'],
    [{ ...agreed, code: { coding: [] } }, 'code-not-agreed', 'codeFilters', NOW],
    [{ ...agreed, category: [{ coding: [{ system: SCT, code: '86406008' }] }] }, 'category-hiv', 'categories', NOW]
  ] as readonly (readonly [Resource, string, string, string])[]) {
    it(`${code}: the denial names ${rule}`, () => {
      const decision = decideRecord(entry, at)(record)
      expect(decision).to.deep.equal({ verdict: 'deny', reasons: [{ code, rule: `demo-safe-harbor@1/${rule}` }], policies: [entry.hash] })
    })
  }

  it('an error while deciding denies', () => {
    const broken = Object.defineProperty({ resourceType: 'Condition' }, 'code', {
      enumerable: true,
      get: () => {
        throw new Error('broken')
      }
    }) as unknown as Resource
    expect(decideRecord(entry, NOW)(broken)).to.include({ verdict: 'deny' })
  })
})

describe('core/agreement: limits and evidence', () => {
  const none = { datasets: 0, subjects: 0, records: 0 }

  it('what would go beyond a limit is told, what just reaches it is not', () => {
    const limits = { period: 'P1Y', datasets: 2, records: 10 }
    expect(passedLimit(limits, none, { datasets: 1, subjects: 99, records: 10 })).to.equal(null)
    expect(passedLimit(limits, none, { datasets: 1, subjects: 99, records: 11 })).to.equal('records')
    expect(passedLimit(limits, { ...none, datasets: 2 }, { datasets: 1, subjects: 1, records: 1 })).to.equal('datasets')
  })

  it('a period of months goes back by the calendar, at the end of one in doubt further', () => {
    expect(countsSince({ period: 'P1M' }, new Date('2026-03-31T12:00:00Z')).toISOString()).to.equal('2026-02-28T12:00:00.000Z')
    expect(countsSince({ period: 'P1DT1H' }, new Date('2026-03-01T00:30:00Z')).toISOString()).to.equal('2026-02-27T23:30:00.000Z')
  })

  it('a limit over no time is a fault', () => {
    const faults = agreementFaults(agreementWith({ limits: { period: 'P0D', datasets: 1 } }), around)
    expect(faults.map(({ path }) => path)).to.deep.equal(['/limits/period'])
  })

  it('outside the days of its evidence an agreement is not in force', () => {
    const evidence: NonNullable<Agreement['evidence']> = [
      { kind: 'baa', id: 'Test BAA 1', digest: `sha256:${'0'.repeat(64)}`, date: '2026-01-01', expires: '2027-01-01' }
    ]
    const entry = hashed(agreementWith({ evidence }))
    expect(['2025-12-31', '2026-01-01', '2026-12-31', '2027-01-01'].map((day) => isActive(entry, `${day}T12:00:00Z`))).to.deep.equal([
      'agreement-expired',
      null,
      null,
      'agreement-expired'
    ])
  })
})

describe('core/agreement: indicators', () => {
  const indicator = {
    name: 'a1c-control',
    about: 'quality',
    measure: 'Patients whose last A1C is above 9 % over patients with diabetes.',
    baseline: { value: 30, unit: '%' },
    target: { value: 20, unit: '%' },
    period: { from: '2026-01-01', to: '2027-01-01' },
    owner: 'Example Medical Director, Demo Hospital',
    paymentClause: 'Clause 4: a bonus when the target is met.'
  } as const
  const cost = { ...indicator, name: 'cost-per-patient', about: 'cost' } as const

  const faultsOf = (...indicators: [typeof indicator | typeof cost | object, ...object[]]): string[] =>
    agreementFaults(agreementWith({ indicators: indicators as unknown as NonNullable<Agreement['indicators']> }), around).map(
      ({ path }) => path
    )

  it('one of quality stands alone, one of cost only beside it', () => {
    expect(faultsOf(indicator)).to.deep.equal([])
    expect(faultsOf(cost)).to.deep.equal(['/indicators/0'])
    expect(faultsOf(cost, indicator)).to.deep.equal([])
  })

  it('one of quality counts for cost only where their periods overlap; periods that touch do not', () => {
    const later = { ...indicator, period: { from: '2027-01-01', to: '2028-01-01' } }
    expect(faultsOf(cost, later)).to.deep.equal(['/indicators/0'])
    expect(faultsOf(cost, { ...later, period: { from: '2026-12-31', to: '2028-01-01' } })).to.deep.equal([])
  })

  it('whatever tells money is of cost, however it is called, and one of quality that does is none', () => {
    const dollars = { baseline: { value: 900, unit: 'USD per patient' }, target: { value: 800, unit: 'USD per patient' } }
    expect(faultsOf({ ...indicator, about: 'use', ...dollars })).to.deep.equal(['/indicators/0'])
    expect(faultsOf({ ...indicator, ...dollars })).to.deep.equal(['/indicators/0'])
    expect(faultsOf({ ...indicator, about: 'use', ...dollars }, { ...indicator, name: 'other' })).to.deep.equal([])
    const centimetres = { baseline: { value: 9, unit: 'centimetres' }, target: { value: 8, unit: 'centimetres' } }
    expect(faultsOf({ ...indicator, about: 'use', ...centimetres })).to.deep.equal([])
  })

  it('what is spent may be held where it is', () => {
    expect(faultsOf({ ...cost, target: cost.baseline }, indicator)).to.deep.equal([])
  })

  for (const [says, changes, path] of [
    ['a part that says nothing', { owner: '   ' }, '/indicators/0/owner'],
    ['a target in another unit', { target: { value: 20, unit: 'days' } }, '/indicators/0/target/unit'],
    ['a target that is the baseline', { target: { value: 30, unit: '%' } }, '/indicators/0/target/value'],
    ['a period that ends before it begins', { period: { from: '2026-01-01', to: '2026-01-01' } }, '/indicators/0/period/to']
  ] as const) {
    it(`${says} is refused`, () => {
      expect(faultsOf({ ...indicator, ...changes })).to.deep.equal([path])
    })
  }
})
