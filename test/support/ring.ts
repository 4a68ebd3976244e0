/** Rings of the gateway's own keys, whole: with the secret of names that a gateway has from its database. */
import type { Pool } from 'pg'
import { openRing } from '../../gateway/keys.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { type KeyRing, NAMES_FILE, readKeyRing } from '../../gateway/seal/keyring.ts'
import { readKeyFiles } from '../../gateway/seal/keysource.ts'
import { newKey } from '../../gateway/seal/local.ts'
import type { Site } from './gateway.ts'

/** A fresh one, of no database. */
export function freshRing(origin = 'localhost/sallyport-log'): KeyRing {
  const names = JSON.stringify({ kty: 'oct', k: newKey().toString('base64url') })
  return readKeyRing(new Map([...generateKeyRing(origin), [NAMES_FILE, names]]))
}

/** That of a site and its database. */
export async function ringOf(site: Pick<Site, 'env'>, pool: Pool): Promise<KeyRing> {
  return (await openRing(pool, readKeyFiles(site.env['SALLYPORT_KEYS_DIR'] ?? ''))).ring
}
