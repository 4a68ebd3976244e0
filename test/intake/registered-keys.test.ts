/** Where the public keys of a party come from, against a partner's server that is slow, hostile or gone. Each test names what refuses. */
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { UpstreamError } from '../../gateway/core/errors.ts'
import type { Party } from '../../gateway/generated/policy.ts'
import { reachOf } from '../../gateway/intake/reach/addresses.ts'
import { type Outside, outsideOf } from '../../gateway/intake/reach/fetch.ts'
import { createKeysOf, type KeysFault, type KeysOf } from '../../gateway/intake/registered-keys.ts'
import { certificateThumbprint, createAuthority } from '../../gateway/seal/ca.ts'
import { createChains } from '../../gateway/seal/chain.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { type KeyServer, saying, startKeyServer } from '../support/key-server.ts'
import { AUTHORITY, certify, ecPair, LEAF, revocationList, rsaPair, x5cOf } from '../support/pki.ts'

const MINUTE = 60_000
const ONE = generatePartyKeys('ec', 'one')
const TWO = generatePartyKeys('ec', 'two')
const [KID] = ONE.jwks.keys.map(({ kid }) => kid)

interface Tried {
  readonly keysOf: KeysOf
  readonly told: KeysFault[]
  readonly parties: Map<string, Party>
  pass(ms: number): void
}

const partyAt = (jwksUri: string, id = 'demo'): Party => ({
  id,
  role: 'hospital',
  name: 'Demo',
  address: 'Nowhere',
  fhirBases: [],
  jwksUri
})

function trying(outside: Partial<Outside>, ...parties: readonly Party[]): Tried {
  const time = { now: 0 }
  const told: KeysFault[] = []
  const registered = new Map(parties.map((party) => [party.id, party]))
  const keysOf = createKeysOf({
    parties: () => registered,
    outside: { ...outsideOf([], null), timeoutMs: 400, ...outside },
    chains: createChains(),
    clock: () => time.now,
    now: () => new Date(),
    tell: ({ kind }) => void told.push(kind)
  })
  const pass = (ms: number): void => {
    time.now += ms
  }
  return { keysOf, told, parties: registered, pass }
}

