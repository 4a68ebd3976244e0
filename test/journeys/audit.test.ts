/**
 * The log of a real gateway is complete: each decision and effect is an entry, made once, that names its parties, policies and counts and never a person. No
 * entry, no effect: where an entry cannot be kept (disk full, session ended, kill -9) nothing happens and nothing is answered but 503.
 */
import { expect } from 'chai'
import { type Entry, entriesIn, fillOutbox } from '../support/entries.ts'
import { AT_ONCE, type Process, startProcess, until } from '../support/gateway.ts'
import { addParty, faultsOf, officer, query, useGateway, writeAgreement } from '../support/house.ts'
import { type Answer, exported, Party } from '../support/journey.ts'
import { ndjson, patient, ward } from '../support/records.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const WORD = ['--officer', 'Test Privacy Office', '--reason', 'a test'] as const
const KICK_OFF = { prefer: 'respond-async', accept: 'application/fhir+json' }
/** What a hostile or careless sender puts wherever it may write. */
const PHI = ['Quillfeather', '1931-02-03', '987-65-4320', 'MRN0042977']
const WORDS = PHI.join('_')
const ENDED =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"

describe('the log of a gateway is complete', function () {
  this.timeout(120_000)
  const house = useGateway(
    { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null },
    { SALLYPORT_CHECKPOINT_SECONDS: '0.2' },
    (bare) => {
      const site = addParty(bare, 'other-insurer', 'insurer')
      writeAgreement(site, 'expired', { effective: '2020-01-01', expires: '2021-01-01' })
      writeAgreement(site, 'suspended', { status: 'suspended' })
      writeAgreement(site, 'strict', { ...AT_ONCE, belowK: ['suppress'], suppressionLimit: 0 })
      return site
    }
  )
  const kept: { gateway: Process | null; dataset: string; urls: string[] } = { gateway: null, dataset: '', urls: [] }
  let hospital: Party
  let insurer: Party
  let url: string

  function meet(gateway: Pick<Process, 'url'>): void {
    hospital = new Party(gateway, house().site, 'demo-hospital')
    insurer = new Party(gateway, house().site, 'demo-insurer')
  }
  before(async () => {
    url = house().database
    await prepareStops(url)
    meet(house().gateway)
  })
  after(() => kept.gateway?.stop())

  const about = (kind: string): Promise<readonly Entry[]> => entriesIn(url, kind)

  it('the life of a dataset, from a token to a recall, is told step by step, with both parties, policies and counts', async () => {
    const lines = `${ndjson(ward('life', 12))}not json\n`
    const submission = await hospital.send({ 'data.ndjson': lines }, 'demo-safe-harbor')
    const [disclosure] = (await hospital.ended(submission, ['ready'])).agreements
    const dataset = disclosure?.dataset ?? ''
    kept.dataset = dataset
    kept.urls = await exported(insurer, 'demo-safe-harbor')
    for (const file of kept.urls) expect((await insurer.ask('GET', file)).status).to.equal(200)
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
      ['disclosure-permitted', { dataset, purposeOfUse: 'HOUTCOMS' }, ['demo-hospital', 'demo-insurer']],
      ['dataset-released', { dataset, source: 'demo-hospital', recipient: 'demo-insurer' }, ['demo-hospital', 'demo-insurer']],
      ['submission-destroyed', { submission, party: 'demo-hospital', reason: 'served' }, ['demo-hospital']],
      ['export-permitted', { recipient: 'demo-insurer', rules: ['demo-safe-harbor@1/recipient'] }, ['demo-insurer']],
      ['file-delivered', { dataset, agreement: 'demo-safe-harbor' }, ['demo-hospital', 'demo-insurer']],
      ['dataset-acknowledged', { dataset }, ['demo-hospital', 'demo-insurer']],
      ['dataset-recalled', { dataset, officer: 'Test Privacy Office', reason: 'a test' }, ['demo-hospital', 'demo-insurer']],
      ['request-refused', { party: 'demo-insurer', route: '/datasets/:id/manifest', reason: 'not-found' }, ['demo-insurer']]
    ]
    for (const [kind, members, readers] of expected) {
      const found = entries.filter((entry) => entry.kind === kind)
      const match = found.find((entry) =>
        Object.entries(members).every(([name, value]) => JSON.stringify(entry[name]) === JSON.stringify(value))
      )
      expect(match, `${kind}: ${JSON.stringify(found)}`).not.to.equal(undefined)
      expect(match?.readers, kind).to.deep.equal(readers)
      if (readers.length === 2 && kind !== 'dataset-released') {
        expect(
          [match?.['policy'], match?.['profile']].every((hash) => /^sha256:[0-9a-f]{64}$/.test(String(hash))),
          kind
        ).to.equal(true)
      }
    }
    expect(entries.filter(({ kind }) => kind === 'file-delivered')).to.have.length(kept.urls.length + 2)
    expect(entries.find(({ kind }) => kind === 'dataset-recalled')?.['account']).to.be.a('string').that.is.not.empty
  })

  it('agreements, profiles, parties and keys were told once, before the gateway started', async () => {
    const entries = await entriesIn(url)
    const started = entries.findIndex(({ kind }) => kind === 'gateway-started')
    expect(entries.findLastIndex(({ kind }) => kind === 'policy-changed' || kind === 'key-changed')).to.be.below(started)
    expect(entries.filter(({ kind }) => kind === 'key-changed')).to.have.length(5)
  })

  it('what an officer looks at is told before it is shown; where it cannot be, it is not shown', async () => {
    for (const [words, what] of [
      [['dataset', 'list', '--json'], 'datasets'],
      [['hold', 'list', '--json'], 'holds'],
      [['consent', 'list', '--json'], 'opt-outs']
    ] as const) {
      const room = await fillOutbox(url, 'register-read')
      const failed = await officer(house().site, words)
      await room()
      expect([failed.code === 0, failed.out], failed.err).to.deep.equal([false, ''])
      expect((await officer(house().site, words)).code).to.equal(0)
      const read = (await about('register-read')).filter((entry) => entry['what'] === what)
      expect(read).to.have.length(1)
      expect(read[0]?.['account']).to.be.a('string').that.is.not.empty
    }
  })

  interface Act {
    readonly kind: string
    /** what is answered when its entry is kept */
    readonly status: number
    readonly act: () => Promise<Pick<Answer, 'status'>>
  }

  /** Refusals differ from round to round: the same within a minute would be counted. */
  async function acts(refused: 'expired' | 'suspended'): Promise<Act[]> {
    const open = await hospital.open('demo-safe-harbor')
    const [file = ''] = await withDataset()
    const keyed = { 'idempotency-key': `acts-${Date.now()}` }
    return [
      {
        kind: 'token-granted',
        status: 200,
        act: async () => ({ status: await new Party(current(), house().site, 'demo-insurer').token().then(() => 200, tokenFault) })
      },
      { kind: 'submission-opened', status: 201, act: () => hospital.ask('POST', '/submissions', undefined, keyed) },
      { kind: 'submission-refused', status: 403, act: () => hospital.ask('POST', `/submissions?agreement=${refused}`) },
      {
        kind: 'records-rejected',
        status: 202,
        act: () => hospital.put(open, 'data.ndjson', `${ndjson(ward('acts', 12))}not json\n`, keyed)
      },
      { kind: 'submission-received', status: 202, act: () => hospital.close(open) },
      { kind: 'export-permitted', status: 202, act: () => insurer.ask('GET', '/fhir/Group/demo-safe-harbor/$export', undefined, KICK_OFF) },
      { kind: 'export-refused', status: 403, act: () => insurer.ask('GET', `/fhir/Group/${refused}/$export`, undefined, KICK_OFF) },
      {
        kind: 'request-refused',
        status: 404,
        act: () => insurer.ask('GET', refused === 'expired' ? `/fhir/jobs/${open}` : `/datasets/${open}/dictionary`)
      },
      { kind: 'file-delivered', status: 200, act: () => insurer.ask('GET', file) },
      { kind: 'dataset-acknowledged', status: 204, act: () => insurer.ask('POST', `/datasets/${kept.dataset}/acknowledgement`) }
    ]
  }

  const current = (): Process => kept.gateway ?? house().gateway
  const tokenFault = (error: unknown): number => Number(/no token: (\d+)/.exec(String(error))?.[1] ?? 0)

  /** A dataset that is ready and not fetched yet; its files. */
  async function withDataset(): Promise<string[]> {
    const submission = await hospital.send({ 'data.ndjson': ndjson(ward(`with${Date.now()}-`, 12)) }, 'demo-safe-harbor')
    kept.dataset = (await hospital.ended(submission, ['ready'])).agreements[0]?.dataset ?? ''
    const urls = await exported(insurer, 'demo-safe-harbor')
    return urls.filter((file) => file.includes(kept.dataset))
  }

  it('a full disk at any door: 503 and no effect; with room again the same request is answered and told once', async () => {
    for (const { kind, status, act } of await acts('expired')) {
      const before = (await about(kind)).length
      const room = await fillOutbox(url, kind)
      const refused = await act()
      await room()
      expect([kind, refused.status]).to.deep.equal([kind, 503])
      expect((await about(kind)).length, kind).to.equal(before)
      expect([kind, (await act()).status]).to.deep.equal([kind, status])
      expect((await about(kind)).length, kind).to.equal(before + 1)
    }
  })

  it('a session ended in the middle of any entry: 503; the next try is told once', async () => {
    for (const { kind, status, act } of await acts('suspended')) {
      const before = (await about(kind)).length
      const stopped = await stopAt(url, { table: 'outbox', event: 'INSERT', when: `NEW.kind = '${kind}'` }, 'in the middle')
      const cut = act()
      try {
        await stopped.reached()
        await query(url, ENDED)
        expect([kind, (await cut).status]).to.deep.equal([kind, 503])
      } finally {
        await stopped.release()
      }
      expect((await about(kind)).length, kind).to.equal(before)
      const again = await until(async () => {
        const answer = await act()
        return answer.status === 503 ? null : answer
      })
      expect([kind, again.status]).to.deep.equal([kind, status])
      expect((await about(kind)).length, kind).to.equal(before + 1)
    }
  })

  it('a release waits until its permission and its record can be told, and nothing can be fetched before', async () => {
    for (const kind of ['disclosure-permitted', 'dataset-released']) {
      const room = await fillOutbox(url, kind)
      const submission = await hospital.send({ 'data.ndjson': ndjson(ward(`waits${kind.length}-`, 12)) }, 'demo-safe-harbor')
      await until(async () => (current().log().includes('"code":"storage-full"') ? true : null))
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const [waiting] = (await hospital.view(submission)).agreements
      expect(waiting?.state).to.equal(kind === 'dataset-released' ? 'recording' : 'waiting')
      expect((await insurer.ask('GET', `/datasets/${waiting?.dataset}/manifest`)).status).to.equal(404)
      await room()
      await query(url, 'UPDATE disclosure SET due_at = now() WHERE id = $1', [waiting?.dataset]) // it had been postponed by a minute
      await until(async () => ((await hospital.view(submission)).agreements[0]?.state === 'ready' ? true : null))
      expect((await about(kind)).filter((entry) => entry['dataset'] === waiting?.dataset)).to.have.length(1)
    }
  })

  it('an officer’s word that cannot be told changes nothing', async () => {
    const id = await hospital.send({ 'data.ndjson': ndjson([...ward('word', 5), patient('alone', { birthDate: '1931-01-01' })]) }, 'strict')
    const dataset = (await hospital.ended(id, ['held'])).agreements[0]?.dataset ?? ''
    const room = await fillOutbox(url, 'hold-refused', 'consent-changed')
    const commands = [
      ['hold', 'refuse', dataset, ...WORD],
      ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'Patient/nobody-at-all']
    ]
    for (const words of commands) expect((await officer(house().site, words)).code, words[0]).not.to.equal(0)
    await room()
    expect((await hospital.view(id)).agreements[0]?.state).to.equal('held')
    for (const words of commands) expect((await officer(house().site, words)).code, words[0]).to.equal(0)
    expect((await about('hold-refused')).filter((entry) => entry['dataset'] === dataset)).to.have.length(1)
    expect((await about('consent-changed')).map((entry) => entry['subjects'])).to.deep.equal([1])
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
      () => fetch(`${current().url}/${WORDS}`, { headers: { ...headers, authorization: `Bearer ${WORDS}` } }),
      () =>
        fetch(`${current().url}/oauth/token`, {
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

  it('kill -9 while a refusal or a file is being told: nothing was answered; after the restart it is answered and told', async () => {
    const [file = ''] = await withDataset()
    const asked: readonly (readonly [kind: string, status: number, path: string])[] = [
      ['request-refused', 404, `/fhir/jobs/${kept.dataset}`],
      ['file-delivered', 200, new URL(file).pathname]
    ]
    await house().gateway.kill()
    for (const [kind, status, path] of asked) {
      kept.gateway = await startProcess(house().site)
      meet(kept.gateway)
      await insurer.token()
      const stopped = await stopAt(url, { table: 'outbox', event: 'INSERT', when: `NEW.kind = '${kind}'` }, 'in the middle')
      const cut = insurer.ask('GET', path).then(
        (answer) => answer.status,
        () => null
      )
      await stopped.reached()
      await kept.gateway.kill()
      expect(await cut, 'no answer').to.equal(null)
      await stopped.release()
      kept.gateway = await startProcess(house().site)
      meet(kept.gateway)
      expect((await insurer.ask('GET', path)).status).to.equal(status)
      expect((await about(kind)).length, kind).to.be.above(0)
      await kept.gateway.kill()
    }
    kept.gateway = await startProcess(house().site)
    meet(kept.gateway)
    await until(async () => ((await query(url, 'SELECT 1 FROM outbox')).length === 0 ? true : null))
    expect(await faultsOf(url)).to.deep.equal([])
  })

  it('stopped as it was asked: the last entry says so, has its place and is covered by a checkpoint', async () => {
    expect(await kept.gateway?.stop()).to.equal(0)
    kept.gateway = null
    const [last] = await query<{ kind: string; statement: string; covered: boolean }>(
      url,
      'SELECT kind, statement, index < (SELECT max(size) FROM checkpoint) AS covered FROM logged ORDER BY index DESC LIMIT 1'
    )
    expect([last?.kind, last?.covered, JSON.parse(last?.statement ?? '{}').reason]).to.deep.equal(['gateway-stopped', true, 'asked'])
    expect(await query(url, 'SELECT 1 FROM outbox')).to.deep.equal([])
  })

  it('a fault nobody caught stops the gateway, and the log says so', async () => {
    const throwing = "data:text/javascript,process.on('SIGUSR2',()=>setImmediate(()=>{throw new TypeError('Quillfeather')}))"
    const gateway = await startProcess(house().site, { NODE_OPTIONS: `--import=${throwing}` })
    const ended = new Promise<number | null>((resolve) => gateway.child.once('close', resolve))
    gateway.child.kill('SIGUSR2')
    expect(await ended).to.equal(1)
    const ends = await entriesIn(url, 'gateway-stopped')
    expect(ends.at(-1)).to.deep.include({ reason: 'fault' })
    expect(gateway.log()).to.contain('TypeError').and.not.contain('Quillfeather')
  })
})
