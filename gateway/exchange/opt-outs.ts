/**
 * The list of who says no to what: global, by recipient, purpose, category or provider, by what was paid for out of pocket, or as a FHIR Consent says. In force
 * from the moment of commit, on running jobs too, and on datasets that were made before (withdraw.ts). Each change is an entry that names the party and a
 * count, never the patient. Keys are HMACs; labels and scopes are sealed. Refuses what is no patient id; takes back nothing of a forgotten subject.
 */
import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { compileConsent } from '../core/consent/compile.ts'
import { optOutKey, type Said } from '../core/consent/consent.ts'
import { isName, type OptOutLine } from '../core/consent/lines.ts'
import { EVERYTHING, type Rule } from '../core/consent/rule.ts'
import { nextTurn } from '../core/consent/turns.ts'
import { canonicalJson, hmac, type Json } from '../core/digest.ts'
import { codeOf, RequestError } from '../core/errors.ts'
import { identityOf, nameOf } from '../core/fhir/identity.ts'
import type { Identity, Resource } from '../core/fhir/resource.ts'
import { belonging } from '../core/fhir/subject.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { unwrapLocal, wrapLocal } from '../seal/local.ts'
import { deleteOptOuts, insertOptOuts, type KeptOptOut, listOptOuts, optedOut, replaceOptOut } from '../store/opt-outs.ts'
import { type Db, transaction } from '../store/pool.ts'
import { openScope, ruleMac, scopePlace } from './consent.ts'
import type { LineFault, Loaded } from './doors.ts'
import { append } from './log.ts'
import { withdrawFor } from './withdraw.ts'

const PLAIN_ID = /^[A-Za-z0-9\-.]{1,64}$/
const NO_RULE = Buffer.alloc(0)

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
  const name = optOutKey(ring.crosswalk.current.secret, patient)
  return { name, place: isEverything(rule) ? '' : ruleMac(ring, rule).toString('hex'), rule, label: labelOf(patient) }
}

/** Where what a Consent says stands in the list: its next version takes its place. Hex. */
export function consentPlace(ring: KeyRing, { party, base, id }: Identity): string {
  return hmac(ring.crosswalk.current.secret, 'opt-out consent', party, base, id).toString('hex')
}

/** What a patient says by a Consent; `identity`: of the Consent. */
export function saidByConsent(ring: KeyRing, identity: Identity, patient: Identity, consent: Resource): Said {
  const name = optOutKey(ring.crosswalk.current.secret, patient)
  return { name, place: consentPlace(ring, identity), rule: compileConsent(consent), label: labelOf(patient) }
}

/** Who changes the list, and for what. */
export interface Change {
  readonly party: string
  readonly change: 'opt-out' | 'opt-in'
  /** whose hands: an account of the operating system, or the party itself */
  readonly account: string
  readonly at: Date
  readonly parties: ReadonlySet<string>
}

const BATCH = 5000

function rowOf(ring: KeyRing, at: Date, { name, place, rule, label }: Said): KeptOptOut {
  const key = Buffer.from(name, 'hex')
  const mac = Buffer.from(place, 'hex')
  const scope = place === '' ? null : wrapLocal(ring.wrapping, scopePlace(key, mac), Buffer.from(JSON.stringify(rule), 'utf8'))
  const turnsOn = rule === null ? null : nextTurn(rule, at.toISOString().slice(0, 10))
  return { key, rule: mac, scope, turnsOn, sealed: wrapLocal(ring.wrapping, ['opt-out', name], Buffer.from(label, 'utf8')) }
}

function pairOf({ key, rule }: { readonly key: Buffer; readonly rule: Buffer }): string {
  return `${key.toString('hex')} ${rule.toString('hex')}`
}

