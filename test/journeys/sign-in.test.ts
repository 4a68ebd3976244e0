/** A whole gateway with a provider, from its environment to a session, and what a word of the operator does to one. */
import { expect } from 'chai'
import { entriesIn } from '../support/entries.ts'
import { makeSite, type Process, type Site, startProcess, tokenFor } from '../support/gateway.ts'
import { addOfficer } from '../support/house.ts'
import { Browser, CLIENT, startProvider, type TestProvider } from '../support/openid.ts'
import { useDatabase } from '../support/postgres.ts'
import { answerOf, whoAmI } from '../support/sessions.ts'

describe('journey: an officer signs in', function () {
  this.timeout(120_000)
  const database = useDatabase()
  const kept: { site: Site | null; gateway: Process | null; provider: TestProvider | null } = { site: null, gateway: null, provider: null }
  before(async () => {
    kept.provider = await startProvider(async (issuer) => {
      const site = makeSite(
        database(),
        {},
        {
          SALLYPORT_OIDC_ISSUER: issuer,
          SALLYPORT_OIDC_CLIENT_ID: CLIENT.id,
          SALLYPORT_OIDC_CLIENT_SECRET: CLIENT.secret,
          SALLYPORT_OIDC_AMR: 'mfa'
        }
      )
      kept.site = addOfficer(site, 'kim-reviewer', ['compliance-reviewer'], { subject: 'kim@provider.example' })
      kept.gateway = await startProcess(kept.site)
      return [kept.gateway.url]
    })
  })
  after(async () => {
    await kept.gateway?.stop()
    await kept.provider?.stop()
    kept.site?.remove()
  })

  it('by the settings of the README; the log has neither the cookie, the secret of the client nor the subject', async () => {
    const { gateway, provider } = kept
    if (gateway === null || provider === null) throw new Error('started before')
    const browser = new Browser()
    provider.person = { accountId: 'kim@provider.example' }
    expect((await browser.go(`${gateway.url}/session/sign-in`)).response?.status).to.equal(403)
    const [refused] = await entriesIn(database().url, 'sign-in-refused')
    expect(refused).to.include({ party: 'kim-reviewer', reason: 'sign-in-weak', route: '/session/callback', proved: true })
    const other = new Browser()
    provider.person = { accountId: 'kim@provider.example', amr: ['pwd', 'mfa'] }
    expect((await other.go(`${gateway.url}/session/sign-in?return_to=/fhir/AuditEvent`)).response?.status).to.equal(200)
    expect((await whoAmI(gateway.url, other)).officer).to.equal('kim-reviewer')
    expect((await other.ask(`${gateway.url}/fhir/AuditEvent`)).status).to.equal(200)
    const { csrf } = await whoAmI(gateway.url, other)
    const headers = { 'origin': gateway.url, 'x-csrf-token': csrf }
    expect(await answerOf(await other.ask(`${gateway.url}/session`, { method: 'DELETE', headers }))).to.equal('204')
    provider.idToken = (claims) => provider.sign({ ...claims, aud: 'another' })
    expect((await new Browser().go(`${gateway.url}/session/sign-in`)).response?.status).to.equal(403)
    provider.idToken = null
    expect(gateway.log(), 'the operator learns what did not hold').to.include('OAUTH_JWT_CLAIM_COMPARISON_FAILED')
    for (const word of [CLIENT.secret, csrf, 'kim@provider.example', ...other.cookies(gateway.url).values()])
      expect(gateway.log()).not.to.include(word)
  })

  it('beside a provider an officer’s key is good for no token, while words signed by it count; a party’s is', async () => {
    const { gateway, site } = kept
    if (gateway === null || site === null) throw new Error('started before')
    const asked = (who: string, scope: string): Promise<string> => tokenFor(gateway.url, site, who, scope).then(() => 'granted', String)
    expect(await asked('demo-insurer', 'system/*.rs'), 'under an agreement that officers signed by key').to.equal('granted')
    expect(await asked('kim-reviewer', 'system/AuditEvent.rs')).to.include('invalid_client')
  })

  it('where the operator lets both in: one click ends the officer’s sessions, and the tokens of before on every gateway within a second', async () => {
    const { gateway, site, provider } = kept
    if (gateway === null || site === null || provider === null) throw new Error('started before')
    const other = await startProcess(site, { SALLYPORT_OFFICERS_BY_KEY: 'on' })
    try {
      const token = await tokenFor(other.url, site, 'kim-reviewer', 'system/AuditEvent.rs')
      const asked = async (): Promise<number> =>
        (await fetch(`${other.url}/fhir/AuditEvent`, { headers: { authorization: `Bearer ${token}` } })).status
      expect(await asked()).to.equal(200)
      provider.person = { accountId: 'kim@provider.example', amr: ['pwd', 'mfa'] }
      const browser = new Browser()
      expect((await browser.go(`${gateway.url}/session/sign-in`)).response?.status).to.equal(200)
      const { csrf } = await whoAmI(gateway.url, browser)
      const headers = { 'origin': gateway.url, 'x-csrf-token': csrf }
      expect((await browser.ask(`${gateway.url}/sessions/kim-reviewer`, { method: 'DELETE', headers })).status).to.equal(200)
      await new Promise((resolve) => setTimeout(resolve, 1000))
      expect(await asked()).to.equal(401)
      expect((await browser.ask(`${gateway.url}/session`)).status).to.equal(401)
      const again = await tokenFor(other.url, site, 'kim-reviewer', 'system/AuditEvent.rs')
      const standing = await fetch(`${other.url}/fhir/AuditEvent`, { headers: { authorization: `Bearer ${again}` } })
      expect(standing.status, 'tokens of after are good').to.equal(200)
    } finally {
      await other.stop()
    }
  })
})
