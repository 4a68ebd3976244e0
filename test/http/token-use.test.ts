/** Access tokens after they were given: asked of the registry at each request, looked at and ended one by one. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Party } from '../../gateway/generated/policy.ts'
import { generatePartyKeys, publicPart } from '../../gateway/seal/generate.ts'
import { thumbprintOf } from '../../gateway/seal/keyring.ts'
import { issueToken } from '../../gateway/seal/token.ts'
import { revokedTokens } from '../../gateway/store/registry.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { assertionOf, claimsFor, formOf, startTokenGateway, type TokenGateway, World } from '../support/token-gateway.ts'

type Body = Readonly<Record<string, unknown>>

/** A world of its own, a gateway in it, and what is asked of it. */
function useTokens(): {
  readonly world: World
  gateway(): TokenGateway
  url(): string
  database(): string
  grant(party: string, scope?: string): Promise<Body>
  token(party: string, scope?: string): Promise<string>
  post(path: string, form: Readonly<Record<string, string>>, token?: string): Promise<readonly [number, Body]>
  looked(token: string): Promise<readonly [number, string]>
} {
  const database = useDatabase()
  const world = new World()
    .addParty('demo-hospital', 'hospital')
    .addParty('demo-insurer', 'insurer')
    .addOfficer('demo-operator', ['operator'])
    .addOfficer('demo-reviewer', ['compliance-reviewer'])
  const kept: { gateway: TokenGateway | null } = { gateway: null }
  before(async () => {
    kept.gateway = await startTokenGateway(world, database().url)
  })
  after(() => kept.gateway?.stop())
  const gateway = (): TokenGateway => kept.gateway ?? expect.fail('it is there inside tests only')
  const grant = async (party: string, scope = ''): Promise<Body> => {
    const assertion = await assertionOf(world.keys.get(party)?.signing ?? {}, claimsFor(party, gateway().url), {})
    const answer = await fetch(`${gateway().url}/oauth/token`, { method: 'POST', body: new URLSearchParams(formOf(assertion, { scope })) })
    return (await answer.json()) as Body
  }
  return {
    world,
    gateway,
    url: () => gateway().url,
    database: () => database().url,
    grant,
    token: async (party, scope) => String((await grant(party, scope))['access_token']),
    post: async (path, form, token) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const answer = await fetch(`${gateway().url}${path}`, { method: 'POST', body: new URLSearchParams(form), headers })
      return [answer.status, (await answer.json()) as Body]
    },
    looked: async (token) => {
      const answer = await fetch(`${gateway().url}/fhir/jobs/${randomUUID()}`, { headers: { authorization: `Bearer ${token}` } })
      const body = (await answer.json()) as { issue: [{ details: { coding: [{ code: string }] } }] }
      return [answer.status, body.issue[0].details.coding[0].code]
    }
  }
}

const GOOD = [404, 'not-found'] as const
const DEAD = [401, 'token-invalid'] as const

describe('access tokens: the registry is asked at every request, however well a token is remembered', () => {
  const { world, token, looked, gateway, url } = useTokens()

  async function dies(change: () => void): Promise<void> {
    const { registry } = world
    const used = await token('demo-insurer')
    expect(await looked(used)).to.deep.equal(GOOD)
    change()
    expect(await looked(used)).to.deep.equal(DEAD)
    world.registry = registry
    expect(await looked(used)).to.deep.equal(GOOD)
  }
  const thumbprint = (): string => thumbprintOf(publicPart(world.keys.get('demo-insurer')?.signing ?? {}))
  const withParty = (changes: Partial<Party>): void => {
    const party = world.registry.parties.get('demo-insurer') ?? expect.fail()
    world.change({ parties: new Map([...world.registry.parties, ['demo-insurer', { ...party, ...changes }]]) })
  }

  it('a party that is suspended, and one that is revoked', async () => {
    for (const standing of ['suspended', 'revoked'] as const)
      await dies(() => world.change({ standings: new Map([['demo-insurer', standing]]) }))
  })

  it('a party that is not registered any more, or in another role', async () => {
    await dies(() => world.change({ parties: new Map([...world.registry.parties].filter(([id]) => id !== 'demo-insurer')) }))
    await dies(() => withParty({ role: 'hospital' }))
  })

  it('a key that was revoked takes its tokens with it', async () => {
    await dies(() => world.change({ revokedKeys: new Set([`demo-insurer ${thumbprint()}`]) }))
  })

  it('a key that was retired takes none with it: a rotation costs no request', async () => {
    const { registry } = world
    const used = await token('demo-insurer')
    withParty({ jwks: generatePartyKeys('ec', 'next').jwks as Party['jwks'] & {} })
    expect(await looked(used)).to.deep.equal(GOOD)
    world.registry = registry
  })

  it('all tokens of before a moment, to the millisecond, and none of after it', async () => {
    await dies(() => world.change({ notBefore: new Map([['demo-insurer', Date.now()]]) }))
    const { registry } = world
    world.change({ notBefore: new Map([['demo-insurer', Date.now()]]) })
    expect(await looked(await token('demo-insurer'))).to.deep.equal(GOOD)
    world.registry = registry
  })

  it('a party that has a certificate by now: its tokens that name none', async () => {
    await dies(() => withParty({ certificateThumbprints: ['A'.repeat(43)] }))
  })

  it('expired to the second, first seen or remembered (RFC 7519 §4.1.4)', async () => {
    const grant = { party: 'demo-insurer', role: 'insurer', scopes: ['system/*.rs'], certificate: null } as const
    const made = (seconds: number): Promise<string> => issueToken(world.ring.token, url(), grant, new Date(), seconds)
    const short = await made(2)
    expect(await looked(short)).to.deep.equal(GOOD)
    await new Promise((resolve) => setTimeout(resolve, 2100))
    expect(await looked(short)).to.deep.equal([401, 'token-expired'])
    expect(await looked(short)).to.deep.equal([401, 'token-expired'])
  })

  it('a key of the gateway that is not on the ring any more', async () => {
    const other = new World().ring
    const grant = { party: 'demo-insurer', role: 'insurer', scopes: ['system/*.rs'], certificate: null } as const
    expect(await looked(await issueToken(other.token, gateway().url, grant, new Date(), 300))).to.deep.equal(DEAD)
  })
})

