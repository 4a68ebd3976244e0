/**
 * The log of a real gateway is complete: each decision and effect is an entry, made once, that names its parties, policies and counts and never a person,
 * from the gateway's start to its end. (What happens when an entry cannot be kept: unrecorded.test.ts.)
 */
import { expect } from 'chai'
import { entriesIn } from '../support/entries.ts'
import { AT_ONCE, startProcess, until } from '../support/gateway.ts'
import { officer, query, useGateway } from '../support/house.ts'
import { exported, Party } from '../support/journey.ts'
import { ndjson, patient, ward } from '../support/records.ts'

const WORD = ['--officer', 'Test Privacy Office', '--reason', 'a test'] as const
const KICK_OFF = { prefer: 'respond-async', accept: 'application/fhir+json' }
/** What a hostile or careless sender puts wherever it may write. */
const PHI = ['Quillfeather', '1931-02-03', '987-65-4320', 'MRN0042977']
const WORDS = PHI.join('_')

describe('the log of a gateway is complete', function () {
  this.timeout(120_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null }, { SALLYPORT_CHECKPOINT_SECONDS: '0.2' })
  let hospital: Party
  let insurer: Party
  let url: string
  before(() => {
    url = house().database
    hospital = new Party(house().gateway, house().site, 'demo-hospital')
    insurer = new Party(house().gateway, house().site, 'demo-insurer')
  })

  it('the life of a dataset, from a token to a recall, is told step by step, with both parties, policies and counts', async () => {
    const lines = `${ndjson(ward('life', 12))}not json\n`
    const submission = await hospital.send({ 'data.ndjson': lines }, 'demo-safe-harbor')
    const [disclosure] = (await hospital.ended(submission, ['ready'])).agreements
    const dataset = disclosure?.dataset ?? ''
    const urls = await exported(insurer, 'demo-safe-harbor')
    for (const file of urls) expect((await insurer.ask('GET', file)).status).to.equal(200)
    for (const path of ['manifest', 'dictionary']) expect((await insurer.ask('GET', `/datasets/${dataset}/${path}`)).status).to.equal(200)
    expect((await insurer.ask('POST', `/datasets/${dataset}/acknowledgement`)).status).to.equal(204)
    expect((await officer(house().site, ['dataset', 'recall', dataset, ...WORD])).code).to.equal(0)
    expect((await insurer.ask('GET', `/datasets/${dataset}/manifest`)).status).to.equal(404)
    const entries = await until(async () => {
      const found = await entriesIn(url)
      return found.some(({ kind }) => kind === 'submission-destroyed') ? found : null
    })
    const expected: readonly (readonly [kind: string, members: Readonly<Record<string, unknown>>, readers: readonly string[]])[] = [
      ['gateway-started', { version: '0.1.0' }, []],
      ['token-granted', { party: 'demo-hospital', role: 'hospital', scopes: ['system/*.cu'] }, ['demo-hospital']],
      ['submission-opened', { submission, agreements: ['demo-safe-harbor'], rules: ['demo-safe-harbor@1/source'] }, ['demo-hospital']],
      ['records-rejected', { submission, received: 25, rejected: { 'not-json': 1 } }, ['demo-hospital']],
      ['submission-received', { submission, received: 25, rejected: { 'not-json': 1 } }, ['demo-hospital']],
      ['disclosure-permitted', { dataset, purposeOfUse: 'HOUTCOMS' }, ['demo-hospital']],
      ['dataset-released', { dataset, source: 'demo-hospital', recipient: 'demo-insurer' }, ['demo-hospital', 'demo-insurer']],
      ['submission-destroyed', { submission, party: 'demo-hospital', reason: 'served' }, ['demo-hospital']],
      ['export-permitted', { recipient: 'demo-insurer', rules: ['demo-safe-harbor@1/recipient'] }, ['demo-insurer']],
      ['file-delivered', { dataset, agreement: 'demo-safe-harbor' }, ['demo-hospital', 'demo-insurer']],
      ['dataset-acknowledged', { dataset }, ['demo-hospital', 'demo-insurer']],
      ['dataset-recalled', { dataset, officer: 'Test Privacy Office', reason: 'a test' }, ['demo-hospital']],
      ['request-refused', { party: 'demo-insurer', route: '/datasets/:id/manifest', reason: 'not-found' }, ['demo-insurer']]
    ]
    for (const [kind, members, readers] of expected) {
      const found = entries.filter((entry) => entry.kind === kind)
      const match = found.find((entry) =>
        Object.entries(members).every(([name, value]) => JSON.stringify(entry[name]) === JSON.stringify(value))
      )
      expect(match, `${kind}: ${JSON.stringify(found)}`).not.to.equal(undefined)
      expect(match?.readers, kind).to.deep.equal(readers)
      if ('dataset' in members && kind !== 'dataset-released') {
        expect(
          [match?.['policy'], match?.['profile']].every((hash) => /^sha256:[0-9a-f]{64}$/.test(String(hash))),
          kind
        ).to.equal(true)
      }
    }
    expect(entries.filter(({ kind }) => kind === 'file-delivered')).to.have.length(urls.length + 2)
    expect(entries.find(({ kind }) => kind === 'dataset-recalled')?.['account']).to.be.a('string').that.is.not.empty
  })

  it('agreements, profiles, parties and keys were told once, before the gateway started', async () => {
    const entries = await entriesIn(url)
    const started = entries.findIndex(({ kind }) => kind === 'gateway-started')
    expect(entries.findLastIndex(({ kind }) => kind === 'policy-changed' || kind === 'key-changed')).to.be.below(started)
    expect(entries.filter(({ kind }) => kind === 'key-changed')).to.have.length(5)
  })

  it('PHI that is written into every name, id, header and address is in no row of the log', async () => {
    const evil = encodeURIComponent(`${WORDS}.ndjson`)
    const headers = { 'idempotency-key': WORDS, 'x-request-id': WORDS, 'user-agent': WORDS, 'referer': `http://example.org/${WORDS}` }
    const id = await hospital.open('demo-safe-harbor')
    const record = { ...patient(PHI[3] ?? ''), name: [{ family: PHI[0] }], birthDate: PHI[1], identifier: [{ value: PHI[2] }] }
    const asks: readonly (() => Promise<unknown>)[] = [
      () => hospital.ask('POST', `/submissions?agreement=${WORDS}`, undefined, headers),
      () => hospital.put(id, evil, `${ndjson([record])}{"${WORDS}": 1}\n{"resourceType":"${PHI[0]}"}\n`, headers),
      () => hospital.ask('GET', `/submissions/${WORDS}`, undefined, headers),
      () => hospital.ask('PUT', `/submissions/${WORDS}/files/${evil}`, 'x', { ...headers, 'content-type': 'application/fhir+ndjson' }),
      () => insurer.ask('GET', `/fhir/Group/${WORDS}/$export`, undefined, { ...KICK_OFF, ...headers }),
      () => insurer.ask('GET', `/fhir/jobs/${WORDS}/files/${evil}`, undefined, headers),
      () => insurer.ask('GET', `/datasets/${WORDS}/manifest?patient=${WORDS}`, undefined, headers),
      () => insurer.ask('GET', `/fhir/Patient/${PHI[3]}?name=${PHI[0]}`, undefined, headers),
      () => fetch(`${house().gateway.url}/${WORDS}`, { headers: { ...headers, authorization: `Bearer ${WORDS}` } }),
      () =>
        fetch(`${house().gateway.url}/oauth/token`, {
          method: 'POST',
          headers,
          body: new URLSearchParams({ client_id: WORDS, scope: WORDS, client_assertion: WORDS, grant_type: WORDS })
        }),
      () => officer(house().site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', `Patient/${PHI[3]}`]),
      () => hospital.close(id)
    ]
    for (const ask of asks) await ask()
    await hospital.ended(id)
    const rows = await query<{ row: string }>(
      url,
      `SELECT o::text || convert_from(entry, 'UTF8') AS row FROM outbox o UNION ALL SELECT l::text || convert_from(entry, 'UTF8') FROM logged l
       UNION ALL SELECT r::text FROM refusal r UNION ALL SELECT p::text FROM loaded p UNION ALL SELECT g::text FROM gateway_run g`
    )
    expect(rows.length).to.be.above(30)
    for (const word of PHI)
      expect(
        rows.filter(({ row }) => row.includes(word)),
        word
      ).to.deep.equal([])
  })

  it('stopped as it was asked: the last entry says so, has its place and is covered by a checkpoint', async () => {
    expect(await house().gateway.stop()).to.equal(0)
    const [last] = await query<{ kind: string; statement: string; covered: boolean }>(
      url,
      'SELECT kind, statement, index < (SELECT max(size) FROM checkpoint) AS covered FROM logged ORDER BY index DESC LIMIT 1'
    )
    expect([last?.kind, last?.covered, JSON.parse(last?.statement ?? '{}').reason]).to.deep.equal(['gateway-stopped', true, 'asked'])
    expect(await query(url, 'SELECT 1 FROM outbox')).to.deep.equal([])
  })

  it('a fault nobody caught stops the gateway, and the log says so', async () => {
    const throwing = "data:text/javascript,process.on('SIGUSR2',()=>setImmediate(()=>{throw%20new%20TypeError('Quillfeather')}))"
    const gateway = await startProcess(house().site, { NODE_OPTIONS: `--import=${throwing}` })
    const ended = new Promise<number | null>((resolve) => gateway.child.once('close', resolve))
    gateway.child.kill('SIGUSR2')
    expect(await ended).to.equal(1)
    const ends = await entriesIn(url, 'gateway-stopped')
    expect(ends.at(-1)).to.deep.include({ reason: 'fault' })
    expect(gateway.log()).to.contain('TypeError').and.not.contain('Quillfeather')
  })
})
