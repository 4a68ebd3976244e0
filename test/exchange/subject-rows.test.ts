/** Rows of subjects over a real Postgres: what is altered is named and nothing is told; what is old is shredded, and its proofs stay. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Pool } from 'pg'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { openIncident } from '../../gateway/exchange/accounting/incident.ts'
import { shredSubjects } from '../../gateway/exchange/accounting/shred.ts'
import { subjectFaults } from '../../gateway/exchange/accounting/subject-faults.ts'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { entriesIn } from '../support/entries.ts'
import { query } from '../support/house.ts'
import { asked, NOW, subject, useAccounting, WORD } from '../support/subject-rows.ts'

/** The last byte with its last bit the other way; done twice, as it was. */
const FLIPPED = (column: string): string => `set_byte(${column}, length(${column}) - 1, get_byte(${column}, length(${column}) - 1) # 1)`

const QUIET = { keysNotVacuumed: (): void => undefined }

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  return error instanceof IntegrityError ? error.code : 'told'
}

describe('exchange/subject-rows', function () {
  this.timeout(60_000)
  const its = useAccounting()

  it('a byte of a row, a tile, a key, a name or a statement altered: named, and nothing is told', async () => {
    const dataset = await its().release([subject(['t1']), subject(['t2']), subject(['t3'])])
    expect(await its().listed(['t1'])).to.deep.equal([dataset])
    const [at] = await query<{ position: number; subject: string }>(
      its().url,
      `SELECT r.position, r.subject FROM subject_row r JOIN subject_key k ON k.id = r.subject WHERE r.disclosure = $1 ORDER BY position LIMIT 1`,
      [dataset]
    )
    const faults = async (): Promise<string[]> => {
      const found: string[] = []
      for await (const fault of subjectFaults(its().room, { now: NOW })) if (fault.dataset === dataset) found.push(fault.code)
      return found
    }
    const whole = async (): Promise<{ code: string; evidence: unknown }[]> => {
      const told: { code: string; evidence: unknown }[] = []
      for (const name of ['t1', 't2', 't3']) {
        const error: unknown = await its()
          .draw(asked([name]))
          .catch((thrown: unknown) => thrown)
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
      await its().tamper(table, sql, values)
      const told = await whole()
      expect(told.length, table).to.be.greaterThan(0)
      expect(JSON.stringify(told), table).to.contain(dataset)
      expect(await faults(), table).to.have.length(1)
      // a flip undoes itself; the statement is put back
      await its().tamper(table, sql.replace("'demo-insurer', 'demo-insured'", "'demo-insured', 'demo-insurer'"), values)
      expect(await faults(), `${table} put back`).to.deep.equal([])
    }
  })

  it("rows exchanged, a row taken away, and a name laid on another's key: named, and nobody is told of another", async () => {
    const dataset = await its().release([subject(['e1']), subject(['e2'])])
    const swap =
      'UPDATE subject_row SET subject = (SELECT sum(subject) FROM subject_row WHERE disclosure = $1) - subject WHERE disclosure = $1'
    await its().tamper('subject_row', swap, [dataset])
    for (const name of ['e1', 'e2']) expect(await refusal(its().draw(asked([name])))).to.equal('seal-broken')
    await its().tamper('subject_row', swap, [dataset])
    const alias = `INSERT INTO subject_alias SELECT (SELECT mac FROM subject_key WHERE id = r.subject), (SELECT min(subject) FROM subject_row WHERE disclosure = $1)
      FROM subject_row r WHERE disclosure = $1`
    await query(its().url, alias, [dataset])
    const told = await Promise.all(
      ['e1', 'e2'].map((name) =>
        its()
          .draw(asked([name]))
          .then(
            () => 'told',
            (error: { code: string }) => error.code
          )
      )
    )
    expect(told).to.have.members(['told', 'proof-invalid'])
    await its().tamper('subject_row', 'DELETE FROM subject_row WHERE disclosure = $1 AND position = 0', [dataset])
    const found = []
    for await (const fault of subjectFaults(its().room, { now: NOW })) if (fault.dataset === dataset) found.push(fault)
    expect(found).to.deep.equal([{ dataset, code: 'proof-invalid', where: { dataset, row: '0', is: 'not there' } }])
    expect(await refusal(openIncident(its().room, dataset, WORD))).to.equal('proof-invalid')
  })

  it('rows and tiles taken away whole, or a name that leads to a key: the log tells of them, and a verification of the log ends with them', async () => {
    const dataset = await its().release([subject(['w1', 'w2']), subject(['w3'])])
    await sequence(its().room)
    const faults = async (): Promise<unknown[]> => {
      const found = []
      for await (const fault of subjectFaults(its().room, { now: NOW })) if (fault.dataset === dataset) found.push(fault.where)
      return found
    }
    const verified = async (): Promise<unknown> => (await fsck(its().room, { now: new Date() })).fault
    expect(await faults()).to.deep.equal([])
    const alias = `subject_alias a USING subject_row r WHERE a.subject = r.subject AND r.disclosure = $1`
    await its().tamper('subject_alias', `DELETE FROM ${alias}`, [dataset])
    expect(await faults()).to.deep.equal([{ dataset, rows: '0 and on', names: 'not there' }])
    await its().tamper('subject_row', 'DELETE FROM subject_row WHERE disclosure = $1', [dataset])
    await its().tamper('subject_tile', 'DELETE FROM subject_tile WHERE disclosure = $1', [dataset])
    expect(await faults()).to.deep.equal([{ dataset, tiles: 'not what the entry commits to' }])
    expect(await verified()).to.include({ table: 'subject_row', fault: 'subjects' })
  })

  it('rows, tiles, keys and names are neither changed nor deleted, by whoever asks the database', async () => {
    await openIncident(its().room, await its().release([subject([randomUUID(), 'kept'])]), WORD)
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
      const error: unknown = await query(its().url, sql).catch((thrown: unknown) => thrown)
      expect(error, sql).to.have.property('code', '23001')
    }
  })

  it('164.316(b)(2), 164.528(c)(1): a year is shredded six years and 90 days after its last day, never under a legal hold; then it is expired, and proofs verify', async () => {
    const old = await its().release([subject([randomUUID(), 'old'])], { at: '2018-05-01T12:00:00.000Z' })
    const young = await its().release([subject(['old'])], { at: '2026-02-01T12:00:00.000Z' })
    const shred = (at: string): Promise<number> => shredSubjects({ pool: its().room.pool, now: () => new Date(at), observe: QUIET })
    expect(await shred('2025-03-31T23:59:59Z'), 'the moment before').to.equal(0)
    const hold = randomUUID()
    const held = `INSERT INTO legal_hold (id, first, last, reason, officer) VALUES ($1, '2018-12-31', '2019-01-01', 'r', 'o')`
    await query(its().url, held, [hold])
    expect(await shred('2025-04-01T00:00:00Z'), 'under a hold').to.equal(0)
    const forced = query(its().url, 'UPDATE subject_key SET mac = NULL, sealed = NULL, shredded_at = now() WHERE year = 2018')
    expect(await forced.catch((thrown: unknown) => thrown)).to.have.property('code', '23001')
    await query(its().url, 'UPDATE legal_hold SET lifted_at = now() WHERE id = $1', [hold])
    expect(await shred('2025-04-01T00:00:00Z')).to.equal(1)
    expect(await shred('2025-04-01T00:00:00Z'), 'a second time').to.equal(0)
    const { accounting } = await its().draw(asked(['old']))
    expect([accounting.expired, accounting.voluntary.map(({ first }) => first.dataset)]).to.deep.equal([2018, [young]])
    const incident = await openIncident(its().room, old, WORD)
    expect([incident.subjects, incident.expired]).to.deep.equal([[], 1])
    const faults = []
    for await (const { dataset } of subjectFaults(its().room, { now: NOW })) if (dataset === old || dataset === young) faults.push(dataset)
    expect(faults).to.deep.equal([])
    const names = 'SELECT 1 FROM subject_alias a JOIN subject_key k ON k.id = a.subject WHERE k.year = 2018'
    expect(await query(its().url, names)).to.deep.equal([])
    const [told] = await entriesIn(its().url, 'subjects-shredded')
    expect(told).to.include({ source: 'demo-hospital', year: 2018, subjects: 1 })
  })

  it('what is shredded is vacuumed at once; where the role may not, that is said, and nothing fails', async () => {
    const { url, room } = its()
    const said: string[] = []
    const observe = { keysNotVacuumed: (): void => void said.push('said') }
    const year = async (pool: Pool, at: string): Promise<number> => {
      await its().release([subject([randomUUID()])], { at })
      return shredSubjects({ pool, now: () => new Date(), observe })
    }
    const vacuumed = async (): Promise<number> => {
      const sql = "SELECT vacuum_count::integer AS n FROM pg_stat_user_tables WHERE relname = 'subject_key'"
      return (await query<{ n: number }>(url, sql))[0]?.n ?? 0
    }
    const before = await vacuumed()
    expect(await year(room.pool, '2015-05-01T12:00:00.000Z')).to.equal(1)
    expect([said, await vacuumed()]).to.deep.equal([[], before + 1])
    const role = `test_shredder_${process.pid}`
    await query(url, `CREATE ROLE ${role}`)
    try {
      await query(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`)
      await query(url, `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`)
      const address = new URL(url)
      address.searchParams.set('options', `-c role=${role}`)
      const pool = openPool(address.href, 2)
      try {
        expect(await year(pool, '2016-05-01T12:00:00.000Z')).to.equal(1)
      } finally {
        await pool.end()
      }
      expect(said).to.deep.equal(['said'])
    } finally {
      await query(url, `DROP OWNED BY ${role}`)
      await query(url, `DROP ROLE ${role}`)
    }
  })

  it('an entry whose statement has expired is told as that, and its row not at all', async () => {
    const dataset = await its().release([subject(['faded'])], { at: '2019-05-01T12:00:00.000Z' })
    expect(await its().listed(['faded'])).to.deep.equal([])
    await query(its().url, 'DELETE FROM log_body WHERE disclosure = $1', [dataset])
    expect((await its().draw(asked(['faded']))).accounting.expired).to.be.at.least(2019)
    expect(await openIncident(its().room, dataset, WORD).catch((thrown: unknown) => thrown)).to.have.property('code', 'not-found')
  })
})
