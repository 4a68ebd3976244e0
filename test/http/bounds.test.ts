/** Bounds at the doors: each party has its own, what one spends another has still; no body in parts (multipart) is read at any route; what proves nothing is bounded by address. */
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { Lockouts } from '../../gateway/exchange/identity/lockouts.ts'
import { ROUTES } from '../../gateway/http/routes.ts'
import { type GatewayOptions, type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

const NDJSON = { 'content-type': 'application/fhir+ndjson' }

async function at(options: GatewayOptions, work: (gateway: HttpGateway) => Promise<void>): Promise<void> {
  const gateway = await startHttpGateway(options)
  try {
    await work(gateway)
  } finally {
    await gateway.stop()
  }
}

async function statuses(times: number, ask: () => Promise<number>): Promise<ReadonlyMap<number, number>> {
  const all = await Promise.all(Array.from({ length: times }, ask))
  return new Map([...Map.groupBy(all, (status) => status)].map(([status, of]) => [status, of.length]))
}

const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

async function signIn(gateway: HttpGateway, assertion: string): Promise<Response> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: BEARER, client_assertion: assertion })
  return fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
}

describe('http: bounds of each party', function () {
  this.timeout(30_000)

  async function asking(gateway: HttpGateway, party: string): Promise<() => Promise<number>> {
    const headers = { authorization: `Bearer ${await gateway.token(party)}` }
    return async () => {
      const response = await fetch(`${gateway.url}/submissions/none`, { headers })
      await response.arrayBuffer()
      return response.status
    }
  }

  it('requests of a minute: one party spends its own, another has all of its own', () =>
    at({ limits: { requestsPerMinute: 60 } }, async (gateway) => {
      const [one, other] = [await asking(gateway, 'demo-hospital'), await asking(gateway, 'other-hospital')]
      expect((await statuses(30, one)).get(429)).to.be.within(8, 10)
      expect(await statuses(15, other)).to.deep.equal(new Map([[404, 15]]))
    }))

  it('requests at once: one party at its bound is 429 with Retry-After, another goes on, and the place is free again afterwards', () =>
    at({ limits: { concurrentPerParty: 2 } }, async (gateway) => {
      const release = { now: (): void => undefined }
      const held = new Promise<void>((resolve) => {
        release.now = resolve
      })
      gateway.exchange.read = async (body) => {
        await held
        const chunks: Buffer[] = []
        for await (const chunk of body) chunks.push(chunk as Buffer)
        return Buffer.concat(chunks)
      }
      const send = async (party: string): Promise<Response> =>
        fetch(`${gateway.url}/submissions?close=true`, {
          method: 'POST',
          body: '{}\n',
          headers: { authorization: `Bearer ${await gateway.token(party)}`, ...NDJSON }
        })
      const first = [send('demo-hospital'), send('demo-hospital')]
      await new Promise((resolve) => setTimeout(resolve, 300))
      const refused = await send('demo-hospital')
      expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([429, '1'])
      const other = await asking(gateway, 'other-hospital')
      expect(await other()).to.equal(404)
      release.now()
      expect((await Promise.all(first)).map(({ status }) => status)).to.deep.equal([202, 202])
      expect((await send('demo-hospital')).status).to.equal(202)
    }))

  it('headers: longer than the bound are 431, whoever sends them; another connection goes on', () =>
    at({ limits: { headerBytes: 4096 } }, async (gateway) => {
      const ask = (size: number): Promise<number> =>
        new Promise((resolve, reject) => {
          const asked = request(`${gateway.url}/livez`, { agent: false, headers: { 'x-long': 'x'.repeat(size) } }, (res) => {
            res.resume()
            resolve(res.statusCode ?? 0)
          })
          asked.on('error', reject)
          asked.end()
        })
      expect([await ask(8192), await ask(1024)]).to.deep.equal([431, 200])
    }))

  it('no route reads a body in parts (RFC 7578): multipart is refused or left unread, packed or not, and nothing is opened', () =>
    at({ limits: { requestsPerMinute: 60_000 } }, async (gateway) => {
      const parts = Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="Patient.ndjson"\r\n\r\n{}\r\n--x--\r\n')
      const token = await gateway.token('demo-hospital')
      const plain = { 'authorization': `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=x' }
      const sent = [
        { body: parts, headers: plain },
        { body: gzipSync(parts), headers: { ...plain, 'content-encoding': 'gzip' } }
      ]
      for (const { method, path } of ROUTES.filter((row) => row.method !== 'GET' && row.body !== 'none'))
        for (const one of sent) {
          const response = await fetch(gateway.url + path.replaceAll(/[:*]\w+/g, 'x'), { method, ...one })
          await response.arrayBuffer()
          expect(response.status, `${method} ${path}`).to.be.within(400, 429)
        }
      expect(gateway.observed.some(({ event }) => event === 'requestFailed')).to.equal(false)
    }))

  it('what is open to all is bounded by address; a party with a token from there goes on', () =>
    at({ limits: { strangersPerMinute: 60 } }, async (gateway) => {
      const open = async (): Promise<number> => (await fetch(`${gateway.url}/livez`)).status
      expect((await statuses(30, open)).get(429)).to.be.within(8, 10)
      expect(await (await asking(gateway, 'demo-hospital'))()).to.equal(404)
    }))

  it('what leads nowhere is bounded by address, too: unknown paths, other methods, heads in doubt, and what brings no proof', () =>
    at({ limits: { strangersPerMinute: 60 } }, async (gateway) => {
      const nowhere: readonly (() => Promise<number>)[] = [
        async () => (await fetch(`${gateway.url}/nowhere`)).status,
        async () => (await fetch(`${gateway.url}/livez`, { method: 'DELETE' })).status,
        async () => (await fetch(`${gateway.url}/a//b`)).status,
        async () => (await fetch(`${gateway.url}/submissions/none`)).status
      ]
      const seen = await Promise.all(Array.from({ length: 40 }, (_, n) => nowhere[n % 4]?.()))
      expect(new Set(seen.filter((status) => status !== 429)).size).to.be.greaterThan(1)
      expect(seen.filter((status) => status === 429).length).to.be.within(17, 20)
      for (const ask of nowhere) expect(await ask()).to.equal(429)
      expect(await (await asking(gateway, 'demo-hospital'))(), 'a party from there').to.equal(404)
    }))

  it('a party ends tokens at the pace at which it gets them: 60 at once, then 429; another has all of its own', () =>
    at({ limits: { requestsPerMinute: 60 } }, async (gateway) => {
      const end = async (party: string): Promise<number> => {
        const form = { client_assertion_type: BEARER, client_assertion: await gateway.assertion(party), token: 'x' }
        const response = await fetch(`${gateway.url}/oauth/revoke`, { method: 'POST', body: new URLSearchParams(form) })
        await response.arrayBuffer()
        return response.status
      }
      const seen = await statuses(80, () => end('demo-hospital'))
      expect([...seen.keys()].sort()).to.deep.equal([200, 429])
      expect(seen.get(200)).to.be.within(60, 63)
      expect(await end('other-hospital')).to.equal(200)
    }))

  it('what a party may not do spends its own requests, as what it may does', () =>
    at({ limits: { requestsPerMinute: 60 } }, async (gateway) => {
      const headers = { authorization: `Bearer ${await gateway.token('demo-hospital')}` }
      const denied = async (): Promise<number> => (await fetch(`${gateway.url}/sessions`, { headers })).status
      const seen = await statuses(30, denied)
      expect([...seen.keys()].sort()).to.deep.equal([403, 429])
      expect(seen.get(429)).to.be.within(8, 10)
    }))

  it('tokens that prove nothing are bounded by address: past it 429 before anything is verified, then as they come back', () =>
    at({ limits: { strangersPerMinute: 60 } }, async (gateway) => {
      const ask = async (): Promise<number> =>
        (await fetch(`${gateway.url}/submissions/none`, { headers: { authorization: 'Bearer x.y.z' } })).status
      for (let n = 0; n < 20; n++) expect(await ask()).to.equal(401)
      expect(await ask()).to.equal(429)
    }))
})

