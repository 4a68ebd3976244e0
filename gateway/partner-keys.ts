/** Where the registered keys of parties come from, for whoever runs: the gateway, or an officer's command. Made of configuration and the registered parties. Decides nothing. */
import { readFileSync } from 'node:fs'
import type { Config } from './config/config.ts'
import type { Party } from './generated/policy.ts'
import { outsideOf } from './intake/reach/fetch.ts'
import { createKeysOf, type KeySources, type KeysOf } from './intake/registered-keys.ts'
import { createChains } from './seal/chain.ts'

/** `parties`: those registered, asked each time. */
export function partnerKeys(
  { partners }: Pick<Config, 'partners'>,
  parties: () => ReadonlyMap<string, Party>,
  tell: KeySources['tell']
): KeysOf {
  const { allow, ca } = partners
  return createKeysOf({
    parties,
    outside: outsideOf(allow, ca === null ? null : readFileSync(ca, 'utf8')),
    chains: createChains(),
    clock: () => performance.now(),
    now: () => new Date(),
    tell
  })
}
