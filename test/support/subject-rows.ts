/** The subjects of datasets over a database of one's own: released as the record does it, accounted for, and tampered with. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'mocha'
import { canonicalJson, contentHash } from '../../gateway/core/digest.ts'
import type { DatasetStatement } from '../../gateway/core/log/statement.ts'
import { makeAccounting } from '../../gateway/exchange/accounting/accounting.ts'
import type { AccountingRequest, AccountingRoom } from '../../gateway/exchange/accounting/accounting-request.ts'
import { growTree, keepTree, type ReleasedRow } from '../../gateway/exchange/accounting/subject-rows.ts'
import { append, type Statement } from '../../gateway/exchange/log/log.ts'
import type { Party } from '../../gateway/generated/policy.ts'
import { keepPolicy } from '../../gateway/store/policies.ts'
import { openPool, transaction } from '../../gateway/store/pool.ts'
import { statementOf } from './dataset.ts'
import { query } from './house.ts'
import { useDatabase } from './postgres.ts'
import { freshRing } from './ring.ts'

export const NOW = new Date('2026-06-15T10:00:00Z')
export const WORD = { officer: 'Privacy Office', reason: 'a request', account: 'desk', at: NOW }

const party = (id: string, role: Party['role'], name = id): [string, Party] => [
  id,
  { id, role, name, address: `${id} street`, fhirBases: id === 'demo-hospital' ? ['https://fhir.demo-hospital.example/r4'] : [] }
]
/** All that is asked of an agreement here. */
export const AGREEMENT = { legalReference: 'Test Agreement 1, 45 CFR 164.506(c)' }
/** Nothing is asked of a profile but that it is there. */
const PROFILE = { name: 'safe-harbor', version: 1 }
const PARTIES = new Map([
  party('demo-hospital', 'hospital', 'Demo Hospital'),
  party('other-hospital', 'hospital'),
  party('demo-insurer', 'insurer', 'Zażółć Insurer'),
  party('demo-research', 'insurer')
])

/** A subject of whom a Patient and two Encounters leave. */
export function subject(ids: readonly string[], base = ''): ReleasedRow {
  const source = { base, ids, surrogate: randomBytes(16).toString('hex') }
  return {
    subject: { key: 'k', consents: [], classes: null, source, lines: [1, 2, 0] },
    types: ['Patient', 'Encounter', 'Claim'],
    level: 0
  }
}

export function asked(patients: readonly string[], changes: Partial<AccountingRequest> = {}): AccountingRequest {
  return { ...WORD, source: 'demo-hospital', patients, from: null, to: null, received: '2026-06-15', scope: 'all', ...changes }
}

export interface Accounted {
  readonly room: AccountingRoom
  readonly url: string
  /** Records a dataset of these subjects as record.ts does. Its id. */
  release(rows: readonly ReleasedRow[], changes?: Partial<DatasetStatement>): Promise<string>
  draw(request: AccountingRequest): ReturnType<typeof makeAccounting>
  /** Datasets an accounting lists, of either kind. */
  listed(patients: readonly string[], changes?: Partial<AccountingRequest>): Promise<string[]>
  /** Changes rows that triggers keep, as somebody with the database in hand could. */
  tamper(table: string, sql: string, values: readonly unknown[]): Promise<void>
}

async function release(
  { room, url }: Pick<Accounted, 'room' | 'url'>,
  rows: readonly ReleasedRow[],
  changes: Partial<DatasetStatement>
): Promise<string> {
  const id = randomUUID()
  const base = statementOf('c2sp', [])
  const subjects = { ...base.subjects, released: rows.length }
  const agreement = { ...base.agreement, hash: contentHash(AGREEMENT) }
  const profile = { ...base.profile, hash: contentHash(PROFILE) }
  const told: DatasetStatement = { ...base, agreement, profile, dataset: id, at: '2026-06-15T09:00:00.000Z', subjects, ...changes }
  const sql = `INSERT INTO disclosure (id, agreement, agreement_hash, profile_hash, recipient, source, state, due_at, sealed_key, statement)
    VALUES ($1, 'a', $4, $4, $2, $3, 'recorded', now(), '', '{}')`
  await query(url, sql, [id, told.recipient, told.source, agreement.hash])
  const tree = await growTree(room, { id, source: told.source }, told.at, rows)
  await transaction(room.pool, async (client) => {
    await append(client, `dataset-released:${id}`, { ...told, subjectsRoot: tree.root } as unknown as Statement)
    await keepTree(client, id, tree)
  })
  return id
}

function accountedOn(room: AccountingRoom, url: string): Accounted {
  const draw: Accounted['draw'] = (request) => makeAccounting(room, request, [(accounting) => Buffer.from(JSON.stringify(accounting))])
  return {
    room,
    url,
    release: (rows, changes = {}) => release({ room, url }, rows, changes),
    draw,
    listed: async (patients, changes = {}) => {
      const { required, voluntary } = (await draw(asked(patients, changes))).accounting
      return [...required, ...voluntary].flatMap(({ first, others }) => [first, ...others]).map(({ dataset }) => dataset)
    },
    tamper: async (table, sql, values) => {
      await query(url, `ALTER TABLE ${table} DISABLE TRIGGER USER`)
      await query(url, sql, values)
      await query(url, `ALTER TABLE ${table} ENABLE TRIGGER USER`)
    }
  }
}

/** For a describe block; inside tests and hooks only. */
export function useAccounting(): () => Accounted {
  const database = useDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-accounting-'))
  const kept: { value: Accounted | null } = { value: null }
  before(async () => {
    const ring = freshRing()
    const { url } = database()
    kept.value = accountedOn({ pool: openPool(url, 3), ring, folder, policies: { parties: PARTIES } }, url)
    for (const [kind, policy] of [['agreement', AGREEMENT] as const, ['profile', PROFILE] as const])
      await keepPolicy(kept.value.room.pool, { hash: contentHash(policy), kind, body: canonicalJson(policy) })
  })
  after(async () => {
    await kept.value?.room.pool.end()
    rmSync(folder, { recursive: true, force: true })
  })
  return () => {
    if (kept.value === null) throw new Error('it is there inside tests and hooks only')
    return kept.value
  }
}
