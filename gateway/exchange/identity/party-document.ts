/**
 * A party as it is told from outside, read: by the schema of its file, so that a member nobody knows is refused, and by what it may not say beside others. Decides
 * nothing about who tells it. Refuses an id, a key or a FHIR base that is another's: what is under a base are that party's own records.
 */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { keyFaults, partyFaults } from '../../core/agreement/party-faults.ts'
import { contentHash, type Json, sha256 } from '../../core/digest.ts'
import { type Fault, PolicyError } from '../../core/errors.ts'
import type { Party, PublicJwk } from '../../generated/policy.ts'

const SCHEMA = JSON.parse(readFileSync(new URL('../../../schemas/policy/party.json', import.meta.url), 'utf8')) as {
  readonly definitions: { readonly PublicJwk: object }
}
const ajv = new Ajv({ strict: true, allErrors: false })
const isParty = ajv.compile<Party>(SCHEMA)
const isKey = ajv.compile<PublicJwk>(SCHEMA.definitions.PublicJwk)

/** Signing keys and encryption keys, old and new: more than a few are not a rotation. */
const MOST_KEYS = 16

/** PolicyError party-invalid, with places and no words of the sender's. */
export function readParty(told: unknown): Party {
  if (!isParty(told))
    throw invalid(
      (isParty.errors ?? []).map(({ instancePath }) => ({ path: known(instancePath), message: 'is not as schemas/policy/party.json says' }))
    )
  const faults = [...partyFaults(told), ...(told.jwks === undefined ? [] : fewFaults(told.jwks.keys))]
  if (faults.length > 0) throw invalid(faults)
  return told
}

/** PolicyError party-invalid. */
export function readKey(told: unknown): PublicJwk {
  if (!isKey(told)) throw invalid([{ path: '/key', message: 'is not a public key as schemas/policy/party.json says' }])
  const faults = keyFaults([told])
  if (faults.length > 0) throw invalid(faults)
  return told
}

/** PolicyError party-invalid where a party with these keys may not be. */
export function requireKeys(keys: readonly PublicJwk[]): void {
  const faults = [...keyFaults(keys), ...fewFaults(keys)]
  if (faults.length > 0) throw invalid(faults)
}

export function invalid(faults: readonly Fault[]): PolicyError {
  return new PolicyError('party-invalid', faults)
}

function fewFaults(keys: readonly PublicJwk[]): Fault[] {
  return keys.length <= MOST_KEYS ? [] : [{ path: '/jwks/keys', message: `holds more than ${MOST_KEYS} keys` }]
}

/** Of a place in a document of ours nothing is the sender's: members that are not known are not in it. */
function known(path: string): string {
  return path === '' ? '/' : path
}

/** Records under one are under the other, too. */
function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
}

/** What a new party may not have beside those that are registered. */
export function besideFaults(party: Party, others: Iterable<Party>): Fault[] {
  const faults: Fault[] = []
  for (const other of others)
    if (other.id !== party.id)
      party.fhirBases.forEach((base, index) => {
        if (other.fhirBases.some((theirs) => overlap(theirs.toLowerCase(), base.toLowerCase())))
          faults.push({ path: `/fhirBases/${index}`, message: 'is of another party, or within one of another' })
      })
  return faults
}

/** What both sides compare before a party is confirmed: of the whole document, keys and all. */
export function documentHash(party: Party): string {
  return contentHash(party as unknown as Json) // from JSON
}

/** What each proof of an offer is about: this code, and this very document. */
export function aboutOffer(code: string, party: Party): string {
  return `${sha256(code).toString('base64url')}.${documentHash(party)}`
}
