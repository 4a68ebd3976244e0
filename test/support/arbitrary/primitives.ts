/** Values of FHIR R4's primitive types for generated records: every precision, zone and size R4 allows, and identifiers wherever a text may stand. */
import { boundCodes } from '../../../gateway/core/deidentify/values/vocabulary.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Draw } from './draw.ts'
import type { Planter } from './plant.ts'

const BOUND = boundCodes()
const ZONES = ['Z', '+00:00', '-05:00', '+14:00', '-11:30']
const SECONDS = ['', '.1', '.123', '.123456789']
/** Dates that mean "none" or "for ever": where all dates of a subject are shifted alike, one of these that is shifted, too, tells by how much. */
const PLACEHOLDERS = ['1900-01-01', '1901-01-01', '1970-01-01', '9999-12-31', '2099-12-31', '0001-01-01', '2999-12-31']
const DECIMALS = [1.1, 0, -3.5, 98.6, 120, 0.001, 1e-7, 123.456789, 2.5e5, 72, 250_000, 999_999, 89, 90, 0.1 + 0.2]
const INTEGERS = [0, 1, 7, 42, 89, 90, 120, 365, 1995, 999_999]

export interface Source {
  readonly draw: Draw
  readonly planter: Planter
}

export function pick<T>(draw: Draw, list: readonly T[]): T {
  return list[draw(list.length)] as T // the lists are not empty
}

/** Once in `n`, and never where all choices are the simplest. */
export function once(draw: Draw, n: number): boolean {
  return draw(n) === n - 1
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

export function fullDate(draw: Draw): string {
  if (once(draw, 12)) return pick(draw, PLACEHOLDERS)
  return `${1900 + ((60 + draw(130)) % 130)}-${two(1 + draw(12))}-${two(1 + draw(28))}`
}

function dateOnly(draw: Draw): string {
  return fullDate(draw).slice(0, pick(draw, [10, 10, 10, 7, 4]))
}

/** A date, or a moment with a zone. */
export function anyDate(draw: Draw): string {
  return draw(2) === 0 ? dateOnly(draw) : moment(draw)
}

function moment(draw: Draw): string {
  return `${fullDate(draw)}T${time(draw)}${pick(draw, ZONES)}`
}

function time(draw: Draw): string {
  return `${two(draw(24))}:${two(draw(60))}:${two(draw(60))}${pick(draw, SECONDS)}`
}

/** `place`: where it stands, as in `Address.city`; `bound`: the path under which FHIR lists its codes. */
export const PRIMITIVES: ReadonlyMap<string, (source: Source, place: string) => Json> = new Map<
  string,
  (source: Source, place: string) => Json
>([
  ['boolean', ({ draw }) => draw(2) === 0],
  ['integer', ({ draw, planter }, place) => (once(draw, 12) ? planter.number(place, 7 + draw(3)) : pick(draw, INTEGERS))],
  ['unsignedInt', ({ draw, planter }, place) => (once(draw, 12) ? planter.number(place, 7 + draw(3)) : pick(draw, INTEGERS))],
  ['positiveInt', ({ draw, planter }, place) => (once(draw, 12) ? planter.number(place, 7 + draw(3)) : pick(draw, INTEGERS) + 1)],
  ['decimal', (source, place) => decimal(source, place)],
  ['code', ({ draw, planter }, place) => pick(draw, [...(BOUND.get(place) ?? ['']).values()]) || planter.identifier(place)],
  ['date', ({ draw }) => dateOnly(draw)],
  ['dateTime', ({ draw }) => anyDate(draw)],
  ['instant', ({ draw }) => moment(draw)],
  ['time', ({ draw }) => time(draw)],
  ['base64Binary', ({ planter }, place) => Buffer.from(planter.mark(place).padEnd(9, '.')).toString('base64')],
  ['xhtml', ({ planter }, place) => xhtml(planter, place)],
  ['uri', (source, place) => uri(source, place)],
  ['url', (source, place) => uri(source, place)],
  ['canonical', (source, place) => uri(source, place)],
  ['oid', ({ draw }) => `urn:oid:1.2.${draw(900)}.3`],
  ['uuid', ({ planter }, place) => `urn:uuid:${planter.remember(place, '0d5d9ca9-54d7-42f5-bfae-a7c19cd217f2')}`],
  ['id', ({ planter }, place) => planter.id(place)],
  ['string', (source, place) => text(source, place)],
  ['markdown', (source, place) => text(source, place)]
])

function decimal({ draw, planter }: Source, place: string): number {
  if (!once(draw, 10)) return pick(draw, DECIMALS)
  const digits = planter.number(place, 8)
  return pick(draw, [digits, digits / 1e8])
}

function text({ draw, planter }: Source, place: string): string {
  return draw(3) === 0 ? planter.text(place) : planter.identifier(place)
}

function uri({ draw, planter }: Source, place: string): string {
  const mark = planter.mark(place)
  return pick(draw, [`http://${mark}.example/fhir`, `urn:${mark}`, `https://demo.example/${mark}?q=${mark}#${mark}`, `tel:${mark}`])
}

function xhtml(planter: Planter, place: string): string {
  const mark = planter.mark(place)
  return `<div xmlns="http://www.w3.org/1999/xhtml" title="${mark}" id="${mark}"><a href="http://${mark}.example">${mark}</a><!-- ${mark} --></div>`
}
