/**
 * Choices one after the other, as fast-check can make, repeat and shrink them: a generator asks for a number below n whenever it has to choose, 0 is the
 * simplest choice, and what was chosen is written on a tape. A failing value is shrunk by shortening the tape and lowering its numbers; past its end all is 0.
 */
import fc from 'fast-check'

/** A whole number from 0 to n - 1. */
export type Draw = (n: number) => number

/** Values that a generator makes by drawing. */
export function drawn<T>(make: (draw: Draw) => T): fc.Arbitrary<T> {
  return new Drawn(make)
}

class Drawn<T> extends fc.Arbitrary<T> {
  readonly #make: (draw: Draw) => T

  constructor(make: (draw: Draw) => T) {
    super()
    this.#make = make
  }

  override generate(random: fc.Random): fc.Value<T> {
    const tape: number[] = []
    const value = this.#make((n) => {
      const chosen = n < 2 ? 0 : random.nextInt(0, n - 1)
      tape.push(chosen)
      return chosen
    })
    return new fc.Value(value, tape)
  }

  override canShrinkWithoutContext(_value: unknown): _value is T {
    return false
  }

  override shrink(_value: T, context?: unknown): fc.Stream<fc.Value<T>> {
    return fc.stream(this.#smaller(Array.isArray(context) ? context : []))
  }

  *#smaller(tape: readonly number[]): Generator<fc.Value<T>> {
    for (const shorter of smallerTapes(tape)) yield new fc.Value(this.#make(replay(shorter)), shorter)
  }
}

function replay(tape: readonly number[]): Draw {
  let at = 0
  return (n) => (tape[at++] ?? 0) % n
}

/** Without its second half, without blocks of it, with blocks of zeros: the bold ones first. */
function* smallerTapes(tape: readonly number[]): Generator<number[]> {
  let end = tape.length
  while (end > 0 && tape[end - 1] === 0) end--
  for (let size = Math.ceil(end / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    yield tape.slice(0, end - size)
    for (let at = 0; at + size <= end; at += size) {
      if (!tape.slice(at, at + size).some((number) => number > 0)) continue
      yield [...tape.slice(0, at), ...Array.from({ length: size }, () => 0), ...tape.slice(at + size, end)]
      yield [...tape.slice(0, at), ...tape.slice(at + size, end)]
    }
  }
}
