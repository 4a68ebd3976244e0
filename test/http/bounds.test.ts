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
  const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

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

  async function signIn(gateway: HttpGateway, assertion: string): Promise<Response> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: BEARER, client_assertion: assertion })
    return fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
  }

  it('a name that is locked is 429 with the seconds to wait, in the shape of RFC 6749 §5.2, whatever is sent, and nothing is verified', () => {
    const { lockouts, told } = remembering(['demo-hospital', 'nobody'])
    return at({ lockouts }, async (gateway) => {
      const good = await gateway.assertion('demo-hospital')
      const unknown = `e30.${Buffer.from('{"iss":"nobody"}').toString('base64url')}.x`
      const answers = await Promise.all([good, unknown].map((assertion) => signIn(gateway, assertion)))
      const seen = await Promise.all(answers.map(async (answer) => [answer.status, answer.headers.get('retry-after'), await answer.text()]))
      expect(seen[0]?.slice(0, 2)).to.deep.equal([429, '7'])
      expect(JSON.parse(String(seen[0]?.[2]))).to.deep.include({ error: 'temporarily_unavailable' })
      expect(seen[1]).to.deep.equal(seen[0])
      expect(told).to.deep.equal([])
    })
  })

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
