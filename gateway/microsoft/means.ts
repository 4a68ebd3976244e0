/**
 * What a run needs beside its rules: keys, the scope of its date shifts, the moment by which ages are judged. Decides that a key the configuration does not
 * give is random and lives for this run only, as in Microsoft's tool. Keys are held as key objects, which nothing prints.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Parameters } from './configuration.ts'

/** What a run has for its methods. `scope` is '' where the resource's own id is the scope of its dates. */
export interface Means {
  readonly parameters: Parameters
  readonly hashKey: KeyObject
  readonly encryptKey: KeyObject
  readonly dateShiftKey: string
  readonly scope: string
  /** the moment by which ages are judged: YYYY-MM-DD… */
  readonly at: string
}

export function meansOf(parameters: Parameters, scope: string, at: string): Means {
  return {
    parameters,
    hashKey: keyOf(parameters.cryptoHashKey),
    encryptKey: keyOf(parameters.encryptKey),
    dateShiftKey: parameters.dateShiftKey === '' ? randomText() : parameters.dateShiftKey,
    scope,
    at
  }
}

function keyOf(text: string): KeyObject {
  return createSecretKey(Buffer.from(text === '' ? randomText() : text, 'utf8'))
}

/** 32 characters, as long as theirs: a key of AES-256, too. */
function randomText(): string {
  return randomBytes(16).toString('hex')
}
