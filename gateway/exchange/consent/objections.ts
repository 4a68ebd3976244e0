/**
 * RELEASE, who objects: what each patient's word, and the agreement's roster, leave of the groups of a bucket. Decides that the word comes first: whoever said no
 * is told as that. Fails closed: of a group that could not be looked at nothing is left.
 */
import { asksProvider } from '../../core/consent/rule.ts'
import type { Code } from '../../core/errors.ts'
import type { Agreement, Party } from '../../generated/policy.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import type { Rooms } from '../house.ts'
import { momentOf } from '../policy-documents.ts'
import type { Group } from '../release/gather.ts'
import { consentNames, idsOf, linkedNames, memberNames, type Permission, permitted, standingUnder, termsOf } from './consent.ts'
import { knownRoles } from './roles.ts'
import { asksNames, rosterReader } from './roster.ts'
import { spreadConsents } from './submitted-consents.ts'

interface Room extends Rooms {
  readonly parties: ReadonlyMap<string, Party>
}

/** A group, and what is left of it. */
export interface Left {
  readonly group: Group
  /** by which its own records call its subject */
  readonly ids: readonly string[]
  /** names its subject may have in the opt-out list */
  readonly consents: readonly string[]
  /** names that the agreement's roster must have; none: it asks for no names */
  readonly members: readonly string[]
  /** why nothing is; null: something may be */
  readonly code: Code | null
  readonly left: Permission
}

/** Under which bases the sender's own records stand. */
export function basesOf(parties: ReadonlyMap<string, Party>, { party }: Group): readonly string[] {
  return parties.get(party)?.fhirBases ?? []
}

const NOTHING = { keptBack: 0, applied: [] }

/** In the order of the groups. */
export async function leftOf(
  room: Room,
  disclosure: DisclosureRow,
  agreement: Agreement,
  { groups, now }: { readonly groups: readonly Group[]; readonly now: string }
): Promise<Left[]> {
  const own = groups.map((group) => {
    const ids = idsOf(group)
    const members = asksNames(agreement) ? memberNames(room.ring, group) : []
    return { group, ids, consents: consentNames(room.ring, group.subject, ids), members }
  })
  await spreadConsents(room, room.parties, own)
  // of merged patients: a no under one name holds for the others, and is not kept under theirs
  const named = own.map((one) => ({
    ...one,
    consents: [...new Set([...one.consents, ...linkedNames(room.ring, one.group, basesOf(room.parties, one.group))])]
  }))
  const names = named.flatMap(({ consents }) => consents)
  const standing = await standingUnder(room.pool, room.ring, names)
  const terms = termsOf(disclosure, agreement, room.parties, now)
  const asking = named.filter(({ consents }) => consents.some((name) => (standing.get(name) ?? []).some(({ rule }) => asksProvider(rule))))
  const roles = await knownRoles(
    room,
    disclosure.id,
    asking.map(({ group }) => group)
  )
  const offRoster = await rosterReader(room.pool, agreement, momentOf(disclosure), named)
  return named.map((one) => {
    const { group, consents } = one
    const against = consents.flatMap((name) => standing.get(name) ?? [])
    const left = permitted(group, against, terms, { ownBases: basesOf(room.parties, group), roles: roles.get(group.party) ?? new Map() })
    if (left === null) return { ...one, code: 'opted-out', left: { group, ...NOTHING } }
    const code = offRoster(group, one.members)
    return { ...one, code, left: code === null ? left : { group, ...NOTHING } }
  })
}
