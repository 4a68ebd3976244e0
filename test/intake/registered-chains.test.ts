/** Keys of a party that is registered by a certificate chain, with the list of who is revoked at a server of the test. */
import { expect } from 'chai'
import type { Party, PublicJwk } from '../../gateway/generated/policy.ts'
import { certificateThumbprint } from '../../gateway/seal/ca.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { type KeyServer, saying, startKeyServer } from '../support/key-server.ts'
import { type Tried, trying } from '../support/partner-keys.ts'
import { AUTHORITY, certify, ecPair, LEAF, revocationList, rsaPair, x5cOf } from '../support/pki.ts'

const MINUTE = 60_000
const KEYS = [...generatePartyKeys('ec', 'one').jwks.keys] as PublicJwk[] // whole, as they are made

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
    const { certificates: _, ...rest } = partyOf({})
    const inline = { ...rest, id: 'other', jwks: { keys: KEYS } }
    const tried = trying({}, partyOf({ revocation: 'none' }), inline)
    expect(await kidsBy(tried)).to.deep.equal([thumbprint])
    expect((await tried.keysOf('other', { x5c, 'x5t#S256': thumbprint, kid: thumbprint }))?.keys).to.deep.equal(KEYS)
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
    const tried = trying({}, { ...partyOf({ revocation: 'none' }), jwks: { keys: KEYS } })
    expect((await tried.keysOf('demo', { x5c }))?.keys.map(({ use }) => use)).to.deep.equal(['sig', 'enc'])
    expect((await tried.keysOf('demo'))?.keys.map(({ use }) => use)).to.deep.equal(['enc'])
  })
})
