/** What a privacy officer signs says what the engine does: every place it tells of is fed to the engine. */
import { expect } from 'chai'
import { compileProfile, type Engine } from '../../../../gateway/core/deidentify/compile/compile.ts'
import { type Explanation, explainProfile } from '../../../../gateway/core/deidentify/explain/explain.ts'
import { LIMITED_DATA_SET, SAFE_HARBOR } from '../../../../gateway/core/deidentify/explain/identifiers.ts'
import type { Spot } from '../../../../gateway/core/deidentify/explain/places.ts'
import { isRecordProfile } from '../../../../gateway/core/deidentify/profile/profile.ts'
import type { Json } from '../../../../gateway/core/digest.ts'
import type { Resource } from '../../../../gateway/core/fhir/resource.ts'
import { TYPES } from '../../../../gateway/core/fhir/types.ts'
import { recordProfiles, releaseAs } from '../../../support/release.ts'

const MARK = 'Zqxv77'
/** What stands in a place for a text, and how it would show. */
const PLANTED: ReadonlyMap<string, readonly [value: Json, shows: RegExp]> = new Map<string, readonly [Json, RegExp]>([
  ['date', ['1987-06-05', /1987|198[56]-/]],
  ['dateTime', ['1987-06-05T04:03:21Z', /1987|04:03|198[56]-/]],
  ['instant', ['1987-06-05T04:03:21Z', /1987|04:03|198[56]-/]],
  ['time', ['04:03:21', /04:03/]],
  ['decimal', [770.25, /\b770/]],
  ['integer', [770077, /\b770077\b/]],
  ['positiveInt', [770077, /\b770077\b/]],
  ['unsignedInt', [770077, /\b770077\b/]]
])
const TEXT: readonly [Json, RegExp] = [MARK, new RegExp(MARK)]

function planted(type: string): readonly [value: Json, shows: RegExp] {
  return PLANTED.get(type) ?? TEXT
}

/** A record with one value at that place, and nothing else. */
function recordAt({ path, type }: Spot): Resource {
  const [root = '', ...names] = path.split('.')
  const record: Resource = { resourceType: root, id: root === 'Patient' ? 'p1' : 'x1' }
  return names[0] === 'id' ? { ...record, id: MARK } : { ...record, ...membersAt(root, names, planted(type)[0]) }
}

function membersAt(type: string, [name = '', ...rest]: readonly string[], value: Json): { [key: string]: Json } {
  const element = TYPES.get(type)?.elements.get(name)
  const inner = rest.length === 0 ? value : membersAt(element?.types[0] ?? '', rest, value)
  return { [name]: element?.list === true ? [inner] : inner }
}

const DAY = /1987-06/
const FINER_THAN_A_YEAR = /1987-06|04:03/
/** What is done, and what must not show where it is done. */
const HIDDEN_BY: ReadonlyMap<Spot['deed'], RegExp | 'all'> = new Map<Spot['deed'], RegExp | 'all'>([
  ['remove', 'all'],
  ['mask', 'all'],
  ['withheld', 'all'],
  ['forbidden', 'all'],
  ['substitute', 'all'],
  ['surrogate', 'all'],
  ['reference', 'all'],
  ['id', 'all'],
  ['year', FINER_THAN_A_YEAR],
  ['birth-year', FINER_THAN_A_YEAR],
  ['shift', DAY],
  ['birth-shift', DAY]
])

function expectDone(engine: Engine, spot: Spot): void {
  const [, shows] = planted(spot.type)
  const hides = HIDDEN_BY.get(spot.deed)
  const { text, withheld } = outcomes(engine, spot)
  const told = `${spot.path}: ${spot.deed}`
  if (hides !== undefined) expect((hides === 'all' ? shows : hides).test(text), told).to.equal(false)
  if (spot.deed === 'withheld' || spot.deed === 'forbidden') expect(withheld, told).to.equal(1)
  else if (spot.deed === 'keep' || spot.deed === 'year') expect(shows.test(text), told).to.equal(true)
}

