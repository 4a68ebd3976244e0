/** Tokens at real gateways on one database: what was spent stays spent over replicas and restarts, and what was ended is ended everywhere. */
import { expect } from 'chai'
import { Client } from 'pg'
import { signAssertion } from '../support/assertion.ts'
import { entriesIn } from '../support/entries.ts'
import { AT_ONCE, type Process, startProcess, until } from '../support/gateway.ts'
import { addOfficer, officer, signedBy, useGateway } from '../support/house.ts'

const PUBLIC = 'http://sallyport.example'

describe('tokens at two gateways on one database', function () {
  this.timeout(60_000)
  const env = { SALLYPORT_PUBLIC_URL: PUBLIC, SALLYPORT_WORKERS: '1' }
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null }, env, (site) =>
    addOfficer(site, 'demo-operator', ['operator'], {})
  )
  const replicas: Process[] = []
  before(async () => {
    replicas.push(house().gateway, await startProcess(house().site))
  })
  after(() => replicas[1]?.stop())

  /** Behind their common name each has a port of its own. */
  function at(gateway: Process | undefined): string {
    const started = (gateway?.log() ?? '').split('\n').find((line) => line.includes('"started"')) ?? '{}'
    return `http://127.0.0.1:${(JSON.parse(started) as { port: number }).port}`
  }

  async function post(
    url: string,
    form: Readonly<Record<string, string>>,
    token?: string
  ): Promise<readonly [number, Readonly<Record<string, unknown>>]> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers })
    return [answer.status, (await answer.json()) as Readonly<Record<string, unknown>>]
  }

  async function proved(party: string, scope: string): Promise<Readonly<Record<string, string>>> {
    const keys = house().site.parties.get(party) ?? expect.fail('no such party')
    return {
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(keys.signing, party, `${PUBLIC}/oauth/token`)
    }
  }

  async function tokenAt(gateway: Process | undefined, party: string, scope: string): Promise<string> {
    return String((await post(`${at(gateway)}/oauth/token`, await proved(party, scope)))[1]['access_token'])
  }

  async function statusAt(gateway: Process | undefined, token: string): Promise<number> {
    return (await fetch(`${at(gateway)}/fhir/jobs/none`, { headers: { authorization: `Bearer ${token}` } })).status
  }

  it('a replayed jti is refused at the other replica, and by one that was started since (RFC 7523 §3)', async () => {
    const form = await proved('demo-insurer', 'system/*.rs')
    expect((await post(`${at(replicas[0])}/oauth/token`, form))[0]).to.equal(200)
    expect((await post(`${at(replicas[1])}/oauth/token`, form))[1]['error']).to.equal('invalid_client')
    await replicas[1]?.kill()
    replicas[1] = await startProcess(house().site)
    expect((await post(`${at(replicas[1])}/oauth/token`, form))[1]['error']).to.equal('invalid_client')
  })

  it('a token given by one is taken by the other; ended at one it is refused at both, within a second', async () => {
    const token = await tokenAt(replicas[0], 'demo-insurer', 'system/*.rs')
    expect([await statusAt(replicas[0], token), await statusAt(replicas[1], token)]).to.deep.equal([404, 404])
    const operator = await tokenAt(replicas[1], 'demo-operator', 'sallyport/operate')
    expect((await post(`${at(replicas[1])}/oauth/introspect`, { token }, operator))[1]).to.include({
      active: true,
      client_id: 'demo-insurer'
    })
    expect((await post(`${at(replicas[1])}/oauth/revocations`, { token }, operator))[0]).to.equal(200)
    const ended = performance.now()
    for (const replica of replicas) while ((await statusAt(replica, token)) !== 401) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(performance.now() - ended).to.be.below(1000)
    expect((await post(`${at(replicas[0])}/oauth/introspect`, { token }, operator))[1]).to.deep.equal({ active: false })
    replicas[1] = await restarted(replicas[1])
    expect(await statusAt(replicas[1], token), 'after a restart, too').to.equal(401)
  })

  async function restarted(gateway: Process | undefined): Promise<Process> {
    await gateway?.stop()
    return startProcess(house().site)
  }

  it('a gateway that is dead to the others, for its session in the database is lost, refuses all who ask until it has entered its keys anew', async () => {
    const url = house().database
    const token = await tokenAt(replicas[0], 'demo-insurer', 'system/*.rs')
    const blocker = new Client({ connectionString: url })
    await blocker.connect()
    try {
      await blocker.query('BEGIN')
      await blocker.query('LOCK TABLE gateway_key IN ACCESS EXCLUSIVE MODE') // where a key is dropped, too
      await blocker.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1936485484")
      for (const replica of replicas) {
        await until(async () => ((await statusAt(replica, token)) === 503 ? true : null))
        await new Promise((resolve) => setTimeout(resolve, 1500))
        expect(await statusAt(replica, token), 'it stays so').to.equal(503)
        expect((await fetch(`${at(replica)}/readyz`)).status).to.equal(503)
      }
    } finally {
      await blocker.query('ROLLBACK')
      await blocker.end()
    }
    for (const replica of replicas) await until(async () => ((await statusAt(replica, token)) === 404 ? true : null))
  })
})

