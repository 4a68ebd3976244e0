/** The hospital's door against bad input: each fault has its stable code, the rest of the file goes on, every count adds up, and no value of the input comes back. */
import { request } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { AT_ONCE } from '../support/gateway.ts'
import { filesThatHold, useGateway } from '../support/house.ts'
import { type Answer, miscounted, Party, sum } from '../support/journey.ts'
import { bundle, condition, MARK, ndjson, patient, ward } from '../support/records.ts'

const MIB = 1024 * 1024
const NEST = 10_000

/** What a line holds, the code it is refused with, and the path that is told. */
const BAD_LINES: readonly (readonly [what: string, line: string | Buffer, code: string, path: string])[] = [
  ['a line that is not JSON', `${MARK} is not JSON`, 'not-json', ''],
  ['a line of 20 MiB', `{"resourceType":"Patient","id":"${MARK.padEnd(20 * MIB, 'x')}"}`, 'line-too-long', ''],
  ['nesting 10,000 deep', `{"resourceType":"Patient","name":${'['.repeat(NEST)}"${MARK}"${']'.repeat(NEST)}}`, 'too-deep', ''],
  ['a key named twice', `{"resourceType":"Patient","id":"${MARK}1","id":"${MARK}2"}`, 'duplicate-key', ''],
  ['a __proto__ key', `{"resourceType":"Patient","__proto__":{"id":"${MARK}"}}`, 'not-fhir', 'Patient.?'],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from(`{"resourceType":"Patient","id":"${MARK}`), Buffer.of(0xff), Buffer.from('"}')]),
    'not-utf8',
    ''
  ],
  ['a wrong resourceType', `{"resourceType":"${MARK}","id":"a"}`, 'unknown-resource-type', ''],
  ['an element FHIR does not have', `{"resourceType":"Patient","${MARK}":"${MARK}"}`, 'not-fhir', 'Patient.?'],
  [
    'an unknown modifierExtension',
    `{"resourceType":"Patient","modifierExtension":[{"url":"urn:${MARK}"}]}`,
    'unknown-modifier',
    'Patient.modifierExtension'
  ],
  ['implicitRules', `{"resourceType":"Patient","implicitRules":"urn:${MARK}"}`, 'implicit-rules', 'Patient.implicitRules'],
  ['a record of nobody', `{"resourceType":"Condition","id":"c","subject":{"display":"${MARK}"}}`, 'no-subject', 'Condition'],
  [
    'Bundles five deep',
    JSON.stringify(bundle([bundle([bundle([bundle([bundle([patient(MARK)])])])])])),
    'nested-bundle',
    `${'Bundle.entry[0]: '.repeat(4)}Bundle`
  ]
]

