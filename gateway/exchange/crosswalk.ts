/**
 * The crosswalk as the release uses it: for each subject of a bucket its random surrogate, date offset and secret under the
 * agreement (45 CFR 164.514(c)(1): not derived from information about the individual). Rows are found by an HMAC and opened
 * with the crosswalk key. Refuses a row that does not open.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { hmac, lengthPrefixed } from '../core/digest.ts'
import { IntegrityError } from '../core/errors.ts'
import type { Identity } from '../core/fhir/resource.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { openSegment, sealSegment } from '../seal/segment.ts'
import { findCrosswalk, proposeCrosswalk } from '../store/crosswalk.ts'
import type { Db } from '../store/pool.ts'

export interface Crossing {
  /** 32 lowercase hex digits: the Patient id the recipient sees */
  readonly surrogate: string
  /** whole days to go back, 1..365: constant for the subject, so that every interval survives */
  readonly shiftDays: number
  /** 32 bytes: key of the ids of the subject's other records; never disclosed */
  readonly secret: Buffer
}

/**
 * Whose crosswalk and ledger a disclosure uses: the agreement's with this recipient. Were another party put into an agreement under the same
 * id, it would get surrogates of its own: two recipients never share one.
 */
export function crossingScope(disclosure: { readonly agreement: string; readonly recipient: string }): string {
  return `${disclosure.agreement} to ${disclosure.recipient}`
}

/** Under which key a subject's row is kept; of another agreement or hospital it is another. */
export function crosswalkKey(ring: KeyRing, agreement: string, subject: Identity): Buffer {
  return hmac(ring.names(), 'crosswalk', agreement, subject.party, subject.base, subject.type, subject.id)
}

/** The row that holds the agreement's own secret, for records that are no subject's. */
export function sharedKey(ring: KeyRing, agreement: string): Buffer {
  return hmac(ring.names(), 'crosswalk shared', agreement)
}

function freshRow(ring: KeyRing, agreement: string, key: Buffer): Buffer {
  const days = Buffer.allocUnsafe(2)
  days.writeUInt16BE(randomInt(1, 366))
  return sealSegment(ring.names(), lengthPrefixed('crosswalk row', agreement, key), Buffer.concat([randomBytes(16), days, randomBytes(32)]))
}

function openRow(ring: KeyRing, agreement: string, key: Buffer, sealed: Buffer): Crossing {
  const row = openSegment(ring.names(), lengthPrefixed('crosswalk row', agreement, key), sealed)
  return { surrogate: row.toString('hex', 0, 16), shiftDays: row.readUInt16BE(16), secret: Buffer.from(row.subarray(18, 50)) }
}

/** The crossings of these keys, made where there were none. By hex of the key. */
export async function crossings(db: Db, ring: KeyRing, agreement: string, keys: readonly Buffer[]): Promise<Map<string, Crossing>> {
  const sorted = [...keys].sort(Buffer.compare)
  const known = await findCrosswalk(db, agreement, sorted)
  const have = new Set(known.map((row) => row.key.toString('hex')))
  const missing = sorted.filter((key) => !have.has(key.toString('hex')))
  await proposeCrosswalk(
    db,
    agreement,
    missing.map((key) => ({ key, sealed: freshRow(ring, agreement, key) }))
  )
  const rows = [...known, ...(await findCrosswalk(db, agreement, missing))]
  if (rows.length !== sorted.length) throw new IntegrityError('crosswalk-gone', { agreement })
  return new Map(rows.map((row) => [row.key.toString('hex'), openRow(ring, agreement, row.key, row.sealed)]))
}
