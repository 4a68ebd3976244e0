/**
 * What the indicators of an agreement may not say. SMART: specific, measurable, achievable, relevant, time-bound. The schema asks for every part; these rows ask that the
 * parts say something together, and that money is never measured alone.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'

type Indicator = NonNullable<Agreement['indicators']>[number]

const MONEY = /[$€£¥]|(?<!\p{L})(?:USD|EUR|GBP|CHF|CAD|AUD|JPY|dollars?|euros?|pounds sterling|cents?)(?!\p{L})/iu

function isOfMoney({ about, baseline, target }: Indicator): boolean {
  return about === 'cost' || MONEY.test(baseline.unit) || MONEY.test(target.unit)
}

/** As days: from, and up to but not on, to. */
function overlap({ period: one }: Indicator, { period: other }: Indicator): boolean {
  return one.from < other.to && other.from < one.to
}

export function indicatorFaults({ indicators }: Agreement): Fault[] {
  const rows = indicators ?? []
  const quality = rows.filter((row) => row.about === 'quality' && !isOfMoney(row))
  return rows.flatMap((row, n) => {
    const { name, measure, baseline, target, period, owner, paymentClause } = row
    const blank = Object.entries({ measure, owner, paymentClause }).filter(([, text]) => text.trim().length < 3)
    const table: readonly (readonly [broken: boolean, part: string, message: string])[] = [
      ...blank.map(([part]) => [true, `/${part}`, 'says nothing'] as const),
      [baseline.unit !== target.unit, '/target/unit', 'must be the unit of the baseline'],
      // what is spent may well be held where it is; of all else nothing would be asked
      [!isOfMoney(row) && baseline.value === target.value, '/target/value', 'is that of the baseline: a target says what is to change'],
      [period.to <= period.from, '/period/to', 'must be later than from'],
      [rows.some((other, m) => m < n && other.name === name), '/name', 'is the name of an earlier one'],
      [
        isOfMoney(row) && !quality.some((other) => overlap(row, other)),
        '',
        'is of cost, and none of quality is measured in its period: cost is never measured alone, for care left out is cheap'
      ]
    ]
    return table.filter(([broken]) => broken).map(([, part, message]) => ({ path: `/indicators/${n}${part}`, message }))
  })
}
