/**
 * Who is told what of a dispute, over HTTP at a real gateway: the source what is frozen and where a replay differed, the recipient its statement, whether it was the
 * same and the outcome; of a dataset that never came to it, nothing. Neither reads an officer's words.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { AT_ONCE, signingKey, tokenFor, until } from '../support/gateway.ts'
import { faultsOf, officer, query, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { condition, ndjson, patient, ward } from '../support/records.ts'

const AGREEMENT = 'demo-safe-harbor'
const REASON = 'Zqxv-reason'
const OFFICER = 'Zqxv-officer'
const WORD = ['--officer', OFFICER, '--reason', REASON]
const UNKNOWN = '00000000-0000-4000-8000-000000000000'
const DAY_MS = 86_400_000
/** What tells of records that did not leave. */
const KEPT_BACK = /optedOut|opted-out|category-|completeness|"inputs"|nodeWas/

interface View {
  readonly id: string
  readonly recipient: string | null
  readonly state: string
  readonly late: string | null
  readonly openedAt: string
  readonly answerBy: string
  readonly decideBy: string
  readonly outcome: string | null
  readonly frozen: {
    readonly counts: Record<string, unknown>
    readonly inputs: object[]
    readonly quality: object
    readonly statement: object
  }
  readonly result: { readonly same: boolean; readonly differences: { readonly what: string }[] } | null
  readonly statements: readonly { readonly party: string; readonly text: string }[]
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly location: string | null
}

const viewIn = ({ text }: Answer): View => JSON.parse(text) as View

