/** What a privacy officer signs: one page of sentences, the identifiers of the law one by one, and behind them every rule. All of it from the plans the engine runs. */
import type { Engine } from '../compile/compile.ts'
import { explainDetail, type Section } from './explain-detail.ts'
import { explainPage, PAGE_TOPICS } from './explain-page.ts'
import { type Identifier, LIMITED_DATA_SET, SAFE_HARBOR } from './identifiers.ts'
import { outcomeOf } from './phrases.ts'
import { type Place, placesOf, type Topics } from './places.ts'

export interface IdentifierRow extends Identifier {
  /** `removed at 312 places; kept as three digits at Patient.address.postalCode` */
  readonly done: string
  /** Every place of R4 where it can stand, and what is done there. */
  readonly places: readonly Place[]
}

export interface Explanation {
  readonly page: readonly Section[]
  /** By which list of the law. */
  readonly list: string
  readonly identifiers: readonly IdentifierRow[]
  readonly detail: readonly Section[]
}

/** The same for the same engine, word for word. Takes about a second. */
export function explainProfile(engine: Engine): Explanation {
  const limited = engine.profile.mode === 'limited-data-set'
  const rows = limited ? LIMITED_DATA_SET : SAFE_HARBOR
  const places = placesOf(engine, topicsOf(rows))
  return {
    page: explainPage(engine, places),
    list: limited ? '45 CFR 164.514(e)(2)' : '45 CFR 164.514(b)(2)(i)',
    identifiers: rows.map((row) => {
      const found = [...(places.get(row.letter)?.values() ?? [])]
      return { ...row, done: `${outcomeOf(found)}${isInTexts(row, places) ? IN_TEXTS : ''}`, places: found }
    }),
    detail: explainDetail(engine)
  }
}

const IN_TEXTS = '; it can stand in the texts that leave scrubbed, too, and is covered there as far as it is found: see Free text'

/** Biometrics and photographs are no text. */
const NO_TEXT: ReadonlySet<string> = new Set(['(P)', '(Q)'])

/** Whether text leaves scrubbed that can hold such identifiers. */
function isInTexts({ letter }: Identifier, places: ReturnType<typeof placesOf>): boolean {
  const texts = [...(places.get('text')?.values() ?? [])]
  return !NO_TEXT.has(letter) && texts.some(({ spots }) => spots.some(({ deed }) => deed === 'scrub'))
}

function topicsOf(rows: readonly Identifier[]): Topics {
  const topics = new Map([...PAGE_TOPICS].map(([name, of]) => [name, [...of]]))
  for (const { letter, stands } of rows) for (const name of stands) topics.set(name, [...(topics.get(name) ?? []), letter])
  return topics
}
