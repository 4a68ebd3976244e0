/**
 * What the HTTP side needs from the rest of the gateway, as types: main hands the parts over. Cryptography, the database and the
 * clock come in as functions, so that this folder imports neither seal nor store. Decides nothing.
 */
import type { Code } from '../core/errors.ts'
import type { Accountings } from '../exchange/accounting/accountings.ts'
import type { AgreementOfficers } from '../exchange/agreement/agreement-officers.ts'
import type { Audit } from '../exchange/audit/audit.ts'
import type { AuditEvents } from '../exchange/audit/audit-search.ts'
import type { Disputes } from '../exchange/dispute/dispute.ts'
import type { AgreementsDoor, Caller, ConsentsDoor, Exports, Submissions } from '../exchange/doors.ts'
import type { AccessTokens } from '../exchange/identity/access-tokens.ts'
import type { Allowances } from '../exchange/identity/allowances.ts'
import type { Emergencies } from '../exchange/identity/emergencies.ts'
import type { Lockouts } from '../exchange/identity/lockouts.ts'
import type { Parties } from '../exchange/identity/parties-door.ts'
import type { Sessions } from '../exchange/identity/sessions.ts'
import type { LogRoom } from '../exchange/log/log-room.ts'
import type { PublicLog } from '../exchange/log/public-log.ts'
import type { Officer } from '../generated/policy.ts'

/** A client assertion that verified: RFC 7523, SMART Backend Services. */
export interface ProvedAssertion {
  readonly party: string
  readonly jti: string
  readonly expires: Date
  /** RFC 7638 thumbprint of the registered key that proved it */
  readonly key: string
}

/** A party or officer as registered now; absent once suspended or removed, and with it every token it holds. */
export interface KnownParty {
  readonly id: string
  readonly role: Caller['role']
  /** of an officer: what he or she may do and see now */
  readonly roles?: readonly Officer['roles'][number][]
  readonly sees?: readonly NonNullable<Officer['sees']>[number][]
  /** of an officer of a party: that party */
  readonly party?: string
  /** x5t#S256 of its client certificates (RFC 8705); when there are any, its tokens are bound to one of them. */
  readonly certificates: readonly string[]
}

/** What an access token says. `certificate` is the x5t#S256 it is bound to (cnf), or null. */
export interface TokenGrant {
  readonly party: string
  readonly role: Caller['role']
  readonly scopes: readonly string[]
  readonly certificate: string | null
  /** RFC 7638 thumbprint of the registered key that proved the party; null: a secret */
  readonly key?: string | null
  readonly jti?: string
}

/** What one says that was read: by this it can be refused before its time. `issuedAt`, `expires` in seconds since 1970. */
export interface StandingGrant extends TokenGrant {
  readonly key: string | null
  readonly jti: string
  readonly issuedAt: number
  readonly expires: number
}

/** Identity: made of seal, store and policies by main. */
export interface Identities {
  /** The registered party or officer, or null for one unknown or suspended. */
  party(id: string): KnownParty | null
  /** Has the party an agreement that is or was in force: as its source, as a sender for it, or as its recipient? */
  isSide(party: string): boolean
  /** RequestError invalid_client for every fault alike. `audiences`: the exact URLs accepted as aud. */
  proveAssertion(jwt: string, audiences: readonly string[]): Promise<ProvedAssertion>
  /** Is it the secret of that party, and may the party use one now? The same work whatever is wrong. */
  proveSecret(party: string, secret: string): Promise<boolean>
  /** Does any agreement in force let its parties use secrets? */
  offersSecrets(): boolean
  /** True the first time, false for a replay; over all replicas. */
  spendJti(party: string, jti: string, expires: Date): Promise<boolean>
  /** A signed access token for this gateway and its life in whole seconds (at most 300). */
  issueToken(grant: TokenGrant): Promise<{ readonly token: string; readonly jti: string; readonly expiresIn: number }>
  /** RequestError token-invalid | token-expired (RefusedError: it names the party). The signature, issuer and audience are checked here. */
  readToken(jwt: string): Promise<StandingGrant>
  /** Does it still count: not revoked, not of before its party was suspended or cleared, its key registered still? Asked at every request. */
  stands(grant: StandingGrant): boolean
}

