/**
 * Access tokens one by one: looked at by operators (RFC 7662), ended by operators and by the client they were given to (RFC 7009). Decides that nothing is said of a token,
 * and none is ended, without its entry in the same commit; a token that was ended is refused on every replica within a second.
 */
import { RequestError } from '../../core/errors.ts'
import { standingUnder } from '../../store/outbox.ts'
import { transaction } from '../../store/pool.ts'
import { insertRevoked, type RevokedToken } from '../../store/revoked-tokens.ts'
import { grantKey } from '../audit/token-grants.ts'
import type { Caller } from '../doors.ts'
import type { House } from '../house.ts'
import { append, appendAnew } from '../log/log.ts'

/** A token lives 300 seconds at most: after that there is nothing left to end. */
const LONGEST_MS = 300_000

export interface AccessTokens {
  /** `token` null: it is none of ours, or its time is over. */
  looked(officer: Caller, token: { readonly jti: string; readonly party: string } | null, state: 'active' | 'inactive'): Promise<void>
  /** Ends a token that was read; a second time changes nothing. `by`: the officer, or the party itself. */
  end(by: string, token: RevokedToken): Promise<void>
  /** Ends the token of that id, as its entry names it. RequestError not-found: no such entry. */
  endById(by: string, jti: string): Promise<void>
}

export function openAccessTokens(house: Pick<House, 'pool' | 'now'>): AccessTokens {
  const { pool, now } = house
  const end = (by: string, token: RevokedToken): Promise<void> =>
    transaction(pool, async (client) => {
      const at = now()
      if (!(await insertRevoked(client, token, at))) return
      const told = { party: token.party, by, token: token.jti }
      await append(client, `token-revoked:${token.jti}`, { v: 1, kind: 'token-revoked', at: at.toISOString(), ...told })
    })
  return {
    end,
    endById: async (by, jti) => {
      const [granted] = await standingUnder(pool, grantKey(jti))
      const [party] = granted?.about?.parties ?? []
      if (party === undefined) throw new RequestError('not-found')
      await end(by, { jti, party, expires: new Date(now().getTime() + LONGEST_MS) })
    },
    looked: async ({ party: officer }, token, state) => {
      const told = { officer, state, ...(token === null ? {} : { party: token.party, token: token.jti }) }
      await appendAnew(pool, { v: 1, kind: 'token-introspected', at: now().toISOString(), ...told })
    }
  }
}
