/** Who is registered, for main: the live registry, the keys of partners by it, and the door of the HTTP side. Decides nothing: exchange/identity does. */
import type { Config } from './config/config.ts'
import type { Registry } from './core/identity/registry.ts'
import type { House } from './exchange/house.ts'
import { ANYBODY, type Folder, thumbprint } from './exchange/identity/known.ts'
import { openParties, type Parties } from './exchange/identity/parties-door.ts'
import { keepRegistry, type LiveRegistry, livingKeys } from './exchange/identity/registry-live.ts'
import type { KeysOf } from './intake/registered-keys.ts'
import type { createObserver } from './observe/observer.ts'
import { partnerKeys } from './partner-keys.ts'
import type { Started } from './started.ts'
import { standingEmergencies } from './store/emergencies.ts'

interface Known {
  readonly registry: LiveRegistry
  readonly keysOf: KeysOf
}

/** Kept until the gateway stops. */
export async function startRegistry(
  config: Pick<Config, 'partners'>,
  house: Pick<House, 'pool' | 'now'> & { readonly observe: ReturnType<typeof createObserver> },
  folder: Folder,
  started: Started
): Promise<Known> {
  const registry = await keepRegistry({ ...house, emergencies: standingEmergencies }, folder)
  started.add(() => registry.stop())
  const served = partnerKeys(config, () => registry.now().parties, house.observe.keysUnavailable)
  for (const party of broughtBack(folder, registry.now())) house.observe.keysUnavailable({ party, kind: 'revoked-elsewhere' })
  return { registry, keysOf: newest(livingKeys(served, registry.now), registry) }
}

/** Whose files bring a key that was revoked under another id: it is left out. */
function broughtBack({ parties, officers }: Folder, { revokedKeys }: Registry): string[] {
  const dead = (id: string, print: string): boolean => revokedKeys.has(`${ANYBODY} ${print}`) && !revokedKeys.has(`${id} ${print}`)
  return [...parties.values(), ...officers.values()]
    .filter(({ id, jwks }) => jwks?.keys.some((key) => dead(id, thumbprint(key))) === true)
    .map(({ id }) => id)
}

/** Strangers make no more looks than these, however many they are; who changes a key tells every replica at once anyway. */
const LOOK_AGAIN_MS = 250

/**
 * A key that was added at another replica a moment ago is looked for before it is refused: a party that rotates need not wait for anybody. So it is for a name that nobody has: by
 * the time it takes nobody learns who is registered.
 */
export function newest(
  keysOf: KeysOf,
  registry: Pick<LiveRegistry, 'look' | 'now'>,
  clock: () => number = () => performance.now()
): KeysOf {
  const last: { at: number; look: Promise<void> } = { at: Number.NEGATIVE_INFINITY, look: Promise.resolve() }
  const looked = (): Promise<void> => {
    if (clock() - last.at >= LOOK_AGAIN_MS) {
      last.at = clock()
      last.look = registry.look().catch(() => undefined)
    }
    return last.look
  }
  return async (id, hint = {}) => {
    const found = await keysOf(id, hint)
    if (typeof hint.kid !== 'string' || found?.keys.some(({ kid }) => kid === hint.kid) === true) return found
    await looked()
    return found === null || registry.now().parties.get(id)?.jwks !== undefined ? keysOf(id, hint) : found
  }
}

/** By the public URL that keys are proved for. */
export function registered(
  house: House,
  folder: Folder,
  config: Pick<Config, 'partners'>,
  observe: ReturnType<typeof createObserver>
): (publicUrl: string) => Parties {
  const { pool, now, keysOf } = house
  return (gateway) =>
    openParties({
      pool,
      now,
      keysOf,
      folder,
      gateway,
      get registry() {
        return house.registry
      },
      // of one who is not registered yet: nothing of it is remembered
      keysAt: (party) => partnerKeys(config, () => new Map([[party.id, party]]), observe.keysUnavailable)(party.id)
    })
}
