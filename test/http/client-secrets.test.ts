/** Secrets of clients: only where every agreement of the party allows it, by the header or the form and never both, and refused as everything else is. */
import { expect } from 'chai'
import { makeSecret, Secrets } from '../../gateway/seal/secret.ts'
import { setSecret } from '../../gateway/store/client-secrets.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { assertionOf, claimsFor, formOf, identitiesIn, startTokenGateway, type TokenGateway, World } from '../support/token-gateway.ts'

const PARTY = 'demo-insurer'

describe('client_secret (RFC 6749 §2.3.1), where the agreements allow it', () => {
  const database = useDatabase()
  const world = new World().addParty(PARTY, 'insurer').addParty('other-insurer', 'insurer').addOfficer('demo-operator', ['operator'])
  const kept: { gateway: TokenGateway | null; secret: string; refusal: string } = { gateway: null, secret: '', refusal: '' }
  const gateway = (): TokenGateway => kept.gateway ?? expect.fail('it is there inside tests only')

  before(async () => {
    kept.gateway = await startTokenGateway(world, database().url)
    const made = await makeSecret()
    kept.secret = made.secret
    await setSecret(gateway().pool, PARTY, made, new Date())
    await setSecret(gateway().pool, 'demo-operator', made, new Date())
    world.terms = { clientAuthentication: 'client_secret' }
    kept.refusal = await told(await post({ client_id: 'nobody', client_secret: kept.secret }))
  })
  after(() => kept.gateway?.stop())

  function post(form: Readonly<Record<string, string>>, authorization?: string): Promise<Response> {
    const headers = authorization === undefined ? {} : { authorization }
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    return fetch(`${gateway().url}/oauth/token`, { method: 'POST', body, headers })
  }
  const basic = (id: string, secret: string): string =>
    `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

  async function told(answer: Response): Promise<string> {
    const own = new Set(['date', 'x-request-id', 'connection', 'keep-alive'])
    return JSON.stringify([answer.status, [...answer.headers].filter(([name]) => !own.has(name)), await answer.text()])
  }

  it('in the form and in the header: a token whose entry names no key', async () => {
    const answers = [await post({ client_id: PARTY, client_secret: kept.secret }), await post({}, basic(PARTY, kept.secret))]
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200])
    const body = (await answers[0]?.json()) as { access_token: string }
    const used = await fetch(`${gateway().url}/fhir/jobs/none`, { headers: { authorization: `Bearer ${body.access_token}` } })
    expect(used.status).to.equal(404)
    const [entry] = await query<{ statement: string }>(database().url, "SELECT statement FROM outbox WHERE kind = 'token-granted' LIMIT 1")
    expect(JSON.parse(entry?.statement ?? '{}')).to.include({ party: PARTY, key: null })
    expect(entry?.statement).to.not.contain(kept.secret)
  })

  it('refused alike: another secret, an unknown party, one that has none, an officer, and what is too long', async () => {
    expect(kept.refusal).to.match(/^\[401,.*invalid_client/)
    for (const [client_id, client_secret] of [
      [PARTY, `${kept.secret}x`],
      [PARTY, kept.secret.slice(0, -1)],
      [PARTY, 'x'.repeat(5000)],
      ['other-insurer', kept.secret],
      ['demo-operator', kept.secret],
      ['__proto__', kept.secret]
    ] as const)
      expect(await told(await post({ client_id, client_secret })), client_id).to.equal(kept.refusal)
    expect(await told(await post({ client_secret: kept.secret }))).to.equal(kept.refusal)
  })

  it('by a header it is 401 with its scheme (§5.2), whatever is wrong with it', async () => {
    for (const header of [
      basic(PARTY, 'x'),
      basic('nobody', kept.secret),
      'Basic',
      'Basic !',
      'Basic OnNlY3JldA==',
      'Basic JTox',
      'Digest x'
    ]) {
      const answer = await post({}, header)
      expect([answer.status, answer.headers.get('www-authenticate')], header).to.deep.equal([401, 'Basic realm="sallyport"'])
      expect(await answer.text()).to.contain('invalid_client')
    }
  })

  it('two ways in one request are none (§2.3), though each is good', async () => {
    const assertion = await assertionOf(world.keys.get(PARTY)?.signing ?? {}, claimsFor(PARTY, gateway().url), {})
    const form = { client_id: PARTY, client_secret: kept.secret }
    expect(await told(await post({ ...formOf(assertion), ...form }))).to.equal(kept.refusal)
    expect((await post(form, basic(PARTY, kept.secret))).status).to.equal(401)
    expect((await post(formOf(assertion), basic(PARTY, kept.secret))).status).to.equal(401)
    expect((await post(formOf(assertion))).status, 'the assertion was never spent').to.equal(200)
  })

  it('an agreement that does not allow it, a suspended party, and none in force: refused, and assertions go on', async () => {
    const asked = (): Promise<Response> => post({ client_id: PARTY, client_secret: kept.secret })
    world.terms = {}
    expect(await told(await asked())).to.equal(kept.refusal)
    const assertion = await assertionOf(world.keys.get(PARTY)?.signing ?? {}, claimsFor(PARTY, gateway().url), {})
    expect((await post(formOf(assertion))).status).to.equal(200)
    world.terms = { clientAuthentication: 'client_secret' }
    world.sides.delete(PARTY)
    expect(await told(await asked())).to.equal(kept.refusal)
    world.sides.add(PARTY)
    world.change({ standings: new Map([[PARTY, 'suspended']]) })
    expect(await told(await asked())).to.equal(kept.refusal)
    world.change({ standings: new Map() })
    expect((await asked()).status).to.equal(200)
  })

  it('offered in discovery only while an agreement in force allows it', async () => {
    const methods = async (): Promise<unknown> => {
      const answer = await fetch(`${gateway().url}/.well-known/smart-configuration`)
      return ((await answer.json()) as Readonly<Record<string, unknown>>)['token_endpoint_auth_methods_supported']
    }
    expect(await methods()).to.deep.equal(['private_key_jwt', 'client_secret_basic', 'client_secret_post'])
    world.terms = {}
    expect(await methods()).to.deep.equal(['private_key_jwt'])
    world.terms = { clientAuthentication: 'client_secret' }
  })

  it('of one address two are looked at at once, of one name four, whether anybody has it or not: the rest is 429', async () => {
    for (const client_id of [PARTY, 'nobody-at-all']) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => post({ client_id, client_secret: 'x' })))
      const statuses = new Set(answers.map(({ status }) => status))
      expect([...statuses].sort(), client_id).to.deep.equal([401, 429])
    }
    const names = Array.from({ length: 50 }, (_, n) => post({ client_id: `nobody-${n}`, client_secret: 'x' }))
    expect((await Promise.all(names)).some(({ status }) => status === 429)).to.equal(true)
    expect((await post({ client_id: PARTY, client_secret: kept.secret })).status, 'and the places are free again').to.equal(200)
  })

  /** Of this process, in milliseconds, on whichever thread: what it costs, whatever else the machine does. */
  async function work(times: number, one: () => Promise<unknown>): Promise<number> {
    const before = process.cpuUsage()
    for (let n = 0; n < times; n++) await one()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }

  it('scrypt is computed for a party alone that may use a secret and has one: strangers cost as long, not as much; and nobody anything where no agreement allows one', async () => {
    const { proveSecret } = identitiesIn(world, gateway().pool, gateway().url)
    await proveSecret(PARTY, 'x')
    const clock = async (one: () => Promise<unknown>): Promise<number> => {
      const started = performance.now()
      await one()
      return performance.now() - started
    }
    const [known, unknown] = [await work(10, () => proveSecret(PARTY, 'x')), await work(10, () => proveSecret('nobody', 'x'))]
    expect(unknown).to.be.lessThan(known / 2)
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    for (let n = 0; n < 10; n++) {
      times.known.push(await clock(() => proveSecret(PARTY, 'x')))
      times.unknown.push(await clock(() => proveSecret('nobody', 'x')))
    }
    const middle = (of: number[]): number => of.toSorted((a, b) => a - b)[5] ?? 0
    expect(middle(times.unknown)).to.be.within(middle(times.known) / 2, middle(times.known) * 2)
    world.terms = {}
    expect(await work(10, () => proveSecret(PARTY, 'x'))).to.be.lessThan(known / 2)
    world.terms = { clientAuthentication: 'client_secret' }
  })

  it('nobody takes the places of all: eight are compared at once, others wait their turn, and each is answered rightly', async () => {
    const secrets = new Secrets()
    const [one, two] = [await makeSecret(), await makeSecret()]
    const many = Array.from({ length: 40 }, (_, n) => secrets.fits(n % 2 === 0 ? one.secret : two.secret, one))
    expect(await secrets.fits(two.secret, two)).to.equal(true)
    expect(await Promise.all(many)).to.deep.equal(Array.from({ length: 40 }, (_, n) => n % 2 === 0))
    expect(await secrets.fits(one.secret, null)).to.equal(false)
  })

  it('what is kept is a salted scrypt hash (RFC 7914), another for the same secret', async () => {
    const rows = await query<{ hash: Buffer; salt: Buffer }>(database().url, 'SELECT salt, hash FROM client_secret')
    for (const { hash, salt } of rows) expect([hash.length, salt.length]).to.deep.equal([32, 16])
    const [one, two] = [await makeSecret(), await makeSecret()]
    expect(one.secret)
      .to.match(/^[A-Za-z0-9_-]{43}$/)
      .and.not.equal(two.secret)
    expect(one.salt.equals(two.salt)).to.equal(false)
  })
})