describe('what each side is told of a dispute', function () {
  this.timeout(180_000)
  const house = useGateway({
    'demo-transport-only': null,
    [AGREEMENT]: {
      ...AT_ONCE,
      k: 2,
      suppressionLimit: 0.5,
      quality: { completeness: { 'Patient.birthDate': { min: 0.1, below: 'warn' } } },
      dispute: { contact: 'Test Office', days: 10 }
    }
  })
  // two of a category that is not granted, and one who said no before: both below the floor
  const hiv = ['w1', 'w2'].map((id) => ({
    ...condition(`${id}-hiv`, id),
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20' }] }
  }))
  const body = ndjson([...ward('w', 8), ...ward('out', 1), ...hiv])
  let sent = ''
  let dataset = ''
  let dispute = ''

  async function ask(party: string, method: 'GET' | 'POST', path: string, said?: object): Promise<Answer> {
    const { gateway, site } = house()
    const scope = path.startsWith('/fhir') ? 'system/AuditEvent.rs' : 'sallyport/agreements'
    const authorization = `Bearer ${await tokenFor(gateway.url, site, party, scope)}`
    const answer = await fetch(`${gateway.url}${path}`, {
      method,
      headers: { authorization, ...(said === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(said === undefined ? {} : { body: JSON.stringify(said) })
    })
    return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') }
  }

  const desk = (...words: string[]): ReturnType<typeof officer> => officer(house().site, words)

  async function release(lines: string): Promise<{ state: string; dataset: string }> {
    const hospital = new Party(house().gateway, house().site, 'demo-hospital')
    const [disclosure] = (await hospital.ended(await hospital.send({ 'data.ndjson': lines }))).agreements
    return { state: disclosure?.state ?? '', dataset: disclosure?.dataset ?? '' }
  }

  async function optOut(id: string): Promise<void> {
    const ran = await desk('consent', 'opt-out', '--party', 'demo-hospital', '--patient', id)
    expect(ran.code, ran.err).to.equal(0)
  }

  /** What a party's own AuditEvents say of disputes, once every entry has its place. */
  async function entriesOf(party: string, about: string): Promise<{ kinds: string[]; text: string }> {
    await until(async () => {
      const [row] = await query<{ n: string }>(house().database, "SELECT count(*) AS n FROM outbox WHERE kind LIKE 'dispute-%'")
      return Number(row?.n) === 0 ? true : null
    })
    const { status, text } = await ask(party, 'GET', '/fhir/AuditEvent?_count=500&_sort=date')
    expect(status, text).to.equal(200)
    type Event = { readonly meta: { readonly tag: readonly { readonly code: string }[] } }
    const all = ((JSON.parse(text) as { entry?: { resource: Event }[] }).entry ?? []).map(({ resource }) => resource)
    const own = all.filter((event) => event.meta.tag[0]?.code.startsWith('dispute-') && JSON.stringify(event).includes(about))
    return { kinds: own.map(({ meta }) => meta.tag[0]?.code ?? ''), text: JSON.stringify(own) }
  }

  before(async () => {
    await optOut('out0')
    const { state, dataset: id } = await release(body)
    expect(state).to.equal('ready')
    dataset = id
    sent = join(house().site.folder, 'data.sent')
    writeFileSync(sent, body)
  })

  it('the recipient opens one: it sees its statement and no count that the statement keeps from it; days are those of the agreement', async () => {
    const opened = await ask('demo-insurer', 'POST', '/disputes', { dataset, about: 'count', text: 'We counted fewer.' })
    expect(opened.status, opened.text).to.equal(201)
    const view = viewIn(opened)
    dispute = view.id
    expect(opened.location).to.match(new RegExp(`/disputes/${dispute}$`))
    expect(Object.keys(view.frozen)).to.have.members(['v', 'dataset', 'policy', 'profile', 'statement'])
    const [row] = await query<{ statement: string }>(house().database, 'SELECT statement FROM disclosure WHERE id = $1', [dataset])
    expect(view.frozen.statement).to.deep.equal(JSON.parse(row?.statement ?? ''))
    expect(view).to.include({ state: 'open', recipient: 'demo-insurer', late: null })
    expect([Date.parse(view.answerBy), Date.parse(view.decideBy)].map((at) => at - Date.parse(view.openedAt))).to.deep.equal([
      10 * DAY_MS,
      20 * DAY_MS
    ])
    for (const { text } of [
      opened,
      await ask('demo-insurer', 'GET', `/disputes/${dispute}`),
      await ask('demo-insurer', 'GET', '/disputes')
    ])
      expect(text).to.include(dispute).and.not.match(KEPT_BACK)
  })

  it('the source sees all that is frozen, and answers; both read what was said', async () => {
    const { frozen } = viewIn(await ask('demo-hospital', 'GET', `/disputes/${dispute}`))
    expect(frozen.counts).to.deep.include({ optedOut: 1, withheld: { 'opted-out': 2, 'not-releasable': 2 } })
    expect(frozen.inputs).to.have.length(1)
    expect(Object.keys(frozen.quality)).to.have.length(1)
    const said = await ask('demo-hospital', 'POST', `/disputes/${dispute}/statements`, { text: 'We sent what we sent.' })
    expect([said.status, viewIn(said).state]).to.deep.equal([201, 'answered'])
    const read = await ask('demo-insurer', 'GET', `/disputes/${dispute}`)
    expect(viewIn(read).statements.map(({ party, text }) => `${party}: ${text}`)).to.deep.equal([
      'demo-insurer: We counted fewer.',
      'demo-hospital: We sent what we sent.'
    ])
    expect(read.text).to.not.match(KEPT_BACK)
  })

  it('what is none of theirs is answered as what is not there', async () => {
    const other = await ask('demo-research', 'GET', `/disputes/${dispute}`)
    const none = await ask('demo-research', 'GET', `/disputes/${UNKNOWN}`)
    expect([other.status, other.text]).to.deep.equal([404, none.text])
    const order = { about: 'count', text: 'x' }
    const contested = await ask('demo-research', 'POST', '/disputes', { dataset, ...order })
    expect([contested.status, contested.text]).to.deep.equal([
      404,
      (await ask('demo-research', 'POST', '/disputes', { dataset: UNKNOWN, ...order })).text
    ])
    expect((await ask('demo-research', 'POST', `/disputes/${dispute}/statements`, { text: 'x' })).status).to.equal(404)
    expect((await ask('demo-research', 'GET', '/disputes')).text).to.equal('{"disputes":[]}')
  })

  it('a dataset of which few of a category and few who said no were kept back replays the same', async () => {
    const ran = await desk('dispute', 'replay', dispute, sent, ...WORD)
    expect(ran.code, `${ran.out}${ran.err}`).to.equal(0)
    expect(viewIn(await ask('demo-insurer', 'GET', `/disputes/${dispute}`)).result).to.deep.equal({ same: true })
    expect(viewIn(await ask('demo-hospital', 'GET', `/disputes/${dispute}`)).result).to.deep.include({ same: true, differences: [] })
  })

  it('where it differs since, the source reads how; the recipient and its entries say that it does, and no more', async () => {
    await optOut('w3')
    expect((await desk('dispute', 'replay', dispute, sent, ...WORD)).code).to.equal(1)
    const found = viewIn(await ask('demo-hospital', 'GET', `/disputes/${dispute}`)).result?.differences.map(({ what }) => what)
    expect(found).to.include.members(['withheld opted-out', 'released'])
    expect(viewIn(await ask('demo-insurer', 'GET', `/disputes/${dispute}`)).result).to.deep.equal({ same: false })
  })

  it("closed: both read the outcome, neither an officer's name, account or reason; officers have them in an entry of their own", async () => {
    expect((await desk('dispute', 'close', dispute, '--outcome', 'rejected', ...WORD)).code).to.equal(0)
    for (const party of ['demo-insurer', 'demo-hospital']) {
      const view = await ask(party, 'GET', `/disputes/${dispute}`)
      expect(viewIn(view)).to.include({ state: 'closed', outcome: 'rejected' })
      const { kinds, text } = await entriesOf(party, dispute)
      expect(kinds).to.deep.equal(['dispute-opened', 'dispute-statement', 'dispute-replayed', 'dispute-replayed', 'dispute-closed'])
      expect(text)
        .to.include('"valueString":"yes"')
        .and.not.match(KEPT_BACK)
        .and.not.match(/Zqxv|"account"|"differences"|"result"/)
    }
    const told = await query<{ kind: string; statement: string }>(
      house().database,
      "SELECT kind, statement FROM logged WHERE kind = 'dispute-reason' ORDER BY index"
    )
    expect(told.map(({ statement }) => (JSON.parse(statement) as { of: string; reason: string }).of)).to.deep.equal([
      'dispute-replayed',
      'dispute-replayed',
      'dispute-closed'
    ])
    for (const { statement } of told) expect(statement).to.include(REASON).and.include(OFFICER)
  })

  it('of a dataset withdrawn before anybody fetched it, and of one that is held, the recipient learns nothing by a dispute', async () => {
    // by the opt-out above, while nobody had fetched it
    const [row] = await query<{ state: string }>(house().database, 'SELECT state FROM disclosure WHERE id = $1', [dataset])
    expect(row?.state).to.equal('withdrawn')
    const rare = await release(ndjson(['1931', '1941', '1951'].map((year) => patient(`rare${year}`, { birthDate: `${year}-01-01` }))))
    expect(rare.state).to.equal('held')
    const before = (await ask('demo-insurer', 'GET', '/disputes')).text
    for (const contested of [dataset, rare.dataset]) {
      const order = { dataset: contested, about: 'quality', text: 'Zqxv' }
      const refused = await ask('demo-insurer', 'POST', '/disputes', order)
      const unknown = await ask('demo-insurer', 'POST', '/disputes', { ...order, dataset: UNKNOWN })
      expect([refused.status, refused.text]).to.deep.equal([404, unknown.text])
      const opened = await ask('demo-hospital', 'POST', '/disputes', order)
      expect(opened.status, opened.text).to.equal(201)
      const { id, recipient, answerBy, decideBy } = viewIn(opened)
      expect([recipient, answerBy], 'nobody is there to answer').to.deep.equal([null, decideBy])
      const more = await ask('demo-hospital', 'POST', `/disputes/${id}/statements`, { text: 'Zqxv' })
      expect([more.status, viewIn(more).state]).to.deep.equal([201, 'open'])
      expect((await desk('dispute', 'close', id, '--outcome', 'settled', ...WORD)).code).to.equal(0)
      expect((await ask('demo-insurer', 'GET', `/disputes/${id}`)).text).to.equal(
        (await ask('demo-insurer', 'GET', `/disputes/${UNKNOWN}`)).text
      )
      expect((await ask('demo-insurer', 'POST', `/disputes/${id}/statements`, { text: 'x' })).status).to.equal(404)
      expect((await entriesOf('demo-insurer', id)).kinds).to.deep.equal([])
      expect((await entriesOf('demo-hospital', id)).kinds).to.deep.equal(['dispute-opened', 'dispute-statement', 'dispute-closed'])
    }
    expect((await ask('demo-insurer', 'GET', '/disputes')).text).to.equal(before)
  })

  it('what a party writes is printed without a control or a mark of direction, and kept as it was written', async () => {
    const other = await release(ndjson(ward('y', 4)))
    const text = 'Zqxv\n\u001b[1A\u009b\u202e forged'
    const { id } = viewIn(await ask('demo-insurer', 'POST', '/disputes', { dataset: other.dataset, about: 'disclosure', text }))
    const { out } = await desk('dispute', 'show', id)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those that move a cursor
    expect(out).to.not.match(/[\u0000-\u0009\u000b-\u001f\u007f-\uffff]/)
    expect((JSON.parse(out) as View).statements[0]?.text).to.equal(text)
  })

  it('the command for tokens gives one for agreements and disputes', async () => {
    const { gateway, site } = house()
    const named = ['--server', gateway.url, '--party', 'demo-insurer', '--key', signingKey(site, 'demo-insurer')]
    const { out, err } = await desk('token', ...named, '--for', 'agreements')
    const answer = await fetch(`${gateway.url}/disputes`, { headers: { authorization: `Bearer ${out.trim()}` } })
    expect([answer.status, err]).to.deep.equal([200, ''])
  })

  it('each party has room of its own: whoever says all it may leaves the other its answer', async () => {
    const other = await release(ndjson(ward('room', 4)))
    const { id } = viewIn(await ask('demo-insurer', 'POST', '/disputes', { dataset: other.dataset, about: 'disclosure', text: 'First.' }))
    const said = async (party: string): Promise<number> =>
      (await ask(party, 'POST', `/disputes/${id}/statements`, { text: 'Once more.' })).status
    const answers: number[] = []
    while ((answers.at(-1) ?? 0) < 400 && answers.length < 30) answers.push(await said('demo-insurer'))
    expect([answers.length, answers.at(-1)], 'no more room').to.deep.equal([25, 413])
    expect(await said('demo-hospital')).to.be.lessThan(300)
  })

  it('what is late says so; after the day of the decision nothing more is said', async () => {
    const other = await release(ndjson(ward('z', 4)))
    const { id } = viewIn(await ask('demo-insurer', 'POST', '/disputes', { dataset: other.dataset, about: 'disclosure', text: 'x' }))
    const late = async (column: 'answer_by' | 'decide_by'): Promise<string | null> => {
      await query(house().database, `UPDATE dispute SET ${column} = now() - interval '1 minute' WHERE id = $1`, [id])
      const listed = JSON.parse((await ask('demo-hospital', 'GET', '/disputes')).text) as { disputes: View[] }
      const view = viewIn(await ask('demo-insurer', 'GET', `/disputes/${id}`))
      expect(listed.disputes.find((one) => one.id === id)?.late).to.equal(view.late)
      return view.late
    }
    expect(await late('answer_by')).to.equal('answer')
    expect(await late('decide_by')).to.equal('decision')
    const said = await ask('demo-hospital', 'POST', `/disputes/${id}/statements`, { text: 'x' })
    expect([said.status, said.text.includes('dispute-overdue')]).to.deep.equal([409, true])
    expect(await faultsOf(house().database)).to.deep.equal([])
  })
})
