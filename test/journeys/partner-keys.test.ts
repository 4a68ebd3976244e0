/** Parties whose keys stand elsewhere, in a whole gateway: an insurer at a jwks_uri, a hospital under a certificate authority with a list of who is revoked. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { importPKCS8, SignJWT } from 'jose'
import { certificateThumbprint, createAuthority } from '../../gateway/seal/ca.ts'
import { generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { verifyManifest } from '../../gateway/seal/manifest.ts'
import { AT_ONCE, makeSite, type Process, type Site, signingKey, startProcess, tokenFor, until } from '../support/gateway.ts'
import { writeAgreement } from '../support/house.ts'
import { Party, pullSealed } from '../support/journey.ts'
import { type KeyServer, saying, startKeyServer } from '../support/key-server.ts'
import { AUTHORITY, certify, ecPair, LEAF, revocationList, x5cOf } from '../support/pki.ts'
import { useDatabase } from '../support/postgres.ts'
import { receiver } from '../support/receive.ts'
import { ndjson, ward } from '../support/records.ts'

const AGREEMENT = 'demo-safe-harbor'

describe('parties whose keys stand elsewhere', function () {
  this.timeout(120_000)
  const database = useDatabase()
  const root = certify('Test Hospital Authority', { issuer: null, keys: ecPair('P-256'), extensions: AUTHORITY() })
  const leaf = certify('Test Chained Hospital', { issuer: root, keys: ecPair(), extensions: LEAF, serial: '4a11' })
  const state: { site?: Site; gateway?: Process; server?: KeyServer; served: object; list: string } = {
    served: {},
    list: revocationList(root)
  }
  const at = (): { site: Site; gateway: Process; server: KeyServer } => state as Required<typeof state>

  function writeParty(site: Site, id: string, role: 'hospital' | 'insurer', members: object): void {
    const party = { id, role, name: id, address: '4 Example Street, Sampletown, MA 00000, USA', fhirBases: [], ...members }
    writeFileSync(join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'parties', `${id}.json`), JSON.stringify(party))
  }

  before(async () => {
    const server = await startKeyServer({ authority: createAuthority('Partner Test', new Date()) })
    server.answer = (response, request) =>
      request.url === '/jwks'
        ? saying(state.served, { 'cache-control': 'no-store' })(response, request)
        : saying(state.list, { 'content-type': 'application/x-pem-file', 'cache-control': 'no-store' })(response, request)
    const site = makeSite(database(), { [AGREEMENT]: { ...AT_ONCE, sealedForm: 'cms' }, 'demo-transport-only': null })
    writeFileSync(join(site.folder, 'ca.pem'), server.authority)
    Object.assign(site.env, { SALLYPORT_JWKS_ALLOW: server.host, SALLYPORT_JWKS_CA: join(site.folder, 'ca.pem') })
    state.served = site.parties.get('demo-insurer')?.jwks ?? {}
    writeParty(site, 'demo-insurer', 'insurer', { jwksUri: server.url })
    writeParty(site, 'chained-hospital', 'hospital', {
      certificates: {
        anchors: [root.pem],
        leaves: [leaf.pem],
        names: ['DNS:keys.hospital.example'],
        revocation: 'crl',
        crlUris: [server.url.replace('/jwks', '/crl')]
      }
    })
    const jwk = { ...leaf.keys.privateKey.export({ format: 'jwk' }), kid: certificateThumbprint(leaf.pem) }
    writeFileSync(signingKey(site, 'chained-hospital'), JSON.stringify(jwk))
    writeAgreement(site, 'from-chained', { ...AT_ONCE, source: 'chained-hospital' })
    writeParty(site, 'metadata-insurer', 'insurer', { jwksUri: 'https://169.254.169.254/latest/meta-data/' })
    Object.assign(state, { server, site, gateway: await startProcess(site) })
  })
  after(async () => {
    await state.gateway?.stop()
    await state.server?.stop()
    state.site?.remove()
  })

  async function answerTo(assertion: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`${at().gateway.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion
      })
    })
    return { status: response.status, text: await response.text() }
  }

  async function chained(
    header: Readonly<Record<string, unknown>>,
    party = 'chained-hospital',
    issued = leaf
  ): Promise<{ status: number; text: string }> {
    const key = await importPKCS8(issued.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'ES384')
    const now = Math.floor(Date.now() / 1000)
    const assertion = new SignJWT({
      jti: crypto.randomUUID(),
      iss: party,
      sub: party,
      aud: `${at().gateway.url}/oauth/token`,
      iat: now,
      exp: now + 60
    })
    return answerTo(await assertion.setProtectedHeader({ alg: 'ES384', typ: 'JWT', ...header }).sign(key))
  }

  it('a dataset is sealed as CMS to a key that the recipient serves, and it opens it', async () => {
    const { site, gateway } = at()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const done = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(ward('served', 20, 2)) }))
    expect(done.agreements.map((one) => one.state)).to.deep.equal(['ready'])
    const manifest = await pullSealed(
      new Party(gateway, site, 'demo-insurer'),
      AGREEMENT,
      done.agreements[0]?.dataset ?? '',
      join(site.folder, 'cms')
    )
    expect((await verifyManifest(manifest, site.pins)).statement.shards.length).to.be.above(0)
    const run = await receiver(gateway, site, 'demo-insurer', AGREEMENT).run('--json')
    expect([run.code, run.err]).to.deep.equal([0, ''])
  })

  it('a certificate under the registered authority signs in by x5c; the same header helps no party that is registered by keys', async () => {
    for (const header of [{ x5c: x5cOf(leaf) }, { kid: certificateThumbprint(leaf.pem) }, { 'x5t#S256': certificateThumbprint(leaf.pem) }])
      expect((await chained(header)).status, Object.keys(header)[0]).to.equal(200)
    for (const party of ['demo-insurer', 'demo-hospital', 'nobody'])
      expect((await chained({ x5c: x5cOf(leaf) }, party)).status, party).to.equal(401)
    expect((await chained({ 'x5t#S256': certificateThumbprint(root.pem) })).status).to.equal(401)
    const stranger = certify('Test Hospital Authority', { issuer: null, keys: ecPair('P-256'), extensions: AUTHORITY() })
    const forged = certify('Test Chained Hospital', { issuer: stranger, keys: ecPair(), extensions: LEAF, serial: '4a11' })
    expect((await chained({ x5c: x5cOf(forged, stranger) }, 'chained-hospital', forged)).status).to.equal(401)
  })

  it('a party whose keys cannot be had is answered as one that is not there, and the operator is told why', async () => {
    const { gateway } = at()
    const known = await chained({ kid: 'any' }, 'metadata-insurer')
    const unknown = await chained({ kid: 'any' }, 'nobody-insurer')
    expect(known).to.deep.equal(unknown)
    expect(known.status).to.equal(401)
    const told = await until(async () => /keys-unavailable.*metadata-insurer.*/.exec(gateway.log())?.[0] ?? null, 10)
    expect(told).to.include('"kind":"address-refused"')
    expect(gateway.log()).to.not.include('169.254')
  })

  it('the insurer rotates its key without downtime: old and new sign in side by side', async () => {
    const { site, gateway } = at()
    const old = site.parties.get('demo-insurer') as PartyKeys
    const fresh = generatePartyKeys('ec', 'demo-insurer-next')
    const rotated = { ...site, parties: new Map([...site.parties, ['demo-insurer', fresh]]) }
    state.served = { keys: [...old.jwks.keys, ...fresh.jwks.keys] }
    // an unknown kid is looked for, once in ten seconds
    await until(() => tokenFor(gateway.url, rotated, 'demo-insurer').catch(() => null), 15)
    expect(await tokenFor(gateway.url, site, 'demo-insurer')).to.be.a('string')
  })

  it('a gateway starts, and serves everybody else, while a partner’s key server is away', async () => {
    const { site } = at()
    await at().gateway.stop()
    await at().server.stop()
    writeAgreement(site, 'signed-while-away', AT_ONCE)
    state.gateway = await startProcess(site)
    expect(await tokenFor(state.gateway.url, site, 'demo-hospital')).to.be.a('string')
    expect(await tokenFor(state.gateway.url, site, 'demo-insurer').catch(() => 'refused')).to.equal('refused')
    expect(state.gateway.log()).to.match(/"agreement":"signed-while-away","code":"partner-unavailable"/)
  })
})
