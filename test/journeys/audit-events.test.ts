/**
 * A dataset on its way through a real gateway, as the log tells of it in the field's own form: to the parties as FHIR AuditEvents, to a SIEM as syslog over
 * TLS. No patient is named in either.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { signAssertion } from '../support/assertion.ts'
import { balpFaults } from '../support/balp.ts'
import { AT_ONCE, makeSite, type Process, type Site, startProcess, until } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { exported, Party } from '../support/journey.ts'
import { useDatabase } from '../support/postgres.ts'
import { MARK, ndjson, ward } from '../support/records.ts'
import { type Siem, startSiem } from '../support/siem.ts'

interface Event {
  readonly id: string
  readonly meta: { readonly tag: readonly { readonly code: string }[] }
}

/** What the records hold of persons, and how an event would name one. */
const LEAK = new RegExp(`${MARK}|person\\d|urn:sallyport:patient`)

describe('the log in the field’s own form, at a real gateway', function () {
  this.timeout(120_000)
  const database = useDatabase()
  const kept: { site: Site | null; gateway: Process | null; siem: Siem | null } = { site: null, gateway: null, siem: null }
  const at = new Date()
  const authority = createAuthority('Test Authority', at)

  before(async () => {
    const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost'] }, at)
    kept.siem = await startSiem({ server })
    const site = makeSite(
      database(),
      { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null },
      { SALLYPORT_SYSLOG_URL: `tls://localhost:${kept.siem.port}` }
    )
    kept.site = site
    const ca = join(site.folder, 'siem-ca.pem')
    writeFileSync(ca, authority.certificate)
    kept.gateway = await startProcess(site, { SALLYPORT_SYSLOG_CA: ca })
  })
  after(async () => {
    await kept.gateway?.stop()
    await kept.siem?.stop()
    kept.site?.remove()
  })

  /** A party's own events of kinds that are not its reading of them. */
  async function events(party: string): Promise<{ kinds: string[]; text: string; all: Event[] }> {
    const { url } = kept.gateway as Process
    const keys = (kept.site as Site).parties.get(party)
    const form = {
      grant_type: 'client_credentials',
      scope: 'system/AuditEvent.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(keys?.signing ?? {}, party, `${url}/oauth/token`)
    }
    const signed = (await (await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })).json()) as {
      access_token: string
      scope: string
    }
    expect(signed.scope).to.equal('system/AuditEvent.rs')
    const answer = await fetch(`${url}/fhir/AuditEvent?_count=500&_sort=date`, {
      headers: { authorization: `Bearer ${signed.access_token}` }
    })
    const text = await answer.text()
    expect(answer.status, text).to.equal(200)
    const all = ((JSON.parse(text) as { entry?: { resource: Event }[] }).entry ?? []).map(({ resource }) => resource)
    return { kinds: all.map(({ meta }) => meta.tag[0]?.code ?? ''), text, all }
  }

  /** Waits until every entry has its place. */
  async function placed(): Promise<void> {
    await until(async () => {
      const rows = await query<{ n: string }>(database().url, 'SELECT count(*) AS n FROM outbox')
      return Number(rows[0]?.n) === 0 ? true : null
    })
  }

  it('submission, release, delivery: each party reads its part; the SIEM gets every entry in order; nobody is named', async () => {
    const [hospital, insurer] = [
      new Party(kept.gateway as Process, kept.site as Site, 'demo-hospital'),
      new Party(kept.gateway as Process, kept.site as Site, 'demo-insurer')
    ]
    const submission = await hospital.send({ 'data.ndjson': ndjson(ward('person', 12)) }, 'demo-safe-harbor')
    await hospital.ended(submission, ['ready'])
    const job = await exported(insurer, 'demo-safe-harbor')
    expect(JSON.stringify(job)).to.contain('/files/')
    await placed()
    expect((await events('demo-insurer')).kinds, 'of what it has not asked for it reads nothing').not.to.include('dataset-released')
    expect((await insurer.ask('GET', job[0] ?? '')).status).to.equal(200)
    await placed()

    const [theirs, ours] = [await events('demo-hospital'), await events('demo-insurer')]
    expect(theirs.kinds).to.include.members([
      'token-granted',
      'submission-opened',
      'submission-received',
      'disclosure-permitted',
      'dataset-released'
    ])
    expect(ours.kinds).to.include.members(['token-granted', 'dataset-released', 'export-permitted'])
    expect(ours.kinds).not.to.include.members(['submission-received'])
    for (const { all, text } of [theirs, ours]) {
      expect(text).not.to.match(LEAK)
      for (const event of all) {
        expect(validateResource(event), JSON.stringify([event, validateResource.errors])).to.equal(true)
        expect(balpFaults(event as unknown as Record<string, unknown>), JSON.stringify(event)).to.deep.equal([])
      }
    }

    await placed()
    const siem = kept.siem as Siem
    const size = Number((await query<{ size: string }>(database().url, 'SELECT size FROM log_head'))[0]?.size)
    await until(async () => (siem.messages.length >= size ? true : null))
    const sent = siem.messages.map((message) => JSON.parse(message.slice(message.indexOf('{'))) as Event)
    expect([...new Set(sent.map(({ id }) => id))].slice(0, size)).to.deep.equal(Array.from({ length: size }, (_, n) => `entry-${n}`))
    expect(sent.map(({ meta }) => meta.tag[0]?.code)).to.include.members([
      'gateway-started',
      'policy-changed',
      'dataset-released',
      'log-read'
    ])
    expect(siem.messages.join('\n')).not.to.match(LEAK)
    for (const event of sent) expect(balpFaults(event as unknown as Record<string, unknown>), JSON.stringify(event)).to.deep.equal([])
  })
})
