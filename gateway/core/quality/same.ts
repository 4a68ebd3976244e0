/**
 * Which records of a subject have the same content, but for their ids. Decides by a sample of the text, then by all of it; a text is compared with a few
 * others at most, whatever the records are. Keeps no text: whoever asks hands over what it has.
 */

/** Units of a text that are looked at first; a power of them would be no quicker. */
const SAMPLES = 40
/** Others with the same sample that a text is compared with. */
const MOST_COMPARED = 8

/** What is asked of a record: from where it came, and its text without its id. */
export interface Comparison<Kept> {
  readonly from: (kept: Kept) => string
  readonly text: (kept: Kept) => string
}

/** Was there another from the same place with the same content? */
export type Same<Kept> = (line: string, id: string | undefined, kept: Kept) => boolean

export function createSame<Kept>({ from, text }: Comparison<Kept>): Same<Kept> {
  const known = new Map<number, Kept | Kept[]>()
  return (line, id, kept) => {
    const key = sampleOf(line, id)
    const before = known.get(key)
    if (before === undefined) {
      known.set(key, kept)
      return false
    }
    const others = Array.isArray(before) ? before : [before]
    const [place, own] = [from(kept), withoutId(line, id)]
    const found = others.some((other) => from(other) === place && text(other) === own)
    if (!found && others.length < MOST_COMPARED) known.set(key, [...others, kept])
    return found
  }
}

/** The text without its id: what two records of the same content have in common. */
export function withoutId(line: string, id: string | undefined): string {
  const at = id === undefined ? -1 : line.indexOf(`"${id}"`)
  return at < 0 ? line : `${line.slice(0, at)}${line.slice(at + (id ?? '').length + 2)}`
}

function sampleOf(line: string, id: string | undefined): number {
  const at = id === undefined ? -1 : line.indexOf(`"${id}"`)
  const end = at < 0 ? 0 : at + (id ?? '').length + 2
  const length = line.length - end
  let hash = length
  hash = sampled(hash, line, 0, Math.max(at, 0), SAMPLES / 4)
  return sampled(hash, line, end, length, SAMPLES)
}

function sampled(seed: number, line: string, start: number, length: number, samples: number): number {
  let hash = seed
  const step = Math.max(1, length / samples)
  for (let offset = 0; offset < length; offset += step) hash = (Math.imul(hash, 31) + line.charCodeAt(start + Math.floor(offset))) | 0
  return hash
}