describe('POST /oauth/introspect (RFC 7662), for operators', () => {
  const { world, token, post, url, database } = useTokens()
  const operator = (): Promise<string> => token('demo-operator', 'sallyport/operate')

  it('a good token: whose it is, for what, until when, and which key proved it', async () => {
    const [status, told] = await post('/oauth/introspect', { token: await token('demo-insurer') }, await operator())
    expect(status).to.equal(200)
    expect(told).to.include({
      active: true,
      client_id: 'demo-insurer',
      sub: 'demo-insurer',
      iss: url(),
      aud: url(),
      scope: 'system/*.rs',
      token_type: 'bearer'
    })
    expect(told['key']).to.equal(thumbprintOf(publicPart(world.keys.get('demo-insurer')?.signing ?? {})))
    expect(Number(told['exp']) - Number(told['iat'])).to.equal(300)
  })

  it('whatever is not good is {"active":false} and no more (§2.2): none of ours, expired, of a suspended party', async () => {
    const grant = { party: 'demo-insurer', role: 'insurer', scopes: ['system/*.rs'], certificate: null } as const
    const old = await issueToken(world.ring.token, url(), grant, new Date(Date.now() - 400_000), 300)
    const good = await token('demo-insurer')
    const own = await operator()
    const { registry } = world
    world.change({ standings: new Map([['demo-insurer', 'suspended']]) })
    for (const one of ['x', 'a.b.c', old, good, `${good}x`])
      expect(await post('/oauth/introspect', { token: one }, own)).to.deep.equal([200, { active: false }])
    world.registry = registry
  })

  it('nobody else may ask: parties, other officers, and without a token', async () => {
    const asked = await token('demo-insurer')
    expect((await post('/oauth/introspect', { token: asked }, asked))[0]).to.equal(403)
    expect((await post('/oauth/introspect', { token: asked }, await token('demo-reviewer', 'sallyport/accountings')))[0]).to.equal(403)
    expect((await post('/oauth/introspect', { token: asked }))[0]).to.equal(401)
  })

  it('a form that is none, twice a member, none at all, or huge (RFC 6749 §3.2)', async () => {
    const own = await operator()
    const send = async (body: string, type = 'application/x-www-form-urlencoded'): Promise<number> => {
      const headers = { 'authorization': `Bearer ${own}`, 'content-type': type }
      return (await fetch(`${url()}/oauth/introspect`, { method: 'POST', body, headers })).status
    }
    expect([await send('token=a&token=b'), await send('token='), await send('{"token":"a"}', 'application/json')]).to.deep.equal([
      400, 400, 400
    ])
    expect([await send(`token=${'x'.repeat(20_000)}`), await send('token=%FF%00')]).to.deep.equal([413, 200])
  })

  it('each is an entry that says which token by its id, and never the token', async () => {
    const entries = await query<{ statement: string }>(database(), "SELECT statement FROM outbox WHERE kind = 'token-introspected'")
    expect(entries.length).to.equal(7)
    expect(entries.map(({ statement }) => JSON.parse(statement).state).filter((state) => state === 'active')).to.have.length(1)
    expect(JSON.stringify(entries)).to.not.contain('eyJ')
  })
})