describe('http: lock-outs at the door', function () {
  this.timeout(30_000)

  /** Remembers what it was told; `locked` names wait for 7 seconds. */
  function remembering(locked: readonly string[]): { readonly lockouts: Lockouts; readonly told: string[] } {
    const told: string[] = []
    const note = (what: string) => (kind: string, claimed: string, address: string) =>
      void told.push(`${what} ${kind} ${claimed} ${address}`)
    return {
      told,
      lockouts: {
        wait: (_kind, claimed) => (locked.includes(claimed) ? 6.2 : 0),
        failed: async (...failed) => {
          note('failed')(...failed)
          return 0
        },
        succeeded: async (...succeeded) => note('succeeded')(...succeeded)
      }
    }
  }

  const forged = (party: string): string => `e30.${Buffer.from(JSON.stringify({ iss: party })).toString('base64url')}.x`

  it('a name that is locked is 429 with the seconds to wait, in the shape of RFC 6749 §5.2, whether anybody has it or not, and is counted no more', () => {
    const { lockouts, told } = remembering(['demo-hospital', 'nobody'])
    return at({ lockouts }, async (gateway) => {
      const secret = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo-hospital', client_secret: 'x' })
      const answers = await Promise.all([
        ...['demo-hospital', 'nobody'].map((party) => signIn(gateway, forged(party))),
        fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: secret })
      ])
      const seen = await Promise.all(answers.map(async (answer) => [answer.status, answer.headers.get('retry-after'), await answer.text()]))
      expect(seen[0]?.slice(0, 2)).to.deep.equal([429, '7'])
      expect(JSON.parse(String(seen[0]?.[2]))).to.deep.include({ error: 'temporarily_unavailable' })
      expect(seen.slice(1)).to.deep.equal([seen[0], seen[0]])
      expect(told).to.deep.equal([])
    })
  })

  it('a lock is against guessing, and nobody guesses a signature: the right key of a locked name signs in, and is counted anew; a replay of it waits', () => {
    const { lockouts, told } = remembering(['demo-hospital'])
    return at({ lockouts }, async (gateway) => {
      const good = await gateway.assertion('demo-hospital')
      expect([(await signIn(gateway, good)).status, (await signIn(gateway, good)).status]).to.deep.equal([200, 429])
      expect(told).to.deep.equal(['succeeded party demo-hospital 127.0.0.1'])
    })
  })

  it('nor do failures of others behind one address keep the right key out: all else from there is 429', () =>
    at({ limits: { failedSignInsPerMinute: 5 } }, async (gateway) => {
      for (let n = 0; n < 5; n++) expect((await signIn(gateway, forged(`nobody-${n}`))).status).to.equal(401)
      expect((await signIn(gateway, forged('nobody-else'))).status).to.equal(429)
      expect((await signIn(gateway, await gateway.assertion('demo-hospital'))).status).to.equal(200)
      const secret = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo-hospital', client_secret: 'x' })
      expect((await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: secret })).status).to.equal(429)
    }))

  it('failures count under the name that is claimed, registered or not, and what cannot be read under none; a success is told; a mistake in the form counts nothing', () => {
    const { lockouts, told } = remembering([])
    return at({ lockouts }, async (gateway) => {
      const [good = '', ...rest] = (await gateway.assertion('demo-hospital')).split('.')
      await signIn(gateway, [good, ...rest].join('.'))
      await signIn(gateway, [good, ...rest].join('.')) // replayed
      await signIn(gateway, `e30.${Buffer.from('{"iss":"nobody"}').toString('base64url')}.x`)
      await signIn(gateway, 'not an assertion')
      await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'password' }) })
      expect(told).to.deep.equal([
        'succeeded party demo-hospital 127.0.0.1',
        'failed party demo-hospital 127.0.0.1',
        'failed party nobody 127.0.0.1',
        'failed party  127.0.0.1'
      ])
    })
  })
})

