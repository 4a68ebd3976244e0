/**
 * What an operator begins about a party that is registered, and another confirms by its hash: until then it opens nothing. Decides what waits, how long, and what becomes of it:
 * everything that was asked when it was begun is asked again. Refuses who began it, and whoever is the same person or signs by the same key.
 */
import { sha256Hex } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import * as store from '../../store/party-changes.ts'
import { type Acting, acting, note, type PartyWord, type RegistryRoom, rowOf, stepped } from './registry-room.ts'
import { requireOther, requireSigned } from './two-operators.ts'

export type Change = Pick<store.ChangeRow, 'what' | 'hash' | 'content'>

/** What is told of it: never what a secret is compared with. */
export interface ChangeView {
  readonly what: store.ChangeRow['what']
  readonly hash: string
  readonly begunBy: string
  readonly expires: string
}

const DAYS_MS = 7 * 86_400_000
/** More than a few at once are not a rotation. */
const MOST_WAITING = 16

/** RequestError party-out-of-state, where the same waits already or too much does. */
export async function begin(doing: Acting, id: string, change: Change): Promise<void> {
  const { client, done, word } = doing
  requireSigned(word)
  const waiting = await store.waitingChanges(client, id, done.at)
  // of the same hash, too old
  if (!waiting.some(({ hash }) => hash === change.hash)) await store.endChange(client, id, change.hash, null)
  const expires = new Date(done.at.getTime() + DAYS_MS)
  const row = { ...change, party: id, officer: word.officer, signer: word.key ?? null, expires }
  if (waiting.length >= MOST_WAITING || (await store.insertChange(client, row, done.at)) !== 1) throw new RequestError('party-out-of-state')
  await note(doing, 'party-change-begun', id, { what: change.what, hash: change.hash })
}

export async function listChanges({ pool, now }: Pick<RegistryRoom, 'pool' | 'now'>, id: string): Promise<ChangeView[]> {
  return (await store.waitingChanges(pool, id, now())).map(({ what, hash, officer, expires }) => ({
    what,
    hash,
    begunBy: officer,
    expires: expires.toISOString()
  }))
}

/** What becomes of each, once two want it. */
export type Effects = Readonly<Record<store.ChangeRow['what'], (doing: Acting, id: string, change: store.ChangeRow) => Promise<void>>>

/** RequestError party-unknown | party-out-of-state | self-approval | approval-invalid, and whatever the change itself is refused with. */
export async function confirmChange(
  room: RegistryRoom,
  id: string,
  { hash, effects }: { readonly hash: string; readonly effects: Effects },
  word: PartyWord
): Promise<ChangeView & { readonly id: string }> {
  return acting(room, word, async (doing) => {
    requireSigned(word)
    const row = await rowOf(doing, id)
    stepped(row?.standing ?? 'unknown', 'confirm-change', word.as)
    const change = (await store.waitingChanges(doing.client, id, doing.done.at)).find((one) => one.hash === hash)
    if (change === undefined) throw new RequestError('party-unknown')
    await requireOther(doing, change)
    await store.endChange(doing.client, id, hash, word.officer)
    await effects[change.what](doing, id, change)
    const { what, officer, expires } = change
    return { id, what, hash, begunBy: officer, expires: expires.toISOString() }
  })
}

/** Nothing of it waits any more. How many. */
export async function declineChanges(doing: Acting, id: string): Promise<number> {
  return store.endChange(doing.client, id, null, null)
}

/** Names what only those who were told can name. */
export function hashOfContent(content: string): string {
  return `sha256:${sha256Hex(content)}`
}
