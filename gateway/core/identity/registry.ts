/**
 * Who is known at this moment, as a value that is replaced as a whole: parties, officers, who of them is suspended or revoked, which keys and tokens are dead, and
 * what was granted for a while. Decides who counts as one that may sign in; refuses whoever is not there, or is suspended or revoked.
 */
import type { Officer, Party } from '../../generated/policy.ts'

export type OfficerRole = Officer['roles'][number]

/** suspended: may come back; revoked: never under this id. */
export type Standing = 'active' | 'suspended' | 'revoked'

/** Break-glass: what an officer may do beside his or her file, until a moment. */
export interface Emergency {
  readonly id: string
  readonly officer: string
  readonly roles: readonly OfficerRole[]
  readonly sees: readonly NonNullable<Officer['sees']>[number][]
  readonly until: Date
}

export interface Registry {
  /** every one that is registered, whatever its standing: who was here is still named in accountings and agreements */
  readonly parties: ReadonlyMap<string, Party>
  readonly officers: ReadonlyMap<string, Officer>
  /** of parties and officers; who is not in it is active */
  readonly standings: ReadonlyMap<string, Standing>
  /** `<party or officer> <RFC 7638 thumbprint>`: dead wherever they are served from */
  readonly revokedKeys: ReadonlySet<string>
  /** by party or officer: tokens and sessions of before this moment (milliseconds since 1970) are dead */
  readonly notBefore: ReadonlyMap<string, number>
  /** `jti` of access tokens that were revoked one by one, until they would have expired */
  readonly revokedTokens: ReadonlySet<string>
  /** those that were approved and not ended; ask `until` too */
  readonly emergencies: readonly Emergency[]
}

/** A registry of these alone, all of them active. */
export function registryOf({ parties, officers }: Pick<Registry, 'parties' | 'officers'>): Registry {
  return {
    parties,
    officers,
    standings: new Map(),
    revokedKeys: new Set(),
    notBefore: new Map(),
    revokedTokens: new Set(),
    emergencies: []
  }
}

/** A party by id, if it may sign in. */
export function activeParty({ parties, standings }: Registry, id: string): Party | null {
  return standings.has(id) ? null : (parties.get(id) ?? null)
}

/** An officer by id, if he or she may sign in on that day; who keeps the keys of a party, as long as that party may. */
export function activeOfficer({ officers, standings }: Registry, id: string, at: Date): Officer | null {
  const officer = standings.has(id) ? undefined : officers.get(id)
  if (officer === undefined || (officer.party !== undefined && standings.has(officer.party))) return null
  return officer.until !== undefined && at.toISOString().slice(0, 10) > officer.until ? null : officer
}