describe('the hospital’s door', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null }, { SALLYPORT_LOG_LEVEL: 'debug' })
  let hospital: Party
  before(() => {
    hospital = new Party(house().gateway, house().site, 'demo-hospital')
  })

  /** What left for this submission: every disclosure ready, every count adding up. */
  async function released(submission: string, received: number): Promise<number> {
    const done = await hospital.ended(submission)
    expect(done.received).to.equal(received)
    expect(miscounted(done)).to.deep.equal([])
    expect(done.agreements.map(({ state, received: all }) => [state, all])).to.deep.equal([['ready', received]])
    return done.agreements[0]?.released ?? 0
  }

  async function expectRefused(answer: Answer, status: number, code: string, submission: string): Promise<void> {
    expect([answer.status, answer.code]).to.deep.equal([status, code])
    expect((await hospital.view(submission)).files.filter(({ state }) => state === 'kept')).to.deep.equal([])
  }

  it('bad lines are told by line, known path and code; the lines between them are released', async () => {
    const submission = await hospital.open()
    const good = ward('bad-lines-', 4)
    const lines = BAD_LINES.flatMap(([, line], n) => [
      Buffer.from(line),
      Buffer.from('\n'),
      Buffer.from(ndjson(good.slice(n % 8, (n % 8) + 1)))
    ])
    const kept = await hospital.put(submission, `${MARK}-smith.ndjson`, Buffer.concat(lines), { 'idempotency-key': `${MARK}-key` })
    expect(kept.status, kept.text).to.equal(202)
    expect(await hospital.issues(submission)).to.have.deep.members(
      BAD_LINES.map(([, , code, path], n) => ({ line: 2 * n + 1, code, path }))
    )
    await hospital.close(submission)
    // 12 good lines, of 8 records: four of them came twice
    expect(await released(submission, BAD_LINES.length * 2)).to.equal(8)
    const view = await hospital.view(submission)
    expect(sum(view.rejected)).to.equal(BAD_LINES.length)
    expect(view.agreements[0]?.withheld).to.deep.equal({ superseded: 4 })
    expect(view.agreements[0]?.rejected).to.deep.equal(view.rejected)
  })

  it('a gzip cut short is truncated, one that is none not-gzip, one that expands a thousandfold a decompression-bomb; nothing is kept', async () => {
    const submission = await hospital.open()
    const whole = gzipSync(ndjson(ward('gz', 40)))
    await expectRefused(
      await hospital.put(submission, 'Patient.ndjson.gz', whole.subarray(0, whole.length - 20)),
      400,
      'truncated',
      submission
    )
    await expectRefused(
      await hospital.put(submission, 'Patient.ndjson', MARK.repeat(9), { 'content-encoding': 'gzip' }),
      400,
      'not-gzip',
      submission
    )
    const broken = Buffer.from(whole)
    broken.fill(0, 200, 260)
    await expectRefused(
      await hospital.put(submission, 'Patient.ndjson', broken, { 'content-encoding': 'gzip' }),
      400,
      'not-gzip',
      submission
    )
    await expectRefused(
      await hospital.put(submission, 'Patient.ndjson', gzipSync(Buffer.alloc(160 * MIB, ' '))),
      400,
      'decompression-bomb',
      submission
    )
    await expectRefused(await hospital.put(submission, 'Patient.ndjson', ' \n\n'), 400, 'empty-body', submission)
    expect((await hospital.close(submission)).code).to.equal('empty-body')
    expect((await hospital.put(submission, 'Patient.ndjson.gz', whole)).status).to.equal(202)
  })

  it('a Bundle document that ends early is truncated, and so is a last line that was cut', async () => {
    const submission = await hospital.open()
    const text = JSON.stringify(bundle(ward('early', 20)), null, 1)
    await expectRefused(await hospital.put(submission, 'bundle.json', text.slice(0, -400)), 400, 'truncated', submission)
    const lines = ndjson(ward('cut-line', 3))
    expect((await hospital.put(submission, 'data.ndjson', lines.slice(0, -30))).status).to.equal(202)
    expect(await hospital.issues(submission)).to.deep.equal([{ line: 6, code: 'truncated', path: '' }])
  })

  it('an upload cut in the middle keeps nothing; sent again under the same key it is taken, once; with another body it is key-reused', async () => {
    const submission = await hospital.open()
    const body = Buffer.from(ndjson(ward('cut', 200)))
    await cutUpload(house().gateway.url, await hospital.token(), submission, body)
    const headers = { 'idempotency-key': `${MARK}-cut` }
    let again = await hospital.put(submission, 'data.ndjson', body, headers)
    for (let tries = 0; again.code === 'upload-in-progress' && tries < 20; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100)) // the server may not have seen the cut yet
      again = await hospital.put(submission, 'data.ndjson', body, headers)
    }
    expect(again.status, again.text).to.equal(202)
    expect((await hospital.put(submission, 'data.ndjson', body, headers)).text, 'the same answer').to.equal(again.text)
    const other = await hospital.put(submission, 'data.ndjson', ndjson(ward('other', 3)), headers)
    expect([other.status, other.code]).to.deep.equal([409, 'key-reused'])
    expect((await hospital.put(submission, 'Patient.ndjson', body, headers)).code, 'the same body as another file').to.equal('key-reused')
    expect((await hospital.view(submission)).files.map(({ state, received }) => [state, received])).to.deep.equal([['kept', 400]])
    await hospital.close(submission)
    expect(await released(submission, 400)).to.equal(400)
  })

  it('an upload after the close is submission-closed, also when it began before; the same key still answers', async () => {
    const submission = await hospital.open()
    const body = ndjson(ward('closed', 3))
    const first = await hospital.put(submission, 'data.ndjson', body, { 'idempotency-key': 'closed' })
    const late = lateUpload(house().gateway.url, await hospital.token(), submission, ndjson(ward('late', 3)))
    await late.begun
    expect((await hospital.close(submission)).status).to.equal(202)
    expect(await late.end()).to.deep.equal([409, 'submission-closed'])
    const after = await hospital.put(submission, 'Patient.ndjson', body)
    expect([after.status, after.code]).to.deep.equal([409, 'submission-closed'])
    expect((await hospital.put(submission, 'data.ndjson', body, { 'idempotency-key': 'closed' })).text).to.equal(first.text)
    expect((await hospital.close(submission)).status, 'closing twice').to.equal(202)
    expect(await released(submission, 6)).to.equal(6)
  })

  it('a Bundle larger than 16 MiB is streamed by its entries, bad ones among them told by their number', async () => {
    const submission = await hospital.open()
    const filler = 'x'.repeat(40_000)
    const people = Array.from({ length: 500 }, (_, n) => ({
      ...patient(`large${n}`),
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${filler}</div>` }
    }))
    const text = JSON.stringify(
      bundle([...people, { resourceType: 'Condition', id: MARK, subject: { display: MARK } }, condition('large', 'large0')], 'transaction')
    )
    expect(text.length).to.be.greaterThan(16 * MIB)
    const kept = await hospital.put(submission, 'bundle.json', text, { 'content-type': 'application/fhir+json' })
    expect(kept.status, kept.text).to.equal(202)
    expect(await hospital.issues(submission)).to.deep.equal([{ line: 501, code: 'no-subject', path: 'Condition' }])
    await hospital.close(submission)
    expect(await released(submission, 502)).to.equal(501)
  })

  it('a pretty-printed Bundle, NDJSON of Bundles and gzip of either are the same records', async () => {
    const submission = await hospital.open()
    const pretty = JSON.stringify(bundle(ward('pretty', 3)), null, 2)
    const files: readonly (readonly [string, string | Buffer])[] = [
      ['bundle.json', pretty],
      ['bundle.1.json', gzipSync(pretty)],
      ['bundles.ndjson', ndjson([bundle(ward('pretty', 3), 'transaction'), bundle(ward('line', 2))])],
      ['bundles.ndjson.gz', gzipSync(ndjson([bundle(ward('pretty', 3), 'transaction'), bundle(ward('line', 2))]))]
    ]
    for (const [name, body] of files) expect((await hospital.put(submission, name, body)).status).to.equal(202)
    const view = await hospital.view(submission)
    expect(view.files.map(({ name, received }) => [name, received])).to.deep.equal([
      ['bundle.json', 6],
      ['bundle.1.json', 6],
      ['bundles.ndjson', 10],
      ['bundles.ndjson.gz', 10]
    ])
    await hospital.close(submission)
    expect(await released(submission, 32)).to.equal(10)
  })

  it('Bundles in Bundles and in Parameters: each resource inside is a record, the wrappers are none, a bad one is told by where it stands', async () => {
    const submission = await hospital.open()
    const bad = { resourceType: 'Patient', [MARK]: MARK }
    const inParameters = (...resources: readonly object[]): object => ({
      resourceType: 'Parameters',
      parameter: [{ name: MARK, valueString: MARK }, ...resources.map((resource) => ({ name: MARK, part: [{ name: MARK, resource }] }))]
    })
    const lines = [
      bundle([...ward('in', 2), bundle(ward('inner', 2), 'transaction')]),
      inParameters(patient('alone'), bundle([...ward('both', 1), bad])),
      bundle([{ ...inParameters(bundle(ward('deep', 1))), id: 'p' }])
    ]
    const kept = await hospital.put(submission, 'bundles.ndjson', ndjson(lines as Parameters<typeof ndjson>[0]))
    expect(kept.status, kept.text).to.equal(202)
    expect(await hospital.issues(submission)).to.deep.equal([
      { line: 2, code: 'not-fhir', path: 'Parameters.parameter[2].part[0]: Bundle.entry[2]: Patient.?' }
    ])
    await hospital.close(submission)
    expect(await released(submission, 8 + 4 + 2)).to.equal(13)
  })

  it('no value of the input stands in any answer, in the gateway’s log, or in a file', () => {
    const { gateway, site } = house()
    expect(hospital.answers.length).to.be.greaterThan(50)
    for (const answer of hospital.answers) expect(answer.includes(MARK), answer.slice(0, 300)).to.equal(false)
    expect(gateway.log()).to.contain('upload-kept').and.not.to.contain(MARK)
    expect(filesThatHold(join(site.folder, 'data'), [MARK, 'Condition'])).to.deep.equal([])
  })
})

/** Sends half of a body whose whole length was announced, then cuts the connection. */
async function cutUpload(url: string, token: string, submission: string, body: Buffer): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-length': String(body.length), 'idempotency-key': `${MARK}-cut` }
  const sending = request(`${url}/submissions/${submission}/files/data.ndjson`, { method: 'PUT', headers })
  const cut = new Promise((resolve) => sending.on('error', resolve).on('close', resolve))
  sending.write(body.subarray(0, body.length >> 1))
  setTimeout(() => sending.destroy(), 200)
  await cut
}

/** An upload whose body ends when the test says so. */
function lateUpload(
  url: string,
  token: string,
  submission: string,
  body: string
): { readonly begun: Promise<void>; end(): Promise<readonly [number, string]> } {
  const headers = { authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' }
  const sending = request(`${url}/submissions/${submission}/files/Condition.ndjson`, { method: 'PUT', headers })
  const answered = new Promise<readonly [number, string]>((resolve, reject) => {
    sending.on('error', reject).on('response', (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve([response.statusCode ?? 0, JSON.parse(text).issue[0].details.coding[0].code]))
    })
  })
  sending.write(body.slice(0, 100))
  return {
    begun: new Promise((resolve) => setTimeout(resolve, 300)),
    end: () => {
      sending.end(body.slice(100))
      return answered
    }
  }
}
