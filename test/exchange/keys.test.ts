/** The gateway's keys against its database: which columns are wrapped, moved while others write, and a ring that does not fit. */
import { expect } from 'chai'
import type { Pool } from 'pg'
import { EVERYTHING } from '../../gateway/core/consent/rule.ts'
import { codeOf, PolicyError } from '../../gateway/core/errors.ts'
import { openKept } from '../../gateway/exchange/consent/consent.ts'
import { optOuts } from '../../gateway/exchange/consent/opt-outs.ts'
import { enterKeys, keysOn, requireRing } from '../../gateway/exchange/keys/gateway-keys.ts'
import { dropKnown, keyStatus } from '../../gateway/exchange/keys/key-status.ts'
import { openNames } from '../../gateway/exchange/keys/names.ts'
import { rewrap } from '../../gateway/exchange/keys/rewrap.ts'
import { NOT_WRAPPED, WRAPPED } from '../../gateway/exchange/keys/wrapped-columns.ts'
import { openRing } from '../../gateway/keys.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { type Change, dropKey, promoteKey, stageKey } from '../../gateway/seal/keychange.ts'
import { type KeyFiles, PURPOSES, type Purpose, readKeyRing } from '../../gateway/seal/keyring.ts'
import { newKey, unwrapLocal, wrapLocal } from '../../gateway/seal/local.ts'
import { gatewayKeys } from '../../gateway/store/gateway-keys.ts'
import { openPool, rows, run, transaction } from '../../gateway/store/pool.ts'
import { joinReplicas, type Replica } from '../../gateway/store/replicas.ts'
import { useDatabase } from '../support/postgres.ts'

const AT = new Date('2026-03-01T12:00:00Z')

function changedBy(files: KeyFiles, { steps }: Change): KeyFiles {
  const changed = new Map(files)
  for (const step of steps) {
    if (step.do === 'remove') changed.delete(step.name)
    else changed.set(step.name, step.text)
  }
  return changed
}

const staged = (files: KeyFiles, purpose: Purpose): KeyFiles => changedBy(files, stageKey(files, purpose, AT))
const promoted = (files: KeyFiles, purpose: Purpose): KeyFiles => changedBy(files, promoteKey(files, purpose, AT))
const rotated = (files: KeyFiles, purpose: Purpose): KeyFiles => promoted(staged(files, purpose), purpose)

