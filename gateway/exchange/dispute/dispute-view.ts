/**
 * What is seen of a dispute, and by whom: what is frozen, what was said, what a replay found. Decides that the recipient sees of what is frozen its
 * own statement, and of a replay whether it came to the same: all else tells of records that did not leave. Words of parties rest sealed under the crosswalk key,
 * with 32 random bytes each.
 */
import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'
import { type Json, lengthPrefixed, sha256Hex } from '../../core/digest.ts'
import { type About, type DisputeState, lateOf, type Outcome } from '../../core/dispute/life.ts'
import { RequestError } from '../../core/errors.ts'
import { isOwnId } from '../../core/own-id.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { openSegment, sealSegment } from '../../seal/segment.ts'
import { findDisclosure } from '../../store/disclosures.ts'
import * as disputes from '../../store/disputes.ts'
import { readAtDesk } from '../audit/audit.ts'
import type { House, Rooms } from '../house.ts'
import { policyDocuments } from '../policy-documents.ts'

/** What a dispute is about, as it was when it was opened; canonical JSON in its row, its hash in the entry. */
export interface Frozen {
  readonly v: 1
  /** random, and not for the recipient: without it the hash in the entry could be tried against guessed counts */
  readonly salt: string
  readonly dataset: string
  readonly policy: string
  readonly profile: string
  readonly engine: string
  readonly node: string
  /** the moment of release; null where none began */
  readonly releasedAt: string | null
  /** SHA-256 of each upload's body as it came, in the order sent */
  readonly inputs: readonly { readonly submission: string; readonly sha256: string; readonly bytes: number; readonly arrived: number }[]
  readonly counts: Json
  readonly quality: Json
  /** the statement of a dataset that left */
  readonly statement: Json
}

/** What the recipient sees of it: what its statement says. */
export type FrozenTold = Pick<Frozen, 'v' | 'dataset' | 'policy' | 'profile' | 'statement'>

export interface DisputeShort {
  readonly id: string
  readonly dataset: string
  readonly agreement: string
  /** null: it was not told of the dataset, and does not see the dispute */
  readonly recipient: string | null
  readonly openedBy: string
  readonly about: About
  readonly state: DisputeState
  readonly answerBy: string
  readonly decideBy: string
  readonly late: 'answer' | 'decision' | null
}

export interface DisputeView extends DisputeShort {
  readonly openedAt: string
  readonly outcome: Outcome | null
  readonly contact: string | null
  readonly frozen: Frozen | FrozenTold
  readonly result: object | null
  readonly statements: readonly {
    readonly party: string
    readonly at: string
    readonly text: string
    readonly salt: string
    readonly digest: string
  }[]
}

export type Office = Pick<Rooms, 'pool' | 'ring'> & Pick<House, 'now'>

function placeOf({ dispute, n }: { readonly dispute: string; readonly n: number }): Buffer {
  return lengthPrefixed('dispute words', dispute, String(n))
}

export const SALT = 32

/** Keeps a party's words, sealed, and answers their digest: of 32 random bytes and the text, so that nobody can guess what was said. */
export async function keepWords(
  ring: KeyRing,
  client: PoolClient,
  row: { readonly dispute: string; readonly n: number; readonly party: string; readonly at: Date },
  text: string
): Promise<string> {
  const salted = Buffer.concat([randomBytes(SALT), Buffer.from(text, 'utf8')])
  const digest = `sha256:${sha256Hex(salted)}`
  await disputes.insertStatement(client, { ...row, digest, sealed: sealSegment(ring.names(), placeOf(row), salted) })
  return digest
}

export function shortOf(row: disputes.DisputeRow, now: Date): DisputeShort {
  const { id, disclosure: dataset, agreement, recipient, opened_by: openedBy, about, state, answer_by: answerBy, decide_by: decideBy } = row
  const late = lateOf(state, now, { answerBy, decideBy })
  const dates = { answerBy: answerBy.toISOString(), decideBy: decideBy.toISOString() }
  return { id, dataset, agreement, recipient, openedBy, about, state, ...dates, late }
}

/** All of it, for an officer; that it was read is an entry. */
export async function viewForOfficer(office: Office, id: string, account: string): Promise<DisputeView> {
  const [row] = await readAtDesk(office.pool, { account, at: office.now(), what: 'disputes' }, async (db) =>
    isOwnId(id) ? [await disputes.findDispute(db, id)] : []
  )
  if (row === null || row === undefined) throw new RequestError('not-found')
  return viewOf(office, row, row.source)
}

function frozenFor(party: string, { source }: disputes.DisputeRow, frozen: Frozen): Frozen | FrozenTold {
  const { v, dataset, policy, profile, statement } = frozen
  return party === source ? frozen : { v, dataset, policy, profile, statement }
}

function resultFor(party: string, { source, result }: disputes.DisputeRow): object | null {
  if (result === null || party === source) return result
  const { same } = result as { readonly same: boolean } // kept by keepReplay only
  return { same }
}

/** All that `party` may see of it. */
export async function viewOf(office: Office, row: disputes.DisputeRow, party: string): Promise<DisputeView> {
  const frozen = JSON.parse(row.frozen) as Frozen // written by open only
  const statements = (await disputes.statementsOf(office.pool, row.id)).map(({ party, at, sealed, digest, ...place }) => {
    const salted = openSegment(office.ring.names(), placeOf(place), sealed)
    return { party, at: at.toISOString(), text: salted.toString('utf8', SALT), salt: salted.toString('hex', 0, SALT), digest }
  })
  const disclosure = await findDisclosure(office.pool, row.disclosure)
  const contact = disclosure === null ? null : ((await policyDocuments(office.pool, disclosure)).agreement.dispute?.contact ?? null)
  return {
    ...shortOf(row, office.now()),
    openedAt: row.opened_at.toISOString(),
    outcome: row.outcome,
    contact,
    frozen: frozenFor(party, row, frozen),
    result: resultFor(party, row),
    statements
  }
}
