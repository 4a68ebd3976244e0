/** What diff says of two agreements, held against what the engine lets leave under each: for any record, on any day. */
import { expect } from 'chai'
import fc from 'fast-check'
import { isActive } from '../../gateway/core/agreement/decide.ts'
import { diff } from '../../gateway/core/agreement/diff.ts'
import { termsAt } from '../../gateway/core/agreement/phases.ts'
import { inScope } from '../../gateway/core/agreement/scope.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { elementAllowed } from '../../gateway/core/minimum-necessary/elements.ts'
import { gate } from '../../gateway/core/risk/release/gate.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'
import { agreementWith, DATA_USE, hashed } from '../support/policies.ts'

const MODEL = agreementWith({ belowK: ['suppress'], suppressionLimit: 1 })
const CODES = ['F10.20', 'B20', 'I10', 'E11.9']
const SYSTEM = 'http://hl7.org/fhir/sid/icd-10-cm'
const TYPES = ['Condition', 'Encounter', 'Patient'] as const
const PATHS = ['status', 'code', 'code.coding', 'code.coding.system', 'subject', 'period', 'period.start', 'period.end']

const day = fc.integer({ min: 0, max: 11 }).map((n) => `2030-${String(n + 1).padStart(2, '0')}-01`)
const dayOrOpen = fc.option(day, { nil: null })
const window = fc.record({ from: dayOrOpen, to: dayOrOpen })
const resources = fc.dictionary(fc.constantFrom(...TYPES), fc.uniqueArray(fc.constantFrom(...PATHS), { minLength: 1, maxLength: 4 }), {
  minKeys: 1
})
const categories = fc.record({ granted: fc.subarray(['substance-use', 'hiv'] as const) }) as fc.Arbitrary<
  NonNullable<Agreement['categories']>
>
const codeFilters = fc
  .subarray(CODES, { minLength: 1 })
  .map((codes) => ({ Condition: { code: { in: [{ system: SYSTEM, codes }] } } })) as unknown as fc.Arbitrary<
  NonNullable<Agreement['codeFilters']>
>
const limits = fc.record({ period: fc.constantFrom('P1Y', 'P1M', 'P30D'), records: fc.integer({ min: 1, max: 3 }) })

const terms = { resources, dateWindow: window, categories, codeFilters, k: fc.integer({ min: 1, max: 4 }), limits }
const phase = fc.record({ name: fc.constantFrom('one', 'two'), from: day, to: day, ...terms }, { requiredKeys: ['name', 'from', 'to'] })
const evidence = fc.record({
  kind: fc.constant('baa'),
  id: fc.constantFrom('Test BAA 1', 'Test BAA 2'),
  digest: fc.constant(`sha256:${'0'.repeat(64)}`),
  date: day,
  expires: dayOrOpen
})

/** Those two agreements are often alike is what makes the answer anything but 'widens'. */
const changes = fc.record(
  {
    ...terms,
    effective: day,
    expires: day,
    phases: fc.array(phase, { minLength: 1, maxLength: 2 }),
    evidence: fc.array(evidence, { minLength: 1, maxLength: 2 }),
    dataUseAgreement: fc.record({ date: day, expires: day }).map((days) => ({ ...DATA_USE, ...days })),
    version: fc.integer({ min: 1, max: 3 }),
    legalReference: fc.constantFrom('One contract', 'Another contract')
  },
  { requiredKeys: [] }
) as unknown as fc.Arbitrary<Partial<Agreement>>

/** Two that differ in many members say little: half of the pairs differ in one. */
const pair = fc
  .tuple(fc.oneof(fc.constant({}), changes), changes, fc.option(fc.nat(), { nil: null }))
  .map(([one, other, chosen]): readonly [Agreement, Agreement] => {
    const before = { ...MODEL, effective: '2030-01-01', expires: '2031-01-01', ...one }
    const names = Object.keys(other) as (keyof Agreement)[]
    const name = chosen === null ? undefined : names[chosen % names.length]
    return [before, { ...before, ...(name === undefined ? other : { [name]: other[name] }) }]
  })

/** Every type with every code and a few days: a pair is held against all of them, on the first and last moment of every month. */
const RECORDS: readonly Resource[] = TYPES.flatMap((resourceType) =>
  CODES.flatMap((code) =>
    [null, '2030-03-01', '2030-08-31'].map((start) => ({
      resourceType,
      code: { coding: [{ system: SYSTEM, code }] },
      ...(start && (resourceType === 'Encounter' ? { period: { start } } : { onsetDateTime: start }))
    }))
  )
)
const MOMENTS = Array.from({ length: 12 }, (_, n) => `2030-${String(n + 1).padStart(2, '0')}-01`).flatMap((date) => [
  `${date}T00:00:00Z`,
  `${date}T23:59:59Z`
])

