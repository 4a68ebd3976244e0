/** What a partner's address may make the gateway call (SSRF), against real servers on loopback. Each test names what refuses. */
import { expect } from 'chai'
import { reachOf } from '../../../gateway/intake/reach/addresses.ts'
import type { Outside } from '../../../gateway/intake/reach/fetch.ts'
import { createAuthority } from '../../../gateway/seal/ca.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'
import { type KeyServer, saying, startKeyServer } from '../../support/key-server.ts'
import { kidsOf, partyAt, trying } from '../../support/partner-keys.ts'

const ONE = generatePartyKeys('ec', 'one')
const TWO = generatePartyKeys('ec', 'two')

describe('intake/reach/fetch: the guard', () => {
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

  it('a name that only this machine knows is not asked of this machine, where nobody named it', async () => {
    const before = server.connected()
    const tried = trying({ authority: server.authority, timeoutMs: 2000 }, partyAt(server.url))
    await kidsOf(tried)
    expect(['unresolved', 'address-refused', 'too-slow']).to.include(tried.told[0])
    expect(server.connected()).to.equal(before)
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
