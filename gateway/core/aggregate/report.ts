/**
 * The indicators as they leave: FHIR R4 MeasureReports of type summary, a group with its totals and a stratifier each for year, sex and both. Decides how
 * a hidden number looks: nothing but the mark data-absent-reason masked, whatever hid it. Shares are told to four places, means to one.
 */
import type { AggregateProfile } from '../../generated/policy.ts'
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Hidden } from './suppress.ts'
import { ALL, type Cell, type Table } from './table.ts'

type Name = AggregateProfile['measures'][number]['name']

interface Cells {
  readonly table: Table
  readonly hidden: Hidden
}

/** How an indicator stands in a MeasureReport. */
interface Form {
  readonly title: string
  /** http://terminology.hl7.org/CodeSystem/measure-population */
  readonly populations: readonly (readonly [code: string, count: (cell: Cell) => number, of: keyof Hidden])[]
  readonly score: (cell: Cell) => { readonly [name: string]: Json }
  readonly scoreOf: keyof Hidden
  /** http://terminology.hl7.org/CodeSystem/measure-improvement-notation; null where neither more nor less is better */
  readonly better: 'decrease' | null
}

const UCUM = 'http://unitsofmeasure.org'

const FORMS: { readonly [name in Name]: Form } = {
  'readmission-30': {
    title: 'Inpatient stays after which another admission followed within 30 days of discharge',
    populations: [
      ['denominator', ({ stays }) => stays, 'stays'],
      ['numerator', ({ readmitted }) => readmitted, 'readmitted']
    ],
    score: ({ readmitted, stays }) => ({ value: rounded(readmitted / stays, 4) }),
    scoreOf: 'readmitted',
    better: 'decrease'
  },
  'length-of-stay': {
    title: 'Mean length of inpatient stays in days; a stay of a year or more counts as 365',
    populations: [['measure-population', ({ stays }) => stays, 'stays']],
    score: ({ days, stays }) => ({ value: rounded(days / stays, 1), unit: 'd', system: UCUM, code: 'd' }),
    scoreOf: 'stays',
    better: null
  }
}

/** The canonical URL of an indicator; MeasureReport.measure adds the profile's version. */
export function measureUrl(name: Name): string {
  return `urn:sallyport:measure:${name}`
}

export function measureTitle(name: Name): string {
  return FORMS[name].title
}

/** One report an indicator, in the profile's order. `dataset` (letters, digits, - and .) ends their ids; `at` is the moment of release. */
export function measureReports(profile: AggregateProfile, cells: Cells, dataset: string, at: string): Resource[] {
  const { years } = cells.table
  const [first, last] = [years[0], years.at(-1)]
  if (first === undefined || last === undefined) return []
  return profile.measures.map(({ name }) => ({
    resourceType: 'MeasureReport',
    id: `${name}-${dataset}`,
    status: 'complete',
    type: 'summary',
    measure: `${measureUrl(name)}|${profile.version}`,
    date: at,
    period: { start: first, end: last },
    ...(FORMS[name].better === null ? {} : { improvementNotation: coded('measure-improvement-notation', FORMS[name].better) }),
    group: [groupOf(FORMS[name], cells)]
  }))
}

function groupOf(form: Form, { table, hidden }: Cells): Json {
  const told = table.cells.flatMap((cell, n) => {
    const masked = { stays: hidden.stays[n] === true, readmitted: hidden.readmitted[n] === true }
    // without a stay, and nothing to hide: not there
    return cell.stays === 0 && !masked.readmitted ? [] : [{ cell, numbers: numbersOf(form, cell, masked) }]
  })
  const strata = (isIn: (cell: Cell) => boolean, named: (cell: Cell) => { readonly [name: string]: Json }): Json[] =>
    told.filter(({ cell }) => isIn(cell)).map(({ cell, numbers }) => ({ ...named(cell), ...numbers }))
  return {
    ...told.find(({ cell }) => cell.year === ALL && cell.sex === ALL)?.numbers,
    stratifier: [
      {
        code: [YEAR],
        stratum: strata(
          (cell) => cell.year !== ALL && cell.sex === ALL,
          ({ year }) => ({ value: yearValue(year) })
        )
      },
      {
        code: [SEX],
        stratum: strata(
          (cell) => cell.year === ALL && cell.sex !== ALL,
          ({ sex }) => ({ value: sexValue(sex) })
        )
      },
      {
        code: [YEAR, SEX],
        stratum: strata(
          (cell) => cell.year !== ALL && cell.sex !== ALL,
          ({ year, sex }) => ({
            component: [
              { code: YEAR, value: yearValue(year) },
              { code: SEX, value: sexValue(sex) }
            ]
          })
        )
      }
    ]
  }
}

function numbersOf(form: Form, cell: Cell, hidden: { readonly [quantity in keyof Hidden]: boolean }): { readonly [name: string]: Json } {
  return {
    population: form.populations.map(([code, count, of]) => ({
      code: coded('measure-population', code),
      ...(hidden[of] ? { _count: MASKED } : { count: count(cell) })
    })),
    measureScore: hidden[form.scoreOf] ? MASKED : form.score(cell)
  }
}

/** FHIR R4 data-absent-reason: there is a number, and it is kept back. */
const MASKED: Json = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }] }

const YEAR: Json = { coding: [{ system: 'urn:sallyport:stratum', code: 'year' }], text: 'Year of discharge' }
const SEX: Json = { coding: [{ system: 'urn:sallyport:stratum', code: 'sex' }], text: 'Administrative sex' }

function yearValue(year: string): Json {
  return { text: year }
}

function sexValue(sex: string): Json {
  return { coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code: sex }] }
}

function coded(system: string, code: string): Json {
  return { coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }] }
}

function rounded(value: number, places: number): number {
  return Math.round(value * 10 ** places) / 10 ** places
}
