/**
 * What must never be printed: the database address (it holds a password), keys and tokens given in the environment. A Secret
 * shows itself as [secret] to JSON, console and string templates; only reveal() gives the text.
 */
import { inspect } from 'node:util'

export class Secret {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  /** The text itself: hand it to the one call that needs it, never to a log line or an error. */
  reveal(): string {
    return this.#text
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}

/** What each of the gateway's keys is for; the name of its file in the keys folder, too. */
export const KEY_PURPOSES = ['token', 'manifest', 'log', 'wrapping', 'crosswalk'] as const
export type KeyPurpose = (typeof KEY_PURPOSES)[number]

export interface Secrets {
  /** null: use the embedded server */
  readonly databaseUrl: Secret | null
  /** as which the database is migrated; null: as databaseUrl */
  readonly databaseOwnerUrl: Secret | null
  /** JWK or JWK Set texts that the environment gave: all five, or none */
  readonly keys: ReadonlyMap<KeyPurpose, Secret>
  /** of the file of keys */
  readonly keysPassphrase: Secret | null
  /** null: the recogniser, if there is one, asks for none */
  readonly recogniserToken: Secret | null
  /** of the gateway as a client of the officers' provider: the one or the other, where there is one */
  readonly clientSecret: Secret | null
  /** a private JWK */
  readonly clientKey: Secret | null
}
