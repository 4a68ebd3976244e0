/** Beside a provider: officers have no token by their keys, and those that they had are worth nothing. */
import { expect } from 'chai'
import { useDatabase } from '../support/postgres.ts'
import { assertionOf, claimsFor, formOf, identitiesIn, startTokenGateway, type TokenGateway, World } from '../support/token-gateway.ts'

describe('http: where keys of officers are good for no token', () => {
  const database = useDatabase()
  const world = new World().addParty('demo-insurer', 'insurer').addOfficer('demo-operator', ['operator'])
  const kept: TokenGateway[] = []
  before(async () => {
    kept.push(await startTokenGateway(world, database().url))
    world.byKey = 'off'
    kept.push(await startTokenGateway(world, database().url))
  })
  after(async () => {
    for (const one of kept) await one.stop()
  })

  async function asked(
    gateway: TokenGateway,
    name: string,
    key: string,
    scope: string
  ): Promise<readonly [number, Record<string, unknown>]> {
    const assertion = await assertionOf(world.keys.get(key)?.signing ?? {}, claimsFor(name, gateway.url), {})
    const body = new URLSearchParams(formOf(assertion, { scope }))
    const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
    return [answer.status, (await answer.json()) as Record<string, unknown>]
  }

  it('none is given, in the words of a name that nobody has; a party has its own', async () => {
    const [, closed] = kept as [TokenGateway, TokenGateway]
    const officers = await asked(closed, 'demo-operator', 'demo-operator', 'sallyport/operate')
    expect(officers[0]).to.equal(401)
    expect(officers).to.deep.equal(await asked(closed, 'nobody-here', 'demo-operator', 'sallyport/operate'))
    expect((await asked(closed, 'demo-insurer', 'demo-insurer', 'system/*.rs'))[0]).to.equal(200)
  })

  it('one that was given before, or by a gateway that lets keys in, is refused', async () => {
    const [open] = kept as [TokenGateway, TokenGateway]
    const [status, { access_token: token }] = await asked(open, 'demo-operator', 'demo-operator', 'sallyport/operate')
    expect(status).to.equal(200)
    const stands = async (byKey: 'on' | 'off'): Promise<boolean> => {
      world.byKey = byKey
      const identities = identitiesIn(world, open.pool, open.url)
      return identities.stands(await identities.readToken(String(token)))
    }
    expect([await stands('on'), await stands('off')]).to.deep.equal([true, false])
  })
})
