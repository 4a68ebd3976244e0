/**
 * Shifted dates, counted: every date with a day in it that left must be one that came, at the same element, moved back by the subject's number of days, its time of
 * day and zone as they were. Then every interval within the subject is what it was, to the second.
 */
import type { Entity, Value } from '../leak/read.ts'

export interface Moved {
  /** dates that left, moved by the subject's days */
  dates: number
  /** elements where one left that was not */
  readonly others: Set<string>
}

const DAY_MS = 86_400_000

/** One released record, before and after. */
export function follow(moved: Moved, days: number, before: Entity, after: Entity): void {
  const type = String(before['resourceType'])
  const came = new Map<string, number>()
  each(before, type, (place, text) => {
    const row = `${place} ${backBy(text, days)}`
    came.set(row, (came.get(row) ?? 0) + 1)
  })
  each(after, type, (place, text) => {
    const row = `${place} ${toTheSecond(text)}`
    const left = came.get(row) ?? 0
    came.set(row, left - 1)
    if (left > 0) moved.dates++
    else moved.others.add(place)
  })
}

function each(value: Value | undefined, place: string, note: (place: string, text: string) => void): void {
  if (typeof value === 'string') {
    if (/^\d{4}-\d{2}-\d{2}(T|$)/.test(value)) note(place, value)
  } else if (Array.isArray(value)) for (const item of value) each(item, place, note)
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) if (name !== 'contained') each(member, `${place}.${name}`, note)
}

function backBy(text: string, days: number): string {
  const day = new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`) - days * DAY_MS)
  return toTheSecond(`${day.toISOString().slice(0, 10)}${text.slice(10)}`)
}

function toTheSecond(text: string): string {
  return text.replace(/\.\d+/, '')
}
