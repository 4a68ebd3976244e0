/**
 * When an agreement may release again. The moment of a release dates the events in it, so a profile that hides all but the year may not
 * release more than once a year without an attestation. Refuses durations that are not ISO 8601.
 */
import type { Agreement } from '../../generated/policy.ts'

interface Duration {
  readonly months: number
  readonly days: number
  readonly seconds: number
}

const DURATION =
  /^P(?=\d|T)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/

/** 'now', or the instant (UTC, ISO 8601) from which the next release is due. `lastReleaseAt` and `at` are instants; null = never released. */
export function nextRelease(agreement: Pick<Agreement, 'releaseWindow'>, lastReleaseAt: string | null, at: string): string {
  if (lastReleaseAt === null) return 'now'
  const due = addDuration(Date.parse(lastReleaseAt), readDuration(agreement.releaseWindow.every))
  return due <= Date.parse(at) ? 'now' : new Date(due).toISOString()
}

/**
 * Could two releases under this duration fall closer together than a year? Months count as 28 days here unless twelve are full, so that in
 * doubt it could. 45 CFR 164.514(b)(2)(i)(C): all elements of dates except year.
 */
export function isFinerThanYear(every: string): boolean {
  const { months, days, seconds } = readDuration(every)
  if (months >= 12) return false
  return months * 28 + days + Math.floor(seconds / 86_400) < 366
}

/** Could two moments `every` apart fall closer together than two `least` apart? Months have 28 to 31 days, years 365 or 366: in doubt they could. */
export function isShorter(every: string, least: string): boolean {
  const [one, other] = [readDuration(every), readDuration(least)]
  const days = fewestDays(one.months - other.months) + one.days - other.days
  return days * 86_400 + one.seconds - other.seconds < 0
}

/** Of so many months more, or fewer where below none. */
function fewestDays(months: number): number {
  const [years, rest] = [Math.trunc(months / 12), months % 12]
  return months < 0 ? years * 366 + rest * 31 : years * 365 + rest * 28
}

/** Throws RangeError: the schema admits no other text, so only a caller that skipped it gets here. */
function readDuration(text: string): Duration {
  const parts = DURATION.exec(text)
  if (parts === null) throw new RangeError('not an ISO 8601 duration')
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  return { months: years * 12 + months, days: weeks * 7 + days, seconds: hours * 3_600 + minutes * 60 + seconds }
}

/** The moment so long before `at`; of months, in doubt the earlier day. */
export function before(at: Date, duration: string): Date {
  const { months, days, seconds } = readDuration(duration)
  return new Date(addDuration(at.getTime(), { months: -months, days: -days, seconds: -seconds }))
}

/** The moment so long after `at`; of months, in doubt the earlier day. */
export function later(at: Date, duration: string): Date {
  return new Date(addDuration(at.getTime(), readDuration(duration)))
}

/** Calendar arithmetic in UTC; the 31st plus a month is the last day of the next. */
function addDuration(from: number, { months, days, seconds }: Duration): number {
  const start = new Date(from)
  const month = start.getUTCMonth() + months
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate()
  const midnight = Date.UTC(start.getUTCFullYear(), month, Math.min(start.getUTCDate(), lastDay))
  return midnight + (from % 86_400_000) + (days * 86_400 + seconds) * 1_000
}
