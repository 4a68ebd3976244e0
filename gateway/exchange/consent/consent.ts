/**
 * Who says no to what, as each step of a release asks it again: who is out of a disclosure by now, and which records of those who say no to some of them stay
 * back. A rule that came after the records were cut, or whose period began or ended since, and is about some of them, keeps the subject back whole: what its
 * lines were is no longer seen in them.
 */

import { consentFor, linksOf, optOutKey } from '../../core/consent/consent.ts'
import { type Held, keptBackBy, type Roles } from '../../core/consent/records.ts'
import { EVERYTHING, periodsAt, type Rule, type Terms } from '../../core/consent/rule.ts'
import { canonicalJson, hmac, type Json } from '../../core/digest.ts'
import { IntegrityError } from '../../core/errors.ts'
import type { Identity, Resource } from '../../core/fhir/resource.ts'
import type { Agreement } from '../../generated/policy.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { unwrapLocal } from '../../seal/local.ts'
import { type OptOutScope, optedOut } from '../../store/opt-outs.ts'
import type { Db } from '../../store/pool.ts'
import { readKept } from '../kept.ts'
import type { Group } from '../release/gather.ts'

/** A rule that stands in the list. */
export interface Standing {
  /** names what it says: another text, another id */
  readonly id: string
  readonly rule: Rule
}

/** Names a rule: keyed, for a scope may be guessed. */
export function ruleMac(ring: KeyRing, rule: Rule): Buffer {
  return hmac(ring.names(), 'opt-out rule', canonicalJson(rule as unknown as Json)) // plain data
}

/** Where what a row is called is sealed to. */
export function labelPlace(key: string): string[] {
  return ['opt-out', key]
}

/** Where the scope of a row is sealed to. */
export function scopePlace(key: Buffer, rule: Buffer): string[] {
  return ['opt-out scope', key.toString('hex'), rule.toString('hex')]
}

/** What a row denies, and when the Consent that says it was written; null: it is none, or does not say. */
export interface Scope {
  readonly rule: Rule
  readonly asOf: number | null
}

/** What nobody can read any more, for the key it was wrapped under was given up, denies everything, until an opt-in takes it back: no Consent is later than it. */
const UNREADABLE: Scope = { rule: EVERYTHING, asOf: Number.MAX_SAFE_INTEGER }

/** What is wrapped in a row, or `lost` where its key is not on the ring. IntegrityError seal-broken, as ever. */
export function unlessLost<T>(open: () => T, lost: T): T {
  try {
    return open()
  } catch (error) {
    if (error instanceof IntegrityError && error.code === 'key-missing') return lost
    throw error
  }
}

export function openKept(ring: KeyRing, row: OptOutScope): Scope {
  return unlessLost(() => scopeIn(ring, row), UNREADABLE)
}

function scopeIn(ring: KeyRing, { key, rule, scope }: OptOutScope): Scope {
  if (scope === null) return { rule: EVERYTHING, asOf: null }
  const kept = JSON.parse(unwrapLocal(ring.wrapping, scopePlace(key, rule), scope).toString('utf8')) as Scope | Rule // sealed by opt-outs.ts only
  // rows of before had the rule alone
  return 'kind' in kept ? { rule: kept, asOf: null } : kept
}

export function openScope(ring: KeyRing, row: OptOutScope): Rule {
  return openKept(ring, row).rule
}

/** What a disclosure is, as rules ask about it. `at`: now, for a word holds from its commit, whenever the dataset began. */
export function termsOf(
  { recipient }: { readonly recipient: string },
  { purposeOfUse }: Pick<Agreement, 'purposeOfUse'>,
  parties: ReadonlyMap<string, unknown>,
  at: string
): Terms {
  return { recipient, purpose: purposeOfUse, at, parties: new Set(parties.keys()) }
}

/** Names a rule as it was applied: on a day on which one of its periods has begun or ended since, it is another. */
function appliedAs({ id, rule }: Standing, { at }: Terms): string {
  return `${id}${periodsAt(rule, at)}`
}

/**
 * The ids by which a group's own records call its subject, the one they are kept under first; none for shared records. A Bundle's fullUrl says who a
 * patient is among its entries (R4 2.36.4), and a `urn:uuid:` there is made anew for each Bundle: the patient's own logical id is what a hospital knows it
 * by, also of a Patient that a later one of the same name replaced.
 */
export function idsOf(group: Group): string[] {
  return group.subject === null ? [] : [...new Set([group.subject.id, ...patientIds(group)])]
}

function patientsOf({ records, replaced }: Group): Resource[] {
  return [...records.values(), ...replaced]
    .filter(({ identity }) => identity.type === 'Patient')
    .map(({ text }) => JSON.parse(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')) as Resource) // validated when it was accepted
}

/** The logical ids of the Patients of a group. */
function patientIds(group: Group): string[] {
  return patientsOf(group).flatMap(({ id }) => (id === undefined ? [] : [id]))
}

/** As a `urn:uuid:` or `urn:oid:` of a Bundle ends. */
const BUNDLE_NAME = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-2](\.\d+)+)$/i

