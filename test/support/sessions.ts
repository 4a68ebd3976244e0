/** Officers who sign in by browser: the HTTP side with real sessions on a real database, a real provider, and a clock and registry that the test sets. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { type Registry, registryOf } from '../../gateway/core/identity/registry.ts'
import type { SessionLimits, StrengthRules } from '../../gateway/core/identity/session.ts'
import { FIRST_RUN, type FirstRun } from '../../gateway/exchange/identity/first-run.ts'
import type { Lockouts } from '../../gateway/exchange/identity/lockouts.ts'
import { openSessions } from '../../gateway/exchange/identity/sessions.ts'
import type { Officer } from '../../gateway/generated/policy.ts'
import { createProvider, type ProviderPlace } from '../../gateway/intake/openid.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { type HttpGateway, startHttpGateway } from './http-gateway.ts'
import { Browser, CLIENT, startProvider, type TestProvider } from './openid.ts'
import { useDatabase } from './postgres.ts'
import { freshRing } from './ring.ts'

const MINUTE = 60_000
const LIMITS: SessionLimits = { idle: 15 * MINUTE, absolute: 480 * MINUTE, rotate: 10 * MINUTE }

export const COOKIE = 'sallyport-not-for-production'
export const AWAY = 'sallyport-away-not-for-production'

/** An invented officer, whose subject at the provider is `<id>@provider.example`. */
export function officerCalled(id: string, roles: Officer['roles'], more: Partial<Officer> = {}): Officer {
  return {
    id,
    name: `Example Officer ${id}`,
    office: 'Example Office',
    roles,
    subject: `${id}@provider.example`,
    jwks: { keys: [] },
    ...more
  }
}

export interface Stage {
  readonly gateway: HttpGateway
  /** another replica on the same database */
  readonly other: HttpGateway
  readonly provider: TestProvider
  readonly pool: Pool
  /** its address */
  readonly database: string
  /** milliseconds that the gateways' clock is ahead */
  ahead: number
  registry: Registry
  strength: StrengthRules
  /** of the provider, as the next gateway has it; see restart() */
  place: Partial<ProviderPlace>
  readonly firstRun: FirstRun | null
}

type Settings = Partial<Pick<Stage, 'strength' | 'place'>> & {
  readonly firstRun?: FirstRun
  readonly clientKeys?: readonly object[]
  readonly lockouts?: Lockouts
}

const OFFICERS = [
  officerCalled('alex-operator', ['operator']),
  officerCalled('kim-reviewer', ['compliance-reviewer'], { sees: ['metadata', 'content'] }),
  officerCalled('past-auditor', ['auditor'], { until: '2020-01-01' })
]

/** For a describe block. */
export function useSessions(settings: Settings = {}): () => Stage {
  const database = useDatabase()
  const kept: { stage: Stage | null } = { stage: null }
  before(async () => {
    const ring = freshRing()
    const pool = openPool(database().url, 4)
    const gateways: HttpGateway[] = []
    const stage = {
      pool,
      database: database().url,
      ahead: 0,
      registry: registryOf({ parties: new Map(), officers: new Map(OFFICERS.map((one) => [one.id, one])) }),
      strength: settings.strength ?? { acr: [], amr: [] },
      place: settings.place ?? {},
      firstRun: settings.firstRun ?? null
    }
    const open = (issuer: string, publicUrl: string) =>
      openSessions({
        pool,
        ring,
        now: () => new Date(Date.now() + stage.ahead),
        get registry() {
          return stage.registry
        },
        get strength() {
          return stage.strength
        },
        provider:
          stage.firstRun !== null
            ? null
            : createProvider({
                issuer,
                clientId: CLIENT.id,
                clientSecret: CLIENT.secret,
                clientKey: null,
                keys: [],
                acr: stage.strength.acr,
                amr: stage.strength.amr,
                maxAgeSeconds: null,
                redirectUri: `${publicUrl}/session/callback`,
                ...stage.place
              }),
        issuer: stage.firstRun === null ? issuer : FIRST_RUN,
        clientId: CLIENT.id,
        limits: LIMITS,
        firstRun: stage.firstRun
      })
    const provider = await startProvider(async (issuer) => {
      for (const _one of [1, 2]) {
        const gateway = await startHttpGateway({
          sessions: (publicUrl) => open(issuer, publicUrl),
          ...(settings.lockouts === undefined ? {} : { lockouts: settings.lockouts })
        })
        for (const { id, roles, sees } of stage.registry.officers.values())
          gateway.parties.set(id, { id, role: 'officer', roles, sees: sees ?? ['metadata'], certificates: [] })
        gateways.push(gateway)
      }
      return gateways.map(({ url }) => url)
    }, settings.clientKeys)
    const [gateway, other] = gateways
    if (gateway === undefined || other === undefined) throw new Error('two gateways were started')
    kept.stage = Object.assign(stage, { gateway, other, provider })
  })
  after(async () => {
    await kept.stage?.gateway.stop()
    await kept.stage?.other.stop()
    await kept.stage?.provider.stop()
    await kept.stage?.pool.end()
  })
  return () => {
    if (kept.stage === null) throw new Error('the stage is there inside tests and hooks only')
    return kept.stage
  }
}

