/** The keys of one dataset, from the one that is kept wrapped. The recipient gets `data` only: what it holds never opens the bucket files, in which suppressed subjects still stand. */
import { hmac } from '../core/digest.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { unwrapLocal } from '../seal/local.ts'

export interface DatasetKeys {
  /** 32 bytes: bucket files */
  readonly segments: Buffer
  /** 32 bytes: shards; wrapped to the recipient */
  readonly data: Buffer
}

export function datasetKeys(ring: KeyRing, disclosure: { readonly id: string; readonly sealed_key: Buffer }): DatasetKeys {
  const root = unwrapLocal(ring.wrapping, ['dataset', disclosure.id], disclosure.sealed_key)
  return { segments: hmac(root, 'bucket segments'), data: hmac(root, 'shards') }
}
