/**
 * How officers come in by browser, made of configuration: the provider, the rules of sessions, and where there is no provider the link of the first run. Decides what stands on the
 * terminal, and nothing else.
 */
import type { JsonWebKey } from 'node:crypto'
import type { Config } from './config/config.ts'
import type { Secrets } from './config/secrets.ts'
import type { Registry } from './core/identity/registry.ts'
import type { House } from './exchange/house.ts'
import { FIRST_RUN, FirstRun, knowingFirstRun } from './exchange/identity/first-run.ts'
import { openSessions, type Sessions } from './exchange/identity/sessions.ts'
import { CALLBACK_PATH, FIRST_RUN_PATH } from './http/sign-in.ts'
import { createProvider, type Provider } from './intake/openid.ts'
import type { createObserver } from './observe/observer.ts'

type Told = Pick<ReturnType<typeof createObserver>, 'firstRunOffered' | 'signInFailed'>

export interface OfficersIn {
  /** The registry, with the local officer of the first run where one may come. */
  known(registry: Registry): Registry
  open(house: Pick<House, 'pool' | 'ring' | 'registry' | 'now'>, publicUrl: string): Sessions
  /** Prints the link of the first run, where one may be printed. */
  tell(publicUrl: string, at: Date): void
}

function providerOf({ officers }: Config, { clientSecret, clientKey }: Secrets, publicUrl: string): Provider | null {
  if (officers.provider === null) return null
  return createProvider({
    ...officers.provider,
    clientSecret: clientSecret?.reveal() ?? null,
    clientKey: clientKey === null ? null : (JSON.parse(clientKey.reveal()) as JsonWebKey), // config/officers.ts has read it
    redirectUri: `${publicUrl}${CALLBACK_PATH}`
  })
}

/** The first of what went wrong: of what follows from it nobody learns what to mend. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error
}

/** Tells the operator what nobody is told who signs in: class and code of what did not hold. */
function told(provider: Provider | null, observe: Told): Provider | null {
  if (provider === null) return null
  const tell = (error: unknown): never => {
    observe.signInFailed({ error: rootOf(error) })
    throw error
  }
  return {
    authorize: (challenge) => provider.authorize(challenge).catch(tell),
    redeem: (answer, challenge) => provider.redeem(answer, challenge).catch(tell),
    keys: () => provider.keys().catch(tell)
  }
}

function banner(link: string): string {
  return [
    '',
    '*** NOT FOR PRODUCTION *** No OpenID Connect provider is configured (SALLYPORT_OIDC_ISSUER).',
    'Whoever opens this link on this machine, once, within ten minutes, is a local officer (operator, metadata alone):',
    '',
    `  ${link}`,
    '',
    'SALLYPORT_FIRST_RUN=off prints none.',
    ''
  ].join('\n')
}

export function officersIn(config: Config, secrets: Secrets, observe: Told): OfficersIn {
  const { provider: place, sessions: limits, firstRun: where } = config.officers
  const printed = where === 'anywhere' || (where === 'terminal' && process.stderr.isTTY)
  const firstRun = printed ? new FirstRun() : null
  return {
    known: firstRun === null ? (registry) => registry : knowingFirstRun(),
    open: (house, publicUrl) =>
      openSessions({
        pool: house.pool,
        ring: house.ring,
        now: house.now,
        get registry() {
          return house.registry
        },
        provider: told(providerOf(config, secrets, publicUrl), observe),
        issuer: place?.issuer ?? FIRST_RUN,
        clientId: place?.clientId ?? '',
        strength: { acr: place?.acr ?? [], amr: place?.amr ?? [] },
        limits,
        firstRun
      }),
    tell(publicUrl, at) {
      if (firstRun === null) return
      observe.firstRunOffered({})
      process.stderr.write(banner(`${publicUrl}${FIRST_RUN_PATH}?link=${firstRun.offer(at)}`))
    }
  }
}