interface Leaves {
  readonly elements: readonly string[]
  readonly now: Agreement
}

/** What of a record leaves at the moment: the elements, and under which k and limits; null where it stays in. */
function leavesAt(agreement: Agreement, at: string): (resource: Resource) => Leaves | null {
  if (isActive(hashed(agreement), at) !== null) return () => null
  const { agreement: now } = termsAt(agreement, at)
  const scope = inScope(now)
  const reach = elementAllowed(now.resources)
  const elements = new Map(TYPES.map((type) => [type as string, PATHS.filter((path) => reach(type, path) === 'all')]))
  return (resource) => (scope(resource) === null ? { elements: elements.get(resource.resourceType) ?? [], now } : null)
}

function isMore(before: Leaves | null, after: Leaves | null): boolean {
  if (after === null) return false
  if (before === null) return true
  const unlimited = Number.POSITIVE_INFINITY
  return (
    after.elements.some((path) => !before.elements.includes(path)) ||
    after.now.k < before.now.k ||
    (after.now.limits?.records ?? unlimited) > (before.now.limits?.records ?? unlimited)
  )
}

interface Person {
  readonly full: string
  readonly coarse: string
  readonly listed: boolean
}

const people = fc.array(
  fc.record<Person>({ full: fc.constantFrom('a', 'b', 'c'), coarse: fc.constantFrom('d', 'e'), listed: fc.boolean() }),
  {
    minLength: 2,
    maxLength: 9
  }
)
const rules = fc.record({
  k: fc.integer({ min: 1, max: 4 }),
  belowK: fc.constantFrom(['suppress'], ['generalize', 'suppress'], ['suppress', 'refuse']),
  suppressionLimit: fc.constantFrom(0.25, 0.5, 1)
}) as unknown as fc.Arbitrary<Pick<Agreement, 'k' | 'belowK' | 'suppressionLimit'>>
const changedRules = fc.constantFrom('k', 'belowK', 'suppressionLimit', 'all')

/** Places of those the gate lets out of a dataset under the agreement, without an officer. */
function leaving(all: readonly Person[], { k, belowK, suppressionLimit, roster }: Agreement): number[] {
  const there = [...all.entries()].filter(([, { listed }]) => roster === undefined || listed)
  const classes = there.map(([, { full, coarse }]) => [`${full} ${coarse}`, coarse] as const)
  const { levels, verdict } = gate({ classes, earlier: [new Map(), new Map()], known: null, k, belowK, suppressionLimit })
  return verdict === 'release' ? there.filter((_, n) => (levels[n] ?? 2) < 2).map(([n]) => n) : []
}

describe('properties: agreement diff', () => {
  it('where more of any record leaves at any moment, diff said widens', () => {
    const seen = { more: 0, notWider: 0 }
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const isWider = diff(before, after).direction === 'widens'
        const more = MOMENTS.some((at) => {
          const [was, is] = [leavesAt(before, at), leavesAt(after, at)]
          return RECORDS.some((resource) => isMore(was(resource), is(resource)))
        })
        if (more) seen.more += 1
        if (!isWider) seen.notWider += 1
        return isWider || !more
      }),
      { numRuns: 1_500 }
    )
    // the property says nothing unless both happen
    expect(Math.min(seen.more, seen.notWider)).to.be.greaterThan(100)
  })

  it('where the gate lets out a patient it left out before, by other numbers or without others, diff said widens', () => {
    const seen = { more: 0, notWider: 0 }
    fc.assert(
      fc.property(people, rules, rules, fc.boolean(), changedRules, (all, one, other, listed, which) => {
        const before: Agreement = { ...MODEL, ...one }
        const numbers = which === 'all' ? other : { [which]: other[which] }
        const after: Agreement = { ...before, ...numbers, ...(listed ? { roster: { group: 'members' } } : {}) }
        const was = leaving(all, before)
        const more = leaving(all, after).some((n) => !was.includes(n))
        const isWider = diff(before, after).direction === 'widens'
        seen.more += Number(more)
        seen.notWider += Number(!isWider)
        return isWider || !more
      }),
      { numRuns: 20_000 }
    )
    expect(Math.min(seen.more, seen.notWider)).to.be.greaterThan(500)
  })

  it('what one way widens does not only narrow the other way, and the same is neither', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const [there, back] = [diff(before, after), diff(after, before)]
        return diff(before, before).direction === 'neither' && (there.direction !== 'narrows' || back.direction === 'widens')
      }),
      { numRuns: 5_000 }
    )
  })
})
