/**
 * policies/log.json: how long what entries say is kept, and when officers are at work. Decides that where there is no such file nothing of the log is ever
 * deleted. Refuses fewer than seven years, hours that end before they begin, and zones that are none.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { HashedLogPolicy } from '../core/agreement/policies.ts'
import { contentHash, type Json } from '../core/digest.ts'
import { type Fault, PolicyError } from '../core/errors.ts'
import type { LogPolicy } from '../generated/policy.ts'
import { createPolicyReaders, type PolicyReaders } from './policy-file.ts'

function hoursFaults({ officeHours: hours }: LogPolicy): Fault[] {
  if (hours === undefined) return []
  const ordered = hours.from < hours.until && hours.until <= '24:00'
  return [
    ...(ordered ? [] : [{ path: '/officeHours/until', message: 'must be later than from, and 24:00 at most' }]),
    ...(isZone(hours.zone) ? [] : [{ path: '/officeHours/zone', message: 'is not a time zone that is known here' }])
  ]
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Null where the folder has none, or where it has faults. */
export function inspectLogPolicy(
  dir: string,
  read: PolicyReaders['log'] = createPolicyReaders().log
): { readonly log: HashedLogPolicy | null; readonly faults: readonly Fault[] } {
  const file = join(dir, 'log.json')
  if (!existsSync(file)) return { log: null, faults: [] }
  const found = read(file)
  const faults = 'faults' in found ? found.faults : hoursFaults(found.document)
  if ('faults' in found || faults.length > 0)
    return { log: null, faults: faults.map(({ path, message }) => ({ path: `log.json#${path}`, message })) }
  return { log: { policy: found.document, hash: contentHash(found.document as unknown as Json) }, faults } // it came from JSON.parse
}

/** Alone, for what needs no other policy. PolicyError policy-invalid with every fault. */
export function loadLogPolicy(dir: string): HashedLogPolicy | null {
  const { log, faults } = inspectLogPolicy(dir)
  if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return log
}

/** How long what entries say is kept, and the policy that says so; null: for ever. */
export function keepingOf(log: HashedLogPolicy | null): { readonly years: number; readonly policy: string } | null {
  return log === null ? null : { years: log.policy.keepYears, policy: log.hash }
}