/** Puts into the list what is not there; which of it is new, a Consent's other text too. */
async function addSaid(client: PoolClient, ring: KeyRing, { party, at }: Change, said: readonly Said[]): Promise<Said[]> {
  const rows = said.map((one) => rowOf(ring, at, one))
  const added = new Set((await insertOptOuts(client, party, rows)).map(pairOf))
  const before = new Map((await optedOut(client, [...new Set(rows.map(({ key }) => key))])).map((row) => [pairOf(row), row]))
  const news: Said[] = []
  for (const [n, one] of said.entries()) {
    const row = rows[n]
    if (row === undefined || one.rule === null) continue
    const there = before.get(pairOf(row))
    if (added.has(pairOf(row))) news.push(one)
    else if (there !== undefined && !ruleMac(ring, openScope(ring, there)).equals(ruleMac(ring, one.rule))) {
      await replaceOptOut(client, row)
      news.push(one)
    }
  }
  return news
}

/** Takes back; how many rows. */
async function takeBack(client: PoolClient, said: readonly Said[]): Promise<number> {
  let taken = 0
  for (let from = 0; from < said.length; from += BATCH) {
    const rows = said
      .slice(from, from + BATCH)
      .map(({ name, place }) => ({ key: Buffer.from(name, 'hex'), rule: place === '' ? NO_RULE : Buffer.from(place, 'hex') }))
    taken += await deleteOptOuts(client, rows)
  }
  return taken
}

/** One of each place: what was said last. */
function lastOf(said: readonly Said[]): Said[] {
  return [...new Map(said.map((one) => [`${one.name} ${one.place}`, one])).values()]
}

/** Changes the list in one transaction, with one entry, and withdraws what it reaches. How many rows changed, and how many datasets were withdrawn. */
export async function changeConsent(
  pool: Pool,
  ring: KeyRing,
  all: readonly Said[],
  about: Change
): Promise<{ readonly changed: number; readonly withdrawn: number }> {
  if (all.length === 0) return { changed: 0, withdrawn: 0 }
  const { party, change, account, at, parties } = about
  return transaction(pool, async (client) => {
    // in one order, so that two changes at once do not wait for each other
    const said = lastOf(all).sort((a, b) => (`${a.name} ${a.place}` < `${b.name} ${b.place}` ? -1 : 1))
    const gone = said.filter(({ rule }) => change === 'opt-in' || rule === null)
    const added: Said[] = []
    const wanted = change === 'opt-in' ? [] : said.filter(({ rule }) => rule !== null)
    for (let from = 0; from < wanted.length; from += BATCH)
      added.push(...(await addSaid(client, ring, about, wanted.slice(from, from + BATCH))))
    const changed = added.length + (await takeBack(client, gone))
    const denied = new Map<string, Rule[]>()
    for (const { name, rule } of added) if (rule !== null) denied.set(name, [...(denied.get(name) ?? []), rule])
    const withdrawn = await withdrawFor(client, { ring, at, parties }, party, denied)
    const told = { v: 1, kind: 'consent-changed', at: at.toISOString(), party, change, subjects: changed, account } as const
    if (changed > 0) await append(client, `consent:${randomUUID()}`, told)
    return { changed, withdrawn }
  })
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
  return saidByConsent(ring, identity, whose.subject, line.consent)
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
  return { named: lines.length, ...(await changeConsent(pool, ring, said, { ...change, party: owner.id })), refused: faults.length, faults }
}

/** What stands in the list, for an officer's eyes. */
export interface ListedOptOut {
  readonly party: string
  /** null: forgotten */
  readonly patient: string | null
  readonly since: string
  readonly rule: Rule
}

export async function optOuts(db: Db, ring: KeyRing, party: string | null): Promise<ListedOptOut[]> {
  return (await listOptOuts(db, party)).map((row) => ({
    party: row.party,
    patient:
      row.forgotten_at === null ? unwrapLocal(ring.wrapping, ['opt-out', row.key.toString('hex')], row.sealed).toString('utf8') : null,
    since: row.at.toISOString(),
    rule: openScope(ring, row)
  }))
}
