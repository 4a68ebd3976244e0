/**
 * Dates as Microsoft's tool moves and cuts them (DateTimeUtility): a shift of -50 to 50 days from the scope and the key, time of day to zeroes, zone kept;
 * what has no day, or shows an age over 89, is redacted instead. Differs in one thing: age is judged at the moment passed in, not by the clock.
 */

const DATE = /(?<year>\d{4})(?:-(?<month>0[1-9]|1[0-2])(?:-(?<day>0[1-9]|[12]\d|3[01])(?<time>T.*)?)?)?/
const TIME = /(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?/
const DAY = 86_400_000
const RANGE = 50
/** their seed of the polynomial hash over the bytes of scope and key */
const SEED = 131
const OLDEST_AGE = 89

/** Days to shift by: a polynomial hash of the UTF-8 bytes of scope ‖ key, into -50 … 50. */
export function daysOf(scope: string, key: string): number {
  let hash = 0
  for (const byte of Buffer.from(scope + key, 'utf8')) hash = (hash * SEED + byte) % (2 * RANGE + 1)
  return hash - RANGE
}

/** The value moved by whole days; null where it has no day or shows an age over 89 at `at`. */
export function shifted(value: string, days: number, at: string): string | null {
  const { year, month, day, time } = DATE.exec(value)?.groups ?? {}
  if (year === undefined || month === undefined || day === undefined || isOver89(value, at)) return null
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)) + days * DAY)
  if (Number.isNaN(date.getTime())) return null
  return `${date.toISOString().slice(0, 10)}${time === undefined ? '' : time.replace(TIME, (text) => text.replaceAll(/\d/g, '0'))}`
}

/** The year alone; null where it shows an age over 89, or is no date. */
export function yearOf(value: string, at: string): string | null {
  const year = DATE.exec(value)?.groups?.['year']
  return year === undefined || isOver89(value, at) ? null : year
}

/** Whole years from the date (its first day, where it has none) to `at`. */
function isOver89(value: string, at: string): boolean {
  const from = numbersOf(value)
  const to = numbersOf(at)
  const before = to.month < from.month || (to.month === from.month && to.day < from.day)
  return to.year - from.year - (before ? 1 : 0) > OLDEST_AGE
}

function numbersOf(value: string): { readonly year: number; readonly month: number; readonly day: number } {
  const { year, month, day } = DATE.exec(value)?.groups ?? {}
  return { year: Number(year ?? 0), month: Number(month ?? 1), day: Number(day ?? 1) }
}
