/** What an aggregate-only profile does, in the sentences a privacy officer signs, and as the data dictionary that goes with a dataset. Decides nothing. */
import type { AggregateProfile } from '../../generated/policy.ts'
import { READS } from './contribution.ts'
import { measureTitle, measureUrl } from './report.ts'

export interface Section {
  readonly heading: string
  readonly sentences: readonly string[]
}

export function explainAggregate(profile: AggregateProfile): Section[] {
  const { title, legalBasis, measures, strata } = profile
  return [
    {
      heading: 'In short',
      sentences: [
        title,
        `It stands on ${legalBasis}.`,
        'No record leaves under it, whole or in part: what leaves is one FHIR MeasureReport for each indicator, with numbers of stays, shares and means, and nothing about one patient.',
        `To compute them it reads ${[...READS].map(([type, elements]) => `${type} (${elements.join(', ')})`).join(' and ')}; patients who opted out are not counted.`
      ]
    },
    {
      heading: 'What is told',
      sentences: measures.map(({ name, because, source }) => `${name}: ${measureTitle(name)}. ${because} (${source})`)
    },
    {
      heading: 'By what it is told',
      sentences: [
        'Each indicator is told as a whole, by year, by sex, and by year and sex together.',
        ...Object.entries(strata).map(([name, { because, source }]) => `${name}: ${because} (${source})`)
      ]
    },
    { heading: 'What is hidden', sentences: hiding(profile) }
  ]
}

function hiding({ cells: { floor, because, source } }: AggregateProfile): string[] {
  return [
    `${because} (${source})`,
    `A number with 1 to ${floor - 1} different patients behind it is hidden, and so is one where 1 to ${floor - 1} patients make the rest of its denominator; an agreement may ask for more than ${floor} (its k), never for less.`,
    `A mean is hidden, with the number of its stays, when all its days are of 1 to ${floor - 1} patients, or when without the two who have the most the others add up to less than a tenth of the most.`,
    `A number that an earlier release of the agreement told is hidden when since then it has changed by 1 to ${floor - 1} patients: the two side by side would tell of them.`,
    `Further numbers are hidden until none of these can be computed from totals, other cells, shares or means, nor any sum with one of them in it that is of fewer than ${floor} patients.`,
    'A hidden number is marked as masked (data-absent-reason), whichever of these hid it. When every number would be hidden, nothing is released.'
  ]
}

/** As JSON: what each MeasureReport tells and why, by what, and what was hidden. */
export function aggregateDictionary(profile: AggregateProfile): object {
  const { name, version, mode, legalBasis, measures, strata, cells } = profile
  return {
    profile: { name, version, mode, legalBasis },
    measures: measures.map((row) => ({ ...row, measure: `${measureUrl(row.name)}|${version}`, title: measureTitle(row.name) })),
    strata,
    cells,
    missing: 'A hidden number carries the extension data-absent-reason with the code masked. A stratum that is not there has no stay in it.'
  }
}
