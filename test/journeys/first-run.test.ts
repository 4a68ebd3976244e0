/** A gateway that knows no provider, on this machine alone: a link on the terminal, good once, for an officer who sees little. NOT FOR PRODUCTION. */
import { expect } from 'chai'
import { entriesIn } from '../support/entries.ts'
import { useGateway } from '../support/house.ts'
import { answerOf, COOKIE } from '../support/sessions.ts'

describe('journey: the first run, without a provider', () => {
  const site = useGateway({}, { SALLYPORT_FIRST_RUN: 'on' })
  const link = (): string => /http:\/\/\S+\/session\/first-run\?link=[A-Za-z0-9_-]{43}/.exec(site().gateway.log())?.[0] ?? ''

  it('the terminal says loudly that it is not for production; no line of the log has the link', async () => {
    const lines = site().gateway.log().split('\n')
    expect(lines.filter((line) => line.includes('NOT FOR PRODUCTION')).length).to.be.greaterThan(0)
    expect(lines.filter((line) => line.startsWith('{') && line.includes('first-run?link='))).to.deep.equal([])
    expect(link()).not.to.equal('')
  })

  it('another link: not found; this one: an operator who sees metadata alone, as an entry says; a second time: not found', async () => {
    const { gateway, database } = site()
    expect((await fetch(`${gateway.url}/session/first-run?link=${'A'.repeat(43)}`)).status).to.equal(404)
    expect((await fetch(`${gateway.url}/session/first-run`)).status).to.equal(404)
    const came = await fetch(link())
    expect(came.status).to.equal(200)
    const secret = new RegExp(`^${COOKIE}=([^;]+)`).exec(came.headers.getSetCookie()[0] ?? '')?.[1] ?? ''
    const ask = (path: string): Promise<Response> => fetch(`${gateway.url}${path}`, { headers: { cookie: `${COOKIE}=${secret}` } })
    expect(await (await ask('/session')).json()).to.deep.include({ officer: 'first-run', roles: ['operator'], sees: ['metadata'] })
    expect((await ask('/sessions')).status).to.equal(200)
    for (const path of ['/incidents', '/accountings/suspensions', '/fhir/AuditEvent', '/agreements'])
      expect(await answerOf(await ask(path)), path).to.equal('403 scope-missing')
    expect((await fetch(link())).status).to.equal(404)
    expect((await entriesIn(database, 'officer-signed-in')).at(-1)).to.include({ officer: 'first-run', how: 'first-run' })
  })

  it('nobody is sent to a provider that is not there', async () => {
    expect((await fetch(`${site().gateway.url}/session/sign-in`, { redirect: 'manual' })).status).to.equal(404)
  })
})
