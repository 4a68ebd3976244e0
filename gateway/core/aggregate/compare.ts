/**
 * What a recipient would learn by laying two releases of an agreement side by side: for each cell, of how many subjects the numbers behind it differ.
 * Decides nothing; suppress.ts hides what differs by few.
 */
import type { Contribution } from './contribution.ts'
import { type Part, partsOf } from './table.ts'

/** How many subjects add another number of stays or days, of readmissions, of stays without one. */
export interface Change {
  stays: number
  readmitted: number
  other: number
}

/** A release as it is remembered: who was in it with what, and which cells it told. */
export interface Told {
  readonly subjects: readonly Contribution[]
  readonly stays: readonly string[]
  readonly readmitted: readonly string[]
}

/** By the name of the cell; only what was told then. */
export function changesSince(told: Told, now: readonly Contribution[]): Map<string, Change> {
  const changes = new Map<string, Change>()
  const before = new Map(told.subjects.map((subject) => [subject.key, subject]))
  for (const subject of now) {
    compare(changes, before.get(subject.key), subject)
    before.delete(subject.key)
  }
  for (const subject of before.values()) compare(changes, subject, undefined)
  const [stays, readmitted] = [new Set(told.stays), new Set(told.readmitted)]
  for (const [name, change] of changes) {
    if (!stays.has(name)) change.stays = 0
    if (!readmitted.has(name)) Object.assign(change, { readmitted: 0, other: 0 })
  }
  return changes
}

const NOTHING: Part = { stays: 0, readmitted: 0, days: 0 }

function compare(changes: Map<string, Change>, before: Contribution | undefined, now: Contribution | undefined): void {
  const [old, fresh] = [partsOf(before ?? NOBODY), partsOf(now ?? NOBODY)]
  for (const name of new Set([...old.keys(), ...fresh.keys()])) {
    const [a, b] = [old.get(name) ?? NOTHING, fresh.get(name) ?? NOTHING]
    const change = changes.get(name) ?? { stays: 0, readmitted: 0, other: 0 }
    changes.set(name, change)
    change.stays += a.stays !== b.stays || a.days !== b.days ? 1 : 0
    change.readmitted += a.readmitted !== b.readmitted ? 1 : 0
    change.other += a.stays - a.readmitted !== b.stays - b.readmitted ? 1 : 0
  }
}

const NOBODY: Contribution = { key: '', sex: 'unknown', stays: [] }
