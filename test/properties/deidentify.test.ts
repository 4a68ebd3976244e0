import { expect } from 'chai'
import fc from 'fast-check'
import { createCoarsener } from '../../gateway/core/deidentify/coarsen.ts'
import { compileProfile, type Engine } from '../../gateway/core/deidentify/compile/compile.ts'
import type { RecordProfile, Rule, Verb } from '../../gateway/core/deidentify/profile/profile.ts'
import { canonicalJson, type Json } from '../../gateway/core/digest.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { TYPES } from '../../gateway/core/fhir/types.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { drawn } from '../support/arbitrary/draw.ts'
import { metIn } from '../support/arbitrary/plant.ts'
import { type Made, makeResource, makeSubject } from '../support/arbitrary/resource.ts'
import { r4Faults } from '../support/r4-faults.ts'
import { recordProfiles, releaseAs, SHIFT_DAYS, SURROGATE } from '../support/release.ts'

const ALL = [...TYPES.values()].filter((type) => type.kind === 'resource').map((type) => type.name)
/** Days, months and times; a year alone may stay (45 CFR 164.514(b)(2)(i)(C)). */
const FINER_THAN_A_YEAR = /\d{4}-\d{2}|\d\d:\d\d/
/** Where what was planted may leave. */
const ALLOWED: Readonly<Record<string, ReadonlySet<string>>> = {
  'safe-harbor': new Set(),
  // 45 CFR 164.514(e)(2)(ii): town or city, State, and zip code
  'limited-data-set': new Set(['Address.city', 'Address.state', 'Address.postalCode']),
  'expert-determination': new Set()
}

const STEADY: ReadonlyMap<Verb, Verb> = new Map<Verb, Verb>([
  ['shift', 'keep'],
  ['birth-shift', 'keep'],
  ['surrogate', 'remove'],
  ['perturb', 'keep']
])
/** Subjects are made for each type; every time others, so that what one run of the tests does not meet, the next may. */
interface Scope {
  readonly types: readonly string[]
  readonly numRuns: number
}

/** What only one mode promises. */
const MORE: ReadonlyMap<string, (engine: Engine, scope: Scope) => void> = new Map([
  ['safe-harbor', yearsOnly],
  ['expert-determination', intervalsKept]
])

function yearsOnly(engine: Engine, scope: Scope): void {
  it('Safe Harbor (C): nothing finer than a year is in the output', () => {
    forEachType(scope, ({ records }) => {
      expect(JSON.stringify(released(engine, records))).not.to.match(FINER_THAN_A_YEAR)
    })
  })
}

function intervalsKept(engine: Engine, scope: Scope): void {
  it('expert determination: every date of a subject is moved by the same number of days, so every interval stays to the second', () => {
    forEachType(scope, ({ records }) => {
      for (const { resource, index } of releaseAs(engine, records).released) {
        const source = fullDates(records[index] ?? resource).map(({ place, text }) => `${place} ${movedBack(text)}`)
        const dates = fullDates(resource)
        for (const { place, text } of dates) {
          if (isRaised(place, text, dates)) continue
          const at = source.indexOf(`${place} ${toTheSecond(text)}`)
          expect(at, `${place} ${text}`).to.be.at.least(0)
          source.splice(at, 1)
        }
      }
    })
  })
}

/** Every date with a day in it, and its place without the numbers of items. */
function fullDates(value: Json | undefined, place = ''): { place: string; text: string }[] {
  if (typeof value === 'string') return /^\d{4}-\d{2}-\d{2}/.test(value) ? [{ place, text: value }] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => fullDates(member, Array.isArray(value) ? place : `${place}.${name}`))
}

/** R4 per-1: an end that would seem to lie before its start is as late as that. */
function isRaised(place: string, text: string, dates: readonly { place: string; text: string }[]): boolean {
  if (!place.endsWith('.end')) return false
  const start = place.replace(/end$/, 'start')
  return dates.some((other) => other.place === start && other.text.startsWith(text.replace(/Z$/, '')))
}

function movedBack(text: string): string {
  // a leap second is none to Date
  const at = Date.parse(text.replace(/:60(?=[.Z+-])/, ':59'))
  if (Number.isNaN(at)) return 'no date'
  const moved = new Date(at - SHIFT_DAYS * 86_400_000).toISOString()
  if (text.length === 10) return moved.slice(0, 10)
  return `${moved.slice(0, 17)}${text.slice(17, 19)}Z`
}

/** The day and the time to the second, and its zone: UTC in what leaves. */
function toTheSecond(text: string): string {
  return text.replace(/\.\d+/, '')
}

/** The property for subjects with a record of each type, frozen: who writes to one throws. */
function forEachType({ types, numRuns }: Scope, property: (made: Made, type: string) => void): void {
  for (const type of types) {
    const subjects = drawn((draw) => makeSubject(draw, type, ALL))
    fc.assert(
      fc.property(subjects, (made) => property({ ...made, records: made.records.map(frozen) }, type)),
      { numRuns }
    )
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member)
    Object.freeze(value)
  }
  return value
}

