/**
 * A compact JWS (RFC 7515 §3.1) as bytes that read in one way only. Decides nothing of what it says; refuses, before any key is looked for, what two readers could
 * read differently: base64url that is not canonical (RFC 4648 §3.5), members that stand twice (RFC 8725 §2.6), text that is not UTF-8, anything but an object.
 */
import { countKeys, screen } from '../core/fhir/screen.ts'

export interface Compact {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

const LEVELS = 4
const PART = /^[A-Za-z0-9_-]+$/

/** Null where it is none. `most`: characters. */
export function compactOf(jws: string, most: number): Compact | null {
  if (jws.length > most) return null
  const [header = '', payload = '', signature = '', ...more] = jws.split('.')
  if (more.length > 0 || bytesOf(signature) === null) return null
  const [head, said] = [objectOf(header), objectOf(payload)]
  return head === null || said === null ? null : { header: head, payload: said }
}

/** Of the many texts that decode to the same bytes only one is theirs. */
function bytesOf(part: string): Buffer | null {
  if (!PART.test(part)) return null
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : null
}

function objectOf(part: string): Readonly<Record<string, unknown>> | null {
  const bytes = bytesOf(part)
  if (bytes === null) return null
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    const { keys, tooDeep } = screen(bytes, 0, bytes.length, LEVELS)
    if (tooDeep || countKeys(value) !== keys) return null
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}
