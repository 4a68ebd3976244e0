/** An officer at another machine: signs in, asks for a patient's accounting over HTTP, and proves what came; nothing of the patient stands in a log line or an address. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { before } from 'mocha'
import { sha256Hex } from '../../gateway/core/digest.ts'
import type { MadeAccounting } from '../../gateway/exchange/accounting/accountings.ts'
import { type Entry, entriesIn } from '../support/entries.ts'
import { AT_ONCE, until } from '../support/gateway.ts'
import { addOfficer, officer, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

const REQUEST = {
  source: 'demo-hospital',
  patients: ['Patient/asking1'],
  reason: 'request of March 1',
  scope: 'all',
  formats: ['json', 'pdf']
}

const document = JSON.parse(readFileSync(new URL('../../schemas/http/openapi.json', import.meta.url), 'utf8')) as { components: object }
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema({ $id: 'openapi', components: document.components })

function expectShape(schema: string, value: unknown): void {
  const validate = ajv.compile({ $ref: `openapi#/components/schemas/${schema}` })
  expect(validate(value), ajv.errorsText(validate.errors)).to.equal(true)
}

describe('an officer who signs in', function () {
  this.timeout(120_000)
  const house = useGateway({ 'demo-safe-harbor': { ...AT_ONCE, k: 3 }, 'demo-transport-only': null }, {}, (site) =>
    addOfficer(addOfficer(site, 'demo-officer', ['compliance-reviewer']), 'demo-proposer', ['proposer'])
  )
  let dataset: string
  let token: string
  before(async () => {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const sent = await hospital.send({ 'data.ndjson': ndjson(ward('asking', 5)) }, 'demo-safe-harbor')
    dataset = (await hospital.ended(sent)).agreements[0]?.dataset ?? ''
    const signed = await signIn('demo-officer')
    expect(signed.code, signed.err).to.equal(0)
    token = signed.out.trim()
  })

  function signIn(id: string): ReturnType<typeof officer> {
    const { site, gateway } = house()
    const key = join(site.folder, `${id}-sig.jwk`)
    return officer(site, ['token', '--server', gateway.url, '--party', id, '--key', key, '--for', 'accountings'])
  }

  async function ask(path: string, body?: unknown, bearer = token): Promise<{ status: number; text: string }> {
    const response = await fetch(`${house().gateway.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'authorization': `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: response.status, text: await response.text() }
  }

  const entries = (kind: string): Promise<Entry[]> => entriesIn(house().database, kind)

  it('is told what left, proved by the key of the log alone; the entry names the officer by policy file, and no patient', async () => {
    const { site } = house()
    const answer = await ask('/accountings', REQUEST)
    expect(answer.status, answer.text).to.equal(200)
    const { documents, aside } = JSON.parse(answer.text) as MadeAccounting
    expectShape('MadeAccounting', JSON.parse(answer.text))
    expect(documents.map(({ format, mediaType }) => [format, mediaType])).to.deep.equal([
      ['json', 'application/json'],
      ['pdf', 'application/pdf']
    ])
    expect([aside.fee, aside.suspended, aside.names]).to.deep.equal(['free', 0, ['Patient/asking1']])
    const [json, pdf] = documents.map(({ base64 }) => Buffer.from(base64, 'base64'))
    if (json === undefined || pdf === undefined) throw new Error('no documents')
    expect([json.includes(dataset), pdf.subarray(0, 5).toString()]).to.deep.equal([true, '%PDF-'])

    const [file, pins] = [join(site.folder, 'accounting.json'), join(site.folder, 'pins.json')]
    writeFileSync(file, json)
    writeFileSync(pins, (await officer(site, ['keys', 'pins'])).out)
    const verified = await officer(site, ['verify', file, '--key', pins, '--json'])
    expect(JSON.parse(verified.out), verified.err).to.include({ proved: true, what: 'accounting', source: 'demo-hospital' })

    const [entry, ...more] = await entries('accounting-made')
    expect(more).to.deep.equal([])
    expect(entry).to.deep.include({
      officer: 'Example Officer demo-officer (demo-officer)',
      account: 'demo-officer',
      source: 'demo-hospital',
      reason: 'request of March 1',
      voluntary: 1,
      documents: [json, pdf].map((bytes) => `sha256:${sha256Hex(bytes)}`)
    })
    expect(JSON.stringify(entry)).not.to.contain('asking')
    expect((await entries('token-granted')).map(({ party, role }) => [party, role])).to.deep.include(['demo-officer', 'officer'])
  })

  it('is the same request as at the desk: another within the year is not free', async () => {
    const { site } = house()
    const ran = await officer(site, [
      'accounting',
      '--source',
      'demo-hospital',
      '--patient',
      'asking1',
      '--officer',
      'Privacy Office',
      '--reason',
      'r'
    ])
    expect(ran.err).to.contain('Another was made for this patient within twelve months')
  })

  it('wrong names are refused without repeating them; a party, and an officer who may not, get nothing', async () => {
    const { site, gateway } = house()
    for (const patients of [['Encounter/asking1'], ['../asking1'], ["asking1'; DROP TABLE subject_row"]]) {
      const answer = await ask('/accountings', { ...REQUEST, patients })
      expect([answer.status, answer.text.includes('asking1')], answer.text).to.deep.equal([400, false])
    }
    for (const changes of [{ source: 'demo-insurer' }, { source: 'nobody' }, { from: '2026-02-30' }, { received: '2999-01-01' }])
      expect((await ask('/accountings', { ...REQUEST, ...changes })).status, JSON.stringify(changes)).to.equal(400)
    for (const party of ['demo-hospital', 'demo-insurer'])
      expect((await ask('/accountings', REQUEST, await new Party(gateway, site, party).token())).status, party).to.equal(403)
    expect((await signIn('demo-proposer')).code).not.to.equal(0)
    const told = await until(async () => {
      const found = (await entries('token-refused')).filter(({ party }) => party === 'demo-proposer')
      return found.length > 0 ? found : null
    }, 10)
    expect(told[0]).to.include({ reason: 'invalid_scope', proved: true })
  })

  it('reads the log whole, and the registers; each is an entry of the account', async () => {
    const found = await ask('/fhir/AuditEvent?_tag=accounting-made,gateway-started&_count=50')
    expect(found.text, 'of the house').to.contain('gateway-started')
    expect(JSON.parse((await ask('/accountings/suspensions')).text)).to.deep.equal({ suspensions: [] })
    expect(JSON.parse((await ask('/incidents')).text)).to.deep.equal({ incidents: [] })
    expect((await entries('log-read')).map(({ account }) => account)).to.deep.equal(['demo-officer'])
    expect((await entries('register-read')).map(({ account, what }) => [account, what])).to.deep.equal([
      ['demo-officer', 'suspensions'],
      ['demo-officer', 'incidents']
    ])
  })

  it('no line of the gateway names a patient or what was asked', () => {
    const lines = house().gateway.log()
    expect(lines)
      .to.contain('/accountings')
      .and.not.match(/asking\d|request of March 1/)
  })
})
