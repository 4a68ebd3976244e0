/** Accountings of disclosures over a real Postgres: found, proved, suspended, recorded; whom an incident concerns. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { readRow, rowLeaf } from '../../gateway/core/accounting/row.ts'
import { canonicalJson, contentHash, type Json, sha256Hex } from '../../gateway/core/digest.ts'
import { leafOf } from '../../gateway/core/log/leaf.ts'
import { verifyInclusion } from '../../gateway/core/log/proofs.ts'
import type { DatasetStatement } from '../../gateway/core/log/statement.ts'
import { makeAccounting } from '../../gateway/exchange/accounting/accounting.ts'
import type { AccountingRequest } from '../../gateway/exchange/accounting/accounting-request.ts'
import { openIncident } from '../../gateway/exchange/accounting/incident.ts'
import { resumeAccounting, suspendAccounting } from '../../gateway/exchange/accounting/suspensions.ts'
import { append } from '../../gateway/exchange/log/log.ts'
import type { Party } from '../../gateway/generated/policy.ts'
import { logVerifiers, verifyReceipt } from '../../gateway/seal/receipt.ts'
import { keepPolicy } from '../../gateway/store/policies.ts'
import { entriesIn } from '../support/entries.ts'
import { query } from '../support/house.ts'
import { asked, NOW, subject, useAccounting, WORD } from '../support/subject-rows.ts'

describe('exchange/accounting', function () {
  this.timeout(60_000)
  const its = useAccounting()

  it('a patient is found in every dataset it was in and in no other, and each line is proved by the log key alone', async () => {
    const others = Array.from({ length: 300 }, (_, n) => subject([`many${n}`]))
    const one = await its().release([...others, subject(['found'])])
    const two = await its().release([subject(['found']), subject(['else'])], { at: '2026-06-15T09:30:00.000Z' })
    expect(await its().listed(['Patient/found'])).to.deep.equal([one, two])
    const { accounting } = await its().draw(asked(['found']))
    const [line] = accounting.voluntary.map(({ first }) => first)
    const { proof } = line ?? { proof: null }
    if (proof === null) throw new Error('no line')
    const told = JSON.parse(proof.statement) as DatasetStatement
    const entry = leafOf(told, Buffer.from(proof.salt, 'base64'))
    expect(verifyReceipt(proof.receipt, entry, logVerifiers([its().room.ring.log.current.vkey])).index).to.equal(BigInt(proof.index))
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
    const mine = await its().release([subject(['same'])])
    const theirs = await its().release([subject(['same'])], { source: 'other-hospital' })
    const elsewhere = await its().release([subject(['same'], 'https://elsewhere.example/fhir')])
    expect(await its().listed(['same'])).to.deep.equal([mine])
    expect(await its().listed(['https://fhir.demo-hospital.example/r4/Patient/same'])).to.deep.equal([mine])
    expect(await its().listed(['same'], { source: 'other-hospital' })).to.deep.equal([theirs])
    expect(await its().listed(['https://elsewhere.example/fhir/Patient/same'])).to.deep.equal([elsewhere])
    expect(await its().listed(['same', 'https://elsewhere.example/fhir/Patient/same'])).to.have.members([mine, elsewhere])
    const { aside } = await its().draw(asked(['never-seen']))
    expect(aside.names).to.deep.equal([])
  })

  it("several names of one patient: a Bundle's urn:uuid and the id in the record are one", async () => {
    const uuid = randomUUID()
    const dataset = await its().release([subject([uuid, 'mrn-7']), subject(['mrn-8'])])
    expect(await its().listed(['mrn-7'])).to.deep.equal([dataset])
    expect(await its().listed([`urn:uuid:${uuid}`])).to.deep.equal([dataset])
    expect((await its().draw(asked(['mrn-7', uuid]))).aside.names).to.have.members(['Patient/mrn-7', `Patient/${uuid}`])
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
      const error = await its()
        .draw(asked([patient]))
        .catch((thrown: unknown) => thrown)
      expect(error, patient.slice(0, 40)).to.have.property('code', 'bad-request')
    }
    for (const changes of [{ source: 'demo-insurer' }, { source: 'nobody' }, { patients: [] }, { officer: ' ' }, { reason: '' }])
      expect(
        await its()
          .draw({ ...asked(['x']), ...changes })
          .catch((thrown: unknown) => thrown)
      ).to.have.property('code', 'bad-request')
  })

  it('that it was made is an entry before it is shown; neither it nor any table names the patient', async () => {
    const id = `Hidden-${randomUUID()}`
    await its().release([subject([id])])
    const { documents } = await its().draw(asked([id]))
    expect(documents.toString()).to.contain(id)
    const [entry] = await query<{ statement: string }>(
      its().url,
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
    expect(told['documents'], 'of each copy the hash').to.deep.equal(documents.map((bytes) => `sha256:${sha256Hex(bytes)}`))
    for (const table of ['outbox', 'log_body', 'log_entry', 'subject_key', 'subject_alias', 'subject_row', 'subject_tile', 'suspension']) {
      const rows = await query<{ text: string }>(its().url, `SELECT t::text AS text FROM ${table} t`)
      const all = rows.map(({ text }) => text).join('\n')
      expect(all.includes(id) || all.includes(Buffer.from(id).toString('hex')), table).to.equal(false)
    }
    const again = asked([id], { at: new Date(NOW.getTime() + 1) })
    expect((await its().draw(again)).aside.fee, 'the second within twelve months').to.equal('may be charged')
  })

  it('164.528(a)(2): suspended for a recipient it is neither shown nor counted, under any name of the patient; resumed, it is', async () => {
    const uuid = randomUUID()
    const dataset = await its().release([subject([uuid, 'watched'])])
    const other = await its().release([subject([uuid, 'watched'])], { recipient: 'demo-research' })
    const days = { source: 'demo-hospital', recipient: 'demo-insurer', from: '2026-06-01', to: '2026-07-31', statement: 'written' as const }
    const { id } = await suspendAccounting(its().room, { ...WORD, ...days, patient: 'watched' })
    expect(await its().listed([`urn:uuid:${uuid}`])).to.deep.equal([other])
    expect((await its().draw(asked(['watched']))).aside.suspended).to.equal(1)
    expect(await its().listed(['watched'], { at: new Date('2026-08-01T00:00:00Z') }), 'when its days are over').to.have.members([
      dataset,
      other
    ])
    await resumeAccounting(its().room, id, WORD)
    expect(await its().listed(['watched'])).to.have.members([dataset, other])
    const twice = await resumeAccounting(its().room, id, WORD).catch((thrown: unknown) => thrown)
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
        await suspendAccounting(its().room, { ...WORD, ...days, patient: 'watched', ...changes }).catch((thrown: unknown) => thrown)
      ).to.have.property('code', 'bad-request')
    expect(JSON.stringify(await entriesIn(its().url, 'accounting-suspended')))
      .to.contain('demo-insurer')
      .and.not.to.contain('watched')
  })

  it('an incident lists every subject and nobody else, counts them in the log, and makes the disclosure accountable', async () => {
    const dataset = await its().release([subject(['inc1']), subject([randomUUID(), 'inc2'])])
    expect((await its().draw(asked(['inc1'], { scope: 'required' }))).accounting.required).to.deep.equal([])
    const incident = await openIncident(its().room, dataset, WORD)
    expect(incident.subjects.map(({ patient }) => patient.ids.at(-1))).to.have.members(['inc1', 'inc2'])
    const { required } = (await its().draw(asked(['inc1'], { scope: 'required' }))).accounting
    expect(required.map(({ first }) => [first.dataset, first.ground.class])).to.deep.equal([[dataset, 'accountable']])
    await openIncident(its().room, dataset, { ...WORD, at: new Date(NOW.getTime() + 1) })
    const told = await entriesIn(its().url, 'incident-opened')
    expect(told.map((one) => [one['subjects'], one['listed']])).to.deep.equal([
      [2, 'first'],
      [2, 'again']
    ])
    expect(JSON.stringify(told)).not.to.contain('inc1')
    for (const unknown of [randomUUID(), '../../etc/passwd', ''])
      expect(await openIncident(its().room, unknown, WORD).catch((thrown: unknown) => thrown)).to.have.property('code', 'not-found')
  })

  it('164.528(a)(1): six years back from the day of the request; days that do not come in order, or have not come, are refused', async () => {
    const at = (day: string): Promise<string> => its().release([subject(['asks'])], { at: `${day}T12:00:00.000Z` })
    const [before, first, last] = [await at('2020-04-30'), await at('2020-05-01'), await at('2026-06-14')]
    const of = (changes: Partial<AccountingRequest>): Promise<string[]> => its().listed(['asks'], changes)
    expect(await of({ received: '2026-05-01' }), 'six weeks before it is answered').to.deep.equal([first, last])
    expect(await of({ received: '2026-04-30' })).to.deep.equal([before, first, last])
    expect(await of({ received: '2026-05-01', to: '2020-05-01' })).to.deep.equal([first])
    const wrong = [
      { from: '2026-03-02', to: '2026-03-01' },
      { to: '2019-01-01' },
      { from: '2026-06-16' },
      { received: '2026-06-16' },
      { received: '2126-01-01' }
    ]
    for (const changes of wrong)
      expect(await of(changes).catch((thrown: unknown) => thrown), JSON.stringify(changes)).to.have.property('code', 'bad-request')
  })

  it('who left the parties, or moved, is named as at the moment of the disclosure; without policies every hospital still accounts', async () => {
    const { room } = its()
    const document = (id: string, role: Party['role'], address: string): Party => ({ id, role, name: `${id} then`, address, fhirBases: [] })
    const changed = async (at: string, before: Party | null, after: Party | null): Promise<void> => {
      for (const party of [before, after])
        if (party !== null)
          await keepPolicy(room.pool, {
            hash: contentHash(party as unknown as Json),
            kind: 'party',
            body: canonicalJson(party as unknown as Json)
          })
      const hash = (party: Party | null): string | null => (party === null ? null : contentHash(party as unknown as Json))
      const id = (after ?? before)?.id ?? ''
      const told = { what: 'party', id, party: id, change: 'changed', before: hash(before), after: hash(after) }
      await append(room.pool, `changed:${randomUUID()}`, { v: 1, kind: 'policy-changed', at, ...told })
    }
    const [old, moved] = [document('gone-insurer', 'insurer', 'Old Street'), document('gone-insurer', 'insurer', 'New Street')]
    await changed('2026-02-01T00:00:00.000Z', old, moved)
    await changed('2026-05-01T00:00:00.000Z', moved, null)
    await changed('2026-05-01T00:00:00.000Z', document('gone-hospital', 'hospital', 'Hill'), null)
    const from = { source: 'gone-hospital', recipient: 'gone-insurer' }
    for (const at of ['2026-01-15T12:00:00.000Z', '2026-03-15T12:00:00.000Z']) await its().release([subject(['left'])], { ...from, at })
    await its().release([subject(['left'])], { ...from, recipient: 'nobody-knows' })
    for (const policies of [room.policies, { parties: new Map<string, Party>() }]) {
      const { accounting } = await makeAccounting({ ...room, policies }, { ...asked(['left']), source: 'gone-hospital' }, [])
      const lines = accounting.voluntary.flatMap(({ first, others }) => [first, ...others])
      expect(accounting.source.address).to.equal('Hill')
      expect(lines.map(({ recipient }) => recipient.address)).to.have.members(['Old Street', 'New Street', 'address not known'])
    }
    await its().tamper('policy', "DELETE FROM policy WHERE body LIKE '%Old Street%'", [])
    const error = await its()
      .draw({ ...asked(['left']), source: 'gone-hospital' })
      .catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'policy-missing')
  })
})
