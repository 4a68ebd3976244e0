/** What an agreement promises of the data, in sentences made from the object that is enforced. Decides nothing. */
import type { Agreement } from '../../generated/policy.ts'
import type { Below, Promised, Shortfall } from './figures.ts'

const FOLLOWS: Readonly<Record<Below, string>> = {
  warn: 'it is released and told of',
  hold: 'an officer decides',
  refuse: 'nothing leaves'
}

/** A sentence for each promise. */
export function explainQuality({ quality }: Pick<Agreement, 'quality'>): string[] {
  if (quality === undefined) return []
  const { validity, completeness, timeliness, duplicates, references, plausibility } = quality
  return [
    ...least('of the records sent validate', validity),
    ...Object.entries(completeness ?? {}).flatMap(([path, at]) => least(`of the records that could have ${path} have it`, at)),
    ...within('Half of all events arrive', timeliness?.median),
    ...within('95 in 100 events arrive', timeliness?.p95),
    ...(duplicates === undefined
      ? []
      : [`At most ${percent(duplicates.max)} of the records come twice; else ${FOLLOWS[duplicates.below]}.`]),
    ...least('of the references name a record that came, too', references),
    ...least('of the records looked at are plausible', plausibility)
  ]
}

function least(what: string, at: Promised['validity']): string[] {
  return at === undefined ? [] : [`At least ${percent(at.min)} ${what}; else ${FOLLOWS[at.below]}.`]
}

function within(what: string, at: NonNullable<Promised['timeliness']>['median']): string[] {
  return at === undefined ? [] : [`${what} within ${at.max} days; else ${FOLLOWS[at.below]}.`]
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`
}

/** A promise that was not kept, in a sentence. */
export function tellShortfall({ measure, of, figure, limit, below }: Shortfall): string {
  const name = of === null ? measure : `${measure} of ${of}`
  const [is, was] = measure === 'timeliness' ? [`${figure} days`, `${limit}`] : [percent(figure), percent(limit)]
  return `${measure === 'timeliness' ? `${measure}, ${of}` : name}: ${is}, promised ${was}; ${FOLLOWS[below]}.`
}