/** A browser that has signed in as this officer, by way of the provider. */
export async function signedIn(
  { gateway, provider }: Pick<Stage, 'gateway' | 'provider'>,
  officer: string,
  how: object = {}
): Promise<Browser> {
  provider.person = { accountId: `${officer}@provider.example`, ...how }
  const browser = new Browser()
  const { response } = await browser.go(`${gateway.url}/session/sign-in`)
  if (response?.status !== 200) throw new Error(`not signed in: ${response?.status}`)
  await response.text()
  return browser
}

/** What GET /session says. */
export interface Told {
  readonly officer: string
  readonly csrf: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly idle_until: string
  readonly until: string
}

export async function whoAmI(url: string, browser: Browser): Promise<Told> {
  const response = await browser.ask(`${url}/session`)
  if (response.status !== 200) throw new Error(`GET /session: ${response.status}`)
  return (await response.json()) as Told
}

/** The moment before which the access tokens of an officer are dead, as every replica reads it; null: none are. */
export async function tokensDeadBefore(pool: Pool, officer: string): Promise<string | null> {
  const { rows } = await pool.query('SELECT not_before FROM identity WHERE id = $1', [officer])
  return rows[0]?.not_before?.toISOString() ?? null
}

/** Status and code of a refusal, or the status alone. */
export async function answerOf(response: Response): Promise<string> {
  const text = await response.text()
  if (!text.startsWith('{')) return `${response.status}`
  const body = JSON.parse(text) as { issue?: { details?: { coding?: { code?: string }[] } }[] }
  const code = body.issue?.[0]?.details?.coding?.[0]?.code
  return code === undefined ? `${response.status}` : `${response.status} ${code}`
}

/** A request that holds this cookie and nothing else of the browser's. */
export function withCookie(url: string, secret: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    ...init,
    redirect: 'manual',
    headers: { ...(init.headers as Record<string, string>), cookie: `${COOKIE}=${secret}` }
  })
}

export function secretOf({ gateway }: Pick<Stage, 'gateway'>, browser: Browser): string {
  return browser.cookies(gateway.url).get(COOKIE) ?? ''
}

/** Back from the provider. */
export const callback = (url: string): boolean => url.includes('/session/callback')

/** Goes to the provider and stops before coming back: the browser and the address it would come back to. */
export async function away(
  { gateway, provider }: Stage,
  officer = 'kim-reviewer',
  path = '/session/sign-in'
): Promise<{ browser: Browser; back: URL }> {
  provider.person = { accountId: `${officer}@provider.example` }
  const browser = new Browser()
  const { url } = await browser.go(`${gateway.url}${path}`, callback)
  return { browser, back: new URL(url) }
}

/** What the reader of a refused sign-in sees: the status, and that the page is the constant one. */
export async function refusal(response: Response | null): Promise<number> {
  const page = (await response?.text()) ?? ''
  expect(page).to.match(/You were not signed in|Signing in is not possible now/)
  return response?.status ?? 0
}

/** What a page of ours sends when it changes something. */
export async function own(gateway: HttpGateway, browser: Browser): Promise<Record<string, string>> {
  return { 'origin': gateway.url, 'sec-fetch-site': 'same-origin', 'x-csrf-token': (await whoAmI(gateway.url, browser)).csrf }
}
