/**
 * Request smuggling, a table: bytes that two readers on one connection could cut into requests differently (RFC 9112 §11.2). Each row says who refuses: node:http's parser, the head
 * (gateway/http/head.ts), the path (gateway/http/paths.ts), or nobody, where there is only one way to read it. hostile.test.ts has the first few.
 */
import { expect } from 'chai'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { type RawAnswer, raw } from '../support/raw.ts'

type Refuser = 'parser' | 'head' | 'nobody'

interface Row {
  readonly attack: string
  readonly bytes: string
  readonly by: Refuser
  /** default: one 400 */
  readonly statuses?: readonly number[]
}

const OPEN = 'GET /livez HTTP/1.1\r\nHost: x\r\n'
const SEND = 'POST /submissions HTTP/1.1\r\nHost: x\r\n'
/** What a smuggler wants answered. */
const INNER = 'GET /keys HTTP/1.1\r\nHost: x\r\n\r\n'
const CHUNKED = `${SEND}Transfer-Encoding: chunked\r\n\r\n`
const END = '0\r\n\r\n'

const LENGTHS: readonly Row[] = [
  {
    attack: 'CL.TE: the length hides a request behind the last chunk',
    by: 'parser',
    bytes: `${SEND}Content-Length: 35\r\nTransfer-Encoding: chunked\r\n\r\n${END}${INNER}`
  },
  {
    attack: 'TE.CL: the same two, the other way about',
    by: 'parser',
    bytes: `${SEND}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n${END}${INNER}`
  },
  { attack: 'two lengths that agree', by: 'parser', bytes: `${SEND}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde` },
  ...['+5', '-1', '5 5', '5, 5', '0x5', '', '5a', '\xb9', '1e1', '99999999999999999999999'].map(
    (length): Row => ({
      attack: `a length that is no number: "${encodeURIComponent(length)}"`,
      by: 'parser',
      bytes: `${SEND}Content-Length: ${length}\r\n\r\nabcde`
    })
  ),
  {
    attack: 'a length spelt with an underscore is no length',
    by: 'nobody',
    statuses: [401],
    bytes: `${SEND}Content_Length: 5\r\nConnection: close\r\n\r\n`
  },
  {
    attack: 'a body where a GET has none stays a body',
    by: 'nobody',
    statuses: [200],
    bytes: `${OPEN}Connection: close\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`
  }
]

const CODINGS: readonly Row[] = [
  ...['chunked, chunked', 'identity', 'chunked;q=1', '"chunked"', '\x0bchunked', 'xchunked', 'chunked,', ''].map(
    (coding): Row => ({
      attack: `Transfer-Encoding: ${encodeURIComponent(coding)}`,
      by: 'parser',
      bytes: `${SEND}Transfer-Encoding: ${coding}\r\n\r\n${END}${INNER}`
    })
  ),
  {
    attack: 'Transfer-Encoding: gzip, chunked: a coding nobody takes off',
    by: 'head',
    bytes: `${SEND}Transfer-Encoding: gzip, chunked\r\n\r\n${END}`
  },
  {
    attack: 'Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)',
    by: 'head',
    bytes: `POST /submissions HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${END}`
  },
  { attack: 'Transfer-Encoding twice', by: 'parser', bytes: `${SEND}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n${END}` },
  { attack: 'Transfer-Encoding folded onto a second line', by: 'parser', bytes: `${SEND}Transfer-Encoding:\r\n chunked\r\n\r\n${END}` },
  { attack: 'a space before the colon of Transfer-Encoding', by: 'parser', bytes: `${SEND}Transfer-Encoding : chunked\r\n\r\n${END}` },
  { attack: 'Transfer-Encoding behind a NUL', by: 'parser', bytes: `${SEND}X: \0Transfer-Encoding: chunked\r\n\r\n${END}` }
]

