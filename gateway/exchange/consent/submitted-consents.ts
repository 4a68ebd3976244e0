/**
 * Consents that come from a hospital itself: over HTTP as a list, and among the records of a submission, where each is in force when its upload is taken: before
 * anything is closed or released. A Bundle may call the patient by a name of its own; once its records are brought together, what it said holds under every
 * name they give it.
 */

import { sendsFor } from '../../core/agreement/decide.ts'
import type { Said } from '../../core/consent/consent.ts'
import { readLines } from '../../core/consent/lines.ts'
import { RequestError } from '../../core/errors.ts'
import type { Party } from '../../generated/policy.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { optedOut } from '../../store/opt-outs.ts'
import type { Caller, ConsentsDoor, IssueRow } from '../doors.ts'
import type { House, PartTask, Rooms } from '../house.ts'
import type { Group } from '../release/gather.ts'
import { openKept } from './consent.ts'
import { changeConsent } from './consent-changes.ts'
import { consentPlace, labelOf, loadConsents, type Sent, saidByConsent } from './opt-outs.ts'

/** Of a request: its patients are held from release until the whole of it is committed. */
const MOST_LINES = 100_000
/** So many are told one by one. */
const TOLD_FAULTS = 100

/** RequestError too-large. */
function requireFew(text: string): void {
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines += at < text.length - 1 ? 1 : 0
    if (lines > MOST_LINES) throw new RequestError('too-large', `A request has at most ${MOST_LINES} lines: send more of them.`)
  }
}

/** RequestError not-the-source: a party that only sends for others has no patients here, and what it said of theirs would stop nothing. */
function requireSource({ policies }: House, party: string): void {
  const agreements = [...policies.agreements.values()]
  if (!agreements.some(({ agreement }) => agreement.source === party) && agreements.some((entry) => sendsFor(party, entry)))
    throw new RequestError('not-the-source')
}

/** The hospital's door for lists on this house. RequestError too-large and not-the-source, before anything is read of it. */
export function openConsents(house: House): ConsentsDoor {
  return {
    async load({ party }: Caller, change, text) {
      requireFew(text)
      requireSource(house, party)
      const { parties } = house.policies
      const ownBases = parties.get(party)?.fhirBases ?? []
      const recipients = new Set([...parties.values()].filter(({ role }) => role === 'insurer').map(({ id }) => id))
      const about = { change, account: `party ${party}`, at: house.now(), parties: new Set(parties.keys()) }
      const lines = readLines(text, { recipients, ownBases })
      const loaded = await loadConsents(house.pool, house.ring, { id: party, fhirBases: ownBases }, lines, about)
      return { ...loaded, faults: loaded.faults.slice(0, TOLD_FAULTS) }
    }
  }
}

/** What a record of a submission says, where it is a Consent. */
export function saidInRecord(ring: KeyRing, sent: Sent): readonly Said[] {
  return sent.identity.type === 'Consent' ? [saidByConsent(ring, sent)] : []
}

/** Commits what Consents of a part of an upload say. Those that leave a denial as it is are told: a later one stands, or the source's own. */
export async function takeConsents(
  house: House,
  { party, sentBy }: Pick<PartTask, 'party' | 'sentBy'>,
  said: readonly Said[]
): Promise<Omit<IssueRow, 'file'>[]> {
  const about = {
    party,
    sentBy,
    change: 'opt-out',
    account: `party ${sentBy ?? party}`,
    at: house.now(),
    parties: new Set(house.policies.parties.keys())
  } as const
  const { stood } = await changeConsent(house.pool, house.ring, said, about)
  return stood.map(({ line = 0 }) => ({ line, path: 'Consent', code: 'denial-stands' }))
}

interface NamedGroup {
  readonly group: Group
  readonly consents: readonly string[]
}

/** What stands under one name of a group by a Consent among its records, under all its names. */
async function spreadOf({ pool, ring }: Rooms, parties: Iterable<string>, { group, consents }: NamedGroup): Promise<Said[]> {
  const said = [...group.records.values()].filter(({ identity }) => identity.type === 'Consent')
  // by whomever they were sent
  const senders = said.length === 0 ? [] : [null, ...parties]
  const places = new Set(said.flatMap(({ identity }) => senders.map((sentBy) => consentPlace(ring, identity, sentBy))))
  if (places.size === 0 || group.subject === null) return []
  const rows = await optedOut(
    pool,
    consents.map((name) => Buffer.from(name, 'hex'))
  )
  const label = labelOf(group.subject)
  return rows
    .filter(({ rule }) => places.has(rule.toString('hex')))
    .flatMap((row) => {
      const { rule, asOf } = openKept(ring, row)
      const place = row.rule.toString('hex')
      const there = new Set(rows.filter((other) => other.rule.equals(row.rule)).map(({ key }) => key.toString('hex')))
      return consents.filter((name) => !there.has(name)).map((name) => ({ name, place, rule, label, asOf }))
    })
}

/** Before a bucket is released: what its patients said holds whatever they are called by. */
export async function spreadConsents(rooms: Rooms, parties: ReadonlyMap<string, Party>, groups: readonly NamedGroup[]): Promise<void> {
  for (const named of groups) {
    const said = await spreadOf(rooms, parties.keys(), named)
    const { party } = named.group
    const about = { party, change: 'opt-out', account: `party ${party}`, at: new Date(), parties: new Set(parties.keys()) } as const
    await changeConsent(rooms.pool, rooms.ring, said, about)
  }
}
