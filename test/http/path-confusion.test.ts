/** Path confusion, over raw sockets: other spellings of an address are no other way to a route. hostile.test.ts has dot segments, encoded slashes and parameters; here is the rest. */
import { expect } from 'chai'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { raw } from '../support/raw.ts'

/** target, what refuses it: 400 by paths.ts or the parser, 404 by the table, 405 where the address is right and the method is not */
const TARGETS: readonly (readonly [attack: string, target: string, status: number])[] = [
  ['overlong UTF-8 of a slash', '/fhir%c0%afmetadata', 400],
  ['overlong UTF-8 of dots', '/%c0%ae%c0%ae/livez', 400],
  ['raw bytes that are no ASCII', '/livez\xc0\xaf', 400],
  ['dots of another script', '/%ef%bc%8e%ef%bc%8e/livez', 404],
  ['a slash of another script', '/fhir%ef%bc%8fmetadata', 404],
  ['double encoding of a dot', '/%252e%252e/livez', 400],
  ['double encoding of a slash', '/fhir%252fmetadata', 400],
  ['an encoded question mark', '/livez%3fx', 400],
  ['a fragment', '/livez#x', 400],
  ['absolute form, our own host', 'http://x/livez', 400],
  ['absolute form with a password', 'http://u:p@x/livez', 400],
  ['authority form', 'x:443', 400],
  ['a path without a slash', 'livez', 400],
  ['asterisk form', '*', 400],
  ['a dot at the end', '/livez.', 404],
  ['a space at the end', '/livez%20', 404],
  ['a tab at the end', '/livez%09', 400],
  ['a slash at the end', '/livez/', 404],
  ['another case', '/LIVEZ', 404],
  ['a case of another alphabet', '/L%C4%B1VEZ', 404],
  ['an ending that a cache takes for a picture', '/submissions.png', 404],
  ['a path behind a path', '/submissions/x/..;/livez', 400],
  ['nothing but slashes', '///', 400],
  ['a windows path', '/c:\\livez', 400],
  ['an alternate data stream', '/livez::$DATA', 404],
  ['a path in the query is a query', '/livez?/../keys', 200]
]

describe('http: path confusion, over raw sockets', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  for (const [attack, target, status] of TARGETS)
    it(`${attack}: ${status}`, async () => {
      const answer = await raw(gateway.server.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 3000)
      expect(answer.statuses).to.deep.equal([status])
      expect(answer.text).to.not.include('"manifest"')
    })

  it('OPTIONS and TRACE show nothing of a request and open nothing (405 with Allow)', async () => {
    for (const method of ['OPTIONS', 'TRACE', 'PROPFIND', 'PATCH']) {
      const answer = await raw(
        gateway.server.port,
        `${method} /livez HTTP/1.1\r\nHost: x\r\nX-Mine: planted\r\nConnection: close\r\n\r\n`,
        3000
      )
      expect(answer.statuses, method).to.deep.equal([405])
      expect(answer.text).to.match(/^Allow: GET/m)
      expect(answer.text).to.not.include('planted')
    }
  })
})
