/** AuditEvents that prove themselves: nothing is shown that the log does not commit to, a party can check it, and what it writes itself is told nowhere. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { sha256 } from '../../gateway/core/digest.ts'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { leafBytes } from '../../gateway/core/log/leaf.ts'
import { parseReceipt } from '../../gateway/core/log/receipt.ts'
import { openAuditEvents } from '../../gateway/exchange/audit/audit-search.ts'
import { exportEnd, exportLines } from '../../gateway/exchange/log/log-export.ts'
import { openPublicLog } from '../../gateway/exchange/log/public-log.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { logVerifiers, verifyReceipt } from '../../gateway/seal/receipt.ts'
import { query } from '../support/house.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { asOwner, useLog } from '../support/logged.ts'

interface Event {
  readonly id: string
  readonly meta: { readonly tag: readonly { readonly code: string }[] }
  readonly extension: readonly { readonly url: string; readonly valueString?: string; readonly valueBase64Binary?: string }[]
}

interface Bundle {
  readonly resourceType: string
  readonly link: readonly object[]
  readonly entry?: readonly { readonly resource: Event }[]
  readonly issue?: readonly { readonly details: { readonly coding: readonly { readonly code: string }[] } }[]
}

const NOW = new Date('2026-03-01T00:00:00Z')

describe('http: AuditEvents and what proves them', () => {
  const log = useLog()
  const opened: { gateway: HttpGateway | null } = { gateway: null }
  const broken: string[] = []
  const gateway = (): HttpGateway => opened.gateway as HttpGateway

  before(async function () {
    this.timeout(60_000)
    const { pool, ring, add, place } = log()
    const observe = { integrityBroken: ({ target }: { target: string }) => void broken.push(target) }
    const house = { pool, ring, now: () => NOW, policies: { parties: new Map() }, observe }
    opened.gateway = await startHttpGateway({
      auditEvents: openAuditEvents(house as unknown as Parameters<typeof openAuditEvents>[0]),
      log: openPublicLog(pool)
    })
    const ours = { source: 'demo-hospital', recipient: 'demo-insurer', agreement: 'sealed-one' }
    await add('dataset-released', '2026-01-10T00:00:00Z', { ...ours, purposeOfUse: 'HOUTCOMS' })
    for (let n = 0; n < 7; n++) await add('file-delivered', `2026-01-1${n + 1}T00:00:00Z`, { ...ours, shard: `Patient.${n}` })
    await add('dataset-acknowledged', '2026-01-20T00:00:00Z', ours)
    await add('hold-released', '2026-01-21T00:00:00Z', { ...ours, officer: 'Test Privacy Office', reason: 'a test' })
    await place()
  })
  after(async () => {
    await opened.gateway?.stop()
  })

  async function ask(party: string, path: string, form?: Record<string, string>): Promise<{ status: number; body: Bundle; text: string }> {
    const authorization = `Bearer ${await gateway().token(party, ['system/AuditEvent.rs'])}`
    const posted = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(`${gateway().url}/fhir/AuditEvent${path}`, { headers: { authorization }, ...posted })
    const text = await response.text()
    return { status: response.status, body: JSON.parse(text) as Bundle, text }
  }

  const eventsOf = ({ body }: { body: Bundle }): Event[] => (body.entry ?? []).map(({ resource }) => resource)
  const codeOf = ({ body }: { body: Bundle }): string | undefined => body.issue?.[0]?.details.coding[0]?.code

  it('what a party writes into a search stands in no entry and in no answer, unless it is a word of ours (45 CFR 164.514(b)(2))', async () => {
    const words = 'JOHNDOE19430201'
    const many = Array.from({ length: 38 }, (_, n) => `urn:SSN_123_45_6789_${words}_${'x'.repeat(150)}${n}|a`).join(',')
    await log().place()
    for (const answer of [
      await ask('demo-hospital', `?type=${words}&subtype=urn:${words}|x&outcome=${words}`),
      await ask('demo-hospital', '/_search', { type: many, subtype: `${words},rest`, date: 'ge1943-02-01' }),
      await ask('demo-hospital', `?agent=john-doe-19430201&_id=entry-19430201&entity=19430201-1943-4201-8194-194302011943`)
    ]) {
      expect(answer.status, answer.text).to.equal(200)
      expect(JSON.stringify(answer.body.link).length).to.be.below(400)
      expect(JSON.stringify(answer.body.link)).not.to.match(/JOHN|john|SSN|1943/)
    }
    const rows = await query<{ statement: string }>(log().url, "SELECT statement FROM outbox WHERE kind = 'log-read'")
    expect(rows).to.have.length(3)
    for (const { statement } of rows) expect(statement).not.to.match(/JOHN|john|SSN|1943/)
  })

  it('a party proves what its events say with public addresses and the key of the log alone (core/log/VERIFY.md)', async () => {
    await log().place()
    const events = [...eventsOf(await ask('demo-hospital', '?date=lt2026-02-01')), ...eventsOf(await ask('demo-insurer', '/_search', {}))]
    expect(events.length).to.be.at.least(19)
    for (const { id, extension, meta } of events) {
      const of = (name: string) => extension.find(({ url }) => url === `urn:sallyport:log:${name}`)
      const [salt, statement] = ['salt', 'statement'].map((name) => Buffer.from(of(name)?.valueBase64Binary ?? '', 'base64')) as [
        Buffer,
        Buffer
      ]
      const receipt = await (await fetch(`${gateway().url}/log/proof/inclusion?index=${of('index')?.valueString}`)).text()
      const said = JSON.parse(statement.toString()) as { kind: string; at: string }
      const commitment = `sha256:${sha256(Buffer.concat([salt, statement])).toString('hex')}`
      const kind = said.kind === 'hold-released' ? 'officer-act' : said.kind
      const leaf = leafBytes({ at: said.at, kind, commitment })
      expect(parseReceipt(receipt)?.entry?.equals(leaf), id).to.equal(true)
      expect(said.kind).to.equal(meta.tag[0]?.code)
      expect(verifyReceipt(receipt, leaf, logVerifiers([log().ring.log.current.vkey])).index, id).to.equal(
        BigInt(of('index')?.valueString ?? -1)
      )
    }
  })

  describe('whoever owns the database writes into it', () => {
    const FORGED = "UPDATE log_body SET statement = replace(statement, 'sealed-one', 'forged-one') WHERE index = 0"
    const RIVAL = "UPDATE log_body SET parties = parties || 'other-insurer'::text WHERE index = 1"
    const KIND = "UPDATE log_entry SET kind = 'dataset-expired' WHERE index = 2"
    const NO_JSON = "UPDATE log_body SET statement = 'no JSON' WHERE index = 3"
    beforeEach(async () => {
      await asOwner(log().pool, 'CREATE TABLE kept_entry AS SELECT * FROM log_entry; CREATE TABLE kept_body AS SELECT * FROM log_body')
      await asOwner(log().pool, [FORGED, RIVAL, KIND, NO_JSON].join(';'))
      broken.length = 0
    })
    afterEach(() =>
      asOwner(
        log().pool,
        'DELETE FROM log_entry; DELETE FROM log_body; INSERT INTO log_entry SELECT * FROM kept_entry; INSERT INTO log_body SELECT * FROM kept_body; DROP TABLE kept_entry, kept_body'
      )
    )

    it('nothing of it is shown: the Bundle says how many are not, and the operator is told of each', async () => {
      const answer = await ask('demo-insurer', '?date=lt2026-02-01&_count=500')
      expect(answer.status, answer.text).to.equal(200)
      expect(answer.text).not.to.match(/forged-one|no JSON|"entry-[0123]"/)
      expect(validateResource(answer.body), JSON.stringify(validateResource.errors)).to.equal(true)
      const last = answer.body.entry?.at(-1) as unknown as {
        search: { mode: string }
        resource: Bundle & { issue: { diagnostics: string }[] }
      }
      expect([last.search.mode, last.resource.resourceType, codeOf({ body: last.resource })]).to.deep.equal([
        'outcome',
        'OperationOutcome',
        'log-altered'
      ])
      expect(last.resource.issue[0]?.diagnostics).to.match(/^4 not shown/)
      expect(broken.sort()).to.deep.equal(['log_body:0:commitment', 'log_body:1:parties', 'log_body:3:commitment', 'log_entry:2:kind'])
    })

    it('a rival that was written in as a reader reads nothing', async () => {
      const answer = await ask('other-insurer', '?type=rest&subtype=disclose')
      expect(answer.text).not.to.match(/demo-insurer|demo-hospital|entry-1"/)
      expect((await ask('other-insurer', '/entry-1')).status).to.equal(500)
    })

    it('one event that was altered is 500, and nothing of it', async () => {
      const answer = await ask('demo-insurer', '/entry-0')
      expect([answer.status, codeOf(answer)]).to.deep.equal([500, 'internal'])
      expect(answer.text).not.to.contain('forged')
    })

    it('an export for a party ends there: no file holds another word than the log’s', async () => {
      const { pool, ring, folder } = log()
      const request = { first: 0n, size: null, bodies: { party: 'demo-insurer' }, at: NOW } as const
      const end = await exportEnd({ pool, ring, folder }, request)
      const texts: string[] = []
      const error = await (async () => {
        for await (const text of exportLines({ pool, ring, folder }, request, end)) texts.push(text)
        return null
      })().catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(IntegrityError).with.property('code', 'log-altered')
      expect(texts.join()).not.to.contain('forged')
    })
  })
})
