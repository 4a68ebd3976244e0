/** Ids that nobody may have: the gateway spends ids of tokens, counts failures and tells of strangers under them (store/spent-jti.ts, http/sign-in.ts). */
import type { Fault } from '../errors.ts'

const RESERVED: ReadonlySet<string> = new Set(['sign-in', 'logout', 'callback', 'first-run'])

/** `unknown-…`: somebody whom the provider knows, and no file. */
const STRANGER = /^unknown-/

export function idFaults(id: string): Fault[] {
  return RESERVED.has(id) || STRANGER.test(id) ? [{ path: '/id', message: 'is a name that the gateway uses itself' }] : []
}
