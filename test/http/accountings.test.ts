/** Officers over HTTP: who may ask for an accounting, what a request may look like, and that nothing of it stands in an answer or observation. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { UpstreamError } from '../../gateway/core/errors.ts'
import { registryOf } from '../../gateway/core/identity/registry.ts'
import {
  type Accountings,
  type AskedAccounting,
  type MadeAccounting,
  openAccountings
} from '../../gateway/exchange/accounting/accountings.ts'
import type { Caller } from '../../gateway/exchange/doors.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const SECRET = 'invented-patient-4711'
const REQUEST = { source: 'demo-hospital', patients: [`Patient/${SECRET}`], reason: 'a request' }
const ASIDE = { due: '2026-03-01', extended: '2026-04-01', fee: 'free', suspended: 0, names: [] } as const

describe('http: POST /accountings', () => {
  const kept: { gateway: HttpGateway | null; made: AskedAccounting[]; make: () => Promise<MadeAccounting> } = {
    gateway: null,
    made: [],
    make: async () => ({ documents: [], aside: ASIDE })
  }
  const accountings: Accountings = {
    make: async (_caller, asked) => {
      kept.made.push(asked)
      return kept.make()
    },
    suspensions: async () => [],
    incidents: async () => []
  }
  const gateway = (): HttpGateway => kept.gateway as HttpGateway
  before(async () => {
    kept.gateway = await startHttpGateway({ accountings, limits: { stallSeconds: 1 } })
  })
  after(() => gateway().stop())

  interface Answer {
    readonly status: number
    readonly code: string | undefined
    readonly text: string
    readonly headers: Headers
  }

  async function ask(
    body: unknown,
    { token, headers = {}, path = '/accountings' }: { token?: string | null; headers?: Record<string, string>; path?: string } = {}
  ): Promise<Answer> {
    const bearer = token === undefined ? await gateway().token('demo-officer') : token
    const response = await fetch(`${gateway().url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
      body: (typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)) as string,
      ...(body instanceof ReadableStream ? { duplex: 'half', body } : {})
    } as RequestInit)
    const text = await response.text()
    const outcome = JSON.parse(text) as { issue?: { details: { coding: { code: string }[] } }[] }
    return { status: response.status, code: outcome.issue?.[0]?.details.coding[0]?.code, text, headers: response.headers }
  }

  async function signIn(assertion: string, scope?: string): Promise<Record<string, unknown>> {
    const form = { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion: assertion }
    const body = new URLSearchParams(scope === undefined ? form : { ...form, scope })
    return (await (await fetch(`${gateway().url}/oauth/token`, { method: 'POST', body })).json()) as Record<string, unknown>
  }

  it('an officer signs in by SMART Backend Services with the id as client_id, and asks; the answer is not kept by caches', async () => {
    const granted = await signIn(await gateway().assertion('demo-officer'))
    expect(granted).to.include({ scope: 'sallyport/accountings', token_type: 'bearer' })
    const answer = await ask(
      { ...REQUEST, formats: ['json', 'pdf'], scope: 'all', from: '2025-01-01' },
      { token: String(granted['access_token']) }
    )
    expect([answer.status, answer.headers.get('cache-control')], answer.text).to.deep.equal([200, 'no-store'])
    expect(JSON.parse(answer.text)).to.deep.equal({ documents: [], aside: ASIDE })
    expect(kept.made.at(-1)).to.deep.equal({ ...REQUEST, formats: ['json', 'pdf'], scope: 'all', from: '2025-01-01' })
  })

  it('scopes of officers are cut to theirs', async () => {
    for (const [asked, granted] of [
      ['sallyport/accountings system/AuditEvent.cruds', 'sallyport/accountings system/AuditEvent.rs'],
      ['system/AuditEvent.read', 'system/AuditEvent.read'],
      ['sallyport/submit system/*.rs system/*.cu system/Patient.rs', null]
    ] as const) {
      const answer = await signIn(await gateway().assertion('demo-officer'), asked)
      if (granted === null) expect(answer).to.have.property('error', 'invalid_scope')
      else expect(answer).to.have.property('scope', granted)
    }
    for (const party of ['demo-hospital', 'demo-insurer'])
      expect(await signIn(await gateway().assertion(party), 'sallyport/accountings'), party).to.have.property('error', 'invalid_scope')
  })

  it('wrong callers: parties, an officer who may not, one nobody knows, late and replayed assertions; nothing is made', async () => {
    const before = kept.made.length
    const { parties } = gateway()
    for (const party of ['demo-hospital', 'demo-insurer'])
      for (const scopes of [undefined, ['sallyport/accountings']])
        expect(await ask(REQUEST, { token: await gateway().token(party, scopes) })).to.include({ status: 403, code: 'scope-missing' })
    expect(await ask(REQUEST, { token: await gateway().token('demo-officer', ['system/AuditEvent.rs']) })).to.include({
      code: 'scope-missing'
    })
    expect(await ask(REQUEST, { token: null })).to.include({ status: 401, code: 'token-missing' })

    const token = await gateway().token('demo-officer')
    try {
      parties.delete('demo-officer')
      expect(await signIn(await gateway().assertion('demo-officer'))).to.have.property('error', 'invalid_client')
      expect(await ask(REQUEST, { token })).to.include({ status: 401, code: 'token-invalid' })
      parties.set('demo-officer', { id: 'demo-officer', role: 'hospital', certificates: [] })
      expect(await ask(REQUEST, { token }), 'the id is a party now').to.include({ status: 401, code: 'token-invalid' })
    } finally {
      parties.set('demo-officer', {
        id: 'demo-officer',
        role: 'officer',
        roles: ['compliance-reviewer'],
        sees: ['metadata', 'content'],
        certificates: []
      })
    }

    const late = await gateway().assertion('demo-officer', { exp: Math.floor(Date.now() / 1000) - 60 })
    expect(await signIn(late)).to.have.property('error', 'invalid_client')
    const once = await gateway().assertion('demo-officer')
    expect(await signIn(once)).to.have.property('access_token')
    expect(await signIn(once)).to.have.property('error', 'invalid_client')
    const ofAnother = await gateway().assertion('demo-hospital', { iss: 'demo-officer', sub: 'demo-officer' })
    expect(await signIn(ofAnother)).to.have.property('error', 'invalid_client')
    expect(kept.made).to.have.length(before)
  })

  it('an officer reaches no route of hospitals or insurers', async () => {
    const authorization = `Bearer ${await gateway().token('demo-officer', ['sallyport/accountings', 'sallyport/submit', 'system/*.rs', 'system/*.cu'])}`
    for (const [method, path] of [
      ['POST', '/submissions'],
      ['GET', '/fhir/Group/sealed-one/$export'],
      ['GET', '/datasets/00000000-0000-4000-8000-000000000000/manifest']
    ] as const)
      expect((await fetch(`${gateway().url}${path}`, { method, headers: { authorization } })).status, path).to.equal(403)
  })

  it('the door asks the policies again: whoever is no officer there, or may not, is refused', async () => {
    const named = { id: 'demo-officer', name: 'Example Officer', office: 'Privacy Office', jwks: { keys: [] } }
    const doors = (roles: readonly string[], sees = ['metadata', 'content']): Accountings =>
      openAccountings({
        registry: registryOf({ parties: new Map(), officers: new Map([['demo-officer', { ...named, roles, sees }]]) as never }),
        now: () => new Date()
      } as Parameters<typeof openAccountings>[0])
    const caller = (party: string, role: Caller['role']): Caller => ({ party, role, scopes: ['sallyport/accountings'] })
    for (const [roles, who] of [
      [['proposer'], caller('demo-officer', 'officer')],
      [['privacy-officer'], caller('demo-officer', 'officer')],
      [['compliance-reviewer'], caller('other-officer', 'officer')],
      [['compliance-reviewer'], caller('demo-officer', 'hospital')]
    ] as const)
      for (const act of ['make', 'suspensions', 'incidents'] as const) {
        const error = await doors(roles)
          [act](who, REQUEST)
          .catch((thrown: unknown) => thrown)
        expect(error, `${act} ${roles}`).to.have.property('code', 'scope-missing')
      }
    for (const act of ['make', 'incidents'] as const) {
      const reviewer = doors(['compliance-reviewer'], ['metadata'])
      const error = await reviewer[act](caller('demo-officer', 'officer'), REQUEST).catch((thrown: unknown) => thrown)
      expect(error, `${act}, and sees metadata alone`).to.have.property('code', 'scope-missing')
    }
  })

  for (const [rule, body, status, code] of [
    ['an empty body', '', 400, 'empty-body'],
    ['what is not JSON', `{"patients": ["${SECRET}"`, 400, 'not-json'],
    ['a list', [REQUEST], 400, 'bad-request'],
    ['null', 'null', 400, 'bad-request'],
    ['a number', '4711', 400, 'bad-request'],
    ['an unknown member', { ...REQUEST, officer: 'Somebody Else' }, 400, 'bad-request'],
    ['a member called by the patient', { ...REQUEST, [SECRET]: 1 }, 400, 'bad-request'],
    ['__proto__', JSON.stringify(REQUEST).replace('{', '{"__proto__": {"scope": "all"},'), 400, 'bad-request'],
    ['constructor', JSON.stringify(REQUEST).replace('{', '{"constructor": {},'), 400, 'bad-request'],
    ['a member named twice', JSON.stringify(REQUEST).replace('{', '{"source": "other-hospital",'), 400, 'duplicate-key'],
    ['no patients', { ...REQUEST, patients: [] }, 400, 'bad-request'],
    ['patients that are no list', { ...REQUEST, patients: SECRET }, 400, 'bad-request'],
    ['21 patients', { ...REQUEST, patients: Array.from({ length: 21 }, (_, n) => `${SECRET}${n}`) }, 400, 'bad-request'],
    ['a patient without end', { ...REQUEST, patients: [SECRET.repeat(20)] }, 400, 'bad-request'],
    ['a patient that is an object', { ...REQUEST, patients: [{ id: SECRET }] }, 400, 'bad-request'],
    ['a source that is no id', { ...REQUEST, source: '../demo' }, 400, 'bad-request'],
    ['no reason', { source: 'demo-hospital', patients: [SECRET] }, 400, 'bad-request'],
    ['a reason of spaces', { ...REQUEST, reason: '   ' }, 400, 'bad-request'],
    ['a reason without end', { ...REQUEST, reason: 'x'.repeat(501) }, 400, 'bad-request'],
    ['a day that is a moment', { ...REQUEST, from: '2026-01-01T00:00:00Z' }, 400, 'bad-request'],
    ['another scope', { ...REQUEST, scope: 'everything' }, 400, 'bad-request'],
    ['another form', { ...REQUEST, formats: ['docx'] }, 400, 'bad-request'],
    ['no form', { ...REQUEST, formats: [] }, 400, 'bad-request'],
    ['a form twice', { ...REQUEST, formats: ['pdf', 'pdf'] }, 400, 'bad-request'],
    ['nesting without end', `${'['.repeat(8000)}${']'.repeat(8000)}`, 400, 'too-deep'],
    ['a body of 17 KiB', { ...REQUEST, reason: SECRET.repeat(900) }, 413, 'too-large'],
    ['a body of 8 MiB', 'x'.repeat(8 * 1024 * 1024), 413, 'too-large'],
    ['bytes that are not UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'not-utf8']
  ] as const)
    it(`${rule} is refused: ${code}, and nothing of it is repeated`, async () => {
      const before = kept.made.length
      const answer = await ask(body)
      expect([answer.status, answer.code], answer.text).to.deep.equal([status, code])
      expect(answer.text).not.to.contain(SECRET)
      expect(kept.made).to.have.length(before)
    })

  it('other media types, packed bodies and parameters are refused', async () => {
    for (const [headers, path, status, code] of [
      [{ 'content-type': 'application/x-www-form-urlencoded' }, '/accountings', 415, 'unsupported-media-type'],
      [{ 'content-type': 'text/plain' }, '/accountings', 415, 'unsupported-media-type'],
      [{ 'content-encoding': 'gzip' }, '/accountings', 415, 'unsupported-media-type'],
      [{}, `/accountings?patient=${SECRET}`, 400, 'unsupported-parameter']
    ] as const)
      expect(await ask(REQUEST, { headers, path }), code).to.include({ status, code })
  })

  it('a body that does not come is given up', async () => {
    const stalled = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{"source":')) })
    expect(await ask(stalled)).to.include({ status: 408, code: 'too-slow' })
  })

  it('one accounting at a time for each officer, also where the caller hung up: 429, and then the next', async () => {
    const { promise, resolve } = Promise.withResolvers<MadeAccounting>()
    kept.make = () => promise
    const before = kept.made.length
    const left = new AbortController()
    const token = await gateway().token('demo-officer')
    const first = fetch(`${gateway().url}/accountings`, {
      method: 'POST',
      headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(REQUEST),
      signal: left.signal
    }).catch((error: unknown) => error)
    while (kept.made.length === before) await new Promise((done) => setTimeout(done, 5))
    left.abort()
    await first
    const second = await ask(REQUEST)
    expect([second.status, second.headers.get('retry-after')]).to.deep.equal([429, '1'])
    kept.make = async () => ({ documents: [], aside: ASIDE })
    resolve({ documents: [], aside: ASIDE })
    await new Promise((done) => setTimeout(done, 20))
    expect((await ask(REQUEST)).status).to.equal(200)
  })

  it('what fails is told by its code alone, and frees the place', async () => {
    for (const [thrown, status, code] of [
      [new UpstreamError('database-unavailable', 5, new Error(SECRET)), 503, 'database-unavailable'],
      [new Error(SECRET), 500, 'internal']
    ] as const) {
      kept.make = () => Promise.reject(thrown)
      const answer = await ask(REQUEST)
      expect([answer.status, answer.code, answer.text.includes(SECRET)]).to.deep.equal([status, code, false])
    }
    kept.make = async () => ({ documents: [], aside: ASIDE })
    expect((await ask(REQUEST)).status).to.equal(200)
  })

  it('the lists of suspensions and incidents', async () => {
    const authorization = `Bearer ${await gateway().token('demo-officer')}`
    for (const [path, body] of [
      ['/accountings/suspensions', { suspensions: [] }],
      ['/incidents', { incidents: [] }]
    ] as const) {
      const response = await fetch(`${gateway().url}${path}`, { headers: { authorization } })
      expect([response.status, await response.json()]).to.deep.equal([200, body])
      expect((await fetch(`${gateway().url}${path}?patient=x`, { headers: { authorization } })).status).to.equal(400)
    }
  })

  it('nothing of a patient occurs in an observation or an entry', () => {
    const { observed, audited } = gateway()
    const told = observed.filter(({ event }) => event !== 'requestFailed') // an error may hold anything: of it only class and code are printed
    expect(observed.some(({ data }) => data['route'] === '/accountings')).to.equal(true)
    expect(JSON.stringify([told, audited])).not.to.contain(SECRET)
  })
})