/**
 * The names a roster must have, every one of them, to have a group's subject: what is wide for a no would be too wide for a yes. Under its own base alone, and where
 * one name stands for two Patients, of both. Whom a Bundle names is known by the id of the Patient in it.
 */
export function memberNames(ring: KeyRing, group: Group): string[] {
  const { subject } = group
  if (subject === null) return []
  const known = patientIds(group)
  const ids = known.length > 0 && BUNDLE_NAME.test(subject.id) ? known : [subject.id, ...known]
  return [...new Set(ids)].map((id) => optOutKey(ring.names(), { ...subject, id }))
}

/** The names under which the opt-out list may have a subject of these ids. */
export function consentNames(ring: KeyRing, subject: Identity | null, ids: readonly string[]): string[] {
  if (subject === null) return []
  // An opt-out by plain id holds whatever server base a record claims: two patients of one id would both be out, which harms nobody.
  const bases = new Set([subject.base, ''])
  return ids.flatMap((id) => [...bases].map((base) => optOutKey(ring.names(), { ...subject, base, id })))
}

/** Names of those whom a group's Patients are linked to (R4 Patient.link: merged, or seen as one): for a no alone. */
export function linkedNames(ring: KeyRing, group: Group, ownBases: readonly string[]): string[] {
  const { subject } = group
  if (subject === null) return []
  const linked = patientsOf(group).flatMap((patient) => linksOf(patient, ownBases))
  return [...new Set(linked.flatMap(({ base, id }) => consentNames(ring, { ...subject, base: base === '' ? subject.base : base }, [id])))]
}

/** Keys asked of the database at a time. */
const ASK = 10_000

/** What stands in the list under these names. */
export async function standingUnder(db: Db, ring: KeyRing, names: readonly string[]): Promise<Map<string, Standing[]>> {
  const standing = new Map<string, Standing[]>()
  for (let at = 0; at < names.length; at += ASK) {
    const keys = names.slice(at, at + ASK).map((name) => Buffer.from(name, 'hex'))
    for (const row of await optedOut(db, keys)) {
      const rule = openScope(ring, row)
      const name = row.key.toString('hex')
      standing.set(name, [...(standing.get(name) ?? []), { id: ruleMac(ring, rule).toString('hex'), rule }])
    }
  }
  return standing
}

/** A subject as it stands in a dataset that is being made. */
export interface Named {
  readonly consents: readonly string[]
  /** the rules by which some of its records were left out, as they were applied */
  readonly applied?: readonly string[]
  /** names that a roster must have, all of them; absent: there is none */
  readonly members?: readonly string[]
}

/** Which of these subjects are out of the disclosure by now: their names in the opt-out list. */
export async function optedOutAmong(db: Db, ring: KeyRing, terms: Terms, subjects: readonly Named[]): Promise<Set<string>> {
  const standing = await standingUnder(
    db,
    ring,
    subjects.flatMap(({ consents }) => consents)
  )
  const out = new Set<string>()
  if (standing.size === 0) return out
  for (const { consents, applied = [] } of subjects)
    for (const name of consents) {
      const reaches = (standing.get(name) ?? []).map((one) => ({ as: appliedAs(one, terms), reach: consentFor([one.rule], terms) }))
      if (reaches.some(({ as, reach }) => reach === 'everything' || (reach === 'some' && !applied.includes(as)))) out.add(name)
    }
  return out
}

/** What is left of a group, how many records stay back, and by which rules. */
export interface Permission {
  readonly group: Group
  readonly keptBack: number
  readonly applied: readonly string[]
}

/** The records of a group, read. */
export function heldOf({ records }: Pick<Group, 'records'>): Held[] {
  return [...records.values()].map((kept) => ({ identity: kept.identity, resource: readKept(kept) }))
}

/** How the sender's records name things, and the PractitionerRoles that are known of it. */
export interface Naming {
  readonly ownBases: readonly string[]
  readonly roles: Roles
}

/** null: all of it stays back. Whatever goes wrong in looking, went wrong on PHI: then it is all of it, too. */
export function permitted(group: Group, standing: readonly Standing[], terms: Terms, { ownBases, roles }: Naming): Permission | null {
  const rules = standing.map(({ rule }) => rule)
  const reach = consentFor(rules, terms)
  if (reach === 'everything') return null
  if (reach === 'nothing') return { group, keptBack: 0, applied: [] }
  try {
    const entries = [...group.records]
    const back = keptBackBy(rules, terms, heldOf(group), ownBases, roles)
    const records = new Map(entries.filter((_, n) => !back.has(n)))
    return { group: { ...group, records }, keptBack: back.size, applied: standing.map((one) => appliedAs(one, terms)) }
  } catch {
    return null
  }
}
