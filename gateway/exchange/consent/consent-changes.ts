/**
 * Changes to the list of who says no to what: one transaction, with the withdrawal of what it reaches, an entry of what was added and one of what was taken back, each
 * with the party, who sent in its name, and a count, never the patient. Decides what a word may change: a Consent only what stands in its own place, and nothing that a
 * later version of it said; what a party sends for another, nothing that this one said itself. Such a word is told, and the denial stands.
 */
import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { isOlder, type Said } from '../../core/consent/consent.ts'
import type { Rule } from '../../core/consent/rule.ts'
import { nextTurn } from '../../core/consent/turns.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { wrapLocal } from '../../seal/local.ts'
import { deleteOptOuts, insertOptOuts, type KeptOptOut, lockOptOuts, replaceOptOut } from '../../store/opt-outs.ts'
import { transaction } from '../../store/pool.ts'
import { append } from '../log/log.ts'
import { labelPlace, openKept, ruleMac, type Scope, scopePlace } from './consent.ts'
import { withdrawFor } from './withdraw.ts'

const NO_RULE = Buffer.alloc(0)

/** Who changes the list, and for what. */
export interface Change {
  readonly party: string
  /** another party, in its name */
  readonly sentBy?: string | null
  readonly change: 'opt-out' | 'opt-in'
  /** whose hands: an account of the operating system, or the party itself */
  readonly account: string
  readonly at: Date
  readonly parties: ReadonlySet<string>
}

const BATCH = 5000

function rowOf(ring: KeyRing, at: Date, { name, place, rule, label, asOf = null }: Said): KeptOptOut {
  const key = Buffer.from(name, 'hex')
  const mac = Buffer.from(place, 'hex')
  const scope = place === '' ? null : wrapLocal(ring.wrapping, scopePlace(key, mac), Buffer.from(JSON.stringify({ rule, asOf }), 'utf8'))
  const turnsOn = rule === null ? null : nextTurn(rule, at.toISOString().slice(0, 10))
  return { key, rule: mac, scope, turnsOn, sealed: wrapLocal(ring.wrapping, labelPlace(name), Buffer.from(label, 'utf8')) }
}

function pairOf({ key, rule }: { readonly key: Buffer; readonly rule: Buffer }): string {
  return `${key.toString('hex')} ${rule.toString('hex')}`
}

/** What became of words: which changed the list, and which a denial stands against that they do not take back. */
interface Taken {
  readonly news: readonly Said[]
  readonly stood: readonly Said[]
}

/** What stands under the names of these, until the transaction ends. */
async function standingFor(client: PoolClient, ring: KeyRing, said: readonly Said[]): Promise<ReadonlyMap<string, Scope>> {
  const rows = await lockOptOuts(
    client,
    [...new Set(said.map(({ name }) => name))].map((name) => Buffer.from(name, 'hex'))
  )
  return new Map(rows.map((row) => [pairOf(row), openKept(ring, row)]))
}

function isSame(ring: KeyRing, one: Rule, other: Rule): boolean {
  return ruleMac(ring, one).equals(ruleMac(ring, other))
}

/** Against a Consent stands a later version of it. */
function isLate({ asOf }: Said, there: Scope | undefined): boolean {
  return asOf !== undefined && there !== undefined && isOlder(asOf, there.asOf)
}

/** Against what a party sends for another stands what the source said itself. */
function isOvertaken(ring: KeyRing, { name, source, rule }: Said, standing: ReadonlyMap<string, Scope>): boolean {
  const own = source === undefined ? undefined : standing.get(`${name} ${source}`)
  return own !== undefined && (rule === null || !isSame(ring, own.rule, rule))
}

/** How a word meets what stands in its place. */
function meeting(ring: KeyRing, one: Said, there: Scope): 'late' | 'other' | 'newer' | 'same' {
  if (isLate(one, there)) return 'late'
  if (one.rule === null || !isSame(ring, there.rule, one.rule)) return 'other'
  return (one.asOf ?? null) === there.asOf ? 'same' : 'newer'
}

