/** What is done at places, in words a reader needs no code for. Decides nothing. */
import type { Place, Spot } from './places.ts'

const PHRASES: Readonly<Record<Spot['deed'], string>> = {
  keep: 'kept whole',
  code: 'kept where it is one of FHIR’s own codes',
  year: 'kept as the year',
  'birth-year': 'kept as the year of birth, from 90 on not at all',
  shift: 'shifted',
  'birth-shift': 'shifted, from 90 on not kept at all',
  'age-90': 'kept, from 90 on as 90 or more',
  observed: 'kept, an age from 90 on as 90 or more',
  zip3: 'kept as three digits',
  state: 'kept as the State',
  coding: 'kept where the code system is listed',
  quantity: 'kept as a number in a known unit',
  reference: 'renamed by surrogate',
  generalize: 'made coarser',
  perturb: 'changed by noise',
  substitute: 'replaced by a fixed value',
  surrogate: 'replaced by a surrogate',
  scrub: 'kept as text with what identifies taken out',
  'by-element': 'kept by its elements',
  decade: 'made a decade',
  period: 'made a span of years',
  'roll-up': 'made its parent where it is a rare code',
  mask: 'removed, and marked as removed',
  remove: 'removed',
  withheld: 'withheld with its record',
  forbidden: 'the record is withheld when it is there',
  id: 'replaced by a surrogate'
}

/** Deeds after which nothing of the value is left. */
const GONE: ReadonlySet<Spot['deed']> = new Set(['remove', 'withheld', 'forbidden', 'mask'])
/** Up to so many places are named, more are counted. */
const NAMED = 3

export function isGone(spot: Spot): boolean {
  return GONE.has(spot.deed)
}

/** What is done there, as a clause: `made coarser (ages by ten)`. */
export function phraseOf({ deed, rule }: Spot): string {
  if (deed === 'code' && rule?.pattern !== undefined)
    return `kept where it has the form the profile gives${rule.checked === undefined ? '' : ' and its check digits agree'}`
  if (deed === 'generalize') return `${PHRASES.generalize} (${rule?.hierarchy ?? '?'})`
  return PHRASES[deed]
}

/** Of one value: the deed where all of it goes the same way; else that of each part that is not gone. */
interface Told {
  readonly phrase: string
  readonly path: string
}

/** `removed at 312 places; kept as three digits at Patient.address.postalCode`, what is kept first. */
export function outcomeOf(places: Iterable<Place>): string {
  const kept = new Map<string, Set<string>>()
  const gone = new Map<string, Set<string>>()
  for (const place of places) {
    const left = place.spots.filter((spot) => !isGone(spot))
    const told: Told[] = left.map((spot) => ({ phrase: phraseOf(spot), path: spot.path }))
    for (const { phrase, path } of told) note(kept, phrase, path)
    const [first] = place.spots
    if (told.length === 0 && first !== undefined) note(gone, phraseOf(loudest(place.spots, first)), place.path)
  }
  const clauses = [...byNumber(kept), ...byNumber(gone)].map(([phrase, paths]) => `${phrase} at ${listed([...paths])}`)
  return clauses.length === 0 ? 'FHIR has no place for it' : clauses.join('; ')
}

/** Of a value whose parts all go: masked or forbidden says more than removed. */
function loudest(spots: readonly Spot[], first: Spot): Spot {
  return spots.find(({ deed }) => deed === 'forbidden' || deed === 'mask') ?? first
}

function note(into: Map<string, Set<string>>, phrase: string, path: string): void {
  const paths = into.get(phrase) ?? new Set<string>()
  into.set(phrase, paths.add(path))
}

function byNumber(clauses: ReadonlyMap<string, ReadonlySet<string>>): (readonly [string, ReadonlySet<string>])[] {
  return [...clauses].sort(([a, x], [b, y]) => y.size - x.size || (a < b ? -1 : 1))
}

/** `Patient.photo and Media.content`, or `312 places`. */
export function listed(paths: readonly string[]): string {
  return paths.length > NAMED ? `${paths.length.toLocaleString('en-US')} places` : joined(paths)
}

export function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
