/** Ten thousand broken sign-ins and headers: none is the gateway's fault, and none is answered in another way than the next. */
import { randomInt } from 'node:crypto'
import { Agent, request } from 'node:http'
import { expect } from 'chai'
import { useDatabase } from '../support/postgres.ts'
import { assertionOf, claimsFor, formOf, startTokenGateway, type TokenGateway, World } from '../support/token-gateway.ts'

const EACH = 5000
const AT_ONCE = 24
const OWN = new Set(['date', 'x-request-id', 'connection', 'keep-alive'])

function pick<T>(from: readonly T[]): T {
  return from[randomInt(from.length)] as T // none is empty
}

/** One change at a random place: a character of another kind, cut off, doubled, or put in. */
function broken(text: string): string {
  const at = randomInt(text.length)
  const other = pick(['A', 'z', '0', '-', '_', '.', '=', '+', '/', '%', '\u00ff', '"', '{', ' '])
  const [before, after] = [text.slice(0, at), text.slice(at)]
  return pick([before, before + other + after, before + other + after.slice(1), before + before + after, after, `${after}.${before}`])
}

/** A part said anew: members that were there with values of another kind. */
function said(part: string): string {
  const values = [
    null,
    true,
    0,
    -1,
    1e308,
    '',
    'none',
    '../../x',
    "' OR 1=1",
    [],
    [1],
    {},
    { a: { b: {} } },
    '\u0000',
    '\ud800',
    'x'.repeat(300)
  ]
  const members = JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const named = pick([...Object.keys(members), 'jwk', 'x5u', 'x5c', 'jku', 'crit', 'b64', 'cnf', '__proto__', 'toString'])
  return Buffer.from(JSON.stringify({ ...members, [named]: pick(values) })).toString('base64url')
}

function changed(jwt: string): string {
  const [head = '', payload = '', signature = ''] = jwt.split('.')
  return pick([
    () => broken(jwt),
    () => [said(head), payload, signature].join('.'),
    () => [head, said(payload), signature].join('.'),
    () => [broken(head), payload, signature].join('.'),
    () => [head, payload, broken(signature)].join('.'),
    () => pick(['', '.', '..', '...', 'a.b.c', '{}', 'null', 'x'.repeat(9000), '\u00e9'.repeat(40)])
  ])()
}

describe('ten thousand fuzzed assertions and Authorization headers: no 5xx, no difference to learn from', function () {
  this.timeout(120_000)
  const database = useDatabase()
  const world = new World().addParty('demo-insurer', 'insurer')
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const kept: { gateway: TokenGateway | null } = { gateway: null }
  before(async () => {
    const many = 1_000_000_000
    kept.gateway = await startTokenGateway(world, database().url, {
      limits: { failureFloorMs: 0, failedSignInsPerMinute: many, strangersPerMinute: many }
    })
  })
  after(async () => {
    agent.destroy()
    await kept.gateway?.stop()
  })

  function told(path: string, headers: Readonly<Record<string, string>>, body: string | null): Promise<string> {
    return new Promise((resolve, reject) => {
      const method = body === null ? 'GET' : 'POST'
      const sent = request(`${kept.gateway?.url}${path}`, { agent, method, headers }, (response) => {
        const others = Object.entries(response.headers).filter(([name]) => !OWN.has(name))
        response
          .setEncoding('utf8')
          .toArray()
          .then((chunks) => resolve(JSON.stringify([response.statusCode, others, chunks.join('')])), reject)
      })
      sent.on('error', reject)
      sent.end(body ?? undefined)
    })
  }

  /** How often each answer came. */
  async function answers(count: number, ask: () => Promise<string>): Promise<ReadonlyMap<string, number>> {
    const seen = new Map<string, number>()
    const left = { count }
    const one = async (): Promise<void> => {
      while (left.count > 0) {
        left.count -= 1
        const answer = await ask()
        seen.set(answer, (seen.get(answer) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
    return seen
  }

  async function assertion(): Promise<string> {
    return assertionOf(world.keys.get('demo-insurer')?.signing ?? {}, claimsFor('demo-insurer', kept.gateway?.url ?? ''), {})
  }

  it('assertions: the same 401 for each', async () => {
    const good = await assertion()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const ask = async (): Promise<string> => {
      const one = changed(good)
      return told('/oauth/token', headers, new URLSearchParams(formOf(one === good ? `${one}x` : one || 'x')).toString())
    }
    const seen = await answers(EACH, ask)
    expect([...seen.keys()]).to.have.length(1)
    expect([...seen.keys()][0]).to.match(/^\[401,.*invalid_client/)
  })

  it('Authorization headers: the same 401 for each', async () => {
    const form = new URLSearchParams(formOf(await assertion())).toString()
    const granted = await told('/oauth/token', { 'content-type': 'application/x-www-form-urlencoded' }, form)
    const token = JSON.parse((JSON.parse(granted) as string[])[2] ?? '')['access_token'] as string
    const forms: readonly (() => string)[] = [
      () => `Bearer ${changed(token)}`,
      () => broken(`Bearer ${token}`),
      () => `${pick(['Basic', 'DPoP', 'Bearer Bearer', 'bearer\t', 'Negotiate', 'MAC', 'Bearer,'])} ${token}`,
      () => `Bearer ${token} ${token}`,
      () => `Bearer ${token}, Bearer ${token}`
    ]
    const plain = (header: string): string =>
      [...header]
        .filter((one) => one >= ' ' && one <= '~')
        .join('')
        .trim()
    const ask = async (): Promise<string> => {
      const header = plain(pick(forms)())
      const spared = header === '' || new RegExp(`^bearer +${token}$`, 'i').test(header)
      return told('/fhir/jobs/none', { authorization: spared ? 'Bearer x' : header }, null)
    }
    const seen = await answers(EACH, ask)
    expect([...seen.keys()]).to.have.length(1)
    expect([...seen.keys()][0]).to.match(/^\[401,.*token-invalid/)
  })
})
