/** What `accounting check` and a verification of the log name of a database in somebody's hand: texts of policies, names and keys of subjects; and that a check is an entry. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { checkSubjects, type SubjectFault, subjectFaults } from '../../gateway/exchange/accounting/subject-faults.ts'
import { growTree, subjectMac } from '../../gateway/exchange/accounting/subject-rows.ts'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { findPolicy } from '../../gateway/store/policies.ts'
import { query } from '../support/house.ts'
import { asked, NOW, subject, useAccounting } from '../support/subject-rows.ts'

const LURED = { party: 'demo-hospital', base: '', type: 'Patient', id: 'lured' }

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  return error instanceof IntegrityError ? [error.code, error.evidence] : 'told'
}

describe('exchange/accounting: what a check and a verification of the log name', function () {
  this.timeout(60_000)
  const its = useAccounting()

  async function faults(): Promise<SubjectFault[]> {
    await sequence(its().room)
    const found: SubjectFault[] = []
    for await (const fault of subjectFaults(its().room, { now: NOW })) found.push(fault)
    return found
  }
  const broken = async (): Promise<unknown> => (await fsck(its().room, { now: NOW })).fault

  it('the text of a policy that the log names taken out of its table: policy-missing, by a check and by a verification of the log', async () => {
    await its().release([subject(['no-basis'])])
    const kept = await query<{ hash: string; kind: string; body: string }>(its().url, 'SELECT hash, kind, body FROM policy')
    expect(kept.map(({ kind }) => kind)).to.have.members(['agreement', 'profile'])
    for (const { hash, kind, body } of kept) {
      for (const sql of [
        'ALTER TABLE policy DISABLE TRIGGER ALL',
        `DELETE FROM policy WHERE hash = '${hash}'`,
        'ALTER TABLE policy ENABLE TRIGGER ALL'
      ])
        await query(its().url, sql)
      expect(await faults(), kind).to.deep.equal([{ dataset: '', code: 'policy-missing', where: { policy: hash } }])
      expect(await broken(), kind).to.include({ fault: 'subjects', index: hash })
      expect(await refusal(findPolicy(its().room.pool, hash))).to.deep.equal(['policy-missing', { policy: hash }])
      if (kind === 'agreement') expect(await refusal(its().draw(asked(['no-basis'])))).to.deep.equal(['policy-missing', { policy: hash }])
      await query(its().url, 'INSERT INTO policy (hash, kind, body) VALUES ($1, $2, $3)', [hash, kind, body])
    }
    expect(await faults()).to.deep.equal([])
  })

  it("another patient's name laid on a key: a check names the key, as a verification of the log does; its own names are none", async () => {
    await its().release([subject(['lured'])])
    await its().release([subject(['lure', 'lure-too'])])
    await its().release([subject(['lure'])])
    expect(await faults()).to.deep.equal([])
    const [mac, key] = [subjectMac(its().room.ring, LURED), subjectMac(its().room.ring, { ...LURED, id: 'lure' })]
    await query(its().url, 'INSERT INTO subject_alias (mac, subject) SELECT $1, id FROM subject_key WHERE mac = $2', [mac, key])
    const [{ id = 0 } = {}] = await query<{ id: number }>(its().url, 'SELECT id::integer AS id FROM subject_key WHERE mac = $1', [key])
    expect(await refusal(its().draw(asked(['lured'])))).to.have.property('0', 'proof-invalid')
    const where = { subject_alias: `to key ${id}`, is: 'a name that its rows do not tell' }
    expect(await faults()).to.deep.equal([{ dataset: '', code: 'proof-invalid', where }])
    expect(await broken()).to.include({ fault: 'subjects' })
    await its().tamper('subject_alias', 'DELETE FROM subject_alias WHERE mac = $1', [mac])
    expect(await faults()).to.deep.equal([])
  })

  it('names are kept with their rows: of a release that came to nothing none is left to mislead', async () => {
    const { room, url } = its()
    await growTree(room, { id: randomUUID(), source: 'demo-hospital' }, NOW.toISOString(), [subject(['never-was', 'never-was-too'])])
    const mac = subjectMac(room.ring, { ...LURED, id: 'never-was-too' })
    expect(await query(url, 'SELECT 1 FROM subject_alias WHERE mac = $1', [mac])).to.deep.equal([])
  })

  it("a key that is made another party's is named: what it counts for when it is destroyed is proved, too", async () => {
    const dataset = await its().release([subject(['moved'])])
    const of = 'id = (SELECT subject FROM subject_row WHERE disclosure = $1)'
    await its().tamper('subject_key', `UPDATE subject_key SET party = 'other-hospital' WHERE ${of}`, [dataset])
    const where = { dataset, row: '0', key: "another party's" }
    expect(await faults()).to.deep.equal([{ dataset, code: 'proof-invalid', where }])
    await its().tamper('subject_key', `UPDATE subject_key SET party = 'demo-hospital' WHERE ${of}`, [dataset])
    expect(await faults()).to.deep.equal([])
  })

  it('a check is an entry, committed before it is told: by whose hands, how many rows were opened, what was found', async () => {
    const said = async (): Promise<Record<string, unknown>> => {
      const sql = "SELECT statement FROM outbox WHERE kind = 'accounting-checked' ORDER BY id DESC LIMIT 1"
      return JSON.parse((await query<{ statement: string }>(its().url, sql))[0]?.statement ?? '{}') as Record<string, unknown>
    }
    const dataset = await its().release([subject(['checked']), subject(['checked-2'])])
    expect(await faults()).to.deep.equal([])
    expect(await checkSubjects(its().room, { account: 'desk', at: NOW })).to.deep.equal([])
    const entry = await said()
    expect(entry)
      .to.include({ kind: 'accounting-checked', at: NOW.toISOString(), account: 'desk', faults: 0 })
      .and.not.have.property('fault')
    expect(entry['rows']).to.be.greaterThan(1)
    await its().tamper('subject_row', 'UPDATE subject_row SET subject = 0 WHERE disclosure = $1', [dataset])
    const [fault] = await checkSubjects(its().room, { account: 'desk', at: NOW })
    expect(fault).to.include({ dataset })
    expect(await said())
      .to.include({ faults: 1 })
      .and.have.property('fault')
      .that.contains(dataset)
  })
})
