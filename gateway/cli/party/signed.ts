/** The signed word of an operator at the desk: by his or her own key here, or as it was signed elsewhere. Refuses an act that makes somebody sign in without one. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { OperatorHint, RequestError } from '../../core/errors.ts'
import type { Registry } from '../../core/identity/registry.ts'
import type { PartyWord } from '../../exchange/identity/registry-room.ts'
import type { Spoken } from '../../exchange/identity/two-operators.ts'

export interface Signing {
  readonly officer?: string
  readonly key?: string
  readonly jws?: string
}

/** A compact JWS, for this act alone, good for a quarter of an hour. OperatorHint where --key is no key. */
export async function signed(spoken: Spoken, { officer, key }: Signing): Promise<string> {
  if (officer === undefined || key === undefined) throw new RequestError('bad-request', 'Give --officer and --key, or --jws.')
  const { signPartyWord } = await import('../../seal/party-word.ts')
  try {
    return signPartyWord({ v: 1, ...spoken, officer, at: new Date().toISOString() }, JSON.parse(readFileSync(key, 'utf8')))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    throw new OperatorHint('--key must be a private JWK with a kid, RSA or P-384: sallyport keys generate --party makes one')
  }
}

/** Verified under the officer's registered keys. RequestError approval-invalid | approval-clock | not-an-operator. */
export async function signedWord(
  registry: Registry,
  { signing, account }: { readonly signing: Signing; readonly account: string },
  spoken: Spoken
): Promise<PartyWord> {
  const { spokenWord } = await import('../../exchange/identity/two-operators.ts')
  const { officer, jws } = signing
  const told = jws === undefined ? await signed(spoken, signing) : readFileSync(jws, 'utf8').trim()
  const word = await spokenWord({ registry, now: () => new Date() }, told, spoken)
  if (officer !== undefined && officer !== word.officer) throw new RequestError('approval-invalid')
  return { ...word, account }
}

export function signs(command: Command): Command {
  return command
    .option('--officer <id>', 'who acts: an officer with the role operator')
    .option('--key <file>', 'his or her private key, a JWK: an id alone is a claim')
    .option('--jws <file>', 'in place of both: what was signed elsewhere (party sign)')
    .option('--json', 'print JSON')
}
