/** Who is registered, for main: the live registry, the keys of partners by it, and the door of the HTTP side. Decides nothing: exchange/identity does. */
import type { Config } from './config/config.ts'
import type { House } from './exchange/house.ts'
import type { Folder } from './exchange/identity/known.ts'
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
  return { registry, keysOf: newest(livingKeys(served, registry.now), registry) }
}

/** A key that was added at another replica a moment ago is looked for before it is refused: a party that rotates need not wait for anybody. */
function newest(keysOf: KeysOf, registry: LiveRegistry): KeysOf {
  return async (id, hint = {}) => {
    const found = await keysOf(id, hint)
    const inline = registry.now().parties.get(id)?.jwks !== undefined
    if (found === null || !inline || typeof hint.kid !== 'string' || found.keys.some(({ kid }) => kid === hint.kid)) return found
    await registry.look().catch(() => undefined)
    return keysOf(id, hint)
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
