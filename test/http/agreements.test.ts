/** What the door of the two sides refuses before anybody is asked: other media, no word, too much, another shape. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const JOSE = 'application/jose'
const JSON_MEDIA = 'application/json'

describe('http: agreements', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  async function post(path: string, type: string, body: string): Promise<string> {
    const token = await gateway.token('demo-insurer', ['sallyport/agreements'])
    const headers = { 'authorization': `Bearer ${token}`, 'content-type': type }
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body })
    const said = (await answer.json()) as { issue?: { details?: { coding?: { code?: string }[] } }[] }
    return `${answer.status} ${said.issue?.[0]?.details?.coding?.[0]?.code}`
  }

  for (const [rule, path, type, body, expected] of [
    ['an approval that is no JOSE', '/agreements/a/approvals', JSON_MEDIA, '{}', '415 unsupported-media-type'],
    ['an empty approval', '/agreements/a/approvals', JOSE, ' ', '400 empty-body'],
    ['an approval of 9 KiB', '/agreements/a/approvals', JOSE, 'a'.repeat(9 * 1024), '413 too-large'],
    [
      'a suspension with a reason twice',
      '/agreements/a/suspension',
      JSON_MEDIA,
      '{"officer":"a","reason":"b","reason":"c"}',
      '400 duplicate-key'
    ],
    ['a suspension that is a list', '/agreements/a/suspension', JSON_MEDIA, '[]', '400 bad-request'],
    ['a suspension that is no JSON', '/agreements/a/suspension', JSON_MEDIA, 'stop', '400 not-json'],
    ['a suspension without a reason', '/agreements/a/suspension', JSON_MEDIA, '{"officer":"Test"}', '400 bad-request'],
    ['a blank reason', '/agreements/a/suspension', JSON_MEDIA, '{"officer":"Test","reason":" "}', '400 bad-request'],
    ['a member more', '/agreements/a/suspension', JSON_MEDIA, '{"officer":"Test","reason":"x","as":"privacy-officer"}', '400 bad-request'],
    [
      'a reason of 1,001 letters',
      '/agreements/a/suspension',
      JSON_MEDIA,
      `{"officer":"T","reason":"${'x'.repeat(1001)}"}`,
      '400 bad-request'
    ],
    [
      'a reason that forges a line of a history',
      '/agreements/a/suspension',
      JSON_MEDIA,
      '{"officer":"T","reason":"ok\\n2026-01-01  agreement-resumed  version 3\\u001b[1A"}',
      '400 bad-request'
    ],
    ['a name with an escape', '/agreements/a/suspension', JSON_MEDIA, '{"officer":"T\\u009b","reason":"x"}', '400 bad-request'],
    ['null', '/agreements/a/suspension', JSON_MEDIA, 'null', '400 bad-request'],
    ['a name that is none', '/agreements/A_b/approvals', JOSE, 'a.b.c', '404 agreement-unknown'],
    ['a well-formed word about an agreement of others', '/agreements/a/approvals', JOSE, 'a.b.c', '404 agreement-unknown']
  ] as const)
    it(`${rule}: ${expected}`, async () => {
      expect(await post(path, type, body)).to.match(new RegExp(`^${expected}`))
    })
})