/** Is the gateway able to work? `checks` are named by us (database, storage, keys …). */
export interface Readiness {
  readonly ok: boolean
  readonly checks: Readonly<Record<string, boolean>>
  /** days since each key in use was made, by purpose */
  readonly keyDays?: Readonly<Record<string, number>>
}

/** One function per event; `route` is a row of the table, never the caller's URL. */
export interface HttpObserver {
  tokenGranted(event: { readonly party: string }): void
  refused(event: {
    readonly route: string
    readonly status: number
    readonly code: Code
    readonly party: string | null
    readonly request: string
  }): void
  /** An error that is not the caller's. `error` may hold anything: print its class and code only. */
  requestFailed(event: { readonly route: string; readonly code: Code; readonly request: string; readonly error: unknown }): void
  answered(event: {
    readonly route: string
    readonly method: string
    readonly status: number
    readonly seconds: number
    readonly party: string | null
  }): void
}

/** Bounds of the HTTP side: sizes in bytes, times in seconds. */
export interface HttpLimits {
  readonly uploadBytes: number
  /** Nothing moved for so long (or less than bytesPerSecond on average over it): given up. */
  readonly stallSeconds: number
  readonly bytesPerSecond: number
  /** Requests of a party under way at once, and of these the uploads. */
  readonly concurrentPerParty: number
  readonly uploadsPerParty: number
  readonly requestsPerMinute: number
  readonly failedSignInsPerMinute: number
  /** Of an address, that prove nothing: what is open to all, and what is refused before it is known who asks. */
  readonly strangersPerMinute: number
  /** A failed sign-in is answered no sooner than this, whatever failed. */
  readonly failureFloorMs: number
  readonly headerBytes: number
  readonly headersSeconds: number
  /** Connections of all together, and of one address (of IPv6: one /64). */
  readonly connections: number
  readonly connectionsPerAddress: number
  /** How long a connection may idle between two requests, and a TLS handshake may take. */
  readonly keepAliveSeconds: number
  readonly handshakeSeconds: number
  /** Keys of TLS session tickets are made anew so often. */
  readonly ticketSeconds: number
  /** How long a finished export stays to be fetched: the manifest's Expires. */
  readonly exportSeconds: number
}

export const DEFAULT_LIMITS: HttpLimits = {
  uploadBytes: 64 * 1024 ** 3,
  stallSeconds: 30,
  bytesPerSecond: 128,
  concurrentPerParty: 64,
  uploadsPerParty: 16,
  requestsPerMinute: 6000,
  failedSignInsPerMinute: 60,
  strangersPerMinute: 6000,
  failureFloorMs: 25,
  headerBytes: 16 * 1024,
  headersSeconds: 15,
  connections: 1000,
  connectionsPerAddress: 250,
  keepAliveSeconds: 20,
  handshakeSeconds: 10,
  ticketSeconds: 3600,
  exportSeconds: 24 * 3600
}

export interface HttpDeps {
  readonly submissions: Submissions
  readonly exports: Exports
  readonly consents: ConsentsDoor
  readonly agreements: AgreementsDoor
  /** the same for officers, and more */
  readonly agreementOfficers: AgreementOfficers
  /** the log, for those its entries concern */
  readonly auditEvents: AuditEvents
  readonly disputes: Disputes
  /** for officers */
  readonly accountings: Accountings
  readonly identities: Identities
  /** of officers who came by browser */
  readonly sessions: Sessions
  /** tokens one by one: for operators, and for the party that has one */
  readonly accessTokens: AccessTokens
  /** entries, committed before the answer they are about */
  readonly audit: Audit
  readonly observe: HttpObserver
  readonly limits: HttpLimits
  /** how much a party or an address may do, over all replicas */
  readonly allowances: Allowances
  /** who failed to sign in and must wait, over all replicas */
  readonly lockouts: Lockouts
  /** who is registered, and its keys */
  readonly parties: Parties
  /** break-glass */
  readonly emergencies: Emergencies
  /** Origin under which callers reach the gateway, without a slash at the end: every absolute URL is made from it, never from Host. */
  readonly publicUrl: string
  readonly version: string
  /** Milliseconds since 1970. */
  now(): number
  ready(): Promise<Readiness>
  /** The public keys: to pin (manifest: JWKs, log: vkeys), and as a JWK Set (keys). */
  publicKeys(): unknown
  readonly log: PublicLog
  readonly logRoom: Pick<LogRoom, 'require'>
}