const CHUNKS: readonly Row[] = [
  ...['-1', '+1', '0x1', '1 ', ' 1', '1_0', 'g', '', 'fffffffffffffffff1', '1;a\nb', `1;${'a'.repeat(20_000)}`].map(
    (size): Row => ({
      attack: `a chunk of size "${encodeURIComponent(size.slice(0, 20))}"`,
      by: 'parser',
      bytes: `${CHUNKED}${size}\r\nx\r\n${END}${INNER}`
    })
  ),
  {
    attack: 'a chunk longer than it says: the request has had its answer, no second one follows',
    by: 'nobody',
    statuses: [401],
    bytes: `${CHUNKED}1\r\nxy\r\n${END}`
  },
  { attack: 'a chunk line that ends with LF alone', by: 'parser', bytes: `${CHUNKED}1\nx\n0\n\n${INNER}` },
  { attack: 'a chunk line that ends with CR alone', by: 'parser', bytes: `${CHUNKED}1\rx\r${END}` },
  { attack: 'a length in the trailer is none', by: 'parser', bytes: `${CHUNKED}0\r\nContent-Length: 35\r\n\r\n${INNER}` }
]

const HEADS: readonly Row[] = [
  { attack: 'lines that end with LF alone', by: 'parser', bytes: 'GET /livez HTTP/1.1\nHost: x\n\n' },
  { attack: 'lines that end with CR alone', by: 'parser', bytes: 'GET /livez HTTP/1.1\rHost: x\r\r' },
  { attack: 'one header line that ends with LF alone', by: 'parser', bytes: 'GET /livez HTTP/1.1\r\nHost: x\nX: y\r\n\r\n' },
  { attack: 'CR in a header', by: 'parser', bytes: `${OPEN}X: a\rb\r\n\r\n` },
  { attack: 'NUL in a header', by: 'parser', bytes: `${OPEN}X: a\0b\r\n\r\n` },
  { attack: 'a header without a name', by: 'parser', bytes: `${OPEN}: a\r\n\r\n` },
  { attack: 'a header whose name is no token', by: 'parser', bytes: `${OPEN}X\xe9: a\r\n\r\n` },
  { attack: 'a header folded onto a second line (obs-fold)', by: 'parser', bytes: `${OPEN}X: a\r\n b\r\n\r\n` },
  { attack: 'a space before the first header', by: 'parser', bytes: 'GET /livez HTTP/1.1\r\n Host: x\r\n\r\n' },
  {
    attack: 'more headers than the gateway reads: none is dropped in silence',
    by: 'parser',
    statuses: [431],
    bytes: `${OPEN}${'X: a\r\n'.repeat(150)}Authorization: Bearer x\r\n\r\n`
  },
  { attack: 'two Hosts (RFC 9112 §3.2)', by: 'head', bytes: 'GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n' },
  { attack: 'an empty Host', by: 'head', bytes: 'GET /livez HTTP/1.1\r\nHost:\r\n\r\n' },
  ...['a b', 'x/../y', 'u@x', 'x:y', 'x:99999999', 'x, y', '[::1', 'x\xe9'].map(
    (host): Row => ({ attack: `Host: ${encodeURIComponent(host)}`, by: 'head', bytes: `GET /livez HTTP/1.1\r\nHost: ${host}\r\n\r\n` })
  ),
  { attack: 'HTTP/0.9, whose answer would have no head', by: 'head', bytes: 'GET /livez\r\n\r\n' },
  { attack: 'HTTP/2.0 in the words of 1.1', by: 'head', bytes: 'GET /livez HTTP/2.0\r\nHost: x\r\n\r\n' },
  { attack: 'the preface of HTTP/2', by: 'parser', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { attack: 'HTTP/1.2', by: 'parser', bytes: 'GET /livez HTTP/1.2\r\nHost: x\r\n\r\n' },
  { attack: 'a version in lower case', by: 'parser', bytes: 'GET /livez http/1.1\r\nHost: x\r\n\r\n' },
  { attack: 'two targets', by: 'parser', bytes: 'GET /livez /keys HTTP/1.1\r\nHost: x\r\n\r\n' },
  { attack: 'a method in lower case', by: 'parser', bytes: 'get /livez HTTP/1.1\r\nHost: x\r\n\r\n' },
  { attack: 'a method nobody knows', by: 'parser', bytes: 'FOO /livez HTTP/1.1\r\nHost: x\r\n\r\n' },
  { attack: 'Expect: what is not 100-continue', by: 'head', bytes: `${OPEN}Expect: 200-ok\r\n\r\n` },
  { attack: 'Expect: 100-continue and more', by: 'head', bytes: `${SEND}Expect: 100-continue, x\r\nContent-Length: 5\r\n\r\n` },
  { attack: 'Expect: a word before 100-continue', by: 'head', bytes: `${SEND}Expect: x 100-continue\r\nContent-Length: 5\r\n\r\n` }
]

const FOLLOWING: readonly Row[] = [
  {
    attack: 'a faulty second request in the pipeline: the first is answered, what follows ends the connection',
    by: 'nobody',
    statuses: [200],
    bytes: `${OPEN}\r\n${OPEN}Content-Length: x\r\n\r\n${INNER}`
  },
  {
    attack: 'a request behind one whose head is in doubt is never read',
    by: 'head',
    bytes: `GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${INNER}`
  },
  { attack: 'CONNECT opens nothing', by: 'nobody', statuses: [], bytes: `CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n${INNER}` },
  {
    attack: 'Upgrade: h2c switches nothing (RFC 9113 §3.2 has taken it away)',
    by: 'nobody',
    statuses: [200],
    bytes: `GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n`
  },
  {
    attack: 'Upgrade: websocket switches nothing',
    by: 'nobody',
    statuses: [200],
    bytes: `${OPEN}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`
  }
]

/** Who gave the last answer, by what only he says. */
function refuserOf({ text }: RawAnswer): Refuser {
  const last = text.slice(text.lastIndexOf('HTTP/1.1 '))
  if (!/^HTTP\/1\.1 4/.test(last)) return 'nobody'
  if (last.includes('The head of the request is not in its plain form.')) return 'head'
  return /^x-request-id:/im.test(last) ? 'nobody' : 'parser'
}

describe('http: request smuggling, over raw sockets', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  for (const { attack, bytes, by, statuses } of [...LENGTHS, ...CODINGS, ...CHUNKS, ...HEADS, ...FOLLOWING])
    it(`${attack}: ${by === 'nobody' ? 'read in one way' : `refused by the ${by}`}`, async () => {
      const answer = await raw(gateway.server.port, bytes, 3000)
      expect(answer.text).to.not.include('"manifest"') // what GET /keys would say
      expect(answer.statuses).to.deep.equal(statuses ?? [400])
      expect(refuserOf(answer)).to.equal(by)
      expect(answer.closed).to.equal(true)
    })

  it('a header that Connection names is read as ever: nothing on our side of a proxy is taken away by the caller (RFC 9110 §7.6.1)', async () => {
    const token = await gateway.token('demo-hospital')
    const ask = (headers: string): Promise<RawAnswer> =>
      raw(gateway.server.port, `GET /submissions/x HTTP/1.1\r\nHost: x\r\n${headers}\r\n`, 3000)
    expect((await ask(`Authorization: Bearer ${token}\r\nConnection: close, Authorization\r\n`)).statuses).to.deep.equal([404])
    expect((await ask('Connection: close, X-Request-Id, Content-Length\r\n')).statuses).to.deep.equal([401])
  })

  it('HTTP/1.0, as proxies and load balancers ask, is answered and closed, with a Host or without', async () => {
    for (const host of ['', 'Host: x\r\n']) {
      const answer = await raw(gateway.server.port, `GET /livez HTTP/1.0\r\n${host}\r\n`, 3000)
      expect([answer.statuses, answer.closed]).to.deep.equal([[200], true])
    }
  })
})
