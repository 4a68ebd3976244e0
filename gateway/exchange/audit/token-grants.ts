/**
 * Tokens granted. Decides that an assertion is spent and the entry of its token made in one commit, or neither: no token without its record, and none for a replay. Those
 * that come while a commit is under way share the next one, for the way to the disk costs more than all the rest.
 */
import { IntegrityError } from '../../core/errors.ts'
import { type SpentFor, spendAll } from '../../store/spent-jti.ts'
import type { House } from '../house.ts'
import { entryRow } from '../log/log.ts'
import { together } from '../log/together.ts'
import { addressMac } from './refusals.ts'

export interface TokenGranted {
  readonly party: string
  readonly role: string
  readonly scopes: readonly string[]
  /** x5t#S256 the token is bound to */
  readonly certificate: string | null
  /** RFC 7638 thumbprint of the registered key that proved the party; null: a secret */
  readonly key: string | null
  readonly address: string
  /** jti of the access token */
  readonly token: string
  /** of the assertion; of a secret, that of the token */
  readonly jti: string
  /** when the assertion cannot be sent again */
  readonly expires: Date
}

/** In one commit. */
const AT_ONCE = 200

/** The key of the entry of a token, by its jti. */
export function grantKey(token: string): string {
  return `token-granted:${token}`
}

/** Resolves when it is durable; `replayed`: the assertion was spent before, and nothing was recorded. */
export function recordGrants({
  pool,
  ring,
  now
}: Pick<House, 'pool' | 'ring' | 'now'>): (granted: TokenGranted) => Promise<'granted' | 'replayed'> {
  const rowOf = ({ party, role, scopes, certificate, key, address, token, jti, expires }: TokenGranted): SpentFor => {
    const told = { party, role, scopes: [...scopes], certificate, key, token, address: addressMac(ring.names(), address) }
    const statement = { v: 1, kind: 'token-granted', at: now().toISOString(), ...told } as const
    return { issuer: party, jti, expires, entry: entryRow(grantKey(token), statement) }
  }
  return together(async (grants) => {
    const asked = new Map<string, SpentFor>()
    const keys = grants.map((granted) => {
      const row = rowOf(granted)
      const name = JSON.stringify([row.issuer, row.jti])
      if (asked.has(name)) return null // the same at the same time: the first of them
      asked.set(name, row)
      return row.entry.key
    })
    const { spent, added } = await spendAll(pool, [...asked.values()])
    if (added.length !== spent) throw new IntegrityError('not-recorded', { kind: 'token-granted' })
    const recorded = new Set(added)
    return keys.map((key) => (key !== null && recorded.has(key) ? 'granted' : 'replayed'))
  }, AT_ONCE)
}
