/**
 * An impermissible disclosure: whom it concerns, for breach assessment (45 CFR 164.402, 164.404). From the moment it is opened, the disclosure stands in the
 * accounting of each of them, whatever its mode. Decides nothing of the breach itself. Refuses a dataset that was not released, or that holds nobody's records.
 */
import type { DisclosedSubject } from '../../core/accounting/row.ts'
import { IntegrityError, RequestError } from '../../core/errors.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import { isOwnId } from '../../core/own-id.ts'
import { requireWord } from '../../core/printable.ts'
import { insertIncident } from '../../store/accounting.ts'
import { findDisclosure } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { readAtDesk } from '../audit/audit.ts'
import type { Rooms } from '../house.ts'
import { append } from '../log/log.ts'
import type { AccountingWord } from './accounting-request.ts'
import { subjectsOfDataset } from './dataset-subjects.ts'
import { provenEntries } from './proven-subjects.ts'
import { provenTold } from './proven-told.ts'
import { incidentsTold } from './registers.ts'

export interface Incident {
  readonly statement: DatasetStatement
  readonly subjects: readonly DisclosedSubject[]
  /** of whom it is no longer known who they are */
  readonly expired: number
}

async function releasedStatement(rooms: Rooms, dataset: string): Promise<DatasetStatement> {
  const row = isOwnId(dataset) ? await findDisclosure(rooms.pool, dataset) : null
  if (row === null || row.statement === null) throw new RequestError('not-found', 'No such dataset was released.')
  const told = (await provenEntries(rooms, [dataset])).get(dataset)?.statement?.told
  if (told === undefined) throw new RequestError('not-found', 'What was said of this dataset has expired.')
  if (typeof told.subjectsRoot !== 'string')
    throw new RequestError('bad-request', "This dataset holds nobody's records: there is no one to name.")
  return told
}

/** Opens it, with its entry, and lists all its subjects, each proved. Asked again, it lists them again, with another entry. */
export async function openIncident(rooms: Rooms, dataset: string, word: AccountingWord): Promise<Incident> {
  requireWord(word)
  const statement = await releasedStatement(rooms, dataset)
  const subjects: DisclosedSubject[] = []
  let expired = 0
  for await (const subject of subjectsOfDataset(rooms, dataset, statement, word.at)) {
    if (subject === null) expired += 1
    else subjects.push(subject)
  }
  const { officer, reason, account, at } = word
  await transaction(rooms.pool, async (client) => {
    const first = await insertIncident(client, { disclosure: dataset, at, officer, reason })
    const told = {
      v: 1,
      kind: 'incident-opened',
      at: at.toISOString(),
      dataset,
      agreement: statement.agreement.id,
      source: statement.source,
      recipient: statement.recipient,
      listed: first ? 'first' : 'again',
      subjects: subjects.length,
      officer,
      reason,
      account
    } as const
    await append(client, `incident-opened:${dataset}:${at.toISOString()}`, told)
  })
  return { statement, subjects, expired }
}

/** An incident as its first entry says. */
export interface ListedIncident {
  readonly dataset: string
  readonly at: string
  readonly source: string
  readonly recipient: string
  readonly subjects: number
  readonly officer: string
  readonly reason: string
}

/** All of them, as the log says, the oldest first; that they were read is an entry. */
export async function listIncidents(rooms: Rooms, account: string, at: Date): Promise<readonly ListedIncident[]> {
  const [fault] = (await incidentsTold(rooms)).faults
  if (fault !== undefined) throw new IntegrityError('proof-invalid', fault.where)
  const entries = await provenTold(rooms, 'incident-opened')
  const first = new Map<string, ListedIncident>()
  for (const { at: opened, told } of entries) {
    if (told === null || first.has(String(told['dataset']))) continue
    const { dataset, source, recipient, subjects, officer, reason } = told as unknown as ListedIncident // what openIncident says, proved
    first.set(dataset, { dataset, at: opened, source, recipient, subjects, officer, reason })
  }
  return readAtDesk(rooms.pool, { account, at, what: 'incidents' }, async () => [...first.values()])
}
