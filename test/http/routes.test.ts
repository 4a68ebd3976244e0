/** The route table, walked: every route by every role, level, kind of token and method, against what test/http/who-may.txt says in its own words. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { OFFICER_ROLES, powerOf } from '../../gateway/core/identity/powers.ts'
import type { KnownParty } from '../../gateway/http/deps.ts'
import { ROUTES, type Row } from '../../gateway/http/routes.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { example, HOLDERS, officer, roleOf, SAID, type Said, said, WORDS } from '../support/who-may.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY']

const TAKEN = ROUTES.filter((row) => row.power !== null)

describe('http: the route table', function () {
  this.timeout(60_000)
  let gateway: HttpGateway
  /** tokens that an operator revoked (RFC 7009) */
  const ended = new Map<string, string>()
  before(async () => {
    gateway = await startHttpGateway({ limits: { requestsPerMinute: 600_000 } })
    for (const role of OFFICER_ROLES) gateway.parties.set(`officer-${role}`, officer(role, ['metadata', 'content', 'resend']))
    const operator = await gateway.token('officer-operator', [WORDS['operate'] ?? ''])
    for (const holder of HOLDERS) {
      const token = await gateway.token(holder, Object.values(WORDS))
      const [headers, body] = [{ authorization: `Bearer ${operator}` }, new URLSearchParams({ token })]
      const { status } = await fetch(`${gateway.url}/oauth/revocations`, { method: 'POST', headers, body })
      if (status !== 200) throw new Error(`a token could not be revoked: ${status}`)
      ended.set(holder, token)
    }
  })
  after(() => gateway.stop())

  /** While the holder is registered as this, or not at all. */
  async function as<T>(holder: string, registered: KnownParty | null, work: () => Promise<T>): Promise<T> {
    const known = gateway.parties.get(holder)
    try {
      if (registered === null) gateway.parties.delete(holder)
      else gateway.parties.set(holder, registered)
      return await work()
    } finally {
      if (known !== undefined) gateway.parties.set(holder, known)
    }
  }

  /** What may become of a holder after a token was given, and what the token is worth then. */
  function lapses(holder: string, token: string, bound: string): readonly (readonly [string, KnownParty | null, string, string])[] {
    const known = gateway.parties.get(holder)
    if (known === undefined) throw new Error(`${holder} is not registered in the test`)
    const withCertificate = { ...known, certificates: ['c'.repeat(43)] }
    const officer = known.role === 'officer'
    return [
      ['not bound (RFC 8705 §3)', withCertificate, token, '401 token-invalid'],
      ['bound, and without the certificate', withCertificate, bound, '401 token-invalid'],
      ['bound to one that is not registered', known, bound, '401 token-invalid'],
      ['suspended', null, token, '401 token-invalid'],
      ['revoked', known, ended.get(holder) ?? '', '401 token-invalid'],
      [
        'another role',
        officer ? { ...known, roles: [] } : { ...known, role: 'officer' },
        token,
        officer ? '403 scope-missing' : '401 token-invalid'
      ]
    ]
  }

  async function ask(row: Row, token: string | null): Promise<{ status: number; code: string; challenge: string | null }> {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`${gateway.url}${example(row.path)}`, { method: row.method, headers })
    const text = await response.text()
    const body = (text.startsWith('{') ? JSON.parse(text.split('\n')[0] ?? '{}') : {}) as {
      issue?: { details?: { coding?: { code?: string }[] } }[]
    }
    return {
      status: response.status,
      code: body.issue?.[0]?.details?.coding?.[0]?.code ?? '',
      challenge: response.headers.get('www-authenticate')
    }
  }
  const outcome = async (row: Row, token: string | null): Promise<string> => {
    const { status, code } = await ask(row, token)
    return status === 401 || code === 'scope-missing' ? `${status} ${code}` : 'let in'
  }

  it('the routes open to anyone are those in test/http/open-routes.txt', () => {
    const listed = readFileSync(new URL('./open-routes.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n')
    const open = ROUTES.filter((row) => row.power === null).map((row) => `${row.method} ${row.path}`)
    expect(open.sort()).to.deep.equal(listed.sort())
  })

  it('all others are those in test/http/who-may.txt: by the same scope, to the same roles on the same conditions, showing the same', () => {
    const told = TAKEN.map((row): Said => {
      const { scope, shows, who } = powerOf(row.power)
      return { route: `${row.method} ${row.path}`, scope, shows, who: new Map([...who].sort()) }
    })
    const listed = [...SAID.values()].map((one) => ({ ...one, who: new Map([...one.who].sort()) }))
    const byRoute = (one: Said, other: Said): number => one.route.localeCompare(other.route)
    expect(told.sort(byRoute)).to.deep.equal(listed.sort(byRoute))
  })

  it('no method stands twice on a path', () => {
    expect(new Set(ROUTES.map((row) => `${row.method} ${row.path}`)).size).to.equal(ROUTES.length)
  })

  for (const row of TAKEN) {
    const name = `${row.method} ${row.path}`
    const { scope, shows, who } = SAID.get(name) ?? said(`${name} none none`)
    const words = [WORDS[scope] ?? '']
    const others = Object.values(WORDS)

    it(`${name}: whoever holds the role, the scope and the level is let in, and nobody else (forced browsing)`, async () => {
      for (const holder of HOLDERS) {
        const may = who.has(roleOf(holder))
        const expected = row.means === 'session' || !may ? '403 scope-missing' : 'let in'
        expect(await outcome(row, await gateway.token(holder, words)), holder).to.equal(expected)
        expect(await outcome(row, await gateway.token(holder, others)), `${holder}, all scopes`).to.equal(expected)
      }
    })

    it(`${name}: no, expired, wrong-audience and mangled tokens are 401 (RFC 6750 §3.1), whoever's`, async () => {
      expect(await ask(row, null)).to.deep.include({ status: 401, code: 'token-missing', challenge: 'Bearer realm="sallyport"' })
      expect((await ask(row, 'x')).challenge).to.contain('error="invalid_token"')
      for (const holder of HOLDERS) {
        expect(await outcome(row, await gateway.token(holder, words, { secondsAgo: 301 })), holder).to.equal('401 token-expired')
        const elsewhere = await gateway.token(holder, words, { audience: 'https://elsewhere.example' })
        expect(await outcome(row, elsewhere), holder).to.equal('401 token-invalid')
        const token = await gateway.token(holder, words)
        expect(await outcome(row, `${token}x`), holder).to.equal('401 token-invalid')
        expect(await outcome(row, token.replace(/^[^.]+/, 'eyJhbGciOiJub25lIn0')), holder).to.equal('401 token-invalid')
      }
    })

    it(`${name}: a token without the scope is 403, whoever's`, async () => {
      const without = others.filter((word) => word !== words[0] && !(scope === 'audit' && word === WORDS['export']))
      for (const holder of HOLDERS)
        for (const scopes of [[], without.filter((word) => !(holder === 'demo-insurer' && scope === 'export' && word === WORDS['audit']))])
          expect(await outcome(row, await gateway.token(holder, scopes)), holder).to.equal('403 scope-missing')
    })

    it(`${name}: an officer who does not see ${shows} is 403, whatever the role`, async () => {
      for (const role of OFFICER_ROLES) {
        const holder = `officer-${role}`
        const token = await gateway.token(holder, words)
        for (const sees of [['metadata'], ['metadata', 'content'], ['metadata', 'resend']] as const) {
          const may = who.has(role) && row.means !== 'session' && (sees as readonly string[]).includes(shows)
          const told = await as(holder, officer(role, sees), () => outcome(row, token))
          expect(told, `${role} ${sees}`).to.equal(may ? 'let in' : '403 scope-missing')
        }
      }
    })

    it(`${name}: a party suspended, a role taken away or a certificate registered after the token was issued, and it is worth nothing`, async () => {
      for (const holder of HOLDERS) {
        const token = await gateway.token(holder, words)
        const bound = await gateway.token(holder, words, { certificate: 'c'.repeat(43) })
        for (const [rule, registered, sent, expected] of lapses(holder, token, bound))
          expect(await as(holder, registered, () => outcome(row, sent)), `${holder}: ${rule}`).to.equal(expected)
      }
    })
  }

  /** The methods a path does not take: HEAD is a GET without a body on open routes; TRACE the client here will not send. */
  function others(rows: readonly Row[]): readonly string[] {
    const readable = rows.some((row) => row.power === null && row.method === 'GET')
    return METHODS.filter((method) => !rows.some((row) => row.method === method) && !(method === 'HEAD' && readable))
  }

  it('every method a path does not name is 405 with Allow, whoever asks and whatever X-HTTP-Method-Override says (verb tampering)', async () => {
    const tokens = await Promise.all(HOLDERS.map((holder) => gateway.token(holder, Object.values(WORDS))))
    for (const [path, rows] of Map.groupBy(ROUTES, (row) => row.path)) {
      for (const [method, token] of others(rows).flatMap((method) => [null, ...tokens].map((token) => [method, token] as const))) {
        const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
        const headers = { ...authorization, 'x-http-method-override': rows[0]?.method ?? 'GET' }
        const response = await fetch(`${gateway.url}${example(path)}`, { method, headers })
        await response.arrayBuffer()
        expect(response.status, `${method} ${path}`).to.equal(405)
        expect(response.headers.get('allow')).to.equal(rows.map((row) => row.method).join(', '))
      }
    }
  })

  it('an address that is not in the table is 404 with an OperationOutcome', async () => {
    for (const path of ['/', '/submissions/', '/Submissions', '/LIVEZ', '/fhir/Patient', '/fhir/$export', '/admin', '/.env']) {
      const response = await fetch(`${gateway.url}${path}`)
      expect(response.status, path).to.equal(404)
      expect(await response.json()).to.have.property('resourceType', 'OperationOutcome')
    }
  })

  it('every answer is no-store, names its request, and carries the strict headers', async () => {
    for (const path of ['/livez', '/fhir/metadata', '/.well-known/smart-configuration', '/nowhere', '/submissions/x']) {
      const { headers } = await fetch(`${gateway.url}${path}`)
      expect(headers.get('cache-control')).to.equal('no-store')
      expect(headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/)
      expect(headers.get('content-security-policy')).to.contain("default-src 'none'")
      expect(headers.get('x-content-type-options')).to.equal('nosniff')
      expect(headers.get('x-frame-options')).to.equal('DENY')
      expect(headers.get('x-powered-by')).to.equal(null)
      expect(headers.get('access-control-allow-origin')).to.equal(null)
    }
  })
})
