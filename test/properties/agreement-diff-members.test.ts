/**
 * What diff says of the members that are no element, date or code: roster, senders, mode, sealed form, release window, thresholds of groups, quality. Held against what each
 * lets through, for every patient, sender, group and submission of a small world.
 */
import { expect } from 'chai'
import fc from 'fast-check'
import { diff } from '../../gateway/core/agreement/diff.ts'
import { nextRelease } from '../../gateway/core/agreement/window.ts'
import { type Figures, gravest, shortfalls } from '../../gateway/core/quality/figures.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'
import { agreementWith } from '../support/policies.ts'

const MODEL = agreementWith({ belowK: ['suppress'], suppressionLimit: 0.1 })
type Risk = NonNullable<Agreement['risk']>

const share = fc.constantFrom(0, 0.25, 0.5, 1)
const below = fc.constantFrom('warn', 'hold', 'refuse')
const drawn = fc.record(
  {
    roster: fc.constantFrom({ group: 'a' }, { group: 'b' }, { submitted: 'a' }),
    senders: fc.uniqueArray(fc.constantFrom('sender-one', 'sender-two'), { minLength: 1 }),
    mode: fc.constantFrom('safe-harbor', 'limited-data-set', 'expert-determination', 'aggregate-only'),
    sealedForm: fc.constantFrom('c2sp', 'cms', 'transport-only'),
    releaseWindow: fc.constantFrom('P1Y', 'P12M', 'P365D', 'P1M', 'P30D', 'P31D', 'PT0S').map((every) => ({ every, attestation: null })),
    suppressionLimit: share,
    risk: fc.record(
      { l: fc.constantFrom(2, 3), entropyL: fc.constantFrom(1.5, 2), t: share, maxProsecutorRisk: share },
      { requiredKeys: [] }
    ),
    quality: fc.record({ validity: fc.record({ min: share, below }), duplicates: fc.record({ max: share, below }) }, { requiredKeys: [] })
  },
  { requiredKeys: [] }
) as unknown as fc.Arbitrary<Partial<Agreement>>

/** Half of the pairs differ in one member, and some lose one. */
const pair = fc
  .tuple(drawn, drawn, fc.option(fc.nat(), { nil: null }), fc.boolean())
  .map(([one, other, chosen, loses]): readonly [Agreement, Agreement] => {
    const before = { ...MODEL, ...one }
    const names = Object.keys(loses ? one : other) as (keyof Agreement)[]
    const name = chosen === null ? undefined : names[chosen % names.length]
    if (name === undefined) return [before, { ...before, ...other }]
    const { [name]: _, ...rest } = { ...before }
    return [before, loses ? ({ ...MODEL, ...rest } as Agreement) : { ...before, [name]: other[name] }]
  })

const MEMBERS: Readonly<Record<string, readonly string[]>> = { 'group a': ['p1', 'p2'], 'group b': ['p2', 'p3'], 'submitted a': ['p1'] }
/** What of dates a mode lets out; what one has, another has not. */
const OF_MODE: { readonly [mode in Agreement['mode']]: readonly string[] } = {
  'safe-harbor': ['year'],
  'limited-data-set': ['year', 'day'],
  'expert-determination': ['shifted day'],
  'aggregate-only': []
}
const GROUPS = [1, 2, 3].flatMap((l) => [0, 0.3, 0.6, 1].map((far) => ({ l, entropyL: l * 0.8, t: far, risk: far })))
const FIGURES = [0, 0.3, 0.6, 1].flatMap((validity) =>
  [0, 0.3, 0.6, 1].map(
    (duplicates): Figures => ({
      received: 10,
      validity,
      completeness: {},
      timeliness: { median: null, p95: null, events: 0 },
      duplicates,
      references: null,
      plausibility: null,
      implausible: {}
    })
  )
)
const LAST = ['2030-01-31T00:00:00Z', '2031-02-28T12:00:00Z', '2032-02-29T23:00:00Z']

function isInGroup({ l = 0, entropyL = 0, t = 1, maxProsecutorRisk = 1 }: Risk, group: (typeof GROUPS)[number]): boolean {
  return group.l >= l && group.entropyL >= entropyL && group.t <= t && group.risk <= maxProsecutorRisk
}

/** Everything that is let through, each by a name: what is in the second and not in the first is more. */
function through({ roster, senders, mode, sealedForm, suppressionLimit, risk, quality }: Agreement): Set<string> {
  const [kind, group] = Object.entries(roster ?? {})[0] ?? []
  const listed = kind === undefined ? ['p1', 'p2', 'p3', 'p4'] : (MEMBERS[`${kind} ${group}`] ?? [])
  const reaches = OF_MODE[mode].flatMap((what) => listed.map((patient) => `${what} of ${patient}`))
  const alike = GROUPS.flatMap((one, n) => (isInGroup(risk ?? {}, one) ? [`group ${n}`] : []))
  const sent = FIGURES.flatMap((figures, n) => {
    const word = gravest(shortfalls(figures, quality))
    return word === 'hold' || word === 'refuse' ? [] : [`submission ${n}`]
  })
  const left = [0, 0.2, 0.4, 0.8].filter((share) => share <= suppressionLimit).map((share) => `dataset without ${share}`)
  const readable = sealedForm === 'transport-only' ? ['read without a key'] : []
  return new Set([...reaches, ...(senders ?? []).map((id) => `sent by ${id}`), ...alike, ...sent, ...left, ...readable])
}

function isMore(before: Agreement, after: Agreement): boolean {
  const was = through(before)
  const sooner = LAST.some((last) => Date.parse(nextRelease(after, last, last)) < Date.parse(nextRelease(before, last, last)))
  return sooner || [...through(after)].some((what) => !was.has(what))
}

describe('properties: agreement diff, the other members', () => {
  it('where more is let through by any of them, diff said widens', () => {
    const seen = { more: 0, notWider: 0 }
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const isWider = diff(before, after).direction === 'widens'
        const more = isMore(before, after)
        seen.more += Number(more)
        seen.notWider += Number(!isWider)
        return isWider || !more
      }),
      { numRuns: 5_000 }
    )
    // the property says nothing unless both happen
    expect(Math.min(seen.more, seen.notWider)).to.be.greaterThan(500)
  })
})
