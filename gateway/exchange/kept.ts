/** A kept record, read again. Decides nothing: it was validated when it was accepted. */
import { parseExact } from '../core/fhir/exact.ts'
import type { Resource } from '../core/fhir/resource.ts'
import type { Kept } from './release/gather.ts'

export function lineOf({ text }: Pick<Kept, 'text'>): string {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')
}

/** The record of its line. */
export function readLine(line: string, { exact }: Pick<Kept, 'exact'>): Resource {
  return (exact ? parseExact(line) : JSON.parse(line)) as Resource // validated when it was accepted
}

export function readKept(kept: Kept): Resource {
  return readLine(lineOf(kept), kept)
}