describe('tokens are ended before their time (RFC 7009)', () => {
  const { world, gateway, token, post, looked, database, url } = useTokens()
  const operator = (): Promise<string> => token('demo-operator', 'sallyport/operate')
  const learn = async (): Promise<void> => world.change({ revokedTokens: new Set(await revokedTokens(gateway().pool)) })
  const jtiOf = (jwt: string): string => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).jti
  const epoch = async (): Promise<number> =>
    Number((await query<{ epoch: string }>(database(), 'SELECT epoch FROM registry_epoch'))[0]?.epoch)
  const proof = (party: string): Promise<string> => assertionOf(world.keys.get(party)?.signing ?? {}, claimsFor(party, url()), {})

  it('an operator ends one: it is dead on every replica, which is told at once, and the others of its party live', async () => {
    const [one, other, before] = [await token('demo-insurer'), await token('demo-insurer'), await epoch()]
    expect(await post('/oauth/revocations', { token: one }, await operator())).to.deep.equal([200, {}])
    expect(await epoch()).to.equal(before + 1)
    await learn()
    expect([await looked(one), await looked(other)]).to.deep.equal([DEAD, GOOD])
  })

  it('by its id, as the entry of its grant names it; an id of no grant is 404', async () => {
    const one = await token('demo-insurer')
    expect(await post('/oauth/revocations', { jti: jtiOf(one) }, await operator())).to.deep.equal([200, {}])
    await learn()
    expect(await looked(one)).to.deep.equal(DEAD)
    expect((await post('/oauth/revocations', { jti: randomUUID() }, await operator()))[0]).to.equal(404)
    expect((await post('/oauth/revocations', { jti: "'; DROP TABLE revoked_token" }, await operator()))[0]).to.equal(404)
  })

  it('a second time, and one that is none of ours, change nothing and are answered as the first (§2.2)', async () => {
    const one = await token('demo-insurer')
    const own = await operator()
    for (const sent of [one, one, 'x', 'a.b.c']) expect(await post('/oauth/revocations', { token: sent }, own)).to.deep.equal([200, {}])
  })

  it('a client ends its own by an assertion, which is spent; another’s it does not', async () => {
    const [own, others] = [await token('demo-insurer'), await token('demo-hospital', 'system/*.cu')]
    const assertion = await proof('demo-insurer')
    expect(await post('/oauth/revoke', { ...formOf(assertion), token: own })).to.deep.equal([200, {}])
    expect((await post('/oauth/revoke', { ...formOf(assertion), token: own }))[1]).to.include({ error: 'invalid_client' })
    const [status, refused] = await post('/oauth/revoke', { ...formOf(await proof('demo-insurer')), token: others })
    expect([status, refused['error']]).to.deep.equal([400, 'invalid_request'])
    await learn()
    expect(await looked(own)).to.deep.equal(DEAD)
    expect(await post('/oauth/revoke', { ...formOf(await proof('demo-insurer')), token: 'x' })).to.deep.equal([200, {}])
  })

  it('only an operator ends those of others; each that was ended has one entry, of its party', async () => {
    const one = await token('demo-insurer')
    expect((await post('/oauth/revocations', { token: one }, one))[0]).to.equal(403)
    const entries = await query<{ statement: string; parties: string[] }>(
      database(),
      "SELECT statement, parties FROM outbox WHERE kind = 'token-revoked'"
    )
    expect(entries.map(({ statement }) => JSON.parse(statement).by).sort()).to.deep.equal([
      'demo-insurer',
      'demo-operator',
      'demo-operator',
      'demo-operator'
    ])
    expect(entries.map(({ parties }) => parties)).to.deep.equal(entries.map(() => ['demo-insurer']))
  })

  it('the database keeps what was spent and revoked as long as it could be used', async () => {
    for (const table of ['spent_jti', 'revoked_token']) {
      for (const change of [`DELETE FROM ${table}`, `UPDATE ${table} SET expires = now() - interval '1 day'`]) {
        const refused = await query(database(), change).then(
          () => 'done',
          (error: { code?: string }) => error.code
        )
        expect(refused, change).to.equal('23001')
      }
    }
  })

  it('one that lists what is offered names them (RFC 8414 §2, RFC 8705 §3.3)', async () => {
    const [server, smart] = await Promise.all(
      ['oauth-authorization-server', 'smart-configuration'].map(
        async (name) => (await fetch(`${url()}/.well-known/${name}`)).json() as Promise<Body>
      )
    )
    for (const said of [server, smart]) {
      expect(said).to.include({
        introspection_endpoint: `${url()}/oauth/introspect`,
        revocation_endpoint: `${url()}/oauth/revoke`,
        tls_client_certificate_bound_access_tokens: true
      })
    }
  })
})

describe('scopes are cut to agreements: who has none yet neither sends nor fetches', () => {
  const { world, grant } = useTokens()

  it('with none that is or was in force: only what reads and signs agreements, and the own entries', async () => {
    world.sides.delete('demo-insurer')
    world.sides.delete('demo-hospital')
    expect(await grant('demo-insurer')).to.include({ error: 'invalid_scope' })
    expect(await grant('demo-hospital')).to.include({ error: 'invalid_scope' })
    expect(await grant('demo-insurer', 'system/*.rs system/Patient.rs sallyport/agreements system/AuditEvent.rs')).to.include({
      scope: 'sallyport/agreements system/AuditEvent.rs'
    })
    expect(await grant('demo-hospital', 'sallyport/submit system/*.cu sallyport/agreements')).to.include({ scope: 'sallyport/agreements' })
  })

  it('with one: those of its role', async () => {
    world.sides.add('demo-insurer')
    expect(await grant('demo-insurer')).to.include({ scope: 'system/*.rs' })
  })
})