function released(engine: Engine, records: readonly Resource[], patient = 'p1'): Resource[] {
  return releaseAs(engine, records, { patient }).released.map((row) => row.resource)
}

/** Surrogates by the order in which they are first met, names of contained resources by that within each record: equal texts are equal graphs. */
function renamed(records: readonly Json[]): string {
  const surrogates = new Map<string, string>([[SURROGATE, SURROGATE]])
  const texts = records.map((record) => {
    const contained = new Map<string, string>()
    const named = canonicalJson(record).replaceAll(/[0-9a-f]{32}/g, (id) => byOrder(surrogates, id))
    return named.replaceAll(/(?<="#?)c\d+(?=")/g, (id) => byOrder(contained, id))
  })
  return texts.join('\n')
}

function byOrder(names: Map<string, string>, id: string): string {
  const found = names.get(id) ?? `<${names.size}>`
  names.set(id, found)
  return found
}

describe('the generator of resources', () => {
  it('makes valid R4 of all 146 types', () => {
    expect(ALL).to.have.length(146)
    for (const type of ALL) {
      const resources = drawn((draw) => makeResource(draw, type).resource)
      fc.assert(
        fc.property(resources, (resource) => {
          expect(validateResource(resource), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
        }),
        { numRuns: 4 }
      )
    }
  })

  it('plants identifiers which the check meets when the input is given as the output', () => {
    let planted = 0
    let met = 0
    forEachType({ types: ALL, numRuns: 1 }, ({ records, planted: made }) => {
      planted += made.needles.size
      met += metIn(JSON.stringify(records), made, () => false).length
    })
    // what stands in base64 only is not met
    expect(met)
      .to.be.above(1000)
      .and.above(planted * 0.9)
  })
})

for (const profile of recordProfiles()) {
  describe(`properties of de-identification: ${profile.name}`, () => {
    const engine = compileProfile(profile, null)
    // overlays change a few rules of the profile below, which is tried the most
    const scope = { types: Object.keys(profile.resources), numRuns: profile.extends === undefined ? 4 : 2 }

    it('every record is released or withheld with a reason, and nothing given is changed', () => {
      forEachType({ types: ALL, numRuns: 1 }, ({ records }) => {
        const { released: out, withheld } = releaseAs(engine, records)
        expect(out.length + withheld.length).to.equal(records.length)
      })
    })

    it('valid R4 in is valid R4 out, at both levels', () => {
      forEachType(scope, ({ records }) => {
        for (const resource of released(engine, records)) {
          expect(r4Faults(resource)).to.deep.equal([])
          expect(r4Faults(JSON.parse(createCoarsener(engine, resource.resourceType)(JSON.stringify(resource))))).to.deep.equal([])
        }
      })
    })

    it('no identifier of the input, of three characters or more, is in the output or in the risk class', () => {
      const allowed = ALLOWED[profile.mode] ?? new Set()
      forEachType(scope, ({ records, planted }) => {
        const { released: out, classes } = releaseAs(engine, records)
        const text = JSON.stringify([out.map((row) => row.resource), profile.mode === 'safe-harbor' ? classes : []])
        expect(metIn(text, planted, (place) => allowed.has(place))).to.deep.equal([])
      })
    })

    it('the order of records does not matter', () => {
      forEachType(scope, ({ records }) => {
        const forth = releaseAs(engine, records).released.map((row) => row.resource)
        const back = releaseAs(engine, [...records].reverse()).released.map((row) => row.resource)
        expect(canonicalJson(back.reverse())).to.equal(canonicalJson(forth))
      })
    })

    it('de-identified twice is de-identified once, but for what shift, surrogate and perturb do: they move what they get', () => {
      const plain = compileProfile(steady(profile), null)
      forEachType(scope, ({ records }) => {
        const once = released(plain, records)
        // without the Patient ages are judged anew, and more strictly
        fc.pre(once.some((record) => record.resourceType === 'Patient'))
        expect(renamed(released(plain, once, SURROGATE))).to.equal(renamed(once))
      })
    })

    MORE.get(profile.mode)?.(engine, scope)
  })
}

/** Without what is meant to differ from time to time: shifted dates, surrogates, noise; and without derived fields, which only the first time has the days for. */
function steady(profile: RecordProfile): RecordProfile {
  const steadyRule = (rule: Rule): Rule => ({ ...rule, verb: STEADY.get(rule.verb) ?? rule.verb })
  const steadyRules = (rules: Readonly<Record<string, Rule>>): Record<string, Rule> =>
    Object.fromEntries(Object.entries(rules).map(([place, rule]) => [place, steadyRule(rule)]))
  return { ...profile, derived: [], datatypes: steadyRules(profile.datatypes), elements: steadyRules(profile.elements) }
}
