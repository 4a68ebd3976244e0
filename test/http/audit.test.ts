/** FHIR AuditEvent search over HTTP and a real log: each party sees what concerns it and nothing else, page after page, however it asks. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { subjectMac } from '../../gateway/exchange/accounting/subject-rows.ts'
import { openAuditEvents } from '../../gateway/exchange/audit/audit-search.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { balpFaults } from '../support/balp.ts'
import { query } from '../support/house.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { useLog } from '../support/logged.ts'

interface Event {
  readonly id: string
  readonly recorded: string
  readonly meta: { readonly tag: readonly { readonly code: string }[]; readonly profile?: readonly string[] }
}

interface Bundle {
  readonly resourceType: string
  readonly total?: number
  readonly link: readonly { readonly relation: string; readonly url: string }[]
  readonly entry?: readonly { readonly resource: Event }[]
  readonly issue?: readonly { readonly details: { readonly coding: readonly { readonly code: string }[] } }[]
}

const DATASET = randomUUID()
const PATIENT = 'invented-patient-77'
const READS = ['system/AuditEvent.rs']

describe('http: AuditEvent search', () => {
  const log = useLog()
  const opened: { gateway: HttpGateway | null } = { gateway: null }
  const clock = { now: new Date('2026-03-01T00:00:00Z') }
  const gateway = (): HttpGateway => opened.gateway as HttpGateway

  before(async function () {
    this.timeout(60_000)
    const { pool, ring, add, place } = log()
    const house = { pool, ring, now: () => clock.now, policies: { parties: new Map() } }
    opened.gateway = await startHttpGateway({ auditEvents: openAuditEvents(house as unknown as Parameters<typeof openAuditEvents>[0]) })
    const ours = { source: 'demo-hospital', recipient: 'demo-insurer', agreement: 'sealed-one' }
    await add('dataset-released', '2026-01-10T00:00:00Z', { ...ours, dataset: DATASET, purposeOfUse: 'HOUTCOMS' })
    for (let n = 0; n < 7; n++)
      await add('file-delivered', `2026-01-1${n + 1}T00:00:00Z`, { ...ours, dataset: DATASET, shard: `Patient.${n}` })
    await add('dataset-acknowledged', '2026-01-20T00:00:00Z', { ...ours, dataset: DATASET })
    const theirs = { source: 'other-hospital', recipient: 'other-insurer', agreement: 'theirs' }
    const other = randomUUID()
    for (let n = 0; n < 9; n++) await add('dataset-released', '2026-01-12T00:00:00Z', { ...theirs, dataset: other })
    await add('hold-released', '2026-01-13T00:00:00Z', { dataset: DATASET, officer: 'Test Privacy Office', reason: 'a test' })
    await add('gateway-started', '2026-01-14T00:00:00Z', { run: 'a' })
    await add('export-refused', '2026-01-15T00:00:00Z', { party: 'demo-insurer', reason: 'agreement-expired' })
    await place()
    await keepSubject()
  })
  after(async () => {
    await opened.gateway?.stop()
  })

  /** A row that says the dataset holds records of an invented patient; what it says is for the accounting to open. */
  async function keepSubject(): Promise<void> {
    const mac = subjectMac(log().ring, { party: 'demo-hospital', base: '', type: 'Patient', id: PATIENT })
    const { url } = log()
    await query(url, "INSERT INTO policy (hash, kind, body) VALUES ('p', 'agreement', '{}')")
    await query(
      url,
      `INSERT INTO disclosure (id, agreement, agreement_hash, profile_hash, recipient, source, state, due_at, sealed_key, fetched_at)
       VALUES ($1, 'sealed-one', 'p', 'p', 'demo-insurer', 'demo-hospital', 'ready', now(), '', now())`,
      [DATASET]
    )
    await query(url, "INSERT INTO subject_key (party, year, mac, sealed) VALUES ('demo-hospital', 2026, $1, '')", [mac])
    await query(url, "INSERT INTO subject_row (disclosure, position, subject, sealed) SELECT $1, 0, id, '' FROM subject_key", [DATASET])
  }

  async function ask(party: string, path: string, form?: Record<string, string>): Promise<{ status: number; body: Bundle; text: string }> {
    const authorization = `Bearer ${await gateway().token(party, READS)}`
    const url = path.startsWith('http') ? path : `${gateway().url}/fhir/AuditEvent${path}`
    const posted = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(url, { headers: { authorization }, ...posted })
    const text = await response.text()
    return { status: response.status, body: JSON.parse(text) as Bundle, text }
  }

  const eventsOf = ({ body }: { body: Bundle }): Event[] => (body.entry ?? []).map(({ resource }) => resource)
  const kindsOf = (answer: { body: Bundle }): (string | undefined)[] => eventsOf(answer).map(({ meta }) => meta.tag[0]?.code)
  const codeOf = ({ body }: { body: Bundle }): string | undefined => body.issue?.[0]?.details.coding[0]?.code
  const nextOf = ({ body }: { body: Bundle }): string | undefined => body.link.find(({ relation }) => relation === 'next')?.url
  const WITHOUT_READS = 'type=110106,110107,110113,rest&date=lt2026-02-01'

  it('a party sees the entries that concern it: not those of others, of officers or of the house', async () => {
    const insurer = await ask('demo-insurer', `?${WITHOUT_READS}`)
    expect(insurer.status, insurer.text).to.equal(200)
    expect(kindsOf(insurer).sort()).to.deep.equal([
      'dataset-acknowledged',
      'dataset-released',
      'export-refused',
      ...Array(7).fill('file-delivered')
    ])
    const hospital = await ask('demo-hospital', `?${WITHOUT_READS}`)
    expect(kindsOf(hospital)).to.have.length(9).and.not.include('export-refused')
    for (const { text } of [insurer, hospital]) expect(text).not.to.match(/other-hospital|other-insurer|theirs|Test Privacy Office|"total"/)
    expect(kindsOf(await ask('other-insurer', `?${WITHOUT_READS}`))).to.deep.equal(Array(9).fill('dataset-released'))
  })

  it('every event is valid R4 and true to the BALP profile it claims, and so is the Bundle; none names a patient', async () => {
    const answer = await ask('demo-insurer', '')
    expect(validateResource(answer.body), JSON.stringify(validateResource.errors)).to.equal(true)
    for (const event of eventsOf(answer)) expect(balpFaults(event as unknown as Record<string, unknown>)).to.deep.equal([])
    expect(answer.text).not.to.match(/urn:sallyport:patient|"Patient\//)
  })

  /** Every event from this answer on; `meanwhile` happens after the first page. */
  async function followed(first: Awaited<ReturnType<typeof ask>>, meanwhile: () => Promise<void>): Promise<Event[]> {
    const found = eventsOf(first)
    await meanwhile()
    for (let next = nextOf(first); next !== undefined; ) {
      const answer = await ask('demo-insurer', next)
      expect(answer.status, answer.text).to.equal(200)
      found.push(...eventsOf(answer))
      next = nextOf(answer)
    }
    return found
  }

  it('pages follow one another without gap or repetition in either order, over the log as it stood, and other parties cannot follow', async () => {
    for (const [sort, expected] of [
      ['date', 10],
      ['-date', 11]
    ] as const) {
      const first = await ask('demo-insurer', `?_count=3&_sort=${sort}&${WITHOUT_READS}`)
      const found = await followed(first, async () => {
        await log().add('export-refused', '2026-01-21T00:00:00Z', { party: 'demo-insurer', reason: 'late' })
        await log().place()
      })
      const times = found.map(({ recorded }) => recorded)
      expect(times).to.deep.equal(sort === 'date' ? times.toSorted() : times.toSorted().reverse())
      expect(new Set(found.map(({ id }) => id)).size).to.equal(found.length)
      expect(found, 'those that came meanwhile are of the next search').to.have.length(expected)
      const stolen = await ask('demo-hospital', nextOf(first) ?? '')
      expect([stolen.status, codeOf(stolen)]).to.deep.equal([400, 'bad-request'])
    }
  })

  it('a cursor that is altered, cut, long, joined by parameters or of nobody is refused', async () => {
    const cursor = new URL(nextOf(await ask('demo-insurer', '?_count=1')) ?? '').searchParams.get('_cursor') ?? ''
    for (const text of [
      cursor.slice(2),
      cursor.slice(0, -4),
      `${cursor.slice(0, -5)}AAAAA`,
      'x',
      '',
      'A'.repeat(5000),
      '%00',
      "' OR 1=1"
    ]) {
      const answer = await ask('demo-insurer', `?_cursor=${encodeURIComponent(text)}`)
      expect([answer.status, codeOf(answer)], text.slice(0, 20)).to.deep.equal([400, 'bad-request'])
    }
    expect((await ask('demo-insurer', `?_cursor=${cursor}&_count=500`)).status).to.equal(400)
    expect((await ask('demo-insurer', `?_cursor=${cursor}&_cursor=${cursor}`)).status).to.equal(400)
  })

  it('a cursor is good for an hour: its pages make no entry of their own', async () => {
    const first = await ask('demo-insurer', '?_count=1')
    const began = clock.now
    clock.now = new Date(began.getTime() + 59 * 60_000)
    expect((await ask('demo-insurer', nextOf(first) ?? '')).status).to.equal(200)
    clock.now = new Date(began.getTime() + 61 * 60_000)
    const late = await ask('demo-insurer', nextOf(first) ?? '')
    clock.now = began
    expect([late.status, codeOf(late)]).to.deep.equal([400, 'bad-request'])
  })

  it('date, type, subtype, action, outcome, agent, entity and _id narrow it', async () => {
    const narrowed = async (text: string): Promise<(string | undefined)[]> =>
      kindsOf(await ask('demo-insurer', `?date=lt2026-01-21&${text}`))
    expect(await narrowed('date=ge2026-01-20')).to.deep.equal(['dataset-acknowledged'])
    expect(await narrowed('type=http://dicom.nema.org/resources/ontology/DCM|110106')).to.deep.equal(['dataset-released'])
    expect(await narrowed('subtype=disclose&action=C')).to.deep.equal(['dataset-acknowledged'])
    expect(await narrowed('outcome=8')).to.deep.equal(['export-refused'])
    expect(await narrowed('outcome=12')).to.deep.equal([])
    expect(await narrowed('agent=Organization/demo-hospital')).to.have.length(9)
    expect(await narrowed('agent=other-insurer')).to.deep.equal([])
    expect(await narrowed(`entity=${DATASET}`)).to.have.length(9)
    expect(await narrowed(`entity=${randomUUID()}`)).to.deep.equal([])
    expect(await narrowed('_id=entry-0')).to.deep.equal(['dataset-released'])
    expect(await narrowed('_id=entry-9'), 'of others').to.deep.equal([])
    expect(await narrowed('_id=entry-99999999999999')).to.deep.equal([])
  })

  it('_summary=count counts the own entries only', async () => {
    const answer = await ask('demo-insurer', `?_summary=count&date=lt2026-01-21`)
    expect([answer.body.total, answer.body.entry, nextOf(answer)]).to.deep.equal([10, undefined, undefined])
  })

  it('one event is read by its id; that of others is not there', async () => {
    const read = await ask('demo-insurer', '/entry-0')
    expect([read.status, (read.body as unknown as Event).id]).to.deep.equal([200, 'entry-0'])
    for (const id of ['entry-9', 'entry-18', 'entry-99999999999999', 'entry-x', '0', "entry-0'--"]) {
      const answer = await ask('demo-insurer', `/${encodeURIComponent(id)}`)
      expect([answer.status, codeOf(answer)], id).to.deep.equal([404, 'not-found'])
    }
  })

  it('no PHI in URLs: a patient in an address is refused; by POST _search the source gets what was disclosed of the patient, and no link names it', async () => {
    for (const text of [`patient=${PATIENT}`, `entity=Patient/${PATIENT}`])
      expect(codeOf(await ask('demo-hospital', `?${text}`))).to.equal('patient-in-address')
    expect(codeOf(await ask('demo-hospital', `/_search?patient=${PATIENT}`, {}))).to.equal('patient-in-address')
    const found = await ask('demo-hospital', '/_search', { patient: `Patient/${PATIENT}`, _count: '4' })
    expect(found.status, found.text).to.equal(200)
    const all = [...eventsOf(found)]
    for (let next = nextOf(found); next !== undefined; ) {
      expect(next).not.to.contain(PATIENT)
      const page = await ask('demo-hospital', next)
      all.push(...eventsOf(page))
      next = nextOf(page)
    }
    expect(JSON.stringify(found.body.link)).not.to.contain(PATIENT)
    expect(all.map(({ meta }) => meta.profile?.[0]?.split('BasicAudit.')[1])).to.deep.equal([
      'PrivacyDisclosure.Recipient',
      ...Array(7).fill('PatientRead'),
      'PrivacyDisclosure.Source'
    ])
    for (const event of all) {
      expect(validateResource(event), JSON.stringify(validateResource.errors)).to.equal(true)
      expect(balpFaults(event as unknown as Record<string, unknown>)).to.deep.equal([])
      expect(JSON.stringify(event)).to.contain(PATIENT)
    }
  })

  it('a patient of whom nothing left, of another source, or asked for by a recipient: nothing is told', async () => {
    expect(eventsOf(await ask('demo-hospital', '/_search', { patient: 'nobody-1' }))).to.deep.equal([])
    expect(eventsOf(await ask('other-hospital', '/_search', { patient: PATIENT }))).to.deep.equal([])
    const recipient = await ask('demo-insurer', '/_search', { patient: PATIENT })
    expect([recipient.status, codeOf(recipient)]).to.deep.equal([403, 'scope-missing'])
  })

  it('each search is an entry, committed before its answer; it says what was asked, and never of which patient', async () => {
    const logged = async (): Promise<string[]> =>
      (await query<{ statement: string }>(log().url, "SELECT statement FROM outbox WHERE kind = 'log-read' ORDER BY id")).map(
        ({ statement }) => statement
      )
    await log().place()
    await ask('demo-hospital', '/_search', { patient: PATIENT, date: 'ge2026-01-01' })
    const told = await logged()
    expect(told).to.have.length(1)
    expect(JSON.parse(told[0] ?? '')).to.deep.include({
      kind: 'log-read',
      party: 'demo-hospital',
      asked: 'date=ge2026-01-01T00%3A00%3A00.000Z&patient=*'
    })
    const everything = await query<{ n: string }>(
      log().url,
      'SELECT count(*) AS n FROM (SELECT statement FROM log_body UNION ALL SELECT statement FROM outbox) s WHERE statement LIKE $1',
      [`%${PATIENT}%`]
    )
    expect(everything.map(({ n }) => Number(n))).to.deep.equal([0])
  })

  it('bad input at the door: forms of another type, too long, formats not offered, SQL-ish strings', async () => {
    const authorization = `Bearer ${await gateway().token('demo-hospital', READS)}`
    const url = `${gateway().url}/fhir/AuditEvent/_search`
    const json = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"patient":"1"}'
    })
    expect(json.status).to.equal(415)
    const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const long = await fetch(url, { method: 'POST', headers: form, body: `patient=${'x'.repeat(20_000)}` })
    expect(long.status).to.equal(413)
    expect((await ask('demo-hospital', '?_format=xml')).status).to.equal(406)
    for (const text of ["?agent=x'; DELETE FROM log_body; --", '?entity=%27%20OR%20%271%27%3D%271', '?type=%00', '?_id=entry-0);--']) {
      const { status, text: said } = await ask('demo-hospital', text)
      expect(status === 400 || said.includes('"searchset"'), text).to.equal(true)
      expect(said).not.to.match(/DELETE FROM|syntax error/)
    }
  })
})
