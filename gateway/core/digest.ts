/**
 * Digests and canonical bytes. Decides how values become bytes to hash: RFC 8785 for JSON, length-prefixed
 * parts for tuples (so that ("ab","c") and ("a","bc") differ). Refuses numbers that JSON cannot hold.
 */
import { createHmac, hash, type KeyObject } from 'node:crypto'

/** A JSON value as JSON.parse gives it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/** Canonical JSON text (RFC 8785): keys by UTF-16 code unit, numbers and strings as ECMAScript writes them. Throws TypeError on NaN and Infinity. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('canonical JSON has no NaN or Infinity')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}

/** SHA-256 of bytes or of the UTF-8 of a text, 32 bytes. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer')
}

/** The same as 64 hex digits: to compare, in half the time of bytes (Node 24). */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** `sha256:<64 hex>` of a policy or statement in canonical form: what decisions and log entries name. */
export function contentHash(value: Json): string {
  return `sha256:${hash('sha256', canonicalJson(value), 'hex')}`
}

/** Parts joined, each behind its length as a 32-bit big-endian number of bytes. */
export function lengthPrefixed(...parts: readonly (string | Uint8Array)[]): Buffer {
  const chunks: Buffer[] = []
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part.buffer, part.byteOffset, part.byteLength)
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(bytes.length)
    chunks.push(length, bytes)
  }
  return Buffer.concat(chunks)
}

/** HMAC-SHA256, 32 bytes. Pass a cached KeyObject on hot paths (591 k/s against 80 k/s with a Buffer key, Node 24). */
export function hmac(key: KeyObject | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  return createHmac('sha256', key)
    .update(lengthPrefixed(...parts))
    .digest()
}
