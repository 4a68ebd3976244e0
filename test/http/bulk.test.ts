/** The insurer's door: FHIR Bulk Data Access to the letter, as stock clients use it. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const ASYNC = { accept: 'application/fhir+json', prefer: 'respond-async' }

interface Manifest {
  readonly transactionTime: string
  readonly request: string
  readonly requiresAccessToken: boolean
  readonly output: readonly { readonly type: string; readonly url: string; readonly count: number }[]
  readonly deleted: readonly unknown[]
  readonly error: readonly unknown[]
  readonly outcome: readonly unknown[]
  readonly extension: {
    readonly sallyport: {
      readonly sealed: boolean
      readonly files: readonly { readonly url: string }[]
      readonly manifests: readonly { readonly url: string; readonly dictionary: string }[]
    }
  }
}

describe('http: bulk export (FHIR Bulk Data Access)', () => {
  let gateway: HttpGateway
  let token: string
  before(async () => {
    gateway = await startHttpGateway()
    token = await gateway.token('demo-insurer')
  })
  after(() => gateway.stop())

  function ask(
    method: string,
    url: string,
    options: { body?: string; headers?: Record<string, string>; token?: string } = {}
  ): Promise<Response> {
    const address = url.startsWith('http') ? url : gateway.url + url
    return fetch(address, {
      method,
      body: options.body ?? null,
      headers: { authorization: `Bearer ${options.token ?? token}`, ...options.headers }
    })
  }

  async function code(response: Response): Promise<string> {
    const body = (await response.json()) as { issue: { details: { coding: { code: string }[] } }[] }
    return body.issue[0]?.details.coding[0]?.code ?? ''
  }

  async function kickOff(query = '', agreement = 'clear-one'): Promise<string> {
    const response = await ask('GET', `/fhir/Group/${agreement}/$export${query}`, { headers: ASYNC })
    expect(response.status).to.equal(202)
    await response.arrayBuffer()
    return response.headers.get('content-location') ?? ''
  }

  async function exported(
    query = '',
    agreement = 'clear-one',
    withToken = token
  ): Promise<{ readonly manifest: Manifest; readonly response: Response }> {
    const location = await kickOff(query, agreement)
    await (await ask('GET', location, { token: withToken })).arrayBuffer()
    const response = await ask('GET', location, { headers: { accept: 'application/json' }, token: withToken })
    expect(response.status).to.equal(200)
    return { manifest: (await response.json()) as Manifest, response }
  }

  it('kick-off answers 202 with an absolute Content-Location; running is 202 with X-Progress and Retry-After in whole seconds', async () => {
    const location = await kickOff()
    expect(location).to.match(/^http:\/\/127\.0\.0\.1:\d+\/fhir\/jobs\/[0-9a-f-]{36}$/)
    const running = await ask('GET', location)
    expect([running.status, running.headers.get('x-progress'), running.headers.get('retry-after'), await running.text()]).to.deep.equal([
      202,
      'in progress',
      '2',
      ''
    ])
  })

  it('the manifest has all members, absolute URLs, Expires, and repeats the request', async () => {
    const { manifest, response } = await exported('?_type=Patient,Encounter&_since=2025-01-01T00:00:00%2B00:00')
    expect(response.headers.get('content-type')).to.match(/^application\/json/)
    expect(Date.parse(response.headers.get('expires') ?? '')).to.be.greaterThan(Date.now())
    expect(manifest).to.include({ transactionTime: '2025-06-30T00:00:00.000Z', requiresAccessToken: true })
    expect(new URL(manifest.request).pathname).to.equal('/fhir/Group/clear-one/$export')
    expect(new URL(manifest.request).searchParams.get('_since')).to.equal('2025-01-01T00:00:00+00:00')
    expect(manifest.output.map((one) => [one.type, one.count])).to.deep.equal([
      ['Patient', 2],
      ['Encounter', 1]
    ])
    expect([manifest.deleted, manifest.error, manifest.outcome]).to.deep.equal([[], [], []])
    for (const { url } of manifest.output) expect(url.startsWith(`${gateway.url}/fhir/jobs/`)).to.equal(true)
  })

  it('files come as gzip to those who take it and in clear to those who do not, and resume from a byte on', async () => {
    const { manifest } = await exported()
    const url = manifest.output[0]?.url ?? ''
    const packed = await ask('GET', url, { headers: { accept: 'application/fhir+ndjson', 'accept-encoding': 'gzip' } })
    expect([packed.headers.get('content-encoding'), packed.headers.get('content-type')]).to.deep.equal(['gzip', 'application/fhir+ndjson'])
    expect(await packed.text()).to.equal('{"resourceType":"Patient","id":"a"}\n{"resourceType":"Patient","id":"b"}\n')
    const plain = await ask('GET', url, { headers: { 'accept-encoding': 'gzip;q=0, identity' } })
    expect([plain.headers.get('content-encoding'), (await plain.text()).split('\n').length]).to.deep.equal([null, 3])
  })

  it('a sealed file resumes by Range and If-Range; past its end is 416; other forms of Range give the whole', async () => {
    const { manifest } = await exported('', 'sealed-one')
    const url = manifest.extension.sallyport.files[0]?.url ?? ''
    const whole = await ask('GET', url)
    const text = await whole.text()
    const etag = whole.headers.get('etag') ?? ''
    const rest = await ask('GET', url, { headers: { range: 'bytes=10-', 'if-range': etag } })
    expect([rest.status, await rest.text(), rest.headers.get('content-range')]).to.deep.equal([
      206,
      text.slice(10),
      `bytes 10-${text.length - 1}/${text.length}`
    ])
    const changed = await ask('GET', url, { headers: { range: 'bytes=10-', 'if-range': '"another"' } })
    expect([changed.status, await changed.text()]).to.deep.equal([200, text])
    const past = await ask('GET', url, { headers: { range: 'bytes=9999-' } })
    expect([past.status, past.headers.get('content-range'), await code(past)]).to.deep.equal([
      416,
      `bytes */${text.length}`,
      'range-not-satisfiable'
    ])
    for (const range of ['bytes=-5', 'bytes=0-1,3-4', 'lines=1-', 'bytes=x'])
      expect((await ask('GET', url, { headers: { range } })).status, range).to.equal(200)
  })

  it('a sealed agreement shows no output a stock client would take for NDJSON: shards and manifests stand in the extension', async () => {
    const { manifest } = await exported('', 'sealed-one')
    expect(manifest.output).to.deep.equal([])
    expect(manifest.extension.sallyport.sealed).to.equal(true)
    const jws = await ask('GET', manifest.extension.sallyport.manifests[0]?.url ?? '')
    expect([jws.status, jws.headers.get('content-type'), await jws.text()]).to.deep.equal([
      200,
      'application/jose+json',
      '{"payload":"e30","signatures":[]}'
    ])
    const dictionary = await ask('GET', manifest.extension.sallyport.manifests[0]?.dictionary ?? '')
    expect([dictionary.status, dictionary.headers.get('content-type'), await dictionary.text()]).to.deep.equal([
      200,
      'application/json',
      '{"types":[]}'
    ])
    expect((await ask('POST', '/datasets/dataset-1/acknowledgement')).status).to.equal(204)
    expect(gateway.exchange.acknowledged).to.deep.equal(['dataset-1'])
  })

  it('POST kick-off: Parameters, or an empty body with query parameters (@medplum/cli), or %24export', async () => {
    const parameter = [
      { name: '_type', valueString: 'Patient' },
      { name: '_type', valueString: 'Encounter' },
      { name: '_since', valueInstant: '2025-01-01T00:00:00Z' },
      { name: '_outputFormat', valueString: 'application/fhir+ndjson' }
    ]
    const body = JSON.stringify({ resourceType: 'Parameters', parameter })
    const posted = await ask('POST', '/fhir/Group/clear-one/$export', {
      body,
      headers: { ...ASYNC, 'content-type': 'application/fhir+json' }
    })
    expect(posted.status).to.equal(202)
    expect(gateway.exchange.kickedOff.at(-1)).to.deep.equal({
      agreement: 'clear-one',
      since: '2025-01-01T00:00:00Z',
      types: ['Patient', 'Encounter']
    })
    const empty = await ask('POST', '/fhir/Group/clear-one/$export?_type=Patient', {
      headers: { ...ASYNC, 'content-type': 'application/fhir+json' }
    })
    expect(empty.status).to.equal(202)
    expect(gateway.exchange.kickedOff.at(-1)).to.deep.equal({ agreement: 'clear-one', since: null, types: ['Patient'] })
    expect((await ask('GET', '/fhir/Group/clear-one/%24export', { headers: ASYNC })).status).to.equal(202)
  })

  it('what is not offered is refused, and left out under Prefer: handling=lenient', async () => {
    const url = '/fhir/Group/clear-one/$export?_elements=Patient.id&_type=Patient,Nonsense'
    expect(await code(await ask('GET', url, { headers: ASYNC }))).to.equal('unsupported-parameter')
    const lenient = await ask('GET', url, { headers: { ...ASYNC, prefer: 'respond-async, handling=lenient' } })
    expect(lenient.status).to.equal(202)
    expect(gateway.exchange.kickedOff.at(-1)?.types).to.deep.equal(['Patient'])
  })

  for (const probe of [
    '_elements=Patient.id',
    '_typeFilter=Patient%3Fgender%3Dfemale',
    'patient=Patient/1',
    'includeAssociatedData=LatestProvenanceResources'
  ])
    it(`no query asks about what may not be seen: ${probe.split('=')[0]} is refused`, async () => {
      expect(await code(await ask('GET', `/fhir/Group/clear-one/$export?${probe}`, { headers: ASYNC }))).to.equal('unsupported-parameter')
    })

  it('handling=lenient leaves such a query out, and what is asked for is the whole of it', async () => {
    const probes = '_elements=Patient.id&_typeFilter=Patient%3Fgender%3Dfemale&patient=Patient/1&_sort=birthDate'
    const prefer = { ...ASYNC, prefer: 'respond-async, handling=lenient' }
    expect((await ask('GET', `/fhir/Group/clear-one/$export?${probes}`, { headers: prefer })).status).to.equal(202)
    expect(gateway.exchange.kickedOff.at(-1)).to.deep.equal({ agreement: 'clear-one', since: null, types: [] })
  })

  it('faulty kick-offs are refused: no Prefer, bad instant, unknown type, format, body', async () => {
    const base = '/fhir/Group/clear-one/$export'
    expect(await code(await ask('GET', base))).to.equal('bad-request')
    expect(await code(await ask('GET', `${base}?_since=yesterday`, { headers: ASYNC }))).to.equal('bad-request')
    expect(await code(await ask('GET', `${base}?_since=2025-02-31T99:00:00Z`, { headers: ASYNC }))).to.equal('bad-request')
    expect(await code(await ask('GET', `${base}?_type=Nonsense`, { headers: ASYNC }))).to.equal('bad-request')
    expect(await code(await ask('GET', `${base}?_outputFormat=text%2Fcsv`, { headers: ASYNC }))).to.equal('not-acceptable')
    const json = { ...ASYNC, 'content-type': 'application/fhir+json' }
    expect(await code(await ask('POST', base, { body: '{', headers: json }))).to.equal('not-json')
    expect(await code(await ask('POST', base, { body: '[]', headers: json }))).to.equal('bad-request')
    expect(await code(await ask('POST', base, { body: '{"resourceType":"Patient"}', headers: json }))).to.equal('bad-request')
    expect(await code(await ask('POST', base, { body: '{}', headers: { ...ASYNC, 'content-type': 'text/plain' } }))).to.equal(
      'unsupported-media-type'
    )
    expect((await ask('POST', base, { body: 'x'.repeat(70_000), headers: json })).status).to.equal(413)
  })

  it('abbreviated formats and a "+" that arrives as a space are understood, as the specification and clients have it', async () => {
    for (const format of ['ndjson', 'application/ndjson', 'application/fhir+ndjson', 'application%2Ffhir%2Bndjson']) {
      expect(
        (await ask('GET', `/fhir/Group/clear-one/$export?_outputFormat=${format}&_since=2025-01-01T00:00:00+02:00`, { headers: ASYNC }))
          .status,
        format
      ).to.equal(202)
    }
    expect(gateway.exchange.kickedOff.at(-1)?.since).to.equal('2025-01-01T00:00:00+02:00')
  })

  it('DELETE is 202, then the job is 404 with an OperationOutcome', async () => {
    const location = await kickOff()
    expect((await ask('DELETE', location)).status).to.equal(202)
    expect(await code(await ask('GET', location))).to.equal('not-found')
    expect((await ask('DELETE', location)).status).to.equal(404)
  })

  it('a job, file, dataset or agreement of another insurer is 404, with the same body as one that never was', async () => {
    const { manifest } = await exported()
    const other = await gateway.token('other-insurer')
    const job = new URL(manifest.output[0]?.url ?? '').pathname
    for (const [theirs, nobodys] of [
      [job, `/fhir/jobs/${randomUUID()}/files/Patient.0.ndjson`],
      ['/datasets/dataset-1/manifest', '/datasets/dataset-9/manifest']
    ] as const) {
      const [one, two] = [await ask('GET', theirs, { token: other }), await ask('GET', nobodys, { token: other })]
      expect([one.status, await one.text()]).to.deep.equal([404, await two.text()])
    }
    expect((await ask('GET', '/fhir/Group/clear-one/$export', { headers: ASYNC, token: other })).status).to.equal(404)
  })

  it('scopes for single types bound the export, the manifest and the files', async () => {
    const narrow = await gateway.token('demo-insurer', ['system/Patient.rs'])
    const wide = await exported()
    const encounter = wide.manifest.output.find((one) => one.type === 'Encounter')?.url ?? ''
    expect(await code(await ask('GET', encounter, { token: narrow }))).to.equal('scope-missing')
    expect(await code(await ask('GET', '/fhir/Group/clear-one/$export?_type=Encounter', { headers: ASYNC, token: narrow }))).to.equal(
      'scope-missing'
    )
    expect((await ask('GET', '/fhir/Group/clear-one/$export', { headers: ASYNC, token: narrow })).status).to.equal(202)
    expect(gateway.exchange.kickedOff.at(-1)?.types).to.deep.equal(['Patient'])
  })

  it('polling at the pace of stock clients is served; hammering is 429 with Retry-After, then 202 again', async () => {
    gateway.exchange.runningPolls = 1000
    try {
      const location = await kickOff()
      const statuses: number[] = []
      for (let i = 0; i < 14; i++) {
        const response = await ask('GET', location)
        statuses.push(response.status)
        if (response.status === 429) expect(response.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
        await response.arrayBuffer()
      }
      expect(statuses.slice(0, 10)).to.deep.equal(Array.from({ length: 10 }, () => 202))
      expect(statuses.slice(11)).to.deep.equal([429, 429, 429])
    } finally {
      gateway.exchange.runningPolls = 1
    }
  })

  it('a caller who accepts neither NDJSON nor bytes is 406', async () => {
    const { manifest } = await exported()
    expect(await code(await ask('GET', manifest.output[0]?.url ?? '', { headers: { accept: 'text/html' } }))).to.equal('not-acceptable')
  })
})
