/**
 * Identifiers for generated records, each remembered with the place it was put: what a reader of the output must not meet. They are invented words and
 * numbers in the shapes real ones have (names, three letters, social security and telephone numbers, record numbers, UUIDs, hashes, codes with check digits),
 * none of which any code system, unit or list of FHIR holds.
 */
import type { Draw } from './draw.ts'

export interface Planted {
  /** as it stands in the record, in lower case → where: `Address.city` */
  readonly needles: Map<string, Set<string>>
}

/** Shapes without blanks: `n` is a number of its own, `mark` a word of its own. */
const SHAPES: readonly ((n: number, mark: string) => string)[] = [
  (_n, mark) => mark,
  (n) => `q${String.fromCharCode(97 + (n % 26))}q`,
  (n) => `999-${two(n)}-${four(n)}`,
  (n) => `555010${four(n)}`,
  (_n, mark) => `${mark}@mail.example`,
  (n) => `6c5d9ca9-54d7-42f5-bfae-a7c19cd2${four(n)}`,
  (n) => `9f8e7d6c5b4a39281706f5e4d3c2${four(n)}`,
  (n) => `MRN-00${four(n)}7`,
  (n) => `77880${four(n)}`,
  (n, mark) => `${mark}/${n}?${mark}=${mark}#${mark}`,
  (_n, mark) => `__proto__.${mark}`,
  (n) => `+1(617)555-${four(n)}`
]
/** Of these only what an id may be made of. */
const AS_ID = /^[A-Za-z0-9.-]{1,64}$/
/** Around a mark: what breaks quoting, markup, direction, normal forms and templates. */
const FRAMES: readonly ((mark: string) => string)[] = [
  (mark) => mark,
  (mark) => `${mark} of Demo Hospital, born 1931-02-03`,
  (mark) => `"${mark}"\\ </div><script>${mark}</script> \${${mark}}`,
  (mark) => `\u202e${mark}\u200b e\u0301\u00e9 \ud83e\ude7a ${mark}`,
  (mark) => `\t${mark}\r\n{"resourceType":"Patient","id":"${mark}"}`,
  (mark) => `constructor ${mark} __proto__`
]

function two(n: number): string {
  return String(n % 100).padStart(2, '0')
}

function four(n: number): string {
  return String(n % 10_000).padStart(4, '0')
}

export class Planter {
  readonly planted: Planted = { needles: new Map() }
  readonly #draw: Draw
  #count = 0

  constructor(draw: Draw) {
    this.#draw = draw
  }

  /** A word that must not leave. */
  mark(place: string): string {
    return this.#remember(place, `Zq${this.#count++}q`)
  }

  /** An identifier in one of the shapes. */
  identifier(place: string): string {
    const made = this.#shape()
    for (const mark of made.match(/zq\d+q/gi) ?? []) this.#remember(place, mark)
    return made.includes('zq') || made.includes('Zq') ? made : this.#remember(place, made)
  }

  /** One that may stand as an id. */
  id(place: string): string {
    const made = this.#shape()
    return this.#remember(place, AS_ID.test(made) ? made : `Zq${this.#count++}q`)
  }

  /** Free text with an identifier in it. */
  text(place: string): string {
    const frame = FRAMES[this.#draw(FRAMES.length)]
    return frame === undefined ? this.mark(place) : frame(this.mark(place))
  }

  /** A number that is somebody's, of `digits` digits. */
  number(place: string, digits: number): number {
    const text = `19991882${four(this.#count++)}`.slice(-digits).replace(/^0/, '7')
    this.#remember(place, text)
    return Number(text)
  }

  remember(place: string, needle: string): string {
    return this.#remember(place, needle)
  }

  #shape(): string {
    const n = this.#count++
    const shape = SHAPES[this.#draw(SHAPES.length)]
    return shape === undefined ? `Zq${n}q` : shape(n, `Zq${n}q`)
  }

  #remember(place: string, needle: string): string {
    const key = needle.toLowerCase()
    this.planted.needles.set(key, (this.planted.needles.get(key) ?? new Set()).add(place))
    return needle
  }
}

/** The planted identifiers that a text holds as whole tokens; `allowed` says at which places what was planted may leave. */
export function metIn(text: string, planted: Planted, allowed: (place: string) => boolean): string[] {
  const low = text.toLowerCase()
  const met: string[] = []
  for (const [needle, places] of planted.needles) {
    if ([...places].some(allowed)) continue
    for (let at = low.indexOf(needle); at >= 0; at = low.indexOf(needle, at + 1)) {
      if (isPart(low[at - 1]) || isPart(low[at + needle.length])) continue
      met.push(`${needle} of ${[...places].join(', ')}`)
      break
    }
  }
  return met
}

function isPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character)
}
