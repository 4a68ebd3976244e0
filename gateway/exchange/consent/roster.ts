/**
 * Rosters: whose records an agreement may release, where it says so. Decides who is on one: by the list its source gave for a Group, by the Group of each
 * submission, or by a Coverage among the records. A list is replaced as a whole, in one transaction with its entry, which names the party and a count, never a patient. Refuses nobody's records.
 */
import type { Pool } from 'pg'
import { covering } from '../../core/agreement/roster.ts'
import { optOutKey } from '../../core/consent/consent.ts'
import type { Code } from '../../core/errors.ts'
import type { Identity } from '../../core/fhir/resource.ts'
import type { Agreement } from '../../generated/policy.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { type Db, transaction } from '../../store/pool.ts'
import { addMembers, emptyRoster, lockRosters, membersAmong, type RosterName, submittedAmong } from '../../store/rosters.ts'
import { readKept } from '../kept.ts'
import { appendAnew } from '../log/log.ts'
import type { Group } from '../release/gather.ts'

/** Keys asked of the database, or given to it, at a time. */
const BATCH = 10_000

/** Replaces the list. How many members it has then. */
export async function loadRoster(
  pool: Pool,
  ring: KeyRing,
  { party, roster }: RosterName,
  patients: readonly Identity[],
  { account, at }: { readonly account: string; readonly at: Date }
): Promise<number> {
  return transaction(pool, async (client) => {
    await lockRosters(client)
    await emptyRoster(client, { party, roster })
    let members = 0
    for (let from = 0; from < patients.length; from += BATCH) {
      const keys = patients.slice(from, from + BATCH).map((patient) => Buffer.from(optOutKey(ring.names(), patient), 'hex'))
      members += await addMembers(client, { party, roster }, keys)
    }
    await appendAnew(client, {
      v: 1,
      kind: 'roster-loaded',
      at: at.toISOString(),
      party,
      roster,
      subjects: members,
      account
    })
    return members
  })
}

/** A subject, with the names by which lists must have it, all of them (memberNames). */
interface Named {
  readonly members?: readonly string[]
}

/** Is the agreement's roster a list of names? */
export function asksNames({ roster }: Agreement): boolean {
  return roster !== undefined && ('group' in roster || 'submitted' in roster)
}

/** In doubt nobody is on it. */
function areAll(members: readonly string[], isOn: (name: string) => boolean): boolean {
  return members.length > 0 && members.every(isOn)
}

/** Which of the names are on the agreement's list; null: it has none, so that everybody is. */
async function rosterNames(db: Db, { source, roster }: Agreement, subjects: readonly Named[]): Promise<ReadonlySet<string> | null> {
  if (roster === undefined || !('group' in roster)) return null
  const names = subjects.flatMap(({ members = [] }) => members)
  const on = new Set<string>()
  for (let from = 0; from < names.length; from += BATCH) {
    const keys = names.slice(from, from + BATCH).map((name) => Buffer.from(name, 'hex'))
    for (const key of await membersAmong(db, { party: source, roster: roster.group }, keys)) on.add(key.toString('hex'))
  }
  return on
}

/** Who of these is not on the list by now: a roster swapped since they were cut lets nobody out that it does not name. */
export async function offRoster<T extends Named>(db: Db, agreement: Agreement, subjects: readonly T[]): Promise<readonly T[]> {
  const names = await rosterNames(db, agreement, subjects)
  return names === null ? [] : subjects.filter(({ members = [] }) => !areAll(members, (name) => names.has(name)))
}

/** By which names who is on the Group of which submission; null: the agreement asks for none. */
async function submittedNames(db: Db, { roster }: Agreement, subjects: readonly Named[]): Promise<ReadonlySet<string> | null> {
  if (roster === undefined || !('submitted' in roster)) return null
  const names = subjects.flatMap(({ members = [] }) => members)
  const on = new Set<string>()
  for (let from = 0; from < names.length; from += BATCH) {
    const keys = names.slice(from, from + BATCH).map((name) => Buffer.from(name, 'hex'))
    for (const { key, submission } of await submittedAmong(db, roster.submitted, keys)) on.add(`${submission} ${key.toString('hex')}`)
  }
  return on
}

/** By each submission that brought records of the group: one that does not name the patient lets none of them out. */
function isSubmitted(on: ReadonlySet<string>, { records, replaced }: Group, members: readonly string[]): boolean {
  const submissions = new Set([...records.values(), ...replaced].map(({ from }) => from.submission))
  return [...submissions].every((submission) => areAll(members, (name) => on.has(`${submission} ${name}`)))
}

/** The function answers whose records are off the roster; `at`: the moment of release. Records about no patient are on every roster. */
export async function rosterReader(
  db: Db,
  agreement: Agreement,
  at: string,
  subjects: readonly Named[]
): Promise<(group: Group, members: readonly string[]) => Code | null> {
  const names = await rosterNames(db, agreement, subjects)
  const submitted = await submittedNames(db, agreement, subjects)
  const { roster } = agreement
  const covers = roster !== undefined && 'coverage' in roster ? covering(roster.coverage, at.slice(0, 10)) : null
  const isOn = (group: Group, members: readonly string[]): boolean =>
    (names === null || areAll(members, (name) => names.has(name))) &&
    (submitted === null || isSubmitted(submitted, group, members)) &&
    (covers === null || [...group.records.values()].some((kept) => kept.identity.type === 'Coverage' && covers(readKept(kept))))
  return (group, members) => (group.subject === null || isOn(group, members) ? null : 'not-on-roster')
}
