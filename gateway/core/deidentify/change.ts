/**
 * Changes one element of a released record in place, wherever it stands in lists and groups. Decides what is left around it: nothing empty, and a mark
 * where FHIR requires something.
 */
import type { Json } from '../digest.ts'
import { type ElementDef, TYPES } from '../fhir/types.ts'
import { missingValue } from './compile/missing.ts'

export type Members = { [key: string]: Json | undefined }

/** What is left of one value: it, or a mark that stands for it (an Element), or neither. */
export interface Left {
  readonly value?: Json | undefined
  readonly mark?: Json
}

export type Change = (value: Json) => Left

/** `names` lead from `holder`, which is of `type`; what nests in a group of its own type is changed with it. Answers whether anything was changed. */
export function changeAt(holder: Members, type: string, names: readonly string[], change: Change): boolean {
  const [name = '', ...rest] = names
  const element = TYPES.get(type)?.elements.get(name)
  const value = holder[name]
  if (element === undefined || value === undefined) return false
  return rest.length === 0 ? changeHere(holder, element, value, change) : changeInside(holder, element, value, rest, change)
}

function changeHere(holder: Members, element: ElementDef, value: Json, change: Change): boolean {
  const left = itemsOf(value).map(change)
  const kept = left.flatMap((one) => (one.value === undefined ? [] : [one.value]))
  const now = element.list ? kept : kept[0]
  const mark = left.find((one) => one.mark !== undefined)?.mark
  if (mark === undefined && JSON.stringify(now) === JSON.stringify(value)) return false
  put(holder, element, kept, mark)
  return true
}

function changeInside(holder: Members, element: ElementDef, value: Json, rest: readonly string[], change: Change): boolean {
  const items = itemsOf(value)
  const type = element.types[0] ?? ''
  let changed = false
  for (const item of items) {
    if (!isMembers(item)) continue
    for (const path of [rest, ...nestingIn(type).map((nested) => [...nested, ...rest])])
      if (changeAt(item, type, path, change)) changed = true
  }
  if (!changed) return false
  const kept = items.filter((item) => !isMembers(item) || Object.keys(item).length > 0)
  if (kept.length < items.length) put(holder, element, kept, undefined)
  return true
}

/** The ways from a group to those of its own type in it (R4 contentReference): item → item, and answer.item. */
function nestingIn(type: string): readonly string[][] {
  const ways = (at: string): string[][] =>
    [...(TYPES.get(at)?.elements.values() ?? [])].flatMap((element) => {
      const inner = element.types[0] ?? ''
      if (inner === type) return [[element.name]]
      return inner === `${at}.${element.name}` ? ways(inner).map((way) => [element.name, ...way]) : []
    })
  return type.includes('.') ? ways(type) : []
}

function put(holder: Members, element: ElementDef, kept: readonly Json[], mark: Json | undefined): void {
  const { name, list, required } = element
  const type = element.types[0] ?? ''
  if (kept.length > 0) {
    holder[name] = list ? [...kept] : kept[0]
    return
  }
  delete holder[name]
  const stands = mark ?? (required ? missingValue(type) : undefined)
  if (stands !== undefined) holder[TYPES.get(type)?.kind === 'primitive' ? `_${name}` : name] = list ? [stands] : stands
}

function itemsOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value]
}

function isMembers(value: Json): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
