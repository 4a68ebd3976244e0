/**
 * Bytes that grow: text is encoded straight into one buffer, so that a thread's heap does not fill with strings and small buffers. Buffers are
 * used again by the next task: freed ones would weigh on the process until a garbage collection. Decides nothing.
 */

/** Starts small, doubles as needed. `bytes` is a view: use it before writing on. */
export class GrowingBytes {
  #buffer: Buffer
  #length = 0

  constructor(capacity = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity)
  }

  get capacity(): number {
    return this.#buffer.length
  }

  get length(): number {
    return this.#length
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Empty again, its room kept. */
  clear(): void {
    this.#length = 0
  }

  /** UTF-8 of a text. How many bytes that is. */
  text(text: string): number {
    // UTF-8 takes at most three bytes for a UTF-16 code unit.
    this.#room(text.length * 3)
    const written = this.#buffer.write(text, this.#length)
    this.#length += written
    return written
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  uint32(value: number): void {
    this.#room(4)
    this.#buffer.writeUInt32LE(value, this.#length)
    this.#length += 4
  }

  /** Puts a number where uint32 left room for it. */
  setUint32(value: number, at: number): void {
    this.#buffer.writeUInt32LE(value, at)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#length + more))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

/** A buffer grown beyond this is not kept for the next task. */
const LARGEST_SPARE = 2 * 1024 * 1024

/** Buffers between tasks. Take one, use it alone, give it back. */
export class SpareBytes {
  readonly #spare: GrowingBytes[] = []

  take(): GrowingBytes {
    return this.#spare.pop() ?? new GrowingBytes()
  }

  give(bytes: GrowingBytes): void {
    bytes.clear()
    if (bytes.capacity <= LARGEST_SPARE) this.#spare.push(bytes)
  }
}