describe('exchange/keys', () => {
  const database = useDatabase()
  const kept: { pool: Pool | null; files: KeyFiles; replicas: Replica[] } = { pool: null, files: new Map(), replicas: [] }
  const pool = (): Pool => kept.pool as Pool
  before(() => {
    kept.pool = openPool(database().url, 6)
  })
  beforeEach(async () => {
    kept.files = generateKeyRing('demo.example/log', AT)
    await run(pool(), 'DELETE FROM gateway_key')
    await run(pool(), 'UPDATE gateway_names SET sealed = NULL')
  })
  afterEach(async () => {
    for (const replica of kept.replicas.splice(0)) await replica.release()
  })
  after(() => kept.pool?.end())

  const room = (files: KeyFiles, now = AT) => ({ pool: pool(), ring: readKeyRing(files), account: 'test', now: () => now })

  /** A gateway that runs with this ring. */
  async function join(files: KeyFiles): Promise<void> {
    const ring = readKeyRing(files)
    await requireRing(pool(), ring)
    kept.replicas.push(await joinReplicas(pool(), (client, number) => enterKeys(client, ring, number, AT)))
  }
  async function refusal(work: Promise<unknown>): Promise<readonly [string, readonly string[]]> {
    const error: unknown = await work.then(
      () => new Error('it was done'),
      (thrown: unknown) => thrown
    )
    return [codeOf(error), error instanceof PolicyError ? error.faults.map(({ path, message }) => `${path}: ${message}`) : []]
  }

  it('every bytea column is told: wrapped under the wrapping key, with where it is sealed to, or what it holds instead', async () => {
    const found = await rows<{ place: string }>(
      pool(),
      `SELECT c.relname || '.' || a.attname AS place FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('bytea'::regtype, 'bytea[]'::regtype)`
    )
    const told = [...WRAPPED.map(({ table, column }) => `${table}.${column}`), ...NOT_WRAPPED.keys()]
    expect(found.map(({ place }) => place).sort()).to.deep.equal(told.sort())
    expect(new Set(told).size, 'each once').to.equal(told.length)
  })

  it('a key that nobody staged is not used while a gateway runs that does not know it; staged, it is; one behind may still join', async () => {
    await join(kept.files)
    expect((await refusal(join(rotated(kept.files, 'wrapping'))))[0]).to.equal('key-unknown')
    const next = staged(kept.files, 'wrapping')
    const last = promoted(next, 'wrapping')
    await join(next)
    expect((await refusal(join(last)))[0], 'the first still has the old ring').to.equal('key-unknown')
    await kept.replicas.shift()?.release()
    await join(last)
    await join(next)
    const states = (await gatewayKeys(pool())).filter(({ purpose }) => purpose === 'wrapping').map(({ kid, state }) => [kid, state])
    expect(new Map(states as [string, string][])).to.deep.equal(
      new Map([
        [readKeyRing(last).wrapping.current.kid, 'current'],
        [readKeyRing(kept.files).wrapping.current.kid, 'retired']
      ])
    )
    expect((await refusal(join(kept.files)))[0], 'a ring that was never staged').to.equal('key-missing')
  })

  it('another ring than the database has is refused key by key, and each names purpose and kid and what to do', async () => {
    await join(kept.files)
    const [code, faults] = await refusal(requireRing(pool(), readKeyRing(generateKeyRing('demo.example/log'))))
    expect(code).to.equal('key-missing')
    const wanted = keysOn(readKeyRing(kept.files)).map(({ purpose, kid }) => `${purpose} ${kid}`)
    expect(faults.map((fault) => fault.split(':')[0]).sort()).to.deep.equal(wanted.sort())
    for (const fault of faults) expect(fault).to.include('put back the ring')
  })

  it('the secret of names is made once, by however many at once, and outlives the crosswalk key; without that key nothing is made', async () => {
    const ring = readKeyRing(kept.files)
    const made = await Promise.all([1, 2, 3, 4].map(() => openNames(pool(), ring)))
    expect(new Set(made).size).to.equal(1)
    expect(made[0], 'not the crosswalk key itself').to.not.equal(
      JSON.stringify({ kty: 'oct', k: ring.crosswalk.current.secret.export().toString('base64url') })
    )
    const fresh = rotated(kept.files, 'crosswalk')
    await rewrap(room(fresh), () => undefined)
    await dropKnown(room(fresh), { purpose: 'crosswalk', kid: ring.crosswalk.current.kid }, 'dropped')
    const dropped = changedBy(fresh, dropKey(fresh, 'crosswalk', ring.crosswalk.current.kid))
    expect(await openNames(pool(), readKeyRing(dropped))).to.equal(made[0])
    const [code, faults] = await refusal(openNames(pool(), ring))
    expect([code, faults.length]).to.deep.equal(['key-missing', 1])
    expect(faults[0]).to.include(`crosswalk ${readKeyRing(dropped).crosswalk.current.kid}`)
    const names = (await openRing(pool(), dropped)).ring.names().export().toString('base64url')
    expect(JSON.parse(made[0] ?? '{}')).to.deep.equal({ kty: 'oct', k: names })
    expect(() => readKeyRing(dropped).names(), 'a ring without it names nobody')
      .to.throw()
      .with.property('code', 'key-missing')
  })

  it('where rows were named before there was such a secret, it is the crosswalk key of then, and no other', async () => {
    await run(pool(), 'UPDATE gateway_names SET adopted = true')
    const { kid, secret } = readKeyRing(kept.files).crosswalk.current
    await run(pool(), `INSERT INTO loaded (what, id, state, about) VALUES ('key', $1, 'current', '{}')`, [`crosswalk ${kid}`])
    try {
      expect((await refusal(openNames(pool(), readKeyRing(generateKeyRing('demo.example/log')))))[0]).to.equal('key-missing')
      const names = JSON.parse(await openNames(pool(), readKeyRing(rotated(kept.files, 'crosswalk')))) as { k: string }
      expect(names.k).to.equal(secret.export().toString('base64url'))
    } finally {
      await run(pool(), 'UPDATE gateway_names SET adopted = false')
      await run(pool(), `DELETE FROM loaded WHERE what = 'key'`)
    }
  })

  it('rewrap moves every wrapped column, row by row where it stands, while rows come and go; what does not open stays and is told', async () => {
    const old = readKeyRing(kept.files).wrapping
    const ids = Array.from({ length: 1203 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
    const key = newKey()
    await run(
      pool(),
      `INSERT INTO submission (id, party, agreements, sealed_key) SELECT unnest($1::uuid[]), 'demo-hospital', '{}', unnest($2::bytea[])`,
      [ids, ids.map((id) => wrapLocal(old, ['submission', id], key))]
    )
    const mac = Buffer.alloc(32, 7)
    await run(pool(), `INSERT INTO subject_key (party, year, mac, sealed) VALUES ('demo-hospital', 2026, $1, $2)`, [
      mac,
      wrapLocal(old, ['subject', 'demo-hospital', '2026', mac.toString('hex')], key)
    ])
    const name = Buffer.alloc(32, 8)
    const rule = Buffer.alloc(32, 9)
    await run(pool(), `INSERT INTO opt_out (key, rule, scope, party, sealed) VALUES ($1, $2, $3, 'demo-hospital', $4)`, [
      name,
      rule,
      wrapLocal(old, ['opt-out scope', name.toString('hex'), rule.toString('hex')], Buffer.from('{}')),
      wrapLocal(old, ['opt-out', name.toString('hex')], Buffer.from('Patient/a'))
    ])
    await run(pool(), `INSERT INTO surrogate_deleted (agreement, key, sealed, at) VALUES ('a', $1, $2, now())`, [
      name,
      wrapLocal(old, ['surrogate deleted', 'a', name.toString('hex')], Buffer.from('surrogate'))
    ])
    await openNames(pool(), readKeyRing(kept.files))
    await transaction(pool(), (client) => enterKeys(client, readKeyRing(kept.files), null, AT))
    // a trigger keeps the key of a subject from every other change
    const tamper = run(pool(), 'UPDATE subject_key SET sealed = $1', [wrapLocal(readKeyRing(generateKeyRing('x')).wrapping, ['x'], key)])
    expect(
      await tamper.then(
        () => 'changed',
        () => 'refused'
      )
    ).to.equal('refused')

    const fresh = rotated(kept.files, 'wrapping')
    await run(pool(), `UPDATE submission SET sealed_key = set_byte(sealed_key, 30, 255 - get_byte(sealed_key, 30)) WHERE id = $1`, [
      ids[700]
    ])
    const gone = run(pool(), `UPDATE submission SET state = 'destroyed', sealed_key = NULL WHERE id = ANY ($1)`, [ids.slice(1200)])
    const shown: number[] = []
    const did = await rewrap(room(fresh), (done, total) => shown.push(done / total))
    await gone
    const moved = new Map(did.map((one) => [`${one.table}.${one.column}`, [one.moved, one.unopened]]))
    expect(moved.get('submission.sealed_key')?.[1]).to.equal(1)
    for (const place of ['subject_key.sealed', 'opt_out.sealed', 'opt_out.scope', 'surrogate_deleted.sealed'])
      expect(moved.get(place), place).to.deep.equal([1, 0])
    expect(shown.every((share, n) => share <= 1 && share >= (shown[n - 1] ?? 0))).to.equal(true)
    const alone = readKeyRing(changedBy(fresh, dropKey(fresh, 'wrapping', old.current.kid))).wrapping
    for (const { id, sealed_key } of await rows<{ id: string; sealed_key: Buffer }>(
      pool(),
      'SELECT id, sealed_key FROM submission WHERE sealed_key IS NOT NULL'
    ))
      if (id !== ids[700]) expect(unwrapLocal(alone, ['submission', id], sealed_key).equals(key)).to.equal(true)

    const kid = old.current.kid
    const later = new Date(AT.getTime() + 2 * 3_600_000)
    const [code, faults] = await refusal(dropKnown(room(fresh, later), { purpose: 'wrapping', kid }, 'dropped'))
    expect([code, faults]).to.deep.equal(['key-needed', [`wrapping ${kid}: 1 of submission.sealed_key`]])
    await run(pool(), `UPDATE submission SET state = 'destroyed', sealed_key = NULL WHERE id = $1`, [ids[700]])
    expect((await refusal(dropKnown(room(fresh), { purpose: 'wrapping', kid }, 'dropped')))[1].join(), 'cursors of an hour').to.include(
      'cursors'
    )
    await dropKnown(room(fresh, later), { purpose: 'wrapping', kid }, 'dropped')
    expect(
      (await keyStatus(pool(), readKeyRing(changedBy(fresh, dropKey(fresh, 'wrapping', kid))), later)).find((one) => one.kid === kid)?.state
    ).to.equal('dropped')
    expect(
      (await rewrap(room(fresh), () => undefined)).reduce((sum, one) => sum + one.moved, 0),
      'nothing is left to move'
    ).to.equal(0)
    const kinds = await rows<{ kind: string }>(pool(), `SELECT DISTINCT kind FROM outbox WHERE kind LIKE 'key%' ORDER BY 1`)
    expect(kinds.map(({ kind }) => kind)).to.deep.equal(['key-dropped', 'keys-rewrapped'])
  })

  it('what is wrapped under a key that was given up is said to be, and a no that cannot be read any more denies everything', async () => {
    const [lost, ring] = [readKeyRing(kept.files), readKeyRing(generateKeyRing('demo.example/log'))]
    const [key, rule] = [Buffer.alloc(32, 18), Buffer.alloc(32, 19)]
    const narrow = Buffer.from(JSON.stringify({ rule: { kind: 'type', types: ['Observation'] }, asOf: 5 }))
    const scope = wrapLocal(lost.wrapping, ['opt-out scope', key.toString('hex'), rule.toString('hex')], narrow)
    const sealed = wrapLocal(lost.wrapping, ['opt-out', key.toString('hex')], Buffer.from('Patient/b'))
    await run(pool(), `INSERT INTO opt_out (key, rule, scope, party, sealed) VALUES ($1, $2, $3, 'away-hospital', $4)`, [
      key,
      rule,
      scope,
      sealed
    ])
    expect(openKept(ring, { key, rule, scope })).to.deep.equal({ rule: EVERYTHING, asOf: Number.MAX_SAFE_INTEGER })
    expect((await optOuts(pool(), ring, 'away-hospital')).map((row) => [row.patient, row.rule])).to.deep.equal([[null, EVERYTHING]])
    expect((await optOuts(pool(), lost, 'away-hospital')).map(({ patient }) => patient)).to.deep.equal(['Patient/b'])
    const altered = Buffer.from(scope)
    altered[20] = 255 - (altered[20] ?? 0)
    expect(() => openKept(lost, { key, rule, scope: altered }), 'altered is another thing')
      .to.throw()
      .with.property('code', 'seal-broken')
    await run(pool(), 'DELETE FROM opt_out')
  })

  it('a key is given up only when it is on no ring; that of names never is', async () => {
    await openNames(pool(), readKeyRing(kept.files))
    await join(kept.files)
    await kept.replicas.shift()?.release()
    const other = generateKeyRing('demo.example/log', AT)
    let mixed: KeyFiles = kept.files
    for (const purpose of PURPOSES) {
      const { kid } = readKeyRing(kept.files)[purpose].current
      expect((await refusal(dropKnown(room(mixed), { purpose, kid }, 'lost')))[0], purpose).to.equal('key-needed')
      mixed = new Map([...mixed, [`${purpose}.jwk`, other.get(`${purpose}.jwk`) ?? '']])
      expect((await refusal(requireRing(pool(), readKeyRing(mixed))))[0]).to.equal('key-missing')
      const given = await refusal(dropKnown(room(mixed), { purpose, kid }, 'lost'))
      expect(given[0], purpose).to.equal(purpose === 'crosswalk' ? 'key-needed' : 'internal')
      if (purpose !== 'crosswalk') await requireRing(pool(), readKeyRing(mixed))
    }
  })
})
