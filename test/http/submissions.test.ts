/** The hospital's door over HTTP: what is taken, what is refused, and that no word of the caller comes back. */
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { UpstreamError } from '../../gateway/core/errors.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { readWhole } from '../support/memory-exchange.ts'

const LINE = '{"resourceType":"Patient","id":"1"}\n'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly code: string
}

describe('http: submissions', () => {
  let gateway: HttpGateway
  let token: string
  before(async () => {
    gateway = await startHttpGateway()
    token = await gateway.token('demo-hospital')
  })
  after(() => gateway.stop())

  async function ask(
    method: string,
    path: string,
    options: { body?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string>; token?: string } = {}
  ): Promise<Answer> {
    const response = await fetch(gateway.url + path, {
      method,
      body: options.body ?? null,
      headers: { authorization: `Bearer ${options.token ?? token}`, ...options.headers }
    })
    const text = await response.text()
    const code = /"code":"([^"]+)"}\],"text"/.exec(text)?.[1] ?? ''
    return { status: response.status, headers: response.headers, text, code }
  }

  async function opened(): Promise<string> {
    return (JSON.parse((await ask('POST', '/submissions')).text) as { id: string }).id
  }

  const ndjson = { 'content-type': 'application/fhir+ndjson' }

  it('open, upload, close, look: 201 with Location, then 202s', async () => {
    const open = await ask('POST', '/submissions', { body: '{"agreement":"clear-one"}', headers: { 'content-type': 'application/json' } })
    expect(open.status).to.equal(201)
    const id = (JSON.parse(open.text) as { id: string }).id
    expect(open.headers.get('location')).to.equal(`${gateway.url}/submissions/${id}`)
    expect((await ask('PUT', `/submissions/${id}/files/Patient.ndjson`, { body: LINE, headers: ndjson })).status).to.equal(202)
    expect((await ask('POST', `/submissions/${id}/close`)).status).to.equal(202)
    expect(JSON.parse((await ask('GET', `/submissions/${id}`)).text)).to.include({ state: 'closed', received: 1 })
    expect((await ask('PUT', `/submissions/${id}/files/More.ndjson`, { body: LINE, headers: ndjson })).code).to.equal('submission-closed')
  })

  it('?close=true with a body does all three, and its Location is known even when the body is refused', async () => {
    const whole = await ask('POST', '/submissions?close=true&agreement=clear-one', { body: LINE + LINE, headers: ndjson })
    expect([whole.status, JSON.parse(whole.text)]).to.deep.include(202)
    expect(JSON.parse(whole.text)).to.include({ state: 'closed', received: 2 })
    const empty = await ask('POST', '/submissions?close=true', { headers: ndjson })
    expect([empty.status, empty.code]).to.deep.equal([400, 'empty-body'])
    expect(empty.headers.get('location')).to.match(/\/submissions\/[0-9a-f-]{36}$/)
  })

  it('the same Idempotency-Key answers the same submission; with another body 409', async () => {
    const headers = { ...ndjson, 'idempotency-key': randomUUID() }
    const first = await ask('POST', '/submissions?close=true', { body: LINE, headers })
    const again = await ask('POST', '/submissions?close=true', { body: LINE, headers })
    const other = await ask('POST', '/submissions?close=true', { body: LINE + LINE, headers })
    expect((JSON.parse(again.text) as { id: string }).id).to.equal((JSON.parse(first.text) as { id: string }).id)
    expect([again.status, other.status, other.code]).to.deep.equal([202, 409, 'key-reused'])
  })

  it('gzip is known by Content-Encoding or by its first bytes, whatever the name', async () => {
    const id = await opened()
    const packed = gzipSync(LINE.repeat(3))
    for (const [name, headers] of [
      ['a.ndjson.gz', { 'content-type': 'application/gzip' }],
      ['b.ndjson', { ...ndjson, 'content-encoding': 'gzip' }],
      ['c.ndjson', ndjson]
    ] as const) {
      expect((await ask('PUT', `/submissions/${id}/files/${name}`, { body: packed, headers })).status, name).to.equal(202)
    }
    expect(JSON.parse((await ask('GET', `/submissions/${id}`)).text)).to.include({ received: 9 })
    expect(
      (await ask('PUT', `/submissions/${id}/files/d.ndjson`, { body: LINE, headers: { ...ndjson, 'content-encoding': 'gzip' } })).code
    ).to.equal('not-gzip')
    expect(
      (await ask('PUT', `/submissions/${id}/files/e.ndjson`, { body: LINE, headers: { ...ndjson, 'content-encoding': 'br' } })).status
    ).to.equal(415)
  })

  it('bulk clients that POST a file without Content-Type and with ?folder= are served', async () => {
    const id = await opened()
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(
        `${gateway.url}/submissions/${id}/files/1.Patient.ndjson?folder=`,
        { method: 'POST', headers: { authorization: `Bearer ${token}` } },
        (response) => {
          response.resume()
          resolve(response.statusCode ?? 0)
        }
      )
      sent.on('error', reject)
      sent.end(LINE)
    })
    expect(status).to.equal(202)
  })

  it('media it cannot read, misspelt parameters and unknown keys are refused', async () => {
    const id = await opened()
    expect(
      (await ask('PUT', `/submissions/${id}/files/a.xml`, { body: '<a/>', headers: { 'content-type': 'application/fhir+xml' } })).code
    ).to.equal('unsupported-media-type')
    expect(
      (await ask('POST', '/submissions?close=true', { body: LINE, headers: { 'content-type': 'application/x-www-form-urlencoded' } }))
        .status
    ).to.equal(415)
    expect((await ask('POST', '/submissions?agrement=clear-one')).code).to.equal('unsupported-parameter')
    expect((await ask('POST', '/submissions?agreement=a&agreement=b')).code).to.equal('bad-request')
    expect(
      (
        await ask('POST', '/submissions', {
          body: '{"agreement":"clear-one","party":"x"}',
          headers: { 'content-type': 'application/json' }
        })
      ).code
    ).to.equal('bad-request')
    expect(
      (await ask('POST', '/submissions', { body: '{"__proto__":{}}', headers: { 'content-type': 'application/json' } })).code
    ).to.equal('bad-request')
    expect(
      (await ask('POST', '/submissions', { body: 'x'.repeat(5000), headers: { 'content-type': 'application/json' } })).status
    ).to.equal(413)
    expect((await ask('POST', '/submissions?agreement=nope')).code).to.equal('agreement-unknown')
  })

  it('a submission of another hospital is 404, with the same body as one that never was', async () => {
    const id = await opened()
    const other = await gateway.token('other-hospital')
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/issues'],
      ['POST', '/close'],
      ['PUT', '/files/a.ndjson']
    ] as const) {
      const headers = method === 'PUT' ? ndjson : {}
      const body = method === 'PUT' ? { body: LINE } : {}
      const theirs = await ask(method, `/submissions/${id}${path}`, { ...body, headers, token: other })
      const nobodys = await ask(method, `/submissions/${randomUUID()}${path}`, { ...body, headers, token: other })
      expect([theirs.status, theirs.text], path).to.deep.equal([404, nobodys.text])
    }
  })

  it('issues come as NDJSON of OperationOutcomes: file, line and code, never a value', async () => {
    const id = await opened()
    await ask('PUT', `/submissions/${id}/files/a.ndjson`, { body: `${LINE}planted-word\n`, headers: ndjson })
    const issues = await ask('GET', `/submissions/${id}/issues`)
    expect(issues.headers.get('content-type')).to.equal('application/fhir+ndjson')
    const lines = issues.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { issue: { extension: unknown; details: { coding: { code: string }[] } }[] })
    expect(lines).to.have.length(1)
    expect(lines[0]?.issue[0]?.details.coding[0]?.code).to.equal('not-json')
    expect(lines[0]?.issue[0]?.extension).to.deep.equal([
      { url: 'urn:sallyport:issue:file', valueString: 'file-1' },
      { url: 'urn:sallyport:issue:line', valueUnsignedInt: 2 }
    ])
    expect(issues.text).to.not.contain('planted-word')
  })

  it('the database gone is 503 with Retry-After; an error of ours is 500 internal without a word of it', async () => {
    gateway.exchange.fault = new UpstreamError('database-unavailable', 3)
    const gone = await ask('POST', '/submissions')
    gateway.exchange.fault = new Error('planted-word in a driver error')
    const broken = await ask('POST', '/submissions')
    gateway.exchange.fault = null
    expect([gone.status, gone.code, gone.headers.get('retry-after')]).to.deep.equal([503, 'database-unavailable', '3'])
    expect([broken.status, broken.code, broken.text.includes('planted-word')]).to.deep.equal([500, 'internal', false])
  })

  it('more uploads at once than a party may have are 429 with Retry-After; other parties go on', async () => {
    const small = await startHttpGateway({ limits: { uploadsPerParty: 2 } })
    try {
      small.exchange.read = async (body) => {
        await wait(300)
        return readWhole(body)
      }
      const send = async (party: string): Promise<number> => {
        const headers = { authorization: `Bearer ${await small.token(party)}`, ...ndjson }
        return (await fetch(`${small.url}/submissions?close=true`, { method: 'POST', body: LINE, headers })).status
      }
      const statuses = await Promise.all([send('demo-hospital'), send('demo-hospital'), send('demo-hospital'), send('other-hospital')])
      expect(statuses.filter((status) => status === 429)).to.have.length(1)
      expect(statuses[3]).to.equal(202)
      expect(await send('demo-hospital')).to.equal(202)
    } finally {
      await small.stop()
    }
  })
})
