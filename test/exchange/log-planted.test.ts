/** What whoever may write to the outbox, or owns the tables, plants or takes away: no effect goes on without its entry, nothing is signed over it, and fsck names it and sees behind it. */
import { expect } from 'chai'
import type { Json } from '../../gateway/core/digest.ts'
import { canonicalJson } from '../../gateway/core/digest.ts'
import { type Code, IntegrityError } from '../../gateway/core/errors.ts'
import { commitmentOfText, leafOf, saltOf } from '../../gateway/core/log/leaf.ts'
import type { House } from '../../gateway/exchange/house.ts'
import { append, requireLog, sequence, sequenceTurn } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { startSequencer } from '../../gateway/exchange/log/sequencer.ts'
import type { OutboxRow } from '../../gateway/store/outbox.ts'
import { until } from '../support/gateway.ts'
import { asOwner } from '../support/logged.ts'
import { addEntries, growTo, type SealedLog, useLog } from '../support/sealed-log.ts'

const AT = '2026-03-02T00:00:00.000Z'
const NOW = new Date('2026-06-01T00:00:00Z')
const DATASET = '00000000-0000-4000-8000-00000000abcd'
const RECALL = {
  v: 1,
  kind: 'dataset-recalled',
  at: AT,
  dataset: DATASET,
  source: 'demo-hospital',
  officer: 'Test Privacy Office'
} as const

/** A row of the outbox as append makes it. */
function rowOf(key: string, told: { readonly v: 1; readonly kind: string; readonly at: string }, leafKind = told.kind): OutboxRow {
  const seed = Buffer.alloc(32, 3)
  const salt = saltOf(seed, key)
  const statement = canonicalJson(told as Json)
  const entry = Buffer.from(leafOf(told, salt).toString().replace(`"kind":"${told.kind}"`, `"kind":"${leafKind}"`))
  return { key, disclosure: null, kind: told.kind, statement, seed, salt, entry, parties: [], at: told.at }
}

async function plant({ pool }: SealedLog, row: OutboxRow): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    'INSERT INTO outbox (key, disclosure, kind, statement, seed, salt, entry, parties, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id::text',
    [row.key, row.disclosure, row.kind, row.statement, row.seed, row.salt, row.entry, row.parties, row.at]
  )
  return rows[0]?.id ?? ''
}

async function refusal(work: Promise<unknown>): Promise<Partial<IntegrityError>> {
  const error = await work.catch((thrown: unknown) => thrown)
  return error instanceof IntegrityError ? error : {}
}

async function faults(rooms: SealedLog): Promise<string[]> {
  return (await fsck(rooms, { now: NOW })).faults.map(({ table, index, fault }) => `${table} ${index}: ${fault}`)
}

/** What a sequencer alarms of; it is stopped at the first. */
async function alarm(rooms: SealedLog): Promise<Code> {
  const told: Code[] = []
  const observe = {
    stepFailed: () => undefined,
    integrityBroken: ({ code }: { code: Code }) => told.push(code)
  } as unknown as House['observe']
  const sequencer = startSequencer({ ...rooms, observe }, 20, () => undefined)
  try {
    return await until(async () => told[0] ?? null)
  } finally {
    await sequencer.stop()
  }
}

