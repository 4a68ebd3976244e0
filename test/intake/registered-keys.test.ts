/** Where the public keys of a party come from, against a partner's server that is slow, hostile or gone. Each test names what refuses. */
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { Outside } from '../../gateway/intake/reach/fetch.ts'
import type { KeysFault } from '../../gateway/intake/registered-keys.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { type KeyServer, saying, startKeyServer } from '../support/key-server.ts'
import { kidsOf, partyAt, type Tried, trying } from '../support/partner-keys.ts'

const MINUTE = 60_000
const ONE = generatePartyKeys('ec', 'one')
const TWO = generatePartyKeys('ec', 'two')
const [KID] = ONE.jwks.keys.map(({ kid }) => kid)

describe('intake/registered-keys: jwks_uri', () => {
  let server: KeyServer
  before(async () => {
    server = await startKeyServer()
  })
  after(() => server.stop())
  beforeEach(() => {
    server.answer = saying(ONE.jwks)
  })

  /** The server of the test, as an operator would name it. */
  const named = (): Partial<Outside> => ({ allowed: new Set([server.host]), authority: server.authority })
  const here = (outside: Partial<Outside> = {}): Tried => trying({ ...named(), ...outside }, partyAt(server.url))

  it('keys are fetched, and kept as their headers say (RFC 9111)', async () => {
    server.answer = saying(ONE.jwks, { 'cache-control': 'max-age=600' })
    const tried = here()
    const before = server.asked()
    expect(await kidsOf(tried)).to.deep.equal(ONE.jwks.keys.map(({ kid }) => kid))
    tried.pass(9 * MINUTE)
    await kidsOf(tried)
    expect(server.asked() - before).to.equal(1)
    tried.pass(2 * MINUTE)
    await kidsOf(tried)
    expect(server.asked() - before).to.equal(2)
  })

  it('an unknown party has no keys, and nothing is fetched', async () => {
    const before = server.connected()
    expect(await kidsOf(here(), 'nobody')).to.equal('unknown')
    expect(server.connected()).to.equal(before)
  })

  it('rotation without downtime: a kid that is not known is looked for at once, and old and new stand side by side', async () => {
    const tried = here()
    await kidsOf(tried)
    server.answer = saying({ keys: [...ONE.jwks.keys, ...TWO.jwks.keys] })
    tried.pass(11_000)
    const [kid = ''] = TWO.jwks.keys.map((key) => key.kid)
    expect(await kidsOf(tried, 'demo', kid)).to.include.members([KID, kid])
  })

  it('a flood of assertions with unknown kids is one fetch (reach/kept.ts: cool-down)', async () => {
    const tried = here()
    const before = server.asked()
    await Promise.all(Array.from({ length: 500 }, (_, n) => kidsOf(tried, 'demo', `unknown-${n}`)))
    for (let n = 0; n < 500; n++) await kidsOf(tried, 'demo', `../unknown/${n}`)
    expect(server.asked() - before).to.equal(1)
    expect(await kidsOf(tried)).to.include(KID)
  })

  it('a key that the partner takes away is gone when what was fetched is not fresh any more', async () => {
    const tried = here()
    await kidsOf(tried)
    server.answer = saying({ keys: [] })
    tried.pass(6 * MINUTE)
    expect(await kidsOf(tried)).to.deep.equal([])
  })

  const answers: readonly (readonly [attack: string, refuses: KeysFault, answer: KeyServer['answer']])[] = [
    [
      'a redirect to the metadata address of a cloud',
      'redirected',
      saying('', { location: 'http://169.254.169.254/latest/meta-data/' }, 302)
    ],
    ['a redirect to itself', 'redirected', saying('', { location: '/jwks' }, 307)],
    ['a set longer than 64 KiB, announced', 'too-large', saying({ keys: [], pad: 'x'.repeat(70_000) })],
    [
      'a set without end, not announced',
      'too-large',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const write = (): void => {
          while (!response.destroyed && response.write('x'.repeat(16_384)));
        }
        response.on('drain', write)
        write()
      }
    ],
    ['a gzip bomb: nothing is unpacked', 'encoded', saying(gzipSync(Buffer.alloc(1 << 24)), { 'content-encoding': 'gzip' })],
    ['brotli within gzip', 'encoded', saying('x', { 'content-encoding': 'gzip, br' })],
    ['gzip that does not say so', 'not-a-key-set', saying(gzipSync(JSON.stringify(ONE.jwks)))],
    ['a page of HTML', 'wrong-type', saying('<html></html>', { 'content-type': 'text/html' })],
    ['no type at all', 'wrong-type', (response) => void response.end('{}')],
    ['a page that says it is JSON', 'not-a-key-set', saying('<html></html>')],
    ['an answer that is no 200', 'bad-status', saying(ONE.jwks, {}, 203)],
    ['an error with keys in it', 'bad-status', saying(ONE.jwks, {}, 500)],
    ['a header of 64 KiB', 'unreachable', saying(ONE.jwks, { pad: 'x'.repeat(65_536) })],
    ['one kid of two keys', 'not-a-key-set', saying({ keys: [...ONE.jwks.keys, { ...TWO.jwks.keys[0], kid: KID }] })],
    ['a private key among them', 'private-key', saying({ keys: [...ONE.jwks.keys, TWO.signing] })],
    ['a connection that is cut', 'unreachable', (response) => void response.socket?.destroy()],
    [
      'a body that is cut',
      'unreachable',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
        response.write('{"keys":')
        setTimeout(() => response.socket?.destroy(), 10)
      }
    ],
    ['no answer', 'too-slow', () => undefined],
    [
      'an answer that drips, a byte each 20 ms',
      'too-slow',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      }
    ],
    [
      'headers that drip: 102 without end',
      'too-slow',
      (response) => {
        const timer = setInterval(() => response.writeProcessing(), 20)
        response.on('close', () => clearInterval(timer))
      }
    ]
  ]
  for (const [attack, refuses, answer] of answers) {
    it(`refused (${refuses}): ${attack}`, async () => {
      server.answer = answer
      const tried = here()
      const began = performance.now()
      expect(await kidsOf(tried)).to.equal('partner-unavailable')
      expect(tried.told).to.deep.equal([refuses])
      expect(performance.now() - began).to.be.below(3000)
    })
  }

  it('refused (unreachable): the host is down; what was fetched before counts for an hour, and then nothing does', async () => {
    const down = await startKeyServer()
    down.answer = saying(ONE.jwks, { 'cache-control': 'max-age=60' })
    const tried = trying({ allowed: new Set([down.host]), authority: down.authority }, partyAt(down.url))
    expect(await kidsOf(tried)).to.include(KID)
    await down.stop()
    tried.pass(59 * MINUTE)
    expect(await kidsOf(tried)).to.include(KID)
    tried.pass(2 * MINUTE)
    expect(await kidsOf(tried)).to.equal('partner-unavailable')
    expect(tried.told).to.deep.equal(['unreachable', 'unreachable'])
  })

  it('a set that shows a private key ends those before it at once: whoever read it can sign', async () => {
    const tried = here()
    expect(await kidsOf(tried)).to.include(KID)
    server.answer = saying({ keys: [ONE.signing] })
    tried.pass(6 * MINUTE)
    expect(await kidsOf(tried)).to.equal('partner-unavailable')
    expect(tried.told).to.deep.equal(['private-key'])
  })

  it('a slow party keeps no other waiting', async () => {
    const slow = await startKeyServer()
    slow.answer = () => undefined
    const tried = trying(
      { allowed: new Set([server.host, slow.host]), authority: server.authority, timeoutMs: 2000 },
      partyAt(slow.url, 'slow'),
      partyAt(server.url)
    )
    const waiting = kidsOf(tried, 'slow')
    const began = performance.now()
    expect(await kidsOf(tried)).to.include(KID)
    expect(performance.now() - began).to.be.below(1000)
    await slow.stop()
    expect(await waiting).to.equal('partner-unavailable')
  })

  it('key swap: a party gets the keys of its own address as it is registered now, never those of another', async () => {
    server.answer = (response, request) => saying(request.url === '/two' ? TWO.jwks : ONE.jwks)(response, request)
    const [one, two] = [server.url, server.url.replace('/jwks', '/two')]
    const tried = trying(named(), partyAt(one, 'a'), partyAt(two, 'b'))
    const kids = ONE.jwks.keys.map(({ kid }) => kid)
    const others = TWO.jwks.keys.map(({ kid }) => kid)
    expect([await kidsOf(tried, 'a'), await kidsOf(tried, 'b')]).to.deep.equal([kids, others])
    tried.parties.set('a', partyAt(two, 'a'))
    tried.parties.set('b', { ...partyAt(one, 'b') })
    expect([await kidsOf(tried, 'a'), await kidsOf(tried, 'b')]).to.deep.equal([others, kids])
    tried.parties.delete('a')
    expect(await kidsOf(tried, 'a')).to.equal('unknown')
  })
})
