import { expect } from 'chai'
import fc from 'fast-check'
import { createCoarsener } from '../../gateway/core/deidentify/coarsen.ts'
import { compileProfile, type Engine } from '../../gateway/core/deidentify/compile.ts'
import type { Profile } from '../../gateway/core/deidentify/profile.ts'
import { canonicalJson, type Json } from '../../gateway/core/digest.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { TYPES } from '../../gateway/core/fhir/types.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { drawn } from '../support/arbitrary/draw.ts'
import { metIn } from '../support/arbitrary/plant.ts'
import { type Made, makeResource, makeSubject } from '../support/arbitrary/resource.ts'
import { r4Faults } from '../support/r4-faults.ts'
import { recordProfiles, releaseAs, SURROGATE } from '../support/release.ts'

const ALL = [...TYPES.values()].filter((type) => type.kind === 'resource').map((type) => type.name)
/** Subjects made for each type: every run draws others, so that what a run does not meet, the next may. */
const RUNS = { numRuns: 6 }
/** Days, months and times; a year alone may stay (45 CFR 164.514(b)(2)(i)(C)). */
const FINER_THAN_A_YEAR = /\d{4}-\d{2}|\d\d:\d\d/
/** Where what was planted may leave. */
const ALLOWED: Readonly<Record<string, ReadonlySet<string>>> = {
  'safe-harbor': new Set(),
  // 45 CFR 164.514(e)(2)(ii): town or city, State, and zip code
  'limited-data-set': new Set(['Address.city', 'Address.state', 'Address.postalCode']),
  'expert-determination': new Set()
}

/** The property for subjects with a record of each type, frozen: who writes to one throws. */
function forEachType(types: readonly string[], property: (made: Made, type: string) => void): void {
  for (const type of types) {
    const subjects = drawn((draw) => makeSubject(draw, type, ALL))
    fc.assert(
      fc.property(subjects, (made) => property({ ...made, records: made.records.map(frozen) }, type)),
      RUNS
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

/** Ids and surrogates by the order in which they are first met: equal texts are equal graphs. */
function renamed(value: Json): string {
  const names = new Map<string, string>([[SURROGATE, SURROGATE]])
  const name = (id: string): string => {
    const found = names.get(id) ?? `#${names.size}`
    names.set(id, found)
    return found
  }
  return canonicalJson(value).replaceAll(/[0-9a-f]{32}|(?<="#?)c\d+(?=")/g, name)
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
})

for (const profile of recordProfiles()) {
  describe(`properties of de-identification: ${profile.name}`, () => {
    const engine = compileProfile(profile, null)
    const types = Object.keys(profile.resources)

    it('every record is released or withheld with a reason, and nothing given is changed', () => {
      forEachType(ALL, ({ records }) => {
        const { released: out, withheld } = releaseAs(engine, records)
        expect(out.length + withheld.length).to.equal(records.length)
      })
    })

    it('valid R4 in is valid R4 out, at both levels', () => {
      forEachType(types, ({ records }) => {
        for (const resource of released(engine, records)) {
          expect(r4Faults(resource)).to.deep.equal([])
          expect(r4Faults(JSON.parse(createCoarsener(engine, resource.resourceType)(JSON.stringify(resource))))).to.deep.equal([])
        }
      })
    })

    it('no identifier of the input, of three characters or more, is in the output or in the risk class', () => {
      const allowed = ALLOWED[profile.mode] ?? new Set()
      forEachType(types, ({ records, planted }) => {
        const { released: out, classes } = releaseAs(engine, records)
        const text = JSON.stringify([out.map((row) => row.resource), profile.mode === 'safe-harbor' ? classes : []])
        expect(metIn(text, planted, (place) => allowed.has(place))).to.deep.equal([])
      })
    })

    it('the order of records does not matter', () => {
      forEachType(types, ({ records }) => {
        const forth = releaseAs(engine, records).released.map((row) => row.resource)
        const back = releaseAs(engine, [...records].reverse()).released.map((row) => row.resource)
        expect(canonicalJson(back.reverse())).to.equal(canonicalJson(forth))
      })
    })

    describeMode(profile, engine, types)
  })
}

function describeMode(profile: Profile, engine: Engine, types: readonly string[]): void {
  if (profile.mode === 'safe-harbor')
    it('Safe Harbor (C): nothing finer than a year is in the output', () => {
      forEachType(types, ({ records }) => {
        expect(JSON.stringify(released(engine, records))).not.to.match(FINER_THAN_A_YEAR)
      })
    })

  it('de-identified twice is de-identified once', () => {
    const plain = compileProfile({ ...profile, derived: [] }, null)
    forEachType(types, ({ records }) => {
      const once = released(plain, records)
      // without the Patient ages are judged anew, and more strictly
      fc.pre(once.some((record) => record.resourceType === 'Patient'))
      expect(renamed(released(plain, once, SURROGATE))).to.equal(renamed(once))
    })
  })
}
