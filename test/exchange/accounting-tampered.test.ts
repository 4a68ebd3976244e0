/** What an accounting believes, with the database in somebody's hand: incidents, suspensions, destroyed keys, when accountings were made, the words of agreements. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { listIncidents, openIncident } from '../../gateway/exchange/accounting/incident.ts'
import { shredSubjects } from '../../gateway/exchange/accounting/shred.ts'
import { type SubjectFault, subjectFaults } from '../../gateway/exchange/accounting/subject-faults.ts'
import { listSuspensions, resumeAccounting, suspendAccounting } from '../../gateway/exchange/accounting/suspensions.ts'
import { append, sequence } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { findPolicy } from '../../gateway/store/policies.ts'
import { query } from '../support/house.ts'
import { AGREEMENT, asked, NOW, subject, useAccounting, WORD } from '../support/subject-rows.ts'

const DAYS = { source: 'demo-hospital', recipient: 'demo-insurer', from: '2026-06-01', to: '2026-07-31', statement: 'written' as const }
const MADE = 'UPDATE subject_key SET mac = NULL, sealed = NULL, shredded_at = now() WHERE'

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  return error instanceof IntegrityError ? [error.code, error.evidence] : 'told'
}

describe('exchange/accounting, tampered with', function () {
  this.timeout(60_000)
  const its = useAccounting()

  async function faults(): Promise<SubjectFault[]> {
    const found: SubjectFault[] = []
    for await (const fault of subjectFaults(its().room, { now: NOW })) found.push(fault)
    return found
  }
  const required = async (name: string): Promise<string[]> =>
    (await its().draw(asked([name], { scope: 'required' }))).accounting.required.map(({ first }) => first.dataset)

  it('an incident taken out of its table, or put there though the log does not tell of it: named, and nothing is told of whom it concerns', async () => {
    const dataset = await its().release([subject(['inc'])])
    await openIncident(its().room, dataset, WORD)
    expect(await required('inc')).to.deep.equal([dataset])
    const kept = await query<Record<string, unknown>>(its().url, 'SELECT * FROM incident WHERE disclosure = $1', [dataset])
    await its().tamper('incident', 'DELETE FROM incident WHERE disclosure = $1', [dataset])
    const gone = { dataset, incident: 'gone from its table' }
    expect(await refusal(required('inc'))).to.deep.equal(['proof-invalid', gone])
    expect(await faults()).to.deep.equal([{ dataset, where: gone, code: 'proof-invalid' }])
    await sequence(its().room)
    expect((await fsck(its().room, { now: NOW })).fault).to.include({ fault: 'subjects', index: dataset })
    const again = 'INSERT INTO incident (disclosure, at, officer, reason) VALUES ($1, $2, $3, $4)'
    await query(its().url, again, [dataset, new Date(), 'x', 'x'])
    const other = { dataset, incident: 'not in the log' }
    expect(await refusal(required('inc')), 'another moment').to.deep.equal(['proof-invalid', other])
    await its().tamper('incident', 'UPDATE incident SET at = $2 WHERE disclosure = $1', [dataset, kept[0]?.['at']])
    expect(await required('inc')).to.deep.equal([dataset])
    const forged = await its().release([subject(['never'])])
    await query(its().url, again, [forged, new Date(), 'x', 'x'])
    expect(await refusal(required('never'))).to.deep.equal(['proof-invalid', { dataset: forged, incident: 'not in the log' }])
    expect(await refusal(listIncidents(its().room, 'desk', NOW))).to.have.property('0', 'proof-invalid')
    await its().tamper('incident', 'DELETE FROM incident WHERE disclosure = $1', [forged])
    expect(await listIncidents(its().room, 'desk', NOW)).to.deep.equal([
      {
        dataset,
        at: NOW.toISOString(),
        source: 'demo-hospital',
        recipient: 'demo-insurer',
        subjects: 1,
        officer: 'Privacy Office',
        reason: 'a request'
      }
    ])
  })

  it('164.528(a)(2): a suspension forged, taken away, moved to another patient or other days, or lifted by hand is named, and nothing is told', async () => {
    const dataset = await its().release([subject(['sus'])])
    const other = await its().release([subject(['not-sus'])])
    const { id, rows } = await suspendAccounting(its().room, { ...WORD, ...DAYS, patient: 'sus' })
    expect(rows, 'what the name finds').to.equal(1)
    expect(await its().listed(['sus'])).to.deep.equal([])
    const [kept] = await query<Record<string, unknown>>(its().url, 'SELECT *, first::text, last::text FROM suspension WHERE id = $1', [id])
    const back = async (): Promise<void> => {
      await its().tamper('suspension', 'DELETE FROM suspension', [])
      const values = ['id', 'party', 'recipient', 'mac', 'first', 'last', 'placed_at'].map((name) => kept?.[name])
      await query(
        its().url,
        'INSERT INTO suspension (id, party, recipient, mac, first, last, placed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
        values
      )
    }
    const ways = [
      'DELETE FROM suspension',
      "UPDATE suspension SET last = '2026-06-02'",
      "UPDATE suspension SET recipient = 'demo-research'",
      'UPDATE suspension SET lifted_at = now()',
      "UPDATE suspension SET mac = sha256('another')",
      "INSERT INTO suspension SELECT gen_random_uuid(), party, 'demo-research', mac, first, last, placed_at FROM suspension"
    ]
    for (const sql of ways) {
      await its().tamper('suspension', sql, [])
      const told = await refusal(its().draw(asked(['sus'])))
      // under a name that is another's the row says nothing of this patient: its entry does, and it stays suspended
      if (sql.includes('mac =')) expect(await its().listed(['sus']), sql).to.deep.equal([])
      else expect(told, sql).to.have.property('0', 'proof-invalid')
      expect(await its().listed(['not-sus']), `${sql}: others are told`).to.deep.equal([other])
      expect(
        (await faults()).map(({ code }) => code),
        sql
      ).to.deep.equal(['proof-invalid'])
      expect(await refusal(listSuspensions(its().room, 'desk', NOW)), sql).to.have.property('0', 'proof-invalid')
      await back()
      expect(await faults(), `${sql}, put back`).to.deep.equal([])
    }
    const states = async (): Promise<string[]> => (await listSuspensions(its().room, 'desk', NOW)).map(({ state }) => state)
    expect(await states()).to.deep.equal(['in force'])
    await resumeAccounting(its().room, id, WORD)
    expect(await its().listed(['sus'])).to.deep.equal([dataset])
    await its().tamper('suspension', 'UPDATE suspension SET lifted_at = NULL', [])
    expect(await refusal(its().draw(asked(['sus'])))).to.have.property('0', 'proof-invalid')
    await its().tamper('suspension', 'UPDATE suspension SET lifted_at = now()', [])
    expect(await states()).to.deep.equal(['lifted'])
    const { rows: none } = await suspendAccounting(its().room, { ...WORD, ...DAYS, from: '2026-07-01', patient: 'suss' })
    expect(none, 'a name mistyped').to.equal(0)
    expect(await states()).to.deep.equal(['lifted', 'to come'])
  })

  it('a suspension placed before entries named the patient still holds: by its row, as its entry says the rest', async () => {
    const dataset = await its().release([subject(['oldest'])])
    const id = randomUUID()
    const told = {
      source: 'demo-hospital',
      recipient: 'demo-insurer',
      from: '2026-06-01',
      to: '2026-06-30',
      officer: 'o',
      reason: 'r',
      account: 'a'
    }
    const row = `INSERT INTO suspension (id, party, recipient, mac, first, last, placed_at) SELECT $1, 'demo-hospital', 'demo-insurer', k.mac, '2026-06-01', '2026-06-30', now()
      FROM subject_key k JOIN subject_row r ON r.subject = k.id WHERE r.disclosure = $2`
    await query(its().url, row, [id, dataset])
    const named = ['proof-invalid', { suspension: id, is: 'not what the log says' }]
    expect(await refusal(its().draw(asked(['oldest']))), 'before its entry').to.deep.equal(named)
    const entry = { v: 1, kind: 'accounting-suspended', at: NOW.toISOString(), suspension: id, statement: 'written', ...told } as const
    await append(its().room.pool, `accounting-suspended:${id}`, entry)
    expect(await its().listed(['oldest'])).to.deep.equal([])
    expect(await faults()).to.deep.equal([])
    await its().tamper('suspension', "UPDATE suspension SET last = '2026-06-10' WHERE id = $1", [id])
    expect(await refusal(its().draw(asked(['oldest'])))).to.deep.equal(named)
    await its().tamper('suspension', "UPDATE suspension SET last = '2026-06-30' WHERE id = $1", [id])
  })

  it('suspensions and incidents change as little as may be, by whoever asks the database', async () => {
    const tries = [
      'TRUNCATE incident',
      'UPDATE incident SET at = now()',
      'TRUNCATE suspension',
      'DELETE FROM suspension',
      'UPDATE suspension SET lifted_at = NULL WHERE lifted_at IS NOT NULL',
      'UPDATE suspension SET lifted_at = now() WHERE lifted_at IS NOT NULL',
      "UPDATE suspension SET last = '2099-01-01', lifted_at = now() WHERE lifted_at IS NULL"
    ]
    for (const sql of tries) expect(await query(its().url, sql).catch((thrown: unknown) => thrown), sql).to.have.property('code', '23001')
  })

  it("164.316(b)(2): a year's keys destroyed by hand are named, and nothing is told: before six years, or another number than the log says", async () => {
    const young = await its().release([subject(['early'])], { at: '2026-02-01T12:00:00.000Z' })
    const [key] = await query<Record<string, unknown>>(
      its().url,
      'SELECT k.* FROM subject_key k JOIN subject_row r ON r.subject = k.id WHERE r.disclosure = $1',
      [young]
    )
    await its().tamper('subject_key', `${MADE} id = $1`, [key?.['id']])
    expect(await refusal(its().draw(asked(['early'])))).to.have.property('0', 'key-missing')
    expect(await refusal(openIncident(its().room, young, WORD))).to.have.property('0', 'key-missing')
    const found = await faults()
    expect(found.map(({ dataset, code }) => [dataset, code])).to.deep.include.members([
      [young, 'key-missing'],
      ['', 'key-missing']
    ])
    expect(JSON.stringify(found)).to.contain('before six years have passed')
    const back = 'UPDATE subject_key SET mac = $2, sealed = $3, shredded_at = NULL WHERE id = $1'
    await its().tamper('subject_key', back, [key?.['id'], key?.['mac'], key?.['sealed']])
    expect(await faults()).to.deep.equal([])
    for (const name of ['due1', 'due2']) await its().release([subject([name])], { at: '2017-05-01T12:00:00.000Z' })
    const due = '(SELECT max(id) FROM subject_key WHERE year = 2017)'
    const [second] = await query<Record<string, unknown>>(its().url, `SELECT * FROM subject_key WHERE id = ${due}`)
    await its().tamper('subject_key', `${MADE} id = ${due}`, [])
    expect((await faults()).map(({ where }) => where['is'])).to.deep.equal(['more than the log says'])
    expect(await refusal(its().draw(asked(['due2'])))).to.have.property('0', 'key-missing')
    await its().tamper('subject_key', back, [second?.['id'], second?.['mac'], second?.['sealed']])
    const observe = { keysNotVacuumed: (): void => undefined }
    expect(await shredSubjects({ pool: its().room.pool, now: () => NOW, observe })).to.equal(2)
    expect((await its().draw(asked(['due1']))).accounting.expired).to.equal(2017)
    expect(await faults()).to.deep.equal([])
    await its().tamper('subject_key', back, [second?.['id'], second?.['mac'], second?.['sealed']])
    expect((await faults()).map(({ where }) => where['is'])).to.deep.equal(['fewer than the log says'])
    await its().tamper('subject_key', `${MADE} id = $1`, [second?.['id']])
  })

  it('when accountings were made the log alone tells: there is no table to empty', async () => {
    await its().release([subject(['fee'])])
    const fee = async (at: Date): Promise<string> => (await its().draw(asked(['fee'], { at }))).aside.fee
    expect(await fee(NOW)).to.equal('free')
    expect(await fee(new Date(NOW.getTime() + 1000))).to.equal('may be charged')
    const [table] = await query<{ found: unknown }>(its().url, "SELECT to_regclass('accounting_made') AS found")
    expect(table?.found).to.equal(null)
  })

  it('when it was fetched is what the first entry of a delivery says, proved', async () => {
    const dataset = await its().release([subject(['fetched'])])
    const delivered = async (at: string): Promise<void> => {
      const told = { v: 1, kind: 'file-delivered', at, dataset, source: 'demo-hospital', recipient: 'demo-insurer' } as const
      await append(its().room.pool, `file-delivered:${randomUUID()}:x`, told)
    }
    const fetched = async (): Promise<unknown> => (await its().draw(asked(['fetched']))).accounting.voluntary[0]?.first.fetched
    expect(await fetched()).to.equal(null)
    for (const at of ['2026-06-15T09:40:00.000Z', '2026-06-15T09:50:00.000Z']) await delivered(at)
    await sequence(its().room)
    expect(await fetched()).to.equal('2026-06-15T09:40:00.000Z')
    await its().tamper('log_body', "UPDATE log_body SET statement = replace(statement, '09:40', '09:55') WHERE disclosure = $1", [dataset])
    expect(await refusal(fetched())).to.have.property('0', 'proof-invalid')
    await its().tamper('log_body', "UPDATE log_body SET statement = replace(statement, '09:55', '09:40') WHERE disclosure = $1", [dataset])
  })

  it("an agreement's words forged: policy-altered, for accountings, for a check and for whatever else stands on it", async () => {
    await its().release([subject(['basis'])])
    const basis = async (): Promise<unknown> => (await its().draw(asked(['basis']))).accounting.voluntary[0]?.first.basis
    expect(await basis()).to.equal(AGREEMENT.legalReference)
    const [row] = await query<{ hash: string; body: string }>(
      its().url,
      "SELECT hash, body FROM policy WHERE body LIKE '%Test Agreement 1%'"
    )
    await query(its().url, "UPDATE policy SET body = replace(body, 'Test Agreement 1', 'Forged')")
    expect(await refusal(basis())).to.deep.equal(['policy-altered', { policy: row?.hash }])
    expect(await faults()).to.deep.include({ dataset: '', code: 'policy-altered', where: { policy: row?.hash } })
    expect(await refusal(findPolicy(its().room.pool, row?.hash ?? ''))).to.have.property('0', 'policy-altered')
    await query(its().url, 'UPDATE policy SET body = $1 WHERE hash = $2', [row?.body, row?.hash])
  })
})
