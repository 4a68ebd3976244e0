/** The HTTP side alone on loopback: real listener, real tokens and assertions, the exchange in memory. */
import { RequestError } from '../../gateway/core/errors.ts'
import { Allowances } from '../../gateway/exchange/identity/allowances.ts'
import { createApp } from '../../gateway/http/app.ts'
import { DEFAULT_LIMITS, type HttpDeps, type HttpLimits, type KnownParty, type TokenGrant } from '../../gateway/http/deps.ts'
import { type RunningServer, startServer } from '../../gateway/http/server.ts'
import type { TlsMaterial } from '../../gateway/http/tls.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { type KeyRing, readKeyRing } from '../../gateway/seal/keyring.ts'
import { pinsOf } from '../../gateway/seal/manifest.ts'
import { issueToken } from '../../gateway/seal/token.ts'
import { type MemoryAgreement, type MemoryExchange, memoryExchange } from './memory-exchange.ts'
import { accessTokensIn, assertionMaker, auditIn, identitiesOf, spentOnce } from './memory-identities.ts'

export const AGREEMENTS: readonly MemoryAgreement[] = [
  {
    id: 'sealed-one',
    source: 'demo-hospital',
    recipient: 'demo-insurer',
    sealed: true,
    content: { Patient: ['{"resourceType":"Patient"}'], Large: ['x'.repeat(32 * 1024 * 1024)] }
  },
  {
    id: 'clear-one',
    source: 'demo-hospital',
    recipient: 'demo-insurer',
    sealed: false,
    content: {
      Patient: ['{"resourceType":"Patient","id":"a"}', '{"resourceType":"Patient","id":"b"}'],
      Encounter: ['{"resourceType":"Encounter"}']
    }
  }
]

