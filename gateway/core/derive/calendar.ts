/** Calendar arithmetic on FHIR dates as they are written: the local day the sender recorded, no time zones. A partial date has no day and answers null. */

/** A day of the proleptic Gregorian calendar. */
export interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** `2015-03-28` or `2015-03-28T…`; null for partial dates and everything else. */
export function dayOf(text: unknown): Day | null {
  if (typeof text !== 'string' || text.length < 10 || (text.length > 10 && text[10] !== 'T')) return null
  if (text[4] !== '-' || text[7] !== '-') return null
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  if (year === null || month === null || day === null || month < 1 || month > 12 || day < 1 || day > 31) return null
  return { year, month, day }
}

function digits(text: string, from: number, to: number): number | null {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  return value
}

/** Days since 1970-01-01. */
export function dayNumber(day: Day): number {
  return Math.round(Date.UTC(day.year, day.month - 1, day.day) / 86_400_000)
}

/** Completed years between two days; negative when `to` is before `from`. */
export function wholeYears(from: Day, to: Day): number {
  const before = to.month < from.month || (to.month === from.month && to.day < from.day)
  return to.year - from.year - (before ? 1 : 0)
}
