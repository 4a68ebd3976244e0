/**
 * DISPUTES: either party contests a dataset, a count or a figure of quality; both say what they have to say; an officer replays (dispute-replay.ts) and closes.
 * Decides what is frozen, and who may open, read and speak: the source of any dataset of its own, the recipient of one that it was told of by then; else the
 * dispute is the source's alone, for good. Refuses everybody else with not-found. Words of parties rest sealed; entries have their salted digest only. An
 * officer's words are an entry of their own, which no party reads: both parties are told what came of them.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { canonicalJson, type Json, sha256Hex } from '../../core/digest.ts'
import { ABOUT, type About, afterAct, deadlinesOf, MOST_STATEMENTS, MOST_WORDS, type Outcome } from '../../core/dispute/life.ts'
import { RequestError } from '../../core/errors.ts'
import { isOwnId } from '../../core/own-id.ts'
import { requireWord } from '../../core/printable.ts'
import { type DisclosureRow, findDisclosureOf } from '../../store/disclosures.ts'
import * as disputes from '../../store/disputes.ts'
import { type Db, transaction } from '../../store/pool.ts'
import { qualityOf } from '../../store/quality.ts'
import { uploadsOfDisclosure } from '../../store/uploads.ts'
import { aboutDisclosure } from '../audit/audit.ts'
import type { Rooms } from '../house.ts'
import { append } from '../log/log.ts'
import { policyDocuments } from '../policy-documents.ts'
import { ENGINE } from '../release/record.ts'
import { type DisputeShort, type DisputeView, type Frozen, keepWords, type Office, SALT, shortOf, viewOf } from './dispute-view.ts'

/** The parties' door. */
export interface Disputes {
  open(party: string, order: { readonly dataset: string; readonly about: string; readonly text: string }): Promise<DisputeView>
  state(party: string, dispute: string, text: string): Promise<DisputeView>
  view(party: string, dispute: string): Promise<DisputeView>
  list(party: string): Promise<readonly DisputeShort[]>
}

const LISTED = 1000
/** At once, of one party over one dataset. */
const MOST_OPEN = 3

export function openDisputes(office: Office): Disputes {
  return {
    open: (party, order) => open(office, party, order),
    state: (party, dispute, text) => speak(office, party, dispute, text),
    view: async (party, dispute) => viewOf(office, await own(office.pool, party, dispute), party),
    list: async (party) => (await disputes.listDisputes(office.pool, party, LISTED)).map((row) => shortOf(row, office.now()))
  }
}

async function own(db: Db, party: string, id: string): Promise<disputes.DisputeRow> {
  const row = isOwnId(id) ? await disputes.findDisputeOf(db, id, party) : null
  if (row === null) throw new RequestError('not-found')
  return row
}

function requireWords(text: string): void {
  if (text.trim() === '' || text.length > MOST_WORDS) throw new RequestError('bad-request', `Say it in 1 to ${MOST_WORDS} characters.`)
}

/** The recipient of a dataset that was recorded, and not withdrawn before anybody asked for it: then it was cut again, and why is not for the recipient to know. */
function toldTo({ recipient, statement, state, fetched_at }: DisclosureRow): string | null {
  return statement === null || (state === 'withdrawn' && fetched_at === null) ? null : recipient
}

async function contested(db: Db, party: string, dataset: string): Promise<DisclosureRow> {
  const row = isOwnId(dataset) ? await findDisclosureOf(db, dataset, party) : null
  if (row === null || !(row.source === party || toldTo(row) === party)) throw new RequestError('not-found')
  return row
}

async function freeze(office: Office, row: DisclosureRow): Promise<Frozen> {
  const uploads = await uploadsOfDisclosure(office.pool, row.id)
  return {
    v: 1,
    salt: randomBytes(SALT).toString('hex'),
    dataset: row.id,
    policy: row.agreement_hash,
    profile: row.profile_hash,
    engine: ENGINE,
    node: process.version,
    releasedAt: row.at?.toISOString() ?? null,
    inputs: uploads.map(({ submission, body_sha256, bytes, kept_at }) => ({
      submission,
      sha256: body_sha256?.toString('hex') ?? '',
      bytes,
      arrived: kept_at?.getTime() ?? 0
    })),
    counts: row.counts as Json, // written by the gate step only
    quality: Object.fromEntries(
      (await qualityOf(office.pool, row.id)).map(({ submission, figures }) => [submission, figures as unknown as Json])
    ),
    statement: row.statement === null ? null : (JSON.parse(row.statement) as Json)
  }
}

function isAbout(text: string): text is About {
  return (ABOUT as readonly string[]).includes(text)
}

