/**
 * DER (X.690), the little of it that CMS needs, on plain Buffers: contents may be 256 MiB, which a library of trees and strings
 * (node-forge: 13 to 25 MB/s) would copy many times. Decides nothing. Refuses, by TypeError, indefinite lengths and bytes that end too soon;
 * callers turn that into their one code.
 */

export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  context0: 0x80,
  constructed0: 0xa0,
  constructed1: 0xa1,
  constructed2: 0xa2
} as const

/** Tag and length of a value of `length` bytes. */
export function derHeader(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length)
  const digits = length.toString(16)
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | bytes.length), bytes])
}

/** One value: tag, length, contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  return Buffer.concat([derHeader(tag, length), ...contents])
}

/** An OBJECT IDENTIFIER from its dotted form, e.g. '2.16.840.1.101.3.4.1.46'. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc & 0x7f]
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128)) septets.unshift(0x80 | (high & 0x7f))
    return septets
  })
  return der(TAG.oid, Buffer.from(bytes))
}

export interface DerValue {
  readonly tag: number
  /** a view, not a copy */
  readonly content: Buffer
  /** tag, length and content */
  readonly whole: Buffer
}

/** The values that stand one behind the other in `bytes`. Throws TypeError when they do not fill it exactly. */
export function derValues(bytes: Buffer): DerValue[] {
  const values: DerValue[] = []
  let at = 0
  while (at < bytes.length) {
    const { start, end } = boundsAt(bytes, at)
    values.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, end), whole: bytes.subarray(at, end) })
    at = end
  }
  return values
}

/** The one value of this tag that fills `bytes`. */
export function derOnly(bytes: Buffer, tag: number): Buffer {
  const [value, ...others] = derValues(bytes)
  if (value === undefined || others.length > 0 || value.tag !== tag) throw new TypeError('another DER value was expected')
  return value.content
}

/** The contents of the values that fill `bytes`, which must have exactly these tags. */
export function derFields(bytes: Buffer, ...tags: readonly number[]): Buffer[] {
  const values = derValues(bytes)
  if (values.length !== tags.length || values.some((value, at) => value.tag !== tags[at]))
    throw new TypeError('other DER values were expected')
  return values.map((value) => value.content)
}

function boundsAt(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes[at + 1]
  if (first === undefined) throw new TypeError('DER cut short')
  if (first < 0x80) return fit(bytes, at + 2, first)
  const count = first & 0x7f
  if (count < 1 || count > 4 || at + 2 + count > bytes.length) throw new TypeError('not a DER length')
  return fit(bytes, at + 2 + count, bytes.readUIntBE(at + 2, count))
}

function fit(bytes: Buffer, start: number, length: number): { start: number; end: number } {
  if (start + length > bytes.length) throw new TypeError('DER cut short')
  return { start, end: start + length }
}
