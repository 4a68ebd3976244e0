/**
 * policies/log.json: how long what entries say is kept, and when officers are at work. Decides that where there is no such file nothing of the log is ever
 * deleted. Refuses fewer than six years, hours that end before they begin, and zones that are none.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { contentHash, type Json } from '../core/digest.ts'
import { type Fault, PolicyError } from '../core/errors.ts'
import type { LogPolicy } from '../generated/policy.ts'
import { createPolicyReaders } from './policy-file.ts'

export interface HashedLogPolicy {
  readonly policy: LogPolicy
  readonly hash: string
}

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

/** Null where the folder has none. PolicyError policy-invalid with every fault. */
export function loadLogPolicy(dir: string): HashedLogPolicy | null {
  const file = join(dir, 'log.json')
  if (!existsSync(file)) return null
  const read = createPolicyReaders().log(file)
  const faults = 'faults' in read ? read.faults : hoursFaults(read.document)
  if ('faults' in read || faults.length > 0)
    throw new PolicyError(
      'policy-invalid',
      faults.map(({ path, message }) => ({ path: `log.json#${path}`, message }))
    )
  return { policy: read.document, hash: contentHash(read.document as unknown as Json) } // it came from JSON.parse
}

/** How long what entries say is kept, and the policy that says so; null: for ever. */
export function keepingOf(dir: string): { readonly years: number; readonly policy: string } | null {
  const log = loadLogPolicy(dir)
  return log === null ? null : { years: log.policy.keepYears, policy: log.hash }
}
