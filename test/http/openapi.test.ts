/** The OpenAPI document, the page of documentation, the table of routes and the codes: each says what the others say, in both directions. */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { CODES } from '../../gateway/core/errors.ts'
import { ANSWERS } from '../../gateway/http/outcomes.ts'
import { ROUTES, whoOf } from '../../gateway/http/routes.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly security: readonly object[]
  readonly responses: Readonly<Record<string, unknown>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> & { readonly Code: { readonly enum: readonly string[] } } }
}

const root = new URL('../../', import.meta.url)
const document = JSON.parse(readFileSync(new URL('schemas/http/openapi.json', root), 'utf8')) as Document
const page = readFileSync(new URL('gateway/http/README.md', root), 'utf8')

function sources(folder: URL): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'))
    .join('\n')
}

/** When a code or route is new: give it a row in outcomes.ts or routes.ts, then `node scripts/http-page.ts`. */
describe('http: what is written about it', () => {
  it('every route stands in the OpenAPI document and on the page, and no other does', () => {
    const plain = (path: string): string => path.replace('/*', '/:') // one path element or more
    const routes = ROUTES.map((row) => `${whoOf(row)} ${row.method} ${plain(row.path)}`).sort()
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, operation]) => `${operation.tags[0]} ${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
      )
    )
    const onPage = [...page.matchAll(/^\| (?:public \| )?(GET|POST|PUT|DELETE) \| `([^`]+)` \|/gm)].map(
      (match) => `${match[1]} ${plain(match[2] ?? '')}`
    )
    expect(documented.sort()).to.deep.equal(routes)
    expect(onPage.sort()).to.deep.equal(routes.map((route) => route.slice(route.indexOf(' ') + 1)).sort())
  })

  it('routes of a party are documented with their token, 401 and 403; open ones without', () => {
    for (const operations of Object.values(document.paths)) {
      for (const operation of Object.values(operations)) {
        const open = operation.tags[0] === 'public'
        expect(operation.security.length, operation.operationId).to.equal(open ? 0 : 1)
        if (!open) expect(operation.responses, operation.operationId).to.include.keys('401', '403', '404', '429', '503')
      }
    }
  })

  it('every code stands in the OpenAPI document, on the page with its status and meaning, and has a status', () => {
    const codes = Object.keys(CODES).sort()
    expect([...document.components.schemas.Code.enum].sort()).to.deep.equal(codes)
    expect(Object.keys(ANSWERS).sort()).to.deep.equal(codes)
    const rows = [...page.matchAll(/^\| `([a-z0-9_-]+)` \| (\d{3}) \| (.+) \|$/gm)].map((match) => [match[1], Number(match[2]), match[3]])
    const expected = Object.entries(CODES).map(([code, text]) => [code, ANSWERS[code as keyof typeof CODES][0], text]) // keys of CODES are codes
    expect(rows).to.deep.equal(expected)
  })

  it('every code is said somewhere in the source', () => {
    const text = sources(new URL('gateway/', root))
      .replace(/export const CODES = \{[\s\S]*?\} as const/, '')
      .replace(/export const ANSWERS[\s\S]*?\n\}/, '')
    const unsaid = Object.keys(CODES).filter((code) => !text.includes(`'${code}'`))
    expect(unsaid).to.deep.equal([])
  })
})

describe('http: answers have the documented shapes', () => {
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema({ $id: 'openapi', components: document.components })
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
    gateway.exchange.runningPolls = 0
  })
  after(() => gateway.stop())

  function expectShape(schema: string, value: unknown): void {
    const validate = ajv.compile({ $ref: `openapi#/components/schemas/${schema}` })
    expect(validate(value), `${schema}: ${ajv.errorsText(validate.errors)}`).to.equal(true)
  }

  it('submission, upload, refusal', async () => {
    const headers = { authorization: `Bearer ${await gateway.token('demo-hospital')}`, 'content-type': 'application/fhir+ndjson' }
    const view = (await (await fetch(`${gateway.url}/submissions?close=true`, { method: 'POST', body: '{}\nx\n', headers })).json()) as {
      id: string
    }
    expectShape('SubmissionView', view)
    expectShape(
      'OperationOutcome',
      await (await fetch(`${gateway.url}/submissions/${view.id}/files/a`, { method: 'PUT', body: '{}', headers })).json()
    )
    const issues = await (await fetch(`${gateway.url}/submissions/${view.id}/issues`, { headers })).text()
    for (const line of issues.trim().split('\n')) expectShape('OperationOutcome', JSON.parse(line))
  })

  it('kick-off, manifests of both kinds, discovery, token refusals', async () => {
    const headers = { authorization: `Bearer ${await gateway.token('demo-insurer')}`, prefer: 'respond-async' }
    for (const agreement of ['sealed-one', 'clear-one']) {
      const kicked = await fetch(`${gateway.url}/fhir/Group/${agreement}/$export`, { headers })
      expectShape('OperationOutcome', await kicked.json())
      expectShape('BulkManifest', await (await fetch(kicked.headers.get('content-location') ?? '', { headers })).json())
    }
    expectShape('SmartConfiguration', await (await fetch(`${gateway.url}/.well-known/smart-configuration`)).json())
    expectShape('Readiness', await (await fetch(`${gateway.url}/readyz`)).json())
    expectShape(
      'OAuthError',
      await (await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) })).json()
    )
  })
})
