/**
 * 45 CFR 164.514(b)(1): an expert's certificate past its day stops everything, at every door and before every step that could let something out; each
 * refusal is an entry. Real database, files and threads; only the clock is the test's.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { RefusedError, RequestError, type Told } from '../../gateway/core/errors.ts'
import type { ExportStatus } from '../../gateway/exchange/doors.ts'
import { entriesIn } from '../support/entries.ts'
import type { Site } from '../support/gateway.ts'
import { query, writeAgreement } from '../support/house.ts'
import { AS_HOSPITAL, AS_INSURER, useInside } from '../support/inside.ts'
import { CERTIFICATE, profileIn } from '../support/policies.ts'
import { safeHarbor } from '../support/profile.ts'
import { ndjson, ward } from '../support/records.ts'

const DAY = 86_400_000
/** The certificate ends with tomorrow; the day after, it is over. */
const EXPIRES = new Date(Date.now() + 2 * DAY).toISOString().slice(0, 10)
const PAST = new Date(`${EXPIRES}T00:00:00Z`)

function furnish(site: Site, version: number, expires: string): void {
  const folder = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'profiles', 'test-expert')
  mkdirSync(folder, { recursive: true })
  const certificate = { ...CERTIFICATE, id: `TEST-${version}`, threshold: { k: 2, risk: 0.5 }, every: 'PT1S', expires }
  const profile = { ...safeHarbor(), name: 'test-expert', version, mode: 'expert-determination', certificate }
  writeFileSync(join(folder, 'profile.json'), JSON.stringify(profile))
  writeAgreement(site, 'expert', {
    version,
    mode: 'expert-determination',
    noActualKnowledge: null,
    profile: profileIn(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'test-expert', version),
    k: 2,
    releaseWindow: { every: 'PT1S', attestation: null }
  })
}

function records(prefix: string): string {
  return ndjson(ward(prefix, 3))
}

describe('exchange: a certificate past its day', function () {
  this.timeout(120_000)
  // one mode for a recipient: the shipped agreement stands aside
  const house = useInside((site) => furnish(site, 1, EXPIRES))

  const ended = (submission: string) => () => house().inside.ended(submission)

  /** Its code, and what the entry will say of it. */
  async function refusalOf(act: () => Promise<unknown>): Promise<readonly [string, Told]> {
    try {
      await act()
      return ['permitted', {}]
    } catch (error) {
      if (error instanceof RequestError) return [error.code, error instanceof RefusedError ? error.told : {}]
      throw error
    }
  }

  async function listed(): Promise<{ job: string; done: Extract<ExportStatus, { state: 'done' }> }> {
    const { job } = await house().inside.exports.kickOff(AS_INSURER, { agreement: 'expert', since: null, types: [] })
    const done = await house().inside.exports.status(AS_INSURER, job)
    if (done.state !== 'done') throw new Error('the export is not done')
    return { job, done }
  }

  it('while it is in force the dataset is released, and its statement names mode and certificate', async () => {
    const submission = await house().inside.send('expert', records('a'))
    const { dataset } = await house().inside.release(ended(submission))
    const [told] = await entriesIn(house().url, 'dataset-released')
    expect(told).to.include({ dataset, mode: 'expert-determination', certificate: 'TEST-1' })
  })

  it('past its day nobody may send, and the refusal is an entry that names the rule', async () => {
    house().inside.setClock(PAST)
    const [code, told] = await refusalOf(() => house().inside.submissions.open(AS_HOSPITAL, 'expert', null))
    house().inside.setClock(new Date())
    expect([code, told.kind, told.rules]).to.deep.equal(['certificate-expired', 'submission-refused', ['expert@1/certificate']])
  })

  it('past its day nobody may fetch: neither a new export, nor a file, nor a manifest of one that began before', async () => {
    const { job, done } = await listed()
    const [file] = done.files
    const dataset = file?.dataset ?? ''
    house().inside.setClock(PAST)
    const refused = [
      await refusalOf(() => house().inside.exports.kickOff(AS_INSURER, { agreement: 'expert', since: null, types: [] })),
      await refusalOf(() => house().inside.exports.file(AS_INSURER, job, file?.name ?? '')),
      await refusalOf(() => house().inside.exports.manifest(AS_INSURER, dataset))
    ]
    house().inside.setClock(new Date())
    expect(refused.map(([code, { kind, agreement }]) => [code, kind, agreement])).to.deep.equal(
      Array(3).fill(['certificate-expired', 'export-refused', 'expert'])
    )
    const given = await house().inside.exports.file(AS_INSURER, job, file?.name ?? '')
    const stream = await given.start(0)
    stream.destroy()
    expect(given.bytes, 'while it is in force').to.be.above(0)
  })

  it('what was sent in time is refused when its release would start past its day, with an entry', async () => {
    const submission = await house().inside.send('expert', records('b'))
    house().inside.setClock(PAST)
    const { state, dataset } = await house().inside.release(ended(submission))
    house().inside.setClock(new Date())
    expect(state).to.equal('refused')
    const told = (await entriesIn(house().url, 'dataset-refused')).find((entry) => entry['dataset'] === dataset)
    expect(told).to.include({ reason: 'certificate-expired', agreement: 'expert' })
    expect(told?.['withheld']).to.deep.equal({ 'certificate-expired': 6 })
  })

  it('what was released in time but not yet recorded is refused at the record, with an entry', async () => {
    const submission = await house().inside.send('expert', records('c'))
    const { state, dataset } = await house().inside.release(ended(submission), (kind) => {
      if (kind === 'gate') house().inside.setClock(PAST)
    })
    house().inside.setClock(new Date())
    expect(state).to.equal('refused')
    const kinds = await query<{ kind: string }>(
      house().url,
      'SELECT kind FROM logged WHERE disclosure = $1 UNION ALL SELECT kind FROM outbox WHERE disclosure = $1',
      [dataset]
    )
    expect(kinds.map(({ kind }) => kind))
      .to.include('dataset-refused')
      .and.not.include('dataset-released')
  })

  it('a renewed certificate covers new datasets, not those made under the old one: these are neither listed nor given', async () => {
    const before = await listed()
    const old = before.done.files[0]
    furnish(house().site, 2, '2039-01-01')
    house().inside.setClock(PAST)
    await house().inside.readPolicies()
    const now = await listed()
    expect(now.done.files).to.deep.equal([])
    expect(await refusalOf(() => house().inside.exports.file(AS_INSURER, before.job, old?.name ?? '')))
      .to.have.property('0')
      .equal('certificate-expired')
    house().inside.setClock(new Date())
    const submission = await house().inside.send('expert', records('d'))
    const { state, dataset } = await house().inside.release(ended(submission))
    expect(state).to.equal('ready')
    const told = (await entriesIn(house().url, 'dataset-released')).find((entry) => entry['dataset'] === dataset)
    expect(told).to.include({ certificate: 'TEST-2' })
  })
})
