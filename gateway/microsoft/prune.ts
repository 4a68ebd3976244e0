/**
 * Takes away (JSON leaves out what is undefined) what the methods left empty: nulls, objects and lists with nothing in them, and the places of a list whose value and shadow (`_given`) are
 * both gone. A resource stays, if only its type is left, as Microsoft's tool leaves it.
 */

type Holder = Record<string, unknown>

/** Prunes in place; returns whether anything is left. */
export function prune(data: Holder): boolean {
  let left = false
  for (const key of Object.keys(data)) {
    const value = data[key]
    if (Array.isArray(value) && !key.startsWith('_')) pruneList(data, key, value)
    else if (isEmpty(value)) data[key] = undefined
    if (data[key] !== undefined) left = true
  }
  return left
}

/** A list and the shadows beside it keep the same places. */
function pruneList(data: Holder, key: string, values: readonly unknown[]): void {
  const beside = data[`_${key}`]
  const shadows: readonly unknown[] = Array.isArray(beside) ? beside : []
  const places = values.map((value, at) => ({ value: kept(value), shadow: kept(shadows[at]) }))
  const left = places.filter(({ value, shadow }) => value !== null || shadow !== null)
  put(
    data,
    key,
    left.map(({ value }) => value)
  )
  put(
    data,
    `_${key}`,
    left.map(({ shadow }) => shadow)
  )
}

function put(data: Holder, key: string, list: readonly unknown[]): void {
  data[key] = list.some((item) => item !== null) ? list : undefined
}

function kept(value: unknown): unknown {
  return isEmpty(value) ? null : value
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object') return value === undefined
  if (value === null) return true
  if (Array.isArray(value)) return value.every((item) => isEmpty(item))
  const left = prune(value as Holder) // sound: an object that is no list
  return !left
}