async function kidsOf(tried: Tried, party = 'demo', kid?: string): Promise<string[] | string> {
  try {
    return (await tried.keysOf(party, { kid }))?.keys.map((key) => key.kid) ?? 'unknown'
  } catch (error) {
    return error instanceof UpstreamError ? error.code : 'another error'
  }
}

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

  describe('the guard (SSRF)', () => {
    it('refused (address-refused): a private address that the operator has not named, and no connection is made', async () => {
      const before = server.connected()
      for (const uri of [
        server.url,
        `https://127.0.0.1:${server.port}/`,
        `https://[::ffff:127.0.0.1]:${server.port}/`,
        `https://0x7f.1:${server.port}/`
      ]) {
        const tried = trying({ authority: server.authority, resolve: async () => ['127.0.0.1'] }, partyAt(uri))
        expect(await kidsOf(tried), uri).to.equal('partner-unavailable')
        expect(tried.told, uri).to.deep.equal(['address-refused'])
      }
      expect(server.connected()).to.equal(before)
    })

    it('what the operator named is one host at one port', async () => {
      const before = server.connected()
      const tried = trying({ ...named(), resolve: async () => ['127.0.0.1'] }, partyAt(`https://other.example:${server.port}/`), {
        ...partyAt(`https://localhost:${server.port + 1}/`, 'port')
      })
      expect([await kidsOf(tried), await kidsOf(tried, 'port')]).to.deep.equal(['partner-unavailable', 'partner-unavailable'])
      expect(tried.told).to.deep.equal(['address-refused', 'address-refused'])
      expect(server.connected()).to.equal(before)
    })

    it('refused (address-refused): metadata and link-local, even of a host that the operator named', async () => {
      for (const address of ['169.254.169.254', 'fe80::1', 'fd00:ec2::254', '100.100.100.200', '0.0.0.0']) {
        const tried = trying({ allowed: new Set(['keys.example:443']), resolve: async () => [address] }, partyAt('https://keys.example/'))
        await kidsOf(tried)
        expect(tried.told, address).to.deep.equal(['address-refused'])
      }
    })

    it('refused (address-refused): one private address among public ones', async () => {
      const tried = trying({ resolve: async () => ['8.8.8.8', '10.0.0.1'] }, partyAt('https://keys.example/'))
      await kidsOf(tried)
      expect(tried.told).to.deep.equal(['address-refused'])
    })

    it('refused (bad-address): user info, clear text, other schemes', async () => {
      for (const uri of [
        `https://user:secret@localhost:${server.port}/jwks`,
        `http://localhost:${server.port}/jwks`,
        'file:///etc/passwd',
        'data:,',
        'https://'
      ]) {
        const tried = trying(named(), partyAt(uri))
        expect(await kidsOf(tried), uri).to.equal('partner-unavailable')
        expect(tried.told, uri).to.deep.equal(['bad-address'])
      }
    })

    it('refused (unresolved): a name that means nothing', async () => {
      const tried = trying({ resolve: async () => [] }, partyAt('https://keys.example/'))
      await kidsOf(tried)
      expect(tried.told).to.deep.equal(['unresolved'])
    })

    it('refused (too-slow): a name that is slow to resolve', async () => {
      const tried = trying(
        {
          resolve: (_host, _by, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
        },
        partyAt('https://keys.example/')
      )
      await kidsOf(tried)
      expect(tried.told).to.deep.equal(['too-slow'])
    })

    it('DNS rebinding: the name is resolved once, and the connection goes to the very address that was checked', async () => {
      // in this test 127.0.0.2 is a public address; 127.0.0.1 is inside, as it is
      const authority = createAuthority('Rebinding Test', new Date())
      const inside = await startKeyServer({ authority, hosts: ['rebind.example'] })
      const outside = await startKeyServer({ authority, hosts: ['rebind.example'], address: '127.0.0.2', port: inside.port })
      try {
        inside.answer = saying(TWO.jwks)
        outside.answer = saying(ONE.jwks, { 'cache-control': 'max-age=60' })
        const resolved: string[] = []
        const tried = trying(
          {
            authority: null,
            reachOf: (address) => (address === '127.0.0.2' ? 'public' : reachOf(address)),
            resolve: async () => {
              resolved.push(resolved.length === 0 ? '127.0.0.2' : '127.0.0.1')
              return resolved.slice(-1)
            }
          },
          partyAt(`https://rebind.example:${inside.port}/jwks`)
        )
        await kidsOf(tried)
        // not its authority: it was reached, at the first address, and no further
        expect([resolved, outside.connected(), inside.connected()]).to.deep.equal([['127.0.0.2'], 1, 0])
        tried.pass(11_000)
        await kidsOf(tried)
        expect([resolved.length, outside.connected(), inside.connected()]).to.deep.equal([2, 1, 0])
        expect(tried.told).to.deep.equal(['unreachable', 'address-refused'])
      } finally {
        await inside.stop()
        await outside.stop()
      }
    })

    it('refused (unreachable): a certificate of another host, or of an authority that nobody named', async () => {
      const other = await startKeyServer({ hosts: ['other.example'] })
      try {
        const wrongName = trying({ allowed: new Set([other.host]), authority: other.authority }, partyAt(other.url))
        const wrongAuthority = trying({ allowed: new Set([server.host]), authority: other.authority }, partyAt(server.url))
        const publicAuthorities = trying({ allowed: new Set([server.host]), authority: null }, partyAt(server.url))
        for (const tried of [wrongName, wrongAuthority, publicAuthorities]) {
          expect(await kidsOf(tried)).to.equal('partner-unavailable')
          expect(tried.told).to.deep.equal(['unreachable'])
        }
      } finally {
        await other.stop()
      }
    })
  })
})

