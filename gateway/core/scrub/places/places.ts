/** Places and facilities that nobody told of: streets behind a house number, and whatever begins with a capital and is a facility, a street or a city. */
import { bitsAt, endAt, type Page, startAt } from '../reading/page.ts'
import { CAPITALS, SHAPE } from '../reading/tokens.ts'
import type { Span } from '../span.ts'
import { WORD } from '../words/words.ts'
import { city, lowerCity } from './cities.ts'
import { facility, saint } from './facilities.ts'
import { bareStreet, homeStreet, lowerStreet, type Place, street } from './streets.ts'
import { visited } from './visited.ts'

export function findPlaces(page: Page, found: Span[]): void {
  const { tokens } = page
  let done = 0
  for (let token = 0; token < tokens.count; token++) {
    if (token < done) continue
    const shape = tokens.shape[token] ?? 0
    const place = placeAt(page, token, shape)
    if (place === null) continue
    found.push({ start: startAt(page, place.from), end: endAt(page, place.last), class: place.class, rule: place.rule })
    done = place.last + 1
  }
}

function placeAt(page: Page, token: number, shape: number): Place | null {
  if ((shape & CAPITALS) !== 0) return capitals(page, token)
  if ((shape & SHAPE.number) !== 0) return street(page, token) ?? lowerStreet(page, token) ?? homeStreet(page, token)
  return (bitsAt(page, token) & (WORD.place | WORD.city)) !== 0 ? lowerCity(page, token) : null
}

function capitals(page: Page, token: number): Place | null {
  if ((bitsAt(page, token) & WORD.never) !== 0) return null
  return facility(page, token) ?? bareStreet(page, token) ?? visited(page, token) ?? saint(page, token) ?? city(page, token)
}