/** Puts into the list what is not there; news is what is new, a Consent's other text too. */
async function addSaid(client: PoolClient, ring: KeyRing, { party, at }: Change, said: readonly Said[]): Promise<Taken> {
  const rows = said.map((one) => rowOf(ring, at, one))
  const added = new Set((await insertOptOuts(client, party, rows)).map(pairOf))
  const standing = await standingFor(client, ring, said)
  const [news, stood]: [Said[], Said[]] = [[], []]
  for (const [n, one] of said.entries()) {
    const row = rows[n] as KeptOptOut // one for each
    const there = standing.get(pairOf(row))
    if (there === undefined) continue
    const met = added.has(pairOf(row)) ? 'new' : meeting(ring, one, there)
    if (met === 'late' || isOvertaken(ring, one, standing)) stood.push(one)
    if (met === 'new' || met === 'other') news.push(one)
    if (met === 'other' || met === 'newer') await replaceOptOut(client, row)
  }
  return { news, stood }
}

/** Takes back what no later word stands against. `change` opt-in: whatever stands there, for it was asked for. */
async function takeBack(client: PoolClient, ring: KeyRing, { change }: Change, said: readonly Said[]): Promise<Taken> {
  const before = change === 'opt-in' ? new Map<string, Scope>() : await standingFor(client, ring, said)
  const late = new Set(said.filter((one) => isLate(one, before.get(`${one.name} ${one.place}`))))
  const rows = said
    .filter((one) => !late.has(one))
    .map(({ name, place }) => ({ key: Buffer.from(name, 'hex'), rule: place === '' ? NO_RULE : Buffer.from(place, 'hex') }))
  const gone = new Set((await deleteOptOuts(client, rows)).map(pairOf))
  return {
    news: said.filter(({ name, place }) => gone.has(`${name} ${place}`)),
    stood: said.filter((one) => late.has(one) || isOvertaken(ring, one, before))
  }
}

/** By batches, all of them. */
async function inBatches(said: readonly Said[], take: (batch: readonly Said[]) => Promise<Taken>): Promise<Taken> {
  const [news, stood]: [Said[], Said[]] = [[], []]
  for (let from = 0; from < said.length; from += BATCH) {
    const taken = await take(said.slice(from, from + BATCH))
    news.push(...taken.news)
    stood.push(...taken.stood)
  }
  return { news, stood }
}

/** One of each place: what was written last, or said last. */
function lastOf(said: readonly Said[]): Said[] {
  const last = new Map<string, Said>()
  for (const one of said) {
    const place = `${one.name} ${one.place}`
    const before = last.get(place)
    if (before === undefined || !isOlder(one.asOf ?? null, before.asOf ?? null)) last.set(place, one)
  }
  return [...last.values()]
}

/** How many rows changed, how many datasets were withdrawn, and what a denial stands against. */
interface Changed {
  /** which denials are new */
  readonly added: readonly Said[]
  readonly changed: number
  readonly withdrawn: number
  readonly stood: readonly Said[]
}

/** Changes the list in one transaction, with an entry of what was added and one of what was taken back, and withdraws what it reaches. */
export async function changeConsent(pool: Pool, ring: KeyRing, all: readonly Said[], about: Change): Promise<Changed> {
  if (all.length === 0) return { added: [], changed: 0, withdrawn: 0, stood: [] }
  const { party, change, at, parties } = about
  return transaction(pool, async (client) => {
    // in one order, so that two changes at once do not wait for each other
    const said = lastOf(all).sort((a, b) => (`${a.name} ${a.place}` < `${b.name} ${b.place}` ? -1 : 1))
    const gone = said.filter(({ rule }) => change === 'opt-in' || rule === null)
    const wanted = change === 'opt-in' ? [] : said.filter(({ rule }) => rule !== null)
    const added = await inBatches(wanted, (batch) => addSaid(client, ring, about, batch))
    const taken = await inBatches(gone, (batch) => takeBack(client, ring, about, batch))
    const denied = new Map<string, Rule[]>()
    for (const { name, rule } of added.news) if (rule !== null) denied.set(name, [...(denied.get(name) ?? []), rule])
    const withdrawn = await withdrawFor(client, { ring, at, parties }, party, denied)
    await tell(client, about, 'opt-out', added.news.length)
    await tell(client, about, 'opt-in', taken.news.length)
    const changed = added.news.length + taken.news.length
    return { added: added.news, changed, withdrawn, stood: [...added.stood, ...taken.stood] }
  })
}

async function tell(client: PoolClient, about: Change, change: Change['change'], subjects: number): Promise<void> {
  if (subjects === 0) return
  const { party, sentBy = null, account, at } = about
  const by = sentBy === null ? {} : { sentBy }
  const told = { v: 1, kind: 'consent-changed', at: at.toISOString(), party, ...by, change, subjects, account } as const
  await append(client, `consent:${randomUUID()}`, told)
}