describe('intake/registered-keys: certificate chains', () => {
  const root = certify('Test Authority', { issuer: null, keys: rsaPair(), extensions: AUTHORITY() })
  const leaf = certify('Test Hospital', { issuer: root, keys: ecPair(), extensions: LEAF, serial: '4a01' })
  const thumbprint = certificateThumbprint(leaf.pem)
  const x5c = x5cOf(leaf)
  let server: KeyServer
  before(async () => {
    server = await startKeyServer()
  })
  after(() => server.stop())

  const partyOf = (certificates: Partial<NonNullable<Party['certificates']>>): Party => ({
    id: 'demo',
    role: 'hospital',
    name: 'Demo',
    address: 'Nowhere',
    fhirBases: [],
    certificates: { anchors: [root.pem], names: ['CN:Test Hospital'], revocation: 'crl', ...certificates }
  })
  const listed = (): Tried =>
    trying({ allowed: new Set([server.host]), authority: server.authority }, partyOf({ crlUris: [server.url.replace('/jwks', '/crl')] }))
  const serve = (revoked: readonly string[], until?: Date): void => {
    server.answer = saying(revocationList(root, { revoked, ...(until === undefined ? {} : { until }) }), {
      'content-type': 'application/pkix-crl'
    })
  }
  const kidsBy = async (tried: Tried): Promise<string[]> => (await tried.keysOf('demo', { x5c }))?.keys.map(({ kid }) => kid) ?? []

  it('x5c selects the leaf of a party that is registered by a chain, and of no other', async () => {
    const byKeys = { ...partyAt('https://keys.example/', 'other'), jwks: ONE.jwks }
    const { jwksUri: _, ...inline } = byKeys
    const tried = trying({}, partyOf({ revocation: 'none' }), inline)
    expect(await kidsBy(tried)).to.deep.equal([thumbprint])
    expect((await tried.keysOf('other', { x5c, 'x5t#S256': thumbprint, kid: thumbprint }))?.keys).to.deep.equal(ONE.jwks.keys)
  })

  it('a certificate that is revoked meanwhile is refused when the list is fetched anew', async () => {
    serve([])
    const tried = listed()
    expect(await kidsBy(tried)).to.deep.equal([thumbprint])
    serve(['4a01'])
    tried.pass(6 * MINUTE)
    expect(await kidsBy(tried)).to.deep.equal([])
    expect(tried.told).to.deep.equal(['not-vouched-for'])
  })

  it('a list that has ended is fetched again, and counts for nothing until another is there', async () => {
    serve([], new Date(Date.now() - 1000))
    const tried = listed()
    expect(await kidsBy(tried)).to.deep.equal([])
    serve([])
    tried.pass(11_000)
    expect(await kidsBy(tried)).to.deep.equal([thumbprint])
  })

  it('no list where one is asked for: refused, and told', async () => {
    server.answer = saying('', {}, 404)
    const tried = listed()
    expect(await kidsBy(tried)).to.deep.equal([])
    expect(tried.told).to.deep.equal(['bad-status', 'not-vouched-for'])
  })

  it('a file that cannot be read is told, and vouches for nothing', async () => {
    const tried = trying({}, partyOf({ revocation: 'none', anchors: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'] }))
    expect(await kidsBy(tried)).to.deep.equal([])
    expect(tried.told).to.deep.equal(['bad-certificates'])
  })

  it('keys to seal to stand beside, and a key to sign with that slipped in does not count', async () => {
    const tried = trying({}, { ...partyOf({ revocation: 'none' }), jwks: ONE.jwks })
    expect((await tried.keysOf('demo', { x5c }))?.keys.map(({ use }) => use)).to.deep.equal(['sig', 'enc'])
    expect((await tried.keysOf('demo'))?.keys.map(({ use }) => use)).to.deep.equal(['enc'])
  })
})
