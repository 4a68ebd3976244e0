/** Quality of data that an agreement promises, through the whole gateway: told, held for an officer, refused; in the view, the statement and the log. */
import { expect } from 'chai'
import { AT_ONCE, until } from '../support/gateway.ts'
import { faultsOf, officer, query, useGateway } from '../support/house.ts'
import { Party, type Submission } from '../support/journey.ts'
import { ndjson, patient, ward } from '../support/records.ts'

const AGREEMENT = 'demo-safe-harbor'
const QUALITY = {
  validity: { min: 0.9, below: 'refuse' },
  completeness: { 'Condition.code': { min: 0.9, below: 'warn' } },
  duplicates: { max: 0.2, below: 'hold' },
  references: { min: 0.9, below: 'warn' },
  plausibility: { min: 0.5, below: 'warn' }
} as const

interface Judged extends Submission {
  readonly agreements: (Submission['agreements'][number] & {
    readonly quality: { readonly figures: Record<string, unknown>; readonly shortfalls: readonly { readonly measure: string }[] } | null
  })[]
}

describe('quality of data that an agreement promises', function () {
  this.timeout(120_000)
  const house = useGateway({ 'demo-transport-only': null, [AGREEMENT]: { ...AT_ONCE, k: 2, quality: QUALITY } })

  async function send(lines: Parameters<typeof ndjson>[0], state: string): Promise<Judged['agreements'][number]> {
    const { gateway, site } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const ended = (await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(lines) }), [state])) as Judged
    const [agreement] = ended.agreements
    expect(agreement?.state).to.equal(state)
    return agreement as Judged['agreements'][number]
  }

  type Entry = { readonly statement: { readonly reason?: string; readonly quality?: readonly { readonly measure: string }[] } }
  const entries = (kind: string): Promise<Entry[]> =>
    until(async () => {
      const found = await query<Entry>(house().database, 'SELECT statement::json AS statement FROM logged WHERE kind = $1 ORDER BY index', [
        kind
      ])
      return found.length === 0 ? null : found
    })

  it('what keeps its promises leaves, and the statement says so', async () => {
    const { quality, dataset } = await send(ward('a', 6), 'ready')
    expect(quality?.shortfalls).to.deep.equal([])
    expect(quality?.figures).to.deep.include({ validity: 1, duplicates: 0, references: 1 })
    const [row] = await query<{ quality: unknown }>(
      house().database,
      "SELECT statement::json->'quality' AS quality FROM disclosure WHERE id = $1",
      [dataset]
    )
    expect(row?.quality).to.deep.equal([])
  })

  it('warn: references that lead nowhere and missing codes are told of in the view and in the statement, to three places', async () => {
    const lost = ward('b', 6).map((line) =>
      line['resourceType'] === 'Condition' ? { ...line, code: undefined, encounter: { reference: 'Encounter/never-sent' } } : line
    )
    const { quality, dataset } = await send(lost, 'ready')
    expect(quality?.shortfalls.map(({ measure }) => measure)).to.deep.equal(['completeness', 'references'])
    const [row] = await query<{ quality: readonly object[] }>(
      house().database,
      "SELECT statement::json->'quality' AS quality FROM disclosure WHERE id = $1",
      [dataset]
    )
    expect(row?.quality.map((one) => ({ ...one, submission: '' }))).to.deep.equal([
      { submission: '', measure: 'completeness', of: 'Condition.code', figure: 0, limit: 0.9, below: 'warn' },
      { submission: '', measure: 'references', of: null, figure: 0.5, limit: 0.9, below: 'warn' }
    ])
  })

  it('hold: every record sent twice waits for an officer, who may release it', async () => {
    const { quality, dataset } = await send([...ward('c', 6), ...ward('c', 6)], 'held')
    expect(quality?.figures['duplicates']).to.equal(0.5)
    const [entry] = await entries('dataset-held')
    expect(entry?.statement.reason).to.equal('below-quality')
    expect(entry?.statement.quality?.map(({ measure }) => measure)).to.deep.equal(['duplicates'])
    const list = await officer(house().site, ['hold', 'list'])
    expect(list.out).to.include('duplicates: 50 %, promised 20 %; an officer decides.')
    const word = ['--officer', 'Privacy Office', '--reason', 'known copies']
    expect((await officer(house().site, ['hold', 'release', dataset, ...word])).code).to.equal(0)
    const { gateway, site } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const [{ submission } = { submission: '' }] = await query<{ submission: string }>(
      house().database,
      'SELECT submission FROM quality WHERE disclosure = $1',
      [dataset]
    )
    expect((await hospital.ended(submission, ['ready'])).agreements[0]?.state).to.equal('ready')
  })

  it('refuse: of half that does not validate nothing leaves, with an entry that says why', async () => {
    const { quality, withheld } = await send(
      [...ward('d', 3), ...Array.from({ length: 6 }, () => '{"resourceType":"Patient","gender":7}')],
      'refused'
    )
    expect(quality?.figures['validity']).to.equal(0.5)
    expect(withheld).to.deep.equal({ 'below-quality': 6 })
    const [entry] = await entries('dataset-refused')
    expect(entry?.statement).to.deep.include({ reason: 'below-quality' })
    expect(entry?.statement.quality?.map(({ measure }) => measure)).to.deep.equal(['validity'])
  })

  it('of a submission whose every record is rejected the figure is 0', async () => {
    const { quality } = await send(['{"resourceType":"Patient","gender":7}'], 'empty')
    expect(quality?.figures['validity']).to.equal(0)
  })

  it('sallyport quality shows the figures, the promises and the trend, and no value of a record', async () => {
    const { out } = await officer(house().site, ['quality', '--agreement', AGREEMENT])
    expect(out)
      .to.match(/demo-safe-harbor: 5 submissions/)
      .and.match(/validity .* 0\.0 % ↓ {2}█{3}▅▁ {2}at least 90\.0 %/)
      .and.match(/! validity: 0 %, promised 90 %; nothing leaves\./)
    const json = JSON.parse((await officer(house().site, ['quality', '--json'])).out) as { acceptedBy: string | null }[]
    expect(json.map(({ acceptedBy }) => acceptedBy)).to.deep.equal([null, null, 'Privacy Office', null, null])
    expect(out).not.to.include(String(patient('x')['birthDate']))
    expect((await officer(house().site, ['quality', '--last', '0'])).code).not.to.equal(0)
    expect((await officer(house().site, ['quality', '--agreement', "x' OR 1=1"])).out).to.equal('No submission was judged yet.\n')
    expect(await faultsOf(house().database)).to.deep.equal([])
  })

  it('of a dataset that is cut again no figure is kept or told: it would count the patient who said no', async () => {
    const { gateway, site, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const lines = ward('e', 6).map((line) =>
      line['id'] === 'e0-c0' ? { ...line, encounter: { reference: 'Encounter/never-sent' } } : line
    )
    const sent = await hospital.send({ 'data.ndjson': ndjson(lines) })
    await hospital.ended(sent, ['ready'])
    expect((await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'e0'])).code).to.equal(0)
    const [, recut] = ((await hospital.ended(sent, ['withdrawn', 'ready'])) as Judged).agreements
    expect([recut?.state, recut?.quality]).to.deep.equal(['ready', null])
    const rows = await query(
      database,
      "SELECT FROM disclosure d WHERE d.id = $1 AND (d.statement::jsonb ? 'quality' OR EXISTS (SELECT FROM quality q WHERE q.disclosure = d.id))",
      [recut?.dataset]
    )
    expect(rows).to.deep.equal([])
  })
})
