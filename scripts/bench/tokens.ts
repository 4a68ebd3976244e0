/**
 * How fast a party signs in and is known again: tokens a second over HTTP with jti and entry stored, against the same cryptography and a bare insert for each in the same run;
 * a request authorised after its token is seen; memory while 100 keys of 10,000 parties change, a minute's worth at a time; how long failures take, by what was wrong. Prints ratios and what was
 * asked; absolute figures drift from machine to machine.
 */
import { spawn } from 'node:child_process'
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Pool } from 'pg'
import type { Party } from '../../gateway/generated/policy.ts'
import { authenticate } from '../../gateway/http/authenticate.ts'
import type { Identities } from '../../gateway/http/deps.ts'
import { verifyAssertion } from '../../gateway/seal/assertion.ts'
import { issueToken } from '../../gateway/seal/token.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { startPostgres } from '../../gateway/store/postgres-server.ts'
import {
  assertionOf,
  claimsFor,
  formOf,
  identitiesIn,
  startTokenGateway,
  type TokenGateway,
  World
} from '../../test/support/token-gateway.ts'
import { lettingIn, PARTIES, quantile, requestWith } from './tokens/letting-in.ts'

const CLIENT = fileURLToPath(new URL('./tokens/client.ts', import.meta.url))
const FOLDER = fileURLToPath(new URL('../../.sallyport/bench-tokens', import.meta.url))
const TOKENS = 2000
const CONNECTIONS = 64

interface Ran {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

async function sendAll(url: string, forms: readonly string[], connections: number, expected: number): Promise<Ran> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLIENT, url, String(connections), String(expected)], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  child.stdin.end(forms.join('\n'))
  const [said, [code]] = await Promise.all([child.stdout.toArray(), once(child, 'close')])
  if (code !== 0) throw new Error('the client failed')
  const { seconds, took } = JSON.parse(Buffer.concat(said as Buffer[]).toString()) as { seconds: number; took: number[] }
  return { perSecond: took.length / seconds, p50: quantile(took, 0.5), p99: quantile(took, 0.99) }
}

function keyOf(world: World, party: string): JsonWebKey {
  return world.keys.get(party)?.signing ?? {}
}

async function assertions(world: World, url: string, count: number): Promise<string[]> {
  const made: string[] = []
  for (let n = 0; n < count; n++) {
    const party = `party-${n % PARTIES}`
    made.push(await assertionOf(keyOf(world, party), claimsFor(party, url), {}))
  }
  return made
}

function form(assertion: string): string {
  return new URLSearchParams(formOf(assertion)).toString()
}

/** Verify, sign, insert one row and commit: the least a token can cost, `CONNECTIONS` at once. */
async function floor(world: World, pool: Pool, url: string): Promise<number> {
  const made = await assertions(world, url, TOKENS)
  const audience = [`${url}/oauth/token`]
  const keysOf = async (party: string) => {
    const jwks = world.registry.parties.get(party)?.jwks
    return jwks === undefined ? null : { keys: jwks.keys as never[], by: 'keys' as const }
  }
  const one = async (assertion: string): Promise<void> => {
    const { party, jti } = await verifyAssertion(assertion, keysOf, audience, new Date())
    await issueToken(world.ring.token, url, { party, role: 'insurer', scopes: ['system/*.rs'], certificate: null }, new Date(), 300)
    await pool.query({ name: 'floor', text: 'INSERT INTO floor (jti) VALUES ($1)', values: [jti] })
  }
  const started = performance.now()
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let assertion = made.pop(); assertion !== undefined; assertion = made.pop()) await one(assertion)
    })
  )
  return (TOKENS * 1000) / (performance.now() - started)
}

/** `work`: milliseconds of processor time of the gateway for each, whatever else the machine does. */
async function tokens(world: World, gateway: TokenGateway): Promise<Ran & { readonly work: number }> {
  await sendAll(gateway.url, (await assertions(world, gateway.url, 300)).map(form), CONNECTIONS, 200)
  const forms = (await assertions(world, gateway.url, TOKENS)).map(form)
  const before = process.cpuUsage()
  const ran = await sendAll(gateway.url, forms, CONNECTIONS, 200)
  const { user, system } = process.cpuUsage(before)
  return { ...ran, work: (user + system) / 1000 / TOKENS }
}

async function authorising(world: World, identities: Identities): Promise<{ readonly p50: number; readonly p99: number }> {
  const url = 'https://gateway.example'
  const requests: IncomingMessage[] = []
  for (let n = 0; n < 1000; n++) {
    const party = `party-${n % PARTIES}`
    const grant = { party, role: 'insurer', scopes: ['system/*.rs'], certificate: null } as const
    requests.push(requestWith(await issueToken(world.ring.token, url, grant, new Date(), 300)))
  }
  const took: number[] = []
  for (let round = 0; round < 20; round++) {
    for (const req of requests) {
      const started = performance.now()
      await authenticate(identities, req)
      if (round > 1) took.push((performance.now() - started) * 1000)
    }
  }
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) }
}

const CROWD = 10_000
const ROTATED_A_MINUTE = 100
const MINUTES = 10

