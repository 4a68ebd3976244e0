/**
 * The opt-out list: who is out, from the moment of commit, on running jobs too. Each change is an entry that names the party and a
 * count, never the patient. Keys are HMACs; the label an officer reads is sealed. Refuses what is no patient id.
 */

import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { optOutKey } from '../core/consent/consent.ts'
import { RequestError } from '../core/errors.ts'
import { nameOf } from '../core/fhir/identity.ts'
import type { Identity, Resource } from '../core/fhir/resource.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { unwrapLocal, wrapLocal } from '../seal/local.ts'
import { deleteOptOut, insertOptOut, listOptOuts, optedOut } from '../store/opt-outs.ts'
import { type Db, transaction } from '../store/pool.ts'
import type { Group } from './gather.ts'
import { append } from './log.ts'

const PLAIN_ID = /^[A-Za-z0-9\-.]{1,64}$/

/** `123`, `Patient/123`, `https://other.example/fhir/Patient/123` or `urn:uuid:…` of a Bundle, as the records of that party name it. RequestError bad-request. */
export function patientOf(party: string, text: string, ownBases: readonly string[]): Identity {
  // read by the same rules as the records: an opt-out that names a patient in another way than they do would stop nothing
  const named = nameOf(PLAIN_ID.test(text) ? `Patient/${text}` : text, 'Patient', ownBases)
  if (named === null) throw new RequestError('bad-request', 'A patient is named by id, Patient/id or an absolute reference.')
  return { party, base: named.base, type: 'Patient', id: named.id }
}

/** Opts patients out or in, with one entry. How many rows changed. */
export async function changeConsent(
  pool: Pool,
  ring: KeyRing,
  change: 'opt-out' | 'opt-in',
  party: string,
  patients: readonly Identity[],
  { account, at }: { readonly account: string; readonly at: Date }
): Promise<number> {
  return transaction(pool, async (client) => {
    let changed = 0
    for (const patient of patients) {
      const key = Buffer.from(optOutKey(ring.crosswalk.current.secret, patient), 'hex')
      if (change === 'opt-in') changed += await deleteOptOut(client, key)
      else {
        const label = patient.base === '' ? `Patient/${patient.id}` : `${patient.base}/Patient/${patient.id}`
        changed += await insertOptOut(client, {
          key,
          party,
          sealed: wrapLocal(ring.wrapping, ['opt-out', key.toString('hex')], Buffer.from(label, 'utf8'))
        })
      }
    }
    const told = { v: 1, kind: 'consent-changed', at: at.toISOString(), party, change, subjects: changed, account } as const
    if (changed > 0) await append(client, `consent:${randomUUID()}`, told)
    return changed
  })
}

/** Who is out: for an officer's eyes. */
export async function optOuts(db: Db, ring: KeyRing, party: string | null): Promise<{ party: string; patient: string; since: string }[]> {
  return (await listOptOuts(db, party)).map((row) => ({
    party: row.party,
    patient: unwrapLocal(ring.wrapping, ['opt-out', row.key.toString('hex')], row.sealed).toString('utf8'),
    since: row.at.toISOString()
  }))
}

/**
 * The ids by which a group's own records call its subject, the one they are kept under first; none for shared records. A Bundle's fullUrl says who a
 * patient is among its entries (R4 2.36.4), and a `urn:uuid:` there is made anew for each Bundle: the patient's own logical id is what a hospital knows it
 * by, also of a Patient that a later one of the same name replaced.
 */
export function idsOf({ subject, records, replaced }: Group): string[] {
  if (subject === null) return []
  const ids = new Set([subject.id])
  for (const { identity, text } of [...records.values(), ...replaced]) {
    if (identity.type !== 'Patient') continue
    const { id } = JSON.parse(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')) as Resource // validated when it was accepted
    if (id !== undefined) ids.add(id)
  }
  return [...ids]
}

/** The names under which the opt-out list may have a subject of these ids. */
export function consentNames(ring: KeyRing, subject: Identity | null, ids: readonly string[]): string[] {
  if (subject === null) return []
  // An opt-out by plain id holds whatever server base a record claims: two patients of one id would both be out, which harms nobody.
  const bases = new Set([subject.base, ''])
  return ids.flatMap((id) => [...bases].map((base) => optOutKey(ring.crosswalk.current.secret, { ...subject, base, id })))
}

/** Keys asked of the database at a time. */
const ASK = 10_000

/** Which of these subjects have opted out by now: their names in the opt-out list. */
export async function optedOutAmong(db: Db, subjects: readonly { readonly consents: readonly string[] }[]): Promise<Set<string>> {
  const names = subjects.flatMap((subject) => subject.consents)
  const out = new Set<string>()
  for (let at = 0; at < names.length; at += ASK) {
    const keys = names.slice(at, at + ASK).map((name) => Buffer.from(name, 'hex'))
    for (const key of await optedOut(db, keys)) out.add(key.toString('hex'))
  }
  return out
}
