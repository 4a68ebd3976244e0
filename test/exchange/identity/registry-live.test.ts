/** The registry as replicas see it, on real Postgres: who wins, what is dead at once, and what it costs. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { activeParty } from '../../../gateway/core/identity/registry.ts'
import { changeStanding, registerParty } from '../../../gateway/exchange/identity/parties.ts'
import { addKey, retireKey, revokeKey } from '../../../gateway/exchange/identity/party-keys.ts'
import { livingKeys, RegistryReader } from '../../../gateway/exchange/identity/registry-live.ts'
import type { Party, PublicJwk } from '../../../gateway/generated/policy.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'
import { thumbprintOf } from '../../../gateway/seal/keyring.ts'
import { refusal } from '../../support/agreements.ts'
import { until } from '../../support/gateway.ts'
import { query } from '../../support/house.ts'
import { DESK, officerOf, partyOf, register, self, useRegistry } from '../../support/registry.ts'

function signingOf({ jwks }: Party): PublicJwk {
  const key = jwks?.keys.find(({ use }) => use === 'sig')
  if (key === undefined) throw new Error('it has no signing key')
  return key
}

function newKey(kid: string, use: 'sig' | 'enc' = 'sig'): PublicJwk {
  return generatePartyKeys('ec', kid).jwks.keys.find((key) => key.use === use) as PublicJwk
}

/** What is garbage must not count. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

const offer = (key: PublicJwk) => ({ key, proof: null, voucher: null, gateway: null })

describe('exchange/identity: the registry as every replica sees it', function () {
  this.timeout(60_000)
  const filed = partyOf('filed-hospital')
  const officer = officerOf('first-operator')
  const registry = useRegistry([filed], [officer, officerOf('second-operator')])

  it('who is registered at one replica is known to another within a second, without a restart', async () => {
    const { room, watch } = registry()
    const other = await watch()
    await register(room, partyOf('new-hospital'))
    const at = performance.now()
    await until(async () => activeParty(other.now(), 'new-hospital'), 2)
    expect(performance.now() - at).to.be.below(1000)
    expect(other.now().parties.get('new-hospital')?.jwks?.keys).to.have.length(2)
  })

  it('a value once handed out never changes: it is replaced as a whole', async () => {
    const { room, watch } = registry()
    const live = await watch()
    const before = live.now()
    await register(room, partyOf('later-hospital'))
    await live.look()
    expect([before.parties.has('later-hospital'), live.now().parties.has('later-hospital')]).to.deep.equal([false, true])
  })

  it("a folder's party: the file says who it is, the database which keys beside those of the file are its own", async () => {
    const { room, watch } = registry()
    const live = await watch()
    const key = newKey('filed-second-sig')
    await addKey(room, filed.id, offer(key), self(filed.id))
    await live.look()
    const kids = (): (string | undefined)[] => (live.now().parties.get(filed.id)?.jwks?.keys ?? []).map(({ kid }) => kid)
    expect(kids()).to.deep.equal(['filed-hospital-sig', 'filed-hospital-enc', key.kid])
    await retireKey(room, filed.id, 'filed-hospital-sig', DESK)
    await live.look()
    expect(kids(), 'the file still has it').to.deep.equal(['filed-hospital-enc', key.kid])
    const again = await registry().watch()
    expect(
      (again.now().parties.get(filed.id)?.jwks?.keys ?? []).map(({ kid }) => kid),
      'after a restart'
    ).to.deep.equal(kids())
  })

  it('a party that was registered live wins over a file of its id; a key that stands in the database is nobody else’s, whatever a file says', async () => {
    const { room, watch, folder } = registry()
    const live = partyOf('twice-hospital')
    await register(room, live)
    const thief = { ...partyOf('thief-hospital'), jwks: live.jwks } as Party
    const file = { ...partyOf('twice-hospital'), name: 'Another Name' }
    const other = await watch({
      ...folder,
      parties: new Map([
        [file.id, file],
        [thief.id, thief]
      ])
    })
    expect(other.now().parties.get('twice-hospital')?.name).to.equal(live.name)
    expect(other.now().parties.get('thief-hospital')?.jwks?.keys).to.deep.equal([])
    expect(other.now().parties.has('filed-hospital'), 'its file is gone').to.equal(false)
  })

  it('a revoked key is dead wherever it is served from, of a party and of an officer, and with it what was signed in with before', async () => {
    const { room, watch } = registry()
    const live = await watch()
    const party = partyOf('stolen-hospital')
    await register(room, party)
    const before = Date.now()
    await revokeKey(room, party.id, 'stolen-hospital-sig', { ...DESK, reason: 'key-compromise' })
    await revokeKey(room, officer.id, 'first-operator-sig', { ...DESK, reason: 'key-compromise' })
    await live.look()
    const { revokedKeys, notBefore, officers } = live.now()
    expect(revokedKeys.has(`${party.id} ${thumbprintOf(signingOf(party) as never)}`)).to.equal(true)
    expect(notBefore.get(party.id)).to.be.least(before)
    expect([officers.get(officer.id)?.jwks.keys.length, notBefore.has(officer.id)]).to.deep.equal([0, true])
    const served = livingKeys(async () => ({ keys: (party.jwks?.keys ?? []) as never[] }), live.now)
    expect(
      (await served(party.id))?.keys.map(({ use }: PublicJwk) => use),
      'from elsewhere'
    ).to.deep.equal(['enc'])
    expect(await refusal(() => addKey(room, party.id, offer(signingOf(party)), DESK)), 'nor does it come back').to.equal('party-key-taken')
  })

  it('resumed, what was signed in with while a replica had not heard of the suspension is dead; by one clock, whatever the desk has', async () => {
    const { room, watch } = registry()
    const live = await watch()
    const late = { ...room, now: () => new Date(Date.now() - 3_600_000) }
    const id = room.folder.parties.keys().next().value ?? ''
    await changeStanding(late, id, 'suspend', DESK)
    const unheard = Date.now() // a token of a replica that was told last
    await changeStanding(late, id, 'resume', DESK)
    await live.look()
    expect(live.now().notBefore.get(id)).to.be.least(unheard)
    expect(live.now().notBefore.get(id)).to.be.most(Date.now())
  })

  it('suspended, it is nobody until it is resumed, and its tokens of before stay dead; revoked, it never comes back', async () => {
    const { room, watch, url } = registry()
    const live = await watch()
    await register(room, partyOf('halting-insurer', 'insurer'))
    const states: (string | null)[] = []
    for (const act of ['suspend', 'resume', 'suspend', 'revoke'] as const) {
      await changeStanding(room, 'halting-insurer', act, DESK)
      await live.look()
      states.push(activeParty(live.now(), 'halting-insurer')?.id ?? live.now().standings.get('halting-insurer') ?? null)
    }
    expect(states).to.deep.equal(['suspended', 'halting-insurer', 'suspended', 'revoked'])
    expect(live.now().parties.get('halting-insurer')?.name, 'who it was is still told').to.equal('Example halting-insurer')
    expect(live.now().notBefore.has('halting-insurer')).to.equal(true)
    for (const act of ['suspend', 'resume', 'revoke'] as const)
      expect(await refusal(() => changeStanding(room, 'halting-insurer', act, DESK))).to.equal('party-out-of-state')
    expect(await refusal(() => registerParty(room, partyOf('halting-insurer', 'insurer'), DESK))).to.equal('party-out-of-state')
    const forbidden = "UPDATE identity SET standing = 'active' WHERE id = 'halting-insurer'"
    expect(await query(url, forbidden, []).catch((error: Error) => error.message), 'the database says so itself').to.match(/never another/)
  })

  it('nobody can say for three seconds: it fails closed, and is back with the database', async () => {
    const { watch, room } = registry()
    const live = await watch()
    expect(live.fresh()).to.equal(live.now())
    const client = await room.pool.connect()
    try {
      await client.query('BEGIN; LOCK TABLE registry_epoch IN ACCESS EXCLUSIVE MODE')
      const started = performance.now()
      await until(async () => ((await refusal(async () => live.requireFresh())) === 'database-unavailable' ? true : null), 6)
      expect(performance.now() - started).to.be.within(1500, 4500)
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
    await until(async () => ((await refusal(async () => live.requireFresh())) === 'done' ? true : null), 6)
  })

  it('of 10,000 parties a change reads the rows that changed, and 1,000 rotations leave the memory as it was', async function () {
    this.timeout(120_000)
    const { pool, room } = registry()
    await pool.query(`INSERT INTO identity (id, kind, origin, document, standing, since, epoch) SELECT 'many-' || n, 'party', 'live',
      json_build_object('id', 'many-' || n, 'role', 'hospital', 'name', 'Example ' || n, 'address', '4 Example Street', 'fhirBases', '[]'::json, 'jwks', json_build_object('keys', '[]'::json))::text,
      'active', now(), 1 FROM generate_series(1, 10000) n`)
    const reader = new RegistryReader(pool, registry().folder)
    await reader.look()
    expect(reader.now().parties.size).to.be.above(10_000)
    const heap = (): number => {
      collect()
      return process.memoryUsage().heapUsed / 1024 ** 2
    }
    const rotate = async (n: number): Promise<number> => {
      const sql = `WITH e AS (UPDATE registry_epoch SET epoch = epoch + 1 RETURNING epoch),
        gone AS (UPDATE identity_key SET state = 'retired', jwk = NULL, epoch = (SELECT epoch FROM e) WHERE identity = $1 AND state = 'active')
        INSERT INTO identity_key (identity, thumbprint, kid, jwk, state, since, epoch) SELECT $1, $2, $2, $3, 'active', now(), epoch FROM e`
      const id = `many-${(n % 100) + 1}`
      await pool.query(sql, [
        id,
        `key-${n}`,
        JSON.stringify({ kty: 'EC', kid: `key-${n}`, use: 'sig', alg: 'ES384', crv: 'P-384', x: 'x'.repeat(64), y: 'y'.repeat(64) })
      ])
      return reader.look()
    }
    for (let n = 0; n < 200; n += 1) await rotate(n)
    const before = heap()
    const began = performance.now()
    for (let n = 200; n < 1200; n += 1) expect(await rotate(n)).to.be.below(4)
    const each = (performance.now() - began) / 1000
    expect(heap() - before, 'MB').to.be.below(8)
    expect(each, 'ms a rotation, write and read').to.be.below(50)
    expect(room.folder.parties.size).to.equal(1)
  })
})
