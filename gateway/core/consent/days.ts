/** Days of FHIR dates that may be partial: the first and the last that one may mean, and days beside it. */

/** A year, month, day or instant of FHIR. */
export function isDate(value: string): boolean {
  return /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T.*)?)?)?$/.test(value)
}

/** 2020 → 2020-01-01. */
export function firstDay(date: string): string {
  return date.length === 4 ? `${date}-01-01` : date.length === 7 ? `${date}-01` : date.slice(0, 10)
}

/** No day that it may mean is later: 2020-05 → 2020-05-31. */
export function lastDay(date: string): string {
  return date.length === 4 ? `${date}-12-31` : date.length === 7 ? `${date}-31` : date.slice(0, 10)
}

/** So many days later. A month's day that does not exist is one of the next month; what lies behind 9999-12-31, which is written for 'never', is '~'. */
export function dayAfter(day: string, days: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const text = new Date(Date.UTC(year, month - 1, date + days)).toISOString()
  return text.startsWith('+') ? '~' : text.slice(0, 10)
}
