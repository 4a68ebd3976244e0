/**
 * Whose the PractitionerRoles are that records of patients with a no to a provider name: those that came in the submissions of the disclosure. Decides nothing. A role
 * that did not come with them is not known, and what it did is then kept back (core/consent/records.ts). Reads buckets of shared records only where such a no stands.
 */
import { type Roles, rolesNamed, rolesOf } from '../../core/consent/records.ts'
import type { Party } from '../../generated/policy.ts'
import { bucketOf } from '../frames.ts'
import type { Rooms } from '../house.ts'
import { type Group, gatherBucket } from '../release/gather.ts'
import { heldOf } from './consent.ts'

interface Room extends Rooms {
  readonly parties: ReadonlyMap<string, Party>
}

/** By party. One bucket in memory at a time. */
export async function knownRoles(room: Room, disclosure: string, groups: readonly Group[]): Promise<ReadonlyMap<string, Roles>> {
  const known = new Map<string, Map<string, ReadonlySet<string>>>()
  const basesOf = (party: string): readonly string[] => room.parties.get(party)?.fhirBases ?? []
  const buckets = new Set(
    groups.flatMap((group) =>
      rolesNamed(heldOf(group), basesOf(group.party)).map((role) => bucketOf({ party: group.party, ...role }, { of: 'shared' }))
    )
  )
  for (const bucket of buckets)
    for (const { subject, party, records } of await gatherBucket(room, disclosure, bucket)) {
      if (subject !== null) continue
      const roles = new Map([...records].filter(([, { identity }]) => identity.type === 'PractitionerRole'))
      const found = rolesOf(heldOf({ records: roles }), basesOf(party))
      known.set(party, new Map([...(known.get(party) ?? []), ...found]))
    }
  return known
}
