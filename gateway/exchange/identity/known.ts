/**
 * Who is registered, made of three things: the folder's files, what the database says of each (its standing, and a live party's document), and keys that came or
 * went since. Decides who wins: of a party registered live its file is not read; of the folder's, the file says who it is, and the database which keys beside those in the file
 * are its own, and which of the file's are none any more. A key that stands in the database as another's, or once did, is nobody else's, whatever a file says: it is left out.
 */
import type { Policies } from '../../core/agreement/policies.ts'
import type { Emergency, Registry, Standing } from '../../core/identity/registry.ts'
import type { Officer, Party, PublicJwk } from '../../generated/policy.ts'
import { type PublicJwk as RingJwk, thumbprintOf } from '../../seal/keyring.ts'
import type { IdentityRow, KeyRow } from '../../store/registry.ts'

export type Folder = Pick<Policies, 'parties' | 'officers'>

/** In place of an id: no party or officer is called so. */
export const ANYBODY = '*'

/** RFC 7638, of a key of a file or of a row. */
export function thumbprint(key: PublicJwk): string {
  return thumbprintOf(key as RingJwk) // one of its kinds, by the schema
}

/** What changed, as it was read. */
export interface Changes {
  readonly identities: readonly IdentityRow[]
  readonly keys: readonly KeyRow[]
  readonly tokens: readonly string[]
  readonly emergencies: readonly Emergency[]
}

/** What rows said so far: of live keys that were retired nothing is kept, so that it grows with the parties and not with their rotations. */
export class Known {
  readonly #folder: Folder
  /** whose a key is by the files */
  readonly #filed = new Map<string, string>()
  readonly #identities = new Map<string, IdentityRow>()
  readonly #keys = new Map<string, Map<string, KeyRow>>()
  /** whose a key is by the database, or was since this began */
  readonly #owners = new Map<string, string>()
  /** of a file's keys those that were another identity's: they come back under no id */
  readonly #ended = new Set<string>()
  #registry: Registry

  constructor(folder: Folder) {
    this.#folder = folder
    for (const { id, jwks } of [...folder.parties.values(), ...folder.officers.values()])
      for (const key of jwks?.keys ?? []) this.#filed.set(thumbprint(key), id)
    this.#registry = {
      parties: new Map(),
      officers: new Map(),
      standings: new Map(),
      revokedKeys: new Set(),
      notBefore: new Map(),
      revokedTokens: new Set(),
      emergencies: []
    }
  }

  /** As it is: another object after each change, and none is ever changed. */
  get registry(): Registry {
    return this.#registry
  }

  /** Thumbprints of the files' keys. */
  get filed(): readonly string[] {
    return [...this.#filed.keys()]
  }

  take({ identities, keys, tokens, emergencies }: Changes): void {
    const touched = new Set<string>()
    for (const row of identities) {
      this.#identities.set(row.id, row)
      touched.add(row.id)
    }
    for (const key of keys) this.#takeKey(key, touched)
    const before = this.#registry
    const after = touched.size === 0 ? before : this.#again(before, touched)
    const revoked = keys
      .filter(({ state }) => state === 'revoked')
      .flatMap(({ identity, thumbprint: print, own }) => [`${identity} ${print}`, ...(own ? [`${ANYBODY} ${print}`] : [])])
    this.#registry = {
      ...after,
      revokedKeys: revoked.length === 0 ? before.revokedKeys : new Set([...before.revokedKeys, ...revoked]),
      revokedTokens: new Set(tokens),
      emergencies
    }
  }

  #takeKey(row: KeyRow, touched: Set<string>): void {
    touched.add(row.identity)
    const filed = this.#filed.get(row.thumbprint)
    if (filed !== undefined) touched.add(filed)
    const own = this.#keys.get(row.identity) ?? new Map<string, KeyRow>()
    this.#keys.set(row.identity, own)
    // one that only ended here may be named by whoever served it as its own: that takes no key from anybody
    if (row.state === 'active') this.#owners.set(row.thumbprint, row.identity)
    if (row.state !== 'active' && row.own && filed !== undefined && filed !== row.identity) this.#ended.add(row.thumbprint)
    if (row.state === 'active' || filed === row.identity) own.set(row.thumbprint, row)
    else own.delete(row.thumbprint)
  }

  /** Those that changed are made anew; the maps are copied: some 0.3 ms of 10,000 parties. */
  #again(before: Registry, touched: ReadonlySet<string>): Registry {
    const parties = new Map(before.parties)
    const officers = new Map(before.officers)
    const standings = new Map<string, Standing>(before.standings)
    const notBefore = new Map(before.notBefore)
    for (const id of touched) {
      const row = this.#identities.get(id)
      put(parties, id, row === undefined ? null : this.#party(row))
      put(officers, id, row === undefined ? null : this.#officer(row))
      put(standings, id, row === undefined || row.standing === 'active' ? null : row.standing)
      put(notBefore, id, row?.not_before?.getTime() ?? null)
    }
    return { ...before, parties, officers, standings, notBefore }
  }

  #party(row: IdentityRow): Party | null {
    return partyAs(row, this.#folder.parties.get(row.id), this.#ownOf(row.id))
  }

  #officer(row: IdentityRow): Officer | null {
    return officerAs(row, this.#folder.officers.get(row.id), this.#ownOf(row.id))
  }

  #ownOf(id: string): Own {
    return {
      rows: [...(this.#keys.get(id)?.values() ?? [])],
      ownerOf: (print) => (this.#ended.has(print) ? ANYBODY : this.#owners.get(print))
    }
  }
}

/** What the database says of an identity's keys: its rows, and whose a key is or was. */
export interface Own {
  readonly rows: readonly KeyRow[]
  readonly ownerOf: (thumbprint: string) => string | undefined
}

/** The party as it is registered; null: it is none, or its file is gone. `filed`: what the folder says. */
export function partyAs({ id, kind, origin, document }: IdentityRow, filed: Party | undefined, own: Own): Party | null {
  if (kind !== 'party') return null
  const party = origin === 'live' ? (JSON.parse(document ?? '{}') as Party) : filed // validated before it was kept
  if (party === undefined) return null
  const { jwks, ...rest } = party
  // its keys are served elsewhere, or come with a certificate
  if (party.jwksUri !== undefined || (party.certificates !== undefined && jwks === undefined && own.rows.length === 0)) return rest
  return { ...rest, jwks: { keys: keysAs(id, origin === 'live' ? [] : (jwks?.keys ?? []), own) } }
}

export function officerAs({ id, kind }: IdentityRow, filed: Officer | undefined, own: Own): Officer | null {
  return kind !== 'officer' || filed === undefined ? null : { ...filed, jwks: { keys: keysAs(id, filed.jwks.keys, own) } }
}

function keysAs(id: string, filed: readonly PublicJwk[], { rows, ownerOf }: Own): PublicJwk[] {
  const known = new Set(rows.map((row) => row.thumbprint))
  const added = rows.flatMap(({ jwk }): PublicJwk[] => (jwk === null ? [] : [JSON.parse(jwk) as PublicJwk])) // validated before it was kept
  // a kid names one key: what was added since is newer than the file
  const kids = new Set(added.map(({ kid }) => kid))
  const kept = filed.filter((key) => {
    const print = thumbprint(key)
    return !known.has(print) && (ownerOf(print) ?? id) === id && !kids.has(key.kid)
  })
  return [...kept, ...added]
}

function put<V>(map: Map<string, V>, id: string, value: V | null): void {
  if (value === null) map.delete(id)
  else map.set(id, value)
}