async function open(office: Office, party: string, { dataset, about, text }: Parameters<Disputes['open']>[1]): Promise<DisputeView> {
  requireWords(text)
  if (!isAbout(about)) throw new RequestError('bad-request', `A dispute is about one of: ${ABOUT.join(', ')}.`)
  const row = await contested(office.pool, party, dataset)
  const frozen = await freeze(office, row)
  const { agreement } = await policyDocuments(office.pool, row)
  const at = office.now()
  const recipient = toldTo(row)
  const { decideBy, ...first } = deadlinesOf(at, agreement.dispute)
  const answerBy = recipient === null ? decideBy : first.answerBy // nobody is there to answer
  const id = randomUUID()
  const body = canonicalJson(frozen as unknown as Json)
  await transaction(office.pool, async (client) => {
    if ((await disputes.countOpen(client, row.id, party)) >= MOST_OPEN)
      throw new RequestError('bad-request', 'Disputes of yours over this dataset are open: speak in one of them.')
    const dates = { opened_at: at, answer_by: answerBy, decide_by: decideBy }
    await disputes.insertDispute(client, {
      id,
      disclosure: row.id,
      agreement: row.agreement,
      source: row.source,
      recipient,
      opened_by: party,
      about,
      frozen: body,
      ...dates
    })
    const words = await keepWords(office.ring, client, { dispute: id, n: 1, party, at }, text)
    await append(client, `dispute-opened:${id}`, {
      v: 1,
      kind: 'dispute-opened',
      at: at.toISOString(),
      ...aboutDisclosure(row),
      recipient,
      dispute: id,
      by: party,
      about,
      frozen: `sha256:${sha256Hex(body)}`,
      answerBy: answerBy.toISOString(),
      decideBy: decideBy.toISOString(),
      words
    })
  })
  return viewOf(office, await own(office.pool, party, id), party)
}

async function speak(office: Office, party: string, id: string, text: string): Promise<DisputeView> {
  requireWords(text)
  await own(office.pool, party, id)
  const at = office.now()
  await transaction(office.pool, async (client) => {
    const row = await locked(client, id)
    const next = afterAct(row.state, party === row.opened_by ? 'state' : 'answer', at, { decideBy: row.decide_by })
    if ('refused' in next) throw new RequestError(next.refused)
    const said = await disputes.statementsOf(client, id)
    if (said.filter((one) => one.party === party).length >= MOST_STATEMENTS) throw new RequestError('too-large')
    const n = said.length + 1
    const words = await keepWords(office.ring, client, { dispute: id, n, party, at }, text)
    await disputes.moveDispute(client, id, next.state)
    await append(client, `dispute-statement:${id}:${n}`, {
      v: 1,
      kind: 'dispute-statement',
      at: at.toISOString(),
      ...namesOf(row),
      by: party,
      n,
      state: next.state,
      words
    })
  })
  return viewOf(office, await own(office.pool, party, id), party)
}

export async function locked(client: PoolClient, id: string): Promise<disputes.DisputeRow> {
  const row = isOwnId(id) ? await disputes.lockDispute(client, id) : null
  if (row === null) throw new RequestError('not-found')
  return row
}

/** What every later entry of a dispute names. */
export function namesOf({ id, disclosure, agreement, source, recipient }: disputes.DisputeRow): {
  readonly [member: string]: string | null
} {
  return { dispute: id, dataset: disclosure, agreement, source, recipient }
}

/** Who replays or closes it, and why: both stand in the log, for officers. */
export interface DisputeWord {
  readonly officer: string
  readonly account: string
  readonly reason: string
  readonly at: Date
}

/** An officer's decision. */
export async function closeDispute(office: Pick<Rooms, 'pool'>, id: string, outcome: Outcome, word: DisputeWord): Promise<void> {
  requireWord(word)
  await transaction(office.pool, async (client) => {
    const row = await locked(client, id)
    const next = afterAct(row.state, 'close', word.at, { decideBy: row.decide_by })
    if ('refused' in next) throw new RequestError(next.refused)
    await disputes.closeDispute(client, id, outcome, word.at)
    await tell(client, row, word, { kind: 'dispute-closed', told: { outcome }, toOfficers: {} })
  })
}

type Members = { readonly [member: string]: Json }

/** What an officer did, in members of its entries. */
interface Done {
  readonly kind: 'dispute-replayed' | 'dispute-closed'
  readonly told: Members
  readonly toOfficers: Members
}

/** What an officer did: to the parties what came of it, to officers who, why, and the rest. */
export async function tell(
  client: PoolClient,
  row: disputes.DisputeRow,
  { officer, account, reason, ...word }: DisputeWord,
  { kind, told, toOfficers }: Done
): Promise<void> {
  const at = word.at.toISOString()
  const names = namesOf(row)
  await append(client, `${kind}:${row.id}:${at}`, { v: 1, kind, at, ...names, ...told })
  const spoken = { ...names, of: kind, ...told, ...toOfficers, officer, account, reason }
  await append(client, `dispute-reason:${row.id}:${at}`, { v: 1, kind: 'dispute-reason', at, ...spoken })
}
