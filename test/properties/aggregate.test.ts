/**
 * What a reader of an aggregate-only release could work out, by solving the equations of all published numbers: nothing about few patients. The
 * unknowns are the stays by year, sex and outcome; every published number is a sum of some of them.
 */
import { expect } from 'chai'
import fc from 'fast-check'
import { type Numbers, numbersIn } from '../../gateway/cli/deidentify/numbers.ts'
import { aggregate } from '../../gateway/core/aggregate/aggregate.ts'
import type { Told } from '../../gateway/core/aggregate/behind.ts'
import type { Contribution, IndexStay } from '../../gateway/core/aggregate/contribution.ts'
import type { AggregateProfile } from '../../gateway/generated/policy.ts'
import { greatest, isTold, kernelOf, times } from '../support/equations.ts'

const YEARS = ['2019', '2020', '2021']
const SEXES = ['female', 'male']
const FLOOR = 11
const GROUND = { because: 'for a test', source: 'test' }
const PROFILE: AggregateProfile = {
  name: 'test',
  version: 1,
  mode: 'aggregate-only',
  title: 'For a test',
  legalBasis: 'test',
  measures: [
    { name: 'readmission-30', ...GROUND },
    { name: 'length-of-stay', ...GROUND }
  ],
  strata: { year: GROUND, sex: GROUND },
  cells: { floor: FLOOR, complementary: true, ...GROUND }
}

/** One unknown: the stays of a year and sex with an outcome. */
interface Atom {
  readonly year: string
  readonly sex: string
  readonly readmitted: boolean
}

const ATOMS: readonly Atom[] = YEARS.flatMap((year) =>
  SEXES.flatMap((sex) => [true, false].map((readmitted) => ({ year, sex, readmitted })))
)

const stay = fc.record({
  year: fc.constantFrom(...YEARS),
  days: fc.integer({ min: 0, max: 40 }),
  readmitted: fc.boolean()
})

const several = fc.record({ sex: fc.constantFrom(...SEXES), stays: fc.array(stay, { minLength: 1, maxLength: 4 }) })
const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 11, max: 45 }), fc.integer({ min: 11, max: 45 }))

/** Many with one stay, so that some cells are large; some with several, over the years. */
const population: fc.Arbitrary<Contribution[]> = fc
  .tuple(fc.array(size, { minLength: ATOMS.length, maxLength: ATOMS.length }), fc.array(several, { maxLength: 12 }))
  .map(([sizes, more]) => {
    const once = ATOMS.flatMap(({ sex, ...rest }, n) =>
      Array.from({ length: sizes[n] ?? 0 }, (_, m) => ({ sex, stays: [{ ...rest, days: 1 + (m % 7) }] }))
    )
    return [...once, ...more].map((subject, n) => ({ key: `s${n}`, ...subject }))
  })

/** What is published, read from the reports themselves: null where all is kept back. */
interface Published {
  readonly told: Told
  readonly cells: ReadonlyMap<string, Numbers> | null
}

function released(subjects: readonly Contribution[], earlier: readonly Told[] = []): Published {
  const { told, reports } = aggregate({ profile: PROFILE, k: null, subjects, earlier, dataset: 'd', at: '2026-01-01T00:00:00Z' })
  const [report] = reports
  return { told, cells: report === undefined ? null : numbersIn(report) }
}

function namesTold({ cells }: Published, count: 'denominator' | 'numerator'): string[] {
  return [...(cells ?? [])].filter(([, numbers]) => numbers[count] !== null).map(([name]) => name)
}

function isIn(atom: { readonly year: string; readonly sex: string }, cell: string): boolean {
  const [year, sex] = cell.split(' ')
  return (year === '*' || year === atom.year) && (sex === '*' || sex === atom.sex)
}

function sumOf(cell: string, outcome: boolean | null): number[] {
  return ATOMS.map((atom) => (isIn(atom, cell) && (outcome === null || atom.readmitted === outcome) ? 1 : 0))
}

const CELLS = [...YEARS, '*'].flatMap((year) => [...SEXES, '*'].map((sex) => `${year} ${sex}`))

interface Attack {
  readonly truth: readonly number[]
  readonly kernel: readonly (readonly number[])[]
  readonly whose: readonly ReadonlySet<string>[]
}

/** All that is published, as equations; that a cell is not there says that it has no stays. */
function attackOn(subjects: readonly Contribution[], published: Published): Attack {
  const whose = ATOMS.map(
    (atom) => new Set(subjects.filter(({ sex, stays }) => sex === atom.sex && stays.some((one) => sameAs(one, atom))).map(({ key }) => key))
  )
  const truth = ATOMS.map((atom) =>
    subjects.reduce((sum, { sex, stays }) => sum + (sex === atom.sex ? stays.filter((one) => sameAs(one, atom)).length : 0), 0)
  )
  const empty = published.cells === null ? [] : CELLS.filter((cell) => published.cells?.has(cell) === false)
  const rows = [
    ...namesTold(published, 'denominator').map((cell) => sumOf(cell, null)),
    ...namesTold(published, 'numerator').map((cell) => sumOf(cell, true)),
    ...empty.flatMap((cell) => [sumOf(cell, true), sumOf(cell, false)])
  ]
  return { truth, kernel: kernelOf(rows, ATOMS.length), whose }
}

