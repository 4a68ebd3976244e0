/**
 * What a difference between the lists of two profiles lets out or takes back: code systems, units, extensions, ZIP areas, codes of ages and vital dates,
 * derived fields, shared types, the coarser level, the conditions of a certificate. Reasons and titles are no difference.
 */

import type { CodeSystem, ExtensionRule, RecordProfile } from '../profile/profile.ts'
import { substanceOf } from './coarser.ts'
import type { Direction } from './diff-plans.ts'

/** One row of a list. */
export interface ListChange {
  readonly direction: Direction
  /** `code system`, `unit` … */
  readonly list: string
  readonly name: string
  /** `is listed now` */
  readonly what: string
}

type Sides = readonly [old: RecordProfile, next: RecordProfile]

/** `leaves`: does anything of the element leave under the new profile? */
export function compareLists(old: RecordProfile, next: RecordProfile, leaves: (path: string) => boolean): ListChange[] {
  const sides: Sides = [old, next]
  return [
    ...compareSystems(sides),
    ...compareExtensions(sides),
    ...membership('unit', sides, ({ units }) => units, 'widens'),
    ...membership('ZIP area', sides, ({ zip3 }) => zip3.allowed.flatMap((row) => row.split(' ')), 'widens'),
    ...membership('type named alike for all patients', sides, ({ shared }) => shared, 'widens'),
    ...membership('code of an age', sides, ({ ageCodes }) => ageCodes.map(codeName), 'narrows'),
    ...membership('code of a birth or death', sides, ({ vitalDateCodes }) => vitalDateCodes.map(codeName), 'narrows'),
    ...membership(
      'derived field',
      sides,
      ({ derived }) => derived.flatMap(({ name, on }) => on.map((type) => `${name} on ${type}`)),
      'widens'
    ),
    ...compareCoarserLevel(sides, leaves),
    ...compareRisk(sides),
    ...compareCertificates(sides)
  ]
}

function codeName({ system, code }: { readonly system: string; readonly code: string }): string {
  return `${code} (${system})`
}

/** Rows by name; `added` is what one more row does, one less does the opposite. */
function membership(
  list: string,
  [old, next]: Sides,
  rows: (profile: RecordProfile) => readonly string[],
  added: 'widens' | 'narrows'
): ListChange[] {
  const [before, after] = [new Set(rows(old)), new Set(rows(next))]
  const taken = added === 'widens' ? 'narrows' : 'widens'
  return [
    ...[...after].filter((name) => !before.has(name)).map((name) => change(added, list, name, 'is listed now')),
    ...[...before].filter((name) => !after.has(name)).map((name) => change(taken, list, name, 'is listed no more'))
  ]
}

function change(direction: Direction, list: string, name: string, what: string): ListChange {
  return { direction, list, name, what }
}

/** Ages in a unit whose code is not kept are not known to be ages. */
const UCUM = 'http://unitsofmeasure.org'

function compareSystems([old, next]: Sides): ListChange[] {
  const list = 'code system'
  return namesIn([old.codeSystems, next.codeSystems], ({ system }) => system).flatMap((system): ListChange[] => {
    const [before, after] = [old, next].map(({ codeSystems }) => codeSystems.filter((row) => row.system === system).map(codesOf))
    if (JSON.stringify(before) === JSON.stringify(after)) return []
    if (before === undefined || after === undefined || system === UCUM) return [change('may-widen', list, system, 'is listed differently')]
    if (before.length === 0) return [change('widens', list, system, 'is listed now')]
    if (after.length === 0) return [change('narrows', list, system, 'is listed no more')]
    const [was, is] = [before[0], after[0]]
    const comparable = before.length === 1 && after.length === 1 && was?.pattern === is?.pattern
    if (!comparable) return [change('may-widen', list, system, 'has codes of another form')]
    return [
      isWithin(is?.on, was?.on)
        ? change('narrows', list, system, 'may stand at fewer places')
        : change('widens', list, system, 'may stand at other places')
    ]
  })
}

function codesOf({ pattern, on }: CodeSystem): Pick<CodeSystem, 'pattern' | 'on'> {
  return { ...(pattern === undefined ? {} : { pattern }), ...(on === undefined ? {} : { on: [...on].sort() }) }
}

