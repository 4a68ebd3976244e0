/** Limits of two running gateways on one database: together they give one allowance, and who fails to sign in waits at both, after a restart too, and nowhere else; a right signature never. */
import { request } from 'node:http'
import { expect } from 'chai'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { signAssertion } from '../support/assertion.ts'
import { type Process, startProcess, until } from '../support/gateway.ts'
import { officer, query, useGateway } from '../support/house.ts'

interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter: string | undefined
}

/** From an address of this machine that the test chooses. */
function post(url: string, path: string, body: URLSearchParams, localAddress: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      `${url}${path}`,
      { method: 'POST', localAddress, agent: false, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      (res) => {
        let text = ''
        res.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        res.on('end', () => resolve({ status: res.statusCode ?? 0, body: text, retryAfter: res.headers['retry-after'] }))
      }
    )
    asking.on('error', reject)
    asking.end(body.toString())
  })
}

const HERE = '127.0.0.1'
const ELSEWHERE = '127.0.0.2'
const STRANGER = generatePartyKeys('ec', 'a-stranger')

describe('limits of two gateways', function () {
  this.timeout(60_000)
  const house = useGateway(
    { 'demo-safe-harbor': {} },
    { SALLYPORT_LIMIT_REQUESTS_PER_MINUTE: '120', SALLYPORT_LISTEN_HOST: '0.0.0.0', SALLYPORT_PUBLIC_URL: 'http://sallyport.example' },
    (site) => site
  )
  let second: Process
  let ports: readonly string[]
  before(async () => {
    second = await startProcess(house().site)
    ports = [house().gateway, second].map(addressOf)
  })
  after(() => second?.stop())

  /** Where it listens: the public address is another. */
  function addressOf(gateway: Process): string {
    const line = gateway
      .log()
      .split('\n')
      .find((text) => text.includes('"started"'))
    return `http://127.0.0.1:${(JSON.parse(line ?? '{}') as { port: number }).port}`
  }

  async function signIn(url: string, party: string, how: 'own key' | 'wrong key', from = HERE): Promise<Answer> {
    const keys = how === 'own key' ? house().site.parties.get(party)?.signing : STRANGER.signing
    const assertion = await signAssertion(keys ?? STRANGER.signing, party, 'http://sallyport.example/oauth/token')
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion
    }
    return post(url, '/oauth/token', new URLSearchParams(form), from)
  }

  async function failed(url: string, party: string, times: number): Promise<Answer[]> {
    const answers: Answer[] = []
    for (let n = 0; n < times; n++) answers.push(await signIn(url, party, 'wrong key'))
    return answers
  }
  /** Of every lock; the gateways hear of it within a second. */
  async function change(what: string): Promise<void> {
    await query(house().database, `UPDATE sign_in_failure SET ${what}, changed = now() WHERE address <> ''`)
    await new Promise((resolve) => setTimeout(resolve, 1500))
  }
  const forget = (): Promise<void> => change('failures = 0, until = now()')

  it('five failures in the name of a party lock it where they were made, at both gateways; its own key signs in there all the same, and ends the lock', async () => {
    const [here = '', there = ''] = ports
    const answers = await failed(here, 'demo-hospital', 6)
    expect(answers.map(({ status }) => status)).to.deep.equal(
      [401, 401, 401, 401, 401, 429].map((status) => (status === 401 ? (answers[0]?.status ?? 0) : status))
    )
    expect(answers[0]?.status).to.be.oneOf([400, 401])
    expect(answers[5]?.retryAfter).to.equal('1')
    await change("until = now() + interval '60 seconds'")
    for (const url of [here, there]) {
      const { status, retryAfter } = await signIn(url, 'demo-hospital', 'wrong key')
      expect([status, Number(retryAfter) > 40]).to.deep.equal([429, true])
    }
    for (const url of [here, there]) {
      expect((await signIn(url, 'demo-hospital', 'own key', ELSEWHERE)).status).to.equal(200)
      expect((await signIn(url, 'demo-insurer', 'own key')).status).to.equal(200)
    }
    expect((await signIn(there, 'demo-hospital', 'own key')).status).to.equal(200)
    await until(async () => ((await signIn(here, 'demo-hospital', 'wrong key')).status === 401 ? true : null), 5)
    await failed(here, 'demo-hospital', 6)
    await change("until = now() + interval '60 seconds'")
  })

  it('a gateway that starts now refuses at once: a restart forgets no lock', async () => {
    const third = await startProcess(house().site)
    try {
      expect((await signIn(addressOf(third), 'demo-hospital', 'wrong key')).status).to.equal(429)
    } finally {
      await third.stop()
    }
  })

  it('operators see it without an address, and lift it: an entry, and nobody waits at either gateway', async () => {
    const { site } = house()
    const { out } = await officer(site, ['lockout', 'list'])
    expect(out).to.match(/^party demo-hospital {2}address [0-9a-f]{32} {2}[5-7] failures {2}until /)
    expect(out).not.to.contain('127.0.0')
    expect((await officer(site, ['lockout', 'lift', 'demo-hospital', '--officer', 'Test Operations', '--reason', 'a test'])).out).to.equal(
      '1 lifted.\n'
    )
    for (const url of ports) await until(async () => ((await signIn(url, 'demo-hospital', 'wrong key')).status === 401 ? true : null), 5)
    await forget()
    expect((await officer(site, ['lockout', 'lift', 'demo-hospital', '--officer', 'Test Operations', '--reason', 'a test'])).code).to.equal(
      1
    )
    const kinds = await query<{ kind: string }>(house().database, 'SELECT kind FROM outbox UNION ALL SELECT kind FROM logged')
    expect(kinds.map(({ kind }) => kind)).to.include.members(['sign-in-locked', 'lockout-lifted'])
  })

  it('a name that nobody has is answered as one that somebody has: the same words, status and waits', async () => {
    const [here = ''] = ports
    await forget()
    const known = await failed(here, 'demo-insurer', 7)
    const unknown = await failed(here, 'nobody-at-all', 7)
    expect(unknown.map(({ status, body, retryAfter }) => ({ status, body, retryAfter }))).to.deep.equal(
      known.map(({ status, body, retryAfter }) => ({ status, body, retryAfter }))
    )
    expect(known.map(({ status }) => status).slice(-2)).to.deep.equal([429, 429])
    await forget()
  })

  it('whoever signs in is counted anew: four failures, a success, and four more lock nothing', async () => {
    const [here = ''] = ports
    for (const _ of [1, 2]) {
      expect((await failed(here, 'demo-insurer', 4)).map(({ status }) => status)).not.to.include(429)
      expect((await signIn(here, 'demo-insurer', 'own key')).status).to.equal(200)
    }
  })

  it('two gateways together give a party one allowance of requests, then what comes back', async () => {
    const [here = '', there = ''] = ports
    const token = (JSON.parse((await signIn(here, 'demo-insurer', 'own key')).body) as { access_token: string }).access_token
    const ask = async (url: string): Promise<number> =>
      (await fetch(`${url}/fhir/jobs/x`, { headers: { authorization: `Bearer ${token}` } })).status
    const burst = async (): Promise<number> => {
      const statuses = await Promise.all(Array.from({ length: 60 }, (_, n) => ask(n % 2 === 0 ? here : there)))
      return statuses.filter((status) => status !== 429).length
    }
    const started = Date.now()
    const first = await burst()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const more = await burst()
    const seconds = (Date.now() - started) / 1000
    // 20 at once, two a second; alone each would have given 20
    expect(first).to.be.within(15, 26)
    expect(first + more).to.be.at.most(20 + 2 * seconds + 2)
  })
})
