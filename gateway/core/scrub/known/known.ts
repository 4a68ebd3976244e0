/**
 * What is known of the people a text is about, found in any writing: letters and digits are compared, whatever stands between them (needles.ts). Names also
 * with one letter wrong (misspelt.ts), with initials (initials.ts), in any order; dates without their year, or without their day (days.ts).
 */
import type { IdentifierClass } from '../classes.ts'
import { normalise } from '../reading/normalise.ts'
import { lowered, type Page, shapeAt, startAt } from '../reading/page.ts'
import { SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { type DamagedNames, damagedAt, damagedNames, isDamaged } from './damaged.ts'
import { compactDates, type Days, dayAt, daysOf } from './days.ts'
import { initialsAt, initialsOf, othersOf, type People, withInitials } from './initials.ts'
import { lookAlikeAt } from './look-alike.ts'
import { type LongNames, longNames, misspeltAt } from './misspelt.ts'
import { createNeedles, type Needles, needleAt } from './needles.ts'
import type { Needle } from './written.ts'

export interface Known {
  find(this: void, page: Page, found: Span[]): void
  /** each name and value that is looked for, squeezed, and what it stands for: one key for all writings of it */
  readonly canon: ReadonlyMap<string, string>
}

/** What is looked for. Texts as they stand in the records. */
export interface Facts {
  /** each part of each name, without titles ("Mary", "Ann", "O'Brien"), other forms of it too, and the key of all of them */
  readonly names: ReadonlyMap<string, string>
  readonly people: People
  readonly values: readonly Value[]
  /** YYYY-MM-DD */
  readonly dates: ReadonlySet<string>
}

export interface Value {
  readonly class: IdentifierClass
  readonly text: string
  /** of which it is a writing or a part */
  readonly of: string
  /** only one word of it */
  readonly part?: true
}

export function createKnown(facts: Facts): Known {
  const { people, dates } = facts
  const canon = new Map<string, string>()
  const names = [...nameNeedles(facts, canon)]
  const index = {
    needles: createNeedles([...names, ...valueNeedles(facts, canon), ...dateNeedles(dates)]),
    canon,
    long: longNames(names.map(({ text }) => text)),
    damaged: damagedNames(
      names.map(({ text }) => text),
      canon
    ),
    days: daysOf(dates),
    initials: initialsOf(people),
    others: othersOf(people)
  }
  return { find: (page, found) => find(index, page, found), canon }
}

/** Adds to `canon` what they stand for. */
function* nameNeedles({ names }: Facts, canon: Map<string, string>): Generator<Needle> {
  for (const [name, key] of names) {
    const text = squeezed(name)
    if (text.length < 2 || canon.has(text)) continue
    canon.set(text, key)
    yield { text, class: 'NAME', rule: 'known-name', key }
  }
}

function* valueNeedles({ values }: Facts, canon: Map<string, string>): Generator<Needle> {
  for (const { class: kind, text: value, of, part } of values) {
    const text = squeezed(value)
    if (text.length < 4 || (part === true && canon.has(text))) continue
    const key = squeezed(of)
    if (!canon.has(text)) canon.set(text, key)
    yield { text, class: kind, rule: part === true ? 'known-part' : 'known-value', key }
  }
}

function* dateNeedles(dates: Iterable<string>): Generator<Needle> {
  for (const date of dates) for (const text of compactDates(date)) yield { text, class: 'DATE', rule: 'known-date', key: date }
}

interface Index {
  readonly needles: Needles
  readonly canon: Known['canon']
  readonly long: LongNames
  readonly damaged: DamagedNames
  readonly days: Days
  readonly initials: ReturnType<typeof initialsOf>
  readonly others: ReadonlyMap<string, string>
}

/** Letters and digits of a text, folded, in lower case. */
export function squeezed(text: string): string {
  return lowered(normalise(text).text).replace(/[^\p{L}\p{N}]|[\u{10000}-\u{10ffff}]/gu, '')
}

function find(index: Index, page: Page, found: Span[]): void {
  let done = 0
  const damaged = isDamaged(page) ? index.damaged : null
  for (let token = 0; token < page.tokens.count; token++) {
    if (startAt(page, token) < done || (shapeAt(page, token) & SHAPE.mark) !== 0) continue
    const span =
      needleAt(index.needles, page, token) ??
      lookAlikeAt(index.canon, page, token) ??
      misspeltAt(index.long, index.canon, page, token) ??
      (damaged === null ? null : damagedAt(damaged, page, token)) ??
      dayAt(index.days, page, token) ??
      initialsAt(index.initials, page, token)
    if (span === null) continue
    found.push(span.class === 'NAME' ? withInitials(index.others, page, token, span) : span)
    done = span.end
  }
}