function outcomes(engine: Engine, spot: Spot): { readonly text: string; readonly withheld: number } {
  const { released, withheld } = releaseAs(engine, [recordAt(spot)], { patient: spot.path === 'Patient.id' ? MARK : 'p1' })
  return { text: JSON.stringify(released.map(({ resource }) => resource)), withheld: withheld.length }
}

for (const profile of recordProfiles().filter(isRecordProfile)) {
  describe(`profile explain ${profile.name}`, () => {
    const engine = compileProfile(profile, null)
    let explained: Explanation
    before(() => {
      explained = explainProfile(engine)
    })

    it('is the same, word for word, each time', () => {
      expect(JSON.stringify(explainProfile(compileProfile(profile, null)))).to.equal(JSON.stringify(explained))
    })

    const rows = profile.mode === 'limited-data-set' ? LIMITED_DATA_SET : SAFE_HARBOR
    it(`has a row for each of the ${rows.length} identifiers, and FHIR has a place for each`, () => {
      expect(explained.identifiers.map(({ letter }) => letter)).to.deep.equal(rows.map(({ letter }) => letter))
      for (const { letter, places, stands } of explained.identifiers) {
        expect(places, letter).not.to.have.length(0)
        for (const name of stands) expect(isKnown(name), name).to.equal(true)
      }
    })

    for (const { letter, law } of rows)
      it(`45 CFR ${profile.mode === 'limited-data-set' ? '164.514(e)(2)' : '164.514(b)(2)(i)'}${letter} ${law}: at every place the engine does what the table says`, function () {
        this.timeout(60_000)
        const { places } = explained.identifiers.find((one) => one.letter === letter) ?? { places: [] }
        for (const { spots } of places) for (const spot of spots) expectDone(engine, spot)
      })

    it('the page says the mode, dates, ages, places, ids, text, codes and small groups, and what the mode asks for besides', () => {
      const besides = { 'safe-harbor': [], 'limited-data-set': ['Data use agreement'], 'expert-determination': ['Certificate'] }[
        profile.mode
      ]
      expect(explained.page.map(({ heading }) => heading)).to.deep.equal([
        'Mode',
        'What leaves',
        'Dates',
        'Ages',
        'Places',
        'Ids',
        'Free text',
        'Codes',
        'Small groups',
        ...besides
      ])
      for (const { sentences } of explained.page) expect(sentences).not.to.have.length(0)
    })
  })
}

it('the table is made from what runs: a name that a profile lets out is said to be let out', () => {
  const [profile] = recordProfiles().filter(isRecordProfile)
  if (profile === undefined) throw new Error('no profile ships')
  const rule = { verb: 'code', pattern: '[A-Za-z0-9]{1,20}', because: 'For the test.', source: 'the test' } as const
  const patient = profile.resources['Patient']
  if (patient === undefined) throw new Error('no Patient leaves')
  const loose = {
    ...profile,
    elements: {
      ...profile.elements,
      'Patient.name': { ...rule, verb: 'by-element', elements: ['family'] } as const,
      'HumanName.family': rule
    },
    resources: { ...profile.resources, Patient: { ...patient, keep: [...patient.keep, 'name'] } }
  }
  const engine = compileProfile(loose, null)
  expect(outcomes(engine, { path: 'Patient.name.family', type: 'string', deed: 'code', rule }).text).to.contain(MARK)
  const { done } = explainProfile(engine).identifiers[0] ?? { done: '' }
  expect(done).to.contain('kept where it has the form the profile gives at Patient.name.family')
})

/** A datatype, an element of one, or an element of a resource. */
function isKnown(name: string): boolean {
  const [root = '', ...names] = name.split('.')
  let type: string | undefined = root
  if (name === 'Resource.id') return true
  for (const one of names) type = TYPES.get(type ?? '')?.elements.get(one)?.types[0]
  return type !== undefined && TYPES.has(type)
}