describe('http: pages of other sites, in a browser behind the address of a hospital', function () {
  this.timeout(30_000)
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
  /** As Fetch Metadata and RFC 6454 have it; a sandboxed frame says null; a link that is clicked navigates. */
  const PAGES: readonly Readonly<Record<string, string>>[] = [
    { 'origin': 'https://attacker.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { 'origin': 'https://attacker.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }
  ]

  it('at the doors of machines they are 403 before anything is counted, or believed of whom they name', () => {
    const told: string[] = []
    const lockouts: Lockouts = {
      wait: () => 0,
      failed: async (_kind, claimed) => {
        told.push(claimed)
        return 0
      },
      succeeded: async () => undefined
    }
    return at({ lockouts, limits: { failedSignInsPerMinute: 3 } }, async (gateway) => {
      const assertion = `e30.${Buffer.from('{"iss":"demo-hospital"}').toString('base64url')}.x`
      const body = `grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=${assertion}`
      for (const path of ['/oauth/token', '/oauth/revoke', '/registration', '/session/backchannel-logout'])
        for (const page of PAGES)
          expect(await sent(gateway, path, { ...FORM, ...page }, body), `${path} ${JSON.stringify(page)}`).to.equal(403)
      expect(told).to.deep.equal([])
      expect(await sent(gateway, '/oauth/token', FORM, body), 'the hospital’s own mistake').to.equal(401)
      expect(told).to.deep.equal(['demo-hospital'])
    })
  })

  it('what they may ask for is counted apart: a page that takes all of it takes nothing from the machines there', () =>
    at({ limits: { strangersPerMinute: 60 } }, async (gateway) => {
      const picture = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
      const seen: number[] = []
      for (const path of ['/session/sign-in?x', '/session/callback?state=x', '/session/first-run?link=x', '/sessions', '/nowhere'])
        for (let n = 0; n < 8; n++) seen.push(await sent(gateway, path, picture))
      expect(seen.filter((status) => status === 429).length).to.be.within(17, 20)
      expect(await sent(gateway, '/.well-known/smart-configuration', {})).to.equal(200)
      expect((await signIn(gateway, await gateway.assertion('demo-hospital'))).status).to.equal(200)
    }))

  /** By node:http: fetch says of itself where it comes from. */
  function sent(gateway: HttpGateway, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const asked = request(`${gateway.url}${path}`, { method: body === undefined ? 'GET' : 'POST', headers, agent: false }, (res) => {
        res.resume()
        resolve(res.statusCode ?? 0)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }
})
