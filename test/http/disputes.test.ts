/** What the door of disputes refuses before anybody is asked: other media, other members, what reads in two ways, too much, what is none of theirs. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const JSON_MEDIA = 'application/json'

describe('http: disputes', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  for (const [rule, path, type, body, expected] of [
    ['an opening that is no JSON', '/disputes', 'text/plain', '{}', '415 unsupported-media-type'],
    ['a text that is no JSON', '/disputes', JSON_MEDIA, 'I object', '400 not-json'],
    ['no body', '/disputes', JSON_MEDIA, '', '400 empty-body'],
    ['a text that ends before it should', '/disputes', JSON_MEDIA, '{"dataset":"a","about":"count","text":"x"', '400 not-json'],
    ['a member named twice', '/disputes', JSON_MEDIA, '{"dataset":"a","about":"count","text":"x","text":"y"}', '400 duplicate-key'],
    [
      'a member named twice, once with an escape',
      '/disputes/a/statements',
      JSON_MEDIA,
      '{"text":"x","t\\u0065xt":"y"}',
      '400 duplicate-key'
    ],
    ['a nest', '/disputes', JSON_MEDIA, '['.repeat(5000) + ']'.repeat(5000), '400 too-deep'],
    ['a name that reaches a prototype', '/disputes/a/statements', JSON_MEDIA, '{"__proto__":{"text":"x"}}', '400 bad-request'],
    ['null', '/disputes', JSON_MEDIA, 'null', '400 bad-request'],
    ['a list', '/disputes', JSON_MEDIA, '[]', '400 bad-request'],
    ['no text', '/disputes', JSON_MEDIA, '{"dataset":"a","about":"count"}', '400 bad-request'],
    ['a text that is a number', '/disputes', JSON_MEDIA, '{"dataset":"a","about":"count","text":1}', '400 bad-request'],
    ['a member more', '/disputes', JSON_MEDIA, '{"dataset":"a","about":"count","text":"x","party":"demo-hospital"}', '400 bad-request'],
    ['33 KiB', '/disputes', JSON_MEDIA, JSON.stringify({ dataset: 'a', about: 'count', text: 'x'.repeat(33 * 1024) }), '413 too-large'],
    ['a parameter', '/disputes?party=demo-hospital', JSON_MEDIA, '{"dataset":"a","about":"count","text":"x"}', '400 unsupported-parameter'],
    ['a dataset of nobody', '/disputes', JSON_MEDIA, '{"dataset":"a","about":"count","text":"x"}', '404 not-found'],
    ['a dispute of others', '/disputes/a/statements', JSON_MEDIA, '{"text":"x"}', '404 not-found'],
    ['a statement without words', '/disputes/a/statements', JSON_MEDIA, '{}', '400 bad-request']
  ] as const)
    it(`${rule}: ${expected}`, async () => {
      const token = await gateway.token('demo-insurer', ['sallyport/agreements'])
      const headers = { 'authorization': `Bearer ${token}`, 'content-type': type }
      const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body })
      const said = (await answer.json()) as { issue?: { details?: { coding?: { code?: string }[] } }[] }
      expect(`${answer.status} ${said.issue?.[0]?.details?.coding?.[0]?.code}`).to.equal(expected)
    })
})
