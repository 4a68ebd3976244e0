/** A moment on the command line: a day of UTC, or a time with its zone. Refuses a time without one: it would be another at each desk. */
import { InvalidArgumentError } from 'commander'

const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/

export function momentOf(text: string): Date {
  const day = text.slice(0, 10)
  const at = new Date(text)
  const calendar = new Date(`${day}T00:00:00Z`)
  if (!MOMENT.test(text) || Number.isNaN(at.getTime()) || Number.isNaN(calendar.getTime()) || !calendar.toISOString().startsWith(day))
    throw new InvalidArgumentError('It is a day such as 2026-01-31, or a time with its zone such as 2026-01-31T08:00:00Z.')
  return at
}
