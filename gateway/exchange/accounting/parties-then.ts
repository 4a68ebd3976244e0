/**
 * Parties as they were: their documents are kept by hash, and entries of the log say which was in force when. Decides by the last change before a moment, or by
 * what the first change after it replaced; a party nobody changed is as the policies say today. So whoever left, or moved, is named as it was.
 */
import type { Policies } from '../../core/agreement/policies.ts'
import type { Party } from '../../generated/policy.ts'
import { findPolicy } from '../../store/policies.ts'
import type { Rooms } from '../house.ts'
import { provenTold } from './proven-told.ts'

export interface PartyRoom extends Rooms {
  /** as far as they can be read: who is missing is looked for in the log */
  readonly policies: Pick<Policies, 'parties'>
}

interface Change {
  readonly at: string
  /** hashes of documents; null: no party */
  readonly before: string | null
  readonly after: string | null
}

function hashIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The changes of these parties, in the order of the log. */
async function changesOf(room: PartyRoom, ids: readonly string[]): Promise<Map<string, Change[]>> {
  const holding = ids.map((id) => ({ what: 'party', id }))
  const changes = new Map<string, Change[]>(ids.map((id) => [id, []]))
  for (const { at, told } of await provenTold(room, 'policy-changed', { holding }))
    changes.get(String(told?.['id']))?.push({ at, before: hashIn(told?.['before']), after: hashIn(told?.['after']) })
  return changes
}

async function documentOf({ pool }: PartyRoom, hash: string | null): Promise<Party | null> {
  if (hash === null) return null
  return JSON.parse(await findPolicy(pool, hash)) as Party // validated before it was kept
}

/** Answers who a party was at a moment (RFC 3339), or null. IntegrityError policy-missing | policy-altered | proof-invalid. */
export async function partiesThen(room: PartyRoom, ids: readonly string[]): Promise<(id: string, at: string) => Promise<Party | null>> {
  const changes = await changesOf(room, ids)
  return async (id, at) => {
    const all = changes.get(id) ?? []
    const last = all.findLast((change) => change.at <= at)
    const hash = last === undefined ? all[0]?.before : last.after
    return (await documentOf(room, hash ?? null)) ?? room.policies.parties.get(id) ?? null
  }
}

/** The party as it is, or as it last was; null: there never was one. */
export async function partyKnown(room: PartyRoom, id: string): Promise<Party | null> {
  const now = room.policies.parties.get(id)
  if (now !== undefined) return now
  const last = (await changesOf(room, [id])).get(id)?.at(-1)
  return documentOf(room, last?.after ?? last?.before ?? null)
}
