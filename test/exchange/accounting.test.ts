/** Rows of subjects over a real Postgres: found, proved, refused where one byte differs, suspended, listed, shredded. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { readRow, rowLeaf } from '../../gateway/core/accounting/row.ts'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { leafOf } from '../../gateway/core/log/leaf.ts'
import { verifyInclusion } from '../../gateway/core/log/proofs.ts'
import type { DatasetStatement } from '../../gateway/core/log/statement.ts'
import { type AccountingRequest, type AccountingRoom, makeAccounting } from '../../gateway/exchange/accounting.ts'
import { openIncident } from '../../gateway/exchange/incident.ts'
import { append, type Statement } from '../../gateway/exchange/log.ts'
import { shredSubjects, subjectFaults } from '../../gateway/exchange/shred.ts'
import { growTree, keepTree, type ReleasedRow } from '../../gateway/exchange/subject-rows.ts'
import { resumeAccounting, suspendAccounting } from '../../gateway/exchange/suspensions.ts'
import type { Party } from '../../gateway/generated/policy.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { logVerifiers, verifyReceipt } from '../../gateway/seal/receipt.ts'
import { openPool, transaction } from '../../gateway/store/pool.ts'
import { statementOf } from '../support/dataset.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'

const NOW = new Date('2026-06-15T10:00:00Z')
const WORD = { officer: 'Privacy Office', reason: 'a request', account: 'desk', at: NOW }

const party = (id: string, role: Party['role'], name = id): [string, Party] => [
  id,
  { id, role, name, address: `${id} street`, fhirBases: id === 'demo-hospital' ? ['https://fhir.demo-hospital.example/r4'] : [] }
]

const NOT_PHI = { all: 'all' } as const

function row(ids: readonly string[], base = ''): ReleasedRow {
  const source = { base, ids, surrogate: randomBytes(16).toString('hex') }
  return {
    subject: { key: 'k', consents: [], classes: null, source, lines: [1, 2, 0] },
    types: ['Patient', 'Encounter', 'Claim'],
    level: 0
  }
}

describe('exchange/accounting', function () {
  this.timeout(60_000)
  const database = useDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-accounting-'))
  let room: AccountingRoom
  before(async () => {
    const ring = readKeyRing(generateKeyRing('localhost/sallyport-log'))
    const parties = new Map([
      party('demo-hospital', 'hospital', 'Demo Hospital'),
      party('other-hospital', 'hospital'),
      party('demo-insurer', 'insurer', 'Zażółć Insurer'),
      party('demo-research', 'insurer')
    ])
    room = { pool: openPool(database().url, 3), ring, folder, policies: { parties } }
    await query(database().url, `INSERT INTO policy (hash, kind, body) VALUES ('p', 'agreement', '{}')`)
  })
  after(async () => {
    await room.pool.end()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Records a dataset of these subjects as record.ts does. Its id. */
  async function release(rows: readonly ReleasedRow[], changes: Partial<DatasetStatement> = {}): Promise<string> {
    const id = randomUUID()
    const base = statementOf('c2sp', [])
    const subjects = { ...base.subjects, released: rows.length }
    const told: DatasetStatement = { ...base, dataset: id, at: '2026-03-01T12:00:00.000Z', subjects, ...changes }
    const sql = `INSERT INTO disclosure (id, agreement, agreement_hash, profile_hash, recipient, source, state, due_at, sealed_key, statement)
      VALUES ($1, 'a', 'p', 'p', $2, $3, 'recorded', now(), '', '{}')`
    await query(database().url, sql, [id, told.recipient, told.source])
    const tree = await growTree(room, { id, source: told.source }, told.at, rows)
    await transaction(room.pool, async (client) => {
      await append(client, `dataset-released:${id}`, { ...told, subjectsRoot: tree.root } as unknown as Statement)
      await keepTree(client, id, tree)
    })
    return id
  }

  function asked(patients: readonly string[], changes: Partial<AccountingRequest> = {}): AccountingRequest {
    return { ...WORD, source: 'demo-hospital', patients, from: null, to: null, received: '2026-06-15', scope: NOT_PHI.all, ...changes }
  }

  const draw = (request: AccountingRequest): ReturnType<typeof makeAccounting> =>
    makeAccounting(room, request, (accounting) => Buffer.from(JSON.stringify(accounting)))

  /** Datasets an accounting lists, of either kind. */
  async function listed(patients: readonly string[], changes: Partial<AccountingRequest> = {}): Promise<string[]> {
    const { accounting } = await draw(asked(patients, changes))
    return [...accounting.required, ...accounting.voluntary]
      .flatMap(({ first, others }) => [first, ...others])
      .map(({ dataset }) => dataset)
  }

  async function refusal(work: Promise<unknown>): Promise<{ code: string; evidence: unknown }> {
    const error: unknown = await work.then(
      () => null,
      (thrown: unknown) => thrown
    )
    expect(error).to.be.instanceOf(IntegrityError)
    const { code, evidence } = error as IntegrityError
    return { code, evidence }
  }

  /** Changes rows that triggers keep, as somebody with the database in hand could. */
  async function tamper(table: string, sql: string, values: readonly unknown[]): Promise<void> {
    await query(database().url, `ALTER TABLE ${table} DISABLE TRIGGER USER`)
    await query(database().url, sql, values)
    await query(database().url, `ALTER TABLE ${table} ENABLE TRIGGER USER`)
  }

  const FLIPPED = (column: string): string => `set_byte(${column}, length(${column}) - 1, get_byte(${column}, length(${column}) - 1) # 1)`

  it('a patient is found in every dataset it was in and in no other, and each line is proved by the log key alone', async () => {
    const others = Array.from({ length: 300 }, (_, n) => row([`many${n}`]))
    const one = await release([...others, row(['found'])])
    const two = await release([row(['found']), row(['else'])], { at: '2026-04-01T12:00:00.000Z' })
    expect(await listed(['Patient/found'])).to.deep.equal([one, two])
    const { accounting } = await draw(asked(['found']))
    const [line] = accounting.voluntary.map(({ first }) => first)
    const { proof } = line ?? { proof: null }
    if (proof === null) throw new Error('no line')
    const told = JSON.parse(proof.statement) as DatasetStatement
    const entry = leafOf(told, Buffer.from(proof.salt, 'base64'))
    expect(verifyReceipt(proof.receipt, entry, logVerifiers([room.ring.log.current.vkey])).index).to.equal(BigInt(proof.index))
    const bytes = Buffer.from(proof.row, 'base64')
    expect(readRow(bytes)).to.deep.equal(line?.subject)
    const claim = {
      index: BigInt(proof.position),
      size: BigInt(proof.size),
      leaf: rowLeaf(bytes),
      proof: proof.proof.map((hash) => Buffer.from(hash, 'base64'))
    }
    expect(verifyInclusion({ ...claim, root: Buffer.from((told.subjectsRoot ?? '').slice(7), 'hex') })).to.equal(true)
    expect(line?.subject.records, 'types of which none left are not counted').to.deep.equal({ Patient: 1, Encounter: 2 })
  })

  it('nobody else is: an unknown patient, the same id at another hospital or server, a suppressed one', async () => {
    const mine = await release([row(['same'])])
    const theirs = await release([row(['same'])], { source: 'other-hospital' })
    const elsewhere = await release([row(['same'], 'https://elsewhere.example/fhir')])
    expect(await listed(['same'])).to.deep.equal([mine])
    expect(await listed(['https://fhir.demo-hospital.example/r4/Patient/same'])).to.deep.equal([mine])
    expect(await listed(['same'], { source: 'other-hospital' })).to.deep.equal([theirs])
    expect(await listed(['https://elsewhere.example/fhir/Patient/same'])).to.deep.equal([elsewhere])
    expect(await listed(['same', 'https://elsewhere.example/fhir/Patient/same'])).to.have.members([mine, elsewhere])
    const { aside } = await draw(asked(['never-seen']))
    expect(aside.names).to.deep.equal([])
  })

  it("several names of one patient: a Bundle's urn:uuid and the id in the record are one", async () => {
    const uuid = randomUUID()
    const dataset = await release([row([uuid, 'mrn-7']), row(['mrn-8'])])
    expect(await listed(['mrn-7'])).to.deep.equal([dataset])
    expect(await listed([`urn:uuid:${uuid}`])).to.deep.equal([dataset])
    expect((await draw(asked(['mrn-7', uuid]))).aside.names).to.have.members(['Patient/mrn-7', `Patient/${uuid}`])
  })

  it('malformed and hostile names and days are refused: bad-request', async () => {
    const wrong = [
      '',
      ' ',
      'Patient/',
      '../x',
      `Patient/${'x'.repeat(65)}`,
      'x'.repeat(1_000_000),
      "a'; DROP TABLE subject_row",
      'Encounter/1',
      'Patient/1\n2'
    ]
    for (const patient of wrong) {
      const error = await draw(asked([patient])).catch((thrown: unknown) => thrown)
      expect(error, patient.slice(0, 40)).to.have.property('code', 'bad-request')
    }
    for (const changes of [{ source: 'demo-insurer' }, { source: 'nobody' }, { patients: [] }, { officer: ' ' }, { reason: '' }])
      expect(await draw({ ...asked(['x']), ...changes }).catch((thrown: unknown) => thrown)).to.have.property('code', 'bad-request')
  })

  it('that it was made is an entry before it is shown; neither it nor any table names the patient', async () => {
    const id = `Hidden-${randomUUID()}`
    await release([row([id])])
    const { document } = await draw(asked([id]))
    expect(document.toString()).to.contain(id)
    const [entry] = await query<{ statement: string }>(
      database().url,
      "SELECT statement FROM outbox WHERE kind = 'accounting-made' ORDER BY id DESC LIMIT 1"
    )
    const told = JSON.parse(entry?.statement ?? '{}') as Record<string, unknown>
    expect([told['source'], told['officer'], told['account'], told['voluntary']]).to.deep.equal([
      'demo-hospital',
      'Privacy Office',
      'desk',
      1
    ])
    expect(told['subjects']).to.have.length(1)
    for (const table of [
      'outbox',
      'log_body',
      'log_entry',
      'subject_key',
      'subject_alias',
      'subject_row',
      'subject_tile',
      'accounting_made'
    ]) {
      const rows = await query<{ text: string }>(database().url, `SELECT t::text AS text FROM ${table} t`)
      const all = rows.map(({ text }) => text).join('\n')
      expect(all.includes(id) || all.includes(Buffer.from(id).toString('hex')), table).to.equal(false)
    }
    const again = asked([id], { at: new Date(NOW.getTime() + 1) })
    expect((await draw(again)).aside.fee, 'the second within twelve months').to.equal('may be charged')
  })

  it('164.528(a)(2): suspended for a recipient it is neither shown nor counted, under any name of the patient; resumed, it is', async () => {
    const uuid = randomUUID()
    const dataset = await release([row([uuid, 'watched'])])
    const other = await release([row([uuid, 'watched'])], { recipient: 'demo-research' })
    const days = { source: 'demo-hospital', recipient: 'demo-insurer', from: '2026-06-01', to: '2026-07-31', statement: 'written' as const }
    const id = await suspendAccounting(room, { ...WORD, ...days, patient: 'watched' })
    expect(await listed([`urn:uuid:${uuid}`])).to.deep.equal([other])
    expect((await draw(asked(['watched']))).aside.suspended).to.equal(1)
    expect(await listed(['watched'], { at: new Date('2026-08-01T00:00:00Z') }), 'when its days are over').to.have.members([dataset, other])
    await resumeAccounting(room, id, WORD)
    expect(await listed(['watched'])).to.have.members([dataset, other])
    const twice = await resumeAccounting(room, id, WORD).catch((thrown: unknown) => thrown)
    expect(twice).to.have.property('code', 'not-found')
    const wrong = [
      { to: '2026-05-01' },
      { from: '2026-02-30' },
      { recipient: 'nobody' },
      { statement: 'oral' as const },
      { from: '2026-01-01', to: '2026-06-14' }
    ]
    for (const changes of wrong)
      expect(
        await suspendAccounting(room, { ...WORD, ...days, patient: 'watched', ...changes }).catch((thrown: unknown) => thrown)
      ).to.have.property('code', 'bad-request')
    const kinds = await query<{ statement: string }>(
      database().url,
      "SELECT statement FROM logged WHERE kind LIKE 'accounting-suspended' UNION ALL SELECT statement FROM outbox WHERE kind = 'accounting-suspended'"
    )
    expect(kinds.map(({ statement }) => statement).join())
      .to.contain('demo-insurer')
      .and.not.to.contain('watched')
  })

  it('an incident lists every subject and nobody else, counts them in the log, and makes the disclosure accountable', async () => {
    const dataset = await release([row(['inc1']), row([randomUUID(), 'inc2'])])
    expect((await draw(asked(['inc1'], { scope: 'required' }))).accounting.required).to.deep.equal([])
    const incident = await openIncident(room, dataset, WORD)
    expect(incident.subjects.map(({ patient }) => patient.ids.at(-1))).to.have.members(['inc1', 'inc2'])
    const { required } = (await draw(asked(['inc1'], { scope: 'required' }))).accounting
    expect(required.map(({ first }) => [first.dataset, first.ground.class])).to.deep.equal([[dataset, 'accountable']])
    await openIncident(room, dataset, { ...WORD, at: new Date(NOW.getTime() + 1) })
    const entries = await query<{ statement: string }>(
      database().url,
      "SELECT statement FROM outbox WHERE kind = 'incident-opened' UNION ALL SELECT statement FROM logged WHERE kind = 'incident-opened' ORDER BY 1"
    )
    const told = entries.map(({ statement }) => JSON.parse(statement) as Record<string, unknown>)
    expect(told.map((one) => [one['subjects'], one['listed']])).to.have.deep.members([
      [2, 'first'],
      [2, 'again']
    ])
    expect(JSON.stringify(told)).not.to.contain('inc1')
    for (const unknown of [randomUUID(), '../../etc/passwd', ''])
      expect(await openIncident(room, unknown, WORD).catch((thrown: unknown) => thrown)).to.have.property('code', 'not-found')
  })

  it('a byte of a row, a tile, a key, a name or a statement altered: named, and nothing is told', async () => {
    const dataset = await release([row(['t1']), row(['t2']), row(['t3'])])
    expect(await listed(['t1'])).to.deep.equal([dataset])
    const [at] = await query<{ position: number; subject: string }>(
      database().url,
      `SELECT r.position, r.subject FROM subject_row r JOIN subject_key k ON k.id = r.subject WHERE r.disclosure = $1 ORDER BY position LIMIT 1`,
      [dataset]
    )
    const faults = async (): Promise<string[]> => {
      const found: string[] = []
      for await (const fault of subjectFaults(room)) if (fault.dataset === dataset) found.push(fault.code)
      return found
    }
    const whole = async (): Promise<{ code: string; evidence: unknown }[]> => {
      const told: { code: string; evidence: unknown }[] = []
      for (const name of ['t1', 't2', 't3']) {
        const error: unknown = await draw(asked([name])).catch((thrown: unknown) => thrown)
        if (error instanceof IntegrityError) told.push({ code: error.code, evidence: error.evidence })
      }
      return told
    }
    const place = [dataset, at?.position]
    const flips: [string, string, unknown[]][] = [
      ['subject_row', `UPDATE subject_row SET sealed = ${FLIPPED('sealed')} WHERE disclosure = $1 AND position = $2`, place],
      ['subject_tile', `UPDATE subject_tile SET hashes = ${FLIPPED('hashes')} WHERE disclosure = $1`, [dataset]],
      ['subject_key', `UPDATE subject_key SET sealed = ${FLIPPED('sealed')} WHERE id = $1`, [at?.subject]],
      ['log_body', `UPDATE log_body SET statement = replace(statement, 'demo-insurer', 'demo-insured') WHERE disclosure = $1`, [dataset]]
    ]
    for (const [table, sql, values] of flips) {
      await tamper(table, sql, values)
      const told = await whole()
      expect(told.length, table).to.be.greaterThan(0)
      expect(JSON.stringify(told), table).to.contain(dataset)
      expect(await faults(), table).to.have.length(1)
      // a flip undoes itself; the statement is put back
      await tamper(table, sql.replace("'demo-insurer', 'demo-insured'", "'demo-insured', 'demo-insurer'"), values)
      expect(await faults(), `${table} put back`).to.deep.equal([])
    }
  })

  it("rows exchanged, a row taken away, and a name laid on another's key: named, and nobody is told of another", async () => {
    const dataset = await release([row(['e1']), row(['e2'])])
    const swap =
      'UPDATE subject_row SET subject = (SELECT sum(subject) FROM subject_row WHERE disclosure = $1) - subject WHERE disclosure = $1'
    await tamper('subject_row', swap, [dataset])
    for (const name of ['e1', 'e2']) expect((await refusal(draw(asked([name])))).code).to.equal('seal-broken')
    await tamper('subject_row', swap, [dataset])
    const alias = `INSERT INTO subject_alias SELECT (SELECT mac FROM subject_key WHERE id = r.subject), (SELECT min(subject) FROM subject_row WHERE disclosure = $1)
      FROM subject_row r WHERE disclosure = $1`
    await query(database().url, alias, [dataset])
    const told = await Promise.all(
      ['e1', 'e2'].map((name) =>
        draw(asked([name])).then(
          () => 'told',
          (error: { code: string }) => error.code
        )
      )
    )
    expect(told).to.have.members(['told', 'proof-invalid'])
    await tamper('subject_row', 'DELETE FROM subject_row WHERE disclosure = $1 AND position = 0', [dataset])
    const found = []
    for await (const fault of subjectFaults(room)) if (fault.dataset === dataset) found.push(fault)
    expect(found).to.deep.equal([{ dataset, code: 'proof-invalid', where: { dataset, row: '0', is: 'not there' } }])
    expect((await refusal(openIncident(room, dataset, WORD))).code).to.equal('proof-invalid')
  })

  it('rows, tiles, keys and names are neither changed nor deleted, by whoever asks the database', async () => {
    await release([row([randomUUID(), 'kept'])])
    const tries = [
      "UPDATE subject_row SET sealed = ''",
      'DELETE FROM subject_row',
      'TRUNCATE subject_row',
      "UPDATE subject_tile SET hashes = ''",
      'DELETE FROM subject_tile',
      "UPDATE subject_key SET sealed = ''",
      'UPDATE subject_key SET mac = NULL, sealed = NULL, shredded_at = now()',
      'DELETE FROM subject_key',
      'TRUNCATE subject_key CASCADE',
      'DELETE FROM subject_alias',
      'DELETE FROM incident'
    ]
    for (const sql of tries) {
      const error: unknown = await query(database().url, sql).catch((thrown: unknown) => thrown)
      expect(error, sql).to.have.property('code', '23001')
    }
  })

  it('164.316(b)(2): a year is shredded six years after its last day, never under a legal hold; then it is expired, and proofs verify', async () => {
    const old = await release([row([randomUUID(), 'old'])], { at: '2018-05-01T12:00:00.000Z' })
    const young = await release([row(['old'])], { at: '2026-02-01T12:00:00.000Z' })
    const shred = (at: string): Promise<number> => shredSubjects({ pool: room.pool, now: () => new Date(at) })
    expect(await shred('2024-12-31T23:59:59Z'), 'the moment before').to.equal(0)
    const hold = randomUUID()
    const held = `INSERT INTO legal_hold (id, first, last, reason, officer) VALUES ($1, '2018-12-31', '2019-01-01', 'r', 'o')`
    await query(database().url, held, [hold])
    expect(await shred('2025-01-01T00:00:00Z'), 'under a hold').to.equal(0)
    const forced = query(database().url, 'UPDATE subject_key SET mac = NULL, sealed = NULL, shredded_at = now() WHERE year = 2018')
    expect(await forced.catch((thrown: unknown) => thrown)).to.have.property('code', '23001')
    await query(database().url, 'UPDATE legal_hold SET lifted_at = now() WHERE id = $1', [hold])
    expect(await shred('2025-01-01T00:00:00Z')).to.equal(1)
    expect(await shred('2025-01-01T00:00:00Z'), 'a second time').to.equal(0)
    const { accounting } = await draw(asked(['old']))
    expect([accounting.expired, accounting.voluntary.map(({ first }) => first.dataset)]).to.deep.equal([2018, [young]])
    const incident = await openIncident(room, old, WORD)
    expect([incident.subjects, incident.expired]).to.deep.equal([[], 1])
    const faults = []
    for await (const { dataset } of subjectFaults(room)) if (dataset === old || dataset === young) faults.push(dataset)
    expect(faults).to.deep.equal([])
    const names = 'SELECT 1 FROM subject_alias a JOIN subject_key k ON k.id = a.subject WHERE k.year = 2018'
    expect(await query(database().url, names)).to.deep.equal([])
    const [told] = await query<{ statement: string }>(
      database().url,
      "SELECT statement FROM outbox WHERE kind = 'subjects-shredded' UNION ALL SELECT statement FROM logged WHERE kind = 'subjects-shredded'"
    )
    expect(JSON.parse(told?.statement ?? '{}')).to.include({ source: 'demo-hospital', year: 2018, subjects: 1 })
  })

  it('an entry whose statement has expired is told as that, and its row not at all', async () => {
    const dataset = await release([row(['faded'])], { at: '2019-05-01T12:00:00.000Z' })
    expect(await listed(['faded'])).to.deep.equal([])
    await query(database().url, 'DELETE FROM log_body WHERE disclosure = $1', [dataset])
    expect((await draw(asked(['faded']))).accounting.expired).to.be.at.least(2019)
    expect(await openIncident(room, dataset, WORD).catch((thrown: unknown) => thrown)).to.have.property('code', 'not-found')
  })
})