/** MiB after each 100 keys that change, a minute's worth, one after the other: each of its party's new key proves it, is asked, and so are 1,000 others that are remembered. */
async function rotating(): Promise<readonly number[]> {
  const world = new World()
  const pool = new Array(64).fill(0).map(() => generateKeyPairSync('ec', { namedCurve: 'P-384' }))
  const jwksOf = (n: number) => {
    const { x, y } = (pool[n % pool.length] as (typeof pool)[number]).publicKey.export({ format: 'jwk' })
    return { keys: [{ kty: 'EC', crv: 'P-384', x, y, kid: `key-${n}`, use: 'sig', alg: 'ES384' }] } as Party['jwks'] & {}
  }
  const parties = new Map<string, Party>()
  for (let n = 0; n < CROWD; n++) {
    const id = `party-${n}`
    parties.set(id, { id, role: 'insurer', name: id, address: '4 Example Street', fhirBases: [], jwks: jwksOf(n) })
  }
  world.change({ parties })
  const url = 'https://gateway.example'
  const identities = identitiesIn(world, {} as Pool, url)
  const used: number[] = []
  for (let minute = 0; minute <= MINUTES; minute++) {
    for (let n = 0; n < ROTATED_A_MINUTE; n++) {
      const at = minute * ROTATED_A_MINUTE + n
      const party = parties.get(`party-${at}`) as Party
      world.change({ parties: parties.set(party.id, { ...party, jwks: jwksOf(at + 1) }) })
      const signing = (pool[(at + 1) % pool.length] as (typeof pool)[number]).privateKey.export({ format: 'jwk' })
      const proved = await identities.proveAssertion(await assertionOf(signing, claimsFor(party.id, url), { kid: `key-${at + 1}` }), [
        `${url}/oauth/token`
      ])
      const { token } = await identities.issueToken({
        party: party.id,
        role: 'insurer',
        scopes: ['system/*.rs'],
        certificate: null,
        key: proved.key
      })
      await authenticate(identities, requestWith(token))
    }
    globalThis.gc?.()
    used.push(Math.round(process.memoryUsage().rss / 2 ** 20))
  }
  return used
}

/** Milliseconds until the refusal, by what was wrong, without the floor that hides what is left: the same work was done for each. */
async function failing(world: World, databaseUrl: string): Promise<readonly (readonly [string, Ran])[]> {
  const gateway = await startTokenGateway(world, databaseUrl, { limits: { failureFloorMs: 0 } })
  const { url } = gateway
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })
  const spent = await assertionOf(keyOf(world, 'party-1'), claimsFor('party-1', url), {})
  await sendAll(url, [form(spent)], 1, 200)
  const kinds: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['an unknown party', () => assertionOf(stranger, claimsFor('nobody', url), { kid: 'party-1-sig' })],
    ['a known party, signed by another', () => assertionOf(stranger, claimsFor('party-1', url), { kid: 'party-1-sig' })],
    ['a known party, an unknown kid', () => assertionOf(stranger, claimsFor('party-1', url), { kid: 'other' })],
    ['a replay', () => spent]
  ]
  const ran: (readonly [string, Ran])[] = []
  for (const [name, make] of [...kinds, ...kinds]) {
    const forms: string[] = []
    for (let n = 0; n < 150; n++) forms.push(form(await make()))
    ran.push([name, await sendAll(url, forms, 1, 401)])
  }
  await gateway.stop()
  return ran.slice(kinds.length) // the first turn warms up
}

function line(name: string, value: string, asked: string): void {
  console.log(`${name.padEnd(58)}${value.padStart(26)}   ${asked}`)
}

rmSync(FOLDER, { recursive: true, force: true })
const server = await startPostgres({ dir: FOLDER })
try {
  await migrate(server.url)
  const world = new World()
  for (let n = 0; n < PARTIES; n++) world.addParty(`party-${n}`, 'insurer')
  const pool = openPool(server.url, 6)
  await pool.query('CREATE TABLE floor (jti text PRIMARY KEY)')
  const gateway = await startTokenGateway(world, server.url)
  await floor(world, pool, gateway.url)
  const [least, granted] = [await floor(world, pool, gateway.url), await tokens(world, gateway)]
  line('tokens/s over HTTP, jti and entry stored', granted.perSecond.toFixed(0), '>= 500')
  line(
    '  of verify, sign and a bare insert for each',
    (granted.perSecond / least).toFixed(2),
    `${least.toFixed(0)}/s; no HTTP, no client beside`
  )
  line(`  ms until the answer, ${CONNECTIONS} connections, p50 / p99`, `${granted.p50.toFixed(1)} / ${granted.p99.toFixed(1)}`, '')
  line('  ms of processor time a token, in the gateway', granted.work.toFixed(2), '')
  const known = await authorising(world, identitiesIn(world, pool, 'https://gateway.example'))
  line('µs to prove a request whose token was seen, p50 / p99', `${known.p50.toFixed(1)} / ${known.p99.toFixed(1)}`, 'p50 < 50')
  const whole = await lettingIn(world, pool)
  line('µs for all that is asked before a request is answered, p50 / p99', `${whole.p50.toFixed(1)} / ${whole.p99.toFixed(1)}`, 'p50 < 50')
  for (const [name, { p50, p99 }] of await failing(world, server.url))
    line(`ms refused without the floor: ${name}, p50 / p99`, `${p50.toFixed(2)} / ${p99.toFixed(2)}`, '')
  const used = await rotating()
  line('MiB resident, 10,000 parties, after each 100 new keys (a minute of them)', used.join(' '), 'flat from the second on')
  await gateway.stop()
  await pool.end()
} finally {
  await server.stop()
  rmSync(FOLDER, { recursive: true, force: true })
}
