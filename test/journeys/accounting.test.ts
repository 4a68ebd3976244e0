/** A patient asks: what a hospital sent, and the gateway released, is accounted for by officers' commands, proved, and named in no leaf, statement or index. */
import { randomUUID } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { before } from 'mocha'
import type { Accounting } from '../../gateway/core/accounting/accounting.ts'
import { treeOf } from '../../gateway/core/accounting/tiles.ts'
import { sha256Hex } from '../../gateway/core/digest.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { entriesIn } from '../support/entries.ts'
import { AT_ONCE, until } from '../support/gateway.ts'
import { faultsOf, officer, query, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { bundle, ndjson, patient, ward } from '../support/records.ts'

const WORD = ['--officer', 'Privacy Office', '--reason', 'a request']
const OF = ['--source', 'demo-hospital']

function stay(of: string): Record<string, unknown> {
  return {
    resourceType: 'Encounter',
    id: `stay-${of}`,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: `Patient/${of}` },
    period: { start: '2024-05-01T08:00:00Z', end: '2024-05-04T17:30:00Z' }
  }
}

describe('accounting of disclosures', function () {
  this.timeout(120_000)
  const house = useGateway({
    'demo-safe-harbor': { ...AT_ONCE, k: 3 },
    'demo-transport-only': { ...AT_ONCE, k: 3 },
    'demo-aggregate': AT_ONCE
  })
  let hospital: Party
  let dataset: string
  let plain: string
  before(async () => {
    hospital = new Party(house().gateway, house().site, 'demo-hospital')
    const sent = { 'data.ndjson': ndjson([...ward('asker', 5), patient('rare', { birthDate: '1931-01-01', postalCode: '99501' })]) }
    const done = async (agreement: string, files: Readonly<Record<string, string>>): Promise<string> =>
      (await hospital.ended(await hospital.send(files, agreement))).agreements[0]?.dataset ?? ''
    dataset = await done('demo-safe-harbor', sent)
    plain = await done('demo-transport-only', sent)
    const counted = Array.from({ length: 20 }, (_, n) => `counted${n}`)
    await done('demo-aggregate', { 'data.ndjson': ndjson(counted.flatMap((id) => [patient(id), stay(id)])) })
  })

  async function drawn(patients: readonly string[], ...more: readonly string[]): Promise<Accounting> {
    const names = patients.flatMap((name) => ['--patient', name])
    const ran = await officer(house().site, ['accounting', ...OF, ...names, '--format', 'json', ...WORD, ...more])
    expect(ran.code, ran.err).to.equal(0)
    return JSON.parse(ran.out) as Accounting
  }

  const datasets = ({ voluntary }: Accounting): string[] =>
    voluntary.flatMap(({ first, others }) => [first, ...others]).map((line) => line.dataset)

  it('every dataset commits to as many rows as it has subjects, transport-only ones too; aggregates have none, and whoever was suppressed has none', async () => {
    const { database } = house()
    const rows = await query<{ statement: string; rows: number; tile: Buffer | null }>(
      database,
      `SELECT d.statement, (SELECT count(*)::integer FROM subject_row r WHERE r.disclosure = d.id) AS rows,
         (SELECT hashes FROM subject_tile t WHERE t.disclosure = d.id) AS tile FROM disclosure d WHERE d.statement IS NOT NULL`
    )
    const told = rows.map((row) => ({
      ...row,
      told: JSON.parse(row.statement) as { mode: string; subjects: { released: number }; subjectsRoot: string | null }
    }))
    const records = told.filter(({ told: { mode } }) => mode !== 'aggregate-only')
    expect(records).to.have.length(2)
    for (const row of records) {
      expect([row.rows, row.told.subjects.released]).to.deep.equal([5, 5])
      const leaves = Array.from({ length: 5 }, (_, n) => (row.tile as Buffer).subarray(32 * n, 32 * n + 32))
      expect(row.told.subjectsRoot).to.equal(`sha256:${treeOf(leaves).root.toString('hex')}`)
      expect(leaves.map((leaf) => leaf.toString('hex'))).to.deep.equal(leaves.map((leaf) => leaf.toString('hex')).sort())
    }
    const others = told.filter(({ told: { mode } }) => mode === 'aggregate-only')
    expect(others.map((row) => [row.rows, row.told.subjectsRoot])).to.deep.equal([[0, null]])
    expect(datasets(await drawn(['rare', 'counted0'], '--all'))).to.deep.equal([])
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('as text, PDF and FHIR; what only the officer may know is on stderr', async () => {
    const { site } = house()
    const text = await officer(site, ['accounting', ...OF, '--patient', 'Patient/asker1', '--all', ...WORD])
    expect(text.out)
      .to.contain('Demo Insurer')
      .and.to.contain('there was no disclosure that must be listed')
      .and.to.contain('Told voluntarily')
    expect(text.err).to.contain('Owed by').and.to.contain('Found under: Patient/asker1')
    const pdf = join(site.folder, 'a.pdf')
    const made = await officer(site, ['accounting', ...OF, '--patient', 'asker1', '--all', '--format', 'pdf', '--out', pdf, ...WORD])
    expect([made.code, statSync(pdf).mode & 0o777, readFileSync(pdf).subarray(0, 5).toString()]).to.deep.equal([0, 0o600, '%PDF-'])
    const again = await officer(site, ['accounting', ...OF, '--patient', 'asker1', '--format', 'pdf', '--out', pdf, ...WORD])
    expect([again.code, again.err.includes('there already')], 'nothing is written over').to.deep.equal([2, true])
    expect(
      (await officer(site, ['accounting', ...OF, '--patient', 'asker1', '--format', 'pdf', ...WORD])).code,
      'not to a terminal'
    ).to.equal(2)
    const fhir = await officer(site, ['accounting', ...OF, '--patient', 'asker1', '--all', '--format', 'fhir', ...WORD])
    expect(validateResource(JSON.parse(fhir.out)), JSON.stringify(validateResource.errors)).to.equal(true)
    const nobody = await officer(site, ['accounting', ...OF, '--patient', 'nobody', '--all', ...WORD])
    expect([nobody.code, nobody.err.includes('No row names this patient')]).to.deep.equal([0, true])
  })

  it('164.528(c)(2) counts requests: one run is one request, in as many forms as are asked for, and is free where it is the first', async () => {
    const { site, database } = house()
    const [pdf, json] = [join(site.folder, 'two.pdf'), join(site.folder, 'two.json')]
    const asked = ['accounting', ...OF, '--patient', 'asker0', '--all', '--format', 'pdf', '--out', pdf, '--format', 'json']
    for (const wrong of [
      asked,
      [...asked, '--out', pdf],
      [...asked, '--out', json, '--out', `${json}2`],
      [...asked.slice(0, -1), 'docx', '--out', json]
    ])
      expect((await officer(site, [...wrong, ...WORD])).code, wrong.join(' ')).to.equal(2)
    const made = await officer(site, [...asked, '--out', json, ...WORD])
    expect([made.code, made.out], made.err).to.deep.equal([0, ''])
    expect(made.err).to.contain('It is the first within twelve months, so it is free')
    expect([statSync(pdf).mode & 0o777, statSync(json).mode & 0o777]).to.deep.equal([0o600, 0o600])
    const entries = (await entriesIn(database, 'accounting-made')).map(({ documents }) => documents as string[])
    const hashes = [pdf, json].map((path) => `sha256:${sha256Hex(readFileSync(path))}`)
    expect(entries.filter((documents) => documents.some((hash) => hashes.includes(hash)))).to.deep.equal([hashes])
    const second = await officer(site, ['accounting', ...OF, '--patient', 'asker0', ...WORD])
    expect(second.err).to.contain(
      'Another was made for this patient within twelve months. If that was another request, a fee at cost may be charged'
    )
  })

  it('a Bundle whose patients are named by urn:uuid: found by the id of the record', async () => {
    const uuids = [randomUUID(), randomUUID(), randomUUID()]
    const made = bundle(uuids.map((_, n) => patient(`bundled${n}`))) as { entry: { fullUrl: string }[] }
    made.entry.forEach((entry, n) => {
      entry.fullUrl = `urn:uuid:${uuids[n]}`
    })
    const id = await hospital.open('demo-safe-harbor')
    expect((await hospital.put(id, 'bundle.json', JSON.stringify(made), { 'content-type': 'application/fhir+json' })).status).to.equal(202)
    await hospital.close(id)
    const released = (await hospital.ended(id)).agreements[0]?.dataset
    expect(datasets(await drawn(['Patient/bundled1'], '--all'))).to.deep.equal([released])
    expect(datasets(await drawn([`urn:uuid:${uuids[1]}`], '--all'))).to.deep.equal([released])
  })

  it('an incident lists its subjects in a file of their own, and from then on the patient is told without --all', async () => {
    const { site } = house()
    expect((await drawn(['asker2'])).required).to.deep.equal([])
    const out = join(site.folder, 'subjects.txt')
    const ran = await officer(site, ['incident', dataset, '--out', out, ...WORD])
    expect([ran.code, ran.out.includes('asker'), statSync(out).mode & 0o777], ran.err).to.deep.equal([0, false, 0o600])
    const listed = readFileSync(out, 'utf8')
    expect(listed.match(/Patient\/asker\d/g)).to.deep.equal([0, 1, 2, 3, 4].map((n) => `Patient/asker${n}`))
    expect(listed).not.to.contain('rare')
    expect((await drawn(['asker2'])).required.map(({ first }) => first.dataset)).to.deep.equal([dataset])
    const none = await officer(site, ['incident', '00000000-0000-4000-8000-000000000000', '--out', join(site.folder, 'no.txt'), ...WORD])
    expect(none.code).to.equal(1)
    expect(() => statSync(join(site.folder, 'no.txt')), 'no empty file stays').to.throw()
  })

  it('no leaf, statement, row or index names a patient', async () => {
    const tables = [
      'log_entry',
      'log_body',
      'outbox',
      'subject_key',
      'subject_alias',
      'subject_row',
      'subject_tile',
      'bucket_result',
      'disclosure',
      'incident'
    ]
    for (const table of tables) {
      const rows = await query<{ text: string }>(house().database, `SELECT t::text AS text FROM ${table} t`)
      expect(
        rows.some(({ text }) => /asker\d|bundled\d|counted\d/.test(text) || text.includes(Buffer.from('asker').toString('hex'))),
        table
      ).to.equal(false)
    }
  })

  it('each line is proved offline by the file and the key of the log alone; a line that was changed is not', async () => {
    const { site } = house()
    const file = join(site.folder, 'accounting.json')
    const made = await officer(site, ['accounting', ...OF, '--patient', 'asker1', '--all', '--format', 'json', '--out', file, ...WORD])
    expect(made.code, made.err).to.equal(0)
    const pins = join(site.folder, 'pins-of-the-log.json')
    writeFileSync(pins, (await officer(site, ['keys', 'pins'])).out)
    const verified = await officer(site, ['verify', file, '--key', pins, '--json'])
    expect(JSON.parse(verified.out), verified.err).to.include({ proved: true, what: 'accounting', source: 'demo-hospital' })
    writeFileSync(file, readFileSync(file, 'utf8').replace('"level":0', '"level":1'))
    expect((await officer(site, ['verify', file, '--key', pins])).out).to.match(
      /^not proved: commitment: disclosure 1 of 2, what the line says/
    )
  })

  it('a broken policy file, or a party that left, stops no accounting: parties are as the log knows them', async () => {
    const { site } = house()
    const policies = site.env['SALLYPORT_POLICIES_DIR'] ?? ''
    const insurer = join(policies, 'parties', 'demo-insurer.json')
    const kept = readFileSync(insurer, 'utf8')
    const before = await drawn(['asker1'], '--all')
    writeFileSync(insurer, '{ broken')
    try {
      const ran = await officer(site, ['accounting', ...OF, '--patient', 'asker1', '--all', '--format', 'json', ...WORD])
      expect(ran.code, ran.err).to.equal(0)
      expect(ran.err).to.match(/officer: faults in the policies: \d+;/)
      const after = JSON.parse(ran.out) as Accounting
      const to = ({ required, voluntary }: Accounting): unknown => [...required, ...voluntary].map(({ first }) => first.recipient)
      expect(to(after)).to.deep.equal(to(before))
      expect(JSON.stringify(to(after))).to.contain((JSON.parse(kept) as { address: string }).address)
    } finally {
      writeFileSync(insurer, kept)
    }
  })

  it('suspended, checked, and shredded where nothing is due', async () => {
    const { site } = house()
    const days = ['--from', '2026-01-01', '--to', '2099-12-31']
    const placed = await officer(site, [
      'accounting',
      'suspend',
      ...OF,
      '--patient',
      'asker3',
      '--recipient',
      'demo-insurer',
      ...days,
      ...WORD
    ])
    expect(placed.code, placed.err).to.equal(0)
    expect(placed.err, 'how much the name finds').to.match(/officer: [12] rows? (?:is|are) found by this name/)
    const mistyped = await officer(site, [
      'accounting',
      'suspend',
      ...OF,
      '--patient',
      'askr3',
      '--recipient',
      'demo-insurer',
      ...days,
      ...WORD
    ])
    expect(mistyped.err).to.contain('officer: no row is found by this name')
    const listed = await officer(site, ['accounting', 'suspensions', '--json'])
    const states = (JSON.parse(listed.out) as Record<string, string>[]).map(({ id, recipient, first, last, state }) => [
      id,
      recipient,
      first,
      last,
      state
    ])
    expect(states[0]).to.deep.equal([placed.out.trim(), 'demo-insurer', '2026-01-01', '2099-12-31', 'in force'])
    expect((await officer(site, ['accounting', 'suspensions'])).out).to.contain(
      `${mistyped.out.trim()}  demo-hospital  demo-insurer  2026-01-01 to 2099-12-31  in force\n`
    )
    expect(datasets(await drawn(['asker3'], '--all'))).to.deep.equal([plain])
    expect((await officer(site, ['accounting', 'resume', placed.out.trim(), ...WORD])).code).to.equal(0)
    expect(datasets(await drawn(['asker4'], '--all'))).to.deep.equal([plain])
    const checked = await officer(site, ['accounting', 'check'])
    expect([checked.code, checked.out], checked.err).to.deep.equal([0, 'Every row is what the log says.\n'])
    // what is read is what has its place in the log: the entry waits for that a moment
    const told = await until(async () => {
      const { out } = await officer(site, ['audit', 'search', '_tag=accounting-checked'])
      return out === '' ? null : out
    }, 20)
    expect(told).to.contain('"code":"accounting-checked"')
    expect(JSON.parse((await officer(site, ['accounting', 'check', '--json'])).out)).to.deep.equal([])
    const incidents = await officer(site, ['incident', 'list', '--json'])
    expect((JSON.parse(incidents.out) as Record<string, unknown>[]).map((one) => [one['dataset'], one['subjects']])).to.deep.equal([
      [dataset, 5]
    ])
    expect((await officer(site, ['incident', 'list'])).out).to.contain(
      `demo-hospital to demo-insurer  5 subjects  Privacy Office: a request\n`
    )
    expect((await officer(site, ['accounting', 'shred'])).out).to.equal('Nothing was due.\n')
  })
})
