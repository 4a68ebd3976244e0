/**
 * Consents that come from a hospital itself: over HTTP as a list, and among the records of a submission, where each is in force when its upload is taken: before
 * anything is closed or released. A Bundle may call the patient by a name of its own; once its records are brought together, what it said holds under every
 * name they give it.
 */

import type { Said } from '../core/consent/consent.ts'
import { readLines } from '../core/consent/lines.ts'
import { RequestError } from '../core/errors.ts'
import type { Identity, Resource } from '../core/fhir/resource.ts'
import type { Party } from '../generated/policy.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { optedOut } from '../store/opt-outs.ts'
import { openScope } from './consent.ts'
import type { Caller, ConsentsDoor } from './doors.ts'
import type { Group } from './gather.ts'
import type { House, Rooms } from './house.ts'
import { changeConsent, consentPlace, labelOf, loadConsents, saidByConsent } from './opt-outs.ts'

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

/** The hospital's door for lists on this house. RequestError too-large, before anything is read of it. */
export function openConsents(house: House): ConsentsDoor {
  return {
    async load({ party }: Caller, change, text) {
      requireFew(text)
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
export function saidInRecord(ring: KeyRing, identity: Identity, subject: Identity, record: Resource): readonly Said[] {
  return identity.type === 'Consent' ? [saidByConsent(ring, identity, subject, record)] : []
}

/** Commits what Consents of a part of an upload say. */
export async function takeConsents(house: House, party: string, said: readonly Said[]): Promise<void> {
  const about = {
    party,
    change: 'opt-out',
    account: `party ${party}`,
    at: house.now(),
    parties: new Set(house.policies.parties.keys())
  } as const
  await changeConsent(house.pool, house.ring, said, about)
}

interface NamedGroup {
  readonly group: Group
  readonly consents: readonly string[]
}

/** What stands under one name of a group by a Consent among its records, under all its names. */
async function spreadOf({ pool, ring }: Rooms, { group, consents }: NamedGroup): Promise<Said[]> {
  const places = new Set(
    [...group.records.values()].filter(({ identity }) => identity.type === 'Consent').map(({ identity }) => consentPlace(ring, identity))
  )
  if (places.size === 0 || group.subject === null) return []
  const rows = await optedOut(
    pool,
    consents.map((name) => Buffer.from(name, 'hex'))
  )
  const label = labelOf(group.subject)
  return rows
    .filter(({ rule }) => places.has(rule.toString('hex')))
    .flatMap((row) => {
      const rule = openScope(ring, row)
      const place = row.rule.toString('hex')
      const there = new Set(rows.filter((other) => other.rule.equals(row.rule)).map(({ key }) => key.toString('hex')))
      return consents.filter((name) => !there.has(name)).map((name) => ({ name, place, rule, label }))
    })
}

/** Before a bucket is released: what its patients said holds whatever they are called by. */
export async function spreadConsents(rooms: Rooms, parties: ReadonlyMap<string, Party>, groups: readonly NamedGroup[]): Promise<void> {
  for (const named of groups) {
    const said = await spreadOf(rooms, named)
    const { party } = named.group
    const about = { party, change: 'opt-out', account: `party ${party}`, at: new Date(), parties: new Set(parties.keys()) } as const
    await changeConsent(rooms.pool, rooms.ring, said, about)
  }
}
