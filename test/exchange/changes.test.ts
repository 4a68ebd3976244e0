/** A gateway's start in the log: what changed of policies and keys since one last started, that it started, and how it ended. */
import { expect } from 'chai'
import type { Pool } from 'pg'
import { loadPolicies } from '../../gateway/config/policies.ts'
import type { Policies } from '../../gateway/core/agreement/policies.ts'
import { UpstreamError } from '../../gateway/core/errors.ts'
import { noteChanges } from '../../gateway/exchange/log/changes.ts'
import { beginRun, noteLost } from '../../gateway/exchange/log/runs.ts'
import type { Officer } from '../../gateway/generated/policy.ts'
import { generateKeyRing, generatePartyKeys } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { joinReplicas } from '../../gateway/store/replicas.ts'
import { entriesIn } from '../support/entries.ts'
import { until } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const POLICIES = new URL('../../policies', import.meta.url).pathname

describe('exchange/changes and exchange/runs', function () {
  this.timeout(30_000)
  const database = useDatabase()
  const files = generateKeyRing('localhost/sallyport-log')
  const ring = readKeyRing(files)
  const policies = loadPolicies(POLICIES)
  const now = (): Date => new Date()
  let pool: Pool
  before(async () => {
    pool = openPool(database().url, 6)
    await prepareStops(database().url)
  })
  after(() => pool.end())

  const start = (changed: Policies = policies, keys = ring): Promise<number> => noteChanges({ pool, ring: keys, policies: changed, now })
  const all = policies.agreements.size + policies.profiles.size + policies.parties.size + policies.officers.size + 1 + 5

  it('a first start, of two gateways at once and one cut off, tells of every policy, party and key once', async () => {
    const { url } = database()
    const stopped = await stopAt(url, { table: 'loaded', event: 'INSERT' }, 'in the middle')
    const cut = start().catch((error: unknown) => error)
    await stopped.reached()
    await query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%loaded%'`
    )
    expect(await cut).to.be.instanceOf(UpstreamError)
    await stopped.release()
    const told = await Promise.all([start(), start()])
    expect(told.sort((a, b) => a - b)).to.deep.equal([0, all])
    expect(await entriesIn(url, 'policy-changed', 'key-changed')).to.have.length(all)
    expect(await start(), 'the next start finds nothing new').to.equal(0)
  })

  it('entries name what they are about, and only public things: id, version, hash before and after, both parties, thumbprints', async () => {
    const entries = await entriesIn(database().url)
    const one = entries.find((entry) => entry['what'] === 'agreement' && entry['id'] === 'demo-safe-harbor')
    const { agreement, hash } = policies.agreements.get('demo-safe-harbor') ?? {}
    expect(one).to.deep.include({ change: 'added', version: agreement?.version, before: null, after: hash })
    expect(one?.readers).to.deep.equal(['demo-hospital', 'demo-insurer'])
    const keys = entries.filter(({ kind }) => kind === 'key-changed')
    expect(keys.map((entry) => entry['purpose']).sort()).to.deep.equal(['crosswalk', 'log', 'manifest', 'token', 'wrapping'])
    const secrets = [...files.values()].flatMap((text) => Object.entries(JSON.parse(text) as object))
    const hidden = secrets.filter(([name]) => name === 'd' || name === 'k').map(([, value]) => String(value))
    expect(hidden).to.have.length(5)
    for (const secret of hidden) expect(JSON.stringify(entries)).not.to.contain(secret)
  })

  it('a changed agreement and policy of the log, a removed party and a retired key are told with what was before', async () => {
    const { url } = database()
    await query(url, 'TRUNCATE outbox')
    const known = policies.agreements.get('demo-safe-harbor')
    if (known === undefined) throw new Error('there is no such agreement')
    const agreements = new Map([...policies.agreements, ['demo-safe-harbor', { ...known, hash: `sha256:${'0'.repeat(64)}` }] as const])
    const parties = new Map([...policies.parties].filter(([id]) => id !== 'demo-research'))
    const fresh = generateKeyRing('localhost/sallyport-log')
    const rotated = new Map([
      ...files,
      ['token.old.jwk', files.get('token.jwk') ?? ''],
      ['token.jwk', fresh.get('token.jwk') ?? '']
    ] as const)
    const log = policies.log === null ? null : { ...policies.log, hash: `sha256:${'1'.repeat(64)}` }
    expect(await start({ ...policies, agreements, parties, log }, readKeyRing(rotated))).to.equal(5)
    const told = await entriesIn(url)
    expect(told.map((entry) => [entry['what'] ?? entry['purpose'], entry['change']]).sort()).to.deep.equal([
      ['agreement', 'changed'],
      ['log', 'changed'],
      ['party', 'removed'],
      ['token', 'added'],
      ['token', 'changed']
    ])
    expect(told.find((entry) => entry['change'] === 'removed')).to.deep.include({ id: 'demo-research', after: null })
    expect(told.find((entry) => entry['what'] === 'agreement')).to.deep.include({ before: known.hash })
    expect(told.filter((entry) => entry['before'] === 'current').map((entry) => entry['after'])).to.deep.equal(['retired'])
    expect(await start(), 'and back again').to.equal(5)
  })

  it('an officer who is added, may more, or leaves is told of by id and thumbprints; no party may read it', async () => {
    const { url } = database()
    await start()
    await query(url, 'TRUNCATE outbox')
    const { jwks } = generatePartyKeys('ec', 'demo-officer')
    const officer = {
      id: 'demo-officer',
      name: 'Example Officer',
      office: 'Privacy Office',
      roles: ['proposer'],
      jwks: { keys: [...jwks.keys] }
    } as unknown as Officer // of its shape: made by the gateway's own hand
    const having = (one: Officer): Policies => ({ ...policies, officers: new Map([...policies.officers, [one.id, one]]) })
    for (const changed of [having(officer), having({ ...officer, roles: ['proposer', 'compliance-reviewer'] }), policies])
      expect(await start(changed)).to.equal(1)
    const told = await entriesIn(url, 'policy-changed')
    expect(told.map((entry) => [entry['what'], entry['id'], entry['officer'], entry['change'], entry.readers])).to.deep.equal(
      ['added', 'changed', 'removed'].map((change) => ['officer', 'demo-officer', 'demo-officer', change, []])
    )
    expect(told.map((entry) => entry['keys'])).to.deep.equal(Array(3).fill(told[0]?.['keys']))
    expect(told[0]?.['keys']).to.have.length(jwks.keys.length)
    expect(JSON.stringify(told)).not.to.contain('Example Officer')
  })

  it('a gateway that ends says so once; one that was killed is told of by another, once it is surely gone', async () => {
    const { url } = database()
    const [one, two] = [await joinReplicas(pool), await joinReplicas(pool)]
    const asked = await beginRun({ pool, policies, now, replica: one.number }, '0.0.0-test')
    const killed = await beginRun({ pool, policies, now, replica: two.number }, '0.0.0-test')
    await asked.end('asked')
    await asked.end('asked')
    expect(await noteLost({ pool, now }, 0), 'both hold their numbers').to.equal(0)
    await killed.seen()
    await two.release()
    expect(await noteLost({ pool, now }, 60), 'seen a moment ago').to.equal(0)
    // its number is free as soon as the server has seen the session end
    expect(await until(async () => (await noteLost({ pool, now }, 0)) || null)).to.equal(1)
    expect(await noteLost({ pool, now }, 0)).to.equal(0)
    await killed.end('asked')
    const ends = await entriesIn(url, 'gateway-stopped')
    expect(ends.map((entry) => entry['reason'])).to.deep.equal(['asked', 'fault'])
    const [started] = await entriesIn(url, 'gateway-started')
    expect(started).to.deep.include({ version: '0.0.0-test', replica: one.number })
    expect(started?.['agreements']).to.include(policies.agreements.get('demo-safe-harbor')?.hash)
    await one.release()
  })
})
