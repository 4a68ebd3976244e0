/** Disputes through the whole gateway: frozen, spoken in, replayed from the files as they were sent, closed; who may do what; all in the log. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { AT_ONCE, until } from '../support/gateway.ts'
import { faultsOf, filesThatHold, officer, query, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { MARK, ndjson, patient, ward } from '../support/records.ts'

const AGREEMENT = 'demo-safe-harbor'
const WORD = ['--officer', 'Privacy Office', '--reason', 'asked for']
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

interface Replayed {
  readonly same: boolean
  readonly differences: readonly { readonly what: string }[]
  readonly notReplayed: { readonly subjects: number; readonly files: readonly string[] }
}

describe('disputes over what was released', function () {
  this.timeout(180_000)
  const quality = { references: { min: 0.5, below: 'warn' }, duplicates: { max: 1, below: 'warn' } } as const
  const house = useGateway({
    'demo-transport-only': null,
    [AGREEMENT]: {
      ...AT_ONCE,
      k: 2,
      suppressionLimit: 0.5,
      quality,
      dispute: { contact: 'Test Office', days: 10 },
      roster: { submitted: 'members' }
    }
  })

  // of one alone nobody is released; a copy and a line that is none are counted by reason
  const first = [
    ...ward('a', 9, 2),
    patient('alone', { birthDate: '1931-01-01', postalCode: '99501' }),
    ...ward('a', 1),
    '{"resourceType":"Nothing"}'
  ]
  // all but the last of the second file stand in the Group of the submission: a replay asks the roster as it was closed
  const member = ['alone', 'b0', 'b1', 'b2', ...Array.from({ length: 9 }, (_, n) => `a${n}`)].map((id) => ({
    entity: { reference: `Patient/${id}` }
  }))
  const second = [...ward('b', 4, 1), JSON.stringify({ resourceType: 'Group', id: 'members', type: 'person', actual: true, member })]
  const bodies = { 'one.ndjson': ndjson(first), 'two.ndjson': ndjson(second) }
  let dataset = ''
  let dispute = ''
  const files: string[] = []

  const run = (...words: string[]): ReturnType<typeof officer> => officer(house().site, ['dispute', ...words])

  before(async () => {
    const { gateway, site } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const id = await hospital.open()
    await hospital.put(id, 'one.ndjson', gzipSync(bodies['one.ndjson']), { 'content-encoding': 'gzip' })
    await hospital.put(id, 'two.ndjson', bodies['two.ndjson'])
    await hospital.close(id)
    dataset = (await hospital.ended(id, ['ready'])).agreements[0]?.dataset ?? ''
    await until(async () => ((await hospital.view(id)).state === 'destroyed' ? true : null))
    for (const [name, body] of [
      ['two', Buffer.from(bodies['two.ndjson'])],
      ['one', gzipSync(bodies['one.ndjson'])]
    ] as const) {
      files.push(join(site.folder, `${name}.sent`))
      writeFileSync(files.at(-1) ?? '', body)
    }
  })

  it('a party opens one: inputs, policies, counts and the moment are frozen, the deadlines are those of the agreement', async () => {
    const opened = await run('open', dataset, '--party', 'demo-insurer', '--about', 'count', '--text', `We counted more of ${MARK}.`)
    expect(opened.code, opened.err).to.equal(0)
    dispute = opened.out.slice(0, 36)
    const shown = JSON.parse((await run('show', dispute)).out) as {
      readonly openedAt: string
      readonly decideBy: string
      readonly frozen: { readonly inputs: readonly object[] }
    }
    expect(shown).to.deep.include({ state: 'open', openedBy: 'demo-insurer', about: 'count', contact: 'Test Office', late: null })
    expect(shown.frozen.inputs).to.have.length(2)
    expect(Date.parse(shown.decideBy) - Date.parse(shown.openedAt)).to.equal(20 * 86_400_000)
  })

  it('words rest sealed, and the log has their salted digest only', async () => {
    const [entry] = await until(async () => {
      const found = await query<{ statement: string }>(house().database, "SELECT statement FROM logged WHERE kind = 'dispute-opened'")
      return found.length === 0 ? null : found
    })
    expect(entry?.statement)
      .to.match(/"words":"sha256:[0-9a-f]{64}"/)
      .and.not.include(MARK)
    const [row] = await query<{ sealed: Buffer }>(house().database, 'SELECT sealed FROM dispute_statement')
    expect(row?.sealed.includes(MARK)).to.equal(false)
  })

  it('who is no party of it, and what is too long, empty or unknown, is refused', async () => {
    const open = (party: string, id: string, text: string, about = 'count'): Promise<number> =>
      run('open', id, '--party', party, '--about', about, '--text', text).then(({ code }) => code)
    expect(await open('somebody-else', dataset, 'x')).not.to.equal(0)
    expect(await open('demo-insurer', UNKNOWN, 'x')).not.to.equal(0)
    expect(await open('demo-insurer', dataset, ' ')).not.to.equal(0)
    expect(await open('demo-insurer', dataset, 'x'.repeat(4001))).not.to.equal(0)
    expect(await open('demo-insurer', dataset, 'x', 'everything')).not.to.equal(0)
    expect((await run('show', UNKNOWN)).code).not.to.equal(0)
    expect((await run('state', dispute, '--party', 'somebody-else', '--text', 'x')).code).not.to.equal(0)
  })

  it('the other party answers', async () => {
    expect((await run('state', dispute, '--party', 'demo-hospital', '--text', 'We sent what we sent.')).out).to.include('is answered.')
    expect((await run('list')).out).to.match(/answered {2}demo-safe-harbor {2}count, by demo-insurer {2}decision by/)
  })

  it('replay refuses files that are not those, missing ones, and one twice', async () => {
    const other = join(house().site.folder, 'other.sent')
    writeFileSync(other, `${bodies['two.ndjson']}\n`)
    for (const given of [[files[0] ?? ''], [...files, other], [files[0] ?? '', files[0] ?? ''], [files[1] ?? '', other]]) {
      const { code, err } = await run('replay', dispute, ...given, ...WORD)
      expect(code).not.to.equal(0)
      expect(err)
        .to.match(/not the one/)
        .and.not.include(MARK)
    }
    expect((await run('replay', dispute, join(house().site.folder, 'not-there'), ...WORD)).code).not.to.equal(0)
  })

  it('replay of the same bytes makes the same dataset: counts by reason, figures, and every file by its hash', async () => {
    const before = await query(house().database, 'SELECT count(*) FROM crosswalk')
    const ran = await run('replay', dispute, ...files, ...WORD)
    expect(ran.code, `${ran.out}${ran.err}`).to.equal(0)
    const replayed = JSON.parse(ran.out) as Replayed
    expect(replayed).to.deep.include({ same: true, differences: [], notReplayed: { subjects: 0, files: [] } })
    expect(await query(house().database, 'SELECT count(*) FROM crosswalk'), 'a rehearsal writes nothing').to.deep.equal(before)
    expect(filesThatHold(join(house().site.folder, 'data'), [MARK])).to.deep.equal([])
  })

  it('replay says where it differs: what has been withheld by an opt-out since', async () => {
    const opted = await officer(house().site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'Patient/b0'])
    expect(opted.code, opted.err).to.equal(0)
    const ran = await run('replay', dispute, ...files, ...WORD)
    expect(ran.code, ran.err).to.equal(1)
    const { same, differences } = JSON.parse(ran.out) as Replayed
    expect(same).to.equal(false)
    expect(differences.map(({ what }) => what))
      .to.include('withheld opted-out')
      .and.include('released')
    expect((await officer(house().site, ['consent', 'opt-in', '--party', 'demo-hospital', '--patient', 'Patient/b0'])).code).to.equal(0)
  })

  it('of a subject whose crosswalk row is gone nothing is claimed, and none is made for it', async () => {
    const [{ n } = { n: 0 }] = await query<{ n: number }>(house().database, 'SELECT count(*)::integer AS n FROM crosswalk')
    await query(
      house().database,
      'DELETE FROM crosswalk WHERE ctid IN (SELECT c.ctid FROM crosswalk c JOIN released_subject r USING (agreement, key) LIMIT 1)'
    )
    const replayed = JSON.parse((await run('replay', dispute, ...files, ...WORD)).out) as Replayed
    expect(replayed.differences).to.deep.equal([])
    expect(replayed.notReplayed.subjects).to.equal(1)
    expect(replayed.notReplayed.files).to.include('Patient.1.ndjson.gz.c2sp')
    expect((await query<{ n: number }>(house().database, 'SELECT count(*)::integer AS n FROM crosswalk'))[0]?.n).to.equal(n - 1)
  })

  it('closed, it stays closed: no words, no replay, no second outcome', async () => {
    expect((await run('close', dispute, '--outcome', 'rejected', '--officer', '', '--reason', ' ')).code).not.to.equal(0)
    expect((await run('close', dispute, '--outcome', 'rejected', ...WORD)).code).to.equal(0)
    for (const words of [
      ['state', dispute, '--party', 'demo-hospital', '--text', 'x'],
      ['replay', dispute, ...files, ...WORD],
      ['close', dispute, '--outcome', 'upheld', ...WORD]
    ])
      expect((await run(...words)).err).to.include('The dispute is closed.')
    await until(async () =>
      (await query(house().database, "SELECT 1 FROM logged WHERE kind = 'dispute-closed'")).length > 0 ? true : null
    )
    expect(await faultsOf(house().database)).to.deep.equal([])
  })
})
