/**
 * No entry, no effect, at every door of a real gateway: where an entry cannot be kept (disk full, session ended, kill -9) nothing happens, nobody is refused
 * and nothing is shown; the answer is 503. The same again, with room, is answered and told once.
 */
import { expect } from 'chai'
import { type Entry, entriesIn, fillOutbox } from '../support/entries.ts'
import { AT_ONCE, type Process, startProcess, until } from '../support/gateway.ts'
import { asDraft, faultsOf, officer, query, useGateway, writeAgreement } from '../support/house.ts'
import { type Answer, exported, Party } from '../support/journey.ts'
import { ndjson, patient, ward } from '../support/records.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const WORD = ['--officer', 'Test Privacy Office', '--reason', 'a test'] as const
const KICK_OFF = { prefer: 'respond-async', accept: 'application/fhir+json' }
const ENDED =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"

describe('no entry, no effect', function () {
  this.timeout(120_000)
  const house = useGateway(
    { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null },
    { SALLYPORT_CHECKPOINT_SECONDS: '0.2' },
    (site) => {
      writeAgreement(site, 'expired', { effective: '2020-01-01', expires: '2021-01-01' })
      writeAgreement(site, 'draft', {})
      asDraft(site, 'draft')
      writeAgreement(site, 'strict', { ...AT_ONCE, belowK: ['suppress'], suppressionLimit: 0 })
      return site
    }
  )
  const kept: { gateway: Process | null; dataset: string } = { gateway: null, dataset: '' }
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
  async function acts(refused: 'draft' | 'expired'): Promise<Act[]> {
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
    for (const { kind, status, act } of await acts('draft')) {
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
})