describe('exchange/log: a key that was taken for something else', () => {
  const log = useLog()
  const started = rowOf(`dataset-recalled:${DATASET}`, { v: 1, kind: 'gateway-started', at: AT })

  it('while it waits, and once it has its place: what was to be told is not, so nothing is done: not-recorded', async () => {
    await growTo(log(), [3])
    await plant(log(), started)
    expect((await refusal(append(log().pool, started.key, RECALL))).code).to.equal('not-recorded')
    await sequence(log())
    expect((await refusal(append(log().pool, started.key, RECALL))).code).to.equal('not-recorded')
  })

  it('fsck names an entry whose key is that of another kind', async () => {
    await asOwner(log().pool, 'DELETE FROM outbox')
    expect(await faults(log())).to.deep.equal(['log_entry 3: key'])
  })

  it('of the kind, but about another dataset or other parties: not-recorded; about the same, it is there already', async () => {
    const key = `dataset-recalled:${DATASET}:2`
    await append(log().pool, key, { ...RECALL, source: 'demo-insurer' })
    expect((await refusal(append(log().pool, key, RECALL))).code).to.equal('not-recorded')
    expect((await refusal(append(log().pool, key, { ...RECALL, dataset: DATASET.replace('abcd', 'abce') }))).code).to.equal('not-recorded')
    await append(log().pool, key, { ...RECALL, source: 'demo-insurer', at: '2026-03-03T00:00:00.000Z' })
    await sequence(log())
    await append(log().pool, key, { ...RECALL, source: 'demo-insurer' })
    expect((await refusal(append(log().pool, key, RECALL))).code).to.equal('not-recorded')
    expect(await sequence(log())).to.equal(5n)
  })

  it('taken after it was looked at: nothing is dropped for it in silence', async () => {
    await plant(log(), { ...rowOf(started.key, RECALL, 'officer-act'), disclosure: DATASET, parties: ['demo-hospital'] })
    expect(await refusal(sequence(log()))).to.include({ code: 'log-altered' })
    await asOwner(log().pool, 'DELETE FROM outbox')
  })
})

describe('exchange/log: a head that was damaged', () => {
  const log = useLog()

  for (const [what, change, found] of [
    ['taken away', 'DELETE FROM log_head', 'log_head -: missing'],
    ['cut short', 'UPDATE log_head SET range = substr(range, 2)', 'log_head 20: root'],
    ['emptied', "UPDATE log_head SET range = ''", 'log_head 20: root']
  ] as const)
    it(`${what}: an alarm, no start, and fsck names it: log-altered, and no other error`, async () => {
      await growTo(log(), [20])
      await asOwner(log().pool, `CREATE TABLE kept_head AS SELECT * FROM log_head; ${change}`)
      expect((await refusal(sequenceTurn(log()))).code).to.equal('log-altered')
      expect((await refusal(sequence(log()))).code).to.equal('log-altered')
      expect((await refusal(requireLog(log()))).code).to.equal('log-altered')
      expect(await alarm(log())).to.equal('log-altered')
      expect(await faults(log())).to.deep.equal([found])
      await asOwner(log().pool, 'DELETE FROM log_head; INSERT INTO log_head SELECT * FROM kept_head; DROP TABLE kept_head')
      expect([await faults(log()), await sequenceTurn(log())]).to.deep.equal([[], { covered: 20n, more: 'no' }])
    })
})

describe('exchange/log: rows of the outbox that append never writes', () => {
  const log = useLog()
  const told = { v: 1, kind: 'file-delivered', at: AT } as const
  const whole = rowOf('file-delivered:1', told)
  const other = Buffer.alloc(32, 4)
  const UNFIT: Readonly<Record<string, OutboxRow>> = {
    'no leaf and no statement': { ...whole, entry: Buffer.from([0]), statement: 'x' },
    'no leaf': { ...whole, entry: Buffer.from([0, 255, 34]) },
    'a leaf with more behind it': { ...whole, entry: Buffer.concat([whole.entry, Buffer.from(' ')]) },
    'a statement the leaf does not commit to': { ...whole, statement: canonicalJson({ ...told, recipient: 'demo-insurer' }) },
    'a statement that is no JSON': rowOfText('x'),
    'a statement that is no object': rowOfText('[1]'),
    'a statement with what no text of PostgreSQL may hold': { ...rowOfText('{"a":"\\u0000"}') },
    'a salt that is not that of the key': { ...whole, salt: other },
    'an empty salt and seed': { ...whole, salt: Buffer.alloc(0), seed: Buffer.alloc(0) },
    'a seed that is not that of the salt': { ...whole, seed: other },
    'another key': { ...whole, key: 'file-delivered:2' },
    'another kind than the statement': { ...whole, kind: 'gateway-started' },
    'another kind in the leaf': rowOf('file-delivered:1', told, 'gateway-started'),
    'a kind that no leaf can hold': rowOf('file-delivered:1', { ...told, kind: 'a"b' }),
    'another moment': { ...whole, at: '2026-03-02T00:00:00.001Z' },
    'no moment': { ...whole, at: 'infinity' }
  }

  /** Commits to any text. */
  function rowOfText(statement: string): OutboxRow {
    const row = rowOf('file-delivered:1', told)
    const entry = Buffer.from(row.entry.toString().replace(/sha256:[0-9a-f]{64}/, commitmentOfText(row.salt, statement)))
    return { ...row, statement, entry }
  }

  before(() => growTo(log(), [5]))

  for (const [what, row] of Object.entries(UNFIT))
    it(`${what}: it is named and nothing is placed or signed, with an alarm`, async () => {
      const id = await plant(log(), row)
      await addEntries(log().pool, 5, 6)
      const error = await refusal(sequence(log()))
      expect([error.code, error.evidence?.['outbox']]).to.deep.equal(['log-altered', id])
      expect(await alarm(log())).to.equal('log-altered')
      expect([await faults(log()), (await fsck(log(), { now: NOW })).size]).to.deep.equal([[], 5n])
      await asOwner(log().pool, 'DELETE FROM outbox')
    })

  it('as append writes it, it is placed', async () => {
    await plant(log(), whole)
    expect([await sequence(log()), await faults(log())]).to.deep.equal([6n, []])
  })
})

