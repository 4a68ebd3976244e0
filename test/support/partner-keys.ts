/** Keys of parties, asked as a gateway asks: a clock of the test, an outside that ends on loopback. */
import { UpstreamError } from '../../gateway/core/errors.ts'
import type { Party } from '../../gateway/generated/policy.ts'
import { type Outside, outsideOf } from '../../gateway/intake/reach/fetch.ts'
import { createKeysOf, type KeysFault, type KeysOf } from '../../gateway/intake/registered-keys.ts'
import { createChains } from '../../gateway/seal/chain.ts'

export interface Tried {
  readonly keysOf: KeysOf
  readonly told: KeysFault[]
  readonly parties: Map<string, Party>
  pass(ms: number): void
}

export const partyAt = (jwksUri: string, id = 'demo'): Party => ({
  id,
  role: 'hospital',
  name: 'Demo',
  address: 'Nowhere',
  fhirBases: [],
  jwksUri
})

export function trying(outside: Partial<Outside>, ...parties: readonly Party[]): Tried {
  const time = { now: 0 }
  const told: KeysFault[] = []
  const registered = new Map(parties.map((party) => [party.id, party]))
  const keysOf = createKeysOf({
    parties: () => registered,
    outside: { ...outsideOf([], null), timeoutMs: 400, ...outside },
    chains: createChains(),
    clock: () => time.now,
    now: () => new Date(),
    tell: ({ kind }) => void told.push(kind)
  })
  const pass = (ms: number): void => {
    time.now += ms
  }
  return { keysOf, told, parties: registered, pass }
}

export async function kidsOf(tried: Tried, party = 'demo', kid?: string): Promise<string[] | string> {
  try {
    return (await tried.keysOf(party, { kid }))?.keys.map((key) => key.kid) ?? 'unknown'
  } catch (error) {
    return error instanceof UpstreamError ? error.code : 'another error'
  }
}
