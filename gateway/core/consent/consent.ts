/**
 * Whether a subject's choice stops a disclosure. An opt-out overrides every agreement; nothing overrides an opt-out. The list holds keyed
 * hashes, never identities, so that it can be kept and counted without naming anyone.
 */
import type { KeyObject } from 'node:crypto'
import { hmac } from '../digest.ts'
import type { Code } from '../errors.ts'
import type { Identity } from '../fhir/resource.ts'

/** The name under which a subject stands in the opt-out list: 64 hex digits. Two hospitals' Patient/123 differ, as does each server base. */
export function optOutKey(secret: KeyObject, subject: Identity): string {
  return hmac(secret, 'opt-out', subject.party, subject.base, subject.type, subject.id).toString('hex')
}

/** null: nothing stands against it. 'opted-out', under any name the subject goes by: every record of it is withheld. */
export function consentFor(names: readonly string[], optOuts: ReadonlySet<string>): Code | null {
  return names.some((name) => optOuts.has(name)) ? 'opted-out' : null
}