describe('exchange/log-fsck: behind a fault', () => {
  const log = useLog()

  it('it goes on: each is named, what is whole is counted, and the tree stands by the hashes that are stored', async () => {
    await growTo(log(), [300])
    const { root } = await fsck(log(), { now: NOW })
    const change = `UPDATE log_body SET statement = 'x' WHERE index = 7; UPDATE log_entry SET kind = 'gateway-started' WHERE index = 100;
      UPDATE log_body SET parties = '{}' WHERE index = 200; UPDATE checkpoint SET note = 'x'; ALTER TABLE log_body DISABLE TRIGGER log_body_kept`
    await asOwner(
      log().pool,
      `CREATE TABLE kept_body AS SELECT * FROM log_body; CREATE TABLE kept_point AS SELECT * FROM checkpoint; ${change}`
    )
    const report = await fsck(log(), { now: NOW })
    expect(report).to.deep.include({ size: 300n, verified: 297n, root, fault: report.faults[0] })
    expect(await faults(log())).to.deep.equal([
      'log_body 7: commitment',
      'log_entry 100: kind',
      'log_body 200: parties',
      'checkpoint 300: signature',
      'guard trigger log_body.log_body_kept: guard'
    ])
  })

  it('a malformed entry that has its place, and its body, hide nothing', async () => {
    await asOwner(
      log().pool,
      `UPDATE log_body b SET statement = k.statement, parties = k.parties FROM kept_body k WHERE k.index = b.index; UPDATE checkpoint SET note = k.note FROM kept_point k;
       UPDATE log_entry SET kind = 'file-delivered' WHERE index = 100; ALTER TABLE log_body ENABLE TRIGGER log_body_kept`
    )
    expect(await faults(log())).to.deep.equal([])
    await asOwner(log().pool, "UPDATE log_entry SET entry = '\\x00' WHERE index = 3; UPDATE log_body SET salt = '' WHERE index = 9")
    expect(await faults(log())).to.deep.equal(['log_entry 3: leaf-hash', 'log_body 9: commitment'])
    expect((await fsck(log(), { now: NOW })).verified).to.equal(298n)
  })

  it('behind an entry that is not there the others are looked at one by one; no more than 20 faults are told', async () => {
    await asOwner(log().pool, 'DELETE FROM log_entry WHERE index = 50')
    const report = await fsck(log(), { now: NOW })
    expect(report.verified).to.equal(297n)
    expect((await faults(log())).slice(0, 3)).to.deep.equal(['log_entry 3: leaf-hash', 'log_body 9: commitment', 'log_entry 50: missing'])
    await asOwner(log().pool, "UPDATE log_body SET statement = 'x' WHERE index > 100")
    const many = await fsck(log(), { now: NOW })
    expect([many.faults.length, many.verified]).to.deep.equal([20, 98n])
  })
})