function sameAs(one: IndexStay, atom: Atom): boolean {
  return one.year === atom.year && one.readmitted === atom.readmitted
}

function subjectsIn(attack: Attack, sum: readonly number[]): number {
  return new Set(attack.whose.flatMap((keys, n) => (sum[n] === 0 ? [] : [...keys]))).size
}

function isHidden({ cells }: Published, cell: string, count: 'denominator' | 'numerator'): boolean {
  return cells?.get(cell)?.[count] === null
}

function few(count: number): boolean {
  return count > 0 && count < FLOOR
}

describe('an aggregate-only release', function () {
  this.timeout(120_000)

  it('tells no number of 1 to 10 patients, nor one whose denominator has a rest of 1 to 10 (CMS Cell Size Suppression Policy)', () => {
    fc.assert(
      fc.property(population, (subjects) => {
        const published = released(subjects)
        const attack = attackOn(subjects, published)
        const stays = namesTold(published, 'denominator')
        for (const cell of stays) expect(few(subjectsIn(attack, sumOf(cell, null))), cell).to.equal(false)
        for (const cell of namesTold(published, 'numerator')) {
          expect(stays).to.include(cell)
          expect(few(subjectsIn(attack, sumOf(cell, true))), cell).to.equal(false)
          expect(few(subjectsIn(attack, sumOf(cell, false))), cell).to.equal(false)
        }
      })
    )
  })

  it('no hidden number of stays, readmissions or others can be computed from what is told', () => {
    fc.assert(
      fc.property(population, (subjects) => {
        const published = released(subjects)
        const attack = attackOn(subjects, published)
        for (const cell of CELLS) {
          if (isHidden(published, cell, 'denominator')) expect(isTold(attack.kernel, sumOf(cell, null)), `stays ${cell}`).to.equal(false)
          if (!isHidden(published, cell, 'numerator')) continue
          for (const outcome of [true, false]) expect(isTold(attack.kernel, sumOf(cell, outcome)), `${outcome} ${cell}`).to.equal(false)
        }
      })
    )
  })

  it('any sum that can be computed is of no patient or of 11 at least: every subset of the unknowns is tried', () => {
    fc.assert(
      fc.property(population, (subjects) => {
        const attack = attackOn(subjects, released(subjects))
        for (let set = 1; set < 2 ** ATOMS.length; set++) {
          const sum = ATOMS.map((_, n) => (set >> n) & 1)
          if (isTold(attack.kernel, sum)) expect(few(subjectsIn(attack, sum)), sum.join('')).to.equal(false)
        }
      }),
      { numRuns: 60 }
    )
  })

  it('knowing that no number is below zero does not fix one of 1 to 10 patients, either', () => {
    fc.assert(
      fc.property(population, (subjects) => {
        const attack = attackOn(subjects, released(subjects))
        for (const cell of CELLS) {
          for (const outcome of [null, true, false]) {
            const sum = sumOf(cell, outcome)
            if (!few(subjectsIn(attack, sum))) continue
            const least = -greatest(
              attack.kernel,
              attack.truth,
              sum.map((use) => -use)
            )
            expect(greatest(attack.kernel, attack.truth, sum) - least, `${outcome} ${cell}`).to.be.greaterThan(0.5)
          }
        }
      })
    )
  })

  it('two releases laid side by side tell of no change by 1 to 10 patients: every subset of the unknowns is tried', () => {
    const changes = fc.record({
      out: fc.integer({ min: 0, max: 30 }),
      changed: fc.array(several, { maxLength: 4 }),
      come: fc.array(several, { maxLength: 14 })
    })
    fc.assert(
      fc.property(population, changes, (first, { out, changed, come }) => {
        const second = [
          ...first.slice(0, first.length - out).map((subject, n) => ({ ...subject, ...changed[n] })),
          ...come.map((subject, n) => ({ key: `new${n}`, ...subject }))
        ]
        const earlier = released(first)
        const [before, after] = [attackOn(first, earlier), attackOn(second, released(second, [earlier.told]))]
        const differing = differences(first, second)
        for (let set = 1; set < 2 ** ATOMS.length; set++) {
          const sum = ATOMS.map((_, n) => (set >> n) & 1)
          if (!(isTold(before.kernel, sum) && isTold(after.kernel, sum))) continue
          const who = differing.filter((vector) => times(vector, sum) !== 0).length
          expect(few(who), sum.join('')).to.equal(false)
        }
      }),
      { numRuns: 60 }
    )
  })
})

/** Of each subject, by how much its number of stays of each kind differs. */
function differences(first: readonly Contribution[], second: readonly Contribution[]): number[][] {
  const [before, after] = [first, second].map((subjects) => new Map(subjects.map((subject) => [subject.key, subject])))
  const count = (subject: Contribution | undefined, atom: Atom): number =>
    subject?.sex === atom.sex ? subject.stays.filter((one) => sameAs(one, atom)).length : 0
  const keys = new Set([...first, ...second].map(({ key }) => key))
  return [...keys].map((key) => ATOMS.map((atom) => count(after?.get(key), atom) - count(before?.get(key), atom)))
}
