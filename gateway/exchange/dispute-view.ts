/**
 * What is seen of a dispute, and by whom: what is frozen, what was said, what a replay found. Decides that the recipient sees no uploads and no figures of quality,
 * which tell of records that did not leave. Words of parties rest sealed under the crosswalk key, with 32 random bytes each.
 */
import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'
import { type Json, lengthPrefixed, sha256Hex } from '../core/digest.ts'
import { type About, type DisputeState, lateOf, type Outcome } from '../core/dispute/life.ts'
import { RequestError } from '../core/errors.ts'
import { isOwnId } from '../core/own-id.ts'
import type { KeyRing } from '../seal/keyring.ts'
import { openSegment, sealSegment } from '../seal/segment.ts'
import { findDisclosure } from '../store/disclosures.ts'
import * as disputes from '../store/disputes.ts'
import { readAtDesk } from './audit.ts'
import type { House, Rooms } from './house.ts'
import { policyDocuments } from './policy-documents.ts'

/** What a dispute is about, as it was when it was opened; canonical JSON in its row, its hash in the entry. */
export interface Frozen {
  readonly v: 1
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

export interface DisputeView {
  readonly id: string
  readonly dataset: string
  readonly agreement: string
  readonly openedBy: string
  readonly about: About
  readonly state: DisputeState
  readonly openedAt: string
  readonly answerBy: string
  readonly decideBy: string
  readonly late: 'answer' | 'decision' | null
  readonly outcome: Outcome | null
  readonly contact: string | null
  readonly frozen: Frozen
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

const SALT = 32

/** Keeps a party's words, sealed, and answers their digest: of 32 random bytes and the text, so that nobody can guess what was said. */
export async function keepWords(
  ring: KeyRing,
  client: PoolClient,
  row: { readonly dispute: string; readonly n: number; readonly party: string; readonly at: Date },
  text: string
): Promise<string> {
  const salted = Buffer.concat([randomBytes(SALT), Buffer.from(text, 'utf8')])
  const digest = `sha256:${sha256Hex(salted)}`
  await disputes.insertStatement(client, { ...row, digest, sealed: sealSegment(ring.crosswalk.current.secret, placeOf(row), salted) })
  return digest
}

export function shortOf(
  row: disputes.DisputeRow
): Pick<DisputeView, 'id' | 'dataset' | 'agreement' | 'openedBy' | 'about' | 'state' | 'answerBy' | 'decideBy'> {
  const { id, disclosure: dataset, agreement, opened_by: openedBy, about, state } = row
  return { id, dataset, agreement, openedBy, about, state, answerBy: row.answer_by.toISOString(), decideBy: row.decide_by.toISOString() }
}

/** All of it, for an officer; that it was read is an entry. */
export async function viewForOfficer(office: Office, id: string, account: string): Promise<DisputeView> {
  const [row] = await readAtDesk(office.pool, { account, at: office.now(), what: 'disputes' }, async (db) =>
    isOwnId(id) ? [await disputes.findDispute(db, id)] : []
  )
  if (row === null || row === undefined) throw new RequestError('not-found')
  return viewOf(office, row, row.source)
}

/** Of figures and uploads the recipient sees nothing: they tell of records that did not leave. */
function frozenFor(party: string, { source }: disputes.DisputeRow, frozen: Frozen): Frozen {
  return party === source ? frozen : { ...frozen, inputs: [], quality: {} }
}

function resultFor(party: string, { source, result }: disputes.DisputeRow): object | null {
  if (result === null || party === source) return result
  const { differences = [], ...rest } = result as { readonly differences?: readonly { readonly what: string }[] } // kept by keepReplay only
  return { ...rest, differences: differences.filter(({ what }) => !what.startsWith('quality ')) }
}

/** All that `party` may see of it. */
export async function viewOf(office: Office, row: disputes.DisputeRow, party: string): Promise<DisputeView> {
  const frozen = JSON.parse(row.frozen) as Frozen // written by open only
  const statements = (await disputes.statementsOf(office.pool, row.id)).map(({ party, at, sealed, digest, ...place }) => {
    const salted = openSegment(office.ring.crosswalk.current.secret, placeOf(place), sealed)
    return { party, at: at.toISOString(), text: salted.toString('utf8', SALT), salt: salted.toString('hex', 0, SALT), digest }
  })
  const disclosure = await findDisclosure(office.pool, row.disclosure)
  const contact = disclosure === null ? null : ((await policyDocuments(office.pool, disclosure)).agreement.dispute?.contact ?? null)
  return {
    ...shortOf(row),
    openedAt: row.opened_at.toISOString(),
    late: lateOf(row.state, office.now(), { answerBy: row.answer_by, decideBy: row.decide_by }),
    outcome: row.outcome,
    contact,
    frozen: frozenFor(party, row, frozen),
    result: resultFor(party, row),
    statements
  }
}
