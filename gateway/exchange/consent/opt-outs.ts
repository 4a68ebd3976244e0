/**
 * The list of who says no to what: global, by recipient, purpose, category or provider, by what was paid for out of pocket, or as a FHIR Consent says. In force
 * from the moment of commit, on running jobs too, and on datasets that were made before (consent-changes.ts). Keys are HMACs; labels and scopes are sealed. Refuses what is no patient id; takes back nothing of a forgotten subject.
 */
import type { Pool } from 'pg'
import { compileConsent } from '../../core/consent/compile.ts'
import { optOutKey, type Said, writtenAt } from '../../core/consent/consent.ts'
import { isName, type OptOutLine } from '../../core/consent/lines.ts'
import { EVERYTHING, type Rule } from '../../core/consent/rule.ts'
import { canonicalJson, hmac, type Json } from '../../core/digest.ts'
import { codeOf, RequestError } from '../../core/errors.ts'
import { identityOf, nameOf } from '../../core/fhir/identity.ts'
import type { Identity, Resource } from '../../core/fhir/resource.ts'
import { belonging } from '../../core/fhir/subject.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { unwrapLocal } from '../../seal/local.ts'
import { listOptOuts, releasedNames } from '../../store/opt-outs.ts'
import type { Db } from '../../store/pool.ts'
import type { LineFault, Loaded } from '../doors.ts'
import { labelPlace, openScope, ruleMac, unlessLost } from './consent.ts'
import { type Change, changeConsent } from './consent-changes.ts'

const PLAIN_ID = /^[A-Za-z0-9\-.]{1,64}$/

/** `123`, `Patient/123`, `https://other.example/fhir/Patient/123` or `urn:uuid:…` of a Bundle, as the records of that party name it. RequestError bad-request: not `Patient?identifier=…` either. */
export function patientOf(party: string, text: string, ownBases: readonly string[]): Identity {
  // read by the same rules as the records: an opt-out that names a patient in another way than they do would stop nothing
  const named = nameOf(PLAIN_ID.test(text) ? `Patient/${text}` : text, 'Patient', ownBases)
  if (named === null || !isName(text))
    throw new RequestError('bad-request', 'A patient is named by id, Patient/id or an absolute reference, and not by a query.')
  return { party, base: named.base, type: 'Patient', id: named.id }
}

/** A patient, for an officer's eyes. */
export function labelOf({ base, id }: Identity): string {
  return base === '' ? `Patient/${id}` : `${base}/Patient/${id}`
}

function isEverything(rule: Rule): boolean {
  return canonicalJson(rule as unknown as Json) === canonicalJson(EVERYTHING as unknown as Json) // plain data
}

/** What a patient says by a line of the list. */
export function saidBy(ring: KeyRing, patient: Identity, rule: Rule): Said {
  const name = optOutKey(ring.names(), patient)
  return { name, place: isEverything(rule) ? '' : ruleMac(ring, rule).toString('hex'), rule, label: labelOf(patient) }
}

/** Where what a Consent says stands in the list: its next version takes its place. Another party that sends for the source has a place of its own. Hex. */
export function consentPlace(ring: KeyRing, { party, base, id }: Identity, sentBy: string | null): string {
  const by = sentBy === null ? [] : [sentBy]
  return hmac(ring.names(), 'opt-out consent', party, base, id, ...by).toString('hex')
}

/** A Consent, whose it is, and who sent it. */
export interface Sent {
  /** of the Consent */
  readonly identity: Identity
  readonly patient: Identity
  readonly consent: Resource
  /** null: the party itself */
  readonly sentBy: string | null
  /** of the party itself */
  readonly ownBases: readonly string[]
  readonly line: number
}

/** What a patient says by a Consent. */
export function saidByConsent(ring: KeyRing, { identity, patient, consent, sentBy, ownBases, line }: Sent): Said {
  return {
    name: optOutKey(ring.names(), patient),
    place: consentPlace(ring, identity, sentBy),
    rule: compileConsent(consent, ownBases),
    label: labelOf(patient),
    asOf: writtenAt(consent),
    ...(sentBy === null ? {} : { source: consentPlace(ring, identity, null) }),
    line
  }
}

/** Whose list it is, and how its records name things. */
export interface ListOwner {
  readonly id: string
  readonly fhirBases: readonly string[]
}

function saidOn(ring: KeyRing, { id, fhirBases }: ListOwner, line: OptOutLine): Said {
  if (line.kind === 'said') return saidBy(ring, patientOf(id, line.patient, fhirBases), line.rule)
  const sender = { party: id, ownBases: fhirBases }
  const identity = identityOf(line.consent, line.text, null, sender)
  const whose = belonging(line.consent, identity, fhirBases)
  if (whose.of !== 'subject' || !isName(labelOf(whose.subject))) throw new RequestError('no-subject')
  return saidByConsent(ring, {
    identity,
    patient: whose.subject,
    consent: line.consent,
    sentBy: null,
    ownBases: fhirBases,
    line: line.line
  })
}

const BATCH = 5000

/** How many patients of these no dataset was released of, under that name: they may come later, or the name is mistyped. */
async function unreleased(db: Db, said: readonly Said[]): Promise<number> {
  const names = [...new Set(said.map(({ name }) => name))]
  let known = 0
  for (let from = 0; from < names.length; from += BATCH) {
    const asked = names.slice(from, from + BATCH).map((name) => Buffer.from(name, 'hex'))
    known += (await releasedNames(db, asked)).length
  }
  return names.length - known
}

/** Loads lines as core/consent/lines.ts read them: one that fails is told by its number and code, and the others are in force. */
export async function loadConsents(
  pool: Pool,
  ring: KeyRing,
  owner: ListOwner,
  lines: readonly (OptOutLine | LineFault)[],
  change: Omit<Change, 'party'>
): Promise<Loaded> {
  const said: Said[] = []
  const faults: LineFault[] = []
  for (const line of lines) {
    if ('code' in line) {
      faults.push(line)
      continue
    }
    try {
      said.push(saidOn(ring, owner, line))
    } catch (error) {
      faults.push({ line: line.line, code: codeOf(error) })
    }
  }
  const { added, changed, withdrawn, stood } = await changeConsent(pool, ring, said, { ...change, party: owner.id })
  faults.push(...stood.map(({ line = 0 }) => ({ line, code: 'denial-stands' as const })))
  faults.sort((a, b) => a.line - b.line)
  const unknown = await unreleased(pool, added)
  return { named: lines.length, changed, unknown, withdrawn, refused: faults.length, faults }
}

/** What stands in the list, for an officer's eyes. */
export interface ListedOptOut {
  readonly party: string
  /** null: forgotten, or the key it was wrapped under is lost */
  readonly patient: string | null
  readonly since: string
  readonly rule: Rule
}

function nameIn(ring: KeyRing, { key, sealed }: { readonly key: Buffer; readonly sealed: Buffer }): string {
  return unwrapLocal(ring.wrapping, labelPlace(key.toString('hex')), sealed).toString('utf8')
}

export async function optOuts(db: Db, ring: KeyRing, party: string | null): Promise<ListedOptOut[]> {
  return (await listOptOuts(db, party)).map((row) => ({
    party: row.party,
    patient: row.forgotten_at === null ? unlessLost(() => nameIn(ring, row), null) : null,
    since: row.at.toISOString(),
    rule: openScope(ring, row)
  }))
}
