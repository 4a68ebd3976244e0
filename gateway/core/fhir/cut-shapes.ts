/** The shapes of cutting, and the buffers it is done in. Decides nothing. */
import type { Code } from '../errors.ts'

export interface CutLimits {
  /** bytes of one resource or Bundle entry */
  readonly recordBytes: number
  /** bytes of one line, or of a Bundle read in one go; larger Bundles are streamed */
  readonly bundleBytes: number
  /** bytes of a part; 1 MiB unless said */
  readonly partBytes?: number
}

/** A record given up while cutting. */
export interface Reject {
  readonly line: number
  readonly code: Code
}

/**
 * A run of whole lines or Bundle entries. Number i (from 0) is line or entry `firstLine + i`, stands at bytes[offsets[2i], offsets[2i + 1]), and is
 * empty when the line was blank or is among the rejects. `bytes` has an ArrayBuffer of its own (transferable).
 */
export interface Part {
  readonly kind: 'lines' | 'entries'
  readonly firstLine: number
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  readonly rejects: readonly Reject[]
}

/** Bytes with an ArrayBuffer of their own, so that a part can be transferred to a thread. */
export function own(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size)
}

/** The buffer with the chunk put behind its first `length` bytes: the same one, or one twice as large if there is no room. */
export function appended(buffer: Buffer, length: number, chunk: Uint8Array): Buffer {
  const needed = length + chunk.length
  const target = needed > buffer.length ? own(Math.max(buffer.length * 2, needed)) : buffer
  if (target !== buffer) target.set(buffer.subarray(0, length))
  target.set(chunk, length)
  return target
}