export interface Observed {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface HttpGateway {
  readonly url: string
  readonly exchange: MemoryExchange
  readonly ring: KeyRing
  readonly observed: Observed[]
  /** entries as the HTTP side would have them committed; `auditFault` set, it cannot */
  readonly audited: Observed[]
  auditFault: Error | null
  /** Registered parties: change them to suspend one. */
  readonly parties: Map<string, KnownParty>
  readonly keys: ReadonlyMap<string, PartyKeys>
  token(
    party: string,
    scopes?: readonly string[],
    options?: { readonly secondsAgo?: number; readonly audience?: string; readonly certificate?: string }
  ): Promise<string>
  assertion(party: string, claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>
  readonly server: RunningServer
  stop(): Promise<void>
}

const ROLES: ReadonlyMap<string, KnownParty['role']> = new Map([
  ['demo-hospital', 'hospital'],
  ['other-hospital', 'hospital'],
  ['demo-insurer', 'insurer'],
  ['other-insurer', 'insurer'],
  ['demo-officer', 'officer'],
  ['demo-author', 'officer']
])

/** The author proposes; the other officer does what else one person may. */
function officerOf(id: string): KnownParty {
  const roles = id === 'demo-author' ? (['proposer'] as const) : (['compliance-reviewer', 'privacy-officer'] as const)
  return { id, role: 'officer', roles, sees: ['metadata', 'content', 'resend'], certificates: [] }
}

export const NO_LOG: HttpDeps['log'] = {
  checkpoint: async () => null,
  hashTile: async () => null,
  entryTile: async () => null,
  inclusion: async () => null,
  consistency: async () => null
}

const noParty = (): never => {
  throw new RequestError('not-found')
}
const NO_PARTIES: HttpDeps['parties'] = {
  list: async () => [],
  read: async () => noParty(),
  requireKept: noParty,
  confirmChange: async () => noParty(),
  addKey: async () => noParty(),
  retireKey: async () => noParty(),
  revokeKey: async () => noParty(),
  act: async () => noParty(),
  invitations: async () => [],
  invite: async () => noParty(),
  confirm: async () => noParty(),
  decline: async () => noParty(),
  offer: async () => {
    throw new RequestError('registration-refused')
  }
}

const noDispute = async (): Promise<never> => {
  throw new RequestError('not-found')
}
const NO_DISPUTES: HttpDeps['disputes'] = { open: noDispute, state: noDispute, view: noDispute, list: async () => [] }

const NOTHING_LOGGED: HttpDeps['auditEvents'] = {
  search: async (_caller, query) => ({ query, asked: '', events: [], altered: 0, total: null, next: null }),
  page: async () => {
    throw new RequestError('bad-request')
  },
  read: async () => {
    throw new RequestError('not-found')
  }
}

const endedSession = async (): Promise<never> => {
  throw new RequestError('session-ended')
}
const noSession = async (): Promise<never> => {
  throw new RequestError('not-found')
}
const NO_SESSIONS: HttpDeps['sessions'] = {
  depart: noSession,
  arrive: noSession,
  awaited: () => false,
  comeByLink: noSession,
  use: endedSession,
  signOut: async () => undefined,
  logOut: noSession,
  list: async () => [],
  revoke: async () => 0
}

const NO_ACCOUNTINGS: HttpDeps['accountings'] = {
  make: async () => {
    throw new RequestError('bad-request')
  },
  suspensions: async () => [],
  incidents: async () => []
}

/** Nobody waits for having failed. */
const NO_LOCKOUTS: HttpDeps['lockouts'] = { wait: () => 0, failed: async () => 0, succeeded: async () => undefined }

const noEmergency = async (): Promise<never> => {
  throw new RequestError('not-found')
}
const NO_EMERGENCIES: HttpDeps['emergencies'] = {
  ask: noEmergency,
  list: async () => [],
  read: noEmergency,
  approve: noEmergency,
  end: noEmergency,
  used: async () => undefined
}

export interface GatewayOptions {
  readonly agreementOfficers?: HttpDeps['agreementOfficers']
  readonly accountings?: HttpDeps['accountings']
  readonly auditEvents?: HttpDeps['auditEvents']
  readonly sessions?: (publicUrl: string) => HttpDeps['sessions']
  readonly disputes?: HttpDeps['disputes']
  readonly limits?: Partial<HttpLimits>
  readonly lockouts?: HttpDeps['lockouts']
  readonly emergencies?: HttpDeps['emergencies']
  readonly tls?: TlsMaterial
  readonly log?: HttpDeps['log']
  readonly logRoom?: HttpDeps['logRoom']
  readonly ring?: KeyRing
  /** not said: made from host and port */
  readonly publicUrl?: string
  /** real parts in place of those in memory */
  readonly parts?: (publicUrl: string, ring: KeyRing) => Partial<HttpDeps>
  readonly ready?: () => Promise<{ ok: boolean; checks: Record<string, boolean> }>
}

function observer(observed: Observed[]): HttpDeps['observe'] {
  const note =
    (event: string) =>
    (data: object): void => {
      observed.push({ event, data: { ...data } })
    }
  return { tokenGranted: note('tokenGranted'), refused: note('refused'), requestFailed: note('requestFailed'), answered: note('answered') }
}

function unknownAgreement(): never {
  throw new RequestError('agreement-unknown')
}

const noAgreement = async (): Promise<never> => unknownAgreement()
const NO_GOVERNING: HttpDeps['agreementOfficers'] = {
  list: async () => [],
  read: noAgreement,
  speak: noAgreement,
  suspend: noAgreement,
  draft: noAgreement,
  check: noAgreement,
  diff: noAgreement,
  propose: noAgreement,
  act: noAgreement,
  explain: noAgreement,
  history: noAgreement,
  exported: noAgreement,
  simulate: noAgreement,
  quality: async () => []
}

export async function startHttpGateway(options: GatewayOptions = {}): Promise<HttpGateway> {
  const exchange = memoryExchange(AGREEMENTS)
  const ring = options.ring ?? readKeyRing(generateKeyRing('test.example/log'))
  const parties = new Map<string, KnownParty>(
    [...ROLES].map(([id, role]) => [id, role === 'officer' ? officerOf(id) : { id, role, certificates: [] }])
  )
  const keys = new Map([...ROLES.keys()].map((id) => [id, generatePartyKeys('ec', id)]))
  const observed: Observed[] = []
  const kept: Pick<HttpGateway, 'audited' | 'auditFault'> = { audited: [], auditFault: null }
  const limits = { ...DEFAULT_LIMITS, failureFloorMs: 5, failedSignInsPerMinute: 6000, strangersPerMinute: 6_000_000, ...options.limits }
  const [spend, revoked] = [spentOnce(), new Set<string>()]
  const build = (publicUrl: string) =>
    createApp({
      submissions: exchange.submissions,
      exports: exchange.exports,
      consents: {
        load: async (_caller, _change, text) => ({
          named: text.split('\n').length,
          changed: 0,
          unknown: 0,
          withdrawn: 0,
          refused: 0,
          faults: []
        })
      },
      agreements: {
        list: async () => [],
        read: async () => unknownAgreement(),
        speak: async () => unknownAgreement(),
        suspend: async () => unknownAgreement()
      },
      agreementOfficers: options.agreementOfficers ?? NO_GOVERNING,
      auditEvents: options.auditEvents ?? NOTHING_LOGGED,
      parties: NO_PARTIES,
      disputes: options.disputes ?? NO_DISPUTES,
      accountings: options.accountings ?? NO_ACCOUNTINGS,
      sessions: options.sessions?.(publicUrl) ?? NO_SESSIONS,
      identities: identitiesOf(ring, parties, keys, { url: publicUrl, spend, revoked }),
      accessTokens: accessTokensIn(revoked),
      audit: auditIn(kept, spend),
      observe: observer(observed),
      limits,
      allowances: new Allowances(limits, String),
      lockouts: options.lockouts ?? NO_LOCKOUTS,
      emergencies: options.emergencies ?? NO_EMERGENCIES,
      publicUrl,
      version: '0.0.0-test',
      now: () => Date.now(),
      ready: options.ready ?? (async () => ({ ok: true, checks: { database: true } })),
      publicKeys: () => pinsOf(ring),
      log: options.log ?? NO_LOG,
      logRoom: options.logRoom ?? { require: async () => undefined },
      ...options.parts?.(publicUrl, ring)
    })
  const server = await startServer(
    { host: '127.0.0.1', port: 0, publicUrl: options.publicUrl ?? null, tls: options.tls ?? null, limits },
    build
  )
  return Object.assign(kept, {
    url: server.publicUrl,
    exchange,
    ring,
    observed,
    parties,
    keys,
    server,
    token: tokenMaker(ring, server.publicUrl, parties),
    assertion: assertionMaker(keys, server.publicUrl),
    stop: () => server.stop(0)
  })
}

function tokenMaker(ring: KeyRing, url: string, parties: ReadonlyMap<string, KnownParty>): HttpGateway['token'] {
  return (party, scopes, options = {}) => {
    const role = ROLES.get(party) ?? parties.get(party)?.role ?? 'insurer'
    const grant: TokenGrant = {
      party,
      role,
      scopes: scopes ?? [{ hospital: 'sallyport/submit', insurer: 'system/*.rs', officer: 'sallyport/accountings' }[role]],
      certificate: options.certificate ?? null
    }
    return issueToken(ring.token, options.audience ?? url, grant, new Date(Date.now() - (options.secondsAgo ?? 0) * 1000), 300)
  }
}
