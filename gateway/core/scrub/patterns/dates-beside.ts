/**
 * Days beside a date that was found. A number that can be read as a day in the clause of a date is covered with it ("5/14, then 5/20"): left beside a date that
 * is moved, it would tell by how much. Decides by the form, and refuses scores ("on 5/14 strength 4/5") and fractions. A date that a bare number goes on from
 * ("5/14/2021, 2") is covered and never moved.
 */
import type { Page } from '../reading/page.ts'
import type { Span } from '../span.ts'
import { isDayMonth } from './dates.ts'
import { seriesOf } from './dates-series.ts'
import { UNIT_BEHIND } from './measures.ts'
import { isScore } from './scores.ts'

/** The rule of what is covered and never moved. */
export const BESIDE = 'date-beside'

const DAY_AND_MONTH = /(?<![\w/.,])(\d{1,2})\/(\d{1,2})(?![\d/%]|\.\d|[a-z])/y
/** Fractions, "due to" (2/2), always (24/7): days only where they are told in a row with one. */
const FRACTION = /^(?:1\/[2-4]|2\/[23]|3\/4|24\/7)$/
/** "1-1/2", "1/2-1", but of two days. */
const RANGE_AROUND = /(?<!\d\/\d{1,2})- | -\d(?!\d?\/)/
const LINKED = /^(?:\s?[,&-]\s?|\s(?:and|or|to|thru|through|until|till)\s|,\s(?:and|or)\s)$/
const CLAUSE_ENDS = /[;\n]|\.\s/
/** Behind it no noun that is counted: "the 2nd dose". */
const ORDINAL =
  /(?<=\bthe\s)(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)(?=\s?(?:[,)(?]|$)|\s(?:and|at|for|with|when|he|she|they|we|pt|patient|but|was|were|due|which)\b)/g
const MOST_BETWEEN = 100
const GOES_ON = /^[ \t]?(?:[,&-]|(?:and|to|thru|through)\b)[ \t]?(\d{1,2})(?!\d|[/:.-]\d|%)/

/** The dates among `spans`, which are in order, with the days beside them. */
export function daysBeside(page: Page, spans: readonly Span[]): readonly Span[] {
  if (!spans.some(isDate)) return []
  const dates = spans.filter(isDate)
  return [...dates.flatMap((date) => [...fixed(page, date), ...ordinals(page, date)]), ...besides(page, spans, dates)]
}

function isDate({ class: kind }: Span): boolean {
  return kind === 'DATE'
}

/** "5/14, then the 16th": in the clause of the date. */
function ordinals({ lower }: Page, { start, end }: Span): Span[] {
  const from = Math.max(0, start - MOST_BETWEEN)
  const before = lower.slice(from, start).split(CLAUSE_ENDS).at(-1) ?? ''
  const [behind = ''] = lower.slice(end, end + MOST_BETWEEN).split(CLAUSE_ENDS)
  return [...ordinalsOf(before, start - before.length), ...ordinalsOf(behind, end)]
}

function ordinalsOf(clause: string, from: number): Span[] {
  return Array.from(clause.matchAll(ORDINAL), ({ 0: { length }, index }) => {
    return { start: from + index, end: from + index + length, class: 'DATE', rule: BESIDE }
  })
}

/** The date again, not to be moved, where a number goes on behind it. */
function fixed({ lower }: Page, date: Span): Span[] {
  const behind = lower.slice(date.end, date.end + 24)
  const [told, day] = GOES_ON.exec(behind) ?? []
  const isDay = told !== undefined && Number(day) >= 1 && Number(day) <= 31 && !UNIT_BEHIND.test(behind.slice(told.length))
  return isDay ? [{ ...date, rule: BESIDE }] : []
}

function* besides(page: Page, spans: readonly Span[], dates: readonly Span[]): Generator<Span> {
  const { lower } = page
  let span = 0
  let date = 0
  let done = 0
  for (let slash = lower.indexOf('/'); slash >= 0; slash = lower.indexOf('/', slash + 1)) {
    while ((spans[span]?.end ?? lower.length) <= slash) span++
    while ((dates[date]?.end ?? lower.length) <= slash) date++
    if (slash < done || (spans[span]?.start ?? lower.length) <= slash) continue
    const day = dayAround(lower, slash)
    if (day === null || !isBeside(lower, day, dates[date - 1], dates[date])) continue
    const series = { ...seriesOf(page, day, undefined), rule: BESIDE }
    yield series
    // in a row of days each step reads on from the last
    done = series.end
  }
}

function dayAround(lower: string, slash: number): Span | null {
  let start = slash
  while (start > slash - 3 && /\d/.test(lower.charAt(start - 1))) start--
  DAY_AND_MONTH.lastIndex = start
  const [text, one, two] = DAY_AND_MONTH.exec(lower) ?? []
  return text === undefined || !isDayMonth(one, two) ? null : { start, end: start + text.length, class: 'DATE', rule: BESIDE }
}

function isBeside(lower: string, { start, end }: Span, before: Span | undefined, behind: Span | undefined): boolean {
  const gaps = [
    ...(before === undefined || start - before.end > MOST_BETWEEN ? [] : [lower.slice(before.end, start)]),
    ...(behind === undefined || behind.start - end > MOST_BETWEEN ? [] : [lower.slice(end, behind.start)])
  ].filter((gap) => !CLAUSE_ENDS.test(gap) || /^;\s?$/.test(gap))
  if (gaps.length === 0 || isScore(lower, start, end)) return false
  const around = `${lower.slice(Math.max(0, start - 6), start)} ${lower.slice(end, end + 7)}`
  const isPart = FRACTION.test(lower.slice(start, end)) || RANGE_AROUND.test(around)
  return !isPart || gaps.some((gap) => LINKED.test(gap))
}
