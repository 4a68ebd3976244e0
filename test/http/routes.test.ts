/** The route table, walked: every route by every kind of token and every method. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { ROUTES, type Row } from '../../gateway/http/routes.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY']

function example(path: string): string {
  return path
    .replace('*tile', '000')
    .replace(':level', '0')
    .replace(':agreement', 'clear-one')
    .replace(':name', 'Patient.ndjson')
    .replace(':id', '00000000-0000-4000-8000-000000000000')
}

describe('http: the route table', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  async function ask(row: Row, token: string | null): Promise<{ status: number; code: string; challenge: string | null }> {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`${gateway.url}${example(row.path)}`, { method: row.method, headers })
    const body = (await response.json()) as { issue?: { details?: { coding?: { code?: string }[] } }[] }
    return {
      status: response.status,
      code: body.issue?.[0]?.details?.coding?.[0]?.code ?? '',
      challenge: response.headers.get('www-authenticate')
    }
  }

  it('the routes open to anyone are those in test/http/open-routes.txt', () => {
    const listed = readFileSync(new URL('./open-routes.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n')
    const open = ROUTES.filter((row) => row.access === 'public').map((row) => `${row.method} ${row.path}`)
    expect(open.sort()).to.deep.equal(listed.sort())
  })

  it('no method stands twice on a path', () => {
    expect(new Set(ROUTES.map((row) => `${row.method} ${row.path}`)).size).to.equal(ROUTES.length)
  })

  for (const row of ROUTES) {
    if (row.access === 'public') continue
    const name = `${row.method} ${row.path}`
    const party = {
      hospital: 'demo-hospital',
      insurer: 'demo-insurer',
      officer: 'demo-officer',
      party: 'demo-insurer',
      any: 'demo-insurer'
    }[row.access]
    const wrong =
      row.access === 'party' ? ['demo-officer'] : ['demo-hospital', 'demo-insurer', 'demo-officer'].filter((holder) => holder !== party)

    it(`${name}: no, expired, wrong-audience and mangled tokens are 401 (RFC 6750 §3.1)`, async () => {
      expect(await ask(row, null)).to.deep.include({ status: 401, code: 'token-missing', challenge: 'Bearer realm="sallyport"' })
      expect(await ask(row, await gateway.token(party, undefined, { secondsAgo: 301 }))).to.deep.include({
        status: 401,
        code: 'token-expired'
      })
      expect(await ask(row, await gateway.token(party, undefined, { audience: 'https://elsewhere.example' }))).to.deep.include({
        status: 401,
        code: 'token-invalid'
      })
      expect(await ask(row, `${await gateway.token(party)}x`)).to.deep.include({ status: 401, code: 'token-invalid' })
      expect((await ask(row, 'x')).challenge).to.contain('error="invalid_token"')
    })

    it(`${name}: a token of any role without the scope is 403`, async () => {
      for (const [holder, scopes] of [
        ['demo-hospital', ['sallyport/submit', 'system/*.cu', 'system/*.rs']],
        ['demo-hospital', []],
        ['demo-insurer', ['system/Patient.rs', 'sallyport/submit']],
        ['demo-insurer', []],
        ['demo-officer', ['sallyport/accountings', 'system/*.rs']],
        ['demo-officer', []]
      ] as const) {
        if (row.access === 'any' || row.access === 'party')
          expect(await ask(row, await gateway.token(holder, scopes)), holder).to.deep.include({ status: 403, code: 'scope-missing' })
      }
    })

    it(`${name}: every other role is 403, and so is a token without the scope`, async () => {
      if (row.access === 'any') return
      const all = [
        'sallyport/submit',
        'sallyport/accountings',
        'sallyport/agreements',
        'system/*.rs',
        'system/*.cu',
        'system/AuditEvent.rs'
      ]
      for (const holder of wrong)
        for (const scopes of [undefined, all])
          expect(await ask(row, await gateway.token(holder, scopes)), holder).to.deep.include({ status: 403, code: 'scope-missing' })
      expect(await ask(row, await gateway.token(party, []))).to.deep.include({ status: 403, code: 'scope-missing' })
    })

    it(`${name}: a party suspended after its token was issued is 401`, async () => {
      const token = await gateway.token(party)
      const known = gateway.parties.get(party)
      gateway.parties.delete(party)
      try {
        expect(await ask(row, token)).to.deep.include({ status: 401, code: 'token-invalid' })
      } finally {
        if (known !== undefined) gateway.parties.set(party, known)
      }
    })
  }

  /** The methods a path does not take: HEAD is a GET without a body on open routes; TRACE the client here will not send. */
  function others(rows: readonly Row[]): readonly string[] {
    const readable = rows.some((row) => row.access === 'public' && row.method === 'GET')
    return METHODS.filter((method) => !rows.some((row) => row.method === method) && !(method === 'HEAD' && readable))
  }

  it('every method a path does not name is 405 with Allow, whatever X-HTTP-Method-Override says', async () => {
    const authorization = `Bearer ${await gateway.token('demo-hospital')}`
    for (const [path, rows] of Map.groupBy(ROUTES, (row) => row.path)) {
      for (const method of others(rows)) {
        const headers = { authorization, 'x-http-method-override': rows[0]?.method ?? 'GET' }
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