/** Absent means everywhere. */
function isWithin(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  return outer === undefined || (inner?.every((place) => outer.includes(place)) ?? false)
}

function namesIn<Row>(lists: readonly (readonly Row[])[], nameOf: (row: Row) => string): string[] {
  return [...new Set(lists.flatMap((rows) => rows.map(nameOf)))]
}

function compareExtensions([old, next]: Sides): ListChange[] {
  const list = 'extension'
  return namesIn([old.extensions, next.extensions], ({ url }) => url).flatMap((url): ListChange[] => {
    const [before, after] = [rowsOf(old.extensions, url), rowsOf(next.extensions, url)]
    if (JSON.stringify(before) === JSON.stringify(after)) return []
    if (before.length === 0) return [change('widens', list, url, 'may leave now')]
    if (after.length === 0) return [change('narrows', list, url, 'leaves no more')]
    const [was, is] = [before[0], after[0]]
    const within = before.length === 1 && after.length === 1 && was !== undefined && is !== undefined && is.value === was.value
    if (within && is.on.every((place) => was.on.includes(place)) && is.codes.every((code) => was.codes.includes(code)))
      return [change('narrows', list, url, 'leaves at fewer places or with fewer codes')]
    return [change('may-widen', list, url, 'leaves at other places or with other codes')]
  })
}

function rowsOf(extensions: readonly ExtensionRule[], url: string): { value: string; on: readonly string[]; codes: readonly string[] }[] {
  return extensions
    .filter((row) => row.url === url)
    .map(({ value, on, codes }) => ({
      value,
      on: [...on].sort(),
      codes: Object.entries(codes ?? {})
        .map((pair) => pair.join(' '))
        .sort()
    }))
}

/** What more is taken of whoever too few look like. */
function compareCoarserLevel([old, next]: Sides, leaves: (path: string) => boolean): ListChange[] {
  const list = 'in small groups'
  return namesIn([Object.keys(old.generalized), Object.keys(next.generalized)], (path) => path).flatMap((path): ListChange[] => {
    const [before, after] = [old, next].map(({ generalized, hierarchies }) => {
      const rule = generalized[path]
      return rule === undefined ? null : [rule.verb, rule.hierarchy === undefined ? null : substanceOf(hierarchies?.[rule.hierarchy])]
    })
    if (JSON.stringify(before) === JSON.stringify(after) || !leaves(path)) return []
    if (before === null) return [change('narrows', list, path, 'is taken or made coarser now')]
    if (after === null) return [change('widens', list, path, 'stays as it is now')]
    if (after?.[0] === 'remove') return [change('narrows', list, path, 'goes now')]
    return [change('may-widen', list, path, `becomes ${String(after?.[0])} now`)]
  })
}

/** Which choice of levels a dataset will get is seen only when its patients are counted. */
function compareRisk([old, next]: Sides): ListChange[] {
  const [before, after] = [old, next].map(({ risk }) =>
    JSON.stringify(risk ?? null, (name, value) => (REASONS.has(name) ? undefined : value))
  )
  return before === after ? [] : [change('may-widen', 'by what a person could be found', 'risk', 'is declared differently')]
}

const REASONS: ReadonlySet<string> = new Set(['because', 'source'])

function compareCertificates([{ certificate: before }, { certificate: after }]: Sides): ListChange[] {
  const list = 'certificate'
  if (before === undefined || after === undefined) return []
  const changes: ListChange[] = []
  if (before.id !== after.id) changes.push(change('neither', list, after.id, `stands instead of ${before.id}`))
  const looser = after.threshold.k < before.threshold.k || after.threshold.risk > before.threshold.risk
  if (looser) changes.push(change('widens', list, after.id, `asks for groups of ${after.threshold.k} instead of ${before.threshold.k}`))
  else if (after.threshold.k > before.threshold.k)
    changes.push(change('narrows', list, after.id, `asks for groups of ${after.threshold.k}`))
  if (after.every !== before.every)
    changes.push(change('may-widen', list, after.id, `is for releases ${after.every} apart, not ${before.every}`))
  if (after.expires > before.expires)
    changes.push(change('widens', list, after.id, `is in force until ${after.expires}, not ${before.expires}`))
  else if (after.expires < before.expires) changes.push(change('narrows', list, after.id, `ends on ${after.expires}`))
  return changes
}
