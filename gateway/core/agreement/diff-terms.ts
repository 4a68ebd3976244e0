/**
 * What widens and what narrows between two versions of the members that say which records leave: resources, date window, sensitive categories, value sets, k,
 * limits. Decides member by member; of each, more let through by one version is said even where another member lets less through.
 */
import type { Agreement } from '../../generated/policy.ts'
import { elementAllowed } from '../minimum-necessary/elements.ts'
import { codesIn, type ValueSet } from './codes.ts'
import { isShorter } from './window.ts'

export type Direction = 'widens' | 'narrows' | 'neither'

/** A difference, in words. */
export type Said = readonly [direction: Direction, sentence: string]

export const widens = (sentence: string): Said => ['widens', sentence]
export const narrows = (sentence: string): Said => ['narrows', sentence]
export const neither = (sentence: string): Said => ['neither', sentence]

/** Of one member: what it was, and what it is now. */
export type Comparer<Member extends keyof Agreement> = (before: Agreement[Member], after: Agreement[Member]) => Said[]

/** Members of which only one side has the word; `added` widens where they permit, narrows where they forbid. */
export function addedAndLost(
  before: Iterable<string>,
  after: Iterable<string>,
  added: (name: string) => Said,
  lost: (name: string) => Said
): Said[] {
  const [was, is] = [new Set(before), new Set(after)]
  return [...[...is].filter((name) => !was.has(name)).map(added), ...[...was].filter((name) => !is.has(name)).map(lost)]
}

export const resourcesDiff: Comparer<'resources'> = (before, after) => {
  const [was, is] = [elementAllowed(before), elementAllowed(after)]
  const types = addedAndLost(
    Object.keys(before),
    Object.keys(after),
    (type) => widens(`Records of type ${type} may leave now: ${(after[type] ?? []).join(', ')}.`),
    (type) => narrows(`Records of type ${type} may leave no more.`)
  )
  const elements = Object.entries(after).flatMap(([type, paths]) =>
    before[type] === undefined
      ? []
      : [
          ...paths.filter((path) => was(type, path) !== 'all').map((path) => widens(`${type}.${path} may leave now.`)),
          ...before[type]
            .filter((path) => is(type, path) !== 'all')
            .map((path) => narrows(`${type}.${path} may leave no more, or in part.`))
        ]
  )
  return [...types, ...elements]
}

export const dateWindowDiff: Comparer<'dateWindow'> = (before, after) => [
  ...sideDiff(before.from, after.from, '', (a, b) => a < b, 'begins'),
  ...sideDiff(before.to, after.to, '~', (a, b) => a > b, 'ends')
]

function sideDiff(
  before: string | null,
  after: string | null,
  open: string,
  isWider: (a: string, b: string) => boolean,
  says: string
): Said[] {
  if (before === after) return []
  const sentence = `The date window ${says} with ${after ?? 'no day'}, not with ${before ?? 'no day'}.`
  return [isWider(after ?? open, before ?? open) ? widens(sentence) : narrows(sentence)]
}

export const categoriesDiff: Comparer<'categories'> = (before, after) =>
  addedAndLost(
    before?.granted ?? [],
    after?.granted ?? [],
    (name) => widens(`The sensitive category ${name} is granted now.`),
    (name) => narrows(`The sensitive category ${name} is granted no more.`)
  )

export const codeFiltersDiff: Comparer<'codeFilters'> = (before, after) => {
  const [was, is] = [flat(before), flat(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((place) => setDiff(place, was.get(place), is.get(place)))
}

function flat(filters: Agreement['codeFilters']): Map<string, ValueSet> {
  return new Map(
    Object.entries(filters ?? {}).flatMap(([type, elements]) =>
      Object.entries(elements).map(([path, set]) => [`${type}.${path}`, set.in] as const)
    )
  )
}

function setDiff(place: string, before: ValueSet | undefined, after: ValueSet | undefined): Said[] {
  if (before === undefined) return [narrows(`${place} must have one of the codes of a value set now.`)]
  if (after === undefined) return [widens(`${place} needs no code of a value set any more.`)]
  return addedAndLost(
    namesOf(before),
    namesOf(after),
    (code) => widens(`${place} may have the code ${code} now.`),
    (code) => narrows(`${place} may have the code ${code} no more.`)
  )
}

function namesOf(set: ValueSet): string[] {
  return [...codesIn(set)].flatMap(([system, codes]) => [...codes].map((code) => `${system}|${code}`))
}

/** `more`: a greater number lets more leave. */
export function numberDiff(
  says: string,
  more: Direction & ('widens' | 'narrows')
): (before: number | undefined, after: number | undefined) => Said[] {
  const less = more === 'widens' ? narrows : widens
  return (before, after) => {
    if (before === after) return []
    // without a number there is no bound: the most where more widens, the least where more narrows
    const open = more === 'widens' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    const sentence = `${says}: ${after ?? 'not asked'}, not ${before ?? 'unasked'}.`
    return [(after ?? open) > (before ?? open) ? (more === 'widens' ? widens : narrows)(sentence) : less(sentence)]
  }
}

export const kDiff = numberDiff('How many patients must look alike (k)', 'narrows')

export const limitsDiff: Comparer<'limits'> = (before, after) => {
  const counts = (['datasets', 'subjects', 'records'] as const).flatMap((what) =>
    numberDiff(`The most ${what} in a period`, 'widens')(before?.[what], after?.[what])
  )
  if (before === undefined || after === undefined || before.period === after.period) return counts
  const sentence = `Limits count over ${after.period}, not over ${before.period}.`
  return [
    ...counts,
    isShorter(after.period, before.period) || !isShorter(before.period, after.period) ? widens(sentence) : narrows(sentence)
  ]
}
