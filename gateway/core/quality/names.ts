/**
 * Names of records, counted in bounded memory: of more than fit, those whose number is a multiple of a power of two, so that the same names are in every
 * sample of that power. Merging in any order gives the same; below the bound nothing is left out.
 */

/** Distinct names held by one sample. */
export const MOST_NAMES = 50_000

/** How often each name stands in it; a name is a whole number below 2^48, as if drawn by lot (a digest). */
export interface Names {
  /** only names divisible by 2^power are held */
  power: number
  /** how often any name stood in it, held or not */
  times: number
  /** how many are held */
  size: number
  held: Record<string, number>
}

export function noNames(): Names {
  return { power: 0, times: 0, size: 0, held: {} }
}

export function addName(names: Names, name: number, times: number, most = MOST_NAMES): void {
  names.times += times
  hold(names, name, times)
  thin(names, most)
}

function hold(names: Names, name: number, times: number): void {
  if (name % 2 ** names.power !== 0) return
  const before = names.held[name]
  if (before === undefined) names.size += 1
  names.held[name] = (before ?? 0) + times
}

/** Halves what is held until it fits. */
function thin(names: Names, most: number): void {
  while (names.size > most) raise(names, names.power + 1)
}

function raise(names: Names, power: number): void {
  names.power = power
  for (const name of Object.keys(names.held)) {
    if (Number(name) % 2 ** power === 0) continue
    delete names.held[name]
    names.size -= 1
  }
}

/** Adds `more` to `names`. */
export function addNames(names: Names, more: Names, most = MOST_NAMES): void {
  if (more.power > names.power) raise(names, more.power)
  names.times += more.times
  for (const [name, times] of Object.entries(more.held)) hold(names, Number(name), times)
  thin(names, most)
}

/** How many of `asked` are among `known`: exact while nothing was left out, an estimate by those held of both otherwise. */
export function timesKnown(asked: Names, known: Names): number {
  const power = 2 ** Math.max(asked.power, known.power)
  let compared = 0
  let found = 0
  for (const [name, times] of Object.entries(asked.held)) {
    if (Number(name) % power !== 0) continue
    compared += times
    if (known.held[name] !== undefined) found += times
  }
  return compared === 0 ? 0 : Math.round((asked.times * found) / compared)
}