describe('a secret at a real gateway, where the agreement allows it', function () {
  this.timeout(60_000)
  const house = useGateway(
    { 'demo-safe-harbor': { ...AT_ONCE, clientAuthentication: 'client_secret' }, 'demo-transport-only': null },
    { SALLYPORT_WORKERS: '1' },
    (site) => ['demo-operator', 'second-operator'].reduce((sum, id) => addOfficer(sum, id, ['operator'], {}), site)
  )

  async function ask(secret: string): Promise<readonly [number, string]> {
    const authorization = `Basic ${Buffer.from(`demo-insurer:${secret}`).toString('base64')}`
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const answer = await fetch(`${house().gateway.url}/oauth/token`, { method: 'POST', headers: { authorization }, body })
    return [answer.status, String(((await answer.json()) as { access_token?: string }).access_token)]
  }
  const statusOf = async (token: string): Promise<number> =>
    (await fetch(`${house().gateway.url}/fhir/jobs/none`, { headers: { authorization: `Bearer ${token}` } })).status
  const secretCommand = (...words: readonly string[]) =>
    officer(house().site, ['party', 'secret', 'demo-insurer', ...signedBy(house().site, 'demo-operator'), ...words])
  const confirmCommand = (hash: string, who = 'second-operator') =>
    officer(house().site, ['party', 'confirm', 'demo-insurer', '--change', hash, ...signedBy(house().site, who)])

  it('party secret prints it once; it opens nothing until another operator confirms it; then it signs in; a new one ends the old and its tokens, and --remove ends it for good', async () => {
    const first = await secretCommand()
    expect([first.code, first.out.trim()], first.err).to.satisfy(([code, out]: [number, string]) => code === 0 && /^[\w-]{43}$/.test(out))
    const hash = /sha256:[0-9a-f]{64}/.exec(first.err)?.[0] ?? ''
    expect((await ask(first.out.trim()))[0], 'it waits').to.equal(401)
    expect((await confirmCommand(hash, 'demo-operator')).err).to.include('[self-approval]')
    expect((await confirmCommand(hash)).err).to.equal('')
    // what it signed in with until a moment after the change is dead
    const token = await until(async () => {
      const [, given] = await ask(first.out.trim())
      return (await statusOf(given)) === 404 ? given : null
    })
    const second = JSON.parse((await secretCommand('--json')).out) as { readonly secret: string; readonly hash: string }
    expect((await confirmCommand(second.hash)).err).to.equal('')
    while ((await statusOf(token)) !== 401) await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await ask(first.out.trim()))[0]).to.equal(401)
    expect((await ask(second.secret))[0]).to.equal(200)
    expect((await secretCommand('--remove')).code).to.equal(0)
    expect((await ask(second.secret))[0]).to.equal(401)
    const kinds = await entriesIn(house().database, 'client-secret-set', 'client-secret-removed')
    expect(kinds.map(({ kind }) => kind)).to.deep.equal(['client-secret-set', 'client-secret-set', 'client-secret-removed'])
    for (const secret of [first.out.trim(), second.secret]) expect(JSON.stringify(kinds) + house().gateway.log()).to.not.contain(secret)
  })

  it('only an operator gives one', async () => {
    const refused = await officer(house().site, [
      'party',
      'secret',
      'demo-insurer',
      ...signedBy(house().site, 'demo-operator'),
      '--officer',
      'nobody'
    ])
    expect([refused.code, refused.out, refused.err.includes('not-an-operator')]).to.deep.equal([3, '', true])
  })
})
