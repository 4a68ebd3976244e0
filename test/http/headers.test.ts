/** The headers of every answer: of each route and method, of refusals, of what the parser refuses, and of a gateway that stops. */
import { expect } from 'chai'
import { strictHeaders } from '../../gateway/http/headers.ts'
import { ROUTES } from '../../gateway/http/routes.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { raw } from '../support/raw.ts'

/** Written out: what a browser is told, whoever changes helmet. */
const STRICT: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0'
}
const HSTS = 'strict-transport-security'
/** The log may be read by pages of any origin, and a page that does not change may be kept. */
const OF_THE_LOG = ['cross-origin-resource-policy', 'cache-control']

function headersIn(text: string): Readonly<Record<string, string>> {
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1)
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
}

describe('http: headers of every answer', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  it('they are these, and HSTS on https only (RFC 6797 §7.2)', () => {
    const lower = (url: string): object => Object.fromEntries([...strictHeaders(url)].map(([name, value]) => [name.toLowerCase(), value]))
    expect(lower('http://gateway.example')).to.deep.equal(STRICT)
    expect(lower('https://gateway.example')).to.deep.equal({ ...STRICT, [HSTS]: 'max-age=63072000' })
  })

  it('each row of the table carries them, to the caller without a token, with one, and by a method it has not', async () => {
    const token = await gateway.token('demo-hospital')
    for (const { method, path } of ROUTES) {
      const url = `${gateway.url}${path.replace(/[:*][a-z]+/gi, 'x')}`
      for (const [asked, headers] of [
        [method, {}],
        [method, { authorization: `Bearer ${token}` }],
        ['PATCH', {}]
      ] as const) {
        const response = await fetch(url, { method: asked, headers, redirect: 'manual' })
        await response.arrayBuffer()
        for (const [name, value] of Object.entries(STRICT))
          if (!(path.startsWith('/log/') && OF_THE_LOG.includes(name)))
            expect(response.headers.get(name), `${asked} ${path}: ${name}`).to.equal(value)
        expect(response.headers.get(HSTS)).to.equal(null)
        expect(response.headers.get('x-powered-by')).to.equal(null)
        expect(response.headers.get('server')).to.equal(null)
      }
    }
  })

  it('what the parser refuses carries them, too, and ends the connection', async () => {
    for (const bytes of [
      'GET /livez HTTP/1.1\r\n\r\n',
      'nonsense\r\n\r\n',
      `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`
    ]) {
      const answer = await raw(gateway.server.port, bytes, 2000)
      expect(headersIn(answer.text)).to.include({ ...STRICT, connection: 'close' })
      expect(answer.closed).to.equal(true)
    }
  })

  it('no address in an answer is made from what the caller says of himself: Host, Forwarded, X-Forwarded-*, X-Original-URL', async () => {
    const lies = [
      'Forwarded: for=192.0.2.1;host=evil.example;proto=https',
      'X-Forwarded-For: 192.0.2.1',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Prefix: /evil.example',
      'X-Original-URL: /keys',
      'X-Rewrite-URL: /keys',
      'X-HTTP-Method: DELETE',
      'X-HTTP-Method-Override: DELETE',
      'X-Method-Override: DELETE'
    ].join('\r\n')
    const open = await raw(
      gateway.server.port,
      `GET /.well-known/smart-configuration HTTP/1.1\r\nHost: evil.example\r\n${lies}\r\nConnection: close\r\n\r\n`
    )
    expect(open.statuses).to.deep.equal([200])
    expect(open.text).to.include(`${gateway.url}/oauth/token`)
    expect(open.text).to.not.include('evil.example')
    const token = await gateway.token('demo-hospital')
    const post = await raw(
      gateway.server.port,
      `POST /submissions HTTP/1.1\r\nHost: evil.example\r\n${lies}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
    )
    expect(post.statuses).to.deep.equal([201])
    expect(headersIn(post.text)['location']).to.match(new RegExp(`^(?:${gateway.url})?/submissions/`))
    gateway.audited.length = 0
    await raw(gateway.server.port, `GET /nowhere HTTP/1.1\r\nHost: x\r\n${lies}\r\nConnection: close\r\n\r\n`)
    expect(JSON.stringify(gateway.audited)).to.include('127.0.0.1')
    expect(JSON.stringify(gateway.audited)).to.not.include('192.0.2.1')
  })
})
